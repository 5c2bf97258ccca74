//! `PrivacyLayer` as a middleware of `reqwest_middleware`.

use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next};

use super::reqwest::{Admitted, admit};
use crate::{
    inspect::Inspector,
    layer::{PrivacyLayer, context_of_call},
};

/// The layer as a middleware: `ClientBuilder::with(layer)`.
///
/// A request's own [`PrivacyContext`](crate::PrivacyContext) is given by `with_extension`. The
/// signal comes as `reqwest_middleware::Error::Middleware`, in which
/// [`PrivacyError::find`](crate::PrivacyError::find) sees it.
///
/// Add it after a retry middleware, so that it stands inside of it. That one then sees an error of a
/// middleware, which `reqwest-retry` does not try again by default; from outside it would see a 500.
#[async_trait::async_trait]
impl Middleware for PrivacyLayer {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response, Error> {
        let context = context_of_call(extensions);
        let inspector = Inspector::new(self.settings(), context, request.method());
        let response = next.run(request, extensions).await?;
        match admit(response, &inspector) {
            Admitted::No(response) => Ok(response),
            Admitted::Yes(mut converted) => {
                std::future::poll_fn(|cx| converted.poll(cx, &inspector))
                    .await
                    .map_err(Error::middleware)
            }
        }
    }
}
