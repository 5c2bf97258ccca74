//! The example `protocols` in a real browser: each protocol is allowed and refused, also with pages that do not
//! lead back. Saves screenshots in `target/tmp`, and is skipped like `tests/browser.rs`.
#![cfg(all(
    feature = "axum",
    feature = "bearer",
    feature = "github-sso",
    feature = "kratos",
    feature = "matrix-consent",
    feature = "reqwest",
    feature = "sandbox"
))]

mod support;

use std::process::Command;

use fantoccini::Locator;
use support::chromium::{Chromium, Page, Running, example};

const ALWAYS: &str = "button[value=always]";
const REFUSE: &str = "button[value=refuse]";
/// The links of a reply whose page does not lead back.
const THERE: &str = "main li:first-child a";
const CONTINUE: &str = "main li:last-child a";

#[tokio::test]
async fn a_user_who_signs_in_at_kratos_and_confirms_sees_their_account() {
    run("kratos", "granted", async |page| {
        page.open("/").await;
        page.shows("Account").await;
        page.picture("start").await;
        page.press(Locator::LinkText("Account")).await;
        page.shows("Please sign in").await;
        page.picture("sign-in").await;
        page.click(ALWAYS).await;
        page.shows("second authentication challenge").await;
        page.picture("second-factor").await;
        page.click(ALWAYS).await;
        page.shows("Ada Lovelace").await;
        page.picture("account").await;
        page.open("/account").await;
        page.shows("Ada Lovelace").await;
    })
    .await;
}

#[tokio::test]
async fn a_user_who_cancels_at_kratos_is_told_and_can_be_asked_again() {
    run("kratos", "cancelled", async |page| {
        page.open("/account?tab=2").await;
        page.click(REFUSE).await;
        page.shows("This step is still needed").await;
        page.picture("cancelled").await;
        page.client.refresh().await.unwrap();
        page.shows("This step is still needed").await;
        page.click("main a").await;
        page.click(ALWAYS).await;
        page.shows("second authentication challenge").await;
        page.click(REFUSE).await;
        page.shows("This step is still needed").await;
        let url = page.client.current_url().await.unwrap();
        assert!(
            url.as_str()
                .starts_with(&format!("{}/account?tab=2&", page.app)),
            "{url}"
        );
        page.click("main a").await;
        page.click(ALWAYS).await;
        page.shows("Ada Lovelace").await;
    })
    .await;
}

#[tokio::test]
async fn a_user_who_signs_on_at_github_continues_by_the_second_link() {
    run("github", "granted", async |page| {
        page.open("/repositories").await;
        page.shows("One more step is needed").await;
        page.picture("two-links").await;
        in_a_new_window(page, async |page| {
            page.shows("Single sign-on to octodocs-test").await;
            page.picture("single-sign-on").await;
            page.click(ALWAYS).await;
            page.shows("The token now has access").await;
            page.picture("left-there").await;
        })
        .await;
        page.click(CONTINUE).await;
        page.shows("Hello-World").await;
        page.picture("repositories").await;
        page.client.refresh().await.unwrap();
        page.shows("Hello-World").await;
    })
    .await;
}

#[tokio::test]
async fn a_user_who_does_not_sign_on_at_github_is_told_and_can_be_asked_again() {
    run("github", "refused", async |page| {
        page.open("/repositories").await;
        in_a_new_window(page, async |page| {
            page.click(REFUSE).await;
            page.shows("Nothing has changed").await;
        })
        .await;
        page.click(CONTINUE).await;
        page.shows("This step is still needed").await;
        page.picture("again").await;
        in_a_new_window(page, async |page| {
            page.click(ALWAYS).await;
            page.shows("The token now has access").await;
        })
        .await;
        page.click(CONTINUE).await;
        page.shows("Hello-World").await;
    })
    .await;
}

