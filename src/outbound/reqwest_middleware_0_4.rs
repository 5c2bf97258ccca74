//! [`PrivacyLayer`](crate::PrivacyLayer) as a middleware of reqwest-middleware 0.4, which is over
//! reqwest 0.12.
//!
//! ```
//! # use {reqwest_0_12 as reqwest, reqwest_middleware_0_4 as reqwest_middleware};
//! use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
//! use tower_privacy::PrivacyLayer;
//!
//! // In `Cargo.toml`: reqwest = "0.12", reqwest-middleware = "0.4"
//! let client: ClientWithMiddleware = ClientBuilder::new(reqwest::Client::new())
//!     .with(PrivacyLayer::new())
//!     .build();
//! # assert_eq!(client.get("https://api.example/").build()?.url().path(), "/");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The rules are those of the module `reqwest_middleware`, which is for 0.5.

super::middleware_adapter::middleware_adapter!(reqwest_middleware_0_4, reqwest_0_12);
