//! One table of cases, run against the same app on axum and on actix-web over real sockets. Both send the same
//! replies, to the last header.
#![cfg(all(
    feature = "actix",
    feature = "axum",
    feature = "reqwest",
    feature = "sandbox"
))]

mod support;

use support::host::{App, BASE, Browser, DESCRIBING, Host, KINDS, Reply};
use tower_privacy::{PrivacyLayer, problem};

/// The headers of a request, and who sends them.
type Headers = &'static [(&'static str, &'static str)];

const NAVIGATION: Headers = &[
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
];
const OLD_BROWSER: Headers = &[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
const CURL: Headers = &[("accept", "*/*"), ("authorization", "Bearer x")];
const HTMX: Headers = &[
    ("hx-request", "true"),
    ("hx-current-url", "https://app.example/carnet/list?x=1#top"),
    ("sec-fetch-mode", "cors"),
    ("referer", "https://app.example/carnet/other"),
];
const FETCH: Headers = &[
    ("sec-fetch-mode", "cors"),
    ("accept", "*/*"),
    ("referer", "https://app.example/carnet/app?tab=3"),
];
const XHR: Headers = &[
    ("x-requested-with", "XMLHttpRequest"),
    ("accept", "text/html, */*"),
    ("referer", "https://app.example/carnet/app?tab=3"),
];
const FOREIGN: Headers = &[
    ("sec-fetch-mode", "navigate"),
    ("referer", "https://app.example.evil.test/carnet/app"),
];
const NO_PAGE: Headers = &[("sec-fetch-mode", "cors")];

/// The expected reply.
struct Case {
    request: (&'static str, &'static str, Headers),
    status: u16,
    content_type: &'static str,
    /// The header with the location, and the return URL in it.
    leads: Option<(&'static str, &'static str)>,
    /// The body contains this.
    body: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const PROBLEM: &str = "application/problem+json";

fn case(
    request: (&'static str, &'static str, Headers),
    status: u16,
    content_type: &'static str,
    leads: Option<(&'static str, &'static str)>,
    body: &'static str,
) -> Case {
    Case {
        request,
        status,
        content_type,
        leads,
        body,
    }
}

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    let own = Some(("location", "https://app.example/carnet/redirect?a=%2C"));
    let page = Some(("problem", "https://app.example/carnet/app?tab=3"));
    let landing = "https://app.example/carnet";
    let list = Some(("hx-redirect", "https://app.example/carnet/list?x=1#top"));
    let needed = "One more step is needed";
    vec![
        // A redirect, by method and by audience.
        case(("GET", "/redirect?a=%2C", NAVIGATION), 303, HTML, own, needed),
        case(("GET", "/redirect?a=%2C", OLD_BROWSER), 303, HTML, own, needed),
        case(("GET", "/redirect?a=%2C", CURL), 403, PROBLEM, Some(("problem", landing)), problem::REDIRECT),
        case(("HEAD", "/redirect?a=%2C", NAVIGATION), 303, HTML, own, ""),
        case(("POST", "/redirect", NAVIGATION), 403, HTML, Some(("refresh", landing)), needed),
        case(("POST", "/redirect", FOREIGN), 403, HTML, Some(("refresh", landing)), needed),
        case(("GET", "/redirect", HTMX), 200, HTML, list, needed),
        case(("POST", "/redirect", HTMX), 200, HTML, list, needed),
        case(("GET", "/redirect", FETCH), 403, PROBLEM, page, problem::REDIRECT),
        case(("DELETE", "/redirect", FETCH), 403, PROBLEM, page, problem::REDIRECT),
        case(("GET", "/redirect", XHR), 403, HTML, Some(("refresh", "https://app.example/carnet/app?tab=3")), needed),
        case(("GET", "/redirect", NO_PAGE), 403, PROBLEM, Some(("problem", landing)), problem::REDIRECT),
        case(("HEAD", "/redirect", FETCH), 403, PROBLEM, None, ""),
        case(("GET", "//evil.test/redirect", NAVIGATION), 303, HTML, Some(("location", "https://app.example/carnet//evil.test/redirect")), needed),
        // Refused.
        case(("GET", "/refused?MARKER", NAVIGATION), 403, HTML, Some(("page", "https://app.example/carnet/refused")), "Try again"),
        case(("HEAD", "/refused?MARKER", NAVIGATION), 403, HTML, None, ""),
        case(("GET", "/refused", &[("sec-fetch-mode", "cors"), ("referer", "https://app.example/carnet/app?MARKER&tab=3")]),
            403, PROBLEM, page, problem::REFUSED),
        case(("GET", "/refused", &[("hx-request", "true"), ("hx-current-url", "https://app.example/carnet/list?MARKER&x=1#top")]),
            200, HTML, Some(("part", "https://app.example/carnet/list?x=1#top")), "Try again"),
        // Denials that cannot be followed.
        case(("GET", "/untrusted", NAVIGATION), 502, HTML, None, "Not available right now"),
        case(("GET", "/untrusted", FETCH), 502, PROBLEM, None, problem::REJECTED),
        case(("GET", "/untrusted", HTMX), 200, HTML, None, "Not available right now"),
        case(("GET", "/service", NAVIGATION), 502, HTML, None, "Not available right now"),
        case(("GET", "/service", FETCH), 502, PROBLEM, None, problem::SERVICE),
        case(("HEAD", "/service", FETCH), 502, PROBLEM, None, ""),
        // The app has its own text for this one.
        case(("GET", "/own-words", NAVIGATION), 409, HTML, None, "Il faut demander: photos"),
        case(("HEAD", "/own-words", NAVIGATION), 409, HTML, None, ""),
        case(("GET", "/interaction", FETCH), 403, PROBLEM, None, problem::INTERACTION_REQUIRED),
        // Other errors are left to the app.
        case(("GET", "/anyhow", NAVIGATION), 418, "text/plain; charset=utf-8", None, "out of cheese"),
        case(("GET", "/", NAVIGATION), 200, HTML, None, "GET /"),
        case(("POST", "/x?y", FETCH), 200, HTML, None, "POST /x?y"),
    ]
}

/// The marker of a user who was asked for the denial's permission.
fn marked(text: &str) -> String {
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    text.replace("MARKER", &format!("fromOrangePrivacy={now}~contact.see"))
}

async fn answers(browser: &Browser) -> Vec<Reply> {
    let mut replies = Vec::new();
    for case in cases() {
        let (method, path, headers) = case.request;
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, marked(value)))
            .collect();
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        replies.push(browser.send(method, &marked(path), &headers).await);
    }
    replies
}

