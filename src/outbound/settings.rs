//! The settings of a layer.

use std::{fmt, sync::Arc};

use url::Url;

use crate::{
    protocol::{Orange, Protocol},
    report::Upstream,
    trip::{Guard, PrivacyContext},
    urls::PrivacyEndpoint,
};

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) protocol: Arc<dyn Protocol>,
    pub(super) trust: Trust,
    pub(super) max_document_bytes: usize,
    /// For calls without a context.
    pub(super) context: Option<PrivacyContext>,
    pub(super) guard: Guard,
}

/// The trusted pages.
#[derive(Clone, Default)]
pub(super) struct Trust {
    /// Replaces the protocol's pages.
    pub(super) only: Option<Vec<PrivacyEndpoint>>,
    pub(super) also: Vec<PrivacyEndpoint>,
    /// All trusted pages, computed from the other settings.
    pages: Arc<[PrivacyEndpoint]>,
}

impl Settings {
    pub(super) fn new(max_document_bytes: usize) -> Self {
        let mut settings = Self {
            protocol: Arc::new(Orange::new()),
            trust: Trust::default(),
            max_document_bytes,
            context: None,
            guard: Guard::default(),
        };
        settings.update_trusted();
        settings
    }

    /// Computes the trusted pages again, after a change of the settings.
    pub(super) fn update_trusted(&mut self) {
        let instead = self.trust.only.clone();
        let pages = instead.unwrap_or_else(|| self.protocol.endpoints());
        self.trust.pages = pages.into_iter().chain(self.trust.also.clone()).collect();
    }

    pub(super) fn trusted(&self) -> &Arc<[PrivacyEndpoint]> {
        &self.trust.pages
    }

    pub(super) fn trusts(&self, url: &Url) -> bool {
        self.trusted().iter().any(|endpoint| endpoint.covers(url))
    }

    pub(super) fn upstream(&self) -> Upstream<'_> {
        Upstream {
            protocol: self.protocol.name(),
            name: self.guard.name.as_deref(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("PrivacyLayer");
        fields
            .field("protocol", &self.protocol)
            .field("named", &self.guard.name)
            .field("trusted", &self.trust.pages)
            .field("max_document_bytes", &self.max_document_bytes)
            .field(
                "return_to",
                &self.context.as_ref().and_then(PrivacyContext::return_url),
            )
            .field("return_marker", &self.guard.marker.as_str())
            .field("marker_life", &self.guard.life);
        #[cfg(feature = "sandbox")]
        if let Some(clock) = &self.guard.clock {
            fields.field("clock", clock);
        }
        fields.finish()
    }
}
