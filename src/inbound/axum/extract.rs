//! The context as an extractor of axum.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};

use crate::{inbound::missing::MissingPrivacyContext, trip::PrivacyContext};

/// The context that [`PrivacyReturnLayer`](crate::PrivacyReturnLayer) made of the request, to take
/// along to work that is spawned.
impl<S: Sync> FromRequestParts<S> for PrivacyContext {
    type Rejection = MissingPrivacyContext;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, MissingPrivacyContext> {
        PrivacyContext::current().ok_or(MissingPrivacyContext(()))
    }
}

/// 500: the app is not put together as it should be.
impl IntoResponse for MissingPrivacyContext {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}
