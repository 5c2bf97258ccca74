//! The table of replies, row by row, with the same app on axum and on actix-web over real sockets. Both send
//! the same replies, to the last header.
#![cfg(all(
    feature = "actix",
    feature = "axum",
    feature = "reqwest",
    feature = "sandbox"
))]

mod support;

use support::host::{App, BASE, Browser, Host, KINDS, Reply};
use tower_privacy::{PrivacyLayer, problem};

const PROBLEM: &str = "application/problem+json";
const HTML: &str = "text/html; charset=utf-8";
const STREAM: &str = "text/vnd.turbo-stream.html; charset=utf-8";

/// Where the user is sent, without the return URL.
const PAGE: &str = "http://privacy.orange.fr/urm-gui/interaction.do?family=contact";

/// Who makes the request: the method, and the headers that matter.
#[derive(Clone, Copy)]
struct Who<'a>(&'a str, &'a [(&'a str, &'a str)]);

/// A browser for each host. Both get the same requests, and must send the same replies.
struct Hosts([Browser; 2]);

impl Hosts {
    async fn start() -> Self {
        let nowhere = "http://127.0.0.1:9/".parse::<url::Url>().unwrap();
        let app = App::new(PrivacyLayer::new(), nowhere.clone(), nowhere);
        let [axum, actix] = KINDS;
        let axum = Browser::new([Host::start(axum, app.clone()).await]);
        Self([axum, Browser::new([Host::start(actix, app).await])])
    }

    /// Requests a path from a page of the app.
    async fn ask(&self, who: Who<'_>, path: &str) -> Reply {
        let Who(method, fields) = who;
        let page = marked(&format!(
            "{BASE}/app?tab=3{}",
            if path.contains('?') { "&MARKER" } else { "" }
        ));
        let mut fields = fields.to_vec();
        fields.push(("referer", &page));
        let path = marked(path);
        let axum = self.0[0].send(method, &path, &fields).await;
        let actix = self.0[1].send(method, &path, &fields).await;
        assert_eq!(
            axum.timeless(),
            actix.timeless(),
            "{method} {path} {fields:?}"
        );
        axum
    }

    /// The reply to a user who was not asked yet.
    async fn first(&self, who: Who<'_>) -> Reply {
        self.ask(who, "/redirect").await
    }

    /// The reply to a user who was.
    async fn again(&self, who: Who<'_>) -> Reply {
        self.ask(who, "/refused?MARKER").await
    }
}

/// The marker of a user who was asked for the permissions of the denials. Its time is in the future, so it
/// counts whenever this runs.
fn marked(text: &str) -> String {
    let marker = "fromOrangePrivacy=4000000000~contact.see~other!read";
    text.replace("MARKER", marker)
}

/// Checks what every reply for people has, besides its status and the type of its body.
#[track_caller]
fn is_for_people(reply: &Reply, status: u16, content_type: &str) {
    assert_eq!(reply.status, status, "{reply:?}");
    assert_eq!(reply.header("content-type"), content_type, "{reply:?}");
    assert_eq!(reply.header("content-language"), "en", "{reply:?}");
    is_private(reply);
    assert!(vary(reply).ends_with("Accept-Language"), "{reply:?}");
    // The policy of the app, or of the page that it is inserted into, may forbid these.
    for bad in ["<script", "<form", "onclick"] {
        assert!(!reply.body.contains(bad), "{reply:?}");
    }
    assert!(!reply.body.is_empty());
    for link in reply.body.split("<a ").skip(1) {
        let (link, _) = link.split_once('>').unwrap();
        assert!(link.ends_with(TOP) || link.ends_with(NEW_WINDOW), "{link}");
    }
}

const TOP: &str = "target=\"_top\"";
const NEW_WINDOW: &str = "target=\"_blank\" rel=\"noopener noreferrer\"";

#[track_caller]
fn is_private(reply: &Reply) {
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("referrer-policy"), "no-referrer");
    assert_eq!(
        reply.header("set-cookie"),
        "session=1",
        "what the app sets stays"
    );
}

fn vary(reply: &Reply) -> &str {
    let mut values = reply.headers.get_all("vary").iter();
    values.next_back().unwrap().to_str().unwrap()
}

