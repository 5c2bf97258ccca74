//! The constructor and the setters of both hosts' settings, which are the same.

/// The constructor and the setters of an inbound side that has `inbound: Arc<Inbound>`.
macro_rules! settings {
    ($name:ident) => {
        impl $name {
            /// For an app that browsers reach at this URL. Its path, if any, goes before that of each
            /// request; a query or fragment has no meaning in a base and is left out.
            ///
            /// The path of a request is the one that the client sent. So where a proxy takes a prefix away,
            /// the base has it: `https://www.example/app`. Where the app itself has the prefix, as with
            /// `Router::nest("/app", …)` or `web::scope("/app")`, the base has not: `https://www.example`.
            #[must_use]
            pub fn new(public_base_url: $crate::urls::ReturnUrl) -> Self {
                Self {
                    inbound: Arc::new(Inbound::new(public_base_url)),
                }
            }

            /// Adds another public URL of the same app, for an app that has several hosts.
            ///
            /// Users come back to the one whose host and port the request names in `:authority` or `Host`; where
            /// it names none of them, to that of [`new`](Self::new). Forwarded headers are not looked at, so a
            /// proxy has to pass `Host` on. Two bases of one host and port are told apart by nothing: the
            /// first counts.
            ///
            /// Pages of all these origins, and of the [landing page](Self::landing_page)'s, are pages of the app,
            /// which users may come back to. Do not list an origin that is shared with others.
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
            /// # let _ = settings;
            /// # Ok::<(), tower_privacy::ReturnUrlError>(())
            /// ```
            #[must_use]
            pub fn also_at(mut self, public_base_url: $crate::urls::ReturnUrl) -> Self {
                self.site_mut().also_at(public_base_url);
                self
            }

            /// Sets where a user returns to when the page that made their request is not known. A reply that
            /// offers to ask again links to it too.
            ///
            /// It may be of another origin, as that of a single-page app whose API this is. That origin is then
            /// one of the app's. The pages there have to name themselves by `HX-Current-URL`, since to
            /// another origin browsers send no more than the origin as `Referer`.
            ///
            /// Default: the base URL.
            #[must_use]
            pub fn landing_page(mut self, url: $crate::urls::ReturnUrl) -> Self {
                self.site_mut().landing_page = Some(url);
                self
            }

            /// Adds paths that nobody comes back to, such as those of URLs that are good once: an OAuth callback,
            /// a magic link.
            ///
            /// A pattern is an exact path, or `/x/*` for `/x` and everything below it; a `*` elsewhere stands for
            /// itself. It is compared with the path as browsers see it, and without the base's path too. A
            /// slash more, at the end or in between, makes another path.
            /// Users return to the page before it, if that is one of the app's, or else to the
            /// [landing page](Self::landing_page).
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
            /// # let _ = settings;
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

            /// Sets the name of the marker, the same as
            /// [`PrivacyLayer::return_marker`](crate::PrivacyLayer::return_marker) has.
            ///
            /// Default: `fromOrangePrivacy`.
            #[must_use]
            pub fn return_marker(mut self, name: impl Into<String>) -> Self {
                self.site_mut().marker = $crate::trip::MarkerName::new(name.into());
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
