//! Inspects one response: look, peek, verdict.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Extensions, HeaderMap, Method, Response, StatusCode, response::Parts};
use http_body::Body;
use pin_project::pin_project;
use url::Url;

use super::{
    body::ResponseBody,
    gate::{self, Head, Label, Readable},
    peek::{Found, Peek},
    settings::Settings,
};
use crate::{
    error::{PrivacyError, RejectedDenial},
    protocol::{Denial, Look, RejectionKind, Verdict},
    report,
    trip::{PrivacyContext, User},
};

/// The future of [`PrivacyLayer::inspect`](crate::PrivacyLayer::inspect).
///
/// It is `Unpin` for every body: no field is pinned.
#[pin_project]
#[must_use = "futures do nothing unless polled"]
pub struct Inspect<R: Body> {
    state: InspectState<R>,
    inspector: Inspector,
}

enum InspectState<R: Body> {
    Waiting(Option<Response<R>>),
    Inspecting(Inspecting<R>),
}

impl<R: Body> Inspect<R> {
    pub(super) fn new(response: Response<R>, inspector: Inspector) -> Self {
        Self {
            state: InspectState::Waiting(Some(response)),
            inspector,
        }
    }
}

impl<R: Body> Future for Inspect<R> {
    type Output = Outcome<R>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match this.state {
            InspectState::Waiting(response) => {
                let Some(response) = response.take() else {
                    // The future has already been ready.
                    return Poll::Pending;
                };
                this.inspector.prefer_current();
                match this.inspector.look(&response) {
                    Look::Pass => Poll::Ready(Ok(untouched(response))),
                    look => Inspecting::begin(response, look, cx, this.inspector, |waiting| {
                        *this.state = InspectState::Inspecting(waiting);
                    }),
                }
            }
            InspectState::Inspecting(inspecting) => inspecting.poll(cx, this.inspector),
        }
    }
}

impl<R: Body> fmt::Debug for Inspect<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspect").finish_non_exhaustive()
    }
}

/// Inspects the response of one call.
pub(super) struct Inspector {
    settings: Arc<Settings>,
    /// The context of the call.
    context: Option<PrivacyContext>,
    /// Whether the request was a HEAD.
    bodiless: bool,
}

impl Inspector {
    /// Takes the context from the request's extensions, or else from the running task.
    #[inline]
    pub(super) fn new(settings: &Arc<Settings>, method: &Method, extensions: &Extensions) -> Self {
        let context = extensions.get::<PrivacyContext>().cloned();
        Self {
            settings: Arc::clone(settings),
            context: context.or_else(PrivacyContext::current),
            bodiless: method == Method::HEAD,
        }
    }

    /// The running task's context, where it has one, in place of that of the call.
    pub(super) fn prefer_current(&mut self) {
        if let Some(context) = PrivacyContext::current() {
            self.context = Some(context);
        }
    }

    /// Decides by the head what to inspect. Most responses are passed on.
    #[inline]
    pub(super) fn look<R: Body>(&self, response: &Response<R>) -> Look {
        let body = response.body();
        self.look_at(response.status(), response.headers(), || {
            (body.is_end_stream(), body.size_hint().lower())
        })
    }

    /// The same. `body` returns whether the body has ended, and its minimum length.
    #[inline]
    pub(super) fn look_at(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: impl FnOnce() -> (bool, u64),
    ) -> Look {
        let settings = &*self.settings;
        let look = settings.protocol.look(status, headers);
        let label = match look {
            Look::Pass => {
                self.answered(status);
                return Look::Pass;
            }
            Look::Head => return Look::Head,
            Look::Xml { .. } => Label::Xml,
            Look::Json => Label::Json,
        };
        let readable = if gate::is_labelled(label, headers) {
            let (ended, at_least) = body();
            let head = Head {
                status,
                bodiless: self.bodiless,
                ended,
                at_least,
            };
            gate::readable(head, headers, settings.max_document_bytes)
        } else {
            Readable::NoDocument
        };
        match readable {
            Readable::Yes => return look,
            Readable::NoDocument => {}
            Readable::Encoded => self.not_inspected("encoded", status),
            Readable::TooLong => self.not_inspected("length", status),
        }
        self.answered(status);
        Look::Pass
    }

    #[cold]
    fn not_inspected(&self, reason: &'static str, status: StatusCode) {
        report::not_inspected(reason, status, self.settings.upstream());
    }

