//! [`Privacy`] as a service of reqwest 0.12, as `oauth2` 5 and `openidconnect` 4 need it.
//!
//! ```
//! # use reqwest_0_12 as reqwest;
//! use tower::ServiceBuilder;
//! use tower_privacy::{Privacy, PrivacyLayer};
//!
//! // In `Cargo.toml`: reqwest = "0.12"
//! let client: Privacy<reqwest::Client> = ServiceBuilder::new()
//!     .layer(PrivacyLayer::new())
//!     .service(reqwest::Client::new());
//! # let request = client.get_ref().get("https://api.example/contacts").build()?;
//! # assert_eq!(request.url().path(), "/contacts");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The rules are those of the module `reqwest`, which is for 0.13. An app can use both versions.

super::reqwest_adapter::reqwest_adapter!(reqwest_0_12);
