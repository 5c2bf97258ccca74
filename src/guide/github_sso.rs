//! GitHub: an organisation's single sign-on.
//!
//! Use [`GitHubSso`](crate::protocol::GitHubSso) around a client that calls GitHub's REST API with your user's token.
//! If an organisation requires its members to sign in with its own identity provider first, the user gets a page with
//! two links: one opens GitHub's page, the other continues in your app.
//!
//! # Set up the app
//!
//! The protocol needs no configuration:
//!
//! ```
//! use reqwest::Client;
//! use tower::ServiceBuilder;
//! use tower_privacy::{Privacy, PrivacyLayer, protocol::GitHubSso};
//!
//! fn github() -> Privacy<Client> {
//!     let layer = PrivacyLayer::new().protocol(GitHubSso::new());
//!     ServiceBuilder::new().layer(layer).service(Client::new())
//! }
//! # let _ = github();
//! ```
//!
//! The layer trusts `https://github.com/orgs/*/sso`, where `*` is one organisation. To trust only your own
//! organisation, or also enterprises that manage single sign-on for their organisations (GitHub Docs, "SAML and GitHub
//! Apps"), configure the pages:
//!
//! ```
//! use tower_privacy::{PrivacyEndpoint, PrivacyLayer, protocol::GitHubSso};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let only_mine = PrivacyLayer::new()
//!     .protocol(GitHubSso::new())
//!     .trust_only([PrivacyEndpoint::new("https://github.com/orgs/octodocs-test/sso")?]);
//!
//! let enterprises_too = PrivacyLayer::new()
//!     .protocol(GitHubSso::new())
//!     .also_trust(PrivacyEndpoint::new("https://github.com/enterprises/*/sso")?);
//! # let _ = (only_mine, enterprises_too);
//! # Ok(())
//! # }
//! ```
//!
//! The permission of an enterprise's page is `sso.` without a name, so all enterprises share one permission.
//!
//! # What counts as a denial
//!
//! A `403` with this header. The body does not matter.
//!
//! ```text
//! HTTP/1.1 403 Forbidden
//! X-GitHub-SSO: required; url=https://github.com/orgs/octodocs-test/sso?authorization_request=AZ…
//! ```
//!
//! The permission is `sso.octodocs-test`. The URL is a secret for this user alone, and expires after one hour (GitHub
//! Docs, "Authenticating to the REST API", section "Personal access tokens and SAML SSO").
//!
//! # Which tokens are affected
//!
//! | token | what GitHub says |
//! |---|---|
//! | a classic personal access token | must be authorized for the organisation after it was created. The URL in the header does that (same section) |
//! | a fine-grained personal access token | is authorized when it is created (same section) |
//! | a token of an OAuth app or a GitHub App | is authorized for the organisations with which the user has an active single sign-on session when they sign in to the app ("Authorizing an app for single sign-on") |
//!
//! So with an app's token, visiting the page may not be enough. GitHub advises users to start the session, which the
//! page does, and then to sign in to the app again. If your users see the page a second time, offer that in [your own
//! words](super::asking#your-own-words).
//!
//! # What the user sees
//!
//! GitHub's page takes no return URL, so the user is not redirected there.
//!
//! 1. The user opens `/repositories`, and gets a page with two links.
//! 2. The first link opens GitHub in a new window, which leads to the organisation's identity provider.
//! 3. The user signs in there, goes back to the first window, and follows the second link, *Continue*.
//! 4. The call succeeds, and they see `/repositories`.
//!
//! If they follow *Continue* without having signed in, they see "This step is still needed" and both links. The first
//! one has a new URL from GitHub, so this also works after the hour is over. There is no redirect loop.
//!
//! For `fetch()`, the problem details have `"returns": false` and the second link in `continue`
//! ([`scripts`](super::scripts)).
//!
//! # Test it
//!
//! ```
//! use axum::{Router, body::Body, extract::State, routing::get};
//! use http::{Request, Response};
//! use http_body_util::BodyExt;
//! use tower::ServiceExt;
//! use tower_privacy::{PrivacyError, PrivacyLayer, PrivacyReturnLayer, protocol::GitHubSso};
//!
//! /// Every call of this app requires single sign-on.
//! async fn repositories(State(layer): State<PrivacyLayer>) -> Result<(), PrivacyError> {
//!     let page = "https://github.com/orgs/octodocs-test/sso?authorization_request=AZSC";
//!     let answer = Response::builder()
//!         .status(403)
//!         .header("X-GitHub-SSO", format!("required; url={page}"))
//!         .body(String::new())
//!         .expect("a response");
//!     layer.inspect(answer).await.map(drop)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = Router::new()
//!     .route("/repositories", get(repositories))
//!     .with_state(PrivacyLayer::new().protocol(GitHubSso::new()))
//!     .layer(PrivacyReturnLayer::new("https://app.example".parse()?));
//!
//! let request = Request::get("/repositories").header("accept", "text/html");
//! let reply = app.oneshot(request.body(Body::empty())?).await?;
//! assert_eq!(reply.status(), 403);
//! let page = reply.into_body().collect().await?.to_bytes();
//! let page = String::from_utf8(page.to_vec())?;
//! assert!(page.contains("https://github.com/orgs/octodocs-test/sso?authorization_request=AZSC"));
//! assert!(page.contains("https://app.example/repositories?fromOrangePrivacy="));
//! # Ok(())
//! # }
//! ```
//!
//! To test the whole flow, use the [`sandbox`](crate::sandbox#github), which plays GitHub's API and its page.
//!
//! # What is not covered
//!
//! The layer passes these responses on:
//!
//! - **`partial-results; organizations=21955855,20582480`.** GitHub sends this header with a `200` that leaves these
//!   organisations out. It names no page.
//! - **A `404`.** GitHub may send one for the same reason, without a URL (same section).
//! - **GraphQL.** GitHub reports errors in the body of a `200`.
//! - **A `403` without this header.**
//!
//! A denial from another host, such as one of GHE.com, is [`Rejected`](crate::PrivacyError::Rejected) unless you add its
//! page with [`also_trust`](crate::PrivacyLayer::also_trust).
//! [`untrusted_url`](crate::RejectedDenial::untrusted_url) is the page that GitHub named.
