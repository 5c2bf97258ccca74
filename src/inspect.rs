//! The inspection of one response: gate, peek, verdict.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, Method, Response, StatusCode, response::Parts};
use http_body::Body;
use pin_project::pin_project;

use crate::{
    body::ResponseBody,
    context::{PrivacyContext, User},
    denial::{
        Denial, encoding,
        gate::{self, Admission, Head},
        parse::{self, Document},
    },
    error::{PrivacyError, RejectedDenial, RejectionKind},
    layer::PrivacyLayer,
    peek::{Found, Peek},
    redirect::PrivacyRedirect,
    report,
    settings::Shared,
};

/// Does the layer's work for one response, for a client that is no Tower service.
///
/// The settings are the layer's; its own return URL is not used, [`PrivacyLayer::context`] gives a
/// context that has it. The response to a HEAD request has no body to inspect.
///
/// # Errors
///
/// [`PrivacyError`] if the response is a denial. Any other response comes back untouched, in a
/// [`ResponseBody`].
///
/// # Example
///
/// ```
/// use http_body_util::BodyExt;
/// use tower_privacy::{PrivacyContext, PrivacyLayer, ReturnUrl, inspect};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let layer = PrivacyLayer::new(ReturnUrl::try_from("https://app.example/")?);
/// let context = PrivacyContext::new(ReturnUrl::try_from("https://app.example/contacts")?);
///
/// let response = http::Response::new("<contacts/>".to_owned());
/// let response = inspect(response, &context, &layer).await?;
/// assert_eq!(response.into_body().collect().await?.to_bytes(), "<contacts/>");
/// # Ok(())
/// # }
/// ```
pub fn inspect<R: Body>(
    response: Response<R>,
    context: &PrivacyContext,
    layer: &PrivacyLayer,
) -> Inspect<R> {
    let inspector = Inspector::new(layer.settings(), Some(context.clone()), &Method::GET);
    let state = if inspector.admits(&response) {
        InspectState::Inspecting(Inspecting::new(response))
    } else {
        InspectState::Untouched(Some(response.map(ResponseBody::untouched)))
    };
    Inspect { state, inspector }
}

/// The future of [`inspect`](crate::inspect()).
///
/// It is `Unpin` whatever the body is: nothing in it is pinned in place.
#[pin_project]
#[must_use = "futures do nothing unless polled"]
pub struct Inspect<R: Body> {
    state: InspectState<R>,
    inspector: Inspector,
}

enum InspectState<R: Body> {
    Untouched(Option<Response<ResponseBody<R>>>),
    Inspecting(Inspecting<R>),
}

impl<R: Body> Future for Inspect<R> {
    type Output = Result<Response<ResponseBody<R>>, PrivacyError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match this.state {
            InspectState::Untouched(response) => match response.take() {
                Some(response) => Poll::Ready(Ok(response)),
                // The future was ready before: there is nothing to wait for.
                None => Poll::Pending,
            },
            InspectState::Inspecting(inspecting) => inspecting.poll(cx, this.inspector),
        }
    }
}

impl<R: Body> fmt::Debug for Inspect<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspect").finish_non_exhaustive()
    }
}

/// What is needed to inspect the response of one call.
pub(crate) struct Inspector {
    settings: Shared,
    /// The context that the call brought.
    context: Option<PrivacyContext>,
    /// The request was a HEAD.
    bodiless: bool,
}

impl Inspector {
    #[inline]
    pub(crate) fn new(settings: &Shared, context: Option<PrivacyContext>, method: &Method) -> Self {
        Self {
            settings: settings.clone(),
            context,
            bodiless: Head::is_head(method),
        }
    }

    /// Whether the response is worth a look. If not, it is passed through as it is.
    #[inline]
    pub(crate) fn admits<R: Body>(&self, response: &Response<R>) -> bool {
        let body = response.body();
        self.admits_head(
            response.status(),
            response.headers(),
            body.is_end_stream(),
            body.size_hint().lower(),
        )
    }

