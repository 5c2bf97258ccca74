//! How each kind of upstream reports a denial.
//!
//! A [`PrivacyLayer`](crate::PrivacyLayer) has one [`Protocol`]. The default is [`Orange`]. To use another one,
//! or [one of your own](#a-protocol-of-your-own), call
//! [`PrivacyLayer::protocol`](crate::PrivacyLayer::protocol).
//!
//! # At a glance
//!
//! | protocol | feature | where the denial is | trusted page | how the user gets back | tested against |
//! |---|---|---|---|---|---|
//! | [`Orange`] | | an XML body, of any status | Orange's two privacy pages | `urlRetour` | the samples in Orange's documentation, and the [sandbox](../sandbox/index.html) |
//! | [`Kratos`](struct.Kratos.html) | `kratos` | a JSON body, `403`; with `sign_in()` also `401` | the login page below the public URL that you configure | `return_to`; by hand if a fresh sign-in leads back into Kratos | bodies from public reports and Kratos's source, and the types of `ory-kratos-client` |
//! | [`Bearer`](struct.Bearer.html) | `bearer` | `WWW-Authenticate`, `401` or `403` | your own sign-in route, for the scopes that you list | `return_to` of that route | `express-oauth2-jwt-bearer` and `oidc-provider` |
//! | [`GitHubSso`](struct.GitHubSso.html) | `github-sso` | `X-GitHub-SSO`, `403` | `https://github.com/orgs/*/sso` | by hand | the samples in GitHub's documentation |
//! | [`MatrixConsent`](struct.MatrixConsent.html) | `matrix-consent` | a JSON body, `403` | the consent page below the public base URL that you configure | by hand | Synapse |
//! | [your own](#a-protocol-of-your-own) | | the head, or an XML or JSON body | your choice | your choice | |
//!
//! "By hand" means that the upstream's page does not send the user back. Your app then shows a page with two
//! links: one opens the upstream's page in a new window, the other goes back to where the user was
//! (see [`PrivacyRedirect::returns`](crate::PrivacyRedirect::returns)).
//!
//! The guide has a page on each of [Kratos](../guide/kratos/index.html),
//! [Bearer](../guide/bearer/index.html), [GitHub](../guide/github_sso/index.html) and
//! [Matrix](../guide/matrix_consent/index.html): how to set up both sides, what the user sees, how to test it,
//! and what is not covered.
//!
//! # A protocol of your own
//!
//! Implement [`Protocol`]. This one is for an upstream that answers `403` with
//! `{"error":"consent_required","consent_url":"https://…"}`:
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
//! `examples/own_protocol.rs` is a complete program.
//!
//! # What the layer does for every protocol
//!
//! 1. It calls [`look`](Protocol::look) with the head of each response. A response that the protocol rules out
//!    is passed on at once, untouched.
//! 2. If the protocol needs the body, the layer checks the rest of the head. It passes on a response that has
//!    no document to read: the response to a HEAD request, a status without content, a partial response
//!    (206), a body that has ended, a body with another label (see [`Look`]) or a content coding, and a
//!    `Content-Length` over the [cap](crate::PrivacyLayer::max_document_bytes).
//! 3. It reads frames until they rule out a denial, or until the body ends. XML is ruled out by another root
//!    element or a DOCTYPE, JSON by a first byte, after white space, other than `{`. A response that is not a
//!    denial is passed on with the same frames.
//! 4. It calls [`read`](Protocol::read) once, with the whole body, or with an empty one for
//!    [`Look::Head`].
//! 5. It checks that the interaction URL points to a trusted page: one of
//!    [`trust_only`](crate::PrivacyLayer::trust_only) (by default, the protocol's
//!    [`endpoints`](Protocol::endpoints)) or one of [`also_trust`](crate::PrivacyLayer::also_trust).
//! 6. It checks whether the user was already asked, adds the return URL, and reports the outcome.

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

/// The name of a layer's default protocol.
pub(crate) const DEFAULT_NAME: &str = orange::NAME;
