//! Testing your app.
//!
//! The feature `sandbox` is an Orange of your own ([`sandbox`](crate::sandbox)): Personal APIs that deny
//! calls with the real document until access is granted, and the privacy page. A test scripts what the user
//! chooses, moves the clock, and checks what upstream saw. In `Cargo.toml`:
//!
//! ```toml
//! [dev-dependencies]
//! tower-privacy = { version = "0.1", features = ["sandbox"] }
//! ```
//!
//! The app gets its layer and the URL of the API from outside, so that a test can pass in others.
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
//! // Personal APIs on a socket, since the app calls them through reqwest.
//! let sandbox = Sandbox::new();
//! let orange = sandbox.clone().bind(([127, 0, 0, 1], 0).into()).await?;
//! let layer = PrivacyLayer::new().also_trust(orange.endpoint());
//! let app = app(layer, orange.api_url(&Family::Contact));
//!
//! // A browser that knows both, and needs no socket.
//! let user = Visitor::new().host("https://app.example", app)?;
//! let user = user.host(orange.base_url(), sandbox.router())?;
//!
//! sandbox.script([Choice::Refuse, Choice::Always]);
//! let page = user.open("https://app.example/contacts").await?;
//! assert_eq!(page.status(), 403);
//!
//! // The user opens the page without the marker, and is asked again.
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
//! | what a user chooses, one visit after the other | [`Sandbox::script`] |
//! | that they choose the same each time, or that a person does | [`Sandbox::choose`], [`Sandbox::ask`] |
//! | that a user is asked again a day later | [`TestClock`] with [`PrivacyLayer::clock`]; nothing sleeps |
//! | what upstream was asked, and whether it granted it | [`Sandbox::calls`] |
//! | how often, for what, and with which return URL users were sent away | [`Sandbox::visits`] |
//! | the app from outside, redirects and all | [`Visitor`] over routers, or any browser over [`Sandbox::bind`] |
//! | the layer alone, with no socket | the sandbox's [`router`](crate::sandbox::Sandbox::router) as its inner service |
//! | a denial that points elsewhere | [`PrivacyLayer::trust_only`] with no endpoint, and no [`PrivacyLayer::also_trust`] |
//! | what the app does with a denial, with no upstream at all | [`PrivacyLayer::signal`] of a [`Denial`] that the test makes |
//!
//! A visitor opens pages. For what a script or a form sends, call the router itself:
//!
//! ```
//! use axum::{Router, body::Body};
//! use http::{Request, Response, StatusCode};
//! use tower::ServiceExt;
//!
//! /// As a `fetch()` of the page at this URL.
//! async fn fetch(app: &Router, page: &str, path: &str) -> Response<Body> {
//!     let request = Request::get(path).header("sec-fetch-mode", "cors").header("referer", page);
//!     let request = request.body(Body::empty()).expect("a valid request");
//!     app.clone().oneshot(request).await.expect("a router does not fail")
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let app = Router::new();
//! let response = fetch(&app, "https://app.example/contacts", "/api/contacts").await;
//! assert_eq!(response.status(), StatusCode::NOT_FOUND); // or 403 and `application/problem+json`
//! # }
//! ```
//!
//! On actix-web, use the same sandbox and clock, and open the app by `actix_web::test` or over a socket.
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
