//! The sandbox for each shipped protocol: its answers, byte for byte if they could matter to a reader, and
//! the whole exchange with the layer, the host side and a user.
#![cfg(all(
    feature = "axum",
    feature = "bearer",
    feature = "github-sso",
    feature = "kratos",
    feature = "matrix-consent",
    feature = "sandbox"
))]

mod support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Query, RawQuery, Request, State},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use support::sandbox::visits;
use tower::{Layer, ServiceExt};
use tower_privacy::{
    Privacy, PrivacyEndpoint, PrivacyError, PrivacyLayer, PrivacyReturnLayer, ReturnUrl,
    protocol::{Bearer, GitHubSso, Kratos, MatrixConsent},
    sandbox::{Call, Choice, Page, Sandbox, TestClock, Visitor},
};

const UPSTREAM: &str = "http://upstream.test";

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// Sends a request to the sandbox. Each line of the head is a header.
async fn send(sandbox: &Sandbox, method: &str, path: &str, head: &str, body: &str) -> Reply {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{UPSTREAM}{path}"));
    for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
        request = request.header(name, value);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let (head, body) = sandbox
        .router()
        .oneshot(request)
        .await
        .unwrap()
        .into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Reply {
        status: head.status.as_u16(),
        headers: head.headers,
        body: String::from_utf8(body.into()).unwrap(),
    }
}

async fn open(sandbox: &Sandbox, path: &str) -> Reply {
    let reply = send(sandbox, "GET", path, "accept: text/html", "").await;
    assert_eq!(reply.header("cache-control"), "no-store", "{path}");
    assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
    reply
}

async fn press(sandbox: &Sandbox, path: &str, form: &str) -> Reply {
    send(sandbox, "POST", path, "accept: text/html", form).await
}

/// The path and query of one of the sandbox's URLs.
#[track_caller]
fn path_of(url: &str) -> &str {
    url.strip_prefix(UPSTREAM).expect(url)
}

fn calls(sandbox: &Sandbox) -> Vec<String> {
    sandbox.calls().iter().map(Call::to_string).collect()
}

/// A call that an app makes for its user.
type Ask = fn() -> Request;

async fn page(
    State((client, ask)): State<(Privacy<Router>, Ask)>,
) -> Result<Response, PrivacyError> {
    Ok(client.oneshot(ask()).await?.map(Body::new))
}

/// A user of the sandbox, and of an app with one page that calls through this layer.
fn user(sandbox: &Sandbox, layer: &PrivacyLayer, ask: Ask) -> Visitor {
    let app = Router::new()
        .route("/page", get(page))
        .with_state((layer.layer(sandbox.router()), ask))
        .layer(PrivacyReturnLayer::new(
            "https://app.example".parse().unwrap(),
        ));
    let user = Visitor::new().host("https://app.example", app).unwrap();
    user.host(UPSTREAM, sandbox.router()).unwrap()
}

const HERE: &str = "https://app.example/page?name=a%26b&x=1";

/// Checks that this is the app's page, with any marker.
#[track_caller]
fn is_here(page: &Page) {
    let url = page.url().as_str();
    assert!(url.starts_with(HERE), "{url}");
}

/// The links of a reply whose page does not lead back: to the upstream's page, and to continue.
#[track_caller]
fn links(page: &Page) -> (String, String) {
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
    let text = page.text().replace("&amp;", "&");
    let mut links = text.split("<a href=\"").skip(1);
    let mut link = || links.next().unwrap().split('"').next().unwrap().to_owned();
    let (there, on) = (link(), link());
    assert!(there.starts_with(UPSTREAM), "{there}");
    assert!(on.starts_with(HERE), "{on}");
    assert!(text.contains("target=\"_blank\""), "{text}");
    (there, on)
}

mod kratos {
    use super::*;

    const WHOAMI: &str = "/sessions/whoami";
    const TOKEN: &str = "x-session-token: sandbox-token";
    const LOGIN: &str = "/self-service/login/browser";

    fn sandbox() -> Sandbox {
        Sandbox::new().with_allowed_return_urls(["https://app.example/page".parse().unwrap()])
    }

    async fn whoami(sandbox: &Sandbox, head: &str) -> Reply {
        send(sandbox, "GET", WHOAMI, head, "").await
    }

    #[tokio::test]
    async fn without_a_session_it_is_a_401_that_names_no_page() {
        let sandbox = sandbox();
        let expected = r#"{"error":{"code":401,"status":"Unauthorized","reason":"No valid session credentials found in the request.","message":"The request could not be authorized"}}"#;
        for head in ["", "x-session-token: other", "cookie: sandbox-token", TOKEN] {
            let reply = whoami(&sandbox, head).await;
            assert_eq!((reply.status, &*reply.body), (401, expected), "{head}");
            assert_eq!(reply.header("content-type"), "application/json");
        }
        assert_eq!(calls(&sandbox), ["kratos session denied"]);
    }

    #[tokio::test]
    async fn a_session_of_one_factor_is_a_403_with_the_page_in_both_places() {
        let sandbox = sandbox();
        sandbox.decide_on("kratos", "session", Choice::Always);
        for head in [
            TOKEN,
            "authorization: bearer sandbox-token",
            "cookie: a=b; ory_kratos_session=sandbox-token",
        ] {
            let reply = whoami(&sandbox, head).await;
            assert_eq!(reply.status, 403, "{head}");
            assert_eq!(
                reply.body,
                r#"{"error":{"id":"session_aal2_required","code":403,"status":"Forbidden","reason":"An active session was found but it does not fulfill the requested Authenticator Assurance Level. Please verify yourself with a second factor to resolve this issue.","details":{"redirect_browser_to":"http://upstream.test/self-service/login/browser?aal=aal2"},"message":"Session does not fulfill the requested Authenticator Assurance Level"},"redirect_browser_to":"http://upstream.test/self-service/login/browser?aal=aal2"}"#
            );
        }
    }

    #[tokio::test]
    async fn with_both_factors_it_is_the_session() {
        let sandbox = sandbox();
        sandbox.decide_on("kratos", "session", Choice::Always);
        sandbox.decide_on("kratos", "aal.aal2", Choice::Once);
        let reply = whoami(&sandbox, TOKEN).await;
        assert_eq!(reply.status, 200);
        let session: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(session["active"], true);
        assert_eq!(session["authenticator_assurance_level"], "aal2");
        assert_eq!(session["identity"]["traits"]["name"], "Ada Lovelace");
        assert_eq!(whoami(&sandbox, TOKEN).await.status, 403);
        assert_eq!(
            calls(&sandbox),
            ["kratos session,aal.aal2 granted", "kratos aal.aal2 denied"]
        );
    }