#[track_caller]
fn is_page(reply: &Reply, status: u16) {
    is_for_people(reply, status, HTML);
    let main = reply.body.find("<main>").unwrap();
    assert!(
        reply
            .body
            .starts_with("<!DOCTYPE html>\n<html lang=\"en\">"),
        "{reply:?}"
    );
    assert!(
        reply.body.find("http-equiv").is_none_or(|at| at > main),
        "{reply:?}"
    );
}

/// Checks that this is a part of a page, without what only a whole page has.
#[track_caller]
fn is_part(body: &str) {
    assert!(
        body.contains("<div id=\"tower-privacy\" lang=\"en\"><h2>"),
        "{body}"
    );
    for own in ["<html", "<style", "<body", "<main"] {
        assert!(!body.contains(own), "{body}");
    }
}

/// Checks that the link goes to the privacy page, and from there back to this page.
#[track_caller]
fn links(reply: &Reply, name: &str, back: &str) {
    assert!(
        reply.body.contains(&format!("\" {TOP}>{name}</a>")),
        "{reply:?}"
    );
    leads(reply.between("href=\"").as_str(), back);
}

/// Checks whether the page goes to the privacy page by itself.
#[track_caller]
fn goes_on(reply: &Reply, back: Option<&str>) {
    let refresh = "http-equiv=\"refresh\" content=\"0;url=";
    assert_eq!(reply.body.contains(refresh), back.is_some(), "{reply:?}");
    if let Some(back) = back {
        leads(reply.between(refresh).as_str(), back);
    }
}

#[track_caller]
fn leads(location: &str, back: &str) {
    assert!(location.starts_with(PAGE), "{location}");
    let location: url::Url = location.parse().unwrap();
    let mut pairs = location.query_pairs();
    let (_, found) = pairs.find(|(name, _)| name == "urlRetour").unwrap();
    let (page, marker) = found.split_once("fromOrangePrivacy=").unwrap();
    assert!(marker.ends_with("~contact.see"), "{found}");
    assert_eq!(page.trim_end_matches(['?', '&']), format!("{BASE}{back}"));
}

#[track_caller]
fn has_no(reply: &Reply, names: &[&str]) {
    for name in names {
        assert!(!reply.headers.contains_key(*name), "{name}: {reply:?}");
    }
}

const LEADING: [&str; 4] = [
    "location",
    "hx-redirect",
    "hx-retarget",
    "x-inertia-location",
];
const OTHERS: [(&str, u16, &str); 3] = [
    ("/interaction", 403, "A step is needed first"),
    ("/untrusted", 502, "Not available right now"),
    ("/service", 502, "Not available right now"),
];
/// The page that makes the requests.
const MAKER: &str = "/app?tab=3";
const NEEDED: &str = "Open that page";
const AGAIN: &str = "Try again";

/// Checks that the other errors are shown on a page without a link.
async fn tells_the_others_on_a_page(hosts: &Hosts, who: Who<'_>, fixed_status: Option<u16>) {
    for (path, status, title) in OTHERS {
        let reply = hosts.ask(who, path).await;
        is_page(&reply, fixed_status.unwrap_or(status));
        has_no(&reply, &LEADING);
        assert!(
            reply.body.contains(&format!("<h1>{title}</h1>")),
            "{reply:?}"
        );
        assert!(
            !reply.body.contains("<a ") && !reply.body.contains("http-equiv"),
            "{reply:?}"
        );
    }
}

