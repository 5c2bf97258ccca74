//! The constructor and the setters that both hosts share.

/// The constructor and the setters of a type with a field `inbound: Arc<Inbound>`.
macro_rules! settings {
    ($name:ident) => {
        impl $name {
            /// Creates the middleware for an app that browsers reach at this URL. If the URL has a path, it is
            /// put in front of the path of each request. A query or fragment is ignored.
            ///
            /// If a proxy strips a prefix from the path, the base URL needs the prefix:
            /// `https://www.example/app`. If the app itself has the prefix, as with `Router::nest("/app", …)`
            /// or `web::scope("/app")`, the base URL does not need it: `https://www.example`.
            #[must_use]
            pub fn new(public_base_url: $crate::urls::ReturnUrl) -> Self {
                Self {
                    inbound: Arc::new(Inbound::new(public_base_url)),
                }
            }

            /// Adds another public URL of the same app, for an app with several hosts.
            ///
            /// Users come back to the URL whose host and port are in the request's `:authority` or `Host`, or
            /// else to that of [`new`](Self::new). Forwarded headers are ignored, so a proxy must pass on
            /// `Host`. If two URLs have the same host and port, the first one counts.
            ///
            /// All pages of these origins, and of the [landing page](Self::landing_page)'s origin, count as
            /// pages of the app that users may come back to. Do not add an origin that you share with others.
            ///
            /// Default: none.
            ///
            /// # Example
            ///
            /// ```
            #[doc = concat!("use tower_privacy::{", settings!(@path $name), ", ReturnUrl};")]
            ///
            #[doc = concat!("let settings = ", stringify!($name), "::new(ReturnUrl::try_from(\"https://app.example\")?)")]
            ///     .also_at(ReturnUrl::try_from("https://app.example.fr")?);
            /// # assert!(format!("{settings:?}").contains("https://app.example.fr"));
            /// # Ok::<(), tower_privacy::ReturnUrlError>(())
            /// ```
            #[must_use]
            pub fn also_at(mut self, public_base_url: $crate::urls::ReturnUrl) -> Self {
                self.site_mut().also_at(public_base_url);
                self
            }

            /// Sets where users come back to if the page that made their request is not known. A page
            /// with a link to try again also links to it.
            ///
            /// It may have another origin, for example the one of a single-page app that uses this API. That
            /// origin then belongs to the app. Its pages must send their URL in `HX-Current-URL`: to another
            /// origin, browsers send only the origin as `Referer`.
            ///
            /// Default: the base URL.
            #[must_use]
            pub fn landing_page(mut self, url: $crate::urls::ReturnUrl) -> Self {
                self.site_mut().landing_page = Some(url);
                self
            }

            /// Adds paths that users never come back to, such as those of URLs that work only once: an OAuth
            /// callback, a magic link. Users then come back to the page before it, if that belongs to the
            /// app, or else to the [landing page](Self::landing_page).
            ///
            /// A pattern is an exact path, or `/x/*` for `/x` and everything below it. A `*` elsewhere stands
            /// for itself, and a missing `/` at the start is added. The pattern is compared with the path
            /// that browsers see, and with that path without the base URL's path. Additional slashes make a
            /// different path.
            ///
            /// Default: none.
            ///
            /// # Example
            ///
            /// ```
            #[doc = concat!("use tower_privacy::{", settings!(@path $name), ", ReturnUrl};")]
            ///
            #[doc = concat!("let settings = ", stringify!($name), "::new(ReturnUrl::try_from(\"https://app.example\")?)")]
            ///     .never_return_to(["/oauth/callback", "/magic/*"]);
            /// # assert!(format!("{settings:?}").contains("/oauth/callback"));
            /// # Ok::<(), tower_privacy::ReturnUrlError>(())
            /// ```
            #[must_use]
            pub fn never_return_to(
                mut self,
                paths: impl IntoIterator<Item: AsRef<str>>,
            ) -> Self {
                self.site_mut().never_return_to(paths);
                self
            }

            /// Sets the name of the marker. It must be the same as in
            /// [`PrivacyLayer::return_marker`](crate::PrivacyLayer::return_marker).
            ///
            /// Default: `fromOrangePrivacy`. An empty name means the default.
            #[must_use]
            pub fn return_marker(mut self, name: impl Into<String>) -> Self {
                self.site_mut().marker = $crate::trip::MarkerName::new(name.into());
                self
            }

            /// Sets a function that changes or replaces the replies. It receives the error, the audience, and
            /// the reply that would be sent, and returns the reply to send. The reply to a HEAD request never
            /// has a body.
            ///
            /// If the app [found](crate::PrivacyError::find) a [`Service`](crate::PrivacyError::Service)
            /// error in its own error, and turned the reference into a response, the function receives a copy
            /// without the cause: a cause cannot be cloned.
            ///
            /// Default: replies are sent unchanged.
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
            /// # assert!(format!("{settings:?}").contains("https://app.example/"));
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

            fn site_mut(&mut self) -> &mut $crate::trip::Site {
                self.inbound_mut().site_mut()
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
