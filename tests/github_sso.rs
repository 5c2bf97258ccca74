//! An organisation's single sign-on at GitHub: how the documented headers are read.
#![cfg(feature = "github-sso")]

mod support;

use http::{HeaderValue, Response};
use proptest::prelude::*;
use support::{layer, now::now, redirect};
use tower_privacy::{
    PrivacyEndpoint, PrivacyError, PrivacyRedirect, RejectionKind, ResponseBody,
    protocol::GitHubSso,
};
use url::Url;

const PAGE: &str = "https://github.com/orgs/octodocs-test/sso?authorization_request=AZSCKL4U0yX1H3sCQIVnVgmjmon5fWxks5YrqhJgah0b2tlbl9pZM4EuMz4";

type Looked = Result<Response<ResponseBody<String>>, PrivacyError>;

fn look(status: u16, fields: &[&str]) -> Looked {
    let mut response = Response::new(String::from("{\"message\":\"Resource protected\"}"));
    *response.status_mut() = status.try_into().unwrap();
    for field in fields {
        let value = HeaderValue::from_bytes(field.as_bytes()).unwrap();
        response.headers_mut().append("x-github-sso", value);
    }
    now(layer().protocol(GitHubSso::new()).inspect(response))
}

#[track_caller]
fn denied(fields: &[&str]) -> PrivacyRedirect {
    redirect(look(403, fields))
}

fn is_githubs_page(url: &Url) -> bool {
    let Some(("", rest)) = url.as_str().split_once("https://github.com/orgs/") else {
        return false;
    };
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let organisation = path.strip_suffix("/sso").unwrap_or_default();
    !organisation.is_empty() && !organisation.contains('/')
}

#[test]
fn the_documented_header_is_a_denial_whose_page_does_not_lead_back() {
    let redirect = denied(&[&format!("required; url={PAGE}")]);
    assert_eq!(redirect.location().as_str(), PAGE);
    assert!(!redirect.returns());
    let denial = redirect.denial();
    assert_eq!(
        (denial.protocol(), denial.code()),
        ("github_sso", Some("required"))
    );
    assert!(denial.permissions().eq(["sso.octodocs-test"]));
}

#[test]
fn a_header_is_read_with_any_spacing_and_the_first_of_several_counts() {
    let other = PAGE.replace("octodocs-test", "other");
    for fields in [
        &[&*format!("required;url={PAGE}")][..],
        &[&format!(" Required ; URL = {PAGE} ")],
        &[&format!("required; url=\"{PAGE}\"")],
        &[&format!("required; url={PAGE}; expires=3600")],
        &[&format!("required; organizations=1; url={PAGE}")],
        &[&format!("required; url={PAGE}, required; url={other}")],
        &[&format!("required; url={PAGE},required; url={other}")],
        &[
            &format!("required; url={PAGE}"),
            &format!("required; url={other}"),
        ],
        &[
            "partial-results; organizations=1,2",
            &format!("required; url={PAGE}"),
        ],
        &["\u{e9}", "", &format!("required; url={PAGE}")],
        &[&format!("required; note=\"a, b; url={other}\"; url={PAGE}")],
    ] {
        assert_eq!(denied(fields).location().as_str(), PAGE, "{fields:?}");
    }
    for end in [";a,b", ","] {
        let page = format!("{PAGE}{end}");
        let quoted = denied(&[&format!("required; url=\"{page}\"; expires=3600")]);
        assert_eq!(quoted.location().as_str(), page);
        let is_cut = denied(&[&format!("required; url={page}")]);
        assert_eq!(is_cut.location().as_str(), PAGE);
    }
}

#[test]
fn anything_but_a_requirement_passes() {
    let required = format!("required; url={PAGE}");
    for (status, fields) in [
        (
            200,
            &["partial-results; organizations=21955855,20582480"][..],
        ),
        (403, &["partial-results; organizations=21955855,20582480"]),
        (403, &[]),
        (403, &[""]),
        (403, &["requir"]),
        (403, &["not-required; url=https://github.com/orgs/a/sso"]),
        (403, &["; url=https://github.com/orgs/a/sso"]),
        (200, &[&*required]),
        (401, &[&*required]),
        (404, &[&*required]),
    ] {
        let passed = look(status, fields).unwrap();
        assert_eq!(passed.status(), status, "{fields:?}");
    }
}