/// Checks that nobody is sent to a page that does not lead back, whether asked before or not: the reply has
/// both links.
async fn offers_both_ways(hosts: &Hosts, who: Who<'_>, back: &str, is_shown: impl Fn(&Reply)) {
    for (path, title, name) in [
        ("/leaves", "One more step is needed", NEEDED),
        ("/leaves?MARKER", "This step is still needed", AGAIN),
    ] {
        let reply = hosts.ask(who, path).await;
        is_shown(&reply);
        assert!(reply.body.contains(&format!(">{title}</h")), "{reply:?}");
        goes_on(&reply, None);
        has_no(&reply, &["location", "hx-redirect", "x-inertia-location"]);

        let open = format!("<ol><li><a href=\"{PAGE}\" {NEW_WINDOW}>{name} (new window)</a></li>");
        let (_, go_on) = reply
            .body
            .split_once(&open)
            .unwrap_or_else(|| panic!("{reply:?}"));
        let (url, rest) = go_on
            .strip_prefix("<li><a href=\"")
            .unwrap()
            .split_once('"')
            .unwrap();
        let (link, rest) = rest.split_once("</ol>").unwrap();
        assert_eq!(link, format!(" {TOP}>Continue</a></li>"));
        let (page, marker) = url.split_once("fromOrangePrivacy=").unwrap();
        assert!(marker.ends_with("~other%21read"), "{url}");
        let page = page.trim_end_matches("&amp;").trim_end_matches('?');
        assert_eq!(page, format!("{BASE}{back}"));
        // A user who was already asked has a way out too.
        let way_out = format!("<p><a href=\"{BASE}\" {TOP}>Go to the home page</a></p>");
        assert_eq!(rest.starts_with(&way_out), name == AGAIN, "{reply:?}");
        assert_eq!(
            reply.body.matches("<a ").count(),
            if name == AGAIN { 3 } else { 2 }
        );
    }
}

#[tokio::test]
async fn a_window_is_redirected_and_gets_a_page_if_asked_before() {
    let hosts = Hosts::start().await;
    for fields in [
        &[
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ][..],
        &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "empty")],
        &[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")],
    ] {
        let who = Who("GET", fields);
        let reply = hosts.first(who).await;
        is_page(&reply, 303);
        leads(reply.header("location"), "/redirect");
        links(&reply, NEEDED, "/redirect");
        goes_on(&reply, None);

        let reply = hosts.again(who).await;
        is_page(&reply, 403);
        has_no(&reply, &LEADING);
        links(&reply, AGAIN, "/refused");
        goes_on(&reply, None);
        let way_out = format!("<a href=\"{BASE}\" {TOP}>Go to the home page</a>");
        assert!(reply.body.contains(&way_out), "{reply:?}");

        tells_the_others_on_a_page(&hosts, who, None).await;
        offers_both_ways(&hosts, who, "/leaves", |reply| is_page(reply, 403)).await;
    }
}

#[tokio::test]
async fn a_form_gets_a_page_that_goes_on_by_itself() {
    let hosts = Hosts::start().await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    for fields in [
        &[("sec-fetch-mode", "navigate"), form][..],
        &[("accept", "text/html"), form],
    ] {
        let who = Who("POST", fields);
        let reply = hosts.first(who).await;
        is_page(&reply, 403);
        has_no(&reply, &LEADING);
        goes_on(&reply, Some(MAKER));
        links(&reply, NEEDED, MAKER);

        let reply = hosts.again(who).await;
        is_page(&reply, 403);
        links(&reply, AGAIN, MAKER);
        goes_on(&reply, None);

        tells_the_others_on_a_page(&hosts, who, None).await;
        offers_both_ways(&hosts, who, MAKER, |reply| is_page(reply, 403)).await;
    }
}

#[tokio::test]
async fn a_frame_gets_a_page_whose_link_leaves_it() {
    let hosts = Hosts::start().await;
    let navigates = ("sec-fetch-mode", "navigate");
    for (dest, status) in [
        ("iframe", 403),
        ("frame", 403),
        ("fencedframe", 403),
        ("embed", 403),
        // An `<object>` shows only a success.
        ("object", 200),
    ] {
        let fields = &[navigates, ("sec-fetch-dest", dest)];
        let who = Who("GET", fields);
        // The user comes back to the page around it.
        for (reply, name) in [
            (hosts.first(who).await, NEEDED),
            (hosts.again(who).await, AGAIN),
        ] {
            is_page(&reply, status);
            has_no(&reply, &LEADING);
            goes_on(&reply, None);
            links(&reply, name, MAKER);
        }
        tells_the_others_on_a_page(&hosts, who, (status == 200).then_some(200)).await;
        offers_both_ways(&hosts, who, MAKER, |reply| is_page(reply, status)).await;
    }
    // The user followed a link inside the frame, so the page around it is not known.
    let inside = &[
        navigates,
        ("sec-fetch-dest", "iframe"),
        ("sec-fetch-user", "?1"),
    ];
    links(&hosts.first(Who("GET", inside)).await, NEEDED, "/redirect");
    let posts = &[navigates, ("sec-fetch-dest", "iframe")];
    links(&hosts.first(Who("POST", posts)).await, NEEDED, MAKER);
}