#[tokio::test]
async fn a_user_who_agrees_to_a_homeservers_terms_can_create_a_room() {
    run("matrix", "granted", async |page| {
        page.open("/rooms").await;
        page.click("button").await;
        page.shows("One more step is needed").await;
        page.picture("two-links").await;
        in_a_new_window(page, async |page| {
            page.shows("Terms of this homeserver").await;
            page.picture("terms").await;
            page.click(ALWAYS).await;
            page.shows("You have agreed").await;
            page.picture("left-there").await;
        })
        .await;
        page.click(CONTINUE).await;
        page.shows("Rooms").await;
        page.click("button").await;
        page.shows("room_id").await;
        page.picture("room").await;
    })
    .await;
}

#[tokio::test]
async fn a_user_who_does_not_agree_to_a_homeservers_terms_is_told() {
    run("matrix", "refused", async |page| {
        page.open("/rooms").await;
        page.click("button").await;
        // They close the window.
        in_a_new_window(page, async |page| {
            page.shows("Terms of this homeserver").await;
        })
        .await;
        page.click(CONTINUE).await;
        page.shows("Rooms").await;
        page.click("button").await;
        page.shows("This step is still needed").await;
        page.picture("again").await;
    })
    .await;
}

#[tokio::test]
async fn a_user_who_allows_another_scope_comes_back_to_the_page() {
    run("bearer", "granted", async |page| {
        page.open("/files").await;
        page.shows("You are not signed in").await;
        page.picture("signed-out").await;
        page.click("a").await;
        page.shows("let it see your files").await;
        page.click(ALWAYS).await;
        page.shows("Moonrise picnic").await;
        page.open("/upload?name=a%26b").await;
        page.shows("let it change your files").await;
        page.picture("consent").await;
        page.click(ALWAYS).await;
        page.shows("uploaded").await;
        page.picture("uploaded").await;
        let url = page.client.current_url().await.unwrap();
        let here = format!("{}/upload?name=a%26b&", page.app);
        assert!(url.as_str().starts_with(&here), "{url}");
        page.open("/files").await;
        page.shows("Moonrise picnic").await;
    })
    .await;
}

#[tokio::test]
async fn a_user_who_declines_another_scope_is_told_and_can_be_asked_again() {
    run("bearer", "refused", async |page| {
        page.open("/files").await;
        page.click("a").await;
        page.click(ALWAYS).await;
        page.shows("Moonrise picnic").await;
        page.open("/upload").await;
        page.click(REFUSE).await;
        page.shows("This step is still needed").await;
        page.picture("declined").await;
        page.client.refresh().await.unwrap();
        page.shows("This step is still needed").await;
        page.click("main a").await;
        page.click(ALWAYS).await;
        page.shows("uploaded").await;
    })
    .await;
}

/// Follows the link to a page that does not lead back, and closes its window.
async fn in_a_new_window(page: &Page, walk: impl AsyncFnOnce(&Page)) {
    let here = page.client.window().await.unwrap();
    page.click(THERE).await;
    let there = page
        .until("a new window opens", async || {
            let windows = page.client.windows().await.ok()?;
            windows.into_iter().find(|window| *window != here)
        })
        .await;
    page.client.switch_to_window(there).await.unwrap();
    walk(page).await;
    page.client.close_window().await.unwrap();
    page.client.switch_to_window(here).await.unwrap();
}

async fn run(protocol: &str, test: &str, walk: impl AsyncFnOnce(&Page)) {
    let test = format!("protocols::{protocol}::{test}");
    let Some(chromium) = Chromium::find(&test) else {
        return;
    };
    let (_app, app) = Running::start(
        Command::new(example("protocols")).envs([("PORT", "0"), ("SANDBOX_PORT", "0")]),
        |line| Some(line.strip_prefix("Open ")?.split("/ ").next()?.to_owned()),
    );
    let walk = async |client| {
        let pictures = format!("protocols-{protocol}");
        walk(&Page {
            client,
            app,
            pictures,
        })
        .await;
    };
    chromium.drive(&test, walk).await;
}
