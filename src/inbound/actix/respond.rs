//! [`PrivacyError`] as an actix-web response.

use actix_web::{Error, HttpResponse, ResponseError, http::StatusCode};
use http::Response;

use crate::{
    error::PrivacyError,
    inbound::signal::{Signal, blind_reply, copy},
};

/// A response that [`PrivacyReturn`](super::PrivacyReturn) replaces with the reply that suits the client.
/// Without that middleware it is the reply to a navigation: 303 to the privacy page for a redirect, 502 for
/// `Service` and `Rejected`, else 403.
impl ResponseError for PrivacyError {
    fn status_code(&self) -> StatusCode {
        status(&blind_reply(self))
    }

    fn error_response(&self) -> HttpResponse {
        let reply = blind_reply(self);
        let mut response = HttpResponse::build(status(&reply));
        for (name, value) in reply.headers() {
            response.append_header((name.as_str(), value.as_bytes()));
        }
        let mut response = response.body(reply.into_body());
        response.extensions_mut().insert(Signal::of(self));
        response
    }
}

/// The same reply for an error that was only [found](PrivacyError::find), in a handler that returns
/// [`actix_web::Error`].
///
/// # Example
///
/// ```
/// use actix_web::{Error, error::ErrorInternalServerError};
/// use tower_privacy::PrivacyError;
///
/// /// Turns everything but the signal into a 500.
/// fn or_500(error: &anyhow::Error) -> Error {
///     match PrivacyError::find(error.as_ref()) {
///         Some(signal) => signal.into(),
///         None => ErrorInternalServerError("something went wrong"),
///     }
/// }
///
/// let error = anyhow::Error::new(PrivacyError::Service("timed out".into())).context("contacts");
/// assert_eq!(or_500(&error).as_response_error().status_code(), 502);
/// assert_eq!(or_500(&anyhow::anyhow!("out of cheese")).as_response_error().status_code(), 500);
/// ```
impl From<&PrivacyError> for Error {
    fn from(error: &PrivacyError) -> Self {
        copy(error).into()
    }
}

/// The status in actix-web's own type.
pub(super) fn status<B>(reply: &Response<B>) -> StatusCode {
    // Both types hold the numbers from 100 to 999.
    StatusCode::from_u16(reply.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
