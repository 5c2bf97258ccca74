//! Where a user comes back to.
//!
//! The location that a user is sent to contains a return URL: with Orange, in the parameter `urlRetour`. The page
//! sends the user back there, whatever they chose. The return URL comes from the first of these:
//!
//! 1. A [`PrivacyContext`] in the request's extensions.
//! 2. The context of the running task. [`PrivacyReturnLayer`] or [`actix::PrivacyReturn`] creates one for each
//!    incoming request. To set one yourself, use [`PrivacyContext::scope`].
//! 3. The layer's [`return_to`](crate::PrivacyLayer::return_to). If that is not set either, a denied call fails with
//!    [`InteractionRequired`](crate::PrivacyError::InteractionRequired).
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
//! Not every page sends the user back. The pages of [GitHub](super::github_sso) and [Matrix](super::matrix_consent)
//! take no return URL, and one page of [Kratos](super::kratos) keeps its own.
//! [`PrivacyRedirect::returns`](crate::PrivacyRedirect::returns) is then false, and the host side replies with two
//! links: one opens that page in a new window, the other continues to the return URL.
//!
//! # Which page a request returns to
//!
//! A page returns to its own URL, even if a page library opened it through a link. A frame returns to the page around
//! it. Anything else that a script or a form sends returns to the page that sent it, or else to the landing page.
//! [`PrivacyReturnLayer`](crate::PrivacyReturnLayer#where-a-user-comes-back-to) has the exact rules.
//!
//! A form is not submitted again. The user comes back to its page by GET, and finds the form empty. To avoid losing
//! input, make a call that needs the same permission when you show the form.
//!
//! Browsers do not send a page's `#fragment`, so the return URL of a page has none. If the fragment matters, make the
//! call from the page's script and send `HX-Current-URL: location.href` ([`scripts`](super::scripts)).
//!
//! # Configure the base URL
//!
//! The base URL is the URL that browsers see, also behind a proxy that terminates TLS. It is never guessed from
//! `X-Forwarded-*`, because a client can send what it likes there. If your app has several hosts, list each of them
//! with `also_at`. `:authority` or `Host` can then only choose from this list.
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
//!     // A host that is not listed is ignored.
//!     ("evil.test", "/contacts", "", "https://app.example/contacts?"),
//!     // A single-use URL: the page before it, or else the landing page.
//!     ("app.example", "/oauth/callback?c", "https://app.example/inbox", "https://app.example/inbox?"),
//!     ("app.example", "/oauth/callback?c", "https://sign-in.example/", "https://app.example/?"),
//! ] {
//!     let request = Request::get(target)
//!         .header("host", host)
//!         .header("referer", referer)
//!         .header("sec-fetch-mode", "navigate");
//!     let reply = app.clone().oneshot(request.body(Body::empty())?).await?;
//!     let location = url::Url::parse(reply.headers()[LOCATION].to_str()?)?;
//!     let (_, return_url) = location.query_pairs().last().ok_or("no query")?;
//!     // The rest is the marker.
//!     assert!(return_url.starts_with(&format!("{back}fromOrangePrivacy=")), "{return_url}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A proxy in front of the app has to forward `Host`, with the port unless it is the scheme's default. In nginx, that
//! is `proxy_set_header Host $http_host;`.
//!
//! Users may be sent back to any path on these origins. Never list an origin that you share with others, such as a
//! host on which every user has a folder.
//!
//! # A path prefix
//!
//! The path of the base URL goes before the path that the app sees. So it depends on who handles the prefix:
//!
//! | the prefix `/app` is | the app sees | the base URL is |
//! |---|---|---|
//! | removed by the proxy | `/contacts` | `https://www.example/app` |
//! | part of the app's routes, as with `Router::nest("/app", …)` or `web::scope("/app")` | `/app/contacts` | `https://www.example` |
//!
//! If the prefix is in both places, users come back to `/app/app/contacts`. If it is in neither, they come back to
//! `/contacts`, which the proxy does not know.
//!
//! # A single-page app on another origin
//!
//! Suppose that the pages are at `https://spa.example`, and that this app is their API at `https://api.example`. Set
//! the [`landing_page`](crate::PrivacyReturnLayer::landing_page) to a page on the other origin, such as
//! `https://spa.example/`. Users can then come back to any page of that origin. If a request does not name its page,
//! they come back to the landing page.
//!
//! In requests to another origin, browsers send only the page's origin as `Referer`. If users should come back to the
//! page that they were on, and its marker should count, the page has to name itself:
//!
//! 1. Its script sends `HX-Current-URL: location.href` with each request, as in [`scripts`](super::scripts).
//! 2. The API allows that header in CORS. With tower-http, use this layer, inside or outside `PrivacyReturnLayer`:
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
//! Without that header, nobody reads the marker of a page other than the landing page. The user is sent away again
//! each time that they open it.
//!
//! # Single-use URLs
//!
//! Some URLs work only once, or contain a secret. If a call is denied while the app handles such a URL, the location
//! reveals the code in it, and the user comes back with a code that was already used. List the paths of such URLs in
//! [`never_return_to`](crate::PrivacyReturnLayer::never_return_to):
//!
//! - callbacks of OAuth and OIDC, a sign-in route ([`bearer`](super::bearer)), and the assertion consumer service of
//!   SAML
//! - magic links, password resets and email confirmations
//! - the return URL of a payment
//! - links to accept an invitation or to unsubscribe
//!
//! The list applies to the request's own URL, to `Referer` and to `HX-Current-URL`. The user comes back to the previous
//! page if that belongs to the app and is not on the list, or else to the landing page. The marker is on that page,
//! never on the single-use URL. So these two rules are better than the list:
//!
//! 1. **Make the call after the callback, not in it.** Redirect from the callback to a page of the app, and make the
//!    call there.
//! 2. **Call first, write later.** A request that changes something should make its calls before the change, since the
//!    user may have to send it again.
//!
//! If the landing page redirects to the single-use URL by itself, as a page does that starts a sign-in at once, no
//! marker survives and there is a redirect loop. Only rule 1 prevents it.
//!
//! # Long URLs
//!
//! Proxies limit the length of headers. nginx allows 4 KiB for all headers of a reply by default, and answers 502
//! beyond that. So a location stays under 3,500 bytes: if it would be longer, the return URL loses its query and then
//! its path, which makes it the landing page. It keeps its marker. (A location can only be longer if the interaction
//! URL, the landing page and the marker already are.) The limit applies to the location as it is sent, in which each
//! `%` of the page's URL has become `%25`.
//!
//! A user whose query was lost comes back to the page without it. If that is not enough, keep in the query only what
//! identifies the page, and the rest in the session. A return URL that the app sets itself ([`PrivacyContext::new`])
//! is sent as it is, whatever its length.
//!
//! # What a return URL can be
//!
//! A return URL is an absolute http or https URL with a host, without a user name or password. This is checked once,
//! when the [`ReturnUrl`](crate::ReturnUrl) is created. It becomes part of the location, with its query, so keep secrets
//! out of the URLs of your pages.
//!
//! # A return URL from a query
//!
//! A sign-in route, such as the one in [`bearer`](super::bearer#the-sign-in-route), gets its `return_to` in its query,
//! and anyone can put a URL there. Accept it only if it has one of your own origins:
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
