//! Orange's privacy exception.

mod denial;
mod document;
mod family;

use std::{borrow::Cow, sync::LazyLock};

use http::{HeaderMap, StatusCode};
use url::Url;

pub(super) use denial::NAME;
pub use family::Family;

use super::{
    contract::{Look, Protocol, RejectionKind, ReturnParameter, Verdict},
    denial::Denial,
    encoding::xml_text,
};
use crate::urls::PrivacyEndpoint;

/// The parameter of the privacy page that holds the return URL, as the vendor's page names it.
const RETURN_PARAMETER: &str = "urlRetour";

/// The privacy exception of Orange's Personal APIs, and of what speaks the same: the default of a
/// [`PrivacyLayer`](crate::PrivacyLayer).
///
/// 1. A denial is an XML document whose root element is `error`, in any namespace, with a direct child
///    `detail` that is, trimmed, exactly `PrivacyAccessDeniedException`. A document that cannot be read,
///    or that has a DOCTYPE, is none.
/// 2. It can carry any status, and be labelled as XML, as text, or not at all.
/// 3. Its URL is the text of the first direct child `url` of the root: character data, CDATA sections and
///    references joined, comments left out, trimmed. One with an element in it is an invalid URL.
/// 4. The [code](Denial::code) is the text of `code`. The [permissions](Denial::permissions) are those of
///    the URL's query, `family.attribute` for each of its `attributes`: `contact.see`.
/// 5. Trusted are [`PrivacyEndpoint::production`] and [`PrivacyEndpoint::integration`].
/// 6. The return URL goes in the query parameter `urlRetour`; one that is there is replaced.
///
/// The source is the vendor's page on privacy exceptions, and what was seen of an integration host in
/// 2008: status 500, the document on one line, a comment before `code`.
///
/// # Example
///
/// ```
/// use tower_privacy::{PrivacyLayer, protocol::Orange};
///
/// let layer = PrivacyLayer::new().protocol(Orange::new().errors_only());
/// # let _ = layer;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Orange {
    errors_only: bool,
}

impl Orange {
    /// Looks for a denial behind any status.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks for a denial behind statuses from 400 on alone.
    ///
    /// The head of a response that is looked at waits for the first bytes of its body. For a stream
    /// without a label, or labelled as text or XML, that may be a long time; with this, the head of a
    /// success never waits.
    #[must_use]
    pub fn errors_only(mut self) -> Self {
        self.errors_only = true;
        self
    }
}

impl Protocol for Orange {
    fn name(&self) -> &'static str {
        NAME
    }

    fn look(&self, status: StatusCode, _: &HeaderMap) -> Look {
        if self.errors_only && status.as_u16() < 400 {
            Look::Pass
        } else {
            Look::Xml {
                root: document::ROOT,
            }
        }
    }

    fn read(&self, _: StatusCode, headers: &HeaderMap, body: &[u8]) -> Verdict {
        let Some(text) = xml_text(headers, body) else {
            return Verdict::NotDenied;
        };
        let Some(document) = document::read(&text) else {
            return Verdict::NotDenied;
        };
        let Some(url) = &document.url else {
            return Verdict::Rejected(RejectionKind::MissingUrl);
        };
        let Some(url) = url.text().and_then(parse) else {
            return Verdict::Rejected(RejectionKind::InvalidUrl);
        };
        let permissions = denial::permissions(&url);
        let denial = Denial::of(Cow::Borrowed(NAME), url, permissions);
        Verdict::Denied(denial.with_code(document.code()))
    }

    fn endpoints(&self) -> Vec<PrivacyEndpoint> {
        vec![
            PrivacyEndpoint::production(),
            PrivacyEndpoint::integration(),
        ]
    }

    fn return_parameter(&self, _: &Denial) -> ReturnParameter {
        ReturnParameter::Replace(Cow::Borrowed(RETURN_PARAMETER))
    }
}

/// The URL that a text is.
fn parse(text: &str) -> Option<Url> {
    static PAGES: LazyLock<[PrivacyEndpoint; 2]> = LazyLock::new(|| {
        [
            PrivacyEndpoint::production(),
            PrivacyEndpoint::integration(),
        ]
    });
    let known = PAGES.iter().find_map(|page| page.with_query_of(text));
    known.or_else(|| Url::parse(text).ok())
}

/// Orange's own pages.
impl PrivacyEndpoint {
    /// The vendor's privacy page: `privacy.orange.fr/urm-gui/interaction.do`, over http and https.
    ///
    /// The source is the parameter `privacy_path` of the vendor's page, which writes `http://`.
    #[must_use]
    pub fn production() -> Self {
        Self::over_both_schemes("privacy.orange.fr/urm-gui/interaction.do")
    }

    /// The vendor's integration page: `int4.mdsp.rec.orange.fr/privacy/interaction.do`, over http
    /// and https.
    #[must_use]
    pub fn integration() -> Self {
        Self::over_both_schemes("int4.mdsp.rec.orange.fr/privacy/interaction.do")
    }
}
