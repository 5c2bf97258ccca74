//! The error of a middleware that leads to the signal.

use std::{fmt, sync::Arc};

use actix_web::{Error, HttpResponse, ResponseError, http::StatusCode};

use super::answer::{replace, with_signal};
use crate::{
    inbound::request::{Inbound, Incoming},
    trip::PrivacyContext,
};

/// An error whose response is the reply to the signal in it. `Error::add_response_mapper` would not do,
/// since [`HttpResponse::from_error`] ignores mappers.
pub(super) struct Failure {
    error: Error,
    inbound: Arc<Inbound>,
    incoming: Incoming,
    context: Option<PrivacyContext>,
}

impl Failure {
    /// Wraps the error if it leads to the signal.
    pub(super) fn answering(
        error: Error,
        inbound: &Arc<Inbound>,
        incoming: Incoming,
        context: Option<PrivacyContext>,
    ) -> Error {
        let response = error.error_response();
        if with_signal(&response, Some(&error), |_| ()).is_none() {
            return error;
        }
        let inbound = Arc::clone(inbound);
        let failure = Self {
            error,
            inbound,
            incoming,
            context,
        };
        failure.into()
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    fn error_response(&self) -> HttpResponse {
        let response = self.error.error_response();
        let reply = with_signal(&response, Some(&self.error), |error| {
            self.inbound
                .answer(error, self.incoming, self.context.as_ref())
        });
        match reply {
            Some(reply) => replace(response, reply),
            None => response,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.error, f)
    }
}
