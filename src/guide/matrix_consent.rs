//! Matrix: the terms of a homeserver.
//!
//! Use [`MatrixConsent`](crate::protocol::MatrixConsent) around a client that calls a homeserver with your user's access
//! token. If the user has not accepted the homeserver's terms, they get a page with two links: one opens the terms, the
//! other continues in your app.
//!
//! # Set up the app
//!
//! Give the protocol the public base URL of the homeserver:
//!
//! ```
//! use reqwest::Client;
//! use tower::ServiceBuilder;
//! use tower_privacy::protocol::MatrixConsent;
//! use tower_privacy::{Privacy, PrivacyEndpointError, PrivacyLayer};
//!
//! fn homeserver() -> Result<Privacy<Client>, PrivacyEndpointError> {
//!     let protocol = MatrixConsent::new("https://matrix.example")?;
//!     let layer = PrivacyLayer::new().protocol(protocol);
//!     Ok(ServiceBuilder::new().layer(layer).service(Client::new()))
//! }
//! # let _ = homeserver().unwrap();
//! ```
//!
//! The layer trusts the page `/_matrix/consent` below that URL. If your app uses several homeservers, give each its own
//! layer.
//!
//! # What counts as a denial
//!
//! Synapse sends a `403` with this object when a user creates or joins a room, sends a message or invites someone. The
//! order of the members does not matter.
//!
//! ```json
//! {
//!   "consent_uri": "https://matrix.example/_matrix/consent?u=ada&h=83fe…",
//!   "errcode": "M_CONSENT_NOT_GIVEN",
//!   "error": "To continue using this homeserver you must review and agree to the terms …"
//! }
//! ```
//!
//! The permission is `terms.matrix.example`. `h` is a secret: anyone who has the URL can accept the terms in the user's
//! name.
//!
//! Source: `ConsentNotGivenError` in Synapse's `synapse/api/errors.py`. The Matrix specification does not define this
//! code yet (matrix-org/matrix-spec#287).
//!
//! # Set up Synapse
//!
//! ```yaml
//! public_baseurl: https://matrix.example/    # the URL in `MatrixConsent::new`
//! form_secret: "<unique secret>"
//! user_consent:
//!   template_dir: privacy_policy_templates
//!   version: 1.0
//!   block_events_error: >-
//!     To continue using this homeserver you must review and agree to the terms
//!     and conditions at %(consent_uri)s
//! listeners:
//!   - port: 8008
//!     resources:
//!       - names: [client, consent]
//! ```
//!
//! 1. **`public_baseurl`** is the start of every `consent_uri`. If it differs from the layer's URL, the denial is
//!    [`Rejected`](crate::PrivacyError::Rejected), and [`expected`](crate::RejectedDenial::expected) names the page that
//!    the layer trusts.
//! 2. **`user_consent`** turns the page on. `template_dir` contains the templates, and `version` is the version that
//!    users accept. After a change, every user has to accept again.
//! 3. **`form_secret`** is the key that Synapse computes `h` with.
//! 4. **`block_events_error`** makes Synapse deny calls. Without it there is a page but no denial.
//! 5. **`consent`** in the listener's resources serves the page.
//!
//! Application services, and users of the types `bot` and `support`, do not have to accept the terms
//! (`assert_accepted_privacy_policy` in `synapse/handlers/message.py`).
//!
//! Source: Synapse's documentation, "Support in Synapse for tracking agreement to server terms and
//! conditions", sections "Collecting policy agreement from a user" and "Blocking users from using the server
//! until they agree to the policy".
//!
//! # What the user sees
//!
//! Synapse's page takes no return URL. Its form leads to a page that says thank you, without a link.
//!
//! 1. The user opens `/rooms/new`, and gets a page with two links.
//! 2. The first link opens the terms in a new window. The user accepts them there.
//! 3. They go back to the first window and follow the second link, *Continue*.
//! 4. The call succeeds, and they see `/rooms/new`.
//!
//! If they follow *Continue* without having accepted, they see "This step is still needed" and both links. There is no
//! redirect loop.
//!
//! Synapse denies calls that change something, such as creating a room or sending a message. Your app often makes such
//! a call for a form's POST. *Continue* does not submit the form again: it leads to the form's page. So keep the input,
//! or find out before you show the form ([`return_urls`](super::return_urls#which-page-a-request-returns-to)).
//!
//! For `fetch()`, the problem details have `"returns": false` and the second link in `continue`
//! ([`scripts`](super::scripts)).
//!
//! # Test it
//!
//! ```
//! use axum::{Router, body::Body, extract::State, routing::get};
//! use http::{Request, StatusCode};
//! use tower::ServiceExt;
//! use tower_privacy::{PrivacyError, PrivacyLayer, PrivacyReturnLayer, protocol::MatrixConsent};
//!
//! const DENIAL: &str = r#"{"consent_uri":"https://matrix.example/_matrix/consent?u=ada&h=83",
//!     "errcode":"M_CONSENT_NOT_GIVEN","error":"You must accept the terms."}"#;
//!
//! /// Every call of this app requires that the terms are accepted.
//! async fn new_room(State(layer): State<PrivacyLayer>) -> Result<(), PrivacyError> {
//!     let mut answer = http::Response::new(DENIAL.to_owned());
//!     *answer.status_mut() = StatusCode::FORBIDDEN;
//!     layer.inspect(answer).await.map(drop)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let protocol = MatrixConsent::new("https://matrix.example")?;
//! let app = Router::new()
//!     .route("/rooms/new", get(new_room))
//!     .with_state(PrivacyLayer::new().protocol(protocol))
//!     .layer(PrivacyReturnLayer::new("https://app.example".parse()?));
//!
//! // A script makes the request, so the reply is problem details.
//! let request = Request::get("/rooms/new").header("accept", "application/json");
//! let reply = app.oneshot(request.body(Body::empty())?).await?;
//! assert_eq!(reply.status(), 403);
//! let problem = axum::body::to_bytes(reply.into_body(), usize::MAX).await?;
//! let problem: serde_json::Value = serde_json::from_slice(&problem)?;
//! assert_eq!(problem["location"], "https://matrix.example/_matrix/consent?u=ada&h=83");
//! assert_eq!(problem["returns"], false);
//! assert!(problem["continue"].as_str().is_some_and(|url| url.starts_with("https://app.example/")));
//! # Ok(())
//! # }
//! ```
//!
//! To test the whole flow, use the [`sandbox`](crate::sandbox#matrix), which plays a homeserver. Or run Synapse on
//! loopback, as the tests of this crate do: `pip install matrix-synapse`.
//!
//! # What is not covered
//!
//! - **Any other `errcode`**, such as `M_FORBIDDEN` or `M_UNKNOWN_TOKEN`. The response is passed on byte for byte.
//! - **Terms at registration** (`require_at_registration`). They are a stage of the registration itself.
//! - **Terms of an identity server.** It has its own API and error for them (`M_TERMS_NOT_SIGNED`).
//! - **Apps on a user's device** that call the homeserver directly: they have no host side that could reply.