async fn browsers() -> Vec<Browser> {
    let nowhere = "http://127.0.0.1:9/".parse::<url::Url>().unwrap();
    let app = App::new(PrivacyLayer::new(), nowhere.clone(), nowhere);
    let mut browsers = Vec::new();
    for kind in KINDS {
        browsers.push(Browser::new([Host::start(kind, app.clone()).await]));
    }
    browsers
}

fn is_own_page(case: &Case, reply: &Reply) -> bool {
    let (_, _, headers) = case.request;
    let htmx = headers.iter().any(|(name, _)| *name == "hx-request");
    !htmx
        && case.content_type == HTML
        && !matches!(case.status, 200 | 409)
        && !reply.body.is_empty()
}

/// The URL without its marker. It must have exactly one.
#[track_caller]
fn unmarked(url: &str) -> String {
    let mut url: url::Url = url.parse().unwrap();
    let query = url.query().unwrap().to_owned();
    let (before, marker) = query.split_once("fromOrangePrivacy=").unwrap();
    assert!(
        !marker.contains('&') && marker.ends_with("~contact.see"),
        "{url}"
    );
    url.set_query(Some(before.trim_end_matches('&')).filter(|query| !query.is_empty()));
    url.into()
}

#[tokio::test]
async fn both_hosts_reply_as_in_the_table() {
    for browser in browsers().await {
        for (case, reply) in cases().iter().zip(answers(&browser).await) {
            let name = format!("{:?}: {reply:?}", case.request);
            assert_eq!(reply.status, case.status, "{name}");
            if case.content_type != "text/plain; charset=utf-8" {
                assert_eq!(reply.header("content-type"), case.content_type, "{name}");
            }
            if case.body.is_empty() {
                assert_eq!(reply.body, "", "{name}");
                // RFC 9110, section 8.6: the same as for a GET.
                let (_, path, headers) = case.request;
                let get = browser.send("GET", &marked(path), headers).await;
                assert_eq!(
                    reply.header("content-length"),
                    get.body.len().to_string(),
                    "{name}"
                );
            }
            assert!(reply.body.contains(case.body), "{name}");
            // htmx inserts the reply into the page, so the reply must not be a whole page, or have a style.
            let is_page =
                reply.body.contains("<style>") && reply.body.starts_with("<!DOCTYPE html>");
            assert_eq!(is_page, is_own_page(case, &reply), "{name}");
            assert!(
                !reply.body.contains("s3cret") && !reply.body.contains("0range"),
                "{name}"
            );

            let leads = match case.leads {
                Some(("problem", back)) => Some((reply.problem().1.to_string(), back)),
                Some(("page", back)) => Some((reply.ask_again().to_string(), back)),
                Some(("refresh", back)) => Some((reply.refresh().to_string(), back)),
                Some(("part", back)) => Some((reply.between("href=\"").to_string(), back)),
                Some((header, back)) => Some((reply.header(header).to_owned(), back)),
                None => None,
            };
            if let Some((location, back)) = leads {
                let (page, return_url) = location.split_once("&urlRetour=").unwrap();
                assert_eq!(
                    page,
                    "http://privacy.orange.fr/urm-gui/interaction.do?family=contact&serviceId=S1&attributes=,see"
                );
                let return_url = percent_encoding::percent_decode_str(return_url);
                let return_url = return_url.decode_utf8().unwrap();
                assert_eq!(unmarked(&return_url), back, "{name}");
            }
            for header in ["location", "hx-redirect"] {
                let expected = matches!(case.leads, Some((found, _)) if found == header);
                assert_eq!(reply.headers.contains_key(header), expected, "{name}");
            }
            // Headers that the app's own layers set are kept.
            assert_eq!(reply.header("set-cookie"), "session=1", "{name}");
            let vary: Vec<_> = reply.headers.get_all("vary").iter().collect();
            if ["/", "/x?y", "/anyhow"].contains(&case.request.1) {
                assert_eq!(vary, ["Origin"], "{name}");
            } else {
                assert_eq!(reply.header("cache-control"), "no-store", "{name}");
                assert_eq!(vary.len(), 2, "{name}");
                for looked_at in [
                    "Sec-Fetch-Mode",
                    "Accept",
                    "X-Requested-With",
                    "HX-Request",
                    "Referer",
                ] {
                    assert!(vary[1].to_str().unwrap().contains(looked_at), "{name}");
                }
            }
            let own: Vec<_> = reply.headers.get_all("x-own").iter().collect();
            let expected = if case.status == 409 { "reply" } else { "layer" };
            assert_eq!(own, [expected], "{name}");
        }
    }
}

