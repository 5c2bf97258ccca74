//! Who a reply is for. Pure: told by the head of the request.

use super::{accept::Accept, headers::Headers};
use crate::trip::Back;

/// Who a reply is for, as the request tells.
///
/// 1. Who fetches ahead of a click says so in `Sec-Purpose`, `X-Sec-Purpose` or `Purpose`, and is
///    [`Html`](Self::Html).
/// 2. htmx, Turbo, Inertia, Unpoly, swup, barba and pjax say so in headers of their own.
/// 3. A `Sec-Fetch-Mode` of `navigate` is a [`Navigation`](Self::Navigation), or a [`Frame`](Self::Frame) if
///    `Sec-Fetch-Dest` says so. With any other mode a script asks, which shows [`Html`](Self::Html) if
///    `Accept` names HTML, and else is a [`Program`](Self::Program).
/// 4. Without `Sec-Fetch-Mode`, which browsers send to `https` and to loopback only, `Accept` has to name
///    HTML. A GET, a HEAD or a form's POST is then a [`Navigation`](Self::Navigation), unless
///    `X-Requested-With` is `XMLHttpRequest`; all else is [`Html`](Self::Html).
/// 5. Who names no HTML is a [`Program`](Self::Program), as curl is. No other header counts:
///    `Authorization`, `Upgrade` and the `X-Requested-With` of an app's web view say nothing.
///
/// # Example
///
/// ```
/// use tower_privacy::{Audience, PrivacyReturnLayer, ReturnUrl};
///
/// let layer = PrivacyReturnLayer::new(ReturnUrl::try_from("https://app.example/")?)
///     .map_reply(|_error, audience, mut reply| {
///         if audience == Audience::Program {
///             reply.headers_mut().insert("x-reason", http::HeaderValue::from_static("privacy"));
///         }
///         reply
///     });
/// # let _ = layer;
/// # Ok::<(), tower_privacy::ReturnUrlError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Audience {
    /// A browser that opens a page in a whole window, or that sends a form. It shows HTML to a person, and
    /// follows a redirect.
    Navigation,
    /// A browser that opens a page in an `<iframe>`, a `<frame>`, an `<object>` or the like. It shows HTML to a
    /// person, in a part of the window where most other sites refuse to be shown.
    Frame,
    /// [htmx](https://htmx.org/reference/#request_headers). It follows `HX-Redirect`.
    Htmx,
    /// [Turbo](https://turbo.hotwired.dev/handbook/streams). It acts on its own streams.
    Turbo,
    /// [Inertia](https://inertiajs.com/the-protocol). It follows `X-Inertia-Location`.
    Inertia,
    /// Any other script that shows HTML: Unpoly, swup, barba, pjax, a service worker; and whoever fetches a page
    /// ahead of a click.
    Html,
    /// A program, such as a page's `fetch()`. A redirect to another origin would end it with an error that
    /// tells nothing (Fetch Standard, section 4.10).
    Program,
}

/// Who asks, as finely as the replies differ: a column of their table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// A whole window, by GET or HEAD.
    Window,
    /// A whole window, that a form is sent from.
    Form,
    Frame,
    Object,
    Htmx,
    /// htmx that goes back in its history.
    HtmxHistory,
    Turbo,
    /// An Inertia visit that takes the page to its target.
    InertiaVisit,
    Inertia,
    Html,
    Pjax,
    Prefetch,
    Program,
}

impl Asker {
    /// Who asks, and which page they come back to.
    pub(super) fn of(
        method: &str,
        headers: &Headers<'_>,
        accept: impl FnOnce() -> Accept,
    ) -> (Self, Back) {
        let is_get = matches!(method, "GET" | "HEAD");
        // A GET that takes the page to its target comes back there.
        let own_if = |is_link: bool| {
            if is_get && is_link {
                Back::Own
            } else {
                Back::Maker
            }
        };
        let is_whole = headers.turbo_frame.is_none() && headers.x_inertia_partial.is_none();

        if headers.is_prefetch() {
            return (Self::Prefetch, own_if(is_whole));
        }
        if is(headers.hx_history_restore_request, "true") {
            return (Self::HtmxHistory, own_if(true));
        }
        if is(headers.hx_request, "true") {
            return (Self::Htmx, own_if(is(headers.hx_boosted, "true")));
        }
        if is(headers.x_inertia, "true") {
            let is_visit = is_get && is_whole;
            let asker = if is_visit {
                Self::InertiaVisit
            } else {
                Self::Inertia
            };
            return (asker, own_if(is_visit));
        }
        if headers.x_turbo_request_id.is_some() || headers.turbo_frame.is_some() {
            // A link that asks for a stream stays on its page.
            return (Self::Turbo, own_if(is_whole && !accept().stream));
        }
        if headers.x_pjax.is_some() {
            return (Self::Pjax, own_if(true));
        }
        if headers.x_up_version.is_some()
            || headers.x_barba.is_some()
            || is(headers.x_requested_with, "swup")
        {
            return (Self::Html, own_if(true));
        }
        if is(headers.sec_fetch_mode, "navigate") {
            return Self::of_navigation(is_get, headers);
        }
        let accept = accept();
        if accept.stream {
            return (Self::Turbo, Back::Maker);
        }
        if !accept.html {
            return (Self::Program, Back::Maker);
        }
        let is_script =
            headers.sec_fetch_mode.is_some() || is(headers.x_requested_with, "XMLHttpRequest");
        if !is_script && is_get {
            (Self::Window, Back::Own)
        } else if !is_script && method == "POST" && headers.content_type.is_some_and(is_form) {
            (Self::Form, Back::Maker)
        } else {
            // A service worker that fetches what a window navigates to sends the window's own headers.
            (
                Self::Html,
                own_if(headers.upgrade_insecure_requests.is_some()),
            )
        }
    }

    fn of_navigation(is_get: bool, headers: &Headers<'_>) -> (Self, Back) {
        let dest = headers.sec_fetch_dest;
        let is_object = is(dest, "object");
        let frames = ["iframe", "frame", "fencedframe", "embed"];
        if !is_object && !frames.iter().any(|frame| is(dest, frame)) {
            return if is_get {
                (Self::Window, Back::Own)
            } else {
                (Self::Form, Back::Maker)
            };
        }
        let back = match (is_get, is(headers.sec_fetch_user, "?1")) {
            (true, false) => Back::Around,
            // The user went on inside the frame, so the page that is named is in there too.
            (true, true) => Back::Own,
            (false, _) => Back::Maker,
        };
        (if is_object { Self::Object } else { Self::Frame }, back)
    }

    pub(super) fn audience(self) -> Audience {
        match self {
            Self::Window | Self::Form => Audience::Navigation,
            Self::Frame | Self::Object => Audience::Frame,
            Self::Htmx | Self::HtmxHistory => Audience::Htmx,
            Self::Turbo => Audience::Turbo,
            Self::InertiaVisit | Self::Inertia => Audience::Inertia,
            Self::Html | Self::Pjax | Self::Prefetch => Audience::Html,
            Self::Program => Audience::Program,
        }
    }
}

fn is(value: Option<&str>, expected: &str) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case(expected))
}

/// The media types that forms are sent in (HTML Standard, section 4.10.18.6).
fn is_form(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/plain",
    ]
    .iter()
    .any(|form| media_type.trim_ascii().eq_ignore_ascii_case(form))
}
