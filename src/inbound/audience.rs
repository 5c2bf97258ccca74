//! Decides from the head of a request who the reply is for.

use super::{accept::Accept, headers::Headers};
use crate::trip::Back;

/// Who a reply is for, judged by the request's headers.
///
/// 1. A prefetch by a browser or a library is [`Html`](Self::Html). It is recognised by `Sec-Purpose`,
///    `X-Sec-Purpose` or `Purpose`.
/// 2. htmx, Turbo, Inertia, Unpoly, swup, barba and pjax are recognised by their own headers, and Turbo's
///    forms by `Accept`.
/// 3. A request with `Sec-Fetch-Mode: navigate` is a [`Navigation`](Self::Navigation), or a
///    [`Frame`](Self::Frame) if `Sec-Fetch-Dest` says so. With any other mode, a script made the request. It is
///    [`Html`](Self::Html) if `Accept` names HTML (`text/html` or `text/*`), else a [`Program`](Self::Program).
/// 4. Without `Sec-Fetch-Mode`, which browsers send only to `https` and to loopback, a request whose `Accept`
///    names HTML is a [`Navigation`](Self::Navigation) if it is a GET, a HEAD or a form's POST. It is
///    [`Html`](Self::Html) if it has another method, or if `X-Requested-With: XMLHttpRequest` or
///    `HX-Current-URL` shows that a script made it.
/// 5. Any other request is a [`Program`](Self::Program), such as curl.
///
/// `Authorization`, `Upgrade` and the `X-Requested-With` of a web view are ignored.
///
/// # Example
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, body::Body, routing::get};
/// use http::{HeaderValue, Request};
/// use tower::ServiceExt;
/// use tower_privacy::{Audience, PrivacyError, PrivacyReturnLayer, ReturnUrl};
///
/// # tokio_test::block_on(async {
/// let layer = PrivacyReturnLayer::new(ReturnUrl::try_from("https://app.example/")?)
///     .map_reply(|_error, audience, mut reply| {
///         if audience == Audience::Program {
///             reply.headers_mut().insert("x-reason", HeaderValue::from_static("privacy"));
///         }
///         reply
///     });
/// let handler = async || Err::<(), _>(PrivacyError::Service("unreachable".into()));
/// let app: Router = Router::new().route("/", get(handler)).layer(layer);
///
/// // A request that names no HTML is a program's.
/// let reply = app.oneshot(Request::new(Body::empty())).await?;
/// assert_eq!(reply.headers()["x-reason"], "privacy");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Audience {
    /// A browser that opens a page in a whole window, or sends a form. It shows HTML to a person, and follows
    /// redirects.
    Navigation,
    /// A browser that opens a page in an `<iframe>`, `<frame>`, `<object>` or similar element. It shows HTML
    /// to a person, but most other sites refuse to be shown there.
    Frame,
    /// [htmx](https://htmx.org/reference/#request_headers). It follows `HX-Redirect`.
    Htmx,
    /// [Turbo](https://turbo.hotwired.dev/handbook/streams). It runs Turbo streams.
    Turbo,
    /// [Inertia](https://inertiajs.com/the-protocol). It follows `X-Inertia-Location`.
    Inertia,
    /// Any other script that shows HTML (Unpoly, swup, barba, pjax, a service worker), and every prefetch.
    Html,
    /// A program, such as a page's `fetch()`. If it were redirected to another origin, it would fail with an
    /// error that does not name the cause (Fetch Standard, section 4.10).
    Program,
}

/// Who made the request. Each has its own row in the table of replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// A whole window, with a GET or HEAD.
    Window,
    /// A form in a whole window.
    Form,
    Frame,
    Object,
    Htmx,
    /// htmx, when the user goes back in the history.
    HtmxHistory,
    Turbo,
    /// An Inertia visit that loads the whole target page.
    InertiaVisit,
    Inertia,
    Html,
    Pjax,
    Prefetch,
    /// Turbo's prefetch of a link in a Turbo frame.
    PrefetchOfFrame,
    Program,
}

