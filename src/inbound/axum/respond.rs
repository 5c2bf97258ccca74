//! [`PrivacyError`] as an axum response.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

use crate::{
    error::PrivacyError,
    inbound::signal::{Signal, blind_reply},
};

/// A response that [`PrivacyReturnLayer`](crate::PrivacyReturnLayer) replaces with the reply that suits the
/// client. Without that layer it is the reply to a navigation: 303 to the privacy page for a redirect, 502 for
/// `Service` and `Rejected`, else 403.
impl IntoResponse for PrivacyError {
    fn into_response(self) -> Response {
        let response = blind_reply(&self);
        carrying(response.map(Body::from), Signal(Arc::new(self)))
    }
}

/// The same reply for an error that was only [found](PrivacyError::find).
impl IntoResponse for &PrivacyError {
    fn into_response(self) -> Response {
        carrying(blind_reply(self).map(Body::from), Signal::of(self))
    }
}

fn carrying(mut response: Response, signal: Signal) -> Response {
    response.extensions_mut().insert(signal);
    response
}