    /// Fails if the head is a denial.
    #[cold]
    pub(super) fn judge_head(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<(), PrivacyError> {
        if let Some(error) = self.judge(status, headers, &[]) {
            return Err(error);
        }
        self.answered(status);
        Ok(())
    }

    /// The outcome for a response whose body was inspected.
    fn conclude<R: Body>(&self, head: Parts, peek: Pin<Box<Peek<R>>>, found: Found) -> Outcome<R> {
        match found {
            Found::Other => {}
            Found::TooLong => report::too_long(head.status, self.settings.upstream()),
            Found::Document => {
                if let Some(error) = self.judge(head.status, &head.headers, &peek.document()) {
                    return Err(error);
                }
            }
        }
        self.answered(head.status);
        Ok(Response::from_parts(head, ResponseBody::peeked(peek)))
    }

    /// Records that upstream has answered without a denial. Only metrics depend on it.
    #[inline]
    fn answered(&self, status: StatusCode) {
        if cfg!(feature = "metrics")
            && status.is_success()
            && let Some(context) = &self.context
        {
            context.answer();
        }
    }

    /// Reports that the inner service failed. A denial that comes from a layer further in was reported there.
    pub(super) fn failed(&self, error: &(dyn std::error::Error + 'static)) {
        if !PrivacyError::find(error).is_some_and(PrivacyError::is_denial) {
            report::failed(self.settings.upstream());
        }
    }

    /// The error for a response, if it is a denial.
    fn judge(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<PrivacyError> {
        match self.settings.protocol.read(status, headers, body) {
            Verdict::NotDenied => None,
            Verdict::Denied(denial) => Some(self.signal(denial.with_status(status))),
            Verdict::Rejected(kind) => Some(self.report(self.rejected(kind, status, None), status)),
        }
    }

    /// The error for a denial. Trust is checked first: a URL that must not be followed is an error, whether
    /// there is a user or not.
    pub(super) fn signal(&self, denial: Denial) -> PrivacyError {
        let settings = &*self.settings;
        let status = denial.status();
        let error = if settings.trusts(denial.interaction_url()) {
            let context = self.context.as_ref().or(settings.context.as_ref());
            let user = context.map_or(&User::Absent, PrivacyContext::user);
            let decision = settings.guard.decide(&*settings.protocol, denial, user);
            decision.into()
        } else {
            let url = denial.interaction_url().clone();
            self.rejected(RejectionKind::UntrustedEndpoint, status, Some(url))
        };
        self.report(error, status)
    }

    fn rejected(&self, kind: RejectionKind, status: StatusCode, url: Option<Url>) -> PrivacyError {
        let expected = self.settings.trusted();
        PrivacyError::Rejected(RejectedDenial::new(kind, status, url, expected))
    }

    fn report(&self, error: PrivacyError, status: StatusCode) -> PrivacyError {
        let has_context = self.context.is_some() || self.settings.context.is_some();
        report::denied(&error, status, self.settings.upstream(), has_context);
        error
    }
}

/// What an inspection results in.
pub(super) type Outcome<R> = Result<Response<ResponseBody<R>>, PrivacyError>;

/// A response whose body is being inspected.
pub(super) struct Inspecting<R: Body>(Option<Pin<Box<Peek<R>>>>);

impl<R: Body> Inspecting<R> {
    /// For a look that reads the body.
    #[cfg(any(feature = "reqwest", feature = "reqwest-0-12"))]
    pub(super) fn new(response: Response<R>, look: Look) -> Self {
        let (head, body) = response.into_parts();
        Self::waiting(head, Box::pin(Peek::new(body, look)))
    }

    /// Starts to inspect a response, and calls `wait` if its body is not ready. Most bodies are decided by
    /// the frame that is there, and need not store the head.
    #[inline]
    pub(super) fn begin(
        response: Response<R>,
        look: Look,
        cx: &mut Context<'_>,
        inspector: &Inspector,
        wait: impl FnOnce(Self),
    ) -> Poll<Outcome<R>> {
        if matches!(look, Look::Head) {
            let judged = inspector.judge_head(response.status(), response.headers());
            return Poll::Ready(judged.map(|()| untouched(response)));
        }
        let (head, body) = response.into_parts();
        let mut peek = Box::pin(Peek::new(body, look));
        let max = inspector.settings.max_document_bytes;
        match peek.as_mut().poll_document(cx, max) {
            Poll::Ready(found) => Poll::Ready(inspector.conclude(head, peek, found)),
            Poll::Pending => {
                wait(Self::waiting(head, peek));
                Poll::Pending
            }
        }
    }

    fn waiting(head: Parts, mut peek: Pin<Box<Peek<R>>>) -> Self {
        peek.as_mut().hold_head(head);
        Self(Some(peek))
    }

    #[inline(never)]
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, inspector: &Inspector) -> Poll<Outcome<R>> {
        let Some(peek) = &mut self.0 else {
            // The future has already been ready.
            return Poll::Pending;
        };
        let max = inspector.settings.max_document_bytes;
        let found = ready!(peek.as_mut().poll_document(cx, max));
        let head = peek.as_mut().take_head();
        match head.zip(self.0.take()) {
            Some((head, peek)) => Poll::Ready(inspector.conclude(head, peek, found)),
            None => Poll::Pending,
        }
    }
}

/// Not inlined, so that the compiler writes the response to where it is returned. Inlined, it would build the
/// response elsewhere and copy it.
#[inline(never)]
pub(super) fn untouched<R: Body>(response: Response<R>) -> Response<ResponseBody<R>> {
    response.map(ResponseBody::from)
}
