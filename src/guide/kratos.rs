//! Ory Kratos: a second factor, a fresh sign-in, or a session.
//!
//! Use [`Kratos`](crate::protocol::Kratos) around a client that calls Kratos with your user's session, for example
//! `GET /sessions/whoami`. If the session is not sufficient, the user is sent to Kratos's login page, and comes back to
//! the page that they opened.
//!
//! # Set up the app
//!
//! Give the protocol the public URL of Kratos. The calls themselves can use an internal URL.
//!
//! ```
//! use axum::{extract::State, http::HeaderMap};
//! use reqwest::{Client, header::COOKIE};
//! use tower::{ServiceBuilder, ServiceExt};
//! use tower_privacy::protocol::Kratos;
//! use tower_privacy::{Privacy, PrivacyEndpointError, PrivacyError, PrivacyLayer};
//!
//! fn kratos() -> Result<Privacy<Client>, PrivacyEndpointError> {
//!     let protocol = Kratos::new("https://id.example")?.sign_in();
//!     let layer = PrivacyLayer::new().protocol(protocol);
//!     Ok(ServiceBuilder::new().layer(layer).service(Client::new()))
//! }
//!
//! async fn account(
//!     State(kratos): State<Privacy<Client>>,
//!     headers: HeaderMap,
//! ) -> Result<String, PrivacyError> {
//!     let mut call = kratos.get_ref().get("http://127.0.0.1:4433/sessions/whoami").build()?;
//!     for cookies in headers.get_all(COOKIE) {
//!         call.headers_mut().append(COOKIE, cookies.clone());
//!     }
//!     Ok(kratos.oneshot(call).await?.error_for_status()?.text().await?)
//! }
//! # let _ = (kratos().unwrap(), account);
//! ```
//!
//! As with any protocol, put [`PrivacyReturnLayer`](crate::PrivacyReturnLayer) or
//! [`actix::PrivacyReturn`](crate::actix::PrivacyReturn) around the app.
//!
//! If your handlers deal with users without a session themselves, leave out
//! [`sign_in`](crate::protocol::Kratos::sign_in). The layer then passes on the `401`.
//!
//! # What counts as a denial
//!
//! A session that needs a second factor is a `403`:
//!
//! ```json
//! {
//!   "error": {
//!     "id": "session_aal2_required",
//!     "code": 403,
//!     "status": "Forbidden",
//!     "reason": "An active session was found but it does not fulfill the requested …",
//!     "details": {
//!       "redirect_browser_to": "https://id.example/self-service/login/browser?aal=aal2"
//!     },
//!     "message": "Session does not fulfill the requested Authenticator Assurance Level"
//!   },
//!   "redirect_browser_to": "https://id.example/self-service/login/browser?aal=aal2"
//! }
//! ```
//!
//! | response | when Kratos sends it | permission | does the page lead back to the app? |
//! |---|---|---|---|
//! | `403` `session_aal2_required` | the session has fewer factors than `required_aal` requires | `aal.aal2` | yes |
//! | `403` `session_refresh_required` | a change of settings requires a fresh sign-in | `refresh` | no: its `return_to` leads back into Kratos, and is kept (yes if it has none) |
//! | `401` without an `error.id`, or with `session_inactive` | there is no session; only a denial with `sign_in()` | `session` | yes |
//!
//! Sources: Ory's API reference ("Check Who the Current HTTP Session Belongs To"), and Kratos's own
//! `session/manager.go`, `session/error.go` and `selfservice/flow/settings/error.go`.
//!
//! # Set up Kratos
//!
//! ```yaml
//! serve:
//!   public:
//!     base_url: https://id.example/        # the URL in `Kratos::new`
//! selfservice:
//!   allowed_return_urls:
//!     - https://app.example/               # the base URL of the return layer
//! session:
//!   whoami:
//!     required_aal: highest_available      # require a second factor if the user has one
//! ```
//!
//! 1. **`serve.public.base_url`** is the URL that browsers see. Every `redirect_browser_to` starts with it. If it is an
//!    internal URL, the denial is [`Rejected`](crate::PrivacyError::Rejected), and
//!    [`expected`](crate::RejectedDenial::expected) names the page that the layer trusts.
//! 2. **`selfservice.allowed_return_urls`** lists where Kratos may send users back. Kratos compares the scheme, the host
//!    and the start of the path, but not the query, so it accepts the marker in the return URL (`SecureRedirectTo` in
//!    `x/redir/secure_redirect.go`). Also list the origins of [`also_at`](crate::PrivacyReturnLayer::also_at) and the
//!    landing page. If a return URL is not listed, Kratos shows its own error page: `Requested return_to URL … is not
//!    allowed`.
//! 3. **`session.whoami.required_aal`** decides who needs a second factor: with `highest_available`, every user who has
//!    set one up; with `aal1`, nobody (Kratos's configuration reference; Ory's documentation, "Enforce multi-factor
//!    authentication").
//! 4. **`cookies.domain`** must cover the app's host if Kratos is on another host: the app can only forward the cookies
//!    that browsers send to it (Kratos's configuration reference).
//! 5. **`Accept: application/json`** is required in calls of Kratos's settings. Without it, Kratos answers with a
//!    redirect instead of the `403` (`selfservice/flow/settings/error.go`).
//!
//! # What the user sees
//!
//! | the user | the call | what they see |
//! |---|---|---|
//! | opens `/account?tab=2` with one factor | is denied | Kratos's page for the second factor |
//! | enters it | succeeds | `/account?tab=2` |
//! | comes back without it | is denied again | "This step is still needed", with a link to Kratos |
//! | reloads that page | is denied again | the same page: there is no redirect loop |
//! | opens it again half an hour later, signed out | is denied (with `sign_in()`) | Kratos's login page |
//!
//! Sessions end, and sign-ins get old. So with Kratos the marker is valid for ten minutes instead of a day. To change
//! that, use [`marker_life`](crate::PrivacyLayer::marker_life).
//!
//! For `session_refresh_required`, the user gets a page with two links: one opens Kratos in a new window, the other
//! continues in the app.
//!
//! # Test it
//!
//! Inspect responses like Kratos's. This test opens a page, follows the redirect to Kratos, and comes back without the
//! second factor:
//!
//! ```
//! use axum::{Router, body::Body, extract::State, routing::get};
//! use http::{Request, StatusCode, header::LOCATION};
//! use tower::ServiceExt;
//! use tower_privacy::{PrivacyError, PrivacyLayer, PrivacyReturnLayer, protocol::Kratos};
//!
//! const DENIAL: &str = r#"{"error":{"id":"session_aal2_required"},
//!     "redirect_browser_to":"https://id.example/self-service/login/browser?aal=aal2"}"#;
//!
//! /// Every call of this app requires a second factor.
//! async fn account(State(layer): State<PrivacyLayer>) -> Result<(), PrivacyError> {
//!     let mut answer = http::Response::new(DENIAL.to_owned());
//!     *answer.status_mut() = StatusCode::FORBIDDEN;
//!     layer.inspect(answer).await.map(drop)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let layer = PrivacyLayer::new().protocol(Kratos::new("https://id.example")?);
//! let app = Router::new()
//!     .route("/account", get(account))
//!     .with_state(layer)
//!     .layer(PrivacyReturnLayer::new("https://app.example".parse()?));
//! let open = |page: &str| {
//!     let request = Request::get(page).header("accept", "text/html").body(Body::empty());
//!     app.clone().oneshot(request.expect("a page"))
//! };
//!
//! let reply = open("/account?tab=2").await?;
//! assert_eq!(reply.status(), 303);
//! let login = url::Url::parse(reply.headers()[LOCATION].to_str()?)?;
//! assert_eq!(login.path(), "/self-service/login/browser");
//! let (name, back) = login.query_pairs().last().ok_or("no query")?;
//! assert_eq!(name, "return_to");
//! assert!(back.starts_with("https://app.example/account?tab=2&"));
//!
//! // They come back, and still have one factor.
//! let reply = open(back.trim_start_matches("https://app.example")).await?;
//! assert_eq!(reply.status(), 403);
//! # Ok(())
//! # }
//! ```
//!
//! To test the whole flow, use the [`sandbox`](crate::sandbox#kratos), which plays Kratos and its login page.
//!
//! # What is not covered
//!
//! - **`browser_location_change_required`** (`422`) is the reply to a form that a script in the browser sent to Kratos.
//!   It may point anywhere, so it is passed on.
//! - **Native apps.** The API flows (`/self-service/login/api`) have no browser to redirect. A session token that needs
//!   a second factor is still a denial, but the login page upgrades the browser's session, not that token. Make such
//!   calls in the scope of [`PrivacyContext::non_interactive`](crate::PrivacyContext::non_interactive).
//! - **A session that has ended**, without `sign_in()`. The `401` is passed on.
//! - **Other errors of Kratos**, such as `security_csrf_violation` and `self_service_flow_expired`. They are passed on.
//!
//! If your app uses two Kratos servers, [name each layer](super::asking#several-upstreams).
