//! The layer and its settings.

use std::{fmt, time::Duration};

use http::Extensions;
use tower_layer::Layer;

use crate::{
    context::PrivacyContext,
    endpoint::PrivacyEndpoint,
    guard::{Guard, MarkerName},
    return_url::ReturnUrl,
    service::Privacy,
    settings::{Settings, Shared},
};

/// The default of [`PrivacyLayer::max_document_bytes`]: 64 KiB.
pub const DEFAULT_MAX_DOCUMENT_BYTES: usize = 65_536;

/// Layer that applies [`Privacy`], which turns an upstream's privacy denial into a typed error.
///
/// A clone shares the settings, and so does a service. To apply the layer takes a few small
/// allocations, for the places where threads count their calls; clone the service where many are
/// needed, which takes none.
///
/// # Example
///
/// ```
/// use tower_privacy::{PrivacyEndpoint, PrivacyLayer, ReturnUrl};
///
/// let layer = PrivacyLayer::new(ReturnUrl::try_from("https://app.example/")?)
///     .also_trust(PrivacyEndpoint::new("https://privacy.staging.example/interaction.do")?)
///     .max_document_bytes(16 * 1024);
/// # let _ = layer;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PrivacyLayer {
    settings: Shared,
}

impl PrivacyLayer {
    /// A layer that trusts both documented privacy pages and, for calls that bring no
    /// [`PrivacyContext`], has the user come back to this URL, as it is: no marker is added, so
    /// nothing tells a user who refused from one who was never asked.
    ///
    /// Behind `PrivacyReturnLayer` or `actix::PrivacyReturn` each call has a context. Take
    /// [`non_interactive`](Self::non_interactive) there: a call that lost its context, on a spawned task
    /// or under `tower::buffer`, is then an error that shows, and not a way into a circle.
    #[must_use]
    pub fn new(return_url: ReturnUrl) -> Self {
        Self::with_context(PrivacyContext::new(return_url))
    }

    /// The same for a program whose calls have no user behind them, such as a worker: a denial of a
    /// call that brings no [`PrivacyContext`] is
    /// [`InteractionRequired`](crate::PrivacyError::InteractionRequired).
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::PrivacyLayer;
    ///
    /// let layer = PrivacyLayer::non_interactive();
    /// assert_eq!(layer.context(&http::Extensions::new()).return_url(), None);
    /// ```
    #[must_use]
    pub fn non_interactive() -> Self {
        Self::with_context(PrivacyContext::non_interactive())
    }

    fn with_context(context: PrivacyContext) -> Self {
        Self {
            settings: Shared::new(Settings {
                trusted: vec![
                    PrivacyEndpoint::production(),
                    PrivacyEndpoint::integration(),
                ],
                max_document_bytes: DEFAULT_MAX_DOCUMENT_BYTES,
                context,
                guard: Guard::new(),
            }),
        }
    }

    /// Trusts these privacy pages and no others. With an empty list each denial is
    /// [`Rejected`](crate::PrivacyError::Rejected).
    ///
    /// Default: [`PrivacyEndpoint::production`] and [`PrivacyEndpoint::integration`].
    #[must_use]
    pub fn trust_only(self, endpoints: impl IntoIterator<Item = PrivacyEndpoint>) -> Self {
        self.set(|settings| settings.trusted = endpoints.into_iter().collect())
    }

    /// Trusts this privacy page too.
    #[must_use]
    pub fn also_trust(self, endpoint: PrivacyEndpoint) -> Self {
        self.set(|settings| settings.trusted.push(endpoint))
    }

    /// How long a document may be and still be read as a denial, in bytes as they come from the
    /// inner service. A longer one passes through. It also bounds what is held of one response:
    /// this many bytes, and the frame that crosses the bound. To read a document whose root is `error`
    /// takes memory of its own for a moment, up to some 25 times its length if it is made for that.
    ///
    /// Default: [`DEFAULT_MAX_DOCUMENT_BYTES`]. The documents seen were under 1 KiB. With 0 nothing
    /// is inspected.
    #[must_use]
    pub fn max_document_bytes(self, bytes: usize) -> Self {
        self.set(|settings| settings.max_document_bytes = bytes)
    }

