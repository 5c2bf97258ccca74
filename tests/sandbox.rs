//! The sandbox as people use it to test their own app: scripted users, a clock that tests move, what it
//! remembers and reports, and a visitor.
#![cfg(all(feature = "axum", feature = "sandbox"))]

mod support;

use std::{sync::mpsc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Redirect},
    routing::get,
};
use support::sandbox::visits;
use tower::{Layer, ServiceExt};
use tower_privacy::{
    DEFAULT_MARKER_LIFE, Family, Privacy, PrivacyEndpoint, PrivacyError, PrivacyLayer,
    PrivacyReturnLayer,
    sandbox::{Call, Choice, Event, Page, Sandbox, TestClock, Visit, VisitError, Visitor},
};

const PAGE: &str = "/urm-gui/interaction.do?family=contact&serviceId=YOURSITE002242432462\
    &attributes=,see&urlRetour=https%3A%2F%2Fapp.example%2Fcontacts%3Fpage%3D2";

/// Opens the privacy page, or presses one of its buttons. Returns whether the user is sent back.
async fn send(sandbox: &Sandbox, method: &str, url: &str, form: &'static str) -> bool {
    let request = Request::builder().method(method).uri(url);
    let request = request.body(Body::from(form)).unwrap();
    let status = sandbox.router().oneshot(request).await.unwrap().status();
    assert!([200, 303, 400].contains(&status.as_u16()), "{status}");
    status == StatusCode::SEE_OTHER
}

async fn open(sandbox: &Sandbox) -> bool {
    send(sandbox, "GET", PAGE, "").await
}

async fn press(sandbox: &Sandbox, form: &'static str) -> bool {
    send(sandbox, "POST", PAGE, form).await
}

async fn is_granted(sandbox: &Sandbox) -> bool {
    let request = Request::get("http://orange.test/contacts?token=sandbox-token");
    let request = request.body(Body::empty()).unwrap();
    let response = sandbox.router().oneshot(request).await.unwrap();
    response.status() == StatusCode::OK
}

fn choices(sandbox: &Sandbox) -> Vec<Option<Choice>> {
    sandbox.visits().iter().map(Visit::choice).collect()
}

mod script {
    use super::*;

    #[tokio::test]
    async fn each_visit_takes_the_next_choice_and_then_the_page_is_shown() {
        let sandbox = Sandbox::new();
        sandbox.script([Choice::Always, Choice::Refuse, Choice::Once]);
        for granted in [[true, true], [false, false], [true, false]] {
            assert!(open(&sandbox).await);
            for granted in granted {
                assert_eq!(is_granted(&sandbox).await, granted);
            }
        }
        assert!(!open(&sandbox).await);
        assert!(!is_granted(&sandbox).await);
    }

    #[tokio::test]
    async fn choose_applies_after_the_script_in_either_order() {
        let (first, last) = (Sandbox::new(), Sandbox::new());
        first.choose(Choice::Always);
        for sandbox in [&first, &last] {
            sandbox.script([Choice::Refuse]);
        }
        last.choose(Choice::Always);
        for sandbox in [first, last] {
            for _ in 0..3 {
                assert!(open(&sandbox).await);
            }
            let (refuse, always) = (Some(Choice::Refuse), Some(Choice::Always));
            assert_eq!(choices(&sandbox), [refuse, always, always]);
        }
    }

    #[tokio::test]
    async fn a_script_replaces_the_rest_of_another() {
        let sandbox = Sandbox::new();
        sandbox.script([Choice::Refuse; 3]);
        open(&sandbox).await;
        sandbox.script([Choice::Once]);
        open(&sandbox).await;
        assert!(!open(&sandbox).await);
        let expected = [Some(Choice::Refuse), Some(Choice::Once), None];
        assert_eq!(choices(&sandbox), expected);
    }

    #[tokio::test]
    async fn ask_ends_a_script() {
        let sandbox = Sandbox::new();
        sandbox.script([Choice::Always; 3]);
        sandbox.ask();
        assert!(!open(&sandbox).await);
    }

    #[tokio::test]
    async fn a_malformed_request_takes_no_choice_and_is_not_a_visit() {
        let sandbox = Sandbox::new();
        sandbox.script([Choice::Always]);
        let unreadable = "/urm-gui/interaction.do?family=contact&serviceId=S1&attributes=,see";
        assert!(!send(&sandbox, "GET", unreadable, "").await);
        assert!(!press(&sandbox, "choice=perhaps").await);
        assert!(sandbox.visits().is_empty());
        assert!(open(&sandbox).await);
    }

