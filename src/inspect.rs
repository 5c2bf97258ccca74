//! The inspection of one response: gate, peek, verdict.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::SystemTime,
};

use http::{HeaderMap, Method, Response, StatusCode};
use http_body::Body;
use pin_project::pin_project;

use crate::{
    body::ResponseBody,
    context::{PrivacyContext, User},
    denial::{
        Denial, encoding,
        gate::{self, Head},
        parse::{self, Document},
    },
    error::{PrivacyError, RejectedDenial, RejectionKind},
    layer::{PrivacyLayer, Settings},
    peek::Peek,
    redirect::PrivacyRedirect,
    report,
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
    settings: Arc<Settings>,
    /// The context that the call brought.
    context: Option<PrivacyContext>,
    /// The request was a HEAD.
    bodiless: bool,
}

impl Inspector {
    pub(crate) fn new(
        settings: &Arc<Settings>,
        context: Option<PrivacyContext>,
        method: &Method,
    ) -> Self {
        Self {
            settings: Arc::clone(settings),
            context,
            bodiless: Head::is_head(method),
        }
    }

    /// Whether the response is worth a look. If not, it is passed through as it is.
    pub(crate) fn admits<R: Body>(&self, response: &Response<R>) -> bool {
        let body = response.body();
        self.admits_head(
            response.status(),
            response.headers(),
            body.is_end_stream(),
            body.size_hint().lower(),
        )
    }

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
        gate::admits(head, headers, self.settings.max_document_bytes())
    }

    fn context(&self) -> &PrivacyContext {
        self.context.as_ref().unwrap_or(self.settings.context())
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

        let Some(url) = &document.url else {
            return rejected(RejectionKind::MissingUrl, None);
        };
        let Ok(url) = url::Url::parse(url) else {
            return rejected(RejectionKind::InvalidUrl, None);
        };
        if !self.settings.trusts(&url) {
            return rejected(RejectionKind::UntrustedEndpoint, Some(url));
        }
        let denial = Denial::new(document.code, status, url);
        match self.context().user() {
            User::ReturnsTo(return_url) => {
                PrivacyError::Redirect(PrivacyRedirect::new(denial, return_url.clone()))
            }
            User::Visits(visit) => {
                let guard = self.settings.guard();
                guard.decide(denial, visit, SystemTime::now())
            }
            User::Absent => PrivacyError::InteractionRequired(denial),
        }
    }
}

/// A response whose body is being looked at.
pub(crate) struct Inspecting<R: Body>(Option<Pin<Box<Peek<R>>>>);

impl<R: Body> Inspecting<R> {
    pub(crate) fn new(response: Response<R>) -> Self {
        Self(Some(Box::pin(Peek::new(response))))
    }

    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        inspector: &Inspector,
    ) -> Poll<Result<Response<ResponseBody<R>>, PrivacyError>> {
        let Some(peek) = &mut self.0 else {
            // The future was ready before: there is nothing to wait for.
            return Poll::Pending;
        };
        let max = inspector.settings.max_document_bytes();
        let error = if ready!(peek.as_mut().poll_document(cx, max)) {
            peek.inspect(|status, headers, body| inspector.judge(status, headers, body))
        } else {
            None
        };
        let Some(mut peek) = self.0.take() else {
            return Poll::Pending;
        };
        match (error, peek.as_mut().take_head()) {
            (Some(error), _) => Poll::Ready(Err(error)),
            (None, Some(head)) => {
                Poll::Ready(Ok(Response::from_parts(head, ResponseBody::peeked(peek))))
            }
            (None, None) => Poll::Pending,
        }
    }
}
