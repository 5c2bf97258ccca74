//! What an incoming request says: where its user comes back to, and who waits for the answer. Pure:
//! no framework is named here.

use std::{fmt, sync::Arc};

use http::{Response, header::CONTENT_LENGTH};

use super::{
    audience::Audience,
    reply::{reply, without_body},
};
use crate::{
    error::PrivacyError,
    report,
    trip::{MarkerName, PrivacyContext, is_marker},
    urls::{ReturnUrl, query},
};

pub(crate) type MapReply =
    dyn Fn(&PrivacyError, Audience, Response<String>) -> Response<String> + Send + Sync;

/// The settings of the inbound side.
#[derive(Clone)]
pub(crate) struct Inbound {
    base: ReturnUrl,
    pub(crate) landing_page: Option<ReturnUrl>,
    pub(crate) marker: MarkerName,
    pub(crate) map_reply: Option<Arc<MapReply>>,
}

/// Who waits for the answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    audience: Audience,
    /// The request is a HEAD.
    head: bool,
    /// The user comes back from the privacy page.
    is_back: bool,
}

/// The head of an incoming request.
pub(crate) struct Head<'a, H> {
    pub(crate) method: &'a str,
    /// As the client sent it, whatever part of it a router has taken away.
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    /// The values of a header.
    pub(crate) values: H,
}

impl Inbound {
    pub(crate) fn new(base: ReturnUrl) -> Self {
        let base = base.without_fragment().with_query(None);
        Self {
            base,
            landing_page: None,
            marker: MarkerName::default(),
            map_reply: None,
        }
    }

    /// Who asks, and the context of what is done for them.
    ///
    /// A context that is there already is kept: what was asked is known to the outermost layer only,
    /// since it takes the marker away.
    pub(crate) fn receive<'a, H, V>(&self, head: &Head<'a, H>) -> (Asker, PrivacyContext)
    where
        H: Fn(&'static str) -> V,
        V: Iterator<Item = &'a str>,
    {
        let mut asker = Asker {
            audience: Audience::of(&head.values),
            head: head.method == "HEAD",
            is_back: false,
        };
        let context = PrivacyContext::current()
            .filter(PrivacyContext::is_visit)
            .unwrap_or_else(|| {
                let is_opened = asker.audience == Audience::Navigation;
                let page = self.page(head, asker.audience);
                let context = PrivacyContext::visiting(page, &self.marker);
                // Only a count hangs on it.
                asker.is_back = cfg!(feature = "metrics") && is_opened && self.is_marked(head);
                context
            });
        if asker.is_back {
            report::returned();
        }
        (asker, context)
    }

    /// Whether the page that is asked for is one to come back to from the privacy page.
    fn is_marked<H>(&self, head: &Head<'_, H>) -> bool {
        let query = head.query.unwrap_or_default();
        head.method == "GET"
            && query::values(query, &[self.marker.as_str()]).any(|value| is_marker(&value))
    }

    /// The path and query without the marker, if there is one.
    pub(crate) fn without_marker(&self, path: &str, query: &str) -> Option<String> {
        let query = query::without(query, self.marker.as_str())?;
        Some(if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        })
    }

    /// The app has answered by itself.
    pub(crate) fn passed(asker: Asker, context: Option<&PrivacyContext>, status: u16) {
        let answered = context.is_some_and(PrivacyContext::is_answered);
        if asker.is_back && answered && (200..300).contains(&status) {
            report::granted();
        }
    }

    /// The answer to an error.
    pub(crate) fn answer(&self, error: &PrivacyError, asker: Asker) -> Response<String> {
        let mut reply = reply(error, asker.audience);
        if let Some(map) = &self.map_reply {
            reply = map(error, asker.audience, reply);
            // What the body has become is for the host to measure.
            reply.headers_mut().remove(CONTENT_LENGTH);
        }
        if asker.head {
            reply = without_body(reply);
        }
        reply
    }

    /// The page that the user is on.
    fn page<'a, H, V>(&self, head: &Head<'a, H>, audience: Audience) -> ReturnUrl
    where
        H: Fn(&'static str) -> V,
        V: Iterator<Item = &'a str>,
    {
        if audience == Audience::Navigation
            && matches!(head.method, "GET" | "HEAD")
            && head.path.starts_with('/')
        {
            return self.own(head.path, head.query);
        }
        ["hx-current-url", "referer"]
            .into_iter()
            .find_map(|name| self.of_same_origin((head.values)(name).next()?))
            .unwrap_or_else(|| self.landing_page().clone())
    }

    /// The public URL of a path of this host.
    ///
    /// It is set part by part: joined, a path such as `//evil.test` would name another host.
    fn own(&self, path: &str, query: Option<&str>) -> ReturnUrl {
        let base = self.base.as_url().path().trim_end_matches('/');
        let url = self.base.clone().with_path(&format!("{base}{path}"));
        url.with_query(query)
    }

    /// The page of this URL, if it is of this host. A worker's requests name its script, which is no
    /// page.
    fn of_same_origin(&self, url: &str) -> Option<ReturnUrl> {
        let page = ReturnUrl::try_from(url).ok()?;
        let path = page.as_url().path();
        let is_script = [".js", ".mjs"].iter().any(|end| path.ends_with(end));
        (page.is_same_origin(&self.base) && !is_script).then_some(page)
    }

    fn landing_page(&self) -> &ReturnUrl {
        self.landing_page.as_ref().unwrap_or(&self.base)
    }
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivacyReturn")
            .field("base", &self.base)
            .field("landing_page", self.landing_page())
            .field("return_marker", &self.marker.as_str())
            .finish_non_exhaustive()
    }
}