    #[tokio::test]
    async fn a_denied_call_uses_nothing_up() {
        let sandbox = sandbox();
        sandbox.decide_on("kratos", "session", Choice::Once);
        assert_eq!(whoami(&sandbox, TOKEN).await.status, 403);
        sandbox.decide_on("kratos", "aal.aal2", Choice::Once);
        assert_eq!(whoami(&sandbox, TOKEN).await.status, 200);
        assert_eq!(whoami(&sandbox, TOKEN).await.status, 401);
    }

    #[tokio::test]
    async fn settings_need_a_fresh_session_and_are_the_return_url() {
        let sandbox = sandbox();
        let path = "/self-service/settings?flow=7";
        let reply = send(&sandbox, "POST", path, TOKEN, "{}").await;
        assert_eq!(
            (reply.status, &*reply.body),
            (
                401,
                r#"{"error":{"id":"session_inactive","code":401,"status":"Unauthorized","reason":"No active session was found in this request.","message":"request does not have a valid authentication session"}}"#
            )
        );
        sandbox.decide_on("kratos", "session", Choice::Always);
        let reply = send(&sandbox, "POST", path, TOKEN, "{}").await;
        // Go's `encoding/json` writes `&` this way.
        let page = r"http://upstream.test/self-service/login/browser?refresh=true\u0026return_to=http%3A%2F%2Fupstream%2Etest%2Fself%2Dservice%2Fsettings%3Fflow%3D7";
        assert_eq!(
            (reply.status, reply.body),
            (
                403,
                format!(
                    r#"{{"error":{{"id":"session_refresh_required","code":403,"status":"Forbidden","reason":"The login session is too old and thus not allowed to update these fields. Please re-authenticate.","message":"The requested action was forbidden"}},"redirect_browser_to":"{page}"}}"#
                )
            )
        );
        sandbox.decide_on("kratos", "refresh", Choice::Once);
        assert_eq!(send(&sandbox, "POST", path, TOKEN, "{}").await.status, 200);
    }

    #[tokio::test]
    async fn each_page_says_what_the_user_has_to_do() {
        let sandbox = sandbox();
        sandbox.decide_on("kratos", "session", Choice::Always);
        for (query, title) in [
            ("", "Sign in"),
            ("?refresh=true", "Sign in again"),
            ("?aal=aal2", "Second factor"),
        ] {
            let shown = open(&sandbox, &format!("{LOGIN}{query}")).await;
            let heading = format!("<h1>{title}</h1>");
            assert!(shown.body.contains(&heading), "{}", shown.body);
        }
    }

    #[tokio::test]
    async fn users_return_only_to_allowed_urls() {
        let sandbox = sandbox();
        sandbox.choose(Choice::Refuse);
        for (return_to, is_allowed) in [
            ("https://app.example/page", true),
            ("https://app.example/page?a=b", true),
            ("https://app.example/page/more", true),
            ("https://app.example/pages", true),
            ("https://APP.example:443/page", true),
            ("http://upstream.test/self-service/settings", true),
            ("https://app.example/", false),
            ("https://app.example/PAGE", false),
            ("https://app.example/page/../admin", false),
            ("http://app.example/page", false),
            ("https://app.example:8443/page", false),
            ("https://app.example.evil.test/page", false),
            ("https://app.example@evil.test/page", false),
            ("https://evil.test/page?https://app.example/page", false),
            ("http://upstream.test/sessions/whoami", false),
            ("//app.example/page", false),
            ("/page", false),
            ("javascript:alert(1)", false),
        ] {
            let return_to: String =
                url::form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
            let path = format!("{LOGIN}?return_to={return_to}");
            let visits = sandbox.visits().len();
            for reply in [
                open(&sandbox, &path).await,
                press(&sandbox, &path, "choice=always").await,
            ] {
                assert_eq!(reply.status == 303, is_allowed, "{return_to}");
                assert_eq!(reply.headers.contains_key("location"), is_allowed);
                if !is_allowed {
                    assert_eq!(reply.status, 400);
                    assert!(reply.body.contains("return_to URL is not allowed"));
                }
            }
            assert_eq!(sandbox.visits().len() > visits, is_allowed);
        }
    }

    #[tokio::test]
    async fn nothing_is_added_on_return_whatever_was_chosen() {
        let sandbox = sandbox();
        let path = format!("{LOGIN}?return_to=https%3A%2F%2Fapp.example%2Fpage%3Fa%3D1%2526");
        for form in ["choice=always", "choice=refuse"] {
            let reply = press(&sandbox, &path, form).await;
            assert_eq!(reply.status, 303);
            assert_eq!(reply.header("location"), "https://app.example/page?a=1%26");
        }
        assert_eq!(
            visits(&sandbox),
            ["kratos session always", "kratos session refuse"]
        );
    }

