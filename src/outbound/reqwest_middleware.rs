//! [`PrivacyLayer`] as a middleware of [`reqwest_middleware`].
//!
//! ```
//! use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
//! use tower_privacy::{PrivacyError, PrivacyLayer};
//!
//! fn client() -> ClientWithMiddleware {
//!     ClientBuilder::new(reqwest::Client::new()).with(PrivacyLayer::new()).build()
//! }
//!
//! async fn contacts(client: ClientWithMiddleware) -> Result<String, PrivacyError> {
//!     let response = client.get("https://api.example/contacts").send().await?;
//!     Ok(response.error_for_status()?.text().await?)
//! }
//! # let _ = (client(), contacts);
//! ```
//!
//! This module is for reqwest-middleware 0.5, over reqwest 0.13. The module `reqwest_middleware_0_4`, with the
//! feature `reqwest-middleware-0-4`, is the same for 0.4, over reqwest 0.12.
//!
//! # Rules
//!
//! 1. The [`PrivacyContext`](crate::PrivacyContext) of a call is the request's own, or else the task's, or else
//!    the layer's. To give a request its own, for example without the host side, use `with_extension`.
//! 2. A denial is returned as [`Error::Middleware`]. [`PrivacyError::find`] finds the signal in it, and `?` in a
//!    function that returns [`PrivacyError`] extracts it.
//! 3. Add the layer after a retry middleware, so that it is inside the retries. They then see an
//!    [`Error::Middleware`], which `reqwest-retry` does not retry by default, and not the upstream's 500.
//! 4. The [rules for reqwest](super::reqwest#rules) apply to responses and errors. An error that a middleware inside
//!    the layer has wrapped stays as it is, with the query of its URL.
//!
//! # In an existing app
//!
//! Only the construction of the client changes. Every `.send()` stays. The builder of `reqwest_middleware` has
//! `query`, `form` and `json` if the features of these names are on:
//!
//! ```toml
//! reqwest-middleware = { version = "0.5", features = ["json", "query"] }
//! tower-privacy = { path = "../tower-privacy", features = ["reqwest-middleware"] }
//! ```
//!
//! `?` applies only one `From`. If your error type has a variant for [`PrivacyError`], convert the errors of the
//! client to that first:
//!
//! ```
//! use reqwest_middleware::ClientWithMiddleware;
//! use tower_privacy::PrivacyError;
//!
//! #[derive(Debug, thiserror::Error)]
//! enum AppError {
//!     #[error("the contacts could not be read")]
//!     Contacts(#[from] PrivacyError),
//! }
//!
//! async fn contacts(client: &ClientWithMiddleware, page: u32) -> Result<String, AppError> {
//!     let request = client.get("https://api.example/contacts").query(&[("page", page)]);
//!     let response = request.send().await.map_err(PrivacyError::from)?;
//!     Ok(response.text().await.map_err(PrivacyError::from)?)
//! }
//! # let _ = contacts;
//! ```
//!
//! If there are many calls, implement the conversions once, and leave each `?` as it is:
//!
//! ```
//! # use tower_privacy::PrivacyError;
//! # struct AppError(PrivacyError);
//! impl From<reqwest_middleware::Error> for AppError {
//!     fn from(error: reqwest_middleware::Error) -> Self {
//!         AppError(error.into())
//!     }
//! }
//!
//! impl From<reqwest::Error> for AppError {
//!     fn from(error: reqwest::Error) -> Self {
//!         AppError(error.into())
//!     }
//! }
//! # let error = reqwest::Client::new().get("relative").build().unwrap_err();
//! # assert!(!AppError::from(error).0.is_denial());
//! ```
//!
//! A variant that holds a `reqwest_middleware::Error` or a `reqwest::Error` works too, and
//! [`PrivacyError::find`] finds the signal in the former. But then the error of `error_for_status` prints the
//! query of the URL.

super::middleware_adapter::middleware_adapter!(reqwest_middleware, reqwest);
