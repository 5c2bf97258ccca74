//! [`Privacy`] as a service of [`reqwest::Request`].
//!
//! ```
//! use tower::ServiceBuilder;
//! use tower_privacy::{Privacy, PrivacyLayer};
//!
//! let client: Privacy<reqwest::Client> = ServiceBuilder::new()
//!     .layer(PrivacyLayer::new())
//!     .service(reqwest::Client::new());
//!
//! // The client itself, to build requests with. Its own `send()` would go past the layer.
//! let request = client.get_ref().get("https://api.example/contacts").build()?;
//! assert_eq!(request.url().path(), "/contacts");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This module is for reqwest 0.13, with the feature `reqwest`. The module `reqwest_0_12`, with the feature
//! `reqwest-0-12`, is the same for reqwest 0.12.
//!
//! To send a request through the layer:
//!
//! | you have | you write |
//! |---|---|
//! | a `RequestBuilder`, and the layer | `request.send_through(&layer)`: see [`SendThrough`](super::SendThrough) |
//! | a `Request`, and a `Privacy<Client>` | `client.execute(request)`: see [`Privacy::execute`] |
//! | the same, in a Tower stack | `client.clone().oneshot(request)`, or `ready` and `call` |
//!
//! # Rules
//!
//! 1. A response that is not inspected is returned untouched.
//! 2. An inspected response is rebuilt from its parts, with the same final URL, version, headers, extensions
//!    and content length. An error of its body is wrapped in two more `reqwest::Error`s: reqwest wraps the
//!    errors of any body that it is given, and wraps them again when the body is read.
//! 3. If reqwest's `gzip` and the like are on, it decompresses a body and removes `Content-Encoding` before it
//!    returns the response, so the layer can read a denial that was sent compressed.
//! 4. reqwest does not expose a request's extensions, so the [`PrivacyContext`](crate::PrivacyContext) of a
//!    call is the task's ([`scope`](crate::PrivacyContext::scope)), or else the layer's. For `execute` and
//!    `send_through`, the task is the one that polls the call first, or else the one that made it. For a
//!    service, it is the one that made it. With the feature `reqwest-middleware`, a request can have a context
//!    of its own.
//! 5. reqwest's errors contain the URL of the call, tokens included. The layer removes its query, fragment, user
//!    and password, and leaves the rest of the error as it is.
//! 6. With `read_timeout`, reqwest 0.13.5 measures the time since the last frame that was read, even while nobody
//!    reads. The layer has read the first frames of an inspected response, so start to read the rest within that
//!    time. Otherwise reading fails with a timeout, even if the whole body has arrived. Without the layer, the time
//!    starts with the first read. reqwest 0.12 measures it only during a read.
//!
//! A handler that returns [`PrivacyError`] can also use `?` on reqwest's own errors:
//!
//! ```
//! # use tower_privacy::{Privacy, PrivacyError};
//! async fn contacts(client: &Privacy<reqwest::Client>) -> Result<String, PrivacyError> {
//!     let request = client.get_ref().get("https://api.example/contacts").build()?;
//!     Ok(client.execute(request).await?.error_for_status()?.text().await?)
//! }
//! # let _ = contacts;
//! ```
//!
//! [`Privacy::execute`]: crate::Privacy::execute

super::reqwest_adapter::reqwest_adapter!(reqwest, reqwest_middleware, "reqwest-middleware");