impl Asker {
    /// Returns who made the request, and which page they come back to.
    pub(super) fn of(
        method: &str,
        headers: &Headers<'_>,
        accept: impl FnOnce() -> Accept,
    ) -> (Self, Back) {
        let is_get = matches!(method, "GET" | "HEAD");
        // A GET that loads the target as a page comes back to it.
        let own_if = |is_link: bool| {
            if is_get && is_link {
                Back::Own
            } else {
                Back::Maker
            }
        };
        let is_whole = headers.turbo_frame.is_none() && headers.x_inertia_partial.is_none();

        if headers.is_prefetch() {
            let is_of_frame = headers.turbo_frame.is_some();
            let asker = if is_of_frame {
                Self::PrefetchOfFrame
            } else {
                Self::Prefetch
            };
            return (asker, own_if(is_whole));
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
        let is_script = headers.sec_fetch_mode.is_some()
            || headers.hx_current_url.is_some()
            || is(headers.x_requested_with, "XMLHttpRequest");
        if !is_script && is_get {
            (Self::Window, Back::Own)
        } else if !is_script && method == "POST" && headers.content_type.is_some_and(is_form) {
            (Self::Form, Back::Maker)
        } else {
            // A service worker that fetches a page for a navigation sends the window's headers.
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
            // The user followed a link inside the frame, so the `Referer` is the frame's previous page.
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
            Self::Html | Self::Pjax | Self::Prefetch | Self::PrefetchOfFrame => Audience::Html,
            Self::Program => Audience::Program,
        }
    }
}

#[inline]
fn is(value: Option<&[u8]>, expected: &str) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case(expected.as_bytes()))
}

