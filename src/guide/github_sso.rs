//! GitHub: the single sign-on of an organisation.
//!
//! Use [`GitHubSso`](crate::protocol::GitHubSso) around the client that calls GitHub's REST API with your user's
//! token. When an organisation wants its members to sign in with its own identity provider first, the user
//! gets a page with two links: to GitHub's page, and on in your app.
//!
//! # Set up the app
//!
//! There is nothing to configure:
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
//! The layer trusts `https://github.com/orgs/*/sso`, where `*` is one organisation. Name another page to trust
//! your own organisation only, or an enterprise that manages single sign-on for its organisations (GitHub
//! Docs, "SAML and GitHub Apps"):
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
//! The permission of an enterprise's page is `sso.` without a name, so all enterprises count as one.
//!
//! # What counts as a denial
//!
//! A `403` with this header field. The body does not matter.
//!
//! ```text
//! HTTP/1.1 403 Forbidden
//! X-GitHub-SSO: required; url=https://github.com/orgs/octodocs-test/sso?authorization_request=AZ…
//! ```
//!
//! The permission is `sso.octodocs-test`. The URL is a secret of the user's, and it expires after one hour
//! (GitHub Docs, "Authenticating to the REST API", section "Personal access tokens and SAML SSO").
//!
//! # Which tokens need it
//!
//! | token | what GitHub says |
//! |---|---|
//! | a classic personal access token | has to be authorized for the organisation after it was made. The URL in the header does that (same section) |
//! | a fine-grained personal access token | is authorized when it is made (same section) |
//! | a token of an OAuth app or a GitHub App | is authorized for the organisations that the user has a single sign-on session with when they sign in to the app ("Authorizing an app for single sign-on") |
//!
//! So with an app's token the trip may not be enough. GitHub's advice is to start the session, which the page
//! does, and then to sign in to the app again. If your users see the page a second time, offer that in
//! [your own words](super::asking#your-own-words).
//!
//! # What the user sees
//!
//! GitHub's page takes no return URL, so nobody is sent there without a way back.
//!
//! 1. The user opens `/repositories`, and gets a page with two links.
//! 2. The first opens GitHub in a new window, and GitHub leads to the organisation's identity provider.
//! 3. When that is done, the user comes back to the first window and follows the second link, *Continue*.
//! 4. The call succeeds, and they see `/repositories`.
//!
//! If they follow *Continue* without having signed in, they see that the step is still needed, with both links.
//! The first has a fresh URL of GitHub's, so that also helps when the hour is over. There is no redirect
//! loop.
//!
//! For a `fetch()`, the problem details have `"returns": false`, and the second link in `continue`
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
//! /// Every call of this app needs single sign-on.
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
//! - **`partial-results; organizations=21955855,20582480`** comes with a `200`, from which the organisations
//!   are left out. It names no page. The response is passed on, header and all.
//! - **A `404`.** GitHub may answer with one for the same reason, and then there is no URL (same section).
//! - **GraphQL.** GitHub reports its errors in the body of a `200`, which is passed on.
//! - **Other hosts**, such as those of GHE.com, unless [`also_trust`](crate::PrivacyLayer::also_trust) names
//!   their page. The denial is then [`Rejected`](crate::PrivacyError::Rejected), and
//!   [`untrusted_url`](crate::RejectedDenial::untrusted_url) is the page that GitHub named.
//! - **Any other `403`**, without this header.
