//! Consent to the terms of a real Matrix homeserver: Synapse.
//!
//! Without Synapse, the tests are skipped and say so, unless `TOWER_PRIVACY_SERVERS` is `required`.
//! `.ci/servers` installs it. The test in a browser saves screenshots in `target/tmp`.
#![cfg(all(
    feature = "axum",
    feature = "matrix-consent",
    feature = "reqwest",
    feature = "sandbox"
))]

mod support;

use std::{collections::BTreeMap, net::Ipv4Addr};

use axum::{Router, extract::State, response::Html, routing::get};
use fantoccini::Locator;
use http::{
    HeaderMap, HeaderName, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, DATE, REFERER},
};
use regex::Regex;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use support::{
    chromium::{Chromium, Page},
    context, redirect, return_url,
    server::Server,
    synapse::{Synapse, User, json_of},
};
use tokio::net::TcpListener;
use tower::{ServiceBuilder, ServiceExt};
use tower_privacy::{
    Privacy, PrivacyError, PrivacyLayer, PrivacyRedirect, PrivacyReturnLayer, problem,
    protocol::MatrixConsent, sandbox::TestClock,
};
use url::{Url, form_urlencoded};

const FORM: &str = "application/x-www-form-urlencoded";
const CODE: &str = "M_CONSENT_NOT_GIVEN";
const NEEDED: &str = "One more step is needed";
const AGAIN: &str = "This step is still needed";
const GO_THERE: &str = "Open that page (new window)";
const ASK_AGAIN: &str = "Try again (new window)";
const CONTINUE: &str = "Continue";

