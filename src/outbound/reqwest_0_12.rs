//! [`Privacy`] and [`SendThrough`](super::SendThrough) for reqwest 0.12, the version that `oauth2` 5 and
//! `openidconnect` 4 use.
//!
//! ```
//! # use reqwest_0_12 as reqwest;
//! use tower_privacy::{Privacy, PrivacyError, PrivacyLayer};
//!
//! // `reqwest` is 0.12 here.
//! async fn contacts(client: &Privacy<reqwest::Client>) -> Result<String, PrivacyError> {
//!     let request = client.get_ref().get("https://api.example/contacts").build()?;
//!     Ok(client.execute(request).await?.error_for_status()?.text().await?)
//! }
//!
//! let client = Privacy::new(reqwest::Client::new(), &PrivacyLayer::new());
//! # let request = client.get_ref().get("https://api.example/contacts").build()?;
//! # assert_eq!(request.url().path(), "/contacts");
//! # let _ = contacts;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The rules are those of the module `reqwest`. An app can use both versions, with both features on.

super::reqwest_adapter::reqwest_adapter!(
    reqwest_0_12,
    reqwest_middleware_0_4,
    "reqwest-middleware-0-4"
);