#[tokio::test]
async fn htmx_is_sent_away_and_shows_a_part_of_a_page_if_asked_before() {
    let hosts = Hosts::start().await;
    let htmx = ("hx-request", "true");
    let boosted = &[htmx, ("hx-boosted", "true"), ("sec-fetch-mode", "cors")];
    for (who, own) in [
        (
            Who(
                "GET",
                &[
                    htmx,
                    ("sec-fetch-mode", "same-origin"),
                    ("accept", "text/html"),
                ],
            ),
            false,
        ),
        (Who("POST", &[htmx]), false),
        (Who("DELETE", &[htmx]), false),
        (Who("GET", boosted), true),
        (Who("POST", boosted), false),
    ] {
        let back = |own_page| if own { own_page } else { MAKER };
        let reply = hosts.first(who).await;
        is_for_people(&reply, 200, HTML);
        leads(reply.header("hx-redirect"), back("/redirect"));
        has_no(&reply, &["location", "hx-retarget", "hx-reswap"]);
        is_part(&reply.body);

        let reply = hosts.again(who).await;
        is_shown_by_htmx(&reply);
        links(&reply, AGAIN, back("/refused"));
        for (path, _, title) in OTHERS {
            let reply = hosts.ask(who, path).await;
            is_shown_by_htmx(&reply);
            assert!(
                reply.body.contains(title) && !reply.body.contains("<a "),
                "{reply:?}"
            );
        }
        offers_both_ways(&hosts, who, back("/leaves"), is_shown_by_htmx).await;
    }
}

#[track_caller]
fn is_shown_by_htmx(reply: &Reply) {
    is_for_people(reply, 200, HTML);
    is_part(&reply.body);
    assert_eq!(reply.header("hx-retarget"), "body");
    assert_eq!(reply.header("hx-reswap"), "afterbegin");
    assert_eq!(reply.header("hx-reselect"), "#tower-privacy");
    assert_eq!(reply.header("hx-push-url"), "false");
    has_no(reply, &["location", "hx-redirect"]);
}

#[tokio::test]
async fn the_history_of_htmx_gets_a_page() {
    let hosts = Hosts::start().await;
    let restores = ("hx-history-restore-request", "true");
    for fields in [&[restores][..], &[restores, ("hx-request", "true")]] {
        let who = Who("GET", fields);
        let reply = hosts.first(who).await;
        is_page(&reply, 200);
        leads(reply.header("hx-redirect"), "/redirect");
        goes_on(&reply, Some("/redirect"));
        links(&reply, NEEDED, "/redirect");

        let reply = hosts.again(who).await;
        is_page(&reply, 200);
        has_no(&reply, &LEADING);
        goes_on(&reply, None);
        links(&reply, AGAIN, "/refused");
        tells_the_others_on_a_page(&hosts, who, Some(200)).await;
        offers_both_ways(&hosts, who, "/leaves", |reply| is_page(reply, 200)).await;
    }
}

#[tokio::test]
async fn turbo_gets_streams() {
    let hosts = Hosts::start().await;
    let id = ("x-turbo-request-id", "7");
    let form = (
        "accept",
        "text/vnd.turbo-stream.html, text/html, application/xhtml+xml",
    );
    for (who, own) in [
        (
            Who("GET", &[id, ("accept", "text/html, application/xhtml+xml")]),
            true,
        ),
        (Who("GET", &[id, ("turbo-frame", "list")]), false),
        (Who("POST", &[id, form]), false),
        (Who("PUT", &[form]), false),
    ] {
        let back = |own_page| if own { own_page } else { MAKER };
        let reply = hosts.first(who).await;
        is_for_people(&reply, 403, STREAM);
        has_no(&reply, &LEADING);
        goes_on(&reply, Some(back("/redirect")));
        let stream = "<turbo-stream action=\"append\" targets=\"body\"><template><meta http-equiv";
        assert!(reply.body.starts_with(stream), "{reply:?}");
        assert!(
            reply.body.ends_with("\"></template></turbo-stream>\n"),
            "{reply:?}"
        );

        let reply = hosts.again(who).await;
        is_shown_by_turbo(&reply, 403);
        links(&reply, AGAIN, back("/refused"));
        for (path, status, title) in OTHERS {
            let reply = hosts.ask(who, path).await;
            is_shown_by_turbo(&reply, status);
            assert!(
                reply.body.contains(title) && !reply.body.contains("<a "),
                "{reply:?}"
            );
        }
        let is_shown = |reply: &Reply| is_shown_by_turbo(reply, 403);
        offers_both_ways(&hosts, who, back("/leaves"), is_shown).await;
    }
}

