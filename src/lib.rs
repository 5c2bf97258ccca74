//! Tower middleware that turns an upstream's privacy denial into a typed redirect signal.
//!
//! When a user has not granted a service access to their data, Orange's Personal APIs answer with a
//! *privacy exception*: an XML document in the body of a response, often a 500, that holds the URL
//! of a page where the user can grant it. The service has to send the user there, and to add where
//! to come back to. [`PrivacyLayer`] wraps the outbound HTTP client and does the finding, the
//! checking and the enriching: the call fails with [`PrivacyError::Redirect`], which has the
//! [`location`](PrivacyRedirect::location) to send the user to. Every other response passes through
//! byte for byte.
//!
//! ```text
//! browser ──► PrivacyReturnLayer ──► handler ──► PrivacyLayer ──► client ──► Personal API
//!    ▲               ▲                  ▲              │                       │
//!    │               │                  │              │ a denial? ◄─ 500 + XML ┘
//!    │               └── Err(Redirect) ─┴──────────────┘
//!    │               │
//!    └── 303 ◄───────┘   to the privacy page: the user chooses, and comes back
//! ```
//!
//! The host side is `PrivacyReturnLayer` (axum and any Tower host) or `actix::PrivacyReturn`. It knows
//! where each user comes back to, and makes one uniform reply of the error; a handler has nothing
//! but `?`.
//!
//! # Example
//!
//! ```
//! use http_body_util::Full;
//! use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
//! use tower_privacy::{PrivacyContext, PrivacyError, PrivacyLayer, ReturnUrl};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Any client that is a Tower service. This one is always denied.
//! let upstream = service_fn(|_: http::Request<()>| async {
//!     let document = "<error><code>-3</code><detail>PrivacyAccessDeniedException</detail><url>\
//!         http://privacy.orange.fr/urm-gui/interaction.do?family=contact&amp;attributes=,see\
//!         </url></error>";
//!     let response = http::Response::builder().status(500).body(Full::new(document.as_bytes()));
//!     response
//! });
//! let mut client = ServiceBuilder::new()
//!     .layer(PrivacyLayer::new(ReturnUrl::try_from("https://app.example/")?))
//!     .service(upstream);
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
//! 1. A denial is a well-formed XML document whose root element is `error`, in any namespace, with a
//!    direct child `detail` that is exactly `PrivacyAccessDeniedException`. Its status does not
//!    count. A body that is not well-formed is no denial.
//! 2. Looked at are responses labelled as XML, as text, or not at all. Never looked at, and so never
//!    delayed, are: the answer to a HEAD, a 1xx, 204, 206 or 304, an ended body, any other
//!    Content-Type, `text/event-stream`, a Content-Encoding (put a decompression layer *inside*
//!    this one), and a Content-Length over the [cap](PrivacyLayer::max_document_bytes).
//! 3. A body that is looked at is let go at the first byte that settles it: most XML at the name of
//!    its root element. At most the cap and one frame are held.
//! 4. The encoding is that of the byte-order mark, else of the `charset`, else of the XML declaration,
//!    else UTF-8. UTF-16 without a mark is told by its zero bytes.
//! 5. A denial's URL must point to a trusted [`PrivacyEndpoint`]. If not, or if it has no valid one,
//!    the call fails with [`PrivacyError::Rejected`].
//! 6. The location is the denial's URL with `urlRetour` added, or replaced if it was there; the rest
//!    of the query stays byte for byte as the URL parser yields it.
//! 7. For a user who came through the host side, what they were asked for travels in a marker of the
//!    return URL. A denial of what they were asked for already is [`PrivacyError::Refused`]. A page
//!    that is opened costs at most one trip for each permission, whatever upstream answers; so does
//!    a `fetch()` whose page is known.
//! 8. The layer needs neither `Clone` nor `Unpin` of what it wraps, spawns nothing, and does not panic on
//!    input. On a response that is not looked at it allocates nothing; on one that is let go at its
//!    first frame, once. (Over reqwest, one that was looked at costs a few allocations more, since
//!    it is made anew.)
//!
//! # Where the layer stands
//!
//! - Inside of a timeout, which then covers the look at the body.
//! - Inside of retries and circuit breakers. Were the layer outside, they would see a 500 and take it
//!   for an outage. As it is they see a [`PrivacyError`], of which only
//!   [`Service`](PrivacyError::Service) is a fault; the others are answers. Their policy has to tell
//!   these apart, by [`PrivacyError::is_denial`].
//! - Outside of decompression, so that the document can be read.
//!
//! The module `guide` (in the docs of all features) has a page on this with a whole stack, and on return
//! URLs, single-page apps and htmx, spawned tasks, testing, production, and what to do when something is not
//! as it should be.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `encoding` | yes | documents in any encoding of the WHATWG Encoding Standard; without it, UTF-8 and UTF-16 |
//! | `axum` | | `PrivacyReturnLayer`, for axum and any Tower host; `PrivacyError` is an axum response |
//! | `actix` | | `actix::PrivacyReturn`, for actix-web; `PrivacyError` is a `ResponseError` |
//! | `reqwest` | | [`Privacy`] is a service of `reqwest::Request` over `reqwest::Client` |
//! | `reqwest-middleware` | | [`PrivacyLayer`] is a middleware of `reqwest_middleware` |
//! | `tracing` | | an event for each outcome; it names no URL |
//! | `metrics` | | a count of each outcome, for metrics 0.24 |
//! | `sandbox` | | an upstream of your own, for examples and tests |
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub mod client {
    //! Clients that are not of `http`: thin adapters over the one inspection.

    pub use crate::outbound::reqwest;
    #[cfg(feature = "reqwest-middleware")]
    pub use crate::outbound::reqwest_middleware;
}
mod error;
#[cfg(all(
    feature = "actix",
    feature = "axum",
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
pub use protocol::{DEFAULT_MARKER_LIFE, Denial, Family, RejectionKind};
pub use scope::Scope;
pub use trip::{PrivacyContext, PrivacyRedirect};
pub use urls::{PrivacyEndpoint, PrivacyEndpointError, ReturnUrl, ReturnUrlError};

/// Compiles the README's example.
#[cfg(all(doctest, feature = "axum", feature = "reqwest"))]
#[doc = include_str!("../README.md")]
struct Readme;
