//! The signal: a denial, and the location to send the user to.

use std::{fmt, sync::Arc};

use url::Url;

use crate::{
    protocol::{Denial, ReturnParameter, SourceCell},
    urls::{Bare, ReturnUrl, query},
};

/// The signal: a denial, and the location to send the user to.
///
/// Clones share their data. `Debug` prints no query.
///
/// # Example
///
/// ```
/// # use tower_privacy::{PrivacyContext, PrivacyError, PrivacyLayer, ReturnUrl};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let body = "<error><detail>PrivacyAccessDeniedException</detail>\
///     <url>http://privacy.orange.fr/urm-gui/interaction.do?\
///     family=contact&amp;attributes=,see</url></error>";
/// let response = http::Response::builder().status(500).body(body.to_owned())?;
///
/// let back = ReturnUrl::try_from("https://app.example/contacts?page=2")?;
/// let layer = PrivacyLayer::new().return_to(back);
/// let error = layer.inspect(response).await.unwrap_err();
/// let PrivacyError::Redirect(redirect) = error else { panic!("{error}") };
///
/// assert_eq!(
///     redirect.location().as_str(),
///     "http://privacy.orange.fr/urm-gui/interaction.do?family=contact&attributes=,see\
///      &urlRetour=https%3A%2F%2Fapp.example%2Fcontacts%3Fpage%3D2",
/// );
/// assert_eq!(redirect.return_url().as_str(), "https://app.example/contacts?page=2");
/// assert!(redirect.returns());
/// assert_eq!(redirect.denial().status(), 500);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PrivacyRedirect {
    data: Arc<Data>,
    pub(crate) source: SourceCell,
}

struct Data {
    denial: Denial,
    location: Url,
    return_url: ReturnUrl,
    returns: bool,
}

/// The length, in bytes, from which a location is too long. The location and the other headers of the reply
/// must fit in nginx's default buffer of 4 KiB.
pub(crate) const TOO_LONG: usize = 3_500;

impl PrivacyRedirect {
    pub(crate) fn new(denial: Denial, return_url: ReturnUrl, parameter: &ReturnParameter) -> Self {
        let with_return_url = location(denial.interaction_url(), parameter, &return_url);
        let returns = with_return_url.is_some();
        let location = with_return_url.unwrap_or_else(|| denial.interaction_url().clone());
        Self {
            data: Arc::new(Data {
                denial,
                location,
                return_url,
                returns,
            }),
            source: SourceCell::new(),
        }
    }

    /// Where to send the user: the interaction URL with the return URL in the protocol's parameter.
    ///
    /// It is printable ASCII, as the URL parser serialises it, so it is a valid `Location` header.
    #[must_use]
    pub fn location(&self) -> &Url {
        &self.data.location
    }

    /// Whether the location is too long, and a shorter return URL would help.
    pub(super) fn is_too_long(&self) -> bool {
        self.returns() && self.location().as_str().len() >= TOO_LONG
    }

    /// The denial.
    #[must_use]
    pub fn denial(&self) -> &Denial {
        &self.data.denial
    }

    /// Where the user comes back to, including the marker.
    #[must_use]
    pub fn return_url(&self) -> &ReturnUrl {
        &self.data.return_url
    }

    /// Whether the page sends the user back to the [`return_url`](Self::return_url).
    ///
    /// Some pages take no return URL, or already have one of their own. Open such a page in a new window, and
    /// show a link to the return URL, so that the user can continue.
    #[must_use]
    pub fn returns(&self) -> bool {
        self.data.returns
    }
}

impl fmt::Debug for PrivacyRedirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivacyRedirect")
            .field("location", &Bare(self.location()))
            .field("denial", self.denial())
            .field("return_url", self.return_url())
            .field("returns", &self.returns())
            .finish()
    }
}

