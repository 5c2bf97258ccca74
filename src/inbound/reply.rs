//! What a host answers for an error. Pure: no framework is named here.
//!
//! | error | a navigation | htmx | a program |
//! |---|---|---|---|
//! | `Redirect` | 303, `Location`, a page with the link | 200, `HX-Redirect`, the same in a fragment | 403, problem |
//! | `Redirect` to a page that does not lead back | 403, a page with the ways there and on | 403, the same in a fragment | 403, problem |
//! | `Refused` | 403, a page that offers to ask again | 403, the same in a fragment | 403, problem |
//! | `InteractionRequired` | 403, a page | 403, a fragment | 403, problem |
//! | `Rejected`, `Service` | 502, a page | 502, a fragment | 502, problem |
//!
//! 1. A redirect is a 303, so a GET whatever the method was (RFC 9110, section 15.4.4).
//! 2. None may be cached: the next answer depends on what the user chose meanwhile.
//! 3. `Vary` names the headers that were looked at.
//! 4. The reply to a HEAD has no body.
//! 5. Nothing of the inside is told.
//! 6. htmx handles `HX-Redirect` whatever the status, but tells its page of an error from 400 on; and
//!    what it gets it may put into that page, so it gets no page but a fragment of one.

use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, VARY},
};

use super::{
    audience::{Audience, LOOKED_AT},
    page, problem,
};
use crate::error::PrivacyError;

/// The reply to whoever asked.
pub(crate) fn reply(error: &PrivacyError, audience: Audience) -> Response<String> {
    let location = match error {
        // A URL is printable ASCII, so this holds whatever upstream sent. Nobody is sent to a page that does
        // not lead back: the reply says both ways.
        PrivacyError::Redirect(redirect) if redirect.returns() => {
            HeaderValue::from_str(redirect.location().as_str()).ok()
        }
        _ => None,
    };
    let mut response = Response::new(String::new());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static(LOOKED_AT));
    let status = match (audience, location, error) {
        (Audience::Navigation, Some(location), _) => {
            headers.insert(LOCATION, location);
            StatusCode::SEE_OTHER
        }
        (Audience::Htmx, Some(location), _) => {
            headers.insert(HeaderName::from_static("hx-redirect"), location);
            StatusCode::OK
        }
        (_, _, PrivacyError::Rejected(_) | PrivacyError::Service(_)) => StatusCode::BAD_GATEWAY,
        _ => StatusCode::FORBIDDEN,
    };
    let (media_type, body) = match audience {
        Audience::Navigation => (page::MEDIA_TYPE, page::page(error)),
        Audience::Htmx => (page::MEDIA_TYPE, page::fragment(error)),
        Audience::Program => (problem::MEDIA_TYPE, problem::of(error, status.as_u16())),
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    *response.status_mut() = status;
    *response.body_mut() = body;
    response
}

/// Rule 4: the same as the reply to a HEAD. It says how long the body is that a GET would get (RFC
/// 9110, section 8.6).
pub(crate) fn without_body(mut reply: Response<String>) -> Response<String> {
    let length = std::mem::take(reply.body_mut()).len();
    reply.headers_mut().insert(CONTENT_LENGTH, length.into());
    reply
}
