//! The whole exchange over real sockets: a browser, an axum app that calls through reqwest, and the sandbox.
#![cfg(all(feature = "axum", feature = "reqwest", feature = "sandbox"))]

mod support;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use http::{
    StatusCode,
    header::{CONTENT_TYPE, LOCATION},
};
use reqwest::{Client, Method, redirect::Policy};
use support::{sandbox::sandbox, server::Server};
use tower::{ServiceBuilder, ServiceExt};
use tower_privacy::{
    Family, Privacy, PrivacyContext, PrivacyError, PrivacyLayer,
    sandbox::{Call, Choice, RunningSandbox},
};
use url::Url;

#[derive(Clone)]
struct App {
    client: Privacy<Client>,
    contacts: Url,
    public_url: &'static str,
}

async fn contacts(State(app): State<App>) -> Result<String, PrivacyError> {
    let request = reqwest::Request::new(Method::GET, app.contacts);
    let response = app.client.oneshot(request).await?;
    let text = response.text().await;
    text.map_err(|error| PrivacyError::Service(error.into()))
}

async fn return_here(State(app): State<App>, request: Request, next: Next) -> Response {
    let here = format!("{}{}", app.public_url, request.uri());
    let context = PrivacyContext::new(here.parse().unwrap());
    context.scope(next.run(request)).await
}

struct World {
    sandbox: RunningSandbox,
    app: Server,
    browser: Client,
}

impl World {
    async fn new() -> Self {
        let sandbox = sandbox().await;
        let layer = PrivacyLayer::new().return_to(support::return_url(support::HOME));
        let app = App {
            client: ServiceBuilder::new()
                .layer(layer.trust_only([sandbox.endpoint()]))
                .service(Client::new()),
            contacts: sandbox.api_url(&Family::Contact),
            public_url: "https://app.example",
        };
        let router = Router::new()
            .route("/contacts", get(contacts))
            .layer(middleware::from_fn_with_state(app.clone(), return_here))
            .with_state(app);
        Self {
            sandbox,
            app: Server::start(router).await,
            browser: Client::builder().redirect(Policy::none()).build().unwrap(),
        }
    }

    async fn open(&self) -> reqwest::Response {
        let url = self.app.url("/contacts?page=2&sort=a%26b");
        self.browser.get(url).send().await.unwrap()
    }

    /// Opens the page, is sent to the privacy page, and returns its URL.
    async fn denied(&self) -> Url {
        let response = self.open().await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let location = response.headers()[LOCATION].to_str().unwrap().to_owned();
        assert!(location.starts_with(self.sandbox.base_url().as_str()));
        location.parse().unwrap()
    }

    async fn granted(&self) {
        let response = self.open().await;
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.text().await.unwrap().contains("<contacts>"));
    }

    /// Is sent to the privacy page, reads it, presses a button and is sent back.
    async fn choose(&self, choice: Choice) {
        let page = self.denied().await;
        let response = self.browser.get(page.clone()).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.text().await.unwrap().contains("Personal Contacts"));

        let form = self
            .browser
            .post(page)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("choice={choice}"));
        let response = form.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(
            response.headers()[LOCATION],
            "https://app.example/contacts?page=2&sort=a%26b"
        );
    }
}

#[tokio::test]
async fn the_location_is_the_sandboxs_page_with_the_return_url() {
    let world = World::new().await;
    let page = world.denied().await;
    assert_eq!(
        page.as_str(),
        format!(
            "{}urm-gui/interaction.do?family=contact&serviceId=YOURSITE002242432462&attributes=,see\
             &urlRetour=https%3A%2F%2Fapp.example%2Fcontacts%3Fpage%3D2%26sort%3Da%2526b",
            world.sandbox.base_url()
        )
    );
}

#[tokio::test]
async fn a_user_who_allows_once_sees_the_data_once() {
    let world = World::new().await;
    world.choose(Choice::Once).await;
    world.granted().await;
    world.denied().await;
}

#[tokio::test]
async fn a_user_who_always_allows_sees_the_data_until_they_refuse() {
    let world = World::new().await;
    world.choose(Choice::Always).await;
    world.granted().await;
    world.granted().await;
    let sandbox = world.sandbox.sandbox();
    sandbox.decide(&Family::Contact, "see", Choice::Refuse);
    world.denied().await;
    let granted: Vec<_> = sandbox.calls().iter().map(Call::granted).collect();
    assert_eq!(granted, [false, true, true, false]);
}

#[tokio::test]
async fn a_user_who_refuses_is_denied_again() {
    let world = World::new().await;
    world.choose(Choice::Refuse).await;
    world.denied().await;
}