/// The interaction URL with the return URL added. `None` if the page does not take it.
///
/// The value is encoded like a form's (URL Standard, section 5.2). A URL has no spaces, so the encoded value
/// has no `+`, and every decoder returns the exact URL.
fn location(interaction_url: &Url, parameter: &ReturnParameter, back: &ReturnUrl) -> Option<Url> {
    let query = interaction_url.query().unwrap_or_default();
    let name = match parameter {
        ReturnParameter::Replace(name) => name,
        ReturnParameter::Keep(name) if query::values(query, &[name]).next().is_none() => name,
        ReturnParameter::Keep(_) | ReturnParameter::None => return None,
    };
    let mut location = interaction_url.clone();
    if let Some(others) = query::without(query, name) {
        location.set_query(Some(&others));
    }
    location.query_pairs_mut().append_pair(name, back.as_str());
    Some(location)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "http://privacy.orange.fr/urm-gui/interaction.do";
    const BACK: &str = "https://app.example/";
    const BACK_ENCODED: &str = "https%3A%2F%2Fapp.example%2F";

    fn location(interaction_url: &str, back: &str) -> String {
        let parameter = ReturnParameter::Replace("urlRetour".into());
        with(interaction_url, &parameter, back).unwrap()
    }

    fn with(interaction_url: &str, parameter: &ReturnParameter, back: &str) -> Option<String> {
        let interaction_url = Url::parse(interaction_url).unwrap();
        let back = ReturnUrl::try_from(back).unwrap();
        super::location(&interaction_url, parameter, &back).map(String::from)
    }

    #[test]
    fn an_existing_return_url_is_kept_if_the_protocol_says_so() {
        let keep = ReturnParameter::Keep("return_to".into());
        for query in [
            "return_to=x",
            "a=1&return_to",
            "return_t%6F=",
            "b&return_to=x&return_to=y",
        ] {
            assert_eq!(
                with(&format!("{PAGE}?{query}"), &keep, BACK),
                None,
                "{query}"
            );
        }
        for query in ["", "a=1", "RETURN_TO=x", "return_to2=x"] {
            let url = Url::parse(&format!("{PAGE}?{query}")).unwrap();
            let joined = if query.is_empty() { "" } else { "&" };
            assert_eq!(
                with(url.as_str(), &keep, BACK).unwrap(),
                format!("{url}{joined}return_to={BACK_ENCODED}")
            );
        }
        assert_eq!(with(PAGE, &ReturnParameter::None, BACK), None);
    }

    #[test]
    fn the_other_parameters_stay_byte_for_byte_in_their_order() {
        for query in [
            "family=contact&serviceId=S1&attributes=,see",
            "b=%2C&a=%2c&b=+&c=%C3%A9",
            "&&x&=&=y&&z=",
            "a=b=c;d",
            "URLRETOUR=x&urlretour=y&urlRetour2=z&xurlRetour=w&%2575rlRetour=v",
            "a=%zz%",
            "q='%27",
        ] {
            let url = Url::parse(&format!("{PAGE}?{query}")).unwrap();
            assert_eq!(
                location(url.as_str(), BACK),
                format!("{url}&urlRetour={BACK_ENCODED}"),
            );
        }
    }

    #[test]
    fn every_decoder_gets_the_exact_return_url() {
        for back in [
            "https://app.example/?a=1&b=2",
            "https://app.example/?a=%26&b=%2526&c=%",
            "https://app.example/?a=1+2%2B3%203 4",
            "https://app.example/p#part?x&y",
            "https://app.example/caf\u{e9}?q=\u{4f60}\u{597d}'\"<>",
            "https://caf\u{e9}.example:8443/~user/-._~!$()*,;:@",
            "http://[::1]:8080/",
        ] {
            let expected = ReturnUrl::try_from(back).unwrap();
            let location = Url::parse(&location(PAGE, back)).unwrap();
            let pairs: Vec<_> = location.query_pairs().collect();
            assert_eq!(pairs.len(), 1);
            assert_eq!(pairs[0].0, "urlRetour");
            assert_eq!(pairs[0].1, expected.as_str());
            assert!(!location.query().unwrap().contains('+'));
        }
    }

    #[test]
    fn every_existing_urlretour_is_replaced() {
        for query in [
            "urlRetour=http://evil.test/",
            "urlRetour",
            "urlRetour=",
            "urlRetour=a&urlRetour=b",
            "%75rlRetour=a",
            "u%72l%52etour=a&urlRetour",
            "%75%72%6C%52%65%74%6f%75%72=a",
            "url\tRet\nour=a",
        ] {
            assert_eq!(
                location(&format!("{PAGE}?{query}"), BACK),
                format!("{PAGE}?urlRetour={BACK_ENCODED}"),
                "{query:?}"
            );
            assert_eq!(
                location(&format!("{PAGE}?a=1&{query}&b=2"), BACK),
                format!("{PAGE}?a=1&b=2&urlRetour={BACK_ENCODED}"),
                "{query:?}"
            );
        }
    }

    #[test]
    fn a_fragment_stays_last() {
        assert_eq!(
            location(&format!("{PAGE}?a=1#part?x=1&urlRetour=y"), BACK),
            format!("{PAGE}?a=1&urlRetour={BACK_ENCODED}#part?x=1&urlRetour=y"),
        );
        assert_eq!(
            location(&format!("{PAGE}#part"), BACK),
            format!("{PAGE}?urlRetour={BACK_ENCODED}#part"),
        );
    }

    #[test]
    fn a_page_without_a_query_gets_one() {
        for url in [PAGE.to_owned(), format!("{PAGE}?")] {
            assert_eq!(
                location(&url, BACK),
                format!("{PAGE}?urlRetour={BACK_ENCODED}")
            );
        }
    }
}
