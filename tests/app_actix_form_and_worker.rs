//! An app on actix-web with a form, flash messages and a background worker, as a newsletter has them: the form
//! puts an issue into a queue, and the worker delivers it when no user is there. Both call the same API. The lines that
//! the app needs for this crate are numbered, new ones and changed ones. `Cargo.toml` needs one more.
#![cfg(all(
    feature = "actix",
    feature = "axum",
    feature = "reqwest",
    feature = "sandbox"
))]

mod support;

use std::{
    fmt::Write,
    net::{Ipv4Addr, TcpListener},
};

use actix_web::{
    App, HttpResponse,
    cookie::Key,
    error::ErrorInternalServerError,
    http::header::LOCATION,
    middleware::{Compress, Logger},
    web::{self, Data, Form, Html},
};
use actix_web_flash_messages::{
    FlashMessage, FlashMessagesFramework, IncomingFlashMessages, storage::CookieMessageStore,
};
use reqwest::Client;
use serde::Deserialize;
use support::{
    host::Host,
    sandbox::{sandbox, visits},
    user::{User, numbered_lines},
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower_privacy::{
    Family,
    sandbox::{Choice, RunningSandbox},
};
use tower_privacy::{PrivacyError, PrivacyLayer, actix::PrivacyReturn, client::SendThrough}; // 1
use url::Url;

#[derive(Clone)]
struct Api {
    client: Client,
    contacts: Url,
    layer: PrivacyLayer, // 2
}

impl Api {
    async fn subscribers(&self) -> anyhow::Result<usize> {
        let request = self.client.get(self.contacts.clone());
        let response = request.send_through(&self.layer).await?; // 3
        let text = response.error_for_status()?.text().await?;
        Ok(text.matches("<contact>").count())
    }
}

/// What failed is logged, and the user sees an error page.
fn e500(error: anyhow::Error) -> actix_web::Error {
    let signal = PrivacyError::find(error.as_ref()).map(actix_web::Error::from); // 4
    signal.unwrap_or_else(|| ErrorInternalServerError(error)) // 5
}

#[derive(Debug, Deserialize)]
struct Issue {
    title: String,
}

async fn newsletter(messages: IncomingFlashMessages) -> Html {
    let mut page = String::new();
    for message in messages.iter() {
        writeln!(page, "<p><i>{}</i></p>", message.content()).unwrap();
    }
    page += "<form method=\"post\"><input name=\"title\"><button>Publish</button></form>";
    Html::new(page)
}

async fn publish(
    Form(issue): Form<Issue>,
    api: Data<Api>,
    queue: Data<UnboundedSender<Issue>>,
) -> Result<HttpResponse, actix_web::Error> {
    FlashMessage::info("The draft was saved.").send();
    let subscribers = api.subscribers().await.map_err(e500)?;
    FlashMessage::info(format!("{subscribers} subscribers will get it.")).send();
    queue.send(issue).map_err(ErrorInternalServerError)?;
    let to_the_form = (LOCATION, "/newsletter");
    Ok(HttpResponse::SeeOther().insert_header(to_the_form).finish())
}

/// Takes issues from the queue, and reports what became of each.
async fn worker(
    api: Api,
    mut queue: UnboundedReceiver<Issue>,
    report: UnboundedSender<(String, anyhow::Result<usize>)>,
) {
    while let Some(issue) = queue.recv().await {
        let delivered = api.subscribers().await;
        if report.send((issue.title, delivered)).is_err() {
            break;
        }
    }
}

/// The running app, and the reports of its worker.
struct Running {
    host: Host,
    reports: UnboundedReceiver<(String, anyhow::Result<usize>)>,
}

fn start(sandbox: &RunningSandbox) -> Running {
    start_with(sandbox.api_url(&Family::Contact), sandbox)
}

fn start_with(contacts: Url, sandbox: &RunningSandbox) -> Running {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let home = format!("http://{}", listener.local_addr().unwrap());
    let api = Api {
        client: Client::new(),
        contacts,
        layer: PrivacyLayer::new().also_trust(sandbox.endpoint()), // 6
    };
    let (queue, issues) = unbounded_channel();
    let (report, reports) = unbounded_channel();
    tokio::spawn(worker(api.clone(), issues, report));
    let host = Host::serve_actix(listener, move || {
        let store = CookieMessageStore::builder(Key::from(&[7; 64])).build();
        App::new()
            .app_data(Data::new(api.clone()))
            .app_data(Data::new(queue.clone()))
            .route("/newsletter", web::get().to(newsletter))
            .route("/newsletter", web::post().to(publish))
            .wrap(PrivacyReturn::new(home.parse().unwrap())) // 7
            .wrap(FlashMessagesFramework::builder(store).build())
            .wrap(Compress::default())
            .wrap(Logger::default())
    });
    Running { host, reports }
}

#[tokio::test]
async fn a_denied_form_leads_to_the_page_and_back_to_the_form_with_its_flash_message() {
    let sandbox = sandbox().await;
    let (app, user) = (start(&sandbox), User::new());
    sandbox.sandbox().script([Choice::Always]);

    let form = user.open(app.host.url("/newsletter")).await;
    let denied = user.submit(&form, "title=Spring").await;
    denied.shows(403, "/newsletter", "One more step is needed");

    // A form's POST gets a page that leads on, not a redirect.
    let back = user.open(denied.refresh()).await;
    back.shows(200, "/newsletter", "The draft was saved.");
    assert!(!back.text.contains("subscribers"));

    let published = user.submit(&back, "title=Spring").await;
    published.shows(200, "/newsletter", "5 subscribers will get it.");
    assert_eq!(published.url.query(), None);
    let again = user.open(published.url).await;
    assert!(!again.text.contains("subscribers"), "it is shown once");

    assert_eq!(visits(sandbox.sandbox()), ["contact.see always"]);
}

#[tokio::test]
async fn a_worker_that_is_denied_has_no_user_to_send_anywhere() {
    let sandbox = sandbox().await;
    let (mut app, user) = (start(&sandbox), User::new());
    // Enough for the form, and not for the worker.
    sandbox
        .sandbox()
        .decide(&Family::Contact, "see", Choice::Once);

    let form = user.open(app.host.url("/newsletter")).await;
    let published = user.submit(&form, "title=Summer").await;
    published.shows(200, "/newsletter", "5 subscribers will get it.");
    let (title, delivered) = app.reports.recv().await.unwrap();
    let error = delivered.unwrap_err();
    let Some(PrivacyError::InteractionRequired(denial)) = PrivacyError::find(error.as_ref()) else {
        panic!("{error:?}");
    };
    assert_eq!(title, "Summer");
    assert!(denial.permissions().eq(["contact.see"]));
    assert!(sandbox.sandbox().visits().is_empty());
}

#[tokio::test]
async fn a_worker_delivers_what_users_have_allowed_for_good() {
    let sandbox = sandbox().await;
    let (mut app, user) = (start(&sandbox), User::new());
    sandbox
        .sandbox()
        .decide(&Family::Contact, "see", Choice::Always);

    let form = user.open(app.host.url("/newsletter")).await;
    user.submit(&form, "title=Autumn").await;
    let (title, delivered) = app.reports.recv().await.unwrap();
    assert_eq!((&*title, delivered.unwrap()), ("Autumn", 5));
}

#[tokio::test]
async fn what_is_no_denial_is_an_error_page_as_before() {
    let sandbox = sandbox().await;
    let wrong_token = sandbox.url("/contacts?action=see&token=wrong");
    let (app, user) = (start_with(wrong_token, &sandbox), User::new());
    let form = user.open(app.host.url("/newsletter")).await;
    let page = user.submit(&form, "title=Winter").await;
    page.shows(500, "/newsletter", "401");
}

#[test]
fn it_needs_7_lines() {
    assert_eq!(
        numbered_lines(include_str!("app_actix_form_and_worker.rs")),
        7
    );
}