/// The constructor and the setters of an inbound side that has `inbound: Arc<Inbound>`.
macro_rules! settings {
    ($name:ident) => {
        impl $name {
            /// For a service that browsers reach at this URL. Its path, if any, goes before that of
            /// each request; a query or fragment has no meaning in a base and is left out.
            #[must_use]
            pub fn new(public_base_url: $crate::urls::ReturnUrl) -> Self {
                Self {
                    inbound: Arc::new(Inbound::new(public_base_url)),
                }
            }

            /// Sets where a user returns to whose request was made by no page that is known.
            ///
            /// Default: the base URL.
            #[must_use]
            pub fn landing_page(mut self, url: $crate::urls::ReturnUrl) -> Self {
                self.inbound_mut().landing_page = Some(url);
                self
            }

            /// Sets the name of the marker, the same as
            /// [`PrivacyLayer::return_marker`](crate::PrivacyLayer::return_marker) has.
            ///
            /// Default: `fromOrangePrivacy`.
            #[must_use]
            pub fn return_marker(mut self, name: impl Into<String>) -> Self {
                self.inbound_mut().marker = $crate::trip::MarkerName::new(name.into());
                self
            }

            /// Replaces the replies. The function is given the error, who the reply is for, and the
            /// reply as it would be sent, and returns the one that is sent. The reply to a HEAD has
            /// no body, whatever it returns.
            ///
            /// Of a [`Service`](crate::PrivacyError::Service) error that an app only
            /// [found](crate::PrivacyError::find) inside its own, and handed over by reference, the
            /// function sees a stand-in without the cause, which stayed in the app's.
            ///
            /// Default: the reply as it is.
            ///
            /// # Example
            ///
            /// ```
            #[doc = concat!("use tower_privacy::{Audience, PrivacyError, ", settings!(@path $name), ", ReturnUrl};")]
            ///
            #[doc = concat!("let settings = ", stringify!($name), "::new(ReturnUrl::try_from(\"https://app.example/\")?)")]
            ///     .map_reply(|error, audience, mut reply| {
            ///         if let (PrivacyError::Refused(redirect), Audience::Navigation) = (error, audience) {
            ///             let ask_again = redirect.location().as_str().replace('&', "&amp;");
            ///             *reply.body_mut() = format!("<a href=\"{ask_again}\">Demander à nouveau</a>");
            ///         }
            ///         reply
            ///     });
            /// # let _ = settings;
            /// # Ok::<(), tower_privacy::ReturnUrlError>(())
            /// ```
            #[must_use]
            pub fn map_reply<F>(mut self, map: F) -> Self
            where
                F: Fn(
                        &$crate::error::PrivacyError,
                        $crate::inbound::audience::Audience,
                        http::Response<String>,
                    ) -> http::Response<String>
                    + Send
                    + Sync
                    + 'static,
            {
                self.inbound_mut().map_reply = Some(Arc::new(map));
                self
            }

            fn inbound_mut(&mut self) -> &mut Inbound {
                Arc::make_mut(&mut self.inbound)
            }
        }
    };
    (@path PrivacyReturn) => {
        "actix::PrivacyReturn"
    };
    (@path $name:ident) => {
        stringify!($name)
    };
}
pub(crate) use settings;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inbound(base: &str) -> Inbound {
        Inbound::new(base.parse().unwrap())
    }

    fn return_url(
        inbound: &Inbound,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> String {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let (_, context) = inbound.receive(&Head {
            method,
            path,
            query,
            values: |name| {
                let headers = headers.iter().filter(move |(found, _)| *found == name);
                headers.map(|(_, value)| *value)
            },
        });
        context.return_url().unwrap().as_str().to_owned()
    }

    #[test]
    fn the_base_goes_before_the_path_with_one_slash_between() {
        for (base, target, expected) in [
            ("https://app.example", "/", "https://app.example/"),
            ("https://app.example", "/a?b", "https://app.example/a?b"),
            ("https://app.example/x", "/a", "https://app.example/x/a"),
            ("https://app.example/x/", "/a", "https://app.example/x/a"),
            (
                "https://app.example/x?y=1#z",
                "/a",
                "https://app.example/x/a",
            ),
            ("http://[::1]:8080/", "/a/?", "http://[::1]:8080/a/?"),
            (
                "https://app.example",
                "//evil.test",
                "https://app.example//evil.test",
            ),
            (
                "https://app.example",
                "/\\evil.test",
                "https://app.example//evil.test",
            ),
            (
                "https://app.example",
                "/@evil.test",
                "https://app.example/@evil.test",
            ),
            ("https://app.example", "*", "https://app.example/"),
            (
                "https://app.example",
                "evil.test:443",
                "https://app.example/",
            ),
            ("https://app.example", "", "https://app.example/"),
        ] {
            let found = return_url(&inbound(base), "GET", target, &[]);
            assert_eq!(found, expected, "{base} {target}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_asked_for_users_return_to_the_host_that_is_configured(
            path in "[/\\\\.@:%?#a-z0-9\u{e9}]{0,12}",
            query in "[ -~]{0,12}",
        ) {
            let target = format!("/{path}?{query}");
            let found = return_url(&inbound("https://app.example/x"), "GET", &target, &[]);
            let found = url::Url::parse(&found).unwrap();
            prop_assert_eq!(found.origin().ascii_serialization(), "https://app.example");
            prop_assert!(found.username().is_empty() && found.password().is_none());
        }

        #[test]
        fn whatever_page_is_named_users_return_to_the_origin_that_is_configured(
            page in "(https?:|javascript:)?[/\\\\]{0,3}(user@)?(app\\.example|evil\\.test)(:[0-9]{1,4})?[/\\\\.@#a-z]{0,8}",
        ) {
            for name in ["referer", "hx-current-url"] {
                let headers = [(name, page.as_str()), ("sec-fetch-mode", "cors")];
                let found = return_url(&inbound("https://app.example/x"), "GET", "/api", &headers);
                let found = url::Url::parse(&found).unwrap();
                prop_assert_eq!(found.origin().ascii_serialization(), "https://app.example");
                prop_assert!(found.username().is_empty() && found.password().is_none());
            }
        }
    }
}
