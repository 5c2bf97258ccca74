//! The adapter for reqwest-middleware. Each of its versions is for another version of reqwest. The comments
//! cite the rules of [`reqwest_middleware`](super::reqwest_middleware).

macro_rules! middleware_adapter {
    ($middleware:ident, $reqwest:ident) => {
        use std::convert::Infallible;

        use http::Extensions;
        use $middleware::{Error, Middleware, Next};
        use $reqwest::{Request, Response};

        use crate::{
            error::{BoxError, PrivacyError},
            outbound::{
                layer::PrivacyLayer,
                $reqwest::{ResponseFuture, hide_secrets},
            },
        };

        /// The layer as a middleware: `ClientBuilder::with(layer)`.
        #[async_trait::async_trait]
        impl Middleware for PrivacyLayer {
            async fn handle(
                &self,
                request: Request,
                extensions: &mut Extensions,
                next: Next<'_>,
            ) -> Result<Response, Error> {
                // Rule 1.
                let inspector = self.inspector(request.method(), extensions);
                let response = next.run(request, extensions).await.map_err(|mut error| {
                    if let Error::Reqwest(error) = &mut error {
                        hide_secrets(error);
                    }
                    inspector.failed(&error);
                    error
                })?;
                let response = std::future::ready(Ok::<_, Infallible>(response));
                let inspected = ResponseFuture::new(response, inspector).await;
                inspected.map_err(Error::middleware)
            }
        }

        /// Extracts the layer's signal, even if other middleware wrapped it. Anything else becomes a
        /// [`Service`](PrivacyError::Service) error.
        impl From<Error> for PrivacyError {
            fn from(error: Error) -> Self {
                match error {
                    Error::Reqwest(error) => error.into(),
                    error @ Error::Middleware(_) => BoxError::from(error).into(),
                }
            }
        }
    };
}

pub(super) use middleware_adapter;
