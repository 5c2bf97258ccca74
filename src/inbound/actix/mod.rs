//! Middleware for actix-web 4.
//!
//! [`PrivacyReturn`] sends users to the page that a denial names, and back. It follows the rules of
#![cfg_attr(
    feature = "axum",
    doc = "[`PrivacyReturnLayer`](crate::PrivacyReturnLayer),"
)]
#![cfg_attr(not(feature = "axum"), doc = "`PrivacyReturnLayer`,")]
//! and gives the same replies. [`PrivacyError`](crate::PrivacyError) implements
//! [`ResponseError`](actix_web::ResponseError), so a handler can return it.
//!
//! # Order of middleware
//!
//! Put `PrivacyReturn` outside every middleware that makes calls, and inside those that log, compress,
//! normalize paths or set cookies. In actix-web, the middleware that is added first is innermost:
//!
//! ```
//! use actix_web::{
//!     App, Error, HttpMessage,
//!     body::{BoxBody, MessageBody},
//!     dev::{ServiceRequest, ServiceResponse},
//!     middleware::{Logger, Next, NormalizePath, from_fn},
//! };
//! use tower_privacy::{PrivacyError, ReturnUrl, actix::PrivacyReturn};
//!
//! # async fn fetch_profile() -> Result<String, PrivacyError> {
//! #     Err(PrivacyError::Service("timed out".into()))
//! # }
//! #
//! /// Makes a call, so it needs the user's context, and may be denied.
//! async fn profile(
//!     request: ServiceRequest,
//!     next: Next<impl MessageBody + 'static>,
//! ) -> Result<ServiceResponse<BoxBody>, Error> {
//!     match fetch_profile().await {
//!         Ok(profile) => request.extensions_mut().insert(profile),
//!         Err(error) => return Ok(request.error_response(error)),
//!     };
//!     Ok(next.call(request).await?.map_into_boxed_body())
//! }
//!
//! # #[actix_web::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let home = ReturnUrl::try_from("https://app.example/")?;
//! let app = App::new()
//!     .wrap(from_fn(profile))
//!     .wrap(PrivacyReturn::new(home))
//!     .wrap(NormalizePath::trim())
//!     .wrap(Logger::default());
//! # let app = actix_web::test::init_service(app).await;
//! # let request = actix_web::test::TestRequest::get().uri("/contacts").to_request();
//! # assert_eq!(actix_web::test::call_service(&app, request).await.status(), 502);
//! # Ok(())
//! # }
//! ```
//!
//! - Calls made in a middleware outside `PrivacyReturn` have no context, so a denial there sends nobody
//!   anywhere.
//! - A logger inside `PrivacyReturn` writes the status of a reply that is replaced later.
//! - A middleware that is denied can also fail, with `?`. The client gets the same reply, but actix-web makes
//!   it after all middleware has run. So no middleware outside sees it: `Logger` writes no line, and no session
//!   cookie is set. `request.error_response(error)` avoids that.

mod answer;
mod extract;
mod failure;
mod future;
mod middleware;
mod respond;
mod service;

pub use future::ReturnFuture;
pub use middleware::PrivacyReturn;
pub use service::PrivacyReturnService;