#[track_caller]
fn is_shown_by_turbo(reply: &Reply, status: u16) {
    is_for_people(reply, status, STREAM);
    has_no(reply, &LEADING);
    is_part(&reply.body);
    let stream = "<turbo-stream action=\"prepend\" targets=\"body\"><template><div id=";
    assert!(reply.body.starts_with(stream), "{reply:?}");
    assert!(
        reply.body.ends_with("</div>\n</template></turbo-stream>\n"),
        "{reply:?}"
    );
}

#[tokio::test]
async fn inertia_is_sent_away_and_a_visit_goes_to_its_own_page_if_asked_before() {
    let hosts = Hosts::start().await;
    let inertia = ("x-inertia", "true");
    let visit = Who(
        "GET",
        &[inertia, ("accept", "text/html, application/xhtml+xml")],
    );
    let partial = ("x-inertia-partial-component", "List");
    for (who, own) in [
        (visit, true),
        (Who("GET", &[inertia, partial]), false),
        (Who("POST", &[inertia]), false),
    ] {
        let reply = hosts.first(who).await;
        is_page(&reply, 409);
        leads(
            reply.header("x-inertia-location"),
            if own { "/redirect" } else { MAKER },
        );
        has_no(&reply, &["location"]);

        let open = format!(
            "<p>Open this address in a new window. Then close this message and try again.</p><p>{PAGE}</p>"
        );
        let leave =
            "To try again, close this message, leave this page, and follow a link back to it.";
        for (path, advice) in [
            ("/refused?MARKER", leave),
            ("/leaves", &*open),
            ("/leaves?MARKER", &*open),
        ] {
            let reply = hosts.ask(who, path).await;
            if own {
                // With its marker unchanged: otherwise the window would be sent away.
                is_page(&reply, 409);
                let page = marked(&format!("{BASE}{path}"));
                assert_eq!(reply.header("x-inertia-location"), page);
                continue;
            }
            is_page(&reply, 403);
            has_no(&reply, &LEADING);
            assert!(reply.body.contains(advice), "{reply:?}");
            assert!(!reply.body.contains("<a "), "{reply:?}");
        }
        tells_the_others_on_a_page(&hosts, who, None).await;
    }
}

#[tokio::test]
async fn other_scripts_that_show_html_get_a_page() {
    let hosts = Hosts::start().await;
    let browser = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let worker = &[
        browser,
        ("sec-fetch-mode", "same-origin"),
        ("upgrade-insecure-requests", "1"),
    ];
    for (who, own, status) in [
        (
            Who("GET", &[("x-up-version", "3.14.3"), ("accept", "*/*")]),
            true,
            403,
        ),
        (
            Who("POST", &[("x-up-version", "3.14.3"), ("accept", "*/*")]),
            false,
            403,
        ),
        (
            Who("GET", &[("x-requested-with", "swup"), browser]),
            true,
            403,
        ),
        (Who("GET", &[("x-barba", "yes"), browser]), true, 403),
        (Who("GET", worker), true, 403),
        (
            Who("GET", &[("x-requested-with", "XMLHttpRequest"), browser]),
            false,
            403,
        ),
        (
            Who("GET", &[("sec-fetch-mode", "cors"), browser]),
            false,
            403,
        ),
        (
            Who("POST", &[("content-type", "application/json"), browser]),
            false,
            403,
        ),
        (Who("DELETE", &[browser]), false, 403),
        // pjax shows only a success.
        (
            Who(
                "GET",
                &[("x-pjax", "true"), ("x-requested-with", "XMLHttpRequest")],
            ),
            true,
            200,
        ),
        (Who("POST", &[("x-pjax", "true")]), false, 200),
    ] {
        let back = |own_page| if own { own_page } else { MAKER };
        let reply = hosts.first(who).await;
        is_page(&reply, status);
        has_no(&reply, &LEADING);
        goes_on(&reply, Some(back("/redirect")));
        links(&reply, NEEDED, back("/redirect"));

        let reply = hosts.again(who).await;
        is_page(&reply, status);
        goes_on(&reply, None);
        links(&reply, AGAIN, back("/refused"));
        tells_the_others_on_a_page(&hosts, who, (status == 200).then_some(200)).await;
        let is_shown = |reply: &Reply| is_page(reply, status);
        offers_both_ways(&hosts, who, back("/leaves"), is_shown).await;
    }
}

