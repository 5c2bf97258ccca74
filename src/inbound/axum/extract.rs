//! [`PrivacyContext`] as an extractor of axum.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};

use crate::{inbound::missing::MissingPrivacyContext, trip::PrivacyContext};

/// The context that [`PrivacyReturnLayer`](crate::PrivacyReturnLayer) made for this request. Take it along to
/// work that you spawn.
impl<S: Sync> FromRequestParts<S> for PrivacyContext {
    type Rejection = MissingPrivacyContext;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, MissingPrivacyContext> {
        PrivacyContext::current().ok_or(MissingPrivacyContext(()))
    }
}

/// 500: a layer is missing in the app.
impl IntoResponse for MissingPrivacyContext {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}