    #[tokio::test]
    async fn a_user_who_signs_in_gets_a_session_cookie() {
        let sandbox = sandbox();
        let path = format!("{LOGIN}?return_to=https%3A%2F%2Fapp.example%2Fpage");
        let page = open(&sandbox, &path).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("<h1>Sign in</h1>"), "{}", page.body);
        let reply = press(&sandbox, &path, "choice=refuse").await;
        assert_eq!(reply.header("set-cookie"), "");
        let reply = press(&sandbox, &path, "choice=always").await;
        let cookie = reply.header("set-cookie");
        assert!(cookie.contains("; HttpOnly"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap();
        let reply = whoami(&sandbox, &format!("cookie: {cookie}")).await;
        assert_eq!(reply.status, 403);
    }

    #[tokio::test]
    async fn a_malformed_request_is_an_error_page_and_not_a_visit() {
        let sandbox = sandbox();
        sandbox.choose(Choice::Always);
        for (query, reason) in [
            (
                "aal=aal2",
                "A higher AAL can only be requested with an active session.",
            ),
            ("aal=aal3", "The AAL must be aal1 or aal2."),
            ("aal=x", "The AAL must be aal1 or aal2."),
        ] {
            let reply = open(&sandbox, &format!("{LOGIN}?{query}")).await;
            assert_eq!(reply.status, 400);
            assert!(reply.body.contains(reason), "{}", reply.body);
        }
        assert_eq!(press(&sandbox, LOGIN, "choice=perhaps").await.status, 400);
        assert!(sandbox.visits().is_empty());
        assert_eq!(open(&sandbox, LOGIN).await.status, 200);
        assert_eq!(
            open(&sandbox, &format!("{LOGIN}?aal=aal2")).await.status,
            200
        );
        assert_eq!(
            visits(&sandbox),
            ["kratos session always", "kratos aal.aal2 always"]
        );
    }

    fn ask() -> Request {
        let request = Request::get(format!("{UPSTREAM}{WHOAMI}"));
        let request = request.header("x-session-token", "sandbox-token");
        request.body(Body::empty()).unwrap()
    }

    fn layer(kratos: Kratos) -> PrivacyLayer {
        PrivacyLayer::new().protocol(kratos)
    }

    #[tokio::test]
    async fn a_user_signs_in_and_then_with_a_second_factor_and_sees_the_page() {
        let sandbox = sandbox();
        let kratos = Kratos::new(UPSTREAM).unwrap().sign_in();
        sandbox.choose(Choice::Always);
        let page = user(&sandbox, &layer(kratos), ask)
            .open(HERE)
            .await
            .unwrap();
        is_here(&page);
        assert_eq!((page.status().as_u16(), page.redirects()), (200, 4));
        assert!(page.text().contains("Ada Lovelace"));
        assert_eq!(
            visits(&sandbox),
            ["kratos session always", "kratos aal.aal2 always"]
        );
    }

    #[tokio::test]
    async fn a_user_who_cancels_is_told_and_not_sent_away_again() {
        for (script, redirects) in [
            (vec![Choice::Refuse], 2),
            (vec![Choice::Always, Choice::Refuse], 4),
        ] {
            let sandbox = sandbox();
            sandbox.choose(Choice::Refuse);
            sandbox.script(script);
            let kratos = Kratos::new(UPSTREAM).unwrap().sign_in();
            let user = user(&sandbox, &layer(kratos), ask);
            let page = user.open(HERE).await.unwrap();
            is_here(&page);
            assert_eq!((page.status().as_u16(), page.redirects()), (403, redirects));
            assert!(page.text().contains("This step is still needed"));
            let page = user.open(page.url()).await.unwrap();
            assert_eq!((page.status().as_u16(), page.redirects()), (403, 0));
        }
    }

    #[tokio::test]
    async fn a_401_is_the_apps_own_unless_it_opted_in() {
        let sandbox = sandbox();
        let user = user(&sandbox, &layer(Kratos::new(UPSTREAM).unwrap()), ask);
        let page = user.open(HERE).await.unwrap();
        assert_eq!((page.status().as_u16(), page.redirects()), (401, 0));
    }

    #[tokio::test]
    async fn a_user_whose_return_url_is_not_allowed_ends_at_the_error_page_of_kratos() {
        let sandbox = Sandbox::new();
        sandbox.decide_on("kratos", "session", Choice::Always);
        sandbox.choose(Choice::Always);
        let user = user(&sandbox, &layer(Kratos::new(UPSTREAM).unwrap()), ask);
        let page = user.open(HERE).await.unwrap();
        assert_eq!((page.status().as_u16(), page.redirects()), (400, 1));
        assert_eq!(page.url().path(), LOGIN);
    }

    #[tokio::test]
    async fn a_user_who_signs_in_again_for_their_settings_stays_at_kratos_and_continues_by_the_link()
     {
        let settings = || {
            let request = Request::post(format!("{UPSTREAM}/self-service/settings?flow=7"));
            let request = request.header("x-session-token", "sandbox-token");
            request.body(Body::empty()).unwrap()
        };
        for (choice, status) in [(Choice::Always, 200), (Choice::Refuse, 403)] {
            let sandbox = sandbox();
            sandbox.decide_on("kratos", "session", Choice::Always);
            sandbox.choose(choice);
            let user = user(&sandbox, &layer(Kratos::new(UPSTREAM).unwrap()), settings);
            let (there, on) = links(&user.open(HERE).await.unwrap());
            let left = user.open(there).await.unwrap();
            assert_eq!(
                left.url().as_str(),
                format!("{UPSTREAM}/self-service/settings?flow=7")
            );
            assert_eq!((left.status().as_u16(), left.redirects()), (200, 1));
            let page = user.open(on).await.unwrap();
            assert_eq!((page.status().as_u16(), page.redirects()), (status, 0));
        }
    }
}

mod github {
    use super::*;

    const REPOS: &str = "/orgs/octodocs-test/repos";
    const TOKEN: &str = "authorization: Bearer sandbox-token";

    /// The page in the API's answer.
    async fn page_of(sandbox: &Sandbox, path: &str) -> String {
        let reply = send(sandbox, "GET", path, TOKEN, "").await;
        assert_eq!(reply.status, 403);
        let sso = reply.header("x-github-sso");
        path_of(sso.strip_prefix("required; url=").expect(sso)).to_owned()
    }

    #[tokio::test]
    async fn without_a_token_it_is_a_401_and_no_call() {
        let sandbox = Sandbox::new();
        for path in [REPOS, "/user/repos"] {
            for head in [
                "",
                "authorization: Bearer other",
                "authorization: Basic c2FuZGJveC10b2tlbg==",
            ] {
                let reply = send(&sandbox, "GET", path, head, "").await;
                assert_eq!(reply.status, 401, "{head}");
                assert_eq!(reply.header("x-github-sso"), "");
            }
        }
        assert!(sandbox.calls().is_empty());
    }

    #[tokio::test]
    async fn a_token_without_single_sign_on_is_a_403_with_a_page_of_its_own() {
        let sandbox = Sandbox::new();
        let page = page_of(&sandbox, REPOS).await;
        let request = page.strip_prefix("/orgs/octodocs-test/sso?authorization_request=");
        assert_eq!(request.expect(&page).len(), 32);
        assert_ne!(page_of(&sandbox, REPOS).await, page);
        let reply = send(
            &sandbox,
            "GET",
            REPOS,
            "authorization: token sandbox-token",
            "",
        )
        .await;
        assert_eq!(
            reply.header("content-type"),
            "application/json; charset=utf-8"
        );
        let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        let message = body["message"].as_str().unwrap();
        assert!(message.starts_with("Resource protected by organization SAML enforcement."));
        assert!(!format!("{sandbox:?} {:?}", sandbox.calls()).contains(request.unwrap()));
    }

