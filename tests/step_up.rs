//! `examples/sign_in.rs` in a real browser, with a third-party `OpenID` Provider and resource server: the npm
//! packages `oidc-provider` and `express-oauth2-jwt-bearer`, which `tests/servers/oauth.mjs` runs. Requests
//! that anybody can send to the app's sign-in route are made without a browser.
//!
//! Without the servers or a browser, the tests are skipped and say so, unless `TOWER_PRIVACY_SERVERS` or
//! `TOWER_PRIVACY_BROWSER` is `required`. They save screenshots in `target/tmp`.
#![cfg(all(
    feature = "axum",
    feature = "bearer",
    feature = "reqwest",
    feature = "sandbox"
))]

#[allow(dead_code, reason = "it is an example, with a `main` of its own")]
#[path = "../examples/sign_in.rs"]
mod sign_in;
mod support;

use std::{
    collections::HashMap,
    future::ready,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use axum::{extract::Request, middleware::map_request};
use fantoccini::Locator;
use reqwest::{
    Client, Response, StatusCode,
    header::{COOKIE, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use serde_json::{Value, json};
use sign_in::Settings;
use support::{
    chromium::{Chromium, Page, Running},
    server::Server,
    servers,
};
use tokio::net::TcpListener;
use tower_privacy::{ReturnUrl, problem};
use url::{Url, form_urlencoded};

const ALLOW: &str = "button[value=allow]";
const DECLINE: &str = "button[value=decline]";
const ASK_AGAIN: &str = "main a[href*='/sign-in?']";

#[tokio::test]
async fn a_scope_that_is_missing_is_asked_for_and_the_page_keeps_its_query() {
    walk("scope", "", async |page, site| {
        sign_in(page, "/").await;
        page.open("/files").await;
        page.shows(r#"{"files":{}}"#).await;
        assert_eq!(site.sign_ins(), 1);

        page.open("/upload?name=a%26b&x=1").await;
        page.shows("Asked: files:write").await;
        page.picture("consent").await;
        page.click(ALLOW).await;
        page.shows(r#"{"upload":{"name":"a&b","x":"1"}}"#).await;
        page.picture("data").await;
        let url = page.client.current_url().await.unwrap();
        let own = format!("{}/upload?name=a%26b&x=1&fromOrangePrivacy=", page.app);
        assert!(url.as_str().starts_with(&own), "{url}");

        // The new token can do everything that the old one could.
        page.open("/files").await;
        page.shows(r#"{"files":{}}"#).await;
        assert_eq!(site.sign_ins(), 2);
        page.open("/vault").await;
        page.click(ALLOW).await;
        page.shows(r#"{"vault":{}}"#).await;
        page.open("/upload").await;
        page.shows(r#"{"upload":{}}"#).await;
        assert_eq!(site.sign_ins(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_user_who_declines_a_scope_is_told_and_not_sent_away_again() {
    walk("declined", "", async |page, site| {
        sign_in(page, "/").await;
        page.open("/upload?name=a%26b&x=1").await;
        page.shows("Asked: files:write").await;
        page.click(DECLINE).await;
        is_told(page).await;
        page.picture("told").await;
        assert_eq!(site.sign_ins(), 2);
        page.client.refresh().await.unwrap();
        is_told(page).await;
        assert_eq!(site.sign_ins(), 2);

        page.open("/files").await;
        page.shows(r#"{"files":{}}"#).await;
        page.client.back().await.unwrap();
        page.click(ASK_AGAIN).await;
        page.shows("Asked: files:write").await;
        page.click(ALLOW).await;
        page.shows(r#"{"upload":{"name":"a&b","x":"1"}}"#).await;
        assert_eq!(site.sign_ins(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_second_factor_is_asked_for_once() {
    walk("acr", "", async |page, site| {
        let data = r#"{"vault":{"door":"2"}}"#;
        steps_up(page, site, "/vault?door=2", "Asked: acr", data).await;
    })
    .await;
}

#[tokio::test]
async fn a_more_recent_sign_in_is_asked_for_once() {
    walk("max-age", "", async |page, site| {
        let data = r#"{"recent":{"tab":"a/b"}}"#;
        steps_up(page, site, "/recent?tab=a%2Fb", "Asked: max_age", data).await;
    })
    .await;
}

#[tokio::test]
async fn an_upstream_that_nothing_satisfies_costs_its_user_one_trip() {
    walk("never", "/never", async |page, site| {
        sign_in(page, "/").await;
        page.open("/files").await;
        page.shows("Asked: acr").await;
        page.click(ALLOW).await;
        is_told(page).await;
        page.client.refresh().await.unwrap();
        is_told(page).await;
        assert_eq!(site.sign_ins(), 2);
    })
    .await;
}

/// The user declines first, and allows it after asking for it again.
async fn steps_up(page: &Page, site: &Site, path: &str, asked: &str, data: &str) {
    sign_in(page, "/").await;
    page.open(path).await;
    page.shows(asked).await;
    page.picture("sign-in").await;
    page.click(DECLINE).await;
    is_told(page).await;
    page.client.refresh().await.unwrap();
    is_told(page).await;
    assert_eq!(site.sign_ins(), 2);
    page.click(ASK_AGAIN).await;
    page.shows(asked).await;
    page.click(ALLOW).await;
    page.shows(data).await;
    assert_eq!(site.sign_ins(), 3);
}

#[tokio::test]
async fn a_page_without_a_token_is_left_to_its_handler() {
    walk("signed-out", "", async |page, site| {
        page.open("/files?folder=a%26b").await;
        page.shows("You are not signed in").await;
        assert_eq!(site.sign_ins(), 0);
        page.press(Locator::LinkText("Sign in")).await;
        allow_both(page).await;
        page.shows(r#"{"files":{"folder":"a&b"}}"#).await;
        assert_eq!(site.sign_ins(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_page_with_an_expired_token_is_left_to_its_handler() {
    walk("expired", "/stale", async |page, site| {
        sign_in(page, "/").await;
        page.open("/upload").await;
        page.shows("You are not signed in").await;
        assert_eq!(site.sign_ins(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_script_of_a_page_is_told_where_to_send_the_user() {
    walk("fetch", "", async |page, site| {
        sign_in(page, "/").await;
        page.open("/?tab=2").await;
        let (status, problem) = fetch(page, "/upload?name=a%26b").await;
        assert_eq!(status, 403);
        assert_eq!(problem["type"], problem::REDIRECT);
        assert_eq!(problem["returns"], true);
        assert_eq!(site.sign_ins(), 1);

        let location = vec![problem["location"].clone()];
        let script = "location.assign(arguments[0])";
        page.client.execute(script, location).await.unwrap();
        page.shows("Asked: files:write").await;
        page.click(ALLOW).await;
        page.shows("Write, which needs another scope").await;
        let url = page.client.current_url().await.unwrap();
        let own = format!("{}/?tab=2&fromOrangePrivacy=", page.app);
        assert!(url.as_str().starts_with(&own), "{url}");
        let (status, data) = fetch(page, "/upload?name=a%26b").await;
        assert_eq!(
            (status, data),
            (200, json!({ "upload": { "name": "a&b" } }))
        );
    })
    .await;
}

/// The response to the page's own `fetch()`.
async fn fetch(page: &Page, path: &str) -> (u64, Value) {
    let script = "const [path, done] = arguments;
        fetch(path).then(async (reply) => done([reply.status, JSON.parse(await reply.text())]))";
    let reply = page.client.execute_async(script, vec![path.into()]);
    let [status, body] = reply
        .await
        .unwrap()
        .as_array()
        .unwrap()
        .clone()
        .try_into()
        .unwrap();
    (status.as_u64().unwrap(), body)
}

#[tokio::test]
async fn an_upstream_does_not_make_the_app_ask_for_other_scopes() {
    walk("unwanted", "/admin", async |page, site| {
        sign_in(page, "/").await;
        page.open("/files").await;
        let script = "return performance.getEntriesByType('navigation')[0].responseStatus";
        let status = page.client.execute(script, vec![]).await.unwrap();
        assert_eq!(status, 502);
        assert_eq!(site.sign_ins(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_has_another_id_after_its_sign_in() {
    walk("session", "", async |page, _| {
        page.open("/sign-in").await;
        page.shows("Asked: no_session").await;
        let before = page.client.get_named_cookie("session").await.unwrap();
        allow_both(page).await;
        page.shows("Write, which needs another scope").await;
        let after = page.client.get_named_cookie("session").await.unwrap();
        assert_ne!(before.value(), after.value());
        assert_eq!(after.http_only(), Some(true));
        let old = format!("session={}", before.value());
        let reply = get(&format!("{}/files", page.app), &old).await;
        assert_eq!(reply.status(), 401);
    })
    .await;
}

#[tokio::test]
async fn a_code_that_the_provider_does_not_know_signs_nobody_in() {
    let Some(site) = Site::with_servers("code", "").await else {
        return;
    };
    let trip = site.leave("").await;
    let reply = trip.back("code=made-up").await;
    assert_eq!(reply.status(), 502);
    assert!(!reply.headers().contains_key(SET_COOKIE));
    let reply = get(&format!("{}/files", site.url), &trip.cookie).await;
    assert_eq!(reply.status(), 401);
}

#[tokio::test]
async fn a_forged_link_passes_nothing_on() {
    let site = Site::alone().await;
    let long = format!("claims={{\"a\":\"{}\"}}", "x".repeat(2048));
    for query in [
        "scope=admin&return_to=https://evil.test/",
        "scope=files:read%20admin",
        "scope=files:read%0Aadmin",
        "scope=FILES:READ",
        "scope=%22files:read%22",
        "scope=files:read%00",
        "scope=*",
        "%73cope=admin",
        "scope=files:read&scope=admin",
        "acr_values=a%0D%0ALocation:%20https://evil.test/",
        "acr_values=a%00",
        "acr_values=a&acr_values=b",
        "max_age=-1",
        "max_age=%2B1",
        "max_age=1.5",
        "max_age=1e3",
        "max_age=",
        "max_age=%201",
        "max_age=%EF%BC%91",
        "max_age=99999999999999999999",
        "max_age=1&max_age=2",
        "claims=",
        "claims=[]",
        "claims=%7B",
        "claims=%22a%22",
        "claims=%7B%7D&claims=%7B%7D",
        &long,
        "return_to=https://evil.test/&return_to=https://evil.test/",
    ] {
        let reply = site.get(&format!("/sign-in?{query}"), "").await;
        assert_eq!(reply.status(), 400, "{query}");
        assert!(!reply.headers().contains_key(LOCATION), "{query}");
        assert!(!reply.headers().contains_key(SET_COOKIE), "{query}");
        assert!(!reply.text().await.unwrap().contains("evil"), "{query}");
    }
}

#[tokio::test]
async fn what_is_passed_on_stays_a_value_of_its_parameter() {
    let site = Site::alone().await;
    let injected = "x&redirect_uri=https://evil.test/&prompt=none#y";
    let encoded: String = form_urlencoded::byte_serialize(injected.as_bytes()).collect();
    let claims = format!(r#"{{"a":"{injected}"}}"#);
    let claims_encoded: String = form_urlencoded::byte_serialize(claims.as_bytes()).collect();
    let others = "client_id=evil&redirect_uri=https://evil.test/&state=evil&resource=evil\
        &response_type=token&code_challenge=evil&prompt=none&scope[]=admin";
    let query = format!(
        "acr_values={encoded}&max_age=0300&claims={claims_encoded}&scope=files:write&{others}"
    );
    let trip = site.leave(&query).await;

    let provider: Vec<_> = trip.provider.query_pairs().into_owned().collect();
    let parameters: HashMap<_, _> = provider.iter().cloned().collect();
    assert_eq!(parameters.len(), provider.len(), "{}", trip.provider);
    let mut names: Vec<_> = parameters.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "acr_values",
            "claims",
            "client_id",
            "code_challenge",
            "code_challenge_method",
            "max_age",
            "redirect_uri",
            "resource",
            "response_type",
            "scope",
            "state"
        ]
    );
    assert_eq!(parameters["acr_values"], injected);
    assert_eq!(parameters["claims"], claims);
    assert_eq!(parameters["client_id"], "app");
    assert_eq!(parameters["code_challenge_method"], "S256");
    assert_eq!(parameters["max_age"], "300");
    assert_eq!(parameters["redirect_uri"], format!("{}/callback", site.url));
    assert_eq!(parameters["response_type"], "code");
    assert_eq!(parameters["scope"], "files:read files:write openid");
    assert!(!parameters["resource"].contains("evil"));
    assert_ne!(parameters["state"], "evil");
    assert_ne!(parameters["code_challenge"], "evil");
    assert!(trip.provider.as_str().starts_with(PROVIDER_OF_NOBODY));
}

#[tokio::test]
async fn users_return_only_to_pages_of_the_app() {
    let site = Site::alone().await;
    let home = format!("{}/", site.url);
    let host = site.url.trim_start_matches("http://");
    for return_to in [
        "",
        "/",
        "//evil.test/",
        "/\\evil.test/",
        "\\\\evil.test/",
        "https://evil.test/",
        "http:evil.test",
        "https:\\\\evil.test",
        "ht\ttp://evil.test/",
        "javascript:alert(1)",
        "data:text/html,x",
        "\u{0}https://evil.test/",
        &format!("https://{host}/"),
        &format!("http://{host}@evil.test/"),
        &format!("http://user@{host}/"),
        &format!("http://{host}.evil.test/"),
        &format!("http://evil.test/{}", site.url),
        &format!("http://evil.test\\@{host}/"),
        "http://127.0.0.1/",
        "http://localhost/",
    ] {
        let encoded: String = form_urlencoded::byte_serialize(return_to.as_bytes()).collect();
        let trip = site.leave(&format!("return_to={encoded}")).await;
        let reply = trip.back("error=access_denied").await;
        assert_eq!(location(&reply), home, "{return_to:?}");
    }
    let own = format!("{}/upload?name=a%26b&x=1#part", site.url);
    let encoded: String = form_urlencoded::byte_serialize(own.as_bytes()).collect();
    for end in ["error=access_denied", "error=server_error", ""] {
        let trip = site.leave(&format!("return_to={encoded}")).await;
        let reply = trip.back(end).await;
        assert_eq!(location(&reply), own, "{end}");
    }
}

#[tokio::test]
async fn a_callback_counts_once_and_only_for_its_session() {
    let site = Site::alone().await;
    let trip = site.leave("").await;
    let other = site.leave("").await;
    assert_ne!(trip.cookie, other.cookie);
    for (cookie, query) in [
        ("", format!("error=access_denied&state={}", trip.state)),
        (
            &*other.cookie,
            format!("error=access_denied&state={}", trip.state),
        ),
        (&*other.cookie, format!("code=x&state={}", trip.state)),
        (&*trip.cookie, "code=x&state=".to_owned()),
        (&*trip.cookie, "code=x".to_owned()),
        (&*trip.cookie, String::new()),
    ] {
        let reply = site.get(&format!("/callback?{query}"), cookie).await;
        assert_eq!(reply.status(), 400, "{cookie} {query}");
        assert!(!reply.headers().contains_key(LOCATION), "{query}");
        assert!(!reply.headers().contains_key(SET_COOKIE), "{query}");
    }
    assert_eq!(trip.back("error=access_denied").await.status(), 303);
    assert_eq!(trip.back("error=access_denied").await.status(), 400);
}

#[tokio::test]
async fn two_windows_of_a_session_may_sign_in_at_the_same_time() {
    let site = Site::alone().await;
    let page = |name: &str| format!("{}/{name}", site.url);
    let first = site.leave(&format!("return_to={}", page("files"))).await;
    let query = format!("return_to={}", page("vault"));
    let second = site.leave_again(&query, &first.cookie).await;
    assert_eq!(first.cookie, second.cookie);
    let denied = "error=access_denied";
    assert_eq!(location(&first.back(denied).await), page("files"));
    assert_eq!(location(&second.back(denied).await), page("vault"));
}

#[tokio::test]
async fn a_session_id_that_somebody_made_up_is_not_accepted() {
    let site = Site::alone().await;
    let trip = site.leave_again("", "session=chosen").await;
    assert_ne!(trip.cookie, "session=chosen");
}

/// Signs in with the fewest scopes.
async fn sign_in(page: &Page, path: &str) {
    page.open(path).await;
    page.press(Locator::LinkText("Sign in")).await;
    allow_both(page).await;
    page.shows("Write, which needs another scope").await;
}

async fn allow_both(page: &Page) {
    page.shows("Asked: no_session").await;
    page.click(ALLOW).await;
    page.shows("Asked: openid files:read").await;
    page.click(ALLOW).await;
}

/// A page with this link that does not send the window away by itself.
async fn is_told(page: &Page) {
    page.until("the user is told, and can be asked again", async || {
        page.client.find(Locator::Css(ASK_AGAIN)).await.ok()
    })
    .await;
}

/// Walks through the app in a browser, with real servers.
async fn walk(test: &str, api: &str, walk: impl AsyncFnOnce(&Page, &Site)) {
    let test = format!("step-up-{test}");
    let Some(chromium) = Chromium::find(&test) else {
        return;
    };
    let Some(site) = Site::with_servers(&test, api).await else {
        return;
    };
    let pictures = test.clone();
    let walk = async |client| {
        let app = site.url.clone();
        walk(
            &Page {
                client,
                app,
                pictures,
            },
            &site,
        )
        .await;
    };
    chromium.drive(&test, walk).await;
}

/// A provider that does not exist.
const PROVIDER_OF_NOBODY: &str = "http://127.0.0.1:9/";

/// The example, its servers, and the requests that were made to it.
struct Site {
    /// The app's URL, without a path.
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    _app: Server,
    _servers: Option<Running>,
}

impl Site {
    /// `api` is the path on the resource server below which the app makes all calls.
    async fn with_servers(test: &str, api: &str) -> Option<Self> {
        let folder = servers::installed(test, "oauth")?;
        let (listener, url) = listen().await;
        let mut node = Command::new("node");
        // A program in that folder finds the packages that are installed there.
        node.current_dir(folder)
            .args(["--input-type=module", "--eval"])
            .arg(include_str!("servers/oauth.mjs"))
            .env("REDIRECT_URI", format!("{url}/callback"))
            .stdin(Stdio::piped());
        let (servers, told) = Running::start(&mut node, |line| {
            Some(line.strip_prefix("provider ")?.to_owned())
        });
        let (provider, resource) = told.split_once(" resource ").unwrap();
        let settings = Settings {
            authorize_url: format!("{provider}/auth"),
            token_url: format!("{provider}/token"),
            client_id: "app".to_owned(),
            client_secret: Some("app-secret".to_owned()),
            api_url: format!("{resource}{api}"),
            resource: Some(resource.to_owned()),
        };
        Some(Self::start(listener, url, settings, Some(servers)))
    }

    /// For tests that need no server.
    async fn alone() -> Self {
        let (listener, url) = listen().await;
        let settings = Settings {
            authorize_url: PROVIDER_OF_NOBODY.to_owned(),
            token_url: PROVIDER_OF_NOBODY.to_owned(),
            client_id: "app".to_owned(),
            client_secret: None,
            api_url: PROVIDER_OF_NOBODY.to_owned(),
            resource: Some("https://api.example/".to_owned()),
        };
        Self::start(listener, url, settings, None)
    }

    fn start(
        listener: TcpListener,
        url: String,
        settings: Settings,
        servers: Option<Running>,
    ) -> Self {
        let home = ReturnUrl::try_from(&*url).unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = asked.clone();
        let app = sign_in::app(settings, home).unwrap();
        let app = app.layer(map_request(move |request: Request| {
            seen.lock().unwrap().push(request.uri().path().to_owned());
            ready(request)
        }));
        Self {
            url,
            asked,
            _app: Server::start_on(listener, app),
            _servers: servers,
        }
    }

    /// The number of times the sign-in route was opened.
    fn sign_ins(&self) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|path| *path == "/sign-in").count()
    }

    async fn get(&self, path: &str, cookie: &str) -> Response {
        get(&format!("{}{path}", self.url), cookie).await
    }

    /// A new user who is sent to the provider.
    async fn leave(&self, query: &str) -> Trip {
        self.leave_again(query, "").await
    }

    async fn leave_again(&self, query: &str, cookie: &str) -> Trip {
        let reply = self.get(&format!("/sign-in?{query}"), cookie).await;
        assert_eq!(reply.status(), StatusCode::SEE_OTHER, "{query}");
        let provider = Url::parse(&location(&reply)).unwrap();
        let cookie = reply.headers()[SET_COOKIE].to_str().unwrap();
        let mut parameters = provider.query_pairs();
        let (_, state) = parameters.find(|(name, _)| name == "state").unwrap();
        Trip {
            callback: format!("{}/callback", self.url),
            cookie: cookie.split(';').next().unwrap().to_owned(),
            state: state.into_owned(),
            provider,
        }
    }
}

/// A user at the provider.
struct Trip {
    callback: String,
    cookie: String,
    state: String,
    /// Where the user was sent.
    provider: Url,
}

impl Trip {
    /// The reply to a user who is sent back with this query.
    async fn back(&self, query: &str) -> Response {
        let url = format!("{}?{query}&state={}", self.callback, self.state);
        get(&url, &self.cookie).await
    }
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

async fn get(url: &str, cookie: &str) -> Response {
    let client = Client::builder().no_proxy().redirect(Policy::none());
    let request = client.build().unwrap().get(url).header(COOKIE, cookie);
    request.send().await.unwrap()
}

fn location(reply: &Response) -> String {
    reply.headers()[LOCATION].to_str().unwrap().to_owned()
}
