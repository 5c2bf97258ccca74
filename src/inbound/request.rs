//! Incoming requests: who made them, the context of their calls, and the reply to an error. Pure: without a
//! framework.

use std::{fmt, sync::Arc};

use http::{Response, header::CONTENT_LENGTH};

use super::{
    accept::Accept,
    audience::{Asker, Audience},
    headers::Headers,
    reply::{reply, without_body},
};
use crate::{
    error::PrivacyError,
    report,
    trip::{PrivacyContext, Said, Site, Visit, is_marker},
    urls::{ReturnUrl, query},
};

pub(crate) type MapReply =
    dyn Fn(&PrivacyError, Audience, Response<String>) -> Response<String> + Send + Sync;

/// The settings of the host side.
#[derive(Clone)]
pub(crate) struct Inbound {
    pub(crate) site: Arc<Site>,
    pub(crate) map_reply: Option<Arc<MapReply>>,
}

/// Who waits for the reply.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming {
    asker: Asker,
    /// Whether the request is a HEAD.
    is_head: bool,
    /// Whether the user comes back from the page that they were sent to.
    is_back: bool,
}

/// The head of an incoming request.
pub(crate) struct Head<'a, H> {
    pub(crate) method: &'a str,
    /// The path and query as the client sent them, even if a router has removed a prefix.
    pub(crate) target: &'a str,
    /// The query of the target.
    pub(crate) query: Option<&'a str>,
    /// The host of the target, if it has one.
    pub(crate) authority: Option<&'a str>,
    /// Returns an iterator over all headers, each time it is called.
    pub(crate) headers: H,
}

impl Inbound {
    pub(crate) fn new(base: ReturnUrl) -> Self {
        Self {
            site: Arc::new(Site::new(base)),
            map_reply: None,
        }
    }

    pub(crate) fn site_mut(&mut self) -> &mut Site {
        Arc::make_mut(&mut self.site)
    }

    /// Returns who made the request, and the context of its calls.
    ///
    /// An existing context is kept. Only the outermost layer knows what the user was already asked for, since
    /// it removes the marker.
    pub(crate) fn receive<'a, H, I>(&self, head: &Head<'a, H>) -> (Incoming, PrivacyContext)
    where
        H: Fn() -> I,
        I: Iterator<Item = (&'a str, &'a [u8])>,
    {
        let headers = Headers::read((head.headers)());
        let accept = || {
            let fields = (head.headers)().filter(|(name, _)| *name == "accept");
            Accept::of(fields.filter_map(|(_, value)| std::str::from_utf8(value).ok()))
        };
        let (asker, back) = Asker::of(head.method, &headers, accept);
        let mut incoming = Incoming {
            asker,
            is_head: head.method == "HEAD",
            is_back: false,
        };
        let around = PrivacyContext::current().filter(|context| context.visit().is_some());
        let context = around.unwrap_or_else(|| {
            // Only needed for metrics.
            incoming.is_back =
                cfg!(feature = "metrics") && asker == Asker::Window && self.is_marked(head);
            let said = Said {
                target: head.target.as_bytes(),
                host: head
                    .authority
                    .map(str::as_bytes)
                    .or(headers.host)
                    .unwrap_or_default(),
                current_url: headers.hx_current_url.unwrap_or_default(),
                referer: headers.referer.unwrap_or_default(),
                languages: headers.accept_language.unwrap_or_default(),
            };
            PrivacyContext::visiting(Visit::new(&self.site, back, said))
        });
        if incoming.is_back {
            report::returned();
        }
        (incoming, context)
    }

    /// Whether the URL has a marker, so that the user comes back from a page that they were sent to.
    fn is_marked<H>(&self, head: &Head<'_, H>) -> bool {
        let query = head.query.unwrap_or_default();
        head.method == "GET"
            && query::values(query, &[self.site.marker.as_str()]).any(|value| is_marker(&value))
    }

    /// The path and query without the marker. `None` if there is no marker.
    pub(crate) fn without_marker(&self, path: &str, query: Option<&str>) -> Option<String> {
        let query = query?;
        let others = query::others(query, self.site.marker.as_str())?;
        let mut stripped = String::with_capacity(path.len() + query.len());
        stripped.push_str(path);
        query::append(&mut stripped, "?", others);
        Some(stripped)
    }

    /// Reports a reply of the app itself.
    pub(crate) fn passed(incoming: Incoming, context: Option<&PrivacyContext>, status: u16) {
        let visit = context.and_then(PrivacyContext::visit);
        let is_answered = visit.is_some_and(Visit::is_answered);
        if incoming.is_back && is_answered && (200..300).contains(&status) {
            report::granted();
        }
    }

    /// The reply to an error.
    pub(crate) fn answer(
        &self,
        error: &PrivacyError,
        incoming: Incoming,
        context: Option<&PrivacyContext>,
    ) -> Response<String> {
        let error = error.found();
        let visit = context.and_then(PrivacyContext::visit);
        let mut reply = reply(error, incoming.asker, visit);
        if let Some(map) = &self.map_reply {
            reply = map(error, incoming.asker.audience(), reply);
            // The length may have changed. The framework sets it.
            reply.headers_mut().remove(CONTENT_LENGTH);
        }
        if incoming.is_head {
            reply = without_body(reply);
        }
        reply
    }
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivacyReturn")
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}
