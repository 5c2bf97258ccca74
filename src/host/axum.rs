//! [`PrivacyError`] as an axum response.

use axum_core::response::{IntoResponse, Response};

use crate::{error::PrivacyError, reply::reply};

/// 303 to the privacy page for a redirect, 502 if the inner service failed, 403 otherwise; never
/// cached. Nothing of the inside is told.
impl IntoResponse for PrivacyError {
    fn into_response(self) -> Response {
        (&self).into_response()
    }
}

/// The same for an error that was only [found](PrivacyError::find).
impl IntoResponse for &PrivacyError {
    fn into_response(self) -> Response {
        reply(self).map(Into::into)
    }
}