    #[tokio::test]
    async fn an_invalid_organisation_is_a_404_without_the_header() {
        let sandbox = Sandbox::new();
        for org in ["a%20b", "a.b", "%C3%A9", &"a".repeat(40)] {
            let reply = send(&sandbox, "GET", &format!("/orgs/{org}/repos"), TOKEN, "").await;
            assert_eq!(reply.status, 404, "{org}");
            assert_eq!(reply.header("x-github-sso"), "");
        }
    }

    #[tokio::test]
    async fn a_user_who_signs_in_has_access_to_that_organisation_and_stays_there() {
        let sandbox = Sandbox::new();
        let page = page_of(&sandbox, REPOS).await;
        let shown = open(
            &sandbox,
            &format!("{page}&return_to=https%3A%2F%2Fapp.example%2F"),
        )
        .await;
        assert_eq!(shown.status, 200);
        assert!(shown.body.contains("Single sign-on to octodocs-test"));
        let left = press(&sandbox, &page, "choice=always").await;
        assert_eq!(left.status, 200);
        assert!(!left.headers.contains_key("location"));
        assert!(!left.body.contains("<a "), "{}", left.body);
        assert!(left.body.contains("The token now has access to"));

        let reply = send(&sandbox, "GET", REPOS, TOKEN, "").await;
        assert_eq!(reply.status, 200);
        assert!(reply.body.contains("octodocs-test/Hello-World"));
        page_of(&sandbox, "/orgs/octo-org/repos").await;
    }

    #[tokio::test]
    async fn a_user_who_declines_is_told_that_nothing_has_changed() {
        let sandbox = Sandbox::new();
        let page = page_of(&sandbox, REPOS).await;
        let left = press(&sandbox, &page, "choice=refuse").await;
        assert_eq!(left.status, 200);
        assert!(left.body.contains("Nothing has changed."), "{}", left.body);
        assert_eq!(send(&sandbox, "GET", REPOS, TOKEN, "").await.status, 403);
    }

    #[tokio::test]
    async fn a_request_is_valid_for_an_hour_and_for_its_organisation() {
        let clock = TestClock::new();
        let sandbox = Sandbox::new().with_clock(clock.clone());
        sandbox.choose(Choice::Always);
        let page = page_of(&sandbox, REPOS).await;
        let elsewhere = page.replace("octodocs-test", "octo-org");
        for path in [
            &*elsewhere,
            "/orgs/octodocs-test/sso",
            "/orgs/octodocs-test/sso?authorization_request=x",
        ] {
            assert_eq!(open(&sandbox, path).await.status, 404, "{path}");
            assert_eq!(
                press(&sandbox, path, "choice=always").await.status,
                404,
                "{path}"
            );
        }
        clock.advance(Duration::from_secs(60 * 60));
        assert_eq!(open(&sandbox, &page).await.status, 200);
        clock.advance(Duration::from_secs(1));
        assert_eq!(open(&sandbox, &page).await.status, 404);
        assert_eq!(visits(&sandbox), ["github_sso sso.octodocs-test always"]);
    }

    #[tokio::test]
    async fn a_list_of_all_repositories_says_that_some_are_missing() {
        let sandbox = Sandbox::new();
        let reply = send(&sandbox, "GET", "/user/repos", TOKEN, "").await;
        assert_eq!(reply.status, 200);
        assert_eq!(
            reply.header("x-github-sso"),
            "partial-results; organizations=21955855"
        );
        assert!(!reply.body.contains("octodocs-test"));
        sandbox.decide_on("github_sso", "sso.octodocs-test", Choice::Always);
        let reply = send(&sandbox, "GET", "/user/repos", TOKEN, "").await;
        assert_eq!(reply.header("x-github-sso"), "");
        assert!(reply.body.contains("octodocs-test"));
    }

    fn ask() -> Request {
        let request = Request::get(format!("{UPSTREAM}{REPOS}"));
        let request = request.header("authorization", "Bearer sandbox-token");
        request.body(Body::empty()).unwrap()
    }

    fn layer() -> PrivacyLayer {
        let page = PrivacyEndpoint::new(format!("{UPSTREAM}/orgs/*/sso")).unwrap();
        PrivacyLayer::new()
            .protocol(GitHubSso::new())
            .also_trust(page)
    }

    #[tokio::test]
    async fn a_user_opens_the_page_by_one_link_and_continues_by_the_other() {
        for (choice, status) in [(Choice::Always, 200), (Choice::Refuse, 403)] {
            let sandbox = Sandbox::new();
            sandbox.choose(choice);
            let user = user(&sandbox, &layer(), ask);
            let (there, on) = links(&user.open(HERE).await.unwrap());
            let left = user.open(there).await.unwrap();
            assert_eq!((left.status().as_u16(), left.redirects()), (200, 0));
            let page = user.open(on).await.unwrap();
            assert_eq!((page.status().as_u16(), page.redirects()), (status, 0));
            let shown = page.text().contains("Hello-World");
            assert_eq!(shown, choice == Choice::Always);
            assert_eq!(
                visits(&sandbox),
                [format!("github_sso sso.octodocs-test {choice}")]
            );
        }
    }
}

mod matrix {
    use super::*;

    const CREATE_ROOM: &str = "/_matrix/client/v3/createRoom";
    const TOKEN: &str = "authorization: Bearer sandbox-token";

    async fn page_of(sandbox: &Sandbox) -> String {
        let reply = send(sandbox, "POST", CREATE_ROOM, TOKEN, "{}").await;
        let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        path_of(body["consent_uri"].as_str().unwrap()).to_owned()
    }

    #[tokio::test]
    async fn without_a_token_it_is_a_401_and_no_call() {
        let sandbox = Sandbox::new();
        for (head, errcode) in [
            ("", "M_MISSING_TOKEN"),
            ("authorization: Basic abc", "M_MISSING_TOKEN"),
            ("authorization: Bearer other", "M_UNKNOWN_TOKEN"),
        ] {
            let reply = send(&sandbox, "POST", CREATE_ROOM, head, "{}").await;
            assert_eq!(reply.status, 401, "{head}");
            assert!(reply.body.contains(errcode), "{}", reply.body);
        }
        assert!(sandbox.calls().is_empty());
    }

