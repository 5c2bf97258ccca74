//! The inbound layer and its settings.

use std::{fmt, sync::Arc};

use tower_layer::Layer;

use super::service::PrivacyReturn;
use crate::inbound::{request::Inbound, settings::settings};

/// Layer that applies [`PrivacyReturn`]: it turns a [`PrivacyError`](crate::PrivacyError) into the reply that
/// suits the client, and brings users back to the page that they asked for.
///
/// [`PrivacyLayer`](crate::PrivacyLayer) goes around the outbound client, and this layer around the handlers.
/// With both in place, a handler needs nothing but `?`.
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
/// # Order of layers
///
/// Put this layer outside every layer that makes calls, and inside those that log, compress, normalize paths
/// or set cookies. On a `Router`, the layer that is added first is innermost:
///
/// ```
/// use axum::{Router, extract::Request, middleware::{Next, from_fn}, response::Response};
/// use tower_http::{compression::CompressionLayer, trace::TraceLayer};
/// use tower_privacy::{PrivacyError, PrivacyReturnLayer, ReturnUrl};
///
/// # async fn fetch_profile() -> Result<String, PrivacyError> {
/// #     Err(PrivacyError::Service("timed out".into()))
/// # }
/// #
/// /// Makes a call, so it needs the user's context, and may be denied.
/// async fn profile(mut request: Request, next: Next) -> Result<Response, PrivacyError> {
///     let profile = fetch_profile().await?;
///     request.extensions_mut().insert(profile);
///     Ok(next.run(request).await)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use tower::ServiceExt;
/// # let home = ReturnUrl::try_from("https://app.example/")?;
/// # let routes = Router::new();
/// let app: Router = routes
///     .layer(from_fn(profile))
///     .layer(PrivacyReturnLayer::new(home))
///     .layer(CompressionLayer::new())
///     .layer(TraceLayer::new_for_http());
/// # let request = Request::get("/contacts").body(axum::body::Body::empty())?;
/// # assert_eq!(app.oneshot(request).await?.status(), 502);
/// # Ok(())
/// # }
/// ```
///
/// In a `ServiceBuilder` it is the other way round: the layer that is added first is outermost.
///
/// - Calls made in a layer outside this one have no context, so a denial there sends nobody anywhere.
/// - A logger inside this layer writes the status of a reply that is replaced later.
///
/// # Where a user comes back to
///
/// 1. A GET or HEAD whose URL becomes the address of the page returns to that URL: the base URL, followed by
///    the path and query of the request as it reaches this layer, with the prefixes that nesting has removed. That
///    is a page opened in a window, a boosted link of htmx, a Turbo visit outside frames, an Inertia visit that is
///    not partial, or a link of Unpoly, swup, barba or pjax.
/// 2. A frame returns to the page around it. That is its `Referer`, if that is a page of the app and no
///    `Sec-Fetch-User` says that the user followed a link inside the frame. Otherwise it returns to its own
///    URL.
/// 3. Any other request returns to the page that made it: `HX-Current-URL`, or else `Referer`, if that is a
///    page of the app and not a script (`.js`, `.mjs`), such as a worker's. Otherwise it returns to the
///    [landing page](Self::landing_page). A worker has to send `HX-Current-URL`, and so does a page whose
///    referrer policy hides its path. Without it, the layer does not know what the user was asked, and
///    may send them away again.
/// 4. The pages of the app are those at the origins of the base URL, of the landing page, and of
///    [`also_at`](Self::also_at). From one of these origins to another, browsers send only the origin as
///    `Referer`, which names no page. So a page of another origin has to send `HX-Current-URL`, and the app
///    has to allow that header in its CORS configuration.
/// 5. No user returns to a path of [`never_return_to`](Self::never_return_to). Rule 3 applies instead.
/// 6. The path of the base URL is put before the path of the request. It does not restrict paths:
///    `/%2e%2e/other` is one too. `:authority` or `Host` chooses among the configured bases. Forwarded headers
///    are ignored.
/// 7. A location of 3,500 bytes or more may exceed the header buffers of proxies. The return URL then loses its
///    query. If that is not enough, it loses its path too, and is the landing page. It keeps its marker.
/// 8. The marker of that URL tells what the user was asked for before. The layer removes it from the request's
///    URI, so handlers, extractors and inner layers do not see it.
/// 9. A handler's calls have the [`PrivacyContext`](crate::PrivacyContext). The work that it spawns does not:
///    take the context along ([`scope`](crate::PrivacyContext::scope)), or put it in the extensions of the
///    outbound request. In axum, the context is an extractor.
/// 10. If such layers are nested, the outermost decides where users return to, and the innermost replies.
///
/// A request that is not denied costs one pass over its headers, a look at `Accept` if these do not tell who
/// asks, and two small allocations. Removing a marker costs two more. No URL is parsed.
///
/// # Replies
///
/// [`Audience`](crate::Audience) says how the layer tells who asks. [`map_reply`](Self::map_reply) can replace
/// any reply. A reply keeps the headers that inner layers set, such as cookies and CORS headers, but not those
/// that describe the body that it replaces.
///
#[doc = include_str!("../replies.md")]
///
/// # How the signal is found
///
/// In axum, a handler fails with [`PrivacyError`](crate::PrivacyError), or with an error of your own whose
/// `into_response` calls that of the `PrivacyError` in it:
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
///         match self {
///             Self::Privacy(error) => error.into_response(),
///             Self::NotFound => (StatusCode::NOT_FOUND, "no such page").into_response(),
///         }
///     }
/// }
/// ```
///
#[doc = include_str!("../found.md")]
///
/// A handler that fails with a `StatusCode` needs another return type, [`axum::response::Result`]. In it, `?`
/// converts everything that is a response: a `StatusCode`, a `PrivacyError`, and a `&PrivacyError` that you
/// found. Where the handler has `Err(status)`, it needs `Err(status.into())`.
///
/// ```
/// use axum::response::Result;
/// use http::StatusCode;
/// use tower_privacy::PrivacyError;
///
/// # async fn fetch(_: &str) -> std::result::Result<String, PrivacyError> {
/// #     Err(PrivacyError::Service("timed out".into()))
/// # }
/// #
/// // This was `Result<String, StatusCode>`.
/// async fn contact(id: Option<&str>) -> Result<String> {
///     let id = id.ok_or(StatusCode::NOT_FOUND)?;
///     Ok(fetch(id).await?)
/// }
/// # let _ = contact;
/// ```
///
/// In another Tower host, an inner service may also fail with `PrivacyError`, or with a boxed error that leads
/// to one. Other errors pass through.
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
