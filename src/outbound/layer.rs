//! The layer and its setters.

use std::{fmt, sync::Arc, time::Duration};

use http::{Extensions, Method, Response};
use http_body::Body;
use tower_layer::Layer;

use super::{
    inspect::{Inspect, Inspector},
    service::Privacy,
    settings::Settings,
};
use crate::{
    error::PrivacyError,
    protocol::{Denial, Protocol},
    trip::{MarkerName, PrivacyContext},
    urls::{PrivacyEndpoint, ReturnUrl},
};

/// The default of [`PrivacyLayer::max_document_bytes`]: 64 KiB.
///
/// # Example
///
/// ```
/// assert_eq!(tower_privacy::DEFAULT_MAX_DOCUMENT_BYTES, 64 * 1024);
/// ```
pub const DEFAULT_MAX_DOCUMENT_BYTES: usize = 65_536;

/// Layer that applies [`Privacy`], which turns an upstream's denial into a typed error.
///
/// A layer is for one upstream, and has one [`Protocol`]. The default is Orange's; to use another one, call
/// [`protocol`](Self::protocol). The setters can be called in any order. Clones and services share the
/// settings.
///
/// The [`PrivacyContext`] of a call says where the user comes back to. It is taken from the request's
/// extensions, or else from the running task. In a handler behind `PrivacyReturnLayer` or
/// `actix::PrivacyReturn`, every call has one. Without a context, and without [`return_to`](Self::return_to),
/// a denied call fails with [`InteractionRequired`](PrivacyError::InteractionRequired).
///
/// # Example
///
/// ```
/// use tower_privacy::{Denial, PrivacyEndpoint, PrivacyError, PrivacyLayer};
///
/// let page = "https://privacy.staging.example/interaction.do";
/// let layer = PrivacyLayer::new()
///     .also_trust(PrivacyEndpoint::new(page)?)
///     .max_document_bytes(16 * 1024)
///     .return_to("https://app.example/".parse()?);
///
/// let error = layer.signal(Denial::new("orange", page.parse()?));
/// assert!(matches!(error, PrivacyError::Redirect(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PrivacyLayer {
    settings: Arc<Settings>,
}

