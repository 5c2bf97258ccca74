//! [`Privacy`] as a service of [`reqwest::Request`].
//!
//! ```
//! use tower::ServiceBuilder;
//! use tower_privacy::{Privacy, PrivacyLayer};
//!
//! let client: Privacy<reqwest::Client> = ServiceBuilder::new()
//!     .layer(PrivacyLayer::new())
//!     .service(reqwest::Client::new());
//!
//! // The client itself, to build requests with. To `send()` by it would go past the layer.
//! let request = client.get_ref().get("https://api.example/contacts").build()?;
//! assert_eq!(request.url().path(), "/contacts");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! 1. A response that is not inspected is the one that reqwest made, untouched.
//! 2. One that was inspected is made anew from its parts. Its final URL, version, headers,
//!    extensions and content length are kept. An error of its body is reqwest's, wrapped in two more of
//!    reqwest's own kind, since reqwest wraps the error of each body that it is given, and once more when
//!    that is read.
//! 3. reqwest decodes a compressed body before it hands it out, and takes `Content-Encoding` away,
//!    so a compressed denial is seen.
//! 4. reqwest keeps a request's extensions to itself, so a call's
//!    [`PrivacyContext`](crate::PrivacyContext) is the task's
//!    ([`scope`](crate::PrivacyContext::scope)), or else the layer's. With the feature
//!    `reqwest-middleware` a request can have its own.
//! 5. reqwest's errors name the URL that was called, token and all. The query and the fragment are
//!    taken from it; the rest of the error is as it was.
//!
//! A handler that returns [`PrivacyError`] can use `?` on reqwest's own errors too:
//!
//! ```
//! # use tower::ServiceExt;
//! # use tower_privacy::{Privacy, PrivacyError};
//! async fn contacts(client: Privacy<reqwest::Client>) -> Result<String, PrivacyError> {
//!     let request = client.get_ref().get("https://api.example/contacts").build()?;
//!     Ok(client.oneshot(request).await?.error_for_status()?.text().await?)
//! }
//! # let _ = contacts;
//! ```

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Extensions;
use pin_project::pin_project;
use reqwest::{Body, Request, Response, ResponseBuilderExt};
use tower_service::Service;
use url::Url;

use super::{
    body::ResponseBody,
    inspect::{Inspecting, Inspector},
    service::Privacy,
};
use crate::{
    error::{BoxError, PrivacyError},
    protocol::Look,
};

impl<S> Service<Request> for Privacy<S>
where
    S: Service<Request, Response = Response>,
    S::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = PrivacyError;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), PrivacyError>> {
        self.get_mut().poll_ready(cx).map_err(from_service)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // Rule 4.
        let inspector = self.inspector(request.method(), &Extensions::new());
        ResponseFuture {
            state: State::Calling(self.get_mut().call(request)),
            inspector,
        }
    }
}

/// An error of reqwest itself: to build a request, or to read a body.
impl From<reqwest::Error> for PrivacyError {
    fn from(error: reqwest::Error) -> Self {
        from_service(error)
    }
}

fn from_service(error: impl Into<BoxError>) -> PrivacyError {
    let mut error = error.into();
    if let Some(error) = error.downcast_mut() {
        hide_secrets(error);
    }
    error.into()
}

/// Rule 5.
pub(super) fn hide_secrets(error: &mut reqwest::Error) {
    if let Some(url) = error.url_mut() {
        url.set_query(None);
        url.set_fragment(None);
    }
}

/// Response future of [`Privacy`] over a service of [`reqwest::Request`].
#[pin_project]
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<F> {
    #[pin]
    state: State<F>,
    inspector: Inspector,
}

#[pin_project(project = StateProj)]
enum State<F> {
    Calling(#[pin] F),
    Inspecting(Converted),
}

impl<F, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Response, PrivacyError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.state.as_mut().project() {
                StateProj::Calling(future) => {
                    let response = ready!(future.poll(cx)).map_err(|error| {
                        let error = from_service(error);
                        this.inspector.failed(&error);
                        error
                    })?;
                    match admit(response, this.inspector)? {
                        Admitted::No(response) => return Poll::Ready(Ok(response)),
                        Admitted::Yes(converted) => this.state.set(State::Inspecting(converted)),
                    }
                }
                StateProj::Inspecting(converted) => return converted.poll(cx, this.inspector),
            }
        }
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Calling(_) => "ResponseFuture(Calling)",
            State::Inspecting(_) => "ResponseFuture(Inspecting)",
        })
    }
}

pub(super) enum Admitted {
    No(Response),
    Yes(Converted),
}

/// Fails if the head alone is a denial.
pub(super) fn admit(response: Response, inspector: &Inspector) -> Result<Admitted, PrivacyError> {
    let length = response.content_length();
    let (status, headers) = (response.status(), response.headers());
    let body = || (length == Some(0), length.unwrap_or(0));
    match inspector.look_at(status, headers, body) {
        Look::Pass => Ok(Admitted::No(response)),
        Look::Head => {
            inspector.judge_head(status, headers)?;
            Ok(Admitted::No(response))
        }
        look @ (Look::Xml { .. } | Look::Json) => {
            let url = Some(Box::new(response.url().clone()));
            let inspecting = Inspecting::new(response.into(), look);
            Ok(Admitted::Yes(Converted { inspecting, url }))
        }
    }
}

/// A response being inspected, with what its conversion would lose.
pub(super) struct Converted {
    inspecting: Inspecting<Body>,
    url: Option<Box<Url>>,
}

impl Converted {
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        inspector: &Inspector,
    ) -> Poll<Result<Response, PrivacyError>> {
        let response = ready!(self.inspecting.poll(cx, inspector))?;
        Poll::Ready(Ok(restore(response, self.url.take())))
    }
}

/// The inverse of `http::Response::from(reqwest::Response)`, which drops the URL. Only a builder
/// can put it where reqwest looks for it.
fn restore(response: http::Response<ResponseBody<Body>>, url: Option<Box<Url>>) -> Response {
    let (mut head, body) = response.into_parts();
    let carrier = url.map(|url| http::Response::builder().url(*url).body(()));
    if let Some(Ok(carrier)) = carrier {
        head.extensions.extend(carrier.into_parts().0.extensions);
    }
    http::Response::from_parts(head, Body::wrap(body)).into()
}
