//! How each kind of upstream reports a denial.
//!
//! A [`PrivacyLayer`](crate::PrivacyLayer) has one [`Protocol`]. [`Orange`] is the default, and
//! [`PrivacyLayer::protocol`](crate::PrivacyLayer::protocol) sets another, which may be one of your own.
//!
//! # At a glance
//!
//! | protocol | feature | where the denial is | what is trusted | how the user gets back | tested against |
//! |---|---|---|---|---|---|
//! | [`Orange`] | | an XML body, of any status | Orange's two privacy pages | `urlRetour` | the vendor's page, and the [sandbox](../sandbox/index.html) |
//! | [`Kratos`](struct.Kratos.html) | `kratos` | a JSON body, `403`; with `sign_in()` also `401` | the login page of the public URL that you configure | `return_to`; two links for a fresh sign-in that leads back into Kratos | bodies from public reports and Kratos's source, and the types of `ory-kratos-client` |
//! | [`Bearer`](struct.Bearer.html) | `bearer` | `WWW-Authenticate`, `401` or `403` | your own sign-in route, for the scopes that you list | `return_to` of that route | `express-oauth2-jwt-bearer` and `oidc-provider` |
//! | [`GitHubSso`](struct.GitHubSso.html) | `github-sso` | `X-GitHub-SSO`, `403` | `https://github.com/orgs/*/sso` | by hand: two links | the samples of GitHub's documentation |
//! | [`MatrixConsent`](struct.MatrixConsent.html) | `matrix-consent` | a JSON body, `403` | the consent page of the public base URL that you configure | by hand: two links | Synapse |
//! | one [of your own](#a-protocol-of-your-own) | | the head, or an XML or JSON body | the pages that it names | as it says | |
//!
//! "By hand" means that the page takes no return URL. The user then gets a page of your app with two links: to
//! the page, in a new window, and on to where they were
//! ([`PrivacyRedirect::returns`](crate::PrivacyRedirect::returns)).
//!
//! The guide has a page on each of [Kratos](../guide/kratos/index.html),
//! [Bearer](../guide/bearer/index.html), [GitHub](../guide/github_sso/index.html) and
//! [Matrix](../guide/matrix_consent/index.html): how to set up both sides, what the user sees, how to test it,
//! and what is not covered.
//!
//! # A protocol of your own
//!
//! An upstream that answers `403` with `{"error":"consent_required","consent_url":"https://…"}`:
//!
//! ```
//! use http::{HeaderMap, StatusCode};
//! use tower_privacy::protocol::{Look, Protocol, ReturnParameter, Verdict};
//! use tower_privacy::{Denial, PrivacyEndpoint, PrivacyLayer, RejectionKind};
//!
//! #[derive(Debug)]
//! struct Consent;
//!
//! impl Protocol for Consent {
//!     fn name(&self) -> &'static str {
//!         "consent"
//!     }
//!
//!     fn look(&self, status: StatusCode, _: &HeaderMap) -> Look {
//!         match status {
//!             StatusCode::FORBIDDEN => Look::Json,
//!             _ => Look::Pass,
//!         }
//!     }
//!
//!     fn read(&self, _: StatusCode, _: &HeaderMap, body: &[u8]) -> Verdict {
//!         let Ok(body) = serde_json::from_slice::<serde_json::Value>(body) else {
//!             return Verdict::NotDenied;
//!         };
//!         if body["error"] != "consent_required" {
//!             return Verdict::NotDenied;
//!         }
//!         let url = body["consent_url"].as_str().filter(|url| !url.is_empty());
//!         match url.map(str::parse) {
//!             Some(Ok(url)) => Verdict::Denied(Denial::new(self.name(), url)),
//!             Some(Err(_)) => Verdict::Rejected(RejectionKind::InvalidUrl),
//!             None => Verdict::Rejected(RejectionKind::MissingUrl),
//!         }
//!     }
//!
//!     fn endpoints(&self) -> Vec<PrivacyEndpoint> {
//!         PrivacyEndpoint::new("https://consent.example/grant").into_iter().collect()
//!     }
//!
//!     fn return_parameter(&self, _: &Denial) -> ReturnParameter {
//!         ReturnParameter::Replace("return_to".into())
//!     }
//! }
//!
//! # use tower_privacy::{PrivacyContext, PrivacyError};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let layer = PrivacyLayer::new().protocol(Consent);
//! let here = PrivacyContext::new("https://app.example/contacts".parse()?);
//!
//! let response = http::Response::builder().status(403).body(String::from(
//!     r#"{"error":"consent_required","consent_url":"https://consent.example/grant?id=7"}"#,
//! ))?;
//! let Err(PrivacyError::Redirect(redirect)) = here.scope(layer.inspect(response)).await else {
//!     panic!("it is a denial")
//! };
//! assert_eq!(
//!     redirect.location().as_str(),
//!     "https://consent.example/grant?id=7&return_to=https%3A%2F%2Fapp.example%2Fcontacts",
//! );
//! # Ok(())
//! # }
//! ```
//!
//! `examples/own_protocol.rs` is a whole program with one.
//!
//! # What the layer does for every protocol
//!
//! 1. It asks [`look`](Protocol::look) about each response. What the protocol rules out there goes on
//!    untouched, at once.
//! 2. For a body, it then checks the rest of the head: a response to a HEAD, a status without content, a
//!    partial one (206), an ended body, another label ([`Look`]), a content coding and a `Content-Length`
//!    over the [cap](crate::PrivacyLayer::max_document_bytes) are passed on, since there is no document
//!    to read.
//! 3. It takes frames of the body until they rule out a denial or the body ends, and replays them. XML is
//!    passed on as soon as the root element is another one, or at a DOCTYPE; JSON at the first byte, after
//!    white space, that is no `{`.
//! 4. It calls [`read`](Protocol::read) once, with the whole body, or with an empty one for
//!    [`Look::Head`].
//! 5. It checks the interaction URL against the trusted pages: those of
//!    [`trust_only`](crate::PrivacyLayer::trust_only), else the protocol's
//!    [`endpoints`](Protocol::endpoints), plus every [`also_trust`](crate::PrivacyLayer::also_trust).
//! 6. It decides whether the user was asked already, adds the return URL, and reports the outcome.

