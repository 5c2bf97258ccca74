//! The inbound layer and its settings.

use std::{fmt, sync::Arc};

use tower_layer::Layer;

use super::service::PrivacyReturn;
use crate::inbound::{request::Inbound, settings::settings};

/// Layer that applies [`PrivacyReturn`]: it knows where each user comes back to, and answers the signal.
///
/// It stands on the incoming side of a service, around its handlers, as
/// [`PrivacyLayer`](crate::PrivacyLayer) stands around its outbound client. With both in place a
/// handler needs nothing but `?`.
///
/// # Example
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::{Request, header::LOCATION};
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
/// use tower_privacy::{PrivacyError, PrivacyLayer, PrivacyReturnLayer, ReturnUrl};
///
/// async fn contacts() -> Result<&'static str, PrivacyError> {
///     // Any client that is a Tower service. This one is always denied.
///     let upstream = service_fn(|_: http::Request<()>| async {
///         Ok::<_, PrivacyError>(http::Response::new(String::from(
///             "<error><detail>PrivacyAccessDeniedException</detail><url>\
///              http://privacy.orange.fr/urm-gui/interaction.do?family=contact&amp;attributes=,see\
///              </url></error>",
///         )))
///     });
///     let client = ServiceBuilder::new().layer(PrivacyLayer::new()).service(upstream);
///     client.oneshot(http::Request::new(())).await?;
///     Ok("Ada, Charles")
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let base = ReturnUrl::try_from("https://app.example/")?;
/// let app: Router = Router::new()
///     .route("/contacts", get(contacts))
///     .layer(PrivacyReturnLayer::new(base));
///
/// let request = Request::get("/contacts?page=2").header("sec-fetch-mode", "navigate");
/// let reply = app.oneshot(request.body(Body::empty())?).await?;
/// assert_eq!(reply.status(), 303);
/// assert!(reply.headers()[LOCATION].to_str()?.starts_with(
///     "http://privacy.orange.fr/urm-gui/interaction.do?family=contact&attributes=,see\
///      &urlRetour=https%3A%2F%2Fapp.example%2Fcontacts%3Fpage%3D2%26fromOrangePrivacy%3D",
/// ));
/// # Ok(())
/// # }
/// ```
///
/// # Where a user comes back to
///
/// 1. A GET or HEAD that takes the page to its target returns to its own URL: the base URL with the path
///    and query of the request as the client sent it, under any nesting. That is what opens a page in a window, a
///    boosted link of htmx, a Turbo visit outside of frames, an Inertia visit that is not partial, and a
///    link of Unpoly, swup, barba or pjax.
/// 2. A frame returns to the page around it: `Referer`, if that is a page of the app, and no
///    `Sec-Fetch-User` says that the user went on inside the frame. Otherwise it returns to its own URL.
/// 3. Any other request returns to the page that made it: `HX-Current-URL`, or else `Referer`, if it is a page
///    of the app and no script (`.js`, `.mjs`), as a worker's is. If there is none, it returns to the
///    [landing page](Self::landing_page). A worker, and a page whose referrer policy keeps its path to
///    itself, have to send `HX-Current-URL` with their requests; otherwise it is not known what the
///    user was asked, and they may be sent away again.
/// 4. Pages of the app are those of the base URL's origin, of the landing page's, and of those that it is
///    [also at](Self::also_at). From one of these to another a `Referer` is only an origin, which names no page.
///    So a page of another origin has to send `HX-Current-URL`, and the host has to allow that by CORS.
/// 5. Nobody returns to a path of [`never_return_to`](Self::never_return_to). The user then returns as in rule 3.
/// 6. The base's path goes before that of the request and is no bound: `/%2e%2e/other` is a path too.
///    `:authority` or `Host` chooses among the bases that are configured; forwarded headers are not looked at.
/// 7. A location of 3,500 bytes or more would not fit through proxies. The return URL then loses its query, and
///    if that is not enough its path: it is the landing page. It does not lose the marker.
/// 8. What the user was asked before is read from the marker of the same URL. The marker is taken
///    from the URI before the handler, its extractors and inner layers see it.
/// 9. The call of a handler has the [`PrivacyContext`](crate::PrivacyContext), the work that it
///    spawns has not: take it along ([`scope`](crate::PrivacyContext::scope)), or put it in the
///    outbound request's extensions. In axum it is an extractor.
/// 10. Where layers of this kind are inside one another, the outermost knows where to return to, and
///     the innermost answers.
///
/// A request that is not denied costs one pass over its headers, a look at `Accept` if these do not tell who
/// asks, and two small allocations; with a marker, which has to be taken out of the URI, it costs two more. No
/// URL is parsed.
///
/// # What is answered
///
/// Who asks is decided as [`Audience`](crate::Audience) says. [`map_reply`](Self::map_reply) can replace each
/// reply. A reply keeps the headers that layers further in have set, such as cookies and CORS; those that
/// describe the replaced body go.
///
#[doc = include_str!("../replies.md")]
///
/// # How the signal is found
///
/// In axum, a handler fails with [`PrivacyError`](crate::PrivacyError), or with an error whose `into_response` hands over
/// the one that it wraps. That is one line for an app's own error type:
///
/// ```
/// use axum::response::{IntoResponse, Response};
/// use http::StatusCode;
/// use tower_privacy::PrivacyError;
///
/// #[derive(Debug, thiserror::Error)]
/// enum AppError {
///     #[error("your data could not be read")]
///     Privacy(#[from] PrivacyError),
///     #[error("no such page")]
///     NotFound,
/// }
///
/// impl IntoResponse for AppError {
///     fn into_response(self) -> Response {
///         if let Some(signal) = PrivacyError::find(&self) {
///             return signal.into_response();
///         }
///         (StatusCode::NOT_FOUND, self.to_string()).into_response()
///     }
/// }
/// ```
///
/// What that error must do is to lead to the signal by `source()`, as `#[from]` and `#[source]` of
/// `thiserror` have it, or to be `anyhow`'s (`PrivacyError::find(error.as_ref())`). Through
/// `#[error(transparent)]` the signals are found too, but not a `Service` error.
///
/// In another Tower host, an inner service may also fail with `PrivacyError` or with a boxed error
/// that leads to one. Its other errors are passed on.
///
/// A clone shares the settings.
#[derive(Clone)]
pub struct PrivacyReturnLayer {
    inbound: Arc<Inbound>,
}

settings!(PrivacyReturnLayer);

impl<S> PrivacyReturn<S> {
    /// Wraps a service, with the settings of this layer.
    #[must_use]
    pub fn new(inner: S, layer: &PrivacyReturnLayer) -> Self {
        Self::with(inner, Arc::clone(&layer.inbound))
    }
}

impl<S> Layer<S> for PrivacyReturnLayer {
    type Service = PrivacyReturn<S>;

    fn layer(&self, inner: S) -> PrivacyReturn<S> {
        PrivacyReturn::new(inner, self)
    }
}

impl fmt::Debug for PrivacyReturnLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PrivacyReturnLayer")
            .field(&self.inbound)
            .finish()
    }
}