    #[tokio::test]
    async fn a_button_pressed_by_hand_does_not_use_up_the_script() {
        let sandbox = Sandbox::new();
        sandbox.script([Choice::Always]);
        assert!(press(&sandbox, "choice=refuse").await);
        assert!(open(&sandbox).await);
        assert_eq!(
            visits(&sandbox),
            ["contact.see refuse", "contact.see always"]
        );
    }

    #[tokio::test]
    async fn clones_share_a_script() {
        let sandbox = Sandbox::new();
        sandbox.clone().script([Choice::Once]);
        assert!(open(&sandbox).await);
        assert!(!open(&sandbox.clone()).await);
    }
}

mod memory {
    use super::*;

    #[tokio::test]
    async fn a_choice_by_hand_belongs_to_the_latest_open_visit() {
        let sandbox = Sandbox::new();
        open(&sandbox).await;
        open(&sandbox).await;
        assert_eq!(visits(&sandbox), ["contact.see open", "contact.see open"]);
        press(&sandbox, "choice=once").await;
        assert_eq!(visits(&sandbox), ["contact.see open", "contact.see once"]);
        press(&sandbox, "choice=refuse").await;
        assert_eq!(visits(&sandbox), ["contact.see refuse", "contact.see once"]);
        press(&sandbox, "choice=always").await;
        let third = visits(&sandbox).pop();
        assert_eq!(third.as_deref(), Some("contact.see always"));
    }

    #[tokio::test]
    async fn a_choice_by_hand_does_not_belong_to_a_visit_of_another_query() {
        let sandbox = Sandbox::new();
        open(&sandbox).await;
        let elsewhere = PAGE.replace("page%3D2", "page%3D3");
        assert!(send(&sandbox, "POST", &elsewhere, "choice=once").await);
        assert_eq!(visits(&sandbox), ["contact.see open", "contact.see once"]);
    }

    #[tokio::test]
    async fn a_visit_tells_who_asked_for_what_and_where_the_user_returns() {
        let sandbox = Sandbox::new();
        sandbox.choose(Choice::Once);
        let url = "/urm-gui/interaction.do?familly=photos&serviceId=S%201&attributes=,add,,see\
                   &urlRetour=https%3A%2F%2Fapp.example%2Falbum%3Fsecret%3D1";
        send(&sandbox, "GET", url, "").await;
        let [visit] = &sandbox.visits()[..] else {
            panic!("{:?}", sandbox.visits())
        };
        assert_eq!(visit.service_id(), "S 1");
        assert_eq!(visit.family(), &Family::Photos);
        assert_eq!(visit.attributes().collect::<Vec<_>>(), ["add", "see"]);
        assert!(visit.permissions().eq(["photos.add", "photos.see"]));
        assert_eq!(
            visit.return_url().as_str(),
            "https://app.example/album?secret=1"
        );
        assert_eq!(visit.to_string(), "photos.add,see once");
        assert!(!format!("{visit:?} {visit}").contains("secret"));
    }

    #[tokio::test]
    async fn a_call_tells_its_request_and_its_outcome_but_not_the_token() {
        let sandbox = Sandbox::new();
        sandbox.decide(&Family::Contact, "see", Choice::Once);
        for _ in 0..2 {
            is_granted(&sandbox).await;
        }
        let calls = sandbox.calls();
        assert_eq!(calls[0].path(), "/contacts");
        let texts: Vec<_> = calls.iter().map(Call::to_string).collect();
        assert_eq!(texts, ["contact.see granted", "contact.see denied"]);
        let debug = format!("{calls:?} {sandbox:?}");
        assert!(debug.contains(sandbox.service_id()), "{debug}");
        assert!(!debug.contains("token"), "{debug}");
    }
}

mod events {
    use super::*;

    /// A sandbox, and what it has reported since this was called last.
    fn reporting() -> (Sandbox, impl Fn() -> Vec<String>) {
        let (events, seen) = mpsc::channel();
        let sandbox = Sandbox::new().on_event(move |event| events.send(event.to_string()).unwrap());
        (sandbox, move || seen.try_iter().collect())
    }

    async fn get(sandbox: &Sandbox, url: &str, token: &str) {
        let request = Request::get(format!("http://upstream.test{url}"));
        let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        let request = request.body(Body::empty()).unwrap();
        sandbox.router().oneshot(request).await.unwrap();
    }