#[cfg(feature = "bearer")]
mod bearer;
mod contract;
mod denial;
mod encoding;
#[cfg(feature = "github-sso")]
mod github_sso;
#[cfg(any(feature = "kratos", feature = "matrix-consent"))]
mod json;
#[cfg(feature = "kratos")]
mod kratos;
#[cfg(feature = "matrix-consent")]
mod matrix_consent;
pub(crate) mod media_type;
mod orange;
pub(crate) mod scan;

#[cfg(feature = "bearer")]
#[cfg_attr(docsrs, doc(cfg(feature = "bearer")))]
pub use bearer::{Bearer, BearerRequest};
pub use contract::{DEFAULT_MARKER_LIFE, Look, Protocol, RejectionKind, ReturnParameter, Verdict};
pub use denial::Denial;
pub(crate) use denial::SourceCell;
pub use encoding::xml_text;
#[cfg(feature = "github-sso")]
#[cfg_attr(docsrs, doc(cfg(feature = "github-sso")))]
pub use github_sso::GitHubSso;
#[cfg(feature = "kratos")]
#[cfg_attr(docsrs, doc(cfg(feature = "kratos")))]
pub use kratos::Kratos;
#[cfg(feature = "matrix-consent")]
#[cfg_attr(docsrs, doc(cfg(feature = "matrix-consent")))]
pub use matrix_consent::MatrixConsent;
pub use orange::{Family, Orange};

/// The name of the protocol that a layer has by default.
pub(crate) const DEFAULT_NAME: &str = orange::NAME;
