//! [`PrivacyLayer`] as a middleware of [`reqwest_middleware`].
//!
//! ```
//! use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
//! use tower_privacy::{PrivacyContext, PrivacyError, PrivacyLayer};
//!
//! fn client() -> ClientWithMiddleware {
//!     ClientBuilder::new(reqwest::Client::new()).with(PrivacyLayer::new()).build()
//! }
//!
//! async fn contacts(client: ClientWithMiddleware) -> Result<String, PrivacyError> {
//!     let here = "https://app.example/contacts".parse().expect("a valid return URL");
//!     let request = client.get("https://api.example/contacts");
//!     let response = request.with_extension(PrivacyContext::new(here)).send().await?;
//!     Ok(response.error_for_status()?.text().await?)
//! }
//! # let _ = (client(), contacts);
//! ```
//!
//! 1. A call's [`PrivacyContext`](crate::PrivacyContext) is the request's own (`with_extension`), or
//!    else the task's, or else the layer's.
//! 2. The signal comes as [`Error::Middleware`]. [`PrivacyError::find`] sees it there, and `?` in a
//!    function that returns [`PrivacyError`] takes it out.
//! 3. Add the layer after a retry middleware, so that it stands inside of it. That one then sees an
//!    error of a middleware, which `reqwest-retry` does not try again by default; from outside it
//!    would see a 500.
//! 4. Responses and errors are treated as [over reqwest](super::reqwest).

use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next};

use super::{
    layer::PrivacyLayer,
    reqwest::{Admitted, admit, hide_secrets},
};
use crate::error::{BoxError, PrivacyError};

/// The layer as a middleware: `ClientBuilder::with(layer)`.
#[async_trait::async_trait]
impl Middleware for PrivacyLayer {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response, Error> {
        let inspector = self.inspector(request.method(), extensions);
        let response = next.run(request, extensions).await.map_err(|mut error| {
            if let Error::Reqwest(error) = &mut error {
                hide_secrets(error);
            }
            inspector.failed(&error);
            error
        })?;
        match admit(response, &inspector).map_err(Error::middleware)? {
            Admitted::No(response) => Ok(response),
            Admitted::Yes(mut converted) => {
                std::future::poll_fn(|cx| converted.poll(cx, &inspector))
                    .await
                    .map_err(Error::middleware)
            }
        }
    }
}

/// The signal that the layer gave, whatever other middleware wraps it in, or else a
/// [`Service`](PrivacyError::Service) error.
impl From<Error> for PrivacyError {
    fn from(error: Error) -> Self {
        match error {
            Error::Reqwest(error) => error.into(),
            error @ Error::Middleware(_) => BoxError::from(error).into(),
        }
    }
}
