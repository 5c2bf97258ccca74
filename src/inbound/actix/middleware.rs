//! The middleware and its settings.

use std::{
    fmt,
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{
    Error,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
};

use super::service::PrivacyReturnService;
use crate::inbound::{request::Inbound, settings::settings};

/// Middleware that turns a [`PrivacyError`](crate::PrivacyError) into the reply that suits the client, and
/// brings users back to the page that they asked for.
///
#[cfg_attr(
    feature = "axum",
    doc = "It follows the rules of [`PrivacyReturnLayer`](crate::PrivacyReturnLayer)."
)]
#[cfg_attr(
    not(feature = "axum"),
    doc = "It follows the rules of `PrivacyReturnLayer`."
)]
/// [The module](super#order-of-middleware) says where it goes among other middleware.
///
/// # Example
///
/// ```
/// use actix_web::{App, http::header::LOCATION, test, web};
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
/// use tower_privacy::{PrivacyError, PrivacyLayer, ReturnUrl, actix::PrivacyReturn};
///
/// async fn contacts() -> Result<&'static str, PrivacyError> {
///     // Any client that is a Tower service. This one is always denied.
///     let upstream = service_fn(|_: http::Request<()>| async {
///         Ok::<_, PrivacyError>(http::Response::new(String::from(
///             "<error><detail>PrivacyAccessDeniedException</detail><url>\
///              http://privacy.orange.fr/urm-gui/interaction.do?family=contact&amp;attributes=,see\
///              </url></error>",
///         )))
///     });
///     let client = ServiceBuilder::new().layer(PrivacyLayer::new()).service(upstream);
///     client.oneshot(http::Request::new(())).await?;
///     Ok("Ada, Charles")
/// }
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let base = ReturnUrl::try_from("https://app.example/")?;
/// let app = App::new()
///     .route("/contacts", web::get().to(contacts))
///     .wrap(PrivacyReturn::new(base));
///
/// let app = test::init_service(app).await;
/// let request = test::TestRequest::get().uri("/contacts?page=2");
/// let request = request.insert_header(("sec-fetch-mode", "navigate")).to_request();
/// let reply = test::call_service(&app, request).await;
/// assert_eq!(reply.status(), 303);
/// assert!(reply.headers().get(LOCATION).unwrap().to_str()?.starts_with(
///     "http://privacy.orange.fr/urm-gui/interaction.do?family=contact&attributes=,see\
///      &urlRetour=https%3A%2F%2Fapp.example%2Fcontacts%3Fpage%3D2%26fromOrangePrivacy%3D",
/// ));
/// # Ok(())
/// # }
/// ```
///
/// # How the signal is found
///
/// A handler, or an extractor, can fail with:
///
/// - [`PrivacyError`](crate::PrivacyError).
/// - [`actix_web::Error`], made from a `PrivacyError`, or from a `&PrivacyError` that you
///   [found](crate::PrivacyError::find).
/// - `Box<dyn std::error::Error>` or [`std::io::Error`], if its sources lead to one.
/// - An error of your own, whose `error_response` calls that of the `PrivacyError` in it:
///
/// ```
/// use actix_web::{HttpResponse, ResponseError, http::StatusCode};
/// use tower_privacy::PrivacyError;
///
/// #[derive(Debug, thiserror::Error)]
/// enum AppError {
///     #[error("your data could not be read")]
///     Privacy(#[from] PrivacyError),
///     #[error("no such page")]
///     NotFound,
/// }
///
/// impl ResponseError for AppError {
///     fn error_response(&self) -> HttpResponse {
///         match self {
///             Self::Privacy(error) => error.error_response(),
///             Self::NotFound => HttpResponse::build(StatusCode::NOT_FOUND).body("no such page"),
///         }
///     }
/// }
/// ```
///
#[doc = include_str!("../found.md")]
///
/// # What is logged
///
/// The reply to a denied handler or extractor is an ordinary response, so a logger does not report each user
/// who is sent away as an error. A 502 remains the response of an error.
///
/// # Around a single resource
///
/// Wrap the `App` or a scope, not a single resource. Around a resource, a middleware further out may hold a
/// clone of the `HttpRequest`. actix-web panics if such a request is changed, so the marker stays in its URI,
/// and handlers see it. The panic is caught, but the panic hook runs, and a program that is built with
/// `panic = "abort"` ends there.
///
/// A clone shares the settings.
#[derive(Clone)]
pub struct PrivacyReturn {
    inbound: Arc<Inbound>,
}

settings!(PrivacyReturn);

impl<S, B> Transform<S, ServiceRequest> for PrivacyReturn
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = PrivacyReturnService<S>;
    type InitError = ();
    type Future = Ready<Result<PrivacyReturnService<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(PrivacyReturnService::new(
            inner,
            Arc::clone(&self.inbound),
        )))
    }
}

impl fmt::Debug for PrivacyReturn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PrivacyReturn").field(&self.inbound).finish()
    }
}
