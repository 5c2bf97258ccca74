//! The adapter for reqwest. Its versions have the same items but no trait in common, so the adapter is a macro
//! that a module for each version expands. It also takes the version of reqwest-middleware over it, whose client
//! is a service of the same requests.
//!
//! The comments cite the rules of [`reqwest`](super::reqwest).

macro_rules! reqwest_adapter {
    ($reqwest:ident, $middleware:ident, $feature:literal) => {
        use std::{
            fmt,
            pin::Pin,
            task::{Context, Poll, ready},
        };

        use http::Extensions;
        use pin_project::pin_project;
        use tower_service::Service;
        use url::Url;
        use $reqwest::{Body, Client, Request, RequestBuilder, Response, ResponseBuilderExt};

        use crate::{
            error::{BoxError, PrivacyError},
            outbound::{
                body::ResponseBody,
                inspect::{Inspecting, Inspector},
                layer::PrivacyLayer,
                send_through::Builder,
                service::Privacy,
            },
            protocol::Look,
        };

        impl<S> Service<Request> for Privacy<S>
        where
            S: Service<Request, Response = Response>,
            S::Error: Into<BoxError>,
        {
            type Response = Response;
            type Error = PrivacyError;
            type Future = ResponseFuture<S::Future>;

            fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), PrivacyError>> {
                self.get_mut().poll_ready(cx).map_err(from_service)
            }

            fn call(&mut self, request: Request) -> Self::Future {
                // Rule 4.
                let inspector = self.inspector(request.method(), &Extensions::new());
                ResponseFuture::new(self.get_mut().call(request), inspector)
            }
        }

        impl Privacy<Client> {
            /// Sends a request through the layer.
            ///
            /// The [context](crate::PrivacyContext) is that of the task that polls the future first, or
            /// else of the task that called this method, or else the layer's
            /// [`return_to`](crate::PrivacyLayer::return_to).
            ///
            /// # Errors
            ///
            /// Fails with the signal if the call is denied, and with [`PrivacyError::Service`] if the
            /// client fails.
            ///
            /// # Example
            ///
            /// ```
            #[doc = concat!("# use ", stringify!($reqwest), " as reqwest;")]
            /// use tower_privacy::{Privacy, PrivacyError, PrivacyLayer};
            ///
            /// async fn call(client: &Privacy<reqwest::Client>) -> Result<String, PrivacyError> {
            ///     let request = client.get_ref().get("http://127.0.0.1:1/contacts").build()?;
            ///     Ok(client.execute(request).await?.error_for_status()?.text().await?)
            /// }
            ///
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() {
            /// let client = Privacy::new(reqwest::Client::new(), &PrivacyLayer::new());
            /// let error = call(&client).await.unwrap_err();
            /// assert!(error.service::<reqwest::Error>().unwrap().is_connect());
            /// # }
            /// ```
            pub fn execute(
                &self,
                request: Request,
            ) -> impl Future<Output = Result<Response, PrivacyError>> + Send + use<> {
                let mut inspector = self.inspector(request.method(), &Extensions::new());
                let call = self.get_ref().execute(request);
                async {
                    inspector.prefer_current();
                    ResponseFuture::new(call, inspector).await
                }
            }
        }

        impl Builder for RequestBuilder {
            type Response = Response;

            fn call(
                self,
                layer: &PrivacyLayer,
            ) -> impl Future<Output = Result<Response, PrivacyError>> + Send + use<> {
                let (client, request) = self.build_split();
                let call = request.map(|request| Privacy::new(client, layer).execute(request));
                async { call?.await }
            }
        }

        /// Converts an error of reqwest itself, for example from building a request or reading a body.
        impl From<$reqwest::Error> for PrivacyError {
            fn from(error: $reqwest::Error) -> Self {
                from_service(error)
            }
        }

        fn from_service(error: impl Into<BoxError>) -> PrivacyError {
            let mut error = error.into();
            if let Some(error) = error.downcast_mut() {
                hide_secrets(error);
            }
            #[cfg(feature = $feature)]
            if let Some($middleware::Error::Reqwest(error)) = error.downcast_mut() {
                hide_secrets(error);
            }
            error.into()
        }

        /// Rule 5.
        pub(in crate::outbound) fn hide_secrets(error: &mut $reqwest::Error) {
            if let Some(url) = error.url_mut() {
                url.set_query(None);
                url.set_fragment(None);
                // These fail if the URL cannot have a user, and so has none.
                let _ = url.set_username("");
                let _ = url.set_password(None);
            }
        }

        /// Response future of [`Privacy`] over a service of reqwest's `Request`.
        #[pin_project]
        #[must_use = "futures do nothing unless polled"]
        pub struct ResponseFuture<F> {
            #[pin]
            state: State<F>,
            inspector: Inspector,
        }

        #[pin_project(project = StateProj)]
        enum State<F> {
            Calling(#[pin] F),
            /// With the final URL, which the response does not keep.
            Inspecting(Inspecting<Body>, Option<Box<Url>>),
        }

        impl<F> ResponseFuture<F> {
            pub(in crate::outbound) fn new(call: F, inspector: Inspector) -> Self {
                let state = State::Calling(call);
                Self { state, inspector }
            }
        }

        impl<F, E> Future for ResponseFuture<F>
        where
            F: Future<Output = Result<Response, E>>,
            E: Into<BoxError>,
        {
            type Output = Result<Response, PrivacyError>;

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                let mut this = self.project();
                loop {
                    match this.state.as_mut().project() {
                        StateProj::Calling(call) => {
                            let response = ready!(call.poll(cx)).map_err(|error| {
                                let error = from_service(error);
                                this.inspector.failed(&error);
                                error
                            })?;
                            let length = response.content_length();
                            let body = || (length == Some(0), length.unwrap_or(0));
                            let (status, headers) = (response.status(), response.headers());
                            let look = match this.inspector.look_at(status, headers, body) {
                                Look::Pass => return Poll::Ready(Ok(response)),
                                Look::Head => {
                                    this.inspector.judge_head(status, headers)?;
                                    return Poll::Ready(Ok(response));
                                }
                                look @ (Look::Xml { .. } | Look::Json) => look,
                            };
                            let url = Some(Box::new(response.url().clone()));
                            let inspecting = Inspecting::new(response.into(), look);
                            this.state.set(State::Inspecting(inspecting, url));
                        }
                        StateProj::Inspecting(inspecting, url) => {
                            let response = ready!(inspecting.poll(cx, this.inspector))?;
                            return Poll::Ready(Ok(restore(response, url.take())));
                        }
                    }
                }
            }
        }

        impl<F> fmt::Debug for ResponseFuture<F> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self.state {
                    State::Calling(_) => "ResponseFuture(Calling)",
                    State::Inspecting(..) => "ResponseFuture(Inspecting)",
                })
            }
        }

        /// The inverse of `http::Response::from(Response)`, which drops the URL. Only a builder can put it
        /// where reqwest looks for it.
        fn restore(
            response: http::Response<ResponseBody<Body>>,
            url: Option<Box<Url>>,
        ) -> Response {
            let (mut head, body) = response.into_parts();
            let carrier = url.map(|url| http::Response::builder().url(*url).body(()));
            if let Some(Ok(carrier)) = carrier {
                head.extensions.extend(carrier.into_parts().0.extensions);
            }
            http::Response::from_parts(head, Body::wrap(body)).into()
        }
    };
}

pub(super) use reqwest_adapter;
