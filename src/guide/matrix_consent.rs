//! Matrix: the terms of a homeserver.
//!
//! Use [`MatrixConsent`](crate::protocol::MatrixConsent) around the client that calls a homeserver with your
//! user's access token. When the user has not accepted the homeserver's terms, they get a page with two links:
//! to the terms, and on in your app.
//!
//! # Set up the app
//!
//! Give the layer the public base URL of the homeserver:
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
//! The layer trusts the page `/_matrix/consent` below that URL. A client talks to one homeserver, so each
//! homeserver has a layer of its own.
//!
//! # What counts as a denial
//!
//! Synapse sends it when a user makes or joins a room, sends a message or invites somebody: a `403` with this
//! object, its members in any order.
//!
//! ```json
//! {
//!   "consent_uri": "https://matrix.example/_matrix/consent?u=ada&h=83fe…",
//!   "errcode": "M_CONSENT_NOT_GIVEN",
//!   "error": "To continue using this homeserver you must review and agree to the terms …"
//! }
//! ```
//!
//! The permission is `terms.matrix.example`. `h` is a secret of the user's: whoever has the URL can accept the
//! terms in their name.
//!
//! Source: Synapse's own `ConsentNotGivenError` in `synapse/api/errors.py`. The Matrix specification does not
//! have this code yet (matrix-org/matrix-spec#287).
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
//! 1. **`public_baseurl`** begins each `consent_uri`. If it differs from the URL of the layer, the denial is
//!    [`Rejected`](crate::PrivacyError::Rejected), and [`expected`](crate::RejectedDenial::expected) names the
//!    page that the layer trusts.
//! 2. **`user_consent`** turns the page on: `template_dir` has the templates, and `version` is what users accept.
//!    A new version asks everybody again.
//! 3. **`form_secret`** is the key of `h`.
//! 4. **`block_events_error`** makes Synapse deny calls. Without it there is a page, and no denial.
//! 5. **`consent`** among the resources of the listener serves the page.
//!
//! Application services, and users of the types `bot` and `support`, need not accept the terms
//! (`assert_accepted_privacy_policy` in `synapse/handlers/message.py`).
//!
//! Source: Synapse's documentation, "Support in Synapse for tracking agreement to server terms and
//! conditions", sections "Collecting policy agreement from a user" and "Blocking users from using the server
//! until they agree to the policy".
//!
//! # What the user sees
//!
//! Synapse's page takes no return URL. After its form comes a page that says thanks, without a link.
//!
//! 1. The user opens `/rooms/new`, and gets a page with two links.
//! 2. The first opens the terms in a new window. The user accepts them there.
//! 3. They come back to the first window and follow the second link, *Continue*.
//! 4. The call succeeds, and they see `/rooms/new`.
//!
//! If they follow *Continue* without having accepted, they see that the step is still needed, with both links.
//! There is no redirect loop.
//!
//! Synapse denies what changes something, such as making a room or sending a message. That is often a form's
//! POST, and *Continue* does not send it again: it goes to the form's page. So keep what was typed, or find out
//! early ([`return_urls`](super::return_urls#what-the-host-side-makes-of-a-request)).
//!
//! For a `fetch()`, the problem details have `"returns": false`, and the second link in `continue`
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
//! /// Every call of this app needs the terms to be accepted.
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
//! // A script asks, so the reply is problem details.
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
//! - **Every other `errcode`**, such as `M_FORBIDDEN` and `M_UNKNOWN_TOKEN`. They are passed on byte for byte.
//! - **Terms at registration** (`require_at_registration`). They are a stage of the registration itself.
//! - **Terms of an identity server**, which has an API and an error of its own for them
//!   (`M_TERMS_NOT_SIGNED`).
//! - **Apps on a user's device** that call the homeserver themselves: there is no host side to answer.
