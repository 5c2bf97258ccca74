//! [`PrivacyError`] as an actix-web response.

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use http::Response;

use crate::{
    error::PrivacyError,
    inbound::signal::{Signal, blind_reply},
};

/// The signal, for [`PrivacyReturn`](super::PrivacyReturn) to answer. Without the middleware it is
/// the reply to a navigation: 303 to the privacy page for a redirect, 502 for `Service` and
/// `Rejected`, else 403.
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

/// The status in actix-web's own type.
pub(super) fn status<B>(reply: &Response<B>) -> StatusCode {
    // Both types are of the numbers from 100 to 999.
    StatusCode::from_u16(reply.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
