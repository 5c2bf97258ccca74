//! The demo on axum, and the same app on actix-web, in a real browser: headless Chromium, driven by
//! `chromedriver`.
//!
//! Without these two, the tests are skipped and say so, unless `TOWER_PRIVACY_BROWSER` is `required`. They save
//! screenshots in `target/tmp`.
#![cfg(all(
    feature = "actix",
    feature = "axum",
    feature = "reqwest",
    feature = "sandbox"
))]

mod support;

use std::process::Command;

use serde_json::{Value, json};
use support::chromium::{Chromium, Page, Running, example};
use tower_privacy::problem;

macro_rules! in_both_apps {
    ($(async fn $name:ident($page:ident: &Page) $body:block)*) => {
        $(async fn $name($page: &Page) $body)*
        mod demo { $(#[tokio::test] async fn $name() { super::run("demo", stringify!($name), async |page| super::$name(page).await).await })* }
        mod actix_app { $(#[tokio::test] async fn $name() { super::run("actix_app", stringify!($name), async |page| super::$name(page).await).await })* }
    };
}

in_both_apps! {
    async fn a_user_who_always_allows_sees_the_data_each_time(page: &Page) {
        page.open("/contacts").await;
        page.is_the_privacy_page("Personal Contacts").await;
        page.picture("privacy").await;
        page.click("button[value=always]").await;
        page.shows("Ada Lovelace").await;
        page.picture("contacts").await;
        page.client.refresh().await.unwrap();
        page.shows("Ada Lovelace").await;
        page.open("/contacts").await;
        page.shows("Ada Lovelace").await;
    }

    async fn a_user_who_allows_once_and_reloads_is_told_and_can_be_asked_again(page: &Page) {
        page.open("/photos?album=1").await;
        page.click("button[value=once]").await;
        page.shows("pictures in your albums").await;
        let url = page.client.current_url().await.unwrap();
        assert!(url.as_str().starts_with(&format!("{}/photos?album=1&fromOrangePrivacy=", page.app)), "{url}");
        page.client.refresh().await.unwrap();
        page.shows("Carnet needs your permission").await;
        page.click("main a").await;
        page.is_the_privacy_page("Personal Photos").await;
        page.click("button[value=always]").await;
        page.shows("pictures in your albums").await;
    }

    async fn a_user_who_refuses_is_told_and_can_be_asked_again(page: &Page) {
        page.open("/contacts").await;
        page.click("button[value=refuse]").await;
        page.shows("Carnet needs your permission").await;
        page.picture("refused").await;
        page.client.refresh().await.unwrap();
        page.shows("Carnet needs your permission").await;
        page.click("main a").await;
        page.is_the_privacy_page("Personal Contacts").await;
        page.click("button[value=refuse]").await;
        page.shows("Carnet needs your permission").await;
        page.click("main a").await;
        page.click("button[value=always]").await;
        page.shows("Ada Lovelace").await;
    }

    async fn a_user_who_refuses_sees_a_page_of_the_app_with_its_header(page: &Page) {
        assert_eq!(current(page, "/").await, "Start");
        assert_eq!(current(page, "/nowhere").await, "");
        page.open("/photos").await;
        page.click("button[value=refuse]").await;
        page.shows("You did not allow access to your photos").await;
        page.shows("Start").await;
        let url = page.client.current_url().await.unwrap();
        assert_eq!(current(page, &url.as_str()[page.app.len()..]).await, "Photos");
        page.click("main a:last-child").await;
        page.shows("What happens").await;
        page.open("/photos").await;
        page.click("button[value=always]").await;
        page.shows("pictures in your albums").await;
        assert_eq!(current(page, "/photos").await, "Photos");
    }

    async fn the_start_page_draws_the_last_exchange(page: &Page) {
        page.open("/").await;
        page.shows("There was none yet").await;
        page.open("/contacts").await;
        page.open("/").await;
        assert_eq!(drawn(page).await, [
            "From You to Carnet: You open Contacts. GET /contacts",
            "From Carnet to Orange: Carnet asks for your contacts. GET /contacts?action=…&token=…",
            "From Orange to Carnet: Orange denies access. You have not allowed it. 500 Internal Server Error",
            "From Carnet to You: Carnet sends you to Orange's privacy page. to /urm-gui/interaction.do",
            "From You to Orange: You open Orange's privacy page. GET /urm-gui/interaction.do",
        ]);
        let sent_away = drawn(page).await[..4].to_vec();

        for (button, label, shown, last) in [
            ("refuse", "Don't allow", "Carnet needs your permission", [
                "From Orange to Carnet: Orange denies access. You have not allowed it. 500 Internal Server Error",
                "From Carnet to You: You were asked already. Carnet says so, and sends you nowhere. 403 Forbidden",
            ]),
            ("once", "Allow once", "Ada Lovelace", [
                "From Orange to Carnet: Orange returns your contacts. 200 OK",
                "From Carnet to You: You see your contacts. 200 OK",
            ]),
        ] {
            page.open("/contacts").await;
            page.click(&format!("button[value={button}]")).await;
            page.shows(shown).await;
            page.open("/").await;
            let drawn = drawn(page).await;
            assert_eq!(drawn[..4], sent_away);
            assert_eq!(drawn[4..8], [
                format!("From You to Orange: Orange asks you. You choose “{label}”. POST /urm-gui/interaction.do"),
                "From Orange to You: Orange sends you back. 303 See Other, to /contacts?fromOrangePrivacy=…".to_owned(),
                "From You to Carnet: You come back to Contacts. GET /contacts?fromOrangePrivacy=…".to_owned(),
                "From Carnet to Orange: Carnet asks for your contacts. GET /contacts?action=…&token=…".to_owned(),
            ]);
            assert_eq!(drawn[8..], last);
        }
        page.picture("exchange").await;
    }

    async fn a_user_who_makes_orange_forget_is_asked_again(page: &Page) {
        page.open("/contacts").await;
        page.click("button[value=always]").await;
        page.shows("Ada Lovelace").await;
        page.open("/").await;
        page.shows("You chose “Always allow”. You will not be asked.").await;
        page.picture("start").await;
        page.click("form button").await;
        page.shows("There was none yet").await;
        assert!(!page.text().await.unwrap().contains("You will not be asked."));
        page.open("/contacts").await;
        page.is_the_privacy_page("Personal Contacts").await;
    }

    async fn a_fetch_gets_a_problem_and_no_cors_failure(page: &Page) {
        page.open("/?tab=2").await;
        let reply = fetch(page, "/contacts", json!({})).await;
        assert_eq!(reply["status"], 403, "{reply}");
        assert_eq!(reply["type"], "application/problem+json", "{reply}");
        let details: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
        assert_eq!(details["type"], problem::REDIRECT);
        assert_eq!(details["family"], "contact");

        page.client.execute("location.assign(arguments[0])", vec![details["location"].clone()]).await.unwrap();
        page.is_the_privacy_page("Personal Contacts").await;
        page.click("button[value=refuse]").await;
        page.shows("What happens").await;
        let url = page.client.current_url().await.unwrap();
        assert!(url.as_str().starts_with(&format!("{}/?tab=2&fromOrangePrivacy=", page.app)), "{url}");
        let reply = fetch(page, "/contacts", json!({})).await;
        let details: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
        assert_eq!(details["type"], problem::REFUSED);
    }

    async fn htmx_gets_its_header(page: &Page) {
        page.open("/?tab=2").await;
        let headers = json!({ "HX-Request": "true", "HX-Current-URL": format!("{}/?tab=2#list", page.app) });
        let reply = fetch(page, "/contacts", headers.clone()).await;
        assert_eq!(reply["status"], 200, "{reply}");
        page.client.execute("location.assign(arguments[0])", vec![reply["redirect"].clone()]).await.unwrap();
        page.is_the_privacy_page("Personal Contacts").await;
        page.click("button[value=always]").await;
        page.shows("What happens").await;
        assert_eq!(page.client.current_url().await.unwrap().fragment(), Some("list"));
        let reply = fetch(page, "/contacts", headers).await;
        assert!(reply["body"].as_str().unwrap().contains("Ada Lovelace"), "{reply}");
    }
}

/// The link of the navigation that a page marks as the current one.
async fn current(page: &Page, path: &str) -> String {
    page.open(path).await;
    let script = "return [...document.querySelectorAll('header nav a[aria-current=page]')]
        .map((link) => link.textContent).join()";
    let current = page.client.execute(script, vec![]).await.unwrap();
    current.as_str().unwrap().to_owned()
}

/// The messages of the picture, as a screen reader reads them.
async fn drawn(page: &Page) -> Vec<String> {
    let script =
        "return [...document.querySelectorAll('.exchange li')].map((item) => item.textContent)";
    let drawn = page.client.execute(script, vec![]).await.unwrap();
    let drawn = drawn.as_array().unwrap().iter();
    drawn
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

/// The response to the page's own `fetch()`.
async fn fetch(page: &Page, path: &str, headers: Value) -> Value {
    let script = "const [path, headers, done] = arguments;
        fetch(path, { headers }).then(
            async (reply) => done({
                status: reply.status,
                type: reply.headers.get('content-type'),
                redirect: reply.headers.get('hx-redirect'),
                body: await reply.text(),
            }),
            (error) => done({ error: String(error) }))";
    let reply = page
        .client
        .execute_async(script, vec![path.into(), headers]);
    reply.await.unwrap()
}

async fn run(app: &str, test: &str, walk: impl AsyncFnOnce(&Page)) {
    let test = format!("{app}::{test}");
    let Some(chromium) = Chromium::find(&test) else {
        return;
    };
    let (_app, url) = Running::start(
        Command::new(example(app)).envs([("PORT", "0"), ("SANDBOX_PORT", "0")]),
        |line| Some(line.strip_prefix("Open ")?.split("/ ").next()?.to_owned()),
    );
    let walk = async |client| {
        let (app, pictures) = (url, app.to_owned());
        walk(&Page {
            client,
            app,
            pictures,
        })
        .await;
    };
    chromium.drive(&test, walk).await;
}
