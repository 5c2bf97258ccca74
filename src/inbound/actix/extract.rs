//! The context as an extractor of actix-web.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, ResponseError, dev::Payload};

use crate::{inbound::missing::MissingPrivacyContext, trip::PrivacyContext};

/// The context that [`PrivacyReturn`](super::PrivacyReturn) made of the request, to take along to
/// work that is spawned.
impl FromRequest for PrivacyContext {
    type Error = MissingPrivacyContext;
    type Future = Ready<Result<Self, MissingPrivacyContext>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(PrivacyContext::current().ok_or(MissingPrivacyContext(())))
    }
}

/// 500: the app is not put together as it should be.
impl ResponseError for MissingPrivacyContext {}