#[tokio::test]
async fn a_user_who_has_not_accepted_the_terms_may_not_create_a_room() {
    let Some(synapse) = Synapse::find("a_user_who_has_not_accepted_the_terms") else {
        return;
    };
    let user = synapse.register().await;
    let redirect = denied(synapse, &user, Method::POST, "/createRoom").await;
    let denial = redirect.denial();
    assert_eq!(denial.protocol(), "matrix_consent");
    assert_eq!(denial.status(), StatusCode::FORBIDDEN);
    assert_eq!(denial.code(), Some(CODE));
    assert!(denial.permissions().eq(["terms.127.0.0.1"]));
    assert!(!redirect.returns());
    assert_eq!(redirect.location(), denial.interaction_url());
    let page = format!("{}/_matrix/consent?u=", synapse.url);
    assert!(
        redirect.location().as_str().starts_with(&page),
        "{redirect:?}"
    );

    accept(redirect.location()).await;
    let made = through(synapse, &user, Method::POST, "/createRoom").await;
    assert_eq!(made.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn every_write_is_denied_until_the_terms_are_accepted() {
    let Some(synapse) = Synapse::find("whatever_writes_is_denied") else {
        return;
    };
    let host = writer(synapse).await;
    let elsewhere = room(&host, &json!({ "preset": "public_chat" })).await;
    let user = synapse.register().await;
    let redirect = denied(synapse, &user, Method::POST, "/createRoom").await;
    let terms = redirect.location();
    let mut earlier = form(terms).await.unwrap();
    accept(terms).await;
    let own = room(&user, &json!({})).await;

    // As if the terms had changed: what this user could do yesterday is denied today.
    earlier.insert("v".to_owned(), "0.9".to_owned());
    send(terms, earlier).await;
    let calls = [
        (Method::PUT, format!("/rooms/{own}/send/m.room.message/1")),
        (Method::POST, format!("/rooms/{own}/invite")),
        (Method::POST, format!("/join/{elsewhere}")),
        (Method::POST, "/createRoom".to_owned()),
    ];
    for (method, path) in &calls {
        let redirect = denied(synapse, &user, method.clone(), path).await;
        assert_eq!(redirect.denial().code(), Some(CODE), "{path}");
        assert_eq!(redirect.location(), terms, "{path}");
    }
    accept(terms).await;
    for (method, path) in calls {
        let response = through(synapse, &user, method, &path).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn anything_else_passes_byte_for_byte() {
    let Some(synapse) = Synapse::find("what_is_no_denial_passes") else {
        return;
    };
    let (host, guest) = (writer(synapse).await, writer(synapse).await);
    let private = room(&host, &json!({ "preset": "private_chat" })).await;
    for (status, code, path) in [
        (403, "M_FORBIDDEN", format!("/rooms/{private}/join")),
        (403, "M_FORBIDDEN", format!("/rooms/{private}/invite")),
        (404, "M_UNRECOGNIZED", "/nowhere".to_owned()),
    ] {
        let bare = guest.sends(Method::POST, &path, &body()).await;
        let layered = through(synapse, &guest, Method::POST, &path).await;
        let (bare, layered) = (seen(bare).await, seen(layered.expect(&path)).await);
        assert_eq!(bare, layered);
        let body: Value = serde_json::from_slice(&bare.3).unwrap();
        assert_eq!(
            (bare.0.as_u16(), &body["errcode"]),
            (status, &json!(code)),
            "{path}"
        );
    }
    // A user who has not accepted the terms may read, and may decline an invitation.
    let user = synapse.register().await;
    let body = json!({ "user_id": user.id });
    let invited = host
        .sends(Method::POST, &format!("/rooms/{private}/invite"), &body)
        .await;
    assert_eq!(invited.status(), StatusCode::OK);
    for (method, path) in [
        (Method::GET, "/joined_rooms".to_owned()),
        (Method::POST, format!("/rooms/{private}/leave")),
    ] {
        let response = through(synapse, &user, method, &path).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_user_who_accepts_the_terms_and_continues_has_their_room() {
    let Some(synapse) = Synapse::find("who_accepts_the_terms_and_continues") else {
        return;
    };
    let app = App::start(synapse).await;
    let asked = app.navigates("/room?name=Tea%20%26%20cake").await;
    let (terms, go_on) = asked.ways(NEEDED, GO_THERE);
    let here = format!("{}/room?name=Tea%20%26%20cake&", app.url);
    assert!(go_on.as_str().starts_with(&here), "{go_on}");
    let (_, marker) = go_on.query_pairs().last().unwrap();
    let (time, list) = marker.split_once('.').unwrap();
    assert!(time.parse::<u64>().is_ok(), "{marker}");
    assert_eq!(list, "30~matrix_consent!terms.127.0.0.1");

    accept(&terms).await;
    let page = app.opens(&go_on).await;
    assert_eq!(page.status, StatusCode::OK);
    let rooms = rooms_of(&app.user).await;
    assert!(rooms.iter().any(|room| page.body == made(room)), "{page:?}");
}

#[tokio::test]
async fn a_user_who_continues_without_accepting_is_told_and_not_sent_away_again() {
    let Some(synapse) = Synapse::find("who_continues_without_accepting") else {
        return;
    };
    let app = App::start(synapse).await;
    let (terms, go_on) = app.navigates("/room").await.ways(NEEDED, GO_THERE);
    // Opening the page does not count as accepting the terms.
    assert!(form(&terms).await.is_some());
    for _ in 0..3 {
        let told = app.opens(&go_on).await;
        assert_eq!(told.ways(AGAIN, ASK_AGAIN), (terms.clone(), go_on.clone()));
    }
    accept(&terms).await;
    assert_eq!(app.opens(&go_on).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_program_is_told_where_to_send_its_user_and_where_to_continue() {
    let Some(synapse) = Synapse::find("a_program_is_told_where_to_send_its_user") else {
        return;
    };
    let app = App::start(synapse).await;
    let (home, room) = (app.at("/"), app.at("/room"));
    let headers = [(ACCEPT, "application/json"), (REFERER, home.as_str())];
    let answer = app.asks(&room, &headers).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.headers[CONTENT_TYPE], "application/problem+json");
    let details: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(details["type"], problem::REDIRECT);
    assert_eq!(details["protocol"], "matrix_consent");
    assert_eq!(details["code"], CODE);
    assert_eq!(details["permissions"], json!(["terms.127.0.0.1"]));
    assert_eq!(details["returns"], false);
    let go_on = details["continue"].as_str().unwrap();
    assert!(
        go_on.starts_with(&format!("{home}?fromOrangePrivacy=")),
        "{details}"
    );

    // The page continues there, and so do its scripts.
    let headers = [(ACCEPT, "application/json"), (REFERER, go_on)];
    let again: Value = serde_json::from_str(&app.asks(&room, &headers).await.body).unwrap();
    assert_eq!(again["type"], problem::REFUSED);
    for member in ["location", "returns", "continue"] {
        assert_eq!(again[member], details[member], "{member}");
    }
    accept(&details["location"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!(app.asks(&room, &headers).await.status, StatusCode::OK);
}

#[tokio::test]
async fn in_a_browser_the_terms_are_accepted_in_a_new_window() {
    let test = "in_a_browser_the_terms_are_accepted";
    let Some(synapse) = Synapse::find(test) else {
        return;
    };
    let Some(chromium) = Chromium::find(test) else {
        return;
    };
    let app = App::start(synapse).await;
    let walk = async |client: fantoccini::Client| {
        let page = Page {
            client,
            app: app.url.clone(),
            pictures: "synapse".to_owned(),
        };
        page.open("/room?name=Tea").await;
        page.shows(NEEDED).await;
        page.picture("asked").await;
        page.press(Locator::LinkText(CONTINUE)).await;
        page.shows(AGAIN).await;
        page.picture("again").await;

        let window = page.client.window().await.unwrap();
        page.press(Locator::LinkText(ASK_AGAIN)).await;
        let opened = page.until("a window is opened", async || {
            let windows = page.client.windows().await.ok()?;
            windows.into_iter().find(|other| *other != window)
        });
        let opened = opened.await;
        page.client.switch_to_window(opened).await.unwrap();
        page.shows("These are the terms").await;
        page.picture("terms").await;
        page.click("button").await;
        page.shows("Thank you").await;
        page.picture("accepted").await;

        page.client.close_window().await.unwrap();
        page.client.switch_to_window(window).await.unwrap();
        page.shows(AGAIN).await;
        page.press(Locator::LinkText(CONTINUE)).await;
        page.shows("Your room is made").await;
        page.picture("room").await;
        let url = page.client.current_url().await.unwrap();
        assert!(
            url.as_str()
                .starts_with(&format!("{}/room?name=Tea&", page.app)),
            "{url}"
        );
    };
    chromium.drive(test, walk).await;
}

/// An app for one user. Its page creates a room for them.
#[derive(Debug)]
struct App {
    /// The URL of the app, without a path.
    url: String,
    user: User,
    _server: Server,
}

impl App {
    async fn start(synapse: &Synapse) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let user = synapse.register().await;
        let router = Router::new()
            .route("/room", get(make_room))
            .with_state((client(synapse), user.clone()))
            .layer(PrivacyReturnLayer::new(return_url(&url)));
        Self {
            url,
            user,
            _server: Server::start_on(listener, router),
        }
    }

    /// Opens this URL in a window.
    async fn opens(&self, url: &Url) -> Answer {
        let accept = "text/html,application/xhtml+xml,*/*;q=0.8";
        let mode = HeaderName::from_static("sec-fetch-mode");
        self.asks(url, &[(ACCEPT, accept), (mode, "navigate")])
            .await
    }

    async fn navigates(&self, path: &str) -> Answer {
        self.opens(&self.at(path)).await
    }

    fn at(&self, path: &str) -> Url {
        format!("{}{path}", self.url).parse().unwrap()
    }

    async fn asks(&self, url: &Url, headers: &[(HeaderName, &str)]) -> Answer {
        let mut request = Client::new().get(url.clone());
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let response = request.send().await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }
}

async fn make_room(
    State((client, user)): State<(Privacy<Client>, User)>,
) -> Result<Html<String>, PrivacyError> {
    let call = user.call(Method::POST, "/createRoom", &json!({}));
    let response = client.oneshot(call).await?.error_for_status()?;
    Ok(Html(made(&room_in(response).await)))
}

fn made(room: &str) -> String {
    format!("<!DOCTYPE html><title>Room</title><p>Your room is made: {room}</p>")
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    /// The targets of the links of this page: to the terms, in a new window, and to continue.
    #[track_caller]
    fn ways(&self, title: &str, to_the_terms: &str) -> (Url, Url) {
        assert_eq!(self.status, StatusCode::FORBIDDEN);
        assert!(
            self.body.contains(&format!("<h1>{title}</h1>")),
            "{}",
            self.body
        );
        let link = Regex::new("<a href=\"([^\"]*)\" ([^>]*)>([^<]*)</a>").unwrap();
        let links: Vec<_> = link
            .captures_iter(&self.body)
            .map(|link| link.extract().1)
            .collect();
        let [[terms, window, first], [go_on, same, second], ..] = links[..] else {
            panic!("two links: {}", self.body)
        };
        assert_eq!((first, second), (to_the_terms, CONTINUE));
        assert!(
            window.contains("_blank") && !same.contains("_blank"),
            "{}",
            self.body
        );
        let url = |text: &str| text.replace("&amp;", "&").parse().unwrap();
        (url(terms), url(go_on))
    }
}

/// With a clock that stands still, markers of the same trip are the same.
fn client(synapse: &Synapse) -> Privacy<Client> {
    let layer = PrivacyLayer::new()
        .protocol(MatrixConsent::new(&synapse.url).unwrap())
        .clock(TestClock::new());
    ServiceBuilder::new().layer(layer).service(Client::new())
}

/// The body of any of the calls.
fn body() -> Value {
    json!({ "msgtype": "m.text", "body": "Hello", "topic": "Tea", "user_id": "@nobody:synapse.test" })
}

async fn through(
    synapse: &Synapse,
    user: &User,
    method: Method,
    path: &str,
) -> Result<Response, PrivacyError> {
    let call = client(synapse).oneshot(user.call(method, path, &body()));
    context().scope(call).await
}

async fn denied(synapse: &Synapse, user: &User, method: Method, path: &str) -> PrivacyRedirect {
    redirect(through(synapse, user, method, path).await)
}

/// Everything in a response, except its time.
async fn seen(response: Response) -> (StatusCode, HeaderMap, Url, bytes::Bytes) {
    let mut headers = response.headers().clone();
    headers.remove(DATE);
    let (status, url) = (response.status(), response.url().clone());
    (status, headers, url, response.bytes().await.unwrap())
}

/// A user who has accepted the terms.
async fn writer(synapse: &Synapse) -> User {
    let user = synapse.register().await;
    let denial = user.sends(Method::POST, "/createRoom", &json!({})).await;
    let terms = &json_of(denial).await["consent_uri"];
    accept(&terms.as_str().unwrap().parse().unwrap()).await;
    user
}

/// Creates a room for this user.
async fn room(user: &User, kind: &Value) -> String {
    room_in(user.sends(Method::POST, "/createRoom", kind).await).await
}

async fn room_in(response: Response) -> String {
    json_of(response).await["room_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn rooms_of(user: &User) -> Vec<String> {
    let rooms = user.sends(Method::GET, "/joined_rooms", &json!({})).await;
    serde_json::from_value(json_of(rooms).await["joined_rooms"].take()).unwrap()
}

/// Opens the page with the terms, and sends the form in it.
async fn accept(terms: &Url) {
    let form = form(terms).await.expect("the terms are not accepted yet");
    assert!(form.keys().eq(["h", "u", "v"]), "{form:?}");
    send(terms, form).await;
    assert!(self::form(terms).await.is_none(), "they are accepted now");
}

/// The fields of the form in the page with the terms. The form is there until they are accepted.
async fn form(terms: &Url) -> Option<BTreeMap<String, String>> {
    let page = Client::new().get(terms.clone()).send().await.unwrap();
    let page = page.text().await.unwrap();
    let field = Regex::new("type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\"").unwrap();
    let fields = field.captures_iter(&page).map(|field| field.extract().1);
    let fields: BTreeMap<_, _> = fields
        .map(|field| field.map(str::to_owned).into())
        .collect();
    (!fields.is_empty()).then_some(fields)
}

async fn send(terms: &Url, form: BTreeMap<String, String>) {
    let mut body = form_urlencoded::Serializer::new(String::new());
    let request = Client::new()
        .post(terms.join("consent").unwrap())
        .header(CONTENT_TYPE, FORM)
        .body(body.extend_pairs(form).finish());
    let answer = request.send().await.unwrap().text().await.unwrap();
    assert!(answer.contains("Thank you"), "{answer}");
}

/// The sandbox's homeserver, next to the real one.
mod sandbox {
    use http::{HeaderValue, header::AUTHORIZATION};
    use tower_privacy::sandbox::Sandbox;

    use super::*;

    #[tokio::test]
    async fn the_sandbox_answers_as_synapse_does() {
        let Some(synapse) = Synapse::find("the_sandbox_answers_as_synapse_does") else {
            return;
        };
        let sandbox = Sandbox::new()
            .bind((Ipv4Addr::LOCALHOST, 0).into())
            .await
            .unwrap();
        let url = sandbox.base_url().as_str().trim_end_matches('/');
        let of_the_sandbox = User::of(url, "alice", "sandbox-token");
        let answers = [
            answers(&synapse.register().await).await,
            answers(&of_the_sandbox).await,
        ];
        let [theirs, ours] = answers.map(Vec::into_iter);
        for (theirs, ours) in theirs.zip(ours) {
            assert_eq!(ours, theirs);
        }
    }

    /// What a user sees on the way to their room, with everything that may be missing or wrong: statuses,
    /// labels, and the names of members and fields.
    async fn answers(user: &User) -> Vec<(&'static str, StatusCode, HeaderValue, Vec<String>)> {
        let create = |user: &User| user.call(Method::POST, "/createRoom", &json!({}));
        let denial = json_of(Client::new().execute(create(user)).await.unwrap()).await;
        let terms: Url = denial["consent_uri"].as_str().unwrap().parse().unwrap();
        let fields = form(&terms).await.unwrap();
        let (u, h) = (("u", fields["u"].as_str()), ("h", fields["h"].as_str()));
        let (v, wrong) = (("v", fields["v"].as_str()), ("h", "00"));
        let query = |pairs: &[(&str, &str)]| {
            form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pairs)
                .finish()
        };
        let open = |pairs: &[(&str, &str)]| {
            let mut url = terms.clone();
            url.set_query(Some(&query(pairs)));
            Client::new().get(url)
        };
        let send = |pairs: &[(&str, &str)]| {
            let request = Client::new().post(terms.join("consent").unwrap());
            request.header(CONTENT_TYPE, FORM).body(query(pairs))
        };
        let mut without_token = create(user);
        without_token.headers_mut().remove(AUTHORIZATION);
        let steps = [
            ("a call without a token", without_token),
            (
                "a call with another token",
                create(&user.with_token("wrong")),
            ),
            ("a call without consent", create(user)),
            ("the terms", open(&[u, h]).build().unwrap()),
            ("the terms without a user", open(&[]).build().unwrap()),
            ("the terms without a secret", open(&[u]).build().unwrap()),
            (
                "the terms with another secret",
                open(&[u, wrong]).build().unwrap(),
            ),
            ("the form without a version", send(&[u, h]).build().unwrap()),
            ("the form without a user", send(&[v, h]).build().unwrap()),
            ("the form without a secret", send(&[v, u]).build().unwrap()),
            (
                "the form with another secret",
                send(&[v, u, wrong]).build().unwrap(),
            ),
            ("a call after all these", create(user)),
            ("the form", send(&[v, u, h]).build().unwrap()),
            ("a call with consent", create(user)),
        ];
        let name = Regex::new("\"(\\w+)\":|type=\"hidden\" name=\"(\\w+)\"|<(a) ").unwrap();
        let mut answers = Vec::new();
        for (what, request) in steps {
            let response = Client::new().execute(request).await.unwrap();
            let (status, label) = (response.status(), response.headers()[CONTENT_TYPE].clone());
            let body = response.text().await.unwrap();
            let names = name.captures_iter(&body).map(|found| found[0].to_owned());
            answers.push((what, status, label, names.collect()));
        }
        answers
    }
}
