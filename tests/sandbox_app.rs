//! How to test your own app with the sandbox: one handler, a scripted user, a clock that the test moves, and
//! what the upstream saw.
#![cfg(all(feature = "axum", feature = "reqwest", feature = "sandbox"))]

use std::time::Duration;

use axum::{Router, extract::State, routing::get};
use reqwest::{Client, Url};
use tower::{ServiceBuilder, ServiceExt};
use tower_privacy::sandbox::{Call, Choice, Sandbox, TestClock, Visit, Visitor};
use tower_privacy::{BoxError, Family, Privacy, PrivacyError, PrivacyLayer, PrivacyReturnLayer};

async fn contacts(State(api): State<(Privacy<Client>, Url)>) -> Result<String, PrivacyError> {
    let (client, url) = api;
    let request = client.get_ref().get(url).build()?;
    let response = client.oneshot(request).await?.error_for_status()?;
    Ok(response.text().await?)
}

fn app(layer: PrivacyLayer, contacts_url: Url) -> Router {
    let home = "https://app.example".parse().expect("a valid URL");
    let client = ServiceBuilder::new().layer(layer).service(Client::new());
    Router::new()
        .route("/contacts", get(contacts))
        .with_state((client, contacts_url))
        .layer(PrivacyReturnLayer::new(home))
}

#[tokio::test]
async fn a_user_who_does_not_allow_access_is_asked_again_a_day_later() -> Result<(), BoxError> {
    let (sandbox, clock) = (Sandbox::new(), TestClock::new());
    let fake = sandbox.clone().bind(([127, 0, 0, 1], 0).into()).await?;
    let layer = PrivacyLayer::new().also_trust(fake.endpoint());
    let app = app(layer.clock(clock.clone()), fake.api_url(&Family::Contact));
    let user = Visitor::new().host("https://app.example", app)?;
    let user = user.host(fake.base_url(), sandbox.router())?;

    sandbox.script([Choice::Refuse, Choice::Once]);
    let page = user.open("https://app.example/contacts").await?;
    assert!(page.text().contains("This step is still needed"));

    clock.advance(Duration::from_secs(24 * 60 * 60 + 1));
    let page = user.open(page.url()).await?;
    assert!(page.text().contains("Ada Lovelace"));

    let visits: Vec<_> = sandbox.visits().iter().map(Visit::to_string).collect();
    assert_eq!(visits, ["contact.see refuse", "contact.see once"]);
    let granted: Vec<_> = sandbox.calls().iter().map(Call::granted).collect();
    assert_eq!(granted, [false, false, false, true]);
    Ok(())
}
