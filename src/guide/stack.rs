//! Where the layer stands.
//!
//! The layer turns some responses into errors. What stands outside it sees those errors, and what stands
//! inside sees what upstream sent. From the outside in:
//!
//! | layer | stands | because |
//! |---|---|---|
//! | tracing (`TraceLayer`) | outside | a denial is then an error of the span, with its text, which names no URL. Inside, the span would say `500`, and with `include_headers` or a URI field it would have the token |
//! | timeout | outside | it then covers the inspection of the body too, so the call ends if an upstream sends a head and then nothing |
//! | retry | outside, with [`PrivacyError::is_denial`] in its policy | inside, it would try a denial again because of its 500 |
//! | circuit breaker | outside, with the same question | inside, ten users who have not granted access would open it, and shut out everybody |
//! | load shedding, rate and concurrency limits | either | they do not look at responses. Inside `tower::buffer` the task's context is lost: see [`background`](super::background) |
//! | **this layer** | | |
//! | decompression | inside | the layer cannot read a body that is still encoded. It passes it on, and counts it as `not_inspected` |
//! | redirects that the client follows | inside | the document is at the end of them |
//! | the client | innermost | |
//!
//! With `ServiceBuilder`, whose first layer is the outermost:
//!
//! ```
//! use std::{future::{Ready, ready}, time::Duration};
//!
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::Empty;
//! use hyper_util::{client::legacy::Client, rt::TokioExecutor};
//! use tower::{BoxError, Service, ServiceBuilder, retry::Policy};
//! use tower_http::decompression::DecompressionLayer;
//! use tower_privacy::{PrivacyError, PrivacyLayer};
//!
//! type Call = Request<Empty<Bytes>>;
//!
//! /// Tries again what failed. A denial is an answer.
//! #[derive(Clone)]
//! struct Faults {
//!     left: u32,
//! }
//!
//! fn is_fault<B>(result: &Result<Response<B>, PrivacyError>) -> bool {
//!     match result {
//!         Ok(response) => response.status().is_server_error(),
//!         Err(error) => !error.is_denial(),
//!     }
//! }
//!
//! impl<B> Policy<Call, Response<B>, PrivacyError> for Faults {
//!     type Future = Ready<()>;
//!
//!     fn retry(
//!         &mut self,
//!         _: &mut Call,
//!         result: &mut Result<Response<B>, PrivacyError>,
//!     ) -> Option<Ready<()>> {
//!         self.left = self.left.checked_sub(1).filter(|_| is_fault(result))?;
//!         Some(ready(()))
//!     }
//!
//!     // The clone has the extensions, and so the context.
//!     fn clone_request(&mut self, request: &Call) -> Option<Call> {
//!         Some(request.clone())
//!     }
//! }
//!
//! fn client() -> impl Service<Call, Error = BoxError> + Clone {
//!     ServiceBuilder::new()
//!         .timeout(Duration::from_secs(5))
//!         .retry(Faults { left: 2 })
//!         .layer(PrivacyLayer::new())
//!         .layer(DecompressionLayer::new())
//!         .service(Client::builder(TokioExecutor::new()).build_http())
//! }
//!
//! async fn call(request: Call) -> Result<(), PrivacyError> {
//!     let mut client = client();
//!     std::future::poll_fn(|cx| client.poll_ready(cx)).await?;
//!     // The timeout's error type is a box. `?` takes the signal out of it.
//!     client.call(request).await?;
//!     Ok(())
//! }
//! # let _ = call;
//! ```
//!
//! A circuit breaker asks the same question: it counts a failure where `is_fault` says so.
//!
//! Over reqwest there is less to choose. It decodes bodies by itself, inside, and its own timeout covers the
//! inspection too. With reqwest-middleware, add the layer after a retry middleware: the one that is added
//! first is outermost.
//!
//! ```
//! use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
//! use tower_privacy::PrivacyLayer;
//!
//! fn client() -> ClientWithMiddleware {
//!     ClientBuilder::new(reqwest::Client::new())
//!         // .with(a retry middleware)
//!         .with(PrivacyLayer::new())
//!         .build()
//! }
//! # let _ = client();
//! ```
//!
//! A proxy that passes bodies on as they are cannot decompress them. It has to send
//! `Accept-Encoding: identity` upstream. What its own clients accept is for a layer further out.
//!
//! # A response that is not a denial
//!
//! The layer passes it on with the same head, frames, trailers, size hints and errors. Only the time of its
//! head can differ: the head of a response that is inspected waits until its body rules out a denial. So put
//! a Content-Type on streams, or see [`production`](super::production) for what else helps.
//!
//! A layer further out that answers by itself, such as tower-http's `TimeoutLayer`, has to make a body. For
//! that, [`ResponseBody`] implements `From` of the inner body, and `Default` if the inner body does.
//!
//! # The host side
//!
//! [`PrivacyReturnLayer`] goes outside every layer that makes calls, and inside those that log, compress,
//! normalize paths or set cookies. It replaces a response whose error is the signal, and keeps the headers that
//! inner layers set. On a `Router`, the layer that is added last is outermost
//! ([more](crate::PrivacyReturnLayer#order-of-layers)); on actix-web, the middleware that is added last
//! ([more](crate::actix#order-of-middleware)):
//!
//! ```
//! use axum::Router;
//! use tower_http::compression::CompressionLayer;
//! use tower_privacy::PrivacyReturnLayer;
//!
//! fn app(routes: Router, home: tower_privacy::ReturnUrl) -> Router {
//!     routes.layer(PrivacyReturnLayer::new(home)).layer(CompressionLayer::new())
//! }
//! # let _ = app;
//! ```
//!
//! A `TraceLayer` goes there too. Its `uri` then has the marker, which is no secret.
//!
//! [`PrivacyError::is_denial`]: crate::PrivacyError::is_denial
//! [`PrivacyReturnLayer`]: crate::PrivacyReturnLayer
//! [`ResponseBody`]: crate::ResponseBody
