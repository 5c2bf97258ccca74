//! The reply that a host sends for an error. Pure: no framework is named here.
//!
#![doc = include_str!("replies.md")]

use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
        VARY,
    },
};

use super::{
    audience::Asker,
    headers::VARY_BY,
    language::{Language, preferred},
    page::{self, ID, Message},
    problem,
};
use crate::{
    error::PrivacyError,
    trip::{PrivacyRedirect, TOO_LONG, Visit},
};

/// The reply to an error. Without a visit, nothing is known about the request.
pub(super) fn reply(error: &PrivacyError, asker: Asker, visit: Option<&Visit>) -> Response<String> {
    let mut headers = HeaderMap::new();
    // The next reply depends on what the user chooses in the meantime.
    set(&mut headers, CACHE_CONTROL, "no-store");
    set(&mut headers, REFERRER_POLICY, "no-referrer");
    let (status, body) = if asker == Asker::Program {
        set(&mut headers, VARY, VARY_BY);
        set(&mut headers, CONTENT_TYPE, problem::MEDIA_TYPE);
        let status = status_of(error);
        (status, problem::of(error, status.as_u16()))
    } else {
        let language = visit.map_or(Language::English, |visit| preferred(visit.languages()));
        set(&mut headers, VARY, &format!("{VARY_BY}, Accept-Language"));
        set(&mut headers, CONTENT_LANGUAGE, language.tag());
        set(&mut headers, CONTENT_TYPE, page::MEDIA_TYPE);
        let message = Message {
            error,
            language,
            visit,
            has_links: true,
        };
        match error {
            PrivacyError::Redirect(redirect) if redirect.returns() => {
                send_away(redirect, message, asker, &mut headers)
            }
            // Nobody is sent to a page that does not lead back: the reply offers both links.
            _ => tell(message, asker, &mut headers),
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// The reply that sends the user to the location, by itself where that works.
fn send_away(
    redirect: &PrivacyRedirect,
    message: Message<'_>,
    asker: Asker,
    headers: &mut HeaderMap,
) -> (StatusCode, String) {
    let location = redirect.location().as_str();
    match asker {
        // RFC 9110, section 15.4.4: the browser follows it with a GET.
        Asker::Window => {
            set(headers, LOCATION, location);
            (StatusCode::SEE_OTHER, message.page())
        }
        Asker::Htmx => {
            set(headers, HX_REDIRECT, location);
            (StatusCode::OK, message.part())
        }
        Asker::HtmxHistory => {
            set(headers, HX_REDIRECT, location);
            (StatusCode::OK, message.leaving_page(redirect))
        }
        Asker::Turbo => {
            set(headers, CONTENT_TYPE, page::STREAM_MEDIA_TYPE);
            (StatusCode::FORBIDDEN, page::leaving_stream(redirect))
        }
        Asker::InertiaVisit | Asker::Inertia => {
            set(headers, X_INERTIA_LOCATION, location);
            (StatusCode::CONFLICT, message.page())
        }
        Asker::Pjax => (StatusCode::OK, message.leaving_page(redirect)),
        Asker::Form | Asker::Html => (StatusCode::FORBIDDEN, message.leaving_page(redirect)),
        Asker::Object => (StatusCode::OK, message.page()),
        Asker::PrefetchOfFrame => (StatusCode::FORBIDDEN, message.page_of_no_frame()),
        Asker::Frame | Asker::Prefetch | Asker::Program => (StatusCode::FORBIDDEN, message.page()),
    }
}

/// The reply that explains the error, with links where they help.
fn tell(message: Message<'_>, asker: Asker, headers: &mut HeaderMap) -> (StatusCode, String) {
    let status = status_of(message.error);
    let can_be_asked = matches!(
        message.error,
        PrivacyError::Redirect(_) | PrivacyError::Refused(_)
    );
    match asker {
        Asker::Htmx => {
            set(headers, HX_RETARGET, "body");
            set(headers, HX_RESWAP, "afterbegin");
            set(headers, HX_RESELECT, &format!("#{ID}"));
            set(headers, HX_PUSH_URL, "false");
            (StatusCode::OK, message.part())
        }
        Asker::HtmxHistory | Asker::Object | Asker::Pjax => (StatusCode::OK, message.page()),
        Asker::Turbo => {
            set(headers, CONTENT_TYPE, page::STREAM_MEDIA_TYPE);
            (status, message.stream())
        }
        Asker::InertiaVisit | Asker::Inertia => match message.visit.and_then(Visit::own) {
            // The same URL, opened as a page, shows the message with its links.
            Some(own) if can_be_asked && own.as_str().len() < TOO_LONG => {
                set(headers, X_INERTIA_LOCATION, own.as_str());
                (StatusCode::CONFLICT, message.page())
            }
            // Inertia shows it in a dialog in which no link works.
            _ => {
                let message = Message {
                    has_links: false,
                    ..message
                };
                (status, message.page())
            }
        },
        Asker::PrefetchOfFrame => (status, message.page_of_no_frame()),
        Asker::Window
        | Asker::Form
        | Asker::Frame
        | Asker::Html
        | Asker::Prefetch
        | Asker::Program => (status, message.page()),
    }
}

fn status_of(error: &PrivacyError) -> StatusCode {
    match error {
        PrivacyError::Rejected(_) | PrivacyError::Service(_) => StatusCode::BAD_GATEWAY,
        _ => StatusCode::FORBIDDEN,
    }
}

const HX_PUSH_URL: HeaderName = HeaderName::from_static("hx-push-url");
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");
const HX_RESELECT: HeaderName = HeaderName::from_static("hx-reselect");
const HX_RESWAP: HeaderName = HeaderName::from_static("hx-reswap");
const HX_RETARGET: HeaderName = HeaderName::from_static("hx-retarget");
const X_INERTIA_LOCATION: HeaderName = HeaderName::from_static("x-inertia-location");

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // A URL is printable ASCII, so this never fails, whatever the upstream sent.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The same reply for a HEAD request, with the `Content-Length` that a GET would get (RFC 9110, section 8.6).
pub(super) fn without_body(mut reply: Response<String>) -> Response<String> {
    let length = std::mem::take(reply.body_mut()).len();
    reply.headers_mut().insert(CONTENT_LENGTH, length.into());
    reply
}