#[tokio::test]
async fn both_hosts_reply_the_same() {
    let mut all = Vec::new();
    for browser in browsers().await {
        all.push(answers(&browser).await);
    }
    for ((case, axum), actix) in cases().iter().zip(&all[0]).zip(&all[1]) {
        let name = format!("{:?}", case.request);
        let (mut axum, mut actix) = (axum.timeless(), actix.timeless());
        // The app's own response, which this crate does not change.
        if case.status == 418 {
            axum.1.remove("content-type");
            actix.1.remove("content-type");
        }
        assert_eq!(axum, actix, "{name}");
    }
}

#[tokio::test]
async fn a_reply_removes_the_headers_of_the_body_that_it_replaces() {
    for browser in browsers().await {
        let own = browser.open("/described").await;
        let reply = browser
            .fetch("/described/redirect", &format!("{BASE}/app"))
            .await;
        assert_eq!(reply.status, 403);
        for name in DESCRIBING {
            assert!(own.headers.contains_key(name), "{name}");
            assert!(!reply.headers.contains_key(name), "{name}");
        }
    }
}

#[tokio::test]
async fn nobody_returns_to_the_script_of_a_worker() {
    for browser in browsers().await {
        for script in ["/worker.js", "/worker.mjs?v=1"] {
            let reply = browser.fetch("/redirect", &format!("{BASE}{script}")).await;
            let (_, location) = reply.problem();
            let (_, back) = location
                .query_pairs()
                .find(|(name, _)| name == "urlRetour")
                .unwrap();
            assert_eq!(unmarked(&back), BASE);
        }
    }
}

#[tokio::test]
async fn a_problem_has_the_members_that_are_documented() {
    for browser in browsers().await {
        let page = format!("{BASE}/app");
        let reply = browser.fetch("/redirect", &page).await;
        let problem: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(problem["type"], problem::REDIRECT);
        assert_eq!(problem["status"], 403);
        assert_eq!(problem["family"], "contact");
        assert_eq!(problem["attributes"], serde_json::json!(["see"]));
        assert!(
            problem["location"]
                .as_str()
                .unwrap()
                .starts_with("http://privacy.orange.fr/")
        );
        assert_eq!(problem["returns"], true);
        assert_eq!(problem["protocol"], "orange");
        assert_eq!(problem["code"], "-3");
        assert_eq!(problem["permissions"], serde_json::json!(["contact.see"]));
        assert!(problem["title"].is_string() && problem["detail"].is_string());
        assert_eq!(problem.as_object().unwrap().len(), 11);

        let reply = browser.fetch("/service", &page).await;
        let problem: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(problem["status"], 502);
        assert_eq!(problem.as_object().unwrap().len(), 4);
    }
}