    #[tokio::test]
    async fn each_step_of_an_exchange_is_reported_in_order() {
        let (sandbox, reported) = reporting();
        is_granted(&sandbox).await;
        assert_eq!(reported(), ["/contacts: contact.see denied"]);
        open(&sandbox).await;
        assert_eq!(reported(), ["the user opens the page for contact.see"]);
        press(&sandbox, "choice=once").await;
        is_granted(&sandbox).await;
        let back =
            "the user chooses once for contact.see, and goes back to https://app.example/contacts";
        assert_eq!(reported(), [back, "/contacts: contact.see granted"]);
    }

    #[tokio::test]
    async fn a_choice_made_in_advance_is_reported_after_the_visit_that_takes_it() {
        let (sandbox, reported) = reporting();
        sandbox.choose(Choice::Refuse);
        open(&sandbox).await;
        let [opens, chooses] = &reported()[..] else {
            panic!()
        };
        assert!(opens.starts_with("the user opens"), "{opens}");
        assert!(
            chooses.starts_with("the user chooses refuse for contact.see"),
            "{chooses}"
        );
    }

    #[tokio::test]
    async fn a_visit_has_no_choice_yet_when_it_is_reported() {
        let (events, seen) = mpsc::channel();
        let sandbox = Sandbox::new().on_event(move |event| {
            if let Event::Opened(visit) | Event::Chose(visit) = event {
                events.send(visit.choice()).unwrap();
            }
        });
        sandbox.choose(Choice::Refuse);
        open(&sandbox).await;
        assert_eq!(
            seen.try_iter().collect::<Vec<_>>(),
            [None, Some(Choice::Refuse)]
        );
    }

    #[tokio::test]
    async fn a_call_that_fails_whatever_the_user_chose_is_reported_with_its_status() {
        let (sandbox, reported) = reporting();
        for (url, path, status) in [
            ("/contacts?token=wrong", "/contacts", "401 Unauthorized"),
            (
                "/photos?token=sandbox-token&action=eat",
                "/photos",
                "400 Bad Request",
            ),
            ("/nowhere?token=sandbox-token", "/nowhere", "404 Not Found"),
            ("/sessions/whoami", "/sessions/whoami", "401 Unauthorized"),
            ("/files", "/files", "401 Unauthorized"),
            (
                "/orgs/octodocs-test/repos",
                "/orgs/{org}/repos",
                "401 Unauthorized",
            ),
            ("/user/repos", "/user/repos", "401 Unauthorized"),
        ] {
            get(&sandbox, url, "wrong").await;
            assert_eq!(reported(), [format!("{path}: error {status}")]);
        }
        get(&sandbox, "/orgs/not_a_name/repos", "sandbox-token").await;
        assert_eq!(reported(), ["/orgs/{org}/repos: error 404 Not Found"]);
        let request = Request::post("http://upstream.test/_matrix/client/v3/createRoom");
        let request = request.body(Body::empty()).unwrap();
        sandbox.router().oneshot(request).await.unwrap();
        assert_eq!(
            reported(),
            ["/_matrix/client/v3/createRoom: error 401 Unauthorized"]
        );
        assert!(sandbox.calls().is_empty());
    }

    #[tokio::test]
    async fn a_page_that_does_not_lead_back_is_reported_without_a_way_back() {
        let (sandbox, reported) = reporting();
        sandbox.choose(Choice::Always);
        let login = "/self-service/login/browser";
        get(&sandbox, login, "").await;
        let session = "the user chooses always for kratos session";
        assert_eq!(reported()[1], session);
        let sandbox = sandbox.with_allowed_return_urls(["https://app.example/".parse().unwrap()]);
        get(
            &sandbox,
            &format!("{login}?return_to=https://app.example/a?b"),
            "",
        )
        .await;
        assert_eq!(
            reported()[1],
            format!("{session}, and goes back to https://app.example/a")
        );
        let visits = sandbox.visits();
        assert_eq!(
            visits.iter().map(Visit::returns).collect::<Vec<_>>(),
            [false, true]
        );
    }

    #[tokio::test]
    async fn a_listener_may_use_its_sandbox() {
        let sandbox = Sandbox::new();
        let inner = sandbox.clone();
        let sandbox = sandbox.on_event(move |event| {
            if let Event::Called(call) = event {
                inner.decide(call.family(), call.attribute(), Choice::Always);
            }
        });
        assert!(!is_granted(&sandbox).await);
        assert!(is_granted(&sandbox).await);
    }
}

mod clock {
    use super::*;

    async fn contacts(State(client): State<Privacy<Router>>) -> Result<StatusCode, PrivacyError> {
        let request = Request::get("http://orange.test/contacts?token=sandbox-token");
        let request = request
            .body(Body::empty())
            .map_err(|e| PrivacyError::Service(e.into()))?;
        Ok(client.oneshot(request).await?.status())
    }

