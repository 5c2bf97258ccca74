//! Who a reply is for. Pure: told by the head of the request.

/// Who a reply is for, as the request tells.
///
/// It is a [`Navigation`](Self::Navigation) if `Sec-Fetch-Mode` is `navigate`. Without Sec-Fetch
/// headers, which browsers send to `https` and to loopback only, it is one if there is no
/// `X-Requested-With` and `Accept` names HTML. A request that takes anything, as curl's, is one too
/// if no page made it, which is if it has neither `Referer` nor `Origin`.
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
    /// A browser that opens a page. It follows redirects and shows HTML to a person.
    Navigation,
    /// [htmx](https://htmx.org/reference/#request_headers), by `HX-Request: true`. It follows
    /// `HX-Redirect`.
    Htmx,
    /// A program, such as a page's `fetch()` or `XMLHttpRequest`. A redirect to another origin would
    /// end it with an error that tells nothing (Fetch Standard, section 4.10).
    Program,
}

/// The headers that are looked at to tell, and to know where to come back to. A reply's `Vary`
/// names them.
pub(crate) const LOOKED_AT: &str = "Accept, HX-Current-URL, HX-Request, Origin, Referer, \
    Sec-Fetch-Dest, Sec-Fetch-Mode, Sec-Fetch-Site, X-Requested-With";

impl Audience {
    /// Tells it by the values of each header.
    pub(crate) fn of<'a, V>(values: impl Fn(&'static str) -> V) -> Self
    where
        V: Iterator<Item = &'a str>,
    {
        let has = |name| values(name).next().is_some();
        let is = |name, expected: &str| {
            let value = values(name).next();
            value.is_some_and(|value| value.eq_ignore_ascii_case(expected))
        };

        if is("hx-request", "true") {
            return Self::Htmx;
        }
        let navigates = if ["sec-fetch-mode", "sec-fetch-dest", "sec-fetch-site"]
            .into_iter()
            .any(has)
        {
            is("sec-fetch-mode", "navigate")
        } else {
            !has("x-requested-with")
                && match Html::taken_by(values("accept")) {
                    Html::Named => true,
                    Html::LikeAnything => !has("referer") && !has("origin"),
                    Html::Not => false,
                }
        };
        if navigates {
            Self::Navigation
        } else {
            Self::Program
        }
    }
}

/// Whether an `Accept` takes HTML (RFC 9110, section 12.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Html {
    /// It names it.
    Named,
    /// It says no more than that it takes anything.
    LikeAnything,
    Not,
}

impl Html {
    fn taken_by<'a>(accept: impl Iterator<Item = &'a str>) -> Self {
        let (mut html, mut text, mut others) = (None, None, false);
        for range in accept.flat_map(|list| list.split(',')) {
            let mut parts = range.split(';').map(str::trim_ascii);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let taken = !parts.any(is_weight_of_zero);
            match name.as_str() {
                "text/html" => html = Some(taken),
                "text/*" => text = Some(taken),
                "" => {}
                "*/*" if taken => {}
                _ => others = true,
            }
        }
        // The more specific range counts.
        match html.or(text) {
            Some(true) => Self::Named,
            None if !others => Self::LikeAnything,
            _ => Self::Not,
        }
    }
}

/// Section 12.4.2: with a weight of 0 it is not acceptable.
fn is_weight_of_zero(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(name, value)| {
        name.trim_ascii().eq_ignore_ascii_case("q")
            && value
                .trim_ascii()
                .bytes()
                .all(|byte| matches!(byte, b'0' | b'.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    fn of(headers: &[(&'static str, &'static str)]) -> Audience {
        Audience::of(|name| {
            let headers = headers.iter().filter(move |(found, _)| *found == name);
            headers.map(|(_, value)| *value)
        })
    }

    #[test]
    fn a_browser_says_by_sec_fetch_whether_it_navigates() {
        for (mode, expected) in [
            ("navigate", Audience::Navigation),
            ("cors", Audience::Program),
            ("no-cors", Audience::Program),
            ("same-origin", Audience::Program),
            ("websocket", Audience::Program),
        ] {
            assert_eq!(of(&[("sec-fetch-mode", mode)]), expected, "{mode}");
            let headers = [
                ("sec-fetch-mode", mode),
                ("accept", BROWSER),
                ("referer", "x"),
            ];
            assert_eq!(of(&headers), expected, "{mode}");
        }
        for name in ["sec-fetch-dest", "sec-fetch-site"] {
            assert_eq!(
                of(&[(name, "empty"), ("accept", BROWSER)]),
                Audience::Program
            );
        }
    }

    #[test]
    fn without_sec_fetch_accept_has_to_name_html() {
        for (accept, expected) in [
            (BROWSER, Audience::Navigation),
            ("text/html", Audience::Navigation),
            ("TEXT/HTML ; charset=utf-8 ; q=0.1", Audience::Navigation),
            ("application/json, text/*", Audience::Navigation),
            ("application/json", Audience::Program),
            ("application/json, text/plain, */*", Audience::Program),
            ("text/html;q=0, */*", Audience::Program),
            ("text/*, text/html; Q = 0.000", Audience::Program),
            ("text/html;q=0.001", Audience::Navigation),
            ("text/htmlx", Audience::Program),
            ("image/avif,image/webp,*/*;q=0.8", Audience::Program),
            ("*/*;q=0", Audience::Program),
        ] {
            assert_eq!(of(&[("accept", accept)]), expected, "{accept}");
        }
        let lines = [("accept", "application/json"), ("accept", "text/html")];
        assert_eq!(of(&lines), Audience::Navigation);
        let headers = [("accept", BROWSER), ("x-requested-with", "XMLHttpRequest")];
        assert_eq!(of(&headers), Audience::Program);
        let headers = [("accept", BROWSER), ("referer", "https://app.example/")];
        assert_eq!(of(&headers), Audience::Navigation);
    }

    #[test]
    fn who_takes_anything_navigates_unless_a_page_made_the_request() {
        for accept in [&[][..], &[("accept", "*/*")], &[("accept", " ,*/*;q=0.5")]] {
            assert_eq!(of(accept), Audience::Navigation);
            for made in ["referer", "origin", "x-requested-with"] {
                let headers = [accept, &[(made, "x")]].concat();
                assert_eq!(of(&headers), Audience::Program, "{made}");
            }
        }
    }

    #[test]
    fn htmx_says_so() {
        let headers = [("hx-request", "true"), ("sec-fetch-mode", "cors")];
        assert_eq!(of(&headers), Audience::Htmx);
        let headers = [("hx-request", "false"), ("sec-fetch-mode", "cors")];
        assert_eq!(of(&headers), Audience::Program);
    }
}
