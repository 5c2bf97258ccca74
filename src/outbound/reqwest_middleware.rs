//! [`PrivacyLayer`] as a middleware of [`reqwest_middleware`].
//!
//! ```
//! use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
//! use tower_privacy::{PrivacyContext, PrivacyError, PrivacyLayer};
//!
//! fn client() -> ClientWithMiddleware {
//!     ClientBuilder::new(reqwest::Client::new()).with(PrivacyLayer::new()).build()
//! }
//!
//! async fn contacts(client: ClientWithMiddleware) -> Result<String, PrivacyError> {
//!     let here = "https://app.example/contacts".parse().expect("a valid return URL");
//!     let request = client.get("https://api.example/contacts");
//!     let response = request.with_extension(PrivacyContext::new(here)).send().await?;
//!     Ok(response.error_for_status()?.text().await?)
//! }
//! # let _ = (client(), contacts);
//! ```
//!
//! 1. A call's [`PrivacyContext`](crate::PrivacyContext) is the request's own (`with_extension`), or
//!    else the task's, or else the layer's.
//! 2. The signal comes as [`Error::Middleware`]. [`PrivacyError::find`] sees it there, and `?` in a
//!    function that returns [`PrivacyError`] takes it out.
//! 3. Add the layer after a retry middleware, so that it stands inside of it. That one then sees an
//!    error of a middleware, which `reqwest-retry` does not try again by default; from outside it
//!    would see a 500.
//! 4. Responses and errors are treated as [over reqwest](super::reqwest).

super::middleware_adapter::middleware_adapter!(reqwest_middleware, reqwest);