    /// Sets the name of the parameter that a return URL carries what the user was already asked for
    /// in, so that one who refuses is not sent round in circles. Any text will do; an empty one
    /// stands for the default.
    ///
    /// Only the return URLs of contexts that the host side made (`PrivacyReturnLayer`,
    /// `actix::PrivacyReturn`) carry it. Tell that side the same name: it then takes the marker away
    /// from what handlers see. The guard itself rests on this setting alone.
    ///
    /// Default: `fromOrangePrivacy`.
    #[must_use]
    pub fn return_marker(self, name: impl Into<String>) -> Self {
        self.set(|settings| settings.guard.marker = MarkerName::new(name.into()))
    }

    /// Sets for how long after a trip to the privacy page another denial of the same permission
    /// means that the user refused, rounded up to whole seconds. Who opens the page later is asked anew;
    /// what a page asks for by itself, by `fetch()` or htmx, does not send its user away again at
    /// any time.
    ///
    /// Default: [`DEFAULT_MARKER_LIFE`](crate::DEFAULT_MARKER_LIFE), 10 minutes. The clocks of
    /// replicas may differ by as much. It has to be longer than users take to choose: with 0 there is no
    /// guard.
    #[must_use]
    pub fn marker_life(self, life: Duration) -> Self {
        self.set(|settings| settings.guard.marker_life = life)
    }

    /// Reads the time from this clock, so that a test can move it: eleven minutes later a user who
    /// refused is asked anew, and nobody has slept. Only the [life of a marker](Self::marker_life)
    /// hangs on the time.
    ///
    /// Default: the system's clock.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::{PrivacyLayer, sandbox::TestClock};
    ///
    /// let clock = TestClock::new();
    /// let layer = PrivacyLayer::non_interactive().clock(clock.clone());
    /// clock.advance(tower_privacy::DEFAULT_MARKER_LIFE);
    /// assert!(format!("{layer:?}").contains(&format!("{clock:?}")));
    /// ```
    #[cfg(feature = "sandbox")]
    #[cfg_attr(docsrs, doc(cfg(feature = "sandbox")))]
    #[must_use]
    pub fn clock(self, clock: crate::sandbox::TestClock) -> Self {
        self.set(|settings| settings.guard.clock = Some(clock))
    }

    /// The context of a call whose request has these extensions: theirs, or the running task's, or
    /// the one of this layer. For a client that is no Tower service, to go with
    /// [`inspect`](crate::inspect()).
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::{PrivacyContext, PrivacyLayer, ReturnUrl};
    ///
    /// let home = ReturnUrl::try_from("https://app.example/")?;
    /// let layer = PrivacyLayer::new(home.clone());
    /// let mut extensions = http::Extensions::new();
    /// assert_eq!(layer.context(&extensions).return_url(), Some(&home));
    ///
    /// extensions.insert(PrivacyContext::non_interactive());
    /// assert_eq!(layer.context(&extensions).return_url(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn context(&self, extensions: &Extensions) -> PrivacyContext {
        context_of_call(extensions).unwrap_or_else(|| self.settings.context.clone())
    }

    pub(crate) fn settings(&self) -> &Shared {
        &self.settings
    }

    fn set(self, set: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::clone(&self.settings);
        drop(self);
        set(&mut settings);
        Self {
            settings: Shared::new(settings),
        }
    }
}

/// The context that a call brings, if any.
#[inline]
pub(crate) fn context_of_call(extensions: &Extensions) -> Option<PrivacyContext> {
    extensions
        .get::<PrivacyContext>()
        .cloned()
        .or_else(PrivacyContext::current)
}

impl<S> Layer<S> for PrivacyLayer {
    type Service = Privacy<S>;

    fn layer(&self, inner: S) -> Privacy<S> {
        Privacy::new(inner, self)
    }
}

impl fmt::Debug for PrivacyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Settings::fmt(&self.settings, f)
    }
}