    #[inline]
    pub(crate) fn admits_head(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        ended: bool,
        at_least: u64,
    ) -> bool {
        let head = Head {
            status,
            bodiless: self.bodiless,
            ended,
            at_least,
        };
        match gate::admission(head, headers, self.settings.max_document_bytes) {
            Admission::Look => true,
            Admission::Pass => {
                self.answered(status);
                false
            }
            reason @ (Admission::Encoded | Admission::TooLong) => {
                report::not_inspected(reason, status);
                self.answered(status);
                false
            }
        }
    }

    fn context(&self) -> &PrivacyContext {
        self.context.as_ref().unwrap_or(&self.settings.context)
    }

    /// What becomes of a response that was looked at.
    fn conclude<R: Body>(&self, head: Parts, peek: Pin<Box<Peek<R>>>, found: Found) -> Outcome<R> {
        match found {
            Found::Other => {}
            Found::TooLong => report::too_long(head.status),
            Found::Document => {
                if let Some(error) = self.judge(head.status, &head.headers, &peek.document()) {
                    return Err(error);
                }
            }
        }
        self.answered(head.status);
        Ok(Response::from_parts(head, ResponseBody::peeked(peek)))
    }

    /// Upstream has answered, and this is no denial. Only a count hangs on it.
    #[inline]
    fn answered(&self, status: StatusCode) {
        if cfg!(feature = "metrics")
            && status.is_success()
            && let Some(context) = &self.context
        {
            context.answer();
        }
    }

    /// The error that a whole body is, if it is a denial.
    fn judge(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<PrivacyError> {
        let text = encoding::decode(body, gate::charset(headers))?;
        let document = parse::parse(&text)?;
        let error = self.verdict(status, &document);
        report::denied(&error, status);
        Some(error)
    }

    /// What follows from a denial's document. Trust comes first: a URL that must not be followed is
    /// loud, whether there is a user or not.
    fn verdict(&self, status: StatusCode, document: &Document<'_>) -> PrivacyError {
        let rejected = |kind, url| PrivacyError::Rejected(RejectedDenial::new(kind, status, url));

        let Some(text) = &document.url else {
            return rejected(RejectionKind::MissingUrl, None);
        };
        let url = match self.settings.trusted_url(text) {
            Some(url) => url,
            None => match url::Url::parse(text) {
                Err(_) => return rejected(RejectionKind::InvalidUrl, None),
                Ok(url) if self.settings.trusts(&url) => url,
                Ok(url) => return rejected(RejectionKind::UntrustedEndpoint, Some(url)),
            },
        };
        let denial = Denial::new(document.code, status, url);
        match self.context().user() {
            User::ReturnsTo(return_url) => {
                PrivacyError::Redirect(PrivacyRedirect::new(denial, return_url.clone()))
            }
            User::Visits(visit) => {
                let guard = &self.settings.guard;
                guard.decide(denial, visit, guard.now())
            }
            User::Absent => PrivacyError::InteractionRequired(denial),
        }
    }
}

/// What a response becomes.
pub(crate) type Outcome<R> = Result<Response<ResponseBody<R>>, PrivacyError>;

/// A response whose body is being looked at.
pub(crate) struct Inspecting<R: Body>(Option<Pin<Box<Peek<R>>>>);

impl<R: Body> Inspecting<R> {
    pub(crate) fn new(response: Response<R>) -> Self {
        let (head, body) = response.into_parts();
        Self::waiting(head, Box::pin(Peek::new(body)))
    }

    /// Looks at a response, and hands it on if its body makes one wait. Most are settled by the frame
    /// that is there, and their heads are not put aside.
    #[inline]
    pub(crate) fn begin(
        response: Response<R>,
        cx: &mut Context<'_>,
        inspector: &Inspector,
        wait: impl FnOnce(Self),
    ) -> Poll<Outcome<R>> {
        let (head, body) = response.into_parts();
        let mut peek = Box::pin(Peek::new(body));
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
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, inspector: &Inspector) -> Poll<Outcome<R>> {
        let Some(peek) = &mut self.0 else {
            // The future was ready before: there is nothing to wait for.
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
