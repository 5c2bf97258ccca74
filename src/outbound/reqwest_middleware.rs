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
//!
//! This is reqwest-middleware 0.5, over reqwest 0.13. The module `reqwest_middleware_0_4`, of the feature
//! `reqwest-middleware-0-4`, is the same for 0.4, over reqwest 0.12.
//!
//! # In an app that is there already
//!
//! Only the place changes where the client is built, and each `.send()` stays. A builder of
//! `reqwest_middleware` has `query`, `form` and `json` where its features of these names are on, as
//! reqwest's own has:
//!
//! ```toml
//! reqwest-middleware = { version = "0.5", features = ["json", "query"] }
//! tower-privacy = { version = "0.1", features = ["reqwest-middleware"] }
//! ```
//!
//! `?` converts once. So if your error type takes [`PrivacyError`], convert the errors of the client to that
//! first:
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
//! With many calls it is shorter to say so once, and each `?` stays:
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
//! A variant of `reqwest_middleware::Error` or of `reqwest::Error` itself works too, and
//! [`PrivacyError::find`] sees the signal in the former. But `error_for_status` then prints the query of the
//! URL.

super::middleware_adapter::middleware_adapter!(reqwest_middleware, reqwest);