    fn layer() -> PrivacyLayer {
        let page = PrivacyEndpoint::new("http://orange.test/urm-gui/interaction.do").unwrap();
        PrivacyLayer::new().trust_only([page])
    }

    /// A user who always refuses, at an app that reads the contacts through this layer.
    fn user(sandbox: &Sandbox, layer: &PrivacyLayer) -> Visitor {
        sandbox.choose(Choice::Refuse);
        let app = Router::new()
            .route("/contacts", get(contacts))
            .with_state(layer.layer(sandbox.router()))
            .layer(PrivacyReturnLayer::new(
                "https://app.example".parse().unwrap(),
            ));
        let user = Visitor::new().host("https://app.example", app).unwrap();
        user.host("http://orange.test", sandbox.router()).unwrap()
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn a_marker_counts_until_its_life_is_over_by_the_clock_of_the_layer() {
        for (life, layer) in [
            (DEFAULT_MARKER_LIFE, layer()),
            (3 * SECOND, layer().marker_life(3 * SECOND)),
        ] {
            let (sandbox, clock) = (Sandbox::new(), TestClock::new());
            let user = user(&sandbox, &layer.clock(clock.clone()));
            let page = user.open("https://app.example/contacts").await.unwrap();
            assert_eq!((page.status().as_u16(), page.redirects()), (403, 2));

            clock.advance(life);
            let page = user.open(page.url()).await.unwrap();
            assert_eq!((page.status().as_u16(), page.redirects()), (403, 0));

            clock.advance(SECOND);
            let page = user.open(page.url()).await.unwrap();
            assert_eq!((page.status().as_u16(), page.redirects()), (403, 2));
            assert_eq!(sandbox.visits().len(), 2);
        }
    }

    #[tokio::test]
    async fn return_urls_are_the_same_in_every_run() {
        let sandbox = Sandbox::new();
        let user = user(&sandbox, &layer().clock(TestClock::new()));
        let page = user
            .open("https://app.example/contacts?page=2")
            .await
            .unwrap();
        assert_eq!(
            page.url().as_str(),
            "https://app.example/contacts?page=2&fromOrangePrivacy=1234567890.11~contact.see"
        );
    }

    #[tokio::test]
    async fn a_layer_without_a_clock_uses_the_systems() {
        let sandbox = Sandbox::new();
        let user = user(&sandbox, &layer());
        let stale = "https://app.example/contacts?fromOrangePrivacy=1234567890~contact.see";
        assert_eq!(user.open(stale).await.unwrap().redirects(), 2);
    }

    #[test]
    fn debug_of_a_layer_shows_a_clock_only_if_it_was_set() {
        let layer = PrivacyLayer::new();
        assert!(!format!("{layer:?}").contains("clock"));
        let layer = layer.clock(TestClock::new());
        assert!(format!("{layer:?}").contains("clock: TestClock("));
    }
}

mod visitor {
    use super::*;

    async fn go(app: Router, url: &str) -> Result<Page, VisitError> {
        let visitor = Visitor::new().host("https://app.example", app).unwrap();
        visitor.open(url).await
    }

    /// An app that redirects from `/n` to `/n-1`, until `/0`.
    fn countdown() -> Router {
        Router::new().fallback(async |uri: Uri| {
            match uri.path()[1..].parse::<u32>().unwrap_or(0).checked_sub(1) {
                Some(next) => Redirect::to(&format!("{next}")).into_response(),
                None => "there".into_response(),
            }
        })
    }

    #[tokio::test]
    async fn no_more_redirects_are_followed_than_allowed() {
        let visitor = Visitor::new().host("https://app.example", countdown());
        let visitor = visitor.unwrap();
        for (max, visitor) in [
            (20, visitor.clone()),
            (3, visitor.clone().max_redirects(3)),
            (0, visitor.max_redirects(0)),
        ] {
            let page = visitor
                .open(format!("https://app.example/{max}"))
                .await
                .unwrap();
            assert_eq!((page.redirects(), &*page.text()), (max, "there"));
            let error = visitor
                .open(format!("https://app.example/{}", max + 1))
                .await;
            let error = error.unwrap_err();
            assert!(matches!(error, VisitError::TooManyRedirects(count) if count == max));
            assert_eq!(
                error.to_string(),
                format!("there were more than {max} redirects")
            );
        }
    }

