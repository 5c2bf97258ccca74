//! The example apps in a real browser: headless Chromium, driven by `chromedriver`.
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
        mod axum_app { $(#[tokio::test] async fn $name() { super::run("axum_app", stringify!($name), async |page| super::$name(page).await).await })* }
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
        page.shows("This step is still needed").await;
        page.click("main a").await;
        page.is_the_privacy_page("Personal Photos").await;
        page.click("button[value=always]").await;
        page.shows("pictures in your albums").await;
    }

    async fn a_user_who_refuses_is_told_and_can_be_asked_again(page: &Page) {
        page.open("/contacts").await;
        page.click("button[value=refuse]").await;
        page.shows("This step is still needed").await;
        page.picture("refused").await;
        page.client.refresh().await.unwrap();
        page.shows("This step is still needed").await;
        page.click("main a").await;
        page.is_the_privacy_page("Personal Contacts").await;
        page.click("button[value=refuse]").await;
        page.shows("This step is still needed").await;
        page.click("main a").await;
        page.click("button[value=always]").await;
        page.shows("Ada Lovelace").await;
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
