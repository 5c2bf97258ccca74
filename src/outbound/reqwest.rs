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
//! This is reqwest 0.13, of the feature `reqwest`. The module `reqwest_0_12`, of the feature
//! `reqwest-0-12`, is the same for reqwest 0.12.
//!
//! A request is sent through the layer in one of three ways:
//!
//! | you have | you write |
//! |---|---|
//! | a `RequestBuilder`, and the layer | `request.send_through(&layer)`: see [`SendThrough`](super::SendThrough) |
//! | a `Request`, and a `Privacy<Client>` | `client.execute(request)`: see [`Privacy::execute`] |
//! | the same, in a Tower stack | `client.oneshot(request)`, or `ready` and `call` |
//!
//! 1. A response that is not inspected is the one that reqwest made, untouched.
//! 2. One that was inspected is made anew from its parts. Its final URL, version, headers,
//!    extensions and content length are kept. An error of its body is reqwest's, wrapped in two more of
//!    reqwest's own kind, since reqwest wraps the error of each body that it is given, and once more when
//!    that is read.
//! 3. reqwest decodes a compressed body before it hands it out, and takes `Content-Encoding` away,
//!    so a compressed denial is seen.
//! 4. reqwest keeps a request's extensions to itself, so a call's
//!    [`PrivacyContext`](crate::PrivacyContext) is the task's
//!    ([`scope`](crate::PrivacyContext::scope)), or else the layer's. With `execute` and `send_through` the
//!    task is the one that first polls the call, or else the one that made it; with a service it is the one
//!    that made it. With the feature `reqwest-middleware` a request can have a context of its own.
//! 5. reqwest's errors name the URL that was called, token and all. The query and the fragment are
//!    taken from it; the rest of the error is as it was.
//!
//! A handler that returns [`PrivacyError`] can use `?` on reqwest's own errors too:
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

super::reqwest_adapter::reqwest_adapter!(reqwest);