    #[tokio::test]
    async fn every_redirect_that_a_browser_follows_is_followed_and_no_other() {
        for (status, redirects) in [
            (301, 1),
            (302, 1),
            (303, 1),
            (307, 1),
            (308, 1),
            (300, 0),
            (304, 0),
            (201, 0),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let app = Router::new()
                .route(
                    "/",
                    get(async move || (status, [(header::LOCATION, "/there")])),
                )
                .route("/there", get(async || "there"));
            let page = go(app, "https://app.example/").await.unwrap();
            assert_eq!(page.redirects(), redirects, "{status}");
        }
    }

    #[tokio::test]
    async fn a_page_is_opened_as_by_a_browser() {
        let app = Router::new()
            .fallback(async |uri: Uri, headers: HeaderMap| format!("{uri} {headers:?}"));
        let page = go(app, "https://APP.example:443/a?b=%26#c").await.unwrap();
        assert_eq!(
            page.text(),
            "/a?b=%26 {\"host\": \"app.example\", \"accept\": \"text/html\", \
             \"sec-fetch-mode\": \"navigate\"}"
        );
        assert_eq!(page.headers()["content-type"], "text/plain; charset=utf-8");
    }

    #[tokio::test]
    async fn an_app_replaces_an_earlier_one_at_its_origin() {
        let named = |name: &'static str| Router::new().fallback(async move || name);
        let visitor = Visitor::new()
            .host("https://app.example/ignored", named("old"))
            .and_then(|visitor| visitor.host("https://app.example", named("new")))
            .and_then(|visitor| visitor.host("https://app.example:8443", named("port")))
            .and_then(|visitor| visitor.host("http://app.example", named("plain")))
            .unwrap();
        for (url, name) in [
            ("https://app.example/x", "new"),
            ("https://app.example:8443/x", "port"),
            ("http://app.example/x", "plain"),
        ] {
            assert_eq!(visitor.open(url).await.unwrap().text(), name);
        }
    }

    #[tokio::test]
    async fn an_error_of_the_app_is_a_page() {
        let page = go(Router::new(), "https://app.example/").await.unwrap();
        assert_eq!(page.status(), StatusCode::NOT_FOUND);
        assert!(page.body().is_empty());
    }

    #[tokio::test]
    async fn a_url_that_cannot_be_opened_is_an_error_with_its_reason() {
        let to = |location: &'static str| {
            Router::new().fallback(async move || (StatusCode::FOUND, [("location", location)]))
        };
        let bare = Router::new().fallback(async || StatusCode::FOUND);
        let here = "https://app.example/?secret=1";
        for (app, url, expected) in [
            (bare, here, "a redirect has no valid location"),
            (to("http://[/"), here, "a redirect has no valid location"),
            (
                to("ftp://app.example/"),
                here,
                "the URL is not an absolute http or https URL",
            ),
            (
                to("https://app.example:8443/?secret=1"),
                here,
                "the visitor knows no app at https://app.example:8443",
            ),
            (
                to("/"),
                "/contacts",
                "the URL is not an absolute http or https URL",
            ),
            (
                to("/"),
                "data:,",
                "the URL is not an absolute http or https URL",
            ),
        ] {
            let error = go(app, url).await.unwrap_err();
            assert_eq!(error.to_string(), expected);
            assert!(!format!("{error:?}").contains("secret"));
        }
        let error = Visitor::new().host("app.example", Router::new());
        assert!(matches!(error, Err(VisitError::NotAUrl)));
    }

    #[tokio::test]
    async fn a_body_longer_than_16_mib_is_not_read() {
        let long = |bytes: usize| Router::new().fallback(async move || vec![b'a'; bytes]);
        let max = 16 * 1024 * 1024;
        let page = go(long(max), "https://app.example/").await.unwrap();
        assert_eq!(page.body().len(), max);
        let error = go(long(max + 1), "https://app.example/").await.unwrap_err();
        assert!(std::error::Error::source(&error).is_some(), "{error:?}");
    }

    #[tokio::test]
    async fn debug_prints_neither_the_query_nor_the_body() {
        let app = Router::new().fallback(async || "s3cret");
        let visitor = Visitor::new().host("https://app.example", app).unwrap();
        let page = visitor
            .open("https://app.example/a?key=s3cret")
            .await
            .unwrap();
        assert_eq!(
            format!("{page:?}"),
            "Page { url: https://app.example/a, redirects: 0, status: 200, .. }"
        );
        assert_eq!(
            format!("{visitor:?}"),
            "Visitor { hosts: [\"https://app.example\"], max_redirects: 20 }"
        );
    }
}
