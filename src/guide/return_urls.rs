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
//! Not every page leads back: those of [GitHub](super::github_sso) and of [Matrix](super::matrix_consent)
//! take no return URL, and one of [Kratos](super::kratos)'s keeps its own. Then [`PrivacyRedirect::returns`](crate::PrivacyRedirect::returns) is false, and the host side
//! answers with a page that has both ways: to that page in a new window, and on to the return URL.
//!
//! # What the host side makes of a request
//!
//! A page that is opened returns to its own URL, also where a page library opens it by a link. A frame
//! returns to the page around it. Whatever else a script or a form sends returns to the page that sent it, or
//! else to the landing page. [`PrivacyReturnLayer`](crate::PrivacyReturnLayer#where-a-user-comes-back-to) has
//! the rules.
//!
//! A form that was sent is not sent again. The user comes back to its page by GET, and finds it empty. To
//! lose nothing that was typed, make a call that needs the same permission when you show the form.
//!
//! Servers are not told a page's `#fragment`, so the return URL of a page that is opened has none. Where the
//! fragment matters, make the call from the page's script and send `HX-Current-URL: location.href`
//! ([`scripts`](super::scripts)).
//!
//! # The base URL is configured
//!
//! It is never guessed from `X-Forwarded-*`, because a client can write what it likes there. It is the URL
//! that browsers see, also behind a proxy that ends TLS. An app with several hosts lists each of them by
//! `also_at`. `:authority` or `Host` then chooses one of the list, and can add none.
//!
//! ```
//! use axum::{Router, body::Body, routing::get};
//! use http::{Request, header::LOCATION};
//! use tower::ServiceExt;
//! use tower_privacy::{PrivacyError, PrivacyLayer, PrivacyReturnLayer, ReturnUrl};
//!
//! /// Every call of this app is denied.
//! async fn denied() -> Result<&'static str, PrivacyError> {
//!     let response = http::Response::new(String::from(
//!         "<error><detail>PrivacyAccessDeniedException</detail><url>\
//!          http://privacy.orange.fr/urm-gui/interaction.do?family=contact</url></error>",
//!     ));
//!     PrivacyLayer::new().inspect(response).await?;
//!     Ok("Ada, Charles")
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let layer = PrivacyReturnLayer::new(ReturnUrl::try_from("https://app.example")?)
//!     .also_at(ReturnUrl::try_from("https://app.example.fr")?)
//!     .never_return_to(["/oauth/callback", "/magic/*"]);
//! let app = Router::new()
//!     .route("/contacts", get(denied))
//!     .route("/oauth/callback", get(denied))
//!     .layer(layer);
//!
//! for (host, target, referer, back) in [
//!     ("app.example", "/contacts?page=2", "", "https://app.example/contacts?page=2&"),
//!     ("app.example.fr", "/contacts?page=2", "", "https://app.example.fr/contacts?page=2&"),
//!     // A host that is not listed is not believed.
//!     ("evil.test", "/contacts", "", "https://app.example/contacts?"),
//!     // A URL that is good once: the page before it, or else the landing page.
//!     ("app.example", "/oauth/callback?c=1", "https://app.example/inbox", "https://app.example/inbox?"),
//!     ("app.example", "/oauth/callback?c=1", "https://sign-in.example/", "https://app.example/?"),
//! ] {
//!     let request = Request::get(target)
//!         .header("host", host)
//!         .header("referer", referer)
//!         .header("sec-fetch-mode", "navigate");
//!     let reply = app.clone().oneshot(request.body(Body::empty())?).await?;
//!     let location = url::Url::parse(reply.headers()[LOCATION].to_str()?)?;
//!     let (_, return_url) = location.query_pairs().last().ok_or("no query")?;
//!     // What follows is the marker.
//!     assert!(return_url.starts_with(&format!("{back}fromOrangePrivacy=")), "{return_url}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A proxy in front has to pass `Host` on, with its port if that is not the scheme's own. In nginx that is
//! `proxy_set_header Host $http_host;`.
//!
//! Pages of all these origins are pages of the app, and users may be sent back to any path there. Never list
//! an origin that is shared with others, such as that of a host where everybody has a folder.
//!
//! # A path prefix
//!
//! The base's path goes before the path that the app sees. So it depends on who adds the prefix:
//!
//! | the prefix `/app` is | the app sees | the base URL is |
//! |---|---|---|
//! | taken away by the proxy | `/contacts` | `https://www.example/app` |
//! | the app's own, as with `Router::nest("/app", …)` or `web::scope("/app")` | `/app/contacts` | `https://www.example` |
//!
//! With the prefix in both places, users come back to `/app/app/contacts`. With it in neither, they come back
//! to `/contacts`, which the proxy does not know.
//!
//! # A single-page app of another origin
//!
//! The pages are at `https://spa.example`, and this app is their API at `https://api.example`. Set a
//! [`landing_page`](crate::PrivacyReturnLayer::landing_page) of the pages' origin, such as
//! `https://spa.example/`. That makes pages of this origin pages of the app. Users whose page is not known
//! come back to the landing page.
//!
//! To another origin, browsers send no more than the origin as `Referer`. It names no page, so the landing
//! page is taken in its place. A page that the user is to come back to, and whose marker is to count, has to
//! name itself:
//!
//! 1. Its script sends `HX-Current-URL: location.href` with each request, as in [`scripts`](super::scripts).
//! 2. The API allows that header by CORS. With tower-http it is this layer, inside or outside of
//!    `PrivacyReturnLayer`:
//!
//! ```
//! use http::{HeaderName, HeaderValue, Method, header::CONTENT_TYPE};
//! use tower_http::cors::CorsLayer;
//!
//! let cors = CorsLayer::new()
//!     .allow_origin(HeaderValue::from_static("https://spa.example"))
//!     .allow_methods([Method::GET, Method::POST])
//!     .allow_headers([CONTENT_TYPE, HeaderName::from_static("hx-current-url")])
//!     .allow_credentials(true);
//! # let _ = cors;
//! ```
//!
//! Without the header, a page other than the landing page has a marker that nobody reads. Its user is sent
//! away again each time that they go back to it.
//!
//! # URLs that are good once
//!
//! Some URLs work one time only, or carry a secret. If a call is denied while such a URL is answered, the
//! privacy page is told its code, and the user comes back to a code that is spent. List their paths in
//! [`never_return_to`](crate::PrivacyReturnLayer::never_return_to):
//!
//! - the callbacks of OAuth and OIDC, a sign-in route ([`bearer`](super::bearer)), and the assertion consumer
//!   service of SAML
//! - magic links, password resets and e-mail confirmations
//! - the way back from a payment
//! - links to accept an invitation or to unsubscribe
//!
//! The list counts for the request's own URL, for `Referer` and for `HX-Current-URL` alike. The user comes
//! back to the page before, if that is one of the app's and not on the list, or else to the landing page. The
//! marker goes with them, but the URL that is good once never has one. So two rules are better than the list:
//!
//! 1. **Make the call after the callback, not in it.** Let the callback answer with a redirect to a page of
//!    the app, and let that page make the call.
//! 2. **Call first, write after.** A request that changes something makes its calls before the change, since
//!    the user may have to send it again.
//!
//! Where the app leads on by itself from the landing page to the same URL, as a sign-in that starts at once
//! does, no marker can hold: the user is sent to the privacy page again and again. Only rule 1 helps there.
//!
//! # Long URLs
//!
//! Proxies take no header of any length. nginx has 4 KiB for all headers of a reply unless it is told
//! otherwise, and answers 502 beyond that. So a location stays under 3,500 bytes: the return URL loses its
//! query if it has to, and then its path, so that it is the landing page. It keeps the marker. (Only an
//! interaction URL, a landing page and a marker that are longer by themselves stay longer.) What counts is the
//! location as it is sent, where each `%` of the page's URL has become `%25`.
//!
//! A user whose query was lost comes back to the page without it. If that is too little, keep in the query
//! what names the page, and the rest in the session. A return URL that the app gives itself
//! ([`PrivacyContext::new`]) is sent as it is, however long it is.
//!
//! # What a return URL may be
//!
//! It is an absolute http or https URL with a host, without a user name and without a password. That
//! is checked once, when it is made. Its query goes with the user to the privacy page, so nothing secret
//! belongs in the URL of a page.
//!
//! # A return URL from a query
//!
//! A sign-in route, such as that of [`bearer`](super::bearer#the-sign-in-route), gets its `return_to` in its
//! query, where anybody can write one. Take it only if it is of your own origin:
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
//! [`PrivacyContext::new`]: crate::PrivacyContext::new
//! [`PrivacyContext::scope`]: crate::PrivacyContext::scope
//! [`PrivacyReturnLayer`]: crate::PrivacyReturnLayer
//! [`actix::PrivacyReturn`]: crate::actix::PrivacyReturn
