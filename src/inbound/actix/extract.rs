//! [`PrivacyContext`] as an extractor of actix-web.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, ResponseError, dev::Payload};

use crate::{inbound::missing::MissingPrivacyContext, trip::PrivacyContext};

/// The context that [`PrivacyReturn`](super::PrivacyReturn) made for this request. Take it along to work that
/// you spawn.
impl FromRequest for PrivacyContext {
    type Error = MissingPrivacyContext;
    type Future = Ready<Result<Self, MissingPrivacyContext>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(PrivacyContext::current().ok_or(MissingPrivacyContext(())))
    }
}

/// 500: a middleware is missing in the app.
impl ResponseError for MissingPrivacyContext {}