impl PrivacyLayer {
    /// Creates a layer for Orange's Personal APIs, with the default of each setter.
    ///
    /// # Example
    ///
    /// ```
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tower_privacy::{PrivacyError, PrivacyLayer};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// // Any client that is a Tower service. The upstream denies every call.
    /// let upstream = service_fn(async |_: http::Request<()>| {
    ///     Ok::<_, std::convert::Infallible>(http::Response::new(String::from(
    ///         "<error><detail>PrivacyAccessDeniedException</detail><url>\
    ///          http://privacy.orange.fr/urm-gui/interaction.do?family=contact&amp;attributes=,see\
    ///          </url></error>",
    ///     )))
    /// });
    /// let client = PrivacyLayer::new().layer(upstream);
    ///
    /// // This call has no context, so there is no user to send to the page.
    /// let error = client.oneshot(http::Request::new(())).await.unwrap_err();
    /// assert!(matches!(error, PrivacyError::InteractionRequired(_)));
    /// # }
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self {
            settings: Arc::new(Settings::new(DEFAULT_MAX_DOCUMENT_BYTES)),
        }
    }

    /// Sets how the upstream reports a denial.
    ///
    /// The [module `protocol`](crate::protocol) lists the available protocols, with an example for each.
    ///
    /// Default: [`Orange`](crate::protocol::Orange).
    #[must_use]
    pub fn protocol(self, protocol: impl Protocol) -> Self {
        self.set(|settings| settings.protocol = Arc::new(protocol))
    }

    /// Sets the return URL of calls without a context. The layer adds no marker to it, so it cannot know
    /// whether the user was already asked.
    ///
    /// Do not set this in an app that has the host side. There, a call without a context has lost it, in a
    /// spawned task or under `tower::buffer`. This setting would hide that mistake.
    ///
    /// Default: none. A denied call without a context fails with
    /// [`InteractionRequired`](PrivacyError::InteractionRequired).
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::{PrivacyError, PrivacyLayer};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let layer = PrivacyLayer::new().return_to("https://app.example/".parse()?);
    ///
    /// let denied = http::Response::new(String::from(
    ///     "<error><detail>PrivacyAccessDeniedException</detail><url>\
    ///      http://privacy.orange.fr/urm-gui/interaction.do?family=contact</url></error>",
    /// ));
    /// let error = layer.inspect(denied).await.unwrap_err();
    /// let PrivacyError::Redirect(redirect) = error else { panic!("{error}") };
    /// assert_eq!(redirect.return_url().as_str(), "https://app.example/");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn return_to(self, url: ReturnUrl) -> Self {
        self.set(|settings| settings.context = Some(PrivacyContext::new(url)))
    }

    /// Sets the name of the upstream.
    ///
    /// Two layers with the same protocol need different names. Otherwise a permission in the
    /// [marker](Self::return_marker) that one of them asked for counts as asked for by the other too. In events
    /// and metrics, the name is the label `upstream`.
    ///
    /// Default: none. An empty name means none.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::PrivacyLayer;
    ///
    /// let photos = PrivacyLayer::new().named("photos");
    /// let contacts = PrivacyLayer::new().named("contacts");
    /// # assert!(format!("{photos:?} {contacts:?}").contains("named: Some(\"contacts\")"));
    /// ```
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        self.set(|settings| settings.guard.name = Some(name.into()).filter(|_| !name.is_empty()))
    }

    /// Trusts these pages instead of the protocol's. If the list is empty, and no page is
    /// [also trusted](Self::also_trust), every denial is [`Rejected`](PrivacyError::Rejected).
    ///
    /// Default: the protocol's [`endpoints`](Protocol::endpoints).
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::{Denial, PrivacyEndpoint, PrivacyError, PrivacyLayer};
    ///
    /// // Only the page over https, not the one over http.
    /// let page = "https://privacy.orange.fr/urm-gui/interaction.do";
    /// let layer = PrivacyLayer::new().trust_only([PrivacyEndpoint::new(page)?]);
    ///
    /// let denial = Denial::new("orange", page.replace("https", "http").parse()?);
    /// assert!(matches!(layer.signal(denial), PrivacyError::Rejected(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn trust_only(self, endpoints: impl IntoIterator<Item = PrivacyEndpoint>) -> Self {
        self.set(|settings| settings.trust.only = Some(endpoints.into_iter().collect()))
    }

    /// Trusts this page in addition to those of [`trust_only`](Self::trust_only) or of the protocol. Can be
    /// called several times.
    #[must_use]
    pub fn also_trust(self, endpoint: PrivacyEndpoint) -> Self {
        self.set(|settings| settings.trust.also.push(endpoint))
    }

    /// Sets the maximum length of a denial's document, in bytes as the inner service returns them. A longer
    /// document is passed on. With 0, no body is inspected.
    ///
    /// The layer buffers at most this many bytes of a response and the frame that exceeds them, plus about 60
    /// bytes for each frame.
    ///
    /// Parsing a whole document needs more memory for a short time: up to 4 times its length for XML, and up
    /// to 130 times for JSON (150 times if the app enables `preserve_order` of `serde_json`). A body of 64
    /// KiB that consists of braces or brackets needs 8 or 9 MiB. A denial needs a few KiB. If you do not
    /// trust the upstream, or if memory is short, set 16 KiB.
    ///
    /// Default: [`DEFAULT_MAX_DOCUMENT_BYTES`], 64 KiB. Known denials are smaller than 1 KiB.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::PrivacyLayer;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let layer = PrivacyLayer::new().max_document_bytes(100);
    ///
    /// let denial = String::from(
    ///     "<error><detail>PrivacyAccessDeniedException</detail><url>\
    ///      http://privacy.orange.fr/urm-gui/interaction.do</url></error>",
    /// );
    /// assert!(denial.len() > 100);
    /// assert!(layer.inspect(http::Response::new(denial)).await.is_ok());
    /// # }
    /// ```
    #[must_use]
    pub fn max_document_bytes(self, bytes: usize) -> Self {
        self.set(|settings| settings.max_document_bytes = bytes)
    }

    /// Sets the name of the marker: the parameter in the return URL that lists what the user was already asked
    /// for. It prevents a redirect loop if access is denied again. Any name is possible.
    ///
    /// The layer adds the marker if the host side (`PrivacyReturnLayer`, `actix::PrivacyReturn`) created the
    /// context. Set the same name there, so that the host side removes the marker before handlers see the URL.
    /// The protection against loops depends only on this setting.
    ///
    /// Default: `fromOrangePrivacy`, for every protocol. An empty name means the default.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::PrivacyLayer;
    ///
    /// let layer = PrivacyLayer::new().return_marker("asked");
    /// # assert!(format!("{layer:?}").contains("return_marker: \"asked\""));
    /// ```
    #[must_use]
    pub fn return_marker(self, name: impl Into<String>) -> Self {
        self.set(|settings| settings.guard.marker = MarkerName::new(name.into()))
    }

    /// Sets how long after a trip the user is not sent on a second trip for the same permission. After that
    /// time, a denial sends the user away again. The time applies to every permission, and is rounded up to
    /// whole seconds.
    ///
    /// Choose a time that is longer than users take to decide, and longer than the difference between your
    /// replicas' clocks. With 0, there is no protection against redirect loops.
    ///
    /// Default: the protocol's life of each permission ([`Protocol::marker_life`]), one day for Orange.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    /// use tower_privacy::PrivacyLayer;
    ///
    /// let layer = PrivacyLayer::new().marker_life(Duration::from_secs(60 * 60));
    /// # assert!(format!("{layer:?}").contains("marker_life: Some(3600s)"));
    /// ```
    #[must_use]
    pub fn marker_life(self, life: Duration) -> Self {
        self.set(|settings| settings.guard.life = Some(life))
    }

    /// Sets the clock, so that a test can let a day pass without waiting. Only the
    /// [life of a marker](Self::marker_life) depends on the time.
    ///
    /// Default: the system's clock.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::{PrivacyLayer, sandbox::TestClock};
    ///
    /// let clock = TestClock::new();
    /// let layer = PrivacyLayer::new().clock(clock.clone());
    /// clock.advance(tower_privacy::DEFAULT_MARKER_LIFE);
    /// assert!(format!("{layer:?}").contains(&format!("{clock:?}")));
    /// ```
    #[cfg(feature = "sandbox")]
    #[cfg_attr(docsrs, doc(cfg(feature = "sandbox")))]
    #[must_use]
    pub fn clock(self, clock: crate::trip::TestClock) -> Self {
        self.set(|settings| settings.guard.clock = Some(clock))
    }

    /// Inspects one response, for a client that is not a Tower service.
    ///
    /// The future uses the context of the task that polls it first, or else of the task that called this
    /// method. To use another context, run the future in its [`scope`](PrivacyContext::scope). The
    /// response to a HEAD request has no body to inspect.
    ///
    /// # Errors
    ///
    /// The future fails with a [`PrivacyError`] if the response is a denial. Any other response is returned
    /// untouched, with a [`ResponseBody`](crate::ResponseBody).
    ///
    /// # Example
    ///
    /// ```
    /// use http_body_util::BodyExt;
    /// use tower_privacy::{PrivacyContext, PrivacyLayer};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let layer = PrivacyLayer::new();
    /// let here = PrivacyContext::new("https://app.example/contacts".parse()?);
    ///
    /// let response = http::Response::new("<contacts/>".to_owned());
    /// let response = here.scope(layer.inspect(response)).await?;
    /// assert_eq!(response.into_body().collect().await?.to_bytes(), "<contacts/>");
    /// # Ok(())
    /// # }
    /// ```
    pub fn inspect<R: Body>(&self, response: Response<R>) -> Inspect<R> {
        Inspect::new(response, self.inspector(&Method::GET, &Extensions::new()))
    }

    /// Creates the error for a denial that the app found itself, for an SDK that hides its responses. Return it
    /// as `Err`, and the host side replies to it.
    ///
    /// The layer's trusted pages, marker and return URL apply. A denial of the layer's protocol gets the
    /// protocol's return parameter. A denial with another protocol name gets none, so
    /// [`returns`](crate::PrivacyRedirect::returns) is false.
    ///
    /// If the page is not trusted, the error is [`Rejected`](PrivacyError::Rejected).
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::{Denial, PrivacyEndpoint, PrivacyError, PrivacyLayer, RejectionKind};
    ///
    /// let layer = PrivacyLayer::new()
    ///     .return_to("https://app.example/".parse()?)
    ///     .trust_only([PrivacyEndpoint::new("https://tools.example/connect")?]);
    ///
    /// let denial = Denial::new("tools", "https://tools.example/connect?id=7".parse()?);
    /// let PrivacyError::Redirect(redirect) = layer.signal(denial) else { panic!() };
    /// assert_eq!(redirect.location().as_str(), "https://tools.example/connect?id=7");
    /// assert!(!redirect.returns());
    ///
    /// let elsewhere = Denial::new("tools", "https://evil.test/connect?id=7".parse()?);
    /// let PrivacyError::Rejected(rejected) = layer.signal(elsewhere) else { panic!() };
    /// assert_eq!(rejected.kind(), RejectionKind::UntrustedEndpoint);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn signal(&self, denial: Denial) -> PrivacyError {
        self.inspector(&Method::GET, &Extensions::new())
            .signal(denial)
    }

    pub(super) fn inspector(&self, method: &Method, extensions: &Extensions) -> Inspector {
        Inspector::new(&self.settings, method, extensions)
    }

    fn set(mut self, set: impl FnOnce(&mut Settings)) -> Self {
        let settings = Arc::make_mut(&mut self.settings);
        set(settings);
        settings.update_trusted();
        self
    }
}

impl Default for PrivacyLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Privacy<S> {
    /// Wraps a service, with the settings of this layer. The same as [`Layer::layer`].
    #[must_use]
    pub fn new(inner: S, layer: &PrivacyLayer) -> Self {
        Self::with(inner, Arc::clone(&layer.settings))
    }
}

impl<S> Layer<S> for PrivacyLayer {
    type Service = Privacy<S>;

    fn layer(&self, inner: S) -> Privacy<S> {
        Privacy::new(inner, self)
    }
}

impl fmt::Debug for PrivacyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}