/// The return URL in the location of a navigation.
#[track_caller]
fn back(reply: &Reply) -> String {
    let location = reply.location();
    assert!(location.as_str().len() < 3_500, "{location}");
    let mut pairs = location.query_pairs();
    let (_, back) = pairs.find(|(name, _)| name == "urlRetour").unwrap();
    unmarked(&back)
}

#[tokio::test]
async fn users_return_only_to_a_configured_host() {
    for browser in browsers().await {
        for (name, host, expected) in [
            (
                "host",
                "app.example.fr",
                "https://app.example.fr/redirect?a=1",
            ),
            (
                "host",
                "APP.example.fr:443",
                "https://app.example.fr/redirect?a=1",
            ),
            (
                "host",
                "app.example",
                "https://app.example/carnet/redirect?a=1",
            ),
            (
                "host",
                "app.example.fr:8443",
                "https://app.example/carnet/redirect?a=1",
            ),
            (
                "host",
                "evil.test",
                "https://app.example/carnet/redirect?a=1",
            ),
            // Clients can write anything here.
            (
                "x-forwarded-host",
                "app.example.fr",
                "https://app.example/carnet/redirect?a=1",
            ),
            (
                "forwarded",
                "host=app.example.fr",
                "https://app.example/carnet/redirect?a=1",
            ),
            (
                "x-host",
                "app.example.fr",
                "https://app.example/carnet/redirect?a=1",
            ),
        ] {
            let headers = [("sec-fetch-mode", "navigate"), (name, host)];
            let reply = browser.send("GET", "/redirect?a=1", &headers).await;
            assert_eq!(back(&reply), expected, "{name}: {host}");
        }
        let page = "https://app.example.fr/list?b";
        let reply = browser.fetch("/redirect", page).await;
        let (_, location) = reply.problem();
        assert!(
            location
                .as_str()
                .contains("app.example.fr%2Flist%3Fb%26from"),
            "{location}"
        );
    }
}

#[tokio::test]
async fn nobody_returns_to_a_url_that_works_only_once() {
    for browser in browsers().await {
        for once in [
            "/oauth/callback?code=s3cret&state=s3cret",
            "/magic/link?s3cret",
        ] {
            let reply = browser.open(once).await;
            assert!(!reply.body.contains("s3cret") && !reply.header("location").contains("s3cret"));
            assert_eq!(back(&reply), BASE);
            for (page, expected) in [
                (
                    "https://app.example/carnet/list?b",
                    "https://app.example/carnet/list?b",
                ),
                ("https://sign-in.example/list", BASE),
                ("https://app.example/carnet/magic/link?s3cret", BASE),
            ] {
                let headers = [("sec-fetch-mode", "navigate"), ("referer", page)];
                assert_eq!(back(&browser.send("GET", once, &headers).await), expected);
            }
        }
    }
}

/// A `%` in the page's URL takes three bytes in the location, and one that is already encoded takes five.
#[tokio::test]
async fn a_location_fits_through_proxies() {
    for browser in browsers().await {
        for (query, kept) in [
            ("a".repeat(2_500), true),
            ("%2C".repeat(500), true),
            ("%2C".repeat(800), false),
            ("a".repeat(7_000), false),
            (".%20".repeat(1_500), false),
        ] {
            let page = format!("https://app.example/carnet/redirect?{query}");
            let expected = if kept {
                &page
            } else {
                "https://app.example/carnet/redirect"
            };
            let reply = browser.open(&format!("/redirect?{query}")).await;
            assert_eq!(back(&reply), expected, "{}", query.len());
        }
        let path = format!("/{}/redirect?a", "b".repeat(4_000));
        assert_eq!(back(&browser.open(&path).await), BASE);
        // The marker is kept: a user who comes back is not sent away again.
        let long = marked(&format!("/refused?MARKER&{}", "a".repeat(7_000)));
        let again = browser.open(&long).await.ask_again();
        assert!(
            again.as_str().contains("refused%3FfromOrangePrivacy%3D"),
            "{again}"
        );
    }
}