#[test]
fn a_truncated_header_is_rejected_or_still_leads_to_the_page() {
    let whole = format!("required; url={PAGE}");
    for end in 0..whole.len() {
        match look(403, &[&whole[..end]]) {
            Ok(_) => assert!(end < "required".len(), "{end}"),
            Err(PrivacyError::Rejected(_)) => assert!(end < whole.find('?').unwrap(), "{end}"),
            Err(PrivacyError::Redirect(redirect)) => assert!(is_githubs_page(redirect.location())),
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// URLs that only resemble GitHub's page.
const ELSEWHERE: [&str; 21] = [
    "http://github.com/orgs/a/sso",
    "https://github.com:8443/orgs/a/sso",
    "https://github.com./orgs/a/sso",
    "https://www.github.com/orgs/a/sso",
    "https://github.com.evil.test/orgs/a/sso",
    "https://evil.test/orgs/a/sso",
    "https://github.com@evil.test/orgs/a/sso",
    "https://user@github.com/orgs/a/sso",
    "https://user:pw@github.com/orgs/a/sso",
    "https://evil.test\\@github.com/orgs/a/sso",
    "https://github.com/orgs/sso",
    "https://github.com/orgs//sso",
    "https://github.com/orgs/a/b/sso",
    "https://github.com/orgs/a/sso/",
    "https://github.com/orgs/a/../sso",
    "https://github.com/orgs/%2e%2e/sso",
    "https://github.com/orgs/a%2fb/sso",
    "https://github.com/orgs/a%5Cb/sso",
    "https://github.com/login/oauth/authorize",
    "javascript:alert(1)",
    "https://evil.test/; url=https://github.com/orgs/a/sso",
];

#[test]
fn a_url_that_is_not_githubs_page_is_rejected() {
    use RejectionKind::{InvalidUrl, MissingUrl};
    let elsewhere = ELSEWHERE.map(|url| format!("required; url={url}"));
    let elsewhere = elsewhere
        .iter()
        .map(|value| (value.as_str(), RejectionKind::UntrustedEndpoint));
    let none = [
        ("required", MissingUrl),
        ("required;", MissingUrl),
        ("required; url", MissingUrl),
        ("required; url=", MissingUrl),
        ("required; url=\"\"", MissingUrl),
        ("required; uri=https://github.com/orgs/a/sso", MissingUrl),
        ("required; url=/orgs/a/sso", InvalidUrl),
        ("required; url=//github.com/orgs/a/sso", InvalidUrl),
        ("required; url=https://", InvalidUrl),
    ];
    for (value, expected) in none.into_iter().chain(elsewhere) {
        match look(403, &[value]) {
            Err(PrivacyError::Rejected(rejected)) => {
                assert_eq!(rejected.kind(), expected, "{value}");
                let page = PrivacyEndpoint::new("https://github.com/orgs/*/sso").unwrap();
                assert_eq!(rejected.expected(), [page]);
            }
            other => panic!("{value}: {other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn a_location_is_never_outside_githubs_page(
        fields in prop::collection::vec(
            (
                "(required|partial-results|Required|)[;, ]{0,2}",
                "(url=)?\"?(https?:)?(//)?[\\[\\]@:/\\\\.a-z%0-9]{0,12}",
                "(github\\.com)?[:@.0-9]{0,3}(/orgs/[a-z.%2Ff\\\\/]{0,6}/sso)?[ -~\u{e9}]{0,8}",
            )
                .prop_map(|(a, b, c)| a + &b + &c),
            1..3,
        ),
    ) {
        let fields: Vec<_> = fields.iter().map(String::as_str).collect();
        if let Err(PrivacyError::Redirect(redirect)) = look(403, &fields) {
            prop_assert!(is_githubs_page(redirect.location()), "{}", redirect.location());
        }
    }
}
