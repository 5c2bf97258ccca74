//! Where a user comes back to.
//!
//! The location that a user is sent to carries a return URL in `urlRetour`, and the privacy page sends
//! them there whatever they chose. Which URL that is, is the context's to say. For each call the first of
//! these counts:
//!
//! 1. A [`PrivacyContext`] in the request's extensions.
//! 2. That of the running task: [`PrivacyReturnLayer`] or [`actix::PrivacyReturn`] makes it of the incoming
//!    request, [`PrivacyContext::scope`] by hand.
//! 3. The layer's own: [`PrivacyLayer::new`] has a URL, [`PrivacyLayer::non_interactive`] has none.
//!
//! ```
//! use tower_privacy::{PrivacyContext, PrivacyLayer, ReturnUrl};
//!
//! let home = ReturnUrl::try_from("https://app.example/")?;
//! let layer = PrivacyLayer::new(home.clone());
//!
//! let mut request = http::Request::get("https://api.example/contacts").body(())?;
//! assert_eq!(layer.context(request.extensions()).return_url(), Some(&home));
//!
//! let here = ReturnUrl::try_from("https://app.example/contacts?page=2")?;
//! request.extensions_mut().insert(PrivacyContext::new(here.clone()));
//! assert_eq!(layer.context(request.extensions()).return_url(), Some(&here));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What the inbound side makes of a request
//!
//! | the request | the user comes back to |
//! |---|---|
//! | GET or HEAD, a navigation | its own URL |
//! | POST and the like, a navigation | the page that it came from (`Referer`, of the same origin), else the landing page |
//! | `fetch()`, XHR | the page that made it (`Referer`), else the landing page |
//! | htmx | `HX-Current-URL`, else `Referer`, else the landing page |
//!
//! A form that was sent is not sent again: the user comes back to its page by GET, and finds it empty. To
//! lose nothing that was typed, make a call that needs the same permission when the form is shown.
//!
//! # The base URL is configured
//!
//! It is never guessed from `Host` or `X-Forwarded-*`, which are whatever a client says. Behind a proxy that
//! ends TLS or takes a prefix away, it is the URL that browsers see:
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
//! A return URL is an absolute http or https URL with a host and without a password, and that is checked
//! once, when it is made. Its query goes with the user to the privacy page, so nothing secret belongs in
//! the URL of a page.
//!
//! [`PrivacyContext`]: crate::PrivacyContext
//! [`PrivacyContext::scope`]: crate::PrivacyContext::scope
//! [`PrivacyReturnLayer`]: crate::PrivacyReturnLayer
//! [`actix::PrivacyReturn`]: crate::actix::PrivacyReturn
//! [`PrivacyLayer::new`]: crate::PrivacyLayer::new
//! [`PrivacyLayer::non_interactive`]: crate::PrivacyLayer::non_interactive