    #[tokio::test]
    async fn a_user_who_did_not_agree_gets_a_403_as_synapse_writes_it() {
        let sandbox = Sandbox::new();
        let page = page_of(&sandbox).await;
        let secret = page
            .strip_prefix("/_matrix/consent?u=alice&h=")
            .expect(&page);
        assert_eq!(secret.len(), 64);
        let reply = send(&sandbox, "POST", CREATE_ROOM, TOKEN, "{}").await;
        assert_eq!(reply.status, 403);
        assert_eq!(reply.header("content-type"), "application/json");
        let uri = format!("{UPSTREAM}{page}");
        assert_eq!(
            reply.body,
            format!(
                r#"{{"consent_uri":"{uri}","errcode":"M_CONSENT_NOT_GIVEN","error":"To continue using this homeserver you must review and agree to the terms and conditions at {uri}"}}"#
            )
        );
        assert!(!format!("{sandbox:?} {:?}", sandbox.calls()).contains(secret));
        assert_ne!(page_of(&Sandbox::new()).await, page);
    }

    #[tokio::test]
    async fn the_form_records_the_consent_and_leads_nowhere() {
        let sandbox = Sandbox::new();
        let page = page_of(&sandbox).await;
        let secret = page.rsplit('=').next().unwrap();
        let form = open(&sandbox, &page).await;
        assert_eq!(form.status, 200);
        for (name, value) in [("v", "1.0"), ("u", "alice"), ("h", secret)] {
            let field = format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
            assert!(form.body.contains(&field), "{}", form.body);
        }
        let fields = format!("v=1.0&u=alice&h={secret}");
        let success = press(&sandbox, "/_matrix/consent", &fields).await;
        assert_eq!(success.status, 200);
        assert!(!success.headers.contains_key("location"));
        assert!(!success.body.contains("<a "), "{}", success.body);
        let reply = send(&sandbox, "POST", CREATE_ROOM, TOKEN, "{}").await;
        assert_eq!(reply.status, 200);
        assert!(reply.body.contains("\"room_id\":\"!"), "{}", reply.body);
    }

    #[tokio::test]
    async fn nobody_can_agree_without_the_secret() {
        let sandbox = Sandbox::new();
        sandbox.choose(Choice::Always);
        let page = page_of(&sandbox).await;
        let secret = page.rsplit('=').next().unwrap();
        let other = "0".repeat(64);
        for (fields, status) in [
            ("v=1.0&u=alice".to_owned(), 400),
            (format!("v=1.0&u=alice&h={other}"), 403),
            (format!("v=1.0&u=bob&h={secret}"), 403),
        ] {
            let path = format!("/_matrix/consent?{fields}");
            assert_eq!(open(&sandbox, &path).await.status, status, "{fields}");
            let reply = press(&sandbox, "/_matrix/consent", &fields).await;
            assert_eq!(reply.status, status, "{fields}");
        }
        let without_version = format!("u=alice&h={secret}");
        assert_eq!(
            press(&sandbox, "/_matrix/consent", &without_version)
                .await
                .status,
            400
        );
        let terms = open(&sandbox, "/_matrix/consent").await;
        assert_eq!(terms.status, 200);
        assert!(!terms.body.contains("<form"), "{}", terms.body);
        assert!(sandbox.visits().is_empty());
    }

    fn ask() -> Request {
        let request = Request::post(format!("{UPSTREAM}{CREATE_ROOM}"));
        let request = request.header("authorization", "Bearer sandbox-token");
        request.body(Body::from("{}")).unwrap()
    }

    fn layer() -> PrivacyLayer {
        PrivacyLayer::new().protocol(MatrixConsent::new(UPSTREAM).unwrap())
    }

    #[tokio::test]
    async fn a_user_opens_the_page_by_one_link_and_continues_by_the_other() {
        for (choice, status) in [(Choice::Always, 200), (Choice::Refuse, 403)] {
            let sandbox = Sandbox::new();
            sandbox.choose(choice);
            let user = user(&sandbox, &layer(), ask);
            let (there, on) = links(&user.open(HERE).await.unwrap());
            let left = user.open(there).await.unwrap();
            assert_eq!((left.status().as_u16(), left.redirects()), (200, 0));
            assert_eq!(left.text().contains("agreed"), choice == Choice::Always);
            let page = user.open(on).await.unwrap();
            assert_eq!((page.status().as_u16(), page.redirects()), (status, 0));
            let host = "matrix_consent terms.upstream.test";
            assert_eq!(visits(&sandbox), [format!("{host} {choice}")]);
        }
    }
}

mod bearer {
    use super::*;

    const CALLBACK: &str = "https://app.example/callback?from=auth";
    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const CLIENT: &str = "YOURSITE002242432462";

    fn sandbox() -> Sandbox {
        Sandbox::new().with_redirect_uris([CALLBACK.parse().unwrap()])
    }

    fn encoded(pairs: &[(&str, &str)]) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    }

    /// The authorization endpoint with all required parameters. These replace those of the same name; an
    /// empty one is left out.
    fn authorize(changed: &[(&str, &str)]) -> String {
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", CALLBACK),
            ("state", "s&1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        pairs.retain(|(name, _)| changed.iter().all(|(other, _)| name != other));
        pairs.extend(changed.iter().filter(|(_, value)| !value.is_empty()));
        format!("/oauth/authorize?{}", encoded(&pairs))
    }

    /// The query with which the user comes back to the app.
    #[track_caller]
    fn came_back(reply: &Reply) -> Vec<(String, String)> {
        assert_eq!(reply.status, 303, "{}", reply.body);
        let url = url::Url::parse(reply.header("location")).unwrap();
        let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
        assert!(url.as_str().starts_with(CALLBACK), "{url}");
        assert_eq!(pairs.remove(0).1, "auth");
        pairs
    }

    #[track_caller]
    fn code(reply: &Reply) -> String {
        let pairs = came_back(reply);
        assert_eq!(pairs[1], ("state".to_owned(), "s&1".to_owned()));
        assert_eq!(pairs[0].0, "code");
        pairs[0].1.clone()
    }

    /// The token endpoint's answer, with these in place of the parameters of the same name.
    async fn exchange(
        sandbox: &Sandbox,
        code: &str,
        changed: &[(&str, &str)],
    ) -> (u16, serde_json::Value) {
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("code", code),
        ];
        pairs.retain(|(name, _)| changed.iter().all(|(other, _)| name != other));
        pairs.extend(changed.iter().filter(|(_, value)| !value.is_empty()));
        let reply = send(sandbox, "POST", "/oauth/token", "", &encoded(&pairs)).await;
        assert_eq!(reply.header("cache-control"), "no-store");
        (reply.status, serde_json::from_str(&reply.body).unwrap())
    }