#[tokio::test]
async fn a_prefetch_gets_a_page_that_waits_for_the_click() {
    let hosts = Hosts::start().await;
    for fields in [
        &[
            ("sec-fetch-mode", "navigate"),
            ("sec-purpose", "prefetch;prerender"),
        ][..],
        &[("x-turbo-request-id", "7"), ("x-sec-purpose", "prefetch")],
        &[("x-inertia", "true"), ("purpose", "prefetch")],
        &[("purpose", "prefetch")],
    ] {
        let who = Who("GET", fields);
        for (reply, name, page) in [
            (hosts.first(who).await, NEEDED, "/redirect"),
            (hosts.again(who).await, AGAIN, "/refused"),
        ] {
            is_page(&reply, 403);
            has_no(&reply, &LEADING);
            goes_on(&reply, None);
            links(&reply, name, page);
        }
        tells_the_others_on_a_page(&hosts, who, None).await;
        offers_both_ways(&hosts, who, "/leaves", |reply| is_page(reply, 403)).await;
    }
    // Turbo would look for its frame in the page, and show that the content is missing.
    let of_frame = Who(
        "GET",
        &[("turbo-frame", "list"), ("x-sec-purpose", "prefetch")],
    );
    let fills_the_window = |reply: &Reply| {
        is_page(reply, 403);
        goes_on(reply, None);
        let whole = "<meta name=\"turbo-visit-control\" content=\"reload\">";
        assert!(reply.body.contains(whole), "{reply:?}");
    };
    fills_the_window(&hosts.first(of_frame).await);
    fills_the_window(&hosts.again(of_frame).await);
    offers_both_ways(&hosts, of_frame, MAKER, fills_the_window).await;
}

/// Without the marker, the way out would lead to the privacy page.
#[tokio::test]
async fn the_way_out_of_the_landing_page_keeps_its_marker() {
    let hosts = Hosts::start().await;
    let window = &[("sec-fetch-mode", "navigate"), ("host", "app.example.fr")];
    let reply = hosts.ask(Who("GET", window), "/?MARKER&refused").await;
    is_page(&reply, 403);
    let (_, way_out) = reply.body.split_once("Try again</a>").unwrap();
    let (_, way_out) = way_out.split_once("href=\"").unwrap();
    let start = "https://app.example.fr/?refused&amp;fromOrangePrivacy=";
    assert!(way_out.starts_with(start), "{way_out}");
}

#[tokio::test]
async fn an_inertia_visit_whose_url_is_too_long_for_proxies_is_told_where_it_is() {
    let hosts = Hosts::start().await;
    let visit = Who("GET", &[("x-inertia", "true")]);
    let ask = async |padding| {
        let page = format!("/refused?MARKER&{}", "a".repeat(padding));
        hosts.ask(visit, &page).await
    };
    let location = |reply: &Reply| reply.headers["x-inertia-location"].len();
    let longest = 3_499 - location(&ask(1).await) + 1;
    assert_eq!(location(&ask(longest).await), 3_499);
    for padding in [longest + 1, 7_000] {
        let reply = ask(padding).await;
        is_page(&reply, 403);
        has_no(&reply, &LEADING);
        assert!(reply.body.contains("To try again"), "{reply:?}");
    }
}

