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

/// The privacy page's parameter for the return URL, as in Orange's documentation.
const RETURN_PARAMETER: &str = "urlRetour";

/// The protocol of Orange's Personal APIs, the privacy exception. It is the default of a
/// [`PrivacyLayer`](crate::PrivacyLayer).
///
/// 1. A denial is an XML document whose root element is `error`, in any namespace, with a direct child
///    `detail` whose trimmed text is exactly `PrivacyAccessDeniedException`. A document that cannot be
///    parsed, or that has a DOCTYPE, is not a denial.
/// 2. The response can have any status. Its label can be XML or text, or be missing.
/// 3. The URL is the trimmed text of the root's first direct child `url`: character data, CDATA sections and
///    references are joined, and comments are left out. If `url` contains an element, the URL is invalid.
/// 4. The [code](Denial::code) is the text of `code`. The [permissions](Denial::permissions) come from the
///    URL's query, `family.attribute` for each of its `attributes`: `contact.see`.
/// 5. The trusted pages are [`PrivacyEndpoint::production`] and [`PrivacyEndpoint::integration`].
/// 6. The return URL goes in the query parameter `urlRetour`. An existing one is replaced.
///
/// Sources: Orange's documentation page on privacy exceptions, and a response of an integration host, seen in
/// 2008: status 500, the document on one line, a comment before `code`.
///
/// # Example
///
/// ```
/// use tower_privacy::{PrivacyError, PrivacyLayer, protocol::Orange};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let layer = PrivacyLayer::new()
///     .protocol(Orange::new().errors_only())
///     .return_to("https://app.example/contacts".parse()?);
///
/// let body = "<error><detail>PrivacyAccessDeniedException</detail>\
///     <url>http://privacy.orange.fr/urm-gui/interaction.do?family=contact</url></error>";
/// let response = http::Response::builder().status(500).body(body.to_owned())?;
///
/// let error = layer.inspect(response).await.unwrap_err();
/// let PrivacyError::Redirect(redirect) = error else { panic!("{error}") };
/// assert_eq!(
///     redirect.location().as_str(),
///     "http://privacy.orange.fr/urm-gui/interaction.do?family=contact\
///      &urlRetour=https%3A%2F%2Fapp.example%2Fcontacts",
/// );
///
/// // With `errors_only`, a success is never a denial.
/// let response = http::Response::new(body.to_owned());
/// assert!(layer.inspect(response).await.is_ok());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Orange {
    errors_only: bool,
}

impl Orange {
    /// Creates the protocol, which looks for a denial in responses of any status.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks for a denial only in responses with a status of 400 or above.
    ///
    /// The head of an inspected response waits for the first bytes of its body. For a stream with a text or XML
    /// label, or without a label, that may take long. With this setting, the head of a success never waits.
    ///
    /// Default: off.
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

/// Parses a URL. Those of the known pages, with a plain query, need no full parse.
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

/// Orange's privacy pages.
///
/// # Example
///
/// ```
/// use tower_privacy::PrivacyEndpoint;
///
/// let url = "https://privacy.orange.fr/urm-gui/interaction.do?family=contact".parse()?;
/// assert!(PrivacyEndpoint::production().covers(&url));
/// assert!(!PrivacyEndpoint::integration().covers(&url));
/// # Ok::<(), url::ParseError>(())
/// ```
impl PrivacyEndpoint {
    /// The privacy page: `privacy.orange.fr/urm-gui/interaction.do`, over http and https.
    ///
    /// Source: the parameter `privacy_path` in Orange's documentation, which has `http://`.
    #[must_use]
    pub fn production() -> Self {
        Self::over_both_schemes("privacy.orange.fr/urm-gui/interaction.do")
    }

    /// The privacy page for integration tests: `int4.mdsp.rec.orange.fr/privacy/interaction.do`, over http and
    /// https.
    #[must_use]
    pub fn integration() -> Self {
        Self::over_both_schemes("int4.mdsp.rec.orange.fr/privacy/interaction.do")
    }
}
