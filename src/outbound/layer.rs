//! The layer, which is made of its settings.

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
pub const DEFAULT_MAX_DOCUMENT_BYTES: usize = 65_536;

/// Layer that applies [`Privacy`], which turns an upstream's denial into a typed error.
///
/// One layer is for one upstream, and speaks one [`Protocol`]: Orange's unless [`protocol`](Self::protocol)
/// says otherwise. The setters can be called in any order. Clones share the settings, and so do the
/// services.
///
/// Where the user comes back to is the [`PrivacyContext`] of the call: that of the request's extensions,
/// or else of the running task. Behind `PrivacyReturnLayer` or `actix::PrivacyReturn` each call has one. A
/// denied call without one fails with [`InteractionRequired`](PrivacyError::InteractionRequired), unless
/// [`return_to`](Self::return_to) is set.
///
/// # Example
///
/// ```
/// use tower_privacy::{PrivacyEndpoint, PrivacyLayer};
///
/// let layer = PrivacyLayer::new()
///     .also_trust(PrivacyEndpoint::new("https://privacy.staging.example/interaction.do")?)
///     .max_document_bytes(16 * 1024);
/// # let _ = layer;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PrivacyLayer {
    settings: Arc<Settings>,
}

impl PrivacyLayer {
    /// A layer for Orange's Personal APIs, with the defaults of each setter.
    ///
    /// # Example
    ///
    /// ```
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tower_privacy::{PrivacyError, PrivacyLayer};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// // Any client that is a Tower service. This one is always denied.
    /// let upstream = service_fn(async |_: http::Request<()>| {
    ///     Ok::<_, std::convert::Infallible>(http::Response::new(String::from(
    ///         "<error><detail>PrivacyAccessDeniedException</detail><url>\
    ///          http://privacy.orange.fr/urm-gui/interaction.do?family=contact&amp;attributes=,see\
    ///          </url></error>",
    ///     )))
    /// });
    /// let client = PrivacyLayer::new().layer(upstream);
    ///
    /// // This call has no context, so there is nobody to send to the page.
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
    /// Default: [`Orange`](crate::protocol::Orange).
    #[must_use]
    pub fn protocol(self, protocol: impl Protocol) -> Self {
        self.set(|settings| settings.protocol = Arc::new(protocol))
    }

    /// Sets where the users of calls without a context come back to. The URL is sent as it is, without a
    /// marker, so nothing tells a user who was asked already from one who was not.
    ///
    /// A call that lost its context, on a spawned task or under `tower::buffer`, is then sent there too,
    /// in place of an error that shows. In an app that has the host side, leave it unset.
    ///
    /// Default: none; such a call fails with
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

    /// Names the upstream. Two layers of one protocol need a name each, so that in the
    /// [marker](Self::return_marker) what one asked for does not count for the other. Events and metrics
    /// have it as `upstream`.
    ///
    /// Default: none. An empty name is none.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        self.set(|settings| settings.guard.name = Some(name.into()).filter(|_| !name.is_empty()))
    }

    /// Trusts these pages in place of the protocol's. With an empty list, and no page that is
    /// [also trusted](Self::also_trust), each denial is [`Rejected`](PrivacyError::Rejected).
    ///
    /// Default: the protocol's [`endpoints`](Protocol::endpoints).
    #[must_use]
    pub fn trust_only(self, endpoints: impl IntoIterator<Item = PrivacyEndpoint>) -> Self {
        self.set(|settings| settings.trust.only = Some(endpoints.into_iter().collect()))
    }

    /// Trusts this page too, besides those of [`trust_only`](Self::trust_only) or of the protocol.
    #[must_use]
    pub fn also_trust(self, endpoint: PrivacyEndpoint) -> Self {
        self.set(|settings| settings.trust.also.push(endpoint))
    }

    /// How long a document may be and still be read as a denial, in bytes as they come from the
    /// inner service. A longer one passes through. It also bounds what is held of one response:
    /// this many bytes, and the frame that crosses the bound, with some 60 bytes of bookkeeping for each
    /// frame.
    ///
    /// Reading a whole document takes more for a moment, on top of that. XML takes up to 4 times its
    /// length. JSON takes up to 130 times its length, and up to 150 times if the app turns on `preserve_order`
    /// of `serde_json`: a body of 64 KiB that is all braces or brackets becomes 8 or 9 MiB of values. A
    /// denial takes a few KiB. Where an upstream is not to be relied on, or memory is short, set 16 KiB.
    ///
    /// Default: [`DEFAULT_MAX_DOCUMENT_BYTES`]. The documents seen were under 1 KiB. With 0 no body
    /// is inspected.
    #[must_use]
    pub fn max_document_bytes(self, bytes: usize) -> Self {
        self.set(|settings| settings.max_document_bytes = bytes)
    }

    /// Sets the name of the parameter that a return URL carries what the user was already asked for
    /// in, so that there is no redirect loop when access is denied again. Any text will do; an empty one
    /// stands for the default.
    ///
    /// Only the return URLs of contexts that the host side made (`PrivacyReturnLayer`,
    /// `actix::PrivacyReturn`) carry it. Tell that side the same name: it then takes the marker away
    /// from what handlers see. The guard itself rests on this setting alone.
    ///
    /// Default: `fromOrangePrivacy`, for every protocol.
    #[must_use]
    pub fn return_marker(self, name: impl Into<String>) -> Self {
        self.set(|settings| settings.guard.marker = MarkerName::new(name.into()))
    }

    /// Sets for how long after a trip another denial of the same permission does not lead to a second
    /// trip, for every permission, rounded up to whole seconds. After that, users are asked again.
    ///
    /// The clocks of replicas may differ by less than this. It has to be longer than users take to
    /// choose: with 0 there is no guard.
    ///
    /// Default: what the protocol says of each permission ([`Protocol::marker_life`]), a day for Orange.
    #[must_use]
    pub fn marker_life(self, life: Duration) -> Self {
        self.set(|settings| settings.guard.life = Some(life))
    }

    /// Reads the time from this clock, so that a test can move it: a day later users are asked again, and
    /// nobody has slept. Only the [life of a marker](Self::marker_life) depends on the time.
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

    /// Inspects one response, for a client that is no Tower service.
    ///
    /// The future takes the context of the task that first polls it, or else of the one that called this.
    /// To give it another, [`scope`](PrivacyContext::scope) it. The response to a HEAD request has no body
    /// to inspect.
    ///
    /// # Errors
    ///
    /// The future fails with [`PrivacyError`] if the response is a denial. Any other response comes back
    /// untouched, in a [`ResponseBody`](crate::ResponseBody).
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

    /// Turns a denial that the app found by itself into the error that this layer would have given, for an
    /// SDK that hides its responses. The app returns it by `?`, and the host side answers it.
    ///
    /// The layer's trusted pages, marker and return URL apply. A denial of the layer's own protocol gets
    /// its return parameter; one of another name gets none, so that
    /// [`returns`](crate::PrivacyRedirect::returns) is false.
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
    /// Wraps a service, with the settings of this layer.
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