#[tokio::test]
async fn a_program_gets_problem_details() {
    let hosts = Hosts::start().await;
    for who in [
        Who("GET", &[]),
        Who("GET", &[("accept", "*/*"), ("authorization", "Bearer x")]),
        Who("PUT", &[("accept", "application/json")]),
        Who("POST", &[("content-type", "application/json")]),
        Who(
            "GET",
            &[("upgrade", "websocket"), ("sec-fetch-mode", "websocket")],
        ),
        Who(
            "GET",
            &[("sec-fetch-mode", "cors"), ("accept-language", "fr")],
        ),
    ] {
        for (path, status, uri, back) in [
            ("/redirect", 403, problem::REDIRECT, Some(MAKER)),
            ("/refused?MARKER", 403, problem::REFUSED, Some(MAKER)),
            ("/interaction", 403, problem::INTERACTION_REQUIRED, None),
            ("/untrusted", 502, problem::REJECTED, None),
            ("/service", 502, problem::SERVICE, None),
        ] {
            let reply = hosts.ask(who, path).await;
            assert_eq!(reply.status, status, "{reply:?}");
            assert_eq!(reply.header("content-type"), PROBLEM);
            is_private(&reply);
            has_no(&reply, &LEADING);
            has_no(&reply, &["content-language"]);
            assert!(!vary(&reply).contains("Accept-Language"), "{reply:?}");
            let problem: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
            assert_eq!(
                (&problem["type"], &problem["status"]),
                (&uri.into(), &status.into())
            );
            assert_eq!(problem["location"].is_string(), back.is_some(), "{problem}");
            if let Some(back) = back {
                leads(problem["location"].as_str().unwrap(), back);
            }
        }
        for (path, uri) in [
            ("/leaves", problem::REDIRECT),
            ("/leaves?MARKER", problem::REFUSED),
        ] {
            let reply = hosts.ask(who, path).await;
            assert_eq!(reply.status, 403, "{reply:?}");
            has_no(&reply, &LEADING);
            let problem: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
            assert_eq!(problem["type"], uri);
            assert_eq!(problem["returns"], false);
            assert_eq!(problem["location"], PAGE);
            let on = problem["continue"].as_str().unwrap();
            let (page, marker) = on.split_once("&fromOrangePrivacy=").unwrap();
            assert_eq!(page, format!("{BASE}{MAKER}"));
            assert!(marker.ends_with("~other%21read"), "{on}");
        }
    }
}

#[tokio::test]
async fn pages_are_in_the_language_that_the_user_prefers() {
    let hosts = Hosts::start().await;
    for (languages, expected) in [
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en;q=0.8,fr;q=0.9", "fr"),
        ("de,en;q=0.5", "en"),
        ("fr;q=0", "en"),
    ] {
        let fields = |own: &[(&'static str, &'static str)]| {
            [own, &[("accept-language", languages)]].concat()
        };
        for own in [
            &[("sec-fetch-mode", "navigate")][..],
            &[("hx-request", "true")],
            &[("turbo-frame", "x")],
            &[("x-inertia", "true")],
        ] {
            for path in [
                "/redirect",
                "/refused?MARKER",
                "/interaction",
                "/service",
                "/leaves",
            ] {
                let reply = hosts.ask(Who("POST", &fields(own)), path).await;
                assert_eq!(reply.header("content-language"), expected, "{reply:?}");
                let leaving = reply.body.contains("action=\"append\"");
                let lang = format!("lang=\"{expected}\"");
                assert_ne!(reply.body.contains(&lang), leaving, "{reply:?}");
            }
        }
        let fields = fields(&[("sec-fetch-mode", "navigate")]);
        let reply = hosts.again(Who("GET", &fields)).await;
        let title = match expected {
            "fr" => "Cette étape reste nécessaire",
            _ => "This step is still needed",
        };
        assert!(
            reply.body.contains(&format!("<title>{title}</title>")),
            "{reply:?}"
        );
    }
}

#[tokio::test]
async fn the_reply_to_a_head_has_no_body_and_the_length_of_the_one_to_a_get() {
    let hosts = Hosts::start().await;
    for fields in [
        &[("sec-fetch-mode", "navigate")][..],
        &[("x-turbo-request-id", "7")],
        &[("accept", "application/json")],
    ] {
        for path in ["/redirect", "/refused?MARKER", "/leaves", "/service"] {
            let head = hosts.ask(Who("HEAD", fields), path).await;
            let get = hosts.ask(Who("GET", fields), path).await;
            assert_eq!((head.status, head.body.as_str()), (get.status, ""));
            assert_eq!(head.header("content-length"), get.body.len().to_string());
        }
    }
}
