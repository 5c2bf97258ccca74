//! Any `X-GitHub-SSO`. A location is always a page of an organisation's single sign-on, and the URL in the field
//! is the one that a regular expression finds.
#![no_main]

use arbitrary::Arbitrary;
use http::{HeaderValue, Response, StatusCode};
use libfuzzer_sys::fuzz_target;
use regex::Regex;
use std::sync::LazyLock;
use tower_privacy::{
    PrivacyError,
    protocol::{GitHubSso, Protocol},
};
use tower_privacy_fuzz::{HOME, check_page, layer, look_by};
use url::Url;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    is_forbidden: bool,
    text: &'a str,
}

/// A field that says `required`, and what follows.
static REQUIRED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)^\s*required\s*(?:;(.*))?$").expect("a valid expression"));
/// What ends at a semicolon or a comma outside quotation marks.
static PARAMETER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?:"[^"]*(?:"|$)|[^;,"])+"#).expect("a valid expression"));
/// A parameter `url`. Anything may be in its quotation marks.
static PAGE: LazyLock<Regex> = LazyLock::new(|| {
    let page = r#"(?i)^url\s*=\s*(?:"+([^"].*?)|([^"\s].*?))"*$"#;
    Regex::new(page).expect("a valid expression")
});

fuzz_target!(|input: Input<'_>| {
    let mut response = Response::new(http_body_util::Full::new(bytes::Bytes::from("body")));
    if input.is_forbidden {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    let fields: Vec<_> = input.text.split('\n').collect();
    for field in &fields {
        let Ok(value) = HeaderValue::from_bytes(field.as_bytes()) else {
            return;
        };
        response.headers_mut().append("x-github-sso", value);
    }
    let required = fields.iter().find_map(|field| REQUIRED.captures(field));
    match look_by(&layer().protocol(GitHubSso::new()), response) {
        Ok(body) => assert!(body == "body" && (!input.is_forbidden || required.is_none())),
        Err(error) => {
            let required = required
                .filter(|_| input.is_forbidden)
                .expect("it is a denial");
            let rest = required.get(1).map_or("", |rest| rest.as_str());
            let mut pages = PARAMETER
                .find_iter(rest)
                .filter_map(|part| PAGE.captures(part.as_str().trim()));
            let page = pages.next().and_then(|page| page.iter().flatten().nth(1));
            let page = page.map(|page| page.as_str().to_owned());
            match error {
                PrivacyError::Redirect(redirect) => {
                    check_page(&redirect, &GitHubSso::new().endpoints());
                    let page = page.expect("a page is named");
                    assert_eq!(redirect.location(), &Url::parse(&page).expect("it parses"));
                    assert!(!redirect.returns());
                    assert_eq!(redirect.return_url().as_str(), HOME);
                    let mut segments = redirect.location().path_segments().expect("it has a path");
                    assert_eq!(segments.next(), Some("orgs"));
                    let asked: Vec<_> = redirect.denial().permissions().collect();
                    assert!(
                        asked.len() == 1 && asked[0].starts_with("sso."),
                        "{asked:?}"
                    );
                    let printed = format!("{redirect:?}{}", redirect.denial().status());
                    assert!(!printed.contains('?'), "{printed}");
                }
                PrivacyError::Rejected(rejected) => {
                    let _ = format!("{rejected:?}{rejected}");
                    if let Some(page) = page.and_then(|page| Url::parse(&page).ok()) {
                        let trusted = GitHubSso::new().endpoints();
                        assert!(
                            !trusted.iter().any(|endpoint| endpoint.covers(&page)),
                            "{page}"
                        );
                    }
                }
                error => panic!("{error:?}"),
            }
        }
    }
});