/// Whether this is a media type of forms (HTML Standard, section 4.10.18.6).
fn is_form(content_type: &[u8]) -> bool {
    let media_type = content_type.split(|byte| *byte == b';').next();
    let media_type = media_type.map(<[u8]>::trim_ascii);
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/plain",
    ]
    .iter()
    .any(|form| is(media_type, form))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROWSER: (&str, &str) = (
        "accept",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    );
    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    type Fields = [(&'static str, &'static str)];

    fn of(method: &str, fields: &Fields) -> (Asker, Back) {
        let read = fields.iter().map(|(name, value)| (*name, value.as_bytes()));
        let accept = fields.iter().filter(|(name, _)| *name == "accept");
        let accept = accept.map(|(_, value)| *value);
        Asker::of(method, &Headers::read(read), || Accept::of(accept))
    }

    fn audience(method: &str, fields: &Fields) -> Audience {
        of(method, fields).0.audience()
    }

    #[test]
    fn sec_fetch_mode_tells_navigations_from_scripts() {
        for dest in ["document", "empty", "report", "", "x"] {
            let fields = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", dest)];
            for (method, expected) in [
                ("GET", (Asker::Window, Back::Own)),
                ("HEAD", (Asker::Window, Back::Own)),
                ("POST", (Asker::Form, Back::Maker)),
            ] {
                assert_eq!(of(method, &fields), expected, "{method} {dest}");
            }
        }
        for mode in [
            "cors",
            "no-cors",
            "same-origin",
            "websocket",
            "webtransport",
            "",
        ] {
            let fields = [("sec-fetch-mode", mode), ("sec-fetch-dest", "document")];
            assert_eq!(of("GET", &fields), (Asker::Program, Back::Maker), "{mode}");
            let fields = [("sec-fetch-mode", mode), BROWSER];
            assert_eq!(of("GET", &fields), (Asker::Html, Back::Maker), "{mode}");
        }
    }

    #[test]
    fn a_frame_is_recognised_by_its_destination() {
        for (dest, asker) in [
            ("iframe", Asker::Frame),
            ("frame", Asker::Frame),
            ("fencedframe", Asker::Frame),
            ("embed", Asker::Frame),
            ("object", Asker::Object),
        ] {
            let fields = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", dest)];
            assert_eq!(of("GET", &fields), (asker, Back::Around), "{dest}");
            assert_eq!(of("POST", &fields), (asker, Back::Maker), "{dest}");
            let inside = [fields[0], fields[1], ("sec-fetch-user", "?1")];
            assert_eq!(of("GET", &inside), (asker, Back::Own), "{dest}");
        }
    }

    /// Browsers, web views and proxies add these headers.
    #[test]
    fn no_header_turns_a_navigation_into_a_program() {
        for added in [
            ("authorization", "Bearer x"),
            ("upgrade", "websocket"),
            ("x-requested-with", "com.example.browser"),
            ("x-requested-with", "XMLHttpRequest"),
            ("origin", "null"),
            ("accept", "application/json"),
            ("accept", "*/*"),
            ("content-type", "application/json"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-user", "?1"),
            ("upgrade-insecure-requests", "1"),
            ("referer", "https://app.example/worker.js"),
            ("hx-request", "false"),
            ("hx-boosted", "true"),
            ("hx-current-url", "https://app.example/"),
            ("x-inertia", "false"),
            ("x-inertia-partial-data", "a"),
            ("purpose", "preview"),
        ] {
            let fields = [("sec-fetch-mode", "navigate"), added];
            assert_eq!(of("GET", &fields), (Asker::Window, Back::Own), "{added:?}");
            assert_eq!(of("POST", &fields), (Asker::Form, Back::Maker), "{added:?}");
        }
        // Browsers without `Sec-Fetch-Mode` send some of them too.
        for added in [
            ("authorization", "Bearer x"),
            ("upgrade", "h2c"),
            ("x-requested-with", "com.example.browser"),
            ("origin", "https://app.example"),
            ("sec-fetch-site", "none"),
            ("referer", "https://app.example/"),
            ("upgrade-insecure-requests", "1"),
        ] {
            assert_eq!(
                of("GET", &[BROWSER, added]),
                (Asker::Window, Back::Own),
                "{added:?}"
            );
            let form = [BROWSER, FORM, added];
            assert_eq!(of("POST", &form), (Asker::Form, Back::Maker), "{added:?}");
        }
    }

    #[test]
    fn without_sec_fetch_mode_accept_must_name_html() {
        for method in [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY",
        ] {
            for fields in [
                &[][..],
                &[FORM],
                &[("accept", "*/*")],
                &[("accept", "application/json, text/plain, */*")],
                &[("authorization", "Bearer x")],
                &[("upgrade", "websocket"), ("connection", "upgrade")],
            ] {
                let expected = (Asker::Program, Back::Maker);
                assert_eq!(of(method, fields), expected, "{method} {fields:?}");
            }
        }
        for method in ["GET", "HEAD"] {
            assert_eq!(of(method, &[BROWSER]), (Asker::Window, Back::Own));
        }
        for content_type in [
            "application/x-www-form-urlencoded",
            "Multipart/Form-Data; boundary=x",
            "text/plain;charset=UTF-8",
        ] {
            let form = [BROWSER, ("content-type", content_type)];
            assert_eq!(
                of("POST", &form),
                (Asker::Form, Back::Maker),
                "{content_type}"
            );
            for method in ["PUT", "PATCH", "DELETE"] {
                assert_eq!(of(method, &form), (Asker::Html, Back::Maker), "{method}");
            }
        }
        for fields in [
            &[BROWSER][..],
            &[BROWSER, ("content-type", "application/json")],
            &[BROWSER, FORM, ("x-requested-with", "xmlhttprequest")],
        ] {
            assert_eq!(of("POST", fields), (Asker::Html, Back::Maker), "{fields:?}");
        }
        for script in [
            ("x-requested-with", "XMLHttpRequest"),
            ("hx-current-url", "https://app.example/"),
        ] {
            assert_eq!(of("GET", &[BROWSER, script]), (Asker::Html, Back::Maker));
        }
    }

    #[test]
    fn libraries_are_recognised_whatever_other_headers_they_send() {
        let turbo = (
            "accept",
            "text/vnd.turbo-stream.html, text/html, application/xhtml+xml",
        );
        for (fields, link, other) in [
            (
                &[("hx-request", "true")][..],
                (Asker::Htmx, Back::Maker),
                Asker::Htmx,
            ),
            (
                &[("hx-request", "true"), ("hx-boosted", "true")],
                (Asker::Htmx, Back::Own),
                Asker::Htmx,
            ),
            (
                &[("hx-request", "true"), ("hx-boosted", "false")],
                (Asker::Htmx, Back::Maker),
                Asker::Htmx,
            ),
            (
                &[("hx-history-restore-request", "true")],
                (Asker::HtmxHistory, Back::Own),
                Asker::HtmxHistory,
            ),
            (
                &[
                    ("hx-request", "true"),
                    ("hx-history-restore-request", "true"),
                ],
                (Asker::HtmxHistory, Back::Own),
                Asker::HtmxHistory,
            ),
            (
                &[("x-turbo-request-id", "1")],
                (Asker::Turbo, Back::Own),
                Asker::Turbo,
            ),
            (
                &[("x-turbo-request-id", "1"), ("turbo-frame", "list")],
                (Asker::Turbo, Back::Maker),
                Asker::Turbo,
            ),
            (
                &[("turbo-frame", "list")],
                (Asker::Turbo, Back::Maker),
                Asker::Turbo,
            ),
            (
                &[("x-turbo-request-id", "1"), turbo],
                (Asker::Turbo, Back::Maker),
                Asker::Turbo,
            ),
            (&[turbo], (Asker::Turbo, Back::Maker), Asker::Turbo),
            (
                &[("x-inertia", "true")],
                (Asker::InertiaVisit, Back::Own),
                Asker::Inertia,
            ),
            (
                &[("x-inertia", "true"), ("x-inertia-partial-data", "a")],
                (Asker::Inertia, Back::Maker),
                Asker::Inertia,
            ),
            (
                &[("x-inertia", "true"), ("x-inertia-partial-component", "A")],
                (Asker::Inertia, Back::Maker),
                Asker::Inertia,
            ),
            (
                &[("x-up-version", "3.14.3"), ("accept", "*/*")],
                (Asker::Html, Back::Own),
                Asker::Html,
            ),
            (
                &[("x-barba", "yes"), BROWSER],
                (Asker::Html, Back::Own),
                Asker::Html,
            ),
            (
                &[("x-requested-with", "swup"), BROWSER],
                (Asker::Html, Back::Own),
                Asker::Html,
            ),
            (
                &[("x-pjax", "true"), ("x-requested-with", "XMLHttpRequest")],
                (Asker::Pjax, Back::Own),
                Asker::Pjax,
            ),
        ] {
            for mode in [
                &[][..],
                &[("sec-fetch-mode", "cors")],
                &[("sec-fetch-mode", "same-origin")],
            ] {
                let fields = [fields, mode].concat();
                assert_eq!(of("GET", &fields), link, "{fields:?}");
                assert_eq!(of("POST", &fields), (other, Back::Maker), "{fields:?}");
            }
        }
    }

    /// A prefetch must not leave the page, or act, before the click.
    #[test]
    fn a_prefetch_is_not_a_navigation() {
        for ahead in [
            ("sec-purpose", "prefetch"),
            ("sec-purpose", "prefetch;prerender"),
            ("x-sec-purpose", "prefetch"),
            ("purpose", "prefetch"),
        ] {
            for fields in [
                &[
                    ("sec-fetch-mode", "navigate"),
                    ("sec-fetch-dest", "document"),
                ][..],
                &[("x-turbo-request-id", "1")],
                &[("x-inertia", "true")],
                &[("x-up-version", "3")],
                &[],
            ] {
                let fields = [fields, &[ahead]].concat();
                assert_eq!(
                    of("GET", &fields),
                    (Asker::Prefetch, Back::Own),
                    "{fields:?}"
                );
            }
            let frame = [ahead, ("turbo-frame", "list")];
            assert_eq!(of("GET", &frame), (Asker::PrefetchOfFrame, Back::Maker));
        }
    }

    #[test]
    fn a_service_worker_that_fetches_a_navigation_comes_back_to_its_target() {
        let fields = [
            BROWSER,
            ("sec-fetch-mode", "same-origin"),
            ("sec-fetch-dest", "empty"),
            ("upgrade-insecure-requests", "1"),
        ];
        assert_eq!(of("GET", &fields), (Asker::Html, Back::Own));
        assert_eq!(of("POST", &fields), (Asker::Html, Back::Maker));
    }

    #[test]
    fn each_asker_has_an_audience() {
        assert_eq!(audience("GET", &[BROWSER]), Audience::Navigation);
        assert_eq!(audience("POST", &[BROWSER, FORM]), Audience::Navigation);
        for (field, expected) in [
            (("hx-request", "true"), Audience::Htmx),
            (("hx-history-restore-request", "true"), Audience::Htmx),
            (("turbo-frame", "a"), Audience::Turbo),
            (("x-inertia", "true"), Audience::Inertia),
            (("x-up-version", "3"), Audience::Html),
            (("x-pjax", "true"), Audience::Html),
            (("purpose", "prefetch"), Audience::Html),
            (("x", "y"), Audience::Program),
        ] {
            assert_eq!(audience("GET", &[field]), expected, "{field:?}");
            assert_eq!(audience("POST", &[field]), expected, "{field:?}");
        }
        for dest in ["iframe", "object"] {
            let fields = [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", dest)];
            assert_eq!(audience("GET", &fields), Audience::Frame);
        }
    }
}
