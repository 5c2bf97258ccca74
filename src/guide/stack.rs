//! The order of layers.
//!
//! The layer turns some responses into errors. Layers outside it see these errors. Layers inside it see what the
//! upstream sent. From the outside in:
//!
//! | layer | place | why |
//! |---|---|---|
//! | tracing (`TraceLayer`) | outside | a denied call then ends the span with an error, whose text contains no URL. Inside, the span would end with the upstream's status. In both places, `TraceLayer` by default records the request's URI: set `make_span_with` if that contains a token |
//! | timeout | outside | it then covers the inspection of the body too, if an upstream sends a head and nothing more |
//! | retry | outside, with [`PrivacyError::is_denial`] in its policy | inside, it would retry a denial because of its status |
//! | circuit breaker | outside, with [`PrivacyError::is_denial`] too | inside, ten users who have not granted access would open it for everybody |
//! | load shedding, rate and concurrency limits | either | they do not look at responses. Inside `tower::buffer`, the call [loses the context](super::background) |
//! | **`PrivacyLayer`** | | |
//! | decompression | inside | the layer cannot read a compressed body. It passes it on, and counts it as `not_inspected` |
//! | redirects that the client follows | inside | the denial is at the end of them |
//! | the client | innermost | |
//!
//! With `ServiceBuilder`, the first layer is the outermost:
//!
//! ```
//! use std::{
//!     future::{Ready, ready},
//!     time::Duration,
//! };
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
//! /// Retries failures. A denial is not a failure.
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
//!     // The clone has the extensions, which may contain the context.
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
//!     // The timeout boxes its errors. `?` takes the `PrivacyError` out of the box.
//!     client.call(request).await?;
//!     Ok(())
//! }
//! # let _ = call;
//! ```
//!
//! A circuit breaker uses `is_fault` too, to decide what counts as a failure.
//!
//! reqwest decodes bodies itself, and its own timeout covers the inspection. With reqwest-middleware, the
//! middleware that you add first is the outermost, so add the layer after a retry middleware:
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
//! A proxy that passes bodies on unchanged cannot decompress them. It should send `Accept-Encoding: identity`
//! upstream, and leave compression for its own clients to an outer layer.
//!
//! # Responses that are not denials
//!
//! The layer passes them on with the same head, frames, trailers, size hints and errors. Only their head may come
//! later: the head of an inspected response waits until the body rules out a denial. So give streams a
//! Content-Type, or see [`production`](super::production) for other ways.
//!
//! # Types that change
//!
//! Over reqwest and reqwest-middleware, a response keeps its type. Over any other service, the layer changes two
//! types, and rustc reports it wherever you have written them down:
//!
//! | before | after |
//! |---|---|
//! | `Response<Incoming>` | `Response<ResponseBody<Incoming>>` |
//! | the client's own error, such as `hyper_util::client::legacy::Error` | [`PrivacyError`](crate::PrivacyError) |
//!
//! Write the new types where a closure, a return type or an `impl Service` names the old ones. Or convert the body
//! once, and the rest of the app stays as it is. In a proxy on axum:
//!
//! ```
//! use axum::body::Body;
//! use http::{Request, Response};
//! use hyper_util::{client::legacy::Client, rt::TokioExecutor};
//! use tower::{Service, ServiceBuilder};
//! use tower_privacy::{PrivacyError, PrivacyLayer, ResponseBody};
//!
//! fn client()
//! -> impl Service<Request<Body>, Response = Response<Body>, Error = PrivacyError> + Clone {
//!     ServiceBuilder::new()
//!         .map_response(|response: Response<ResponseBody<_>>| response.map(Body::new))
//!         .layer(PrivacyLayer::new())
//!         .service(Client::builder(TokioExecutor::new()).build_http())
//! }
//! # let _ = client();
//! ```
//!
//! Outside the layer, some layers create responses themselves, such as tower-http's `TimeoutLayer`. For them,
//! [`ResponseBody`] implements `From` for the inner body, and `Default` if the inner body does.
//!
//! # The host side
//!
//! The host side replaces every response made from a `PrivacyError`, and keeps the headers that inner middleware set.
//! It belongs outside every middleware that makes calls. It belongs inside the middleware that logs, compresses,
//! normalizes paths or sets cookies, so that these handle the reply that the user gets.
//!
//! On an axum `Router` and on an `App` of actix-web, the layer that you add last is the outermost. An example of the
//! whole order: [axum](crate::PrivacyReturnLayer#order-of-layers), [actix-web](crate::actix#order-of-middleware).
//!
//! The request that a logger or `TraceLayer` sees still has the marker in its URL. The marker is not secret.
//!
//! [`PrivacyError::is_denial`]: crate::PrivacyError::is_denial
//! [`ResponseBody`]: crate::ResponseBody
