//! Testing your app.
//!
//! The feature `sandbox` provides a local upstream ([`sandbox`](crate::sandbox)): Personal APIs that deny calls with the
//! real document until access is granted, and their privacy page. A test scripts the user's choices, moves the clock,
//! and checks what the upstream received. In `Cargo.toml`:
//!
//! ```toml
//! [dev-dependencies]
//! tower-privacy = { path = "../tower-privacy", features = ["sandbox"] }
//! ```
//!
//! For the other protocols, see "Test it" on their pages: [`kratos`](super::kratos#test-it),
//! [`bearer`](super::bearer#test-it), [`github_sso`](super::github_sso#test-it) and
//! [`matrix_consent`](super::matrix_consent#test-it). A [`Visitor`](crate::sandbox::Visitor) keeps no cookies and clicks
//! no links. If the test needs a session (with Kratos, or in a sign-in route), or a page that does not send the user
//! back, use a browser or an HTTP client with a cookie store.
//!
//! Pass the layer and the URL of the API into your app, so that a test can replace them:
//!
//! ```
//! use axum::{Router, extract::State, routing::get};
//! use reqwest::{Client, Url};
//! use tower::{ServiceBuilder, ServiceExt};
//! use tower_privacy::{BoxError, Family, Privacy, PrivacyError, PrivacyLayer, PrivacyReturnLayer};
//! use tower_privacy::sandbox::{Choice, Sandbox, Visit, Visitor};
//!
//! async fn contacts(State(api): State<(Privacy<Client>, Url)>) -> Result<String, PrivacyError> {
//!     let (client, url) = api;
//!     let request = client.get_ref().get(url).build()?;
//!     Ok(client.oneshot(request).await?.text().await?)
//! }
//!
//! fn app(layer: PrivacyLayer, contacts_url: Url) -> Router {
//!     let home = "https://app.example".parse().expect("a valid URL");
//!     let client = ServiceBuilder::new().layer(layer).service(Client::new());
//!     Router::new()
//!         .route("/contacts", get(contacts))
//!         .with_state((client, contacts_url))
//!         .layer(PrivacyReturnLayer::new(home))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), BoxError> {
//! // Personal APIs on a socket, because the app calls them through reqwest.
//! let sandbox = Sandbox::new();
//! let orange = sandbox.clone().bind(([127, 0, 0, 1], 0).into()).await?;
//! let layer = PrivacyLayer::new().also_trust(orange.endpoint());
//! let app = app(layer, orange.api_url(&Family::Contact));
//!
//! // A browser that reaches both, without a socket.
//! let user = Visitor::new().host("https://app.example", app)?;
//! let user = user.host(orange.base_url(), sandbox.router())?;
//!
//! sandbox.script([Choice::Refuse, Choice::Always]);
//! let page = user.open("https://app.example/contacts").await?;
//! assert_eq!(page.status(), 403);
//!
//! // The user opens the page without the marker and is asked again.
//! let page = user.open("https://app.example/contacts").await?;
//! assert!(page.text().contains("Ada Lovelace"));
//!
//! let visits: Vec<_> = sandbox.visits().iter().map(Visit::to_string).collect();
//! assert_eq!(visits, ["contact.see refuse", "contact.see always"]);
//! # Ok(())
//! # }
//! ```
//!
//! | to test | use |
//! |---|---|
//! | a sequence of choices, one per visit | [`Sandbox::script`] |
//! | the same choice each time, or the choice of a person | [`Sandbox::choose`], [`Sandbox::ask`] |
//! | that a user is asked again a day later | [`TestClock`] with [`PrivacyLayer::clock`], without sleeping |
//! | which calls the upstream received, and which it granted | [`Sandbox::calls`] |
//! | how often users were sent away, for what, and with which return URL | [`Sandbox::visits`] |
//! | the app from the outside, including redirects | [`Visitor`] over routers, or any browser over [`Sandbox::bind`] |
//! | the layer alone, without a socket | the sandbox's [`router`](crate::sandbox::Sandbox::router) as the inner service |
//! | a denial that points to an untrusted page | [`PrivacyLayer::trust_only`] with no endpoint, and no [`PrivacyLayer::also_trust`] |
//! | how the app handles a denial, without an upstream | [`PrivacyLayer::signal`] with a [`Denial`] that the test creates |
//!
//! # Scripts, forms and frames
//!
//! A visitor opens pages. To test what a script, a form or a frame gets, call the router directly. The request headers
//! say who asks ([`Audience`](crate::Audience)):
//!
//! ```
//! use axum::{Router, body::Body, routing::any};
//! use http::{Request, header::CONTENT_TYPE};
//! use tower::ServiceExt;
//! use tower_privacy::{Denial, PrivacyError, PrivacyLayer, PrivacyReturnLayer, ReturnUrl};
//!
//! /// Every call of this app is denied. This needs no upstream.
//! async fn denied() -> Result<(), PrivacyError> {
//!     let page = "http://privacy.orange.fr/urm-gui/interaction.do?family=contact";
//!     let denial = Denial::new("orange", page.parse().expect("a valid URL"));
//!     Err(PrivacyLayer::new().signal(denial))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let home = ReturnUrl::try_from("https://app.example")?;
//! let app = Router::new().route("/contacts", any(denied)).layer(PrivacyReturnLayer::new(home));
//!
//! const HTML: &str = "text/html; charset=utf-8";
//! const STREAM: &str = "text/vnd.turbo-stream.html; charset=utf-8";
//! const PROBLEM: &str = "application/problem+json";
//! for (method, headers, status, content_type) in [
//!     // A window, a form and a frame.
//!     ("GET", "sec-fetch-mode: navigate", 303, HTML),
//!     ("POST", "sec-fetch-mode: navigate", 403, HTML),
//!     ("GET", "sec-fetch-mode: navigate, sec-fetch-dest: iframe", 403, HTML),
//!     // Page libraries.
//!     ("GET", "hx-request: true, hx-current-url: https://app.example/", 200, HTML),
//!     ("GET", "x-turbo-request-id: 1", 403, STREAM),
//!     ("GET", "x-inertia: true", 409, HTML),
//!     ("GET", "x-up-version: 3.14.3", 403, HTML),
//!     // A script that shows HTML, and `fetch()`.
//!     ("GET", "sec-fetch-mode: cors, accept: text/html", 403, HTML),
//!     ("GET", "sec-fetch-mode: cors, referer: https://app.example/", 403, PROBLEM),
//!     // A program that sends a browser's `Accept`, and one that does not.
//!     ("GET", "accept: text/html", 303, HTML),
//!     ("GET", "accept: */*", 403, PROBLEM),
//! ] {
//!     let mut request = Request::builder().method(method).uri("/contacts");
//!     for (name, value) in headers.split(", ").filter_map(|header| header.split_once(": ")) {
//!         request = request.header(name, value);
//!     }
//!     let reply = app.clone().oneshot(request.body(Body::empty())?).await?;
//!     assert_eq!(reply.status(), status, "{method} {headers}");
//!     assert_eq!(reply.headers()[CONTENT_TYPE], content_type, "{method} {headers}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Two sites on one machine
//!
//! In production the privacy page is on another site, which matters for cookies. On one machine, everything tends to run
//! on `127.0.0.1`, and all its ports are the same site. But `localhost` and `127.0.0.1` are different sites. So give the
//! app the base URL `http://localhost:8080`, open it there, and leave the sandbox on `127.0.0.1`:
//!
//! ```no_run
//! use axum::Router;
//! use tokio::net::TcpListener;
//! use tower_privacy::{BoxError, PrivacyLayer, PrivacyReturnLayer, ReturnUrl, sandbox::Sandbox};
//!
//! # fn routes(_: PrivacyLayer) -> Router { Router::new() }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), BoxError> {
//! let orange = Sandbox::new().bind(([127, 0, 0, 1], 8081).into()).await?;
//! let layer = PrivacyLayer::new().also_trust(orange.endpoint());
//!
//! let base = ReturnUrl::try_from("http://localhost:8080")?;
//! let app = routes(layer).layer(PrivacyReturnLayer::new(base));
//! axum::serve(TcpListener::bind("127.0.0.1:8080").await?, app).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Open `http://localhost:8080/contacts` in a browser, manually or in an automated test:
//!
//! | to test | do this |
//! |---|---|
//! | whether the session survives the trip (`SameSite`) | sign in, and make the trip: on the way back, a `Strict` cookie is missing, and a `Lax` cookie is sent |
//! | what the app does in a frame on another site | embed it in a page at `http://127.0.0.1:8082` |
//! | whether CORS lets a single-page app name its page | serve its pages at `http://127.0.0.1:8082`, with `localhost:8080` as their API |
//!
//! A [`Visitor`] has no cookies and no policies, so it cannot test these.
//!
//! # On actix-web
//!
//! Use the same sandbox and clock, and call the app with `actix_web::test` or over a socket.
//!
//! [`Denial`]: crate::Denial
//! [`Sandbox::script`]: crate::sandbox::Sandbox::script
//! [`Sandbox::choose`]: crate::sandbox::Sandbox::choose
//! [`Sandbox::ask`]: crate::sandbox::Sandbox::ask
//! [`Sandbox::calls`]: crate::sandbox::Sandbox::calls
//! [`Sandbox::visits`]: crate::sandbox::Sandbox::visits
//! [`Sandbox::bind`]: crate::sandbox::Sandbox::bind
//! [`TestClock`]: crate::sandbox::TestClock
//! [`Visitor`]: crate::sandbox::Visitor
//! [`PrivacyLayer::also_trust`]: crate::PrivacyLayer::also_trust
//! [`PrivacyLayer::clock`]: crate::PrivacyLayer::clock
//! [`PrivacyLayer::signal`]: crate::PrivacyLayer::signal
//! [`PrivacyLayer::trust_only`]: crate::PrivacyLayer::trust_only
