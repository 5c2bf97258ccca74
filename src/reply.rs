//! What a host answers for an error. Pure: no framework is named here.

use http::{
    HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION},
};

use crate::error::PrivacyError;

/// The reply to whoever asked for the page.
///
/// | error | status | |
/// |---|---|---|
/// | `Redirect` | 303 | `Location`; a GET whatever the method was (RFC 9110, section 15.4.4) |
/// | `Service` | 502 | |
/// | others | 403 | |
///
/// None of them may be cached: the next answer depends on what the user chose meanwhile.
pub(crate) fn reply(error: &PrivacyError) -> Response<String> {
    let (status, text) = match error {
        PrivacyError::Redirect(redirect) => {
            // A URL is printable ASCII, so this holds whatever upstream sent.
            return match HeaderValue::from_str(redirect.location().as_str()) {
                Ok(location) => {
                    let mut response = text(
                        StatusCode::SEE_OTHER,
                        "Your permission is needed: see the privacy page.",
                    );
                    response.headers_mut().insert(LOCATION, location);
                    response
                }
                Err(_) => text(StatusCode::FORBIDDEN, "Access was denied."),
            };
        }
        PrivacyError::Service(_) => (
            StatusCode::BAD_GATEWAY,
            "The service behind this page did not answer.",
        ),
        PrivacyError::Refused(_) => (StatusCode::FORBIDDEN, "Access was not granted."),
        PrivacyError::InteractionRequired(_) => {
            (StatusCode::FORBIDDEN, "The user's permission is needed.")
        }
        PrivacyError::Rejected(_) => (StatusCode::FORBIDDEN, "Access was denied."),
    };
    self::text(status, text)
}

fn text(status: StatusCode, text: &str) -> Response<String> {
    let mut response = Response::new(format!("{text}\n"));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
