//! Interaction URLs as an attacker or a careless upstream might write them, and where they lead.
//!
//! A URL is parsed once. The parsed URL is compared with the trusted endpoints, and its serialisation is what
//! the user is sent to. So each row leads exactly to the location beside it, or nowhere.

mod support;

use std::fmt::Write;

use http::HeaderValue;
use support::{context, inspect, layer, redirect, xml};
use tower_privacy::{PrivacyEndpoint, PrivacyError, PrivacyLayer, RejectionKind};
use url::Url;

/// The outcome of a URL.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    /// A redirect to this URL, with `urlRetour` at the end of its query.
    To(&'static str),
    Untrusted,
    Invalid,
    Missing,
    /// The text cannot be part of an XML document.
    NoDocument,
}
use Outcome::{Invalid, Missing, NoDocument, To, Untrusted};

const PAGE: &str = "http://privacy.orange.fr/urm-gui/interaction.do";
const PAGE_TLS: &str = "https://privacy.orange.fr/urm-gui/interaction.do";

#[rustfmt::skip]
const URLS: &[(&str, Outcome)] = &[
    // The documented pages, over both schemes.
    ("http://privacy.orange.fr/urm-gui/interaction.do", To(PAGE)),
    ("https://privacy.orange.fr/urm-gui/interaction.do", To(PAGE_TLS)),
    ("http://int4.mdsp.rec.orange.fr/privacy/interaction.do", To("http://int4.mdsp.rec.orange.fr/privacy/interaction.do")),
    ("https://int4.mdsp.rec.orange.fr/privacy/interaction.do", To("https://int4.mdsp.rec.orange.fr/privacy/interaction.do")),
    // Each path belongs to its own host.
    ("http://privacy.orange.fr/privacy/interaction.do", Untrusted),
    ("http://int4.mdsp.rec.orange.fr/urm-gui/interaction.do", Untrusted),

    // Invalid URLs.
    ("", Missing),
    (" \t\r\n", Missing),
    ("interaction.do", Invalid),
    ("/urm-gui/interaction.do", Invalid),
    ("//privacy.orange.fr/urm-gui/interaction.do", Invalid),
    ("?family=contact", Invalid),
    ("#", Invalid),
    ("privacy.orange.fr/urm-gui/interaction.do", Invalid),
    ("privacy.orange.fr:80/urm-gui/interaction.do", Untrusted),
    ("http://", Invalid),
    ("http:///", Invalid),
    ("https://?x", Invalid),

    // User names and passwords are not allowed, whatever the host.
    ("http://privacy.orange.fr@evil.test/urm-gui/interaction.do", Untrusted),
    ("http://evil.test@privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://user:pass@privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://:pass@privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr:80@evil.test/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr%40evil.test/urm-gui/interaction.do", Invalid),
    ("http://privacy.orange.fr%2F@evil.test/urm-gui/interaction.do", Untrusted),
    ("http://a@b@privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    // The parser removes an empty one.
    ("http://@privacy.orange.fr/urm-gui/interaction.do", To(PAGE)),
    ("http://:@privacy.orange.fr/urm-gui/interaction.do", To(PAGE)),

    // Too few and too many slashes, and backslashes. Browsers read them as the parser does.
    ("http:privacy.orange.fr/urm-gui/interaction.do", To(PAGE)),
    ("http:/privacy.orange.fr/urm-gui/interaction.do", To(PAGE)),
    ("http:///privacy.orange.fr/urm-gui/interaction.do", To(PAGE)),
    ("http://///privacy.orange.fr/urm-gui/interaction.do", To(PAGE)),
    ("http:\\\\privacy.orange.fr\\urm-gui\\interaction.do", To(PAGE)),
    ("http:/\\privacy.orange.fr/urm-gui\\interaction.do", To(PAGE)),
    ("http://privacy.orange.fr\\urm-gui/interaction.do", To(PAGE)),
    ("http://privacy.orange.fr\\@evil.test/urm-gui/interaction.do", Untrusted),
    ("http://evil.test\\@privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://evil.test\\.privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http:\\\\evil.test\\privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr//urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr/urm-gui//interaction.do", Untrusted),
    ("http://privacy.orange.fr/urm-gui/interaction.do/", Untrusted),
    ("http:evil.test/urm-gui/interaction.do", Untrusted),
    ("https:///evil.test/urm-gui/interaction.do", Untrusted),

    // The parser removes tabs and newlines, and white space and controls at both ends.
    (" \n http://privacy.orange.fr/urm-gui/interaction.do\t", To(PAGE)),
    ("ht\ntp://privacy.orange.fr/urm-gui/interaction.do", To(PAGE)),
    ("http://privacy.\torange.fr/urm-gui/inter\naction.do", To(PAGE)),
    ("http:\r\n//privacy.orange.fr/urm-gui/interaction.do", To(PAGE)),
    ("http://privacy.orange.fr/urm-gui/interaction.do?a=1\r\nSet-Cookie:x=1", To("http://privacy.orange.fr/urm-gui/interaction.do?a=1Set-Cookie:x=1")),
    ("http://privacy.orange.fr/urm-gui/interaction.do?a= b", To("http://privacy.orange.fr/urm-gui/interaction.do?a=%20b")),
    ("http://privacy.orange.fr .evil.test/urm-gui/interaction.do", Invalid),
    ("http://privacy.orange.fr\n.evil.test/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr\t@evil.test/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr/urm-gui/interaction.do \u{a0}", Untrusted),
    ("http://privacy.orange.fr/urm-gui/interaction.do\u{0}", NoDocument),
    ("\u{1}http://privacy.orange.fr/urm-gui/interaction.do", NoDocument),
    ("http://privacy.orange.fr/urm-gui/interaction.do?\u{b}", NoDocument),
    ("http://privacy.orange.fr/urm-gui/interaction.do?\u{7f}\u{85}", To("http://privacy.orange.fr/urm-gui/interaction.do?%7F%C2%85")),

    // Other schemes.
    ("javascript:alert(1)", Untrusted),
    ("JavaScript://privacy.orange.fr/urm-gui/interaction.do%0Aalert(1)", Untrusted),
    ("java\nscript:alert(1)//http://privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("data:text/html,<script>alert(1)</script>", Untrusted),
    ("data://privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("file:///urm-gui/interaction.do", Untrusted),
    ("file://privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("ftp://privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("ws://privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("wss://privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("blob:http://privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("view-source:http://privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("intent://privacy.orange.fr/urm-gui/interaction.do#Intent;end", Untrusted),
    ("about:blank", Untrusted),
    ("vbscript:msgbox(1)", Untrusted),
    ("httpx://privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http+unix://privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("HTTP://privacy.orange.fr/urm-gui/interaction.do", To(PAGE)),
    ("hTTpS://privacy.orange.fr/urm-gui/interaction.do", To(PAGE_TLS)),

    // Hosts that resemble the trusted one, end with it, or begin with it.
    ("http://evil.test/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr.evil.test/urm-gui/interaction.do", Untrusted),
    ("http://evil-privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://evil.privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://privacy.0range.fr/urm-gui/interaction.do", Untrusted),
    ("http://privacyorange.fr/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr.:80/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr./urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr../urm-gui/interaction.do", Untrusted),
    ("http://.privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://privacy..orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr,evil.test/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr;evil.test/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr&evil.test/urm-gui/interaction.do", Untrusted),
    ("http://evil.test/?http://privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://evil.test/#http://privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://evil.test/http://privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://evil.test?@privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://evil.test#@privacy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://PRIVACY.Orange.FR/urm-gui/interaction.do", To(PAGE)),

    // Homographs. A name that IDNA (UTS 46) maps to the host is the host.
    ("http://privacy.\u{43e}range.fr/urm-gui/interaction.do", Untrusted),
    ("http://priv\u{430}cy.orange.fr/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orang\u{117}.fr/urm-gui/interaction.do", Untrusted),
    ("http://privacy.xn--range-qye.fr/urm-gui/interaction.do", Untrusted),
    ("http://privacy\u{3002}orange\u{ff0e}fr/urm-gui/interaction.do", To(PAGE)),
    ("http://\u{ff50}rivacy.orange.fr/urm-gui/interaction.do", To(PAGE)),
    ("http://priv\u{ad}acy.orange.fr/urm-gui/interaction.do", To(PAGE)),
    ("http://privacy.orange.fr\u{2044}evil.test/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr\u{ff0f}evil.test/urm-gui/interaction.do", Invalid),
    ("http://evil.test\u{ff03}.privacy.orange.fr/urm-gui/interaction.do", Invalid),
    ("http://privacy.orange.fr\u{200b}/urm-gui/interaction.do", To(PAGE)),
    ("http://\u{202e}rf.egnaro.ycavirp/urm-gui/interaction.do", Invalid),
    ("http://xn--/urm-gui/interaction.do", Invalid),

    // Percent-encoded hosts are decoded only once.
    ("http://%70rivacy.orange.fr/urm-gui/interaction.do", To(PAGE)),
    ("http://privacy%2Eorange%2efr/urm-gui/interaction.do", To(PAGE)),
    ("http://%2570rivacy.orange.fr/urm-gui/interaction.do", Invalid),
    ("http://privacy.orange.fr%00.evil.test/urm-gui/interaction.do", Invalid),
    ("http://privacy.orange.fr%0d%0a.evil.test/urm-gui/interaction.do", Invalid),
    ("http://privacy.orange.fr%23.evil.test/urm-gui/interaction.do", Invalid),
    ("http://privacy.orange.fr%5C.evil.test/urm-gui/interaction.do", Invalid),

    // Paths are compared byte for byte, after dot segments are resolved.
    ("http://privacy.orange.fr/", Untrusted),
    ("http://privacy.orange.fr", Untrusted),
    ("http://privacy.orange.fr/urm-gui/", Untrusted),
    ("http://privacy.orange.fr/urm-gui/interaction.do.evil", Untrusted),
    ("http://privacy.orange.fr/urm-gui/interaction.do;jsessionid=1", Untrusted),
    ("http://privacy.orange.fr/URM-GUI/interaction.do", Untrusted),
    ("http://privacy.orange.fr/urm-gui/interaction%2Edo", Untrusted),
    ("http://privacy.orange.fr/%75rm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr/urm-gui%2Finteraction.do", Untrusted),
    ("http://privacy.orange.fr/urm-gui/interaction.do%00", Untrusted),
    ("http://privacy.orange.fr/urm-gui/interaction.do%3Fx", Untrusted),
    ("http://privacy.orange.fr/./urm-gui/../urm-gui/interaction.do", To(PAGE)),
    ("http://privacy.orange.fr/x/../../../urm-gui/interaction.do", To(PAGE)),
    ("http://privacy.orange.fr/%2e%2E/urm-gui/.%2e/urm-gui/interaction.do", To(PAGE)),
    ("http://privacy.orange.fr/urm-gui/interaction.do/../logout", Untrusted),
    ("http://privacy.orange.fr/urm-gui/interaction.do/..", Untrusted),
    ("http://privacy.orange.fr/urm-gui/interaction.do/%2e%2e/x", Untrusted),

    // Ports.
    ("http://privacy.orange.fr:80/urm-gui/interaction.do", To(PAGE)),
    ("http://privacy.orange.fr:/urm-gui/interaction.do", To(PAGE)),
    ("http://privacy.orange.fr:00080/urm-gui/interaction.do", To(PAGE)),
    ("https://privacy.orange.fr:443/urm-gui/interaction.do", To(PAGE_TLS)),
    ("http://privacy.orange.fr:443/urm-gui/interaction.do", Untrusted),
    ("https://privacy.orange.fr:80/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr:8080/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr:0/urm-gui/interaction.do", Untrusted),
    ("http://privacy.orange.fr:65616/urm-gui/interaction.do", Invalid),
    ("http://privacy.orange.fr:-1/urm-gui/interaction.do", Invalid),
    ("http://privacy.orange.fr:80x/urm-gui/interaction.do", Invalid),
    ("http://privacy.orange.fr:80:80/urm-gui/interaction.do", Invalid),

    // Queries and fragments may be anything, and stay as the parser serialises them.
    ("http://privacy.orange.fr/urm-gui/interaction.do?", To("http://privacy.orange.fr/urm-gui/interaction.do")),
    ("http://privacy.orange.fr/urm-gui/interaction.do?family=contact&attributes=,see", To("http://privacy.orange.fr/urm-gui/interaction.do?family=contact&attributes=,see")),
    ("http://privacy.orange.fr/urm-gui/interaction.do?a=%zz&b=%&c=+&d", To("http://privacy.orange.fr/urm-gui/interaction.do?a=%zz&b=%&c=+&d")),
    ("http://privacy.orange.fr/urm-gui/interaction.do?a=\"<>'\u{e9}", To("http://privacy.orange.fr/urm-gui/interaction.do?a=%22%3C%3E%27%C3%A9")),
    ("http://privacy.orange.fr/urm-gui/interaction.do?next=http://evil.test/", To("http://privacy.orange.fr/urm-gui/interaction.do?next=http://evil.test/")),
    ("http://privacy.orange.fr/urm-gui/interaction.do?a#frag", To("http://privacy.orange.fr/urm-gui/interaction.do?a#frag")),
    ("http://privacy.orange.fr/urm-gui/interaction.do#@evil.test/\"<>`", To("http://privacy.orange.fr/urm-gui/interaction.do#@evil.test/%22%3C%3E%60")),

    // An existing return URL is replaced in any spelling, and nothing else changes.
    ("http://privacy.orange.fr/urm-gui/interaction.do?urlRetour=http://evil.test/", To(PAGE)),
    ("http://privacy.orange.fr/urm-gui/interaction.do?urlRetour", To(PAGE)),
    ("http://privacy.orange.fr/urm-gui/interaction.do?a=1&urlRetour=x&b=2&urlRetour=y", To("http://privacy.orange.fr/urm-gui/interaction.do?a=1&b=2")),
    ("http://privacy.orange.fr/urm-gui/interaction.do?%75rlRetour=http://evil.test/&a", To("http://privacy.orange.fr/urm-gui/interaction.do?a")),
    ("http://privacy.orange.fr/urm-gui/interaction.do?url%52etou%72=http://evil.test/", To(PAGE)),
    ("http://privacy.orange.fr/urm-gui/interaction.do?url\nRetour=http://evil.test/", To(PAGE)),
    ("http://privacy.orange.fr/urm-gui/interaction.do?URLRETOUR=x&urlretour=y", To("http://privacy.orange.fr/urm-gui/interaction.do?URLRETOUR=x&urlretour=y")),
    ("http://privacy.orange.fr/urm-gui/interaction.do?%2575rlRetour=x", To("http://privacy.orange.fr/urm-gui/interaction.do?%2575rlRetour=x")),
    ("http://privacy.orange.fr/urm-gui/interaction.do?urlRetour[]=x", To("http://privacy.orange.fr/urm-gui/interaction.do?urlRetour[]=x")),
    ("http://privacy.orange.fr/urm-gui/interaction.do?a;urlRetour=x", To("http://privacy.orange.fr/urm-gui/interaction.do?a;urlRetour=x")),
    ("http://privacy.orange.fr/urm-gui/interaction.do?a#urlRetour=x", To("http://privacy.orange.fr/urm-gui/interaction.do?a#urlRetour=x")),

    // Addresses are not names.
    ("http://127.0.0.1/urm-gui/interaction.do", Untrusted),
    ("http://2130706433/urm-gui/interaction.do", Untrusted),
    ("http://[::1]/urm-gui/interaction.do", Untrusted),
    ("http://[privacy.orange.fr]/urm-gui/interaction.do", Invalid),
    ("http://[::ffff:127.0.0.1]/urm-gui/interaction.do", Untrusted),
    ("http://localhost/urm-gui/interaction.do", Untrusted),
];

/// A denial with this URL, which may contain any characters.
fn document(url: &str) -> String {
    let mut text = String::new();
    for c in url.chars() {
        if matches!(c, '<' | '>' | '&' | '\t' | '\n' | '\r') {
            write!(text, "&#{};", u32::from(c)).unwrap();
        } else {
            text.push(c);
        }
    }
    format!("<error><detail>PrivacyAccessDeniedException</detail><url>{text}</url></error>")
}

async fn outcome(layer: &PrivacyLayer, url: &str) -> Result<(), PrivacyError> {
    inspect(xml(document(url)), &context(), layer)
        .await
        .map(|_| ())
}

/// The location without our `urlRetour`. It must have exactly one, at the end of its query.
#[track_caller]
fn without_return_url(location: &str) -> String {
    const OURS: &str = "urlRetour=https%3A%2F%2Fapp.example%2Fhome";
    let (before, after) = location.split_once(OURS).expect(location);
    assert!(after.is_empty() || after.starts_with('#'), "{location}");
    let before = before.strip_suffix(['?', '&']).expect(location);
    format!("{before}{after}")
}

#[tokio::test]
async fn each_url_leads_where_the_table_says_or_nowhere() {
    assert!(URLS.len() >= 150);
    let trusted = [
        PrivacyEndpoint::production(),
        PrivacyEndpoint::integration(),
    ];
    let mut differences = Vec::new();
    for &(url, expected) in URLS {
        let found = outcome(&layer(), url).await;
        let agrees = match (&found, expected) {
            (Ok(()), NoDocument) => true,
            (Err(PrivacyError::Redirect(redirect)), To(page)) => {
                let location = redirect.location();
                assert!(trusted.iter().any(|endpoint| endpoint.covers(location)));
                assert_eq!(&Url::parse(location.as_str()).unwrap(), location);
                let header = HeaderValue::from_str(location.as_str()).unwrap();
                assert!(header.as_bytes().iter().all(u8::is_ascii_graphic));
                without_return_url(location.as_str()) == page
            }
            (Err(PrivacyError::Rejected(rejected)), expected) => matches!(
                (rejected.kind(), expected),
                (RejectionKind::UntrustedEndpoint, Untrusted)
                    | (RejectionKind::InvalidUrl, Invalid)
                    | (RejectionKind::MissingUrl, Missing)
            ),
            _ => false,
        };
        if !agrees {
            let found = match found {
                Err(PrivacyError::Redirect(redirect)) => redirect.location().to_string(),
                found => format!("{found:?}"),
            };
            differences.push(format!("{url:?}: {found}, not {expected:?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// An endpoint with an address covers every spelling of the address.
#[tokio::test]
async fn an_address_is_compared_as_an_address() {
    let layer = layer().trust_only([
        PrivacyEndpoint::new("http://127.0.0.1:8080/page").unwrap(),
        PrivacyEndpoint::new("http://[::1]/page").unwrap(),
    ]);
    for (url, page) in [
        ("http://127.0.0.1:8080/page", "http://127.0.0.1:8080/page"),
        ("http://127.1:8080/page", "http://127.0.0.1:8080/page"),
        ("http://0x7f.0.0.1:8080/page", "http://127.0.0.1:8080/page"),
        ("http://0177.0.0.01:8080/page", "http://127.0.0.1:8080/page"),
        ("http://2130706433:8080/page", "http://127.0.0.1:8080/page"),
        ("http://0x7F000001:8080/page", "http://127.0.0.1:8080/page"),
        ("http://127.0.0.1.:8080/page", "http://127.0.0.1:8080/page"),
        (
            "http://%31%32%37.0.0.1:8080/page",
            "http://127.0.0.1:8080/page",
        ),
        ("http://[0:0:0:0:0:0:0:1]/page", "http://[::1]/page"),
        ("http://[0000::0.0.0.1]:80/page", "http://[::1]/page"),
    ] {
        let redirect = redirect(outcome(&layer, url).await);
        assert_eq!(
            without_return_url(redirect.location().as_str()),
            page,
            "{url}"
        );
    }
    for url in [
        "http://127.0.0.2:8080/page",
        "http://127.0.0.1/page",
        "https://127.0.0.1:8080/page",
        "http://[::ffff:127.0.0.1]:8080/page",
        "http://[::1%25eth0]/page",
        "http://256.0.0.1:8080/page",
        "http://127.0.0.1.evil.test:8080/page",
        "http://privacy.orange.fr/urm-gui/interaction.do",
    ] {
        let error = outcome(&layer, url).await.unwrap_err();
        assert!(matches!(error, PrivacyError::Rejected(_)), "{url}");
    }
}
