//! Where a user comes back to.
//!
//! The location that a user is sent to carries a return URL, which is Orange's parameter `urlRetour`. The
//! privacy page sends the user there, whatever they chose. The context of a call decides which URL that is.
//! The layer takes the first of these that it finds:
//!
//! 1. A [`PrivacyContext`] in the request's extensions.
//! 2. The context of the running task. [`PrivacyReturnLayer`] or [`actix::PrivacyReturn`] makes one from each
//!    incoming request. By hand it is [`PrivacyContext::scope`].
//! 3. The layer's own, if [`return_to`](crate::PrivacyLayer::return_to) is set. If it is not, a denied call
//!    fails with [`InteractionRequired`](crate::PrivacyError::InteractionRequired).
//!
//! ```
//! use tower_privacy::{PrivacyContext, PrivacyError, PrivacyLayer};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let layer = PrivacyLayer::new().return_to("https://app.example/".parse()?);
//! let here = PrivacyContext::new("https://app.example/contacts?page=2".parse()?);
//!
//! let denied = || http::Response::new(String::from(
//!     "<error><detail>PrivacyAccessDeniedException</detail><url>\
//!      http://privacy.orange.fr/urm-gui/interaction.do?family=contact</url></error>",
//! ));
//! for (error, back) in [
//!     (layer.inspect(denied()).await.unwrap_err(), "https://app.example/"),
//!     (here.scope(layer.inspect(denied())).await.unwrap_err(), "https://app.example/contacts?page=2"),
//! ] {
//!     let PrivacyError::Redirect(redirect) = error else { panic!("{error}") };
//!     assert_eq!(redirect.return_url().as_str(), back);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Not every page leads back: with a protocol of your own it may take no return URL, or keep one that is
//! there. Then [`PrivacyRedirect::returns`](crate::PrivacyRedirect::returns) is false, and the host side answers
//! with a page that has both ways: to the privacy page in a new window, and on to the return URL.
//!
//! # What the host side makes of a request
//!
//! | the request | the user comes back to |
//! |---|---|
//! | GET or HEAD, a navigation | its own URL |
//! | POST and the like, a navigation | the page that it came from (`Referer`, of the same origin), else the landing page |
//! | `fetch()`, XHR | the page that made it (`HX-Current-URL`, else `Referer`), else the landing page |
//! | htmx | `HX-Current-URL`, else `Referer`, else the landing page |
//!
//! A form that was sent is not sent again. The user comes back to its page by GET, and finds it empty. To
//! lose nothing that was typed, make a call that needs the same permission when you show the form.
//!
//! # The base URL is configured
//!
//! It is never guessed from `Host` or `X-Forwarded-*`, because a client can write what it likes there. Behind
//! a proxy that ends TLS or takes a prefix away, the base URL is the one that browsers see:
//!
//! ```
//! use tower_privacy::{PrivacyReturnLayer, ReturnUrl};
//!
//! let base = ReturnUrl::try_from("https://www.example.com/app")?;
//! let layer = PrivacyReturnLayer::new(base)
//!     .landing_page(ReturnUrl::try_from("https://www.example.com/app/home")?);
//! # let _ = layer;
//! # Ok::<(), tower_privacy::ReturnUrlError>(())
//! ```
//!
//! A return URL is an absolute http or https URL with a host, without a user name and without a password. That
//! is checked once, when it is made. Its query goes with the user to the privacy page, so nothing secret
//! belongs in the URL of a page.
//!
//! # A return URL from a query
//!
//! A sign-in route often gets its `return_to` in its query, where anybody can write one. Take it only if it is
//! of your own origin:
//!
//! ```
//! use tower_privacy::ReturnUrl;
//!
//! let home = ReturnUrl::try_from("https://app.example/")?;
//! let asked = "https://evil.test/";
//! let back = ReturnUrl::of_origins(asked, &[home.clone()]).unwrap_or(home);
//! assert_eq!(back.as_str(), "https://app.example/");
//! # Ok::<(), tower_privacy::ReturnUrlError>(())
//! ```
//!
//! [`PrivacyContext`]: crate::PrivacyContext
//! [`PrivacyContext::scope`]: crate::PrivacyContext::scope
//! [`PrivacyReturnLayer`]: crate::PrivacyReturnLayer
//! [`actix::PrivacyReturn`]: crate::actix::PrivacyReturn