    /// A token of a user who made this choice when asked for this.
    async fn token(sandbox: &Sandbox, asked: &[(&str, &str)], choice: &'static str) -> String {
        let reply = press(sandbox, &authorize(asked), &format!("choice={choice}")).await;
        let (status, body) = exchange(sandbox, &code(&reply), &[]).await;
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    async fn call(sandbox: &Sandbox, path: &str, token: &str) -> Reply {
        send(
            sandbox,
            "GET",
            path,
            &format!("authorization: Bearer {token}"),
            "",
        )
        .await
    }

    const ALL: [&str; 5] = ["/files", "/upload", "/vault", "/recent", "/v1.0/me"];

    #[tokio::test]
    async fn without_a_token_it_is_a_401_that_says_no_more() {
        let sandbox = sandbox();
        for path in ALL {
            let reply = send(&sandbox, "GET", path, "", "").await;
            assert_eq!(reply.status, 401);
            assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"sandbox\"");
            let reply = call(&sandbox, path, "other").await;
            assert_eq!(reply.status, 401);
            let challenge = reply.header("www-authenticate");
            assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
        }
        assert!(sandbox.calls().is_empty());
    }

    #[tokio::test]
    async fn a_denial_names_what_the_token_lacks() {
        let sandbox = sandbox();
        for (path, status, part) in [
            ("/files", 403, r#"error="insufficient_scope""#),
            ("/files", 403, r#"scope="files:read""#),
            ("/upload", 403, r#"scope="files:write""#),
            ("/vault", 401, r#"error="insufficient_user_authentication""#),
            ("/vault", 401, r#"acr_values="mfa""#),
            (
                "/recent",
                401,
                r#"error="insufficient_user_authentication""#,
            ),
            ("/recent", 401, r#"max_age="300""#),
            (
                "/v1.0/me",
                401,
                r#"error="insufficient_claims", claims="eyJ"#,
            ),
            (
                "/v1.0/me",
                401,
                "authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize, ",
            ),
        ] {
            let reply = call(&sandbox, path, sandbox.token()).await;
            assert_eq!(reply.status, status, "{path}");
            let challenge = reply.header("www-authenticate");
            assert!(challenge.contains(part), "{part} is not in {challenge}");
        }
    }

    #[tokio::test]
    async fn the_sandboxs_own_token_has_the_current_grants() {
        let sandbox = sandbox();
        for (path, permission) in ALL.into_iter().zip([
            "scope.files:read",
            "scope.files:write",
            "acr.mfa",
            "max_age.300",
            "claims",
        ]) {
            sandbox.decide_on("bearer", permission, Choice::Once);
            assert_eq!(call(&sandbox, path, sandbox.token()).await.status, 200);
            assert_ne!(call(&sandbox, path, sandbox.token()).await.status, 200);
        }
        assert_eq!(
            calls(&sandbox)[..2],
            [
                "bearer scope.files:read granted",
                "bearer scope.files:read denied"
            ]
        );
    }

    #[tokio::test]
    async fn a_token_has_what_was_asked_for_and_no_more() {
        let sandbox = sandbox();
        let page = authorize(&[("scope", "openid files:read"), ("acr_values", "pwd mfa")]);
        let shown = open(&sandbox, &page).await;
        assert_eq!(shown.status, 200);
        for part in [
            "let it see your files",
            "second factor",
            "app.example",
            CLIENT,
        ] {
            assert!(shown.body.contains(part), "{part}\n{}", shown.body);
        }
        let reply = press(&sandbox, &page, "choice=always").await;
        let (status, body) = exchange(&sandbox, &code(&reply), &[]).await;
        assert_eq!(status, 200);
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], 3600);
        assert_eq!(body["scope"], "openid files:read");
        let token = body["access_token"].as_str().unwrap();
        for (path, status) in ALL.into_iter().zip([200, 403, 200, 401, 401]) {
            assert_eq!(call(&sandbox, path, token).await.status, status, "{path}");
        }
        assert!(
            !format!("{sandbox:?} {:?} {:?}", sandbox.calls(), sandbox.visits()).contains(token)
        );
    }

    #[tokio::test]
    async fn an_older_token_does_not_have_a_later_consent() {
        let sandbox = sandbox();
        let old = token(&sandbox, &[("scope", "files:read")], "always").await;
        let new = token(&sandbox, &[("scope", "files:write")], "always").await;
        assert_eq!(call(&sandbox, "/upload", &old).await.status, 403);
        assert_eq!(call(&sandbox, "/upload", &new).await.status, 200);
        assert_eq!(call(&sandbox, "/files", &new).await.status, 403);
    }

    #[tokio::test]
    async fn later_tokens_keep_how_the_user_signed_in() {
        let clock = TestClock::new();
        let sandbox = sandbox().with_clock(clock.clone());
        token(&sandbox, &[("acr_values", "mfa")], "always").await;
        token(&sandbox, &[("max_age", "300")], "always").await;
        token(&sandbox, &[("claims", "{\"access_token\":{}}")], "always").await;
        let token = token(&sandbox, &[("scope", "files:read")], "always").await;
        for (path, status) in ALL.into_iter().zip([200, 403, 200, 200, 200]) {
            assert_eq!(call(&sandbox, path, &token).await.status, status, "{path}");
        }
        clock.advance(Duration::from_secs(300));
        assert_eq!(call(&sandbox, "/recent", &token).await.status, 200);
        clock.advance(Duration::from_secs(1));
        assert_eq!(call(&sandbox, "/recent", &token).await.status, 401);
        assert_eq!(call(&sandbox, "/files", &token).await.status, 200);
    }

    #[tokio::test]
    async fn codes_and_tokens_expire() {
        let clock = TestClock::new();
        let sandbox = sandbox().with_clock(clock.clone());
        let page = authorize(&[("scope", "files:read")]);
        let late = code(&press(&sandbox, &page, "choice=always").await);
        clock.advance(Duration::from_secs(61));
        assert_eq!(
            exchange(&sandbox, &late, &[]).await.1["error"],
            "invalid_grant"
        );
        let token = token(&sandbox, &[("scope", "files:read")], "always").await;
        clock.advance(Duration::from_secs(3600));
        assert_eq!(call(&sandbox, "/files", &token).await.status, 200);
        clock.advance(Duration::from_secs(1));
        let reply = call(&sandbox, "/files", &token).await;
        assert!(reply.header("www-authenticate").contains("invalid_token"));
    }

    #[tokio::test]
    async fn a_token_that_was_allowed_once_serves_one_call() {
        let sandbox = sandbox();
        let token = token(&sandbox, &[("scope", "files:read")], "once").await;
        assert_eq!(call(&sandbox, "/upload", &token).await.status, 403);
        assert_eq!(call(&sandbox, "/files", &token).await.status, 200);
        assert_eq!(call(&sandbox, "/files", &token).await.status, 401);
    }

    #[tokio::test]
    async fn a_code_is_valid_for_one_try_by_the_app_that_asked_for_it() {
        let sandbox = sandbox();
        let other = "0".repeat(43);
        for (changed, error) in [
            (("code_verifier", &*other), "invalid_grant"),
            (("code_verifier", CHALLENGE), "invalid_grant"),
            (
                ("redirect_uri", "https://app.example/callback"),
                "invalid_grant",
            ),
            (("code", "0"), "invalid_grant"),
            (("code_verifier", ""), "invalid_request"),
            (("code", ""), "invalid_request"),
            (("client_id", "other"), "invalid_client"),
            (("client_id", ""), "invalid_request"),
            (("grant_type", "password"), "unsupported_grant_type"),
        ] {
            let reply = press(&sandbox, &authorize(&[]), "choice=always").await;
            let code = code(&reply);
            let (status, body) = exchange(&sandbox, &code, &[changed]).await;
            assert_eq!(
                (status, body["error"].as_str()),
                (400, Some(error)),
                "{changed:?}"
            );
            if error == "invalid_grant" && changed.0 != "code" {
                assert_eq!(exchange(&sandbox, &code, &[]).await.0, 400, "{changed:?}");
            }
        }
        let code = code(&press(&sandbox, &authorize(&[]), "choice=always").await);
        let twice = [("client_id", CLIENT), ("client_id", CLIENT)];
        assert_eq!(
            exchange(&sandbox, &code, &twice).await.1["error"],
            "invalid_request"
        );
        assert_eq!(exchange(&sandbox, &code, &[]).await.0, 200);
        assert_eq!(exchange(&sandbox, &code, &[]).await.0, 400);
    }

    #[tokio::test]
    async fn nobody_is_sent_to_an_unregistered_redirect_uri() {
        let sandbox = sandbox();
        sandbox.choose(Choice::Always);
        for changed in [
            [("redirect_uri", "https://evil.test/")],
            [("redirect_uri", "https://app.example/callback")],
            [("redirect_uri", "https://app.example/callback?from=auth&x=1")],
            [("redirect_uri", "https://app.example/callback/?from=auth")],
            [("redirect_uri", "https://APP.example/callback?from=auth")],
            [("redirect_uri", "https://app.example:443/callback?from=auth")],
            [(
                "redirect_uri",
                "https://app.example/x/../callback?from=auth",
            )],
            [("redirect_uri", "javascript:alert(1)")],
            [("redirect_uri", "")],
            [("client_id", "other")],
            [("client_id", "")],
        ] {
            for extra in [&[][..], &[("response_type", "token")]] {
                let path = authorize(&[&changed, extra].concat());
                for reply in [
                    open(&sandbox, &path).await,
                    press(&sandbox, &path, "choice=always").await,
                ] {
                    assert_eq!(reply.status, 400, "{path}");
                    assert!(!reply.headers.contains_key("location"), "{path}");
                }
            }
        }
        for twice in [("redirect_uri", CALLBACK), ("client_id", CLIENT)] {
            assert_eq!(
                open(&sandbox, &authorize(&[twice, twice])).await.status,
                400
            );
        }
        assert!(sandbox.visits().is_empty());
        assert_eq!(open(&Sandbox::new(), &authorize(&[])).await.status, 400);
    }

    #[tokio::test]
    async fn other_errors_are_reported_to_the_app() {
        let sandbox = sandbox();
        sandbox.choose(Choice::Always);
        let plain = [("code_challenge_method", "plain")];
        for (changed, error) in [
            (
                &[("response_type", "token")][..],
                "unsupported_response_type",
            ),
            (&[("response_type", "")], "invalid_request"),
            (&[("code_challenge", "")], "invalid_request"),
            (&[("code_challenge", "short")], "invalid_request"),
            (&[("code_challenge_method", "")], "invalid_request"),
            (&plain, "invalid_request"),
            (
                &[("scope", "files:read"), ("scope", "files:read")],
                "invalid_request",
            ),
            (&[("scope", "files:read admin")], "invalid_scope"),
            (&[("max_age", "soon")], "invalid_request"),
            (&[("max_age", "-1")], "invalid_request"),
            (&[("claims", "eyJhIjoxfQ==")], "invalid_request"),
            (&[("claims", "[]")], "invalid_request"),
            (
                &[("acr_values", "pwd")],
                "unmet_authentication_requirements",
            ),
        ] {
            let path = authorize(changed);
            for reply in [
                open(&sandbox, &path).await,
                press(&sandbox, &path, "choice=always").await,
            ] {
                let expected = [("error", error), ("state", "s&1")];
                let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
                assert_eq!(came_back(&reply), expected, "{changed:?}");
            }
        }
        let reply = press(&sandbox, &authorize(&[]), "choice=perhaps").await;
        assert_eq!(came_back(&reply)[0].1, "invalid_request");
        assert!(sandbox.visits().is_empty());
    }

    #[tokio::test]
    async fn the_page_says_in_words_what_is_asked_for() {
        let claims = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;
        for (asked, words) in [
            (("scope", ""), "<li>sign in</li>"),
            (("scope", "openid"), "<li>sign in</li>"),
            (("scope", "files:read"), "let it see your files"),
            (("scope", "files:write"), "let it change your files"),
            (("claims", claims), "because something has changed"),
            (("acr_values", "mfa"), "confirm with a second factor"),
            (("max_age", "300"), "because your last sign-in is too old"),
        ] {
            let shown = open(&sandbox(), &authorize(&[asked])).await;
            assert_eq!(shown.status, 200, "{asked:?}");
            let items = shown.body.matches("<li>").count();
            assert!(items == 1 && shown.body.contains(words), "{}", shown.body);
        }
    }

    #[tokio::test]
    async fn a_user_who_declines_comes_back_without_a_code() {
        let sandbox = sandbox();
        let path = authorize(&[("scope", "files:read"), ("state", "")]);
        let reply = press(&sandbox, &path, "choice=refuse").await;
        assert_eq!(
            came_back(&reply),
            [("error".to_owned(), "access_denied".to_owned())]
        );
        assert_eq!(visits(&sandbox), ["bearer scope.files:read refuse"]);
        assert_eq!(sandbox.visits()[0].return_url().as_str(), CALLBACK);
    }

    #[tokio::test]
    async fn reset_forgets_tokens_and_codes() {
        let sandbox = sandbox();
        let token = token(&sandbox, &[("scope", "files:read")], "always").await;
        let code = code(&press(&sandbox, &authorize(&[]), "choice=always").await);
        sandbox.reset();
        assert_eq!(call(&sandbox, "/files", &token).await.status, 401);
        assert_eq!(exchange(&sandbox, &code, &[]).await.0, 400);
        assert_eq!(open(&sandbox, &authorize(&[])).await.status, 200);
    }

    /// An app for one user, which keeps their token and their return URL.
    #[derive(Clone)]
    struct App {
        client: Privacy<Router>,
        bearer: Bearer,
        path: &'static str,
        session: Arc<Mutex<Session>>,
    }

    #[derive(Default)]
    struct Session {
        token: Option<String>,
        back: Option<ReturnUrl>,
    }

    async fn page(State(app): State<App>) -> Result<Response, PrivacyError> {
        let token = app.session.lock().unwrap().token.clone();
        let request = Request::get(format!("{UPSTREAM}{}", app.path));
        let request = match token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        let request = request.body(Body::empty()).unwrap();
        Ok(app.client.oneshot(request).await?.map(Body::new))
    }

    #[derive(Deserialize)]
    struct SignIn {
        return_to: String,
    }

    async fn sign_in(
        State(app): State<App>,
        RawQuery(query): RawQuery,
        Query(sign_in): Query<SignIn>,
    ) -> Response {
        let query = query.unwrap();
        app.bearer
            .accepts(&query)
            .expect("it is what the layer made");
        let home = ["https://app.example".parse().unwrap()];
        let back = ReturnUrl::of_origins(&sign_in.return_to, &home);
        app.session.lock().unwrap().back = back;
        let asked = url::form_urlencoded::parse(query.as_bytes());
        let asked: Vec<_> = asked.filter(|(name, _)| name != "return_to").collect();
        let asked: Vec<_> = asked
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        Redirect::to(&format!("{UPSTREAM}{}", authorize(&asked))).into_response()
    }

    #[derive(Deserialize)]
    struct Callback {
        code: Option<String>,
        state: String,
    }

    async fn callback(State(app): State<App>, Query(callback): Query<Callback>) -> Redirect {
        assert_eq!(callback.state, "s&1");
        if let Some(code) = callback.code {
            let fields = [
                ("grant_type", "authorization_code"),
                ("client_id", CLIENT),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
                ("code", &code),
            ];
            let request = Request::post(format!("{UPSTREAM}/oauth/token"));
            let request = request.body(Body::from(encoded(&fields))).unwrap();
            let response = app.client.get_ref().clone().oneshot(request).await.unwrap();
            let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let token = body["access_token"].as_str().map(str::to_owned);
            app.session.lock().unwrap().token = token;
        }
        let back = app.session.lock().unwrap().back.take().unwrap();
        Redirect::to(back.as_str())
    }

    /// A user who is signed in with a token without scopes.
    async fn user(sandbox: &Sandbox, path: &'static str) -> Visitor {
        let route = "https://app.example/sign-in";
        let bearer = Bearer::new(route, ["files:read", "files:write"]).unwrap();
        let token = token(sandbox, &[], "always").await;
        let app = App {
            client: PrivacyLayer::new()
                .protocol(bearer.clone())
                .layer(sandbox.router()),
            bearer,
            path,
            session: Arc::new(Mutex::new(Session {
                token: Some(token),
                back: None,
            })),
        };
        let app = Router::new()
            .route("/page", get(page))
            .route("/sign-in", get(sign_in))
            .route("/callback", get(callback))
            .with_state(app)
            .layer(PrivacyReturnLayer::new(
                "https://app.example".parse().unwrap(),
            ));
        let user = Visitor::new().host("https://app.example", app).unwrap();
        user.host(UPSTREAM, sandbox.router()).unwrap()
    }

    #[tokio::test]
    async fn a_user_signs_in_with_more_and_sees_the_page() {
        for (path, shows) in ALL
            .into_iter()
            .zip(["Moonrise", "Balloon", "safe", "language", "Lovelace"])
        {
            let sandbox = sandbox();
            let user = user(&sandbox, path).await;
            sandbox.choose(Choice::Always);
            let page = user.open(HERE).await.unwrap();
            is_here(&page);
            assert_eq!(
                (page.status().as_u16(), page.redirects()),
                (200, 4),
                "{path}"
            );
            assert!(page.text().contains(shows), "{path}");
            let page = user.open(HERE).await.unwrap();
            assert_eq!(
                (page.status().as_u16(), page.redirects()),
                (200, 0),
                "{path}"
            );
        }
    }

    #[tokio::test]
    async fn a_user_who_declines_is_told_and_not_sent_away_again() {
        for path in ALL {
            let sandbox = sandbox();
            let user = user(&sandbox, path).await;
            sandbox.choose(Choice::Refuse);
            let page = user.open(HERE).await.unwrap();
            is_here(&page);
            assert_eq!(
                (page.status().as_u16(), page.redirects()),
                (403, 4),
                "{path}"
            );
            assert!(page.text().contains("This step is still needed"));
            let page = user.open(page.url()).await.unwrap();
            assert_eq!(
                (page.status().as_u16(), page.redirects()),
                (403, 0),
                "{path}"
            );
            // The first one is the sign-in without scopes.
            assert_eq!(sandbox.visits().len(), 2, "{path}");
        }
    }

    #[tokio::test]
    async fn an_expired_token_is_left_to_the_app() {
        let clock = TestClock::new();
        let sandbox = sandbox().with_clock(clock.clone());
        let user = user(&sandbox, "/files").await;
        clock.advance(Duration::from_secs(3601));
        let page = user.open(HERE).await.unwrap();
        assert_eq!((page.status().as_u16(), page.redirects()), (401, 0));
    }
}
