//! Tower middleware for calls that fail until the user visits a page.
//!
//! Some APIs deny a call until the user has done something in their browser. [`PrivacyLayer`] wraps the
//! outbound HTTP client. It detects such a denial, checks that the page is one that you trust, and fails the
//! call with [`PrivacyError::Redirect`], whose [`location`](PrivacyRedirect::location) is where to send the
//! user, with the way back included. Every other response passes through untouched: the same head, frames,
//! trailers and errors.
//!
//! The [guide](guide/index.html) has a page on each upstream and on each question: where the layer goes in a
//! stack, other clients, return URLs, front-end libraries, testing, production, and troubleshooting. The guide
//! is part of the documentation that is built with `--all-features`.
//!
//! These protocols are included:
//!
//! - [Orange's Personal APIs](protocol::Orange) require the user's permission to share their data. This is the
//!   default.
//! - [Ory Kratos](guide/kratos/index.html) requires a second factor, or a fresh sign-in.
//! - An [OAuth resource server](guide/bearer/index.html), such as Microsoft Graph, requires a token with more
//!   scopes, or from a stronger sign-in.
//! - [GitHub](guide/github_sso/index.html) requires the user to sign in with their organisation.
//! - A [Matrix homeserver](guide/matrix_consent/index.html) requires the user to accept its terms.
//!
//! For any other upstream, [write a protocol](protocol#a-protocol-of-your-own), in some 40 lines.
//!
//! ```text
//! browser ──► PrivacyReturnLayer ──► handler ──► PrivacyLayer ──► client ──► API
//!    ▲               ▲                  ▲              │                      │
//!    │               │                  │              │ a denial? ◄─── 403 ◄─┘
//!    │               └── Err(Redirect) ─┴──────────────┘
//!    │               │
//!    └── 303 ◄───────┘   to the page: the user acts there, and comes back
//! ```
//!
//! The host side is `PrivacyReturnLayer` (axum and any Tower host) or `actix::PrivacyReturn`. It determines
//! where each user comes back to, and turns the error into the reply that suits the client: a browser window, a
//! frame, a front-end library or a script. A handler only needs `?`. There is no redirect loop: a user who is denied
//! again sees a page that says so.
//!
//! The [table of protocols](protocol#at-a-glance) says where each looks for a denial, which pages it trusts, and
//! how the user gets back. To choose one, turn on its feature:
//!
//! ```
//! # #[cfg(feature = "kratos")]
//! # fn main() -> Result<(), tower_privacy::PrivacyEndpointError> {
//! use tower_privacy::{PrivacyLayer, protocol::Kratos};
//!
//! let layer = PrivacyLayer::new().protocol(Kratos::new("https://id.example")?);
//! # let _ = layer;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "kratos"))]
//! # fn main() {}
//! ```
//!
//! # Example
//!
//! This example uses the default protocol:
//!
//! ```
//! use http_body_util::Full;
//! use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
//! use tower_privacy::{PrivacyContext, PrivacyError, PrivacyLayer, ReturnUrl};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Any client that is a Tower service. This upstream denies every call.
//! let upstream = service_fn(|_: http::Request<()>| async {
//!     let document = "<error><code>-3</code><detail>PrivacyAccessDeniedException</detail><url>\
//!         http://privacy.orange.fr/urm-gui/interaction.do?family=contact&amp;attributes=,see\
//!         </url></error>";
//!     let response = http::Response::builder().status(500).body(Full::new(document.as_bytes()));
//!     response
//! });
//! let mut client = ServiceBuilder::new().layer(PrivacyLayer::new()).service(upstream);
//!
//! // Where this user comes back to.
//! let mut request = http::Request::get("https://api.example/contacts").body(())?;
//! request
//!     .extensions_mut()
//!     .insert(PrivacyContext::new(ReturnUrl::try_from("https://app.example/contacts")?));
//!
//! match client.ready().await?.call(request).await {
//!     Err(PrivacyError::Redirect(redirect)) => assert_eq!(
//!         redirect.location().as_str(),
//!         "http://privacy.orange.fr/urm-gui/interaction.do?family=contact&attributes=,see\
//!          &urlRetour=https%3A%2F%2Fapp.example%2Fcontacts",
//!     ),
//!     other => panic!("{other:?}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
#![cfg_attr(
    all(feature = "actix", feature = "axum", feature = "reqwest-middleware"),
    doc = "",
    doc = include_str!("guide/programs.md"),
)]
//!
//! # Rules
//!
//! These are the rules for [`Orange`](protocol::Orange), the default protocol. The module [`protocol`] has the
//! rules for every protocol, and the documentation of each protocol has its own.
//!
//! 1. A denial is an XML document whose root element is `error`, in any namespace, with a direct child
//!    `detail` that is, trimmed, exactly `PrivacyAccessDeniedException`. The status does not matter. With
//!    [`errors_only`](protocol::Orange::errors_only), the layer only inspects statuses from 400 on.
//! 2. The layer inspects responses that are labelled as XML, as text, or not at all. It passes these on at
//!    once: the answer to a HEAD, a 1xx, 204, 206 or 304, a body that has ended, any other Content-Type,
//!    `text/event-stream`, a Content-Encoding (put a decompression layer *inside* this one), and a
//!    Content-Length over the [cap](PrivacyLayer::max_document_bytes). A Content-Encoding that names no
//!    coding, such as `utf-8` or `none`, counts as none.
//! 3. The encoding is that of the byte-order mark, else of the `charset`, else of the XML declaration, else
//!    UTF-8. UTF-16 without a mark is recognised by its zero bytes. A document in 8-bit bytes that says `utf-16`
//!    is read as UTF-8.
//! 4. quick-xml reads the document. The layer also checks that there is one root element and that it is
//!    closed, that nothing but white space, comments and processing instructions appears outside it, that an
//!    XML declaration comes first (white space may stand before it), that references are to characters or to
//!    XML's own five entities, and that there are no characters that XML forbids. A document with a DOCTYPE is
//!    not a denial. Names, namespaces, `<` in attribute values and `]]>` in text are not checked: trust
//!    comes from rule 7, not from how strictly a document is written.
//! 5. **The head of a response that is inspected waits** until the body rules out a denial or turns out to
//!    be one. Most bodies rule it out with their first frame: with a first byte other than `<`, or with the
//!    name of the root element. If a body has not begun yet, its head waits: for example, that of a stream
//!    without a Content-Type. To avoid that, have the upstream send a Content-Type that is neither XML nor
//!    text, or set [`errors_only`](protocol::Orange::errors_only).
//! 6. The layer holds no more of a body than the cap and one frame. It then passes on the same frames and
//!    trailers, with the same size hints and errors.
//! 7. A denial's URL must point to a trusted [`PrivacyEndpoint`]. If it does not, or if there is no valid
//!    URL, the call fails with [`PrivacyError::Rejected`]. A `url` that contains an element is not valid.
//! 8. The location is the denial's URL with `urlRetour` added, or replaced if it was there. The rest of the
//!    query does not change, once the URL is parsed.
//! 9. For users who came through the host side, a marker in the return URL records what they were asked for on
//!    the way to a page. If a call is denied although the user was already asked for everything that it needs,
//!    it fails with [`PrivacyError::Refused`]. So a user who comes back is sent away at most once more for each other
//!    permission that the page and its scripts need, within the [life of a marker](PrivacyLayer::marker_life),
//!    whatever the upstream answers. The life is a day. A URL without the marker begins anew.
//! 10. The layer does not require the inner service to be `Clone` or `Unpin`, spawns nothing, and does not panic on
//!     input. On a response that is not inspected, it allocates nothing. On one that it passes on at the first
//!     frame, it allocates once. Over reqwest, an inspected response takes a few allocations more, because it
//!     has to be rebuilt.
//!
//! # Where the layer goes
//!
//! - Inside timeouts, so that they cover the inspection of the body.
//! - Inside retries and circuit breakers. These then see a [`PrivacyError`] rather than a 500. Their policy has
//!   to check [`PrivacyError::is_denial`], since only [`Service`](PrivacyError::Service) is a failure.
//! - Outside decompression, so that the layer can read the document.
//!
//! The guide's page [`stack`](guide/stack/index.html) has a whole stack, and the page
//! [`cost`](guide/cost/index.html) says what the layer adds to a call.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `encoding` | yes | documents in any encoding of the WHATWG Encoding Standard; without it, UTF-8, UTF-16 and US-ASCII |
//! | `kratos` | | `protocol::Kratos`, for Ory Kratos |
//! | `bearer` | | `protocol::Bearer`, for challenges of RFC 6750, RFC 9470 and Microsoft Entra |
//! | `github-sso` | | `protocol::GitHubSso`, for the single sign-on of organisations on GitHub |
//! | `matrix-consent` | | `protocol::MatrixConsent`, for the terms of a Matrix homeserver |
//! | `axum` | | `PrivacyReturnLayer`, for axum and any Tower host; `PrivacyError` is an axum response |
//! | `actix` | | `actix::PrivacyReturn`, for actix-web; `PrivacyError` is a `ResponseError` |
//! | `reqwest` | | [`Privacy`] is a service of `reqwest::Request` over `reqwest::Client`, of reqwest 0.13 |
//! | `reqwest-0-12` | | the same for reqwest 0.12; both can be on |
//! | `reqwest-middleware` | | [`PrivacyLayer`] is a middleware of reqwest-middleware 0.5 |
//! | `reqwest-middleware-0-4` | | the same for reqwest-middleware 0.4, which is over reqwest 0.12 |
//! | `tracing` | | an event for each outcome; it names no URL |
//! | `metrics` | | a count of each outcome, for metrics 0.24 |
//! | `sandbox` | | an upstream of your own, for examples and tests |
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "reqwest", feature = "reqwest-0-12"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "reqwest", feature = "reqwest-0-12"))))]
pub mod client {
    //! Adapters for HTTP clients with request and response types of their own.
    //!
    //! | feature | client | a call |
    //! |---|---|---|
    //! | `reqwest` | reqwest 0.13 | `request.send_through(&layer)`, or a service over `reqwest::Client` |
    //! | `reqwest-0-12` | reqwest 0.12 | the same |
    //! | `reqwest-middleware` | reqwest-middleware 0.5, over reqwest 0.13 | stays as it is: `request.send()` |
    //! | `reqwest-middleware-0-4` | reqwest-middleware 0.4, over reqwest 0.12 | the same |
    //!
    //! Each has a module, and all can be on at once. For any other client that is not a Tower
    //! service, use [`PrivacyLayer::inspect`](crate::PrivacyLayer::inspect).
    //!
    //! # In an existing app
    //!
    //! Adding the crate to a small axum app with an error type of its own takes about a dozen lines, with those of
    //! `Cargo.toml` and of the layer around the app:
    //!
    //! | way | lines | each further call |
    //! |---|---|---|
    //! | [`send_through`](SendThrough) | +11 −5 | `.send()` becomes `.send_through(&self.layer)` |
    //! | `reqwest-middleware` | +12 −5 | stays as it is, in a function that returns `PrivacyError` |
    //!
    //! In both, the functions that make the calls return `Result<_, PrivacyError>`, and the app's error type
    //! has a variant for [`PrivacyError`](crate::PrivacyError).
    //!
    //! # Which version of reqwest?
    //!
    //! The types of both versions have the same names, and rustc rarely says which version a type is from. If
    //! the app uses reqwest 0.12 and its feature is off, rustc prints these errors:
    //!
    //! ```text
    //! the method `oneshot` exists for struct `Privacy<Client>`, but its trait bounds were not satisfied
    //! no method named `execute` found for struct `Privacy<Client>` in the current scope
    //! the trait `From<reqwest::Error>` is not implemented for `PrivacyError`
    //! `RequestBuilder` cannot be sent through a layer
    //! ```
    //!
    //! `cargo tree --invert reqwest@0.12` shows which crates need reqwest 0.12.

    pub use crate::outbound::SendThrough;
    #[cfg(feature = "reqwest")]
    pub use crate::outbound::reqwest;
    #[cfg(feature = "reqwest-0-12")]
    pub use crate::outbound::reqwest_0_12;
    #[cfg(feature = "reqwest-middleware")]
    pub use crate::outbound::reqwest_middleware;
    #[cfg(feature = "reqwest-middleware-0-4")]
    pub use crate::outbound::reqwest_middleware_0_4;
}
mod error;
#[cfg(all(
    feature = "actix",
    feature = "axum",
    feature = "bearer",
    feature = "github-sso",
    feature = "kratos",
    feature = "matrix-consent",
    feature = "reqwest-middleware",
    feature = "sandbox"
))]
pub mod guide;
#[cfg(any(feature = "actix", feature = "axum"))]
mod inbound;
mod outbound;
pub mod protocol;
mod report;
#[cfg(feature = "sandbox")]
#[cfg_attr(docsrs, doc(cfg(feature = "sandbox")))]
pub mod sandbox;
mod scope;
mod trip;
mod urls;

pub use error::{BoxError, PrivacyError, RejectedDenial};
#[cfg(feature = "actix")]
#[cfg_attr(docsrs, doc(cfg(feature = "actix")))]
pub use inbound::actix;
#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub use inbound::axum::{PrivacyReturn, PrivacyReturnLayer, ReplyBody, ReturnFuture};
#[cfg(any(feature = "actix", feature = "axum"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "actix", feature = "axum"))))]
pub use inbound::{Audience, MissingPrivacyContext, problem};
pub use outbound::{
    DEFAULT_MAX_DOCUMENT_BYTES, Inspect, Privacy, PrivacyLayer, ResponseBody, ResponseFuture,
};
#[doc(inline)]
pub use protocol::{DEFAULT_MARKER_LIFE, Denial, Family, RejectionKind};
pub use scope::Scope;
pub use trip::{PrivacyContext, PrivacyRedirect};
pub use urls::{PrivacyEndpoint, PrivacyEndpointError, ReturnUrl, ReturnUrlError};

/// Compiles the README's examples.
#[cfg(all(doctest, feature = "axum", feature = "reqwest"))]
#[doc = include_str!("../README.md")]
struct Readme;
