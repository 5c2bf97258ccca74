//! Carnet: a small app that shows its users their contacts and photos. The examples run it on one host
//! or another; this code names none.

mod exchange;
mod loopback;
mod page;
mod picture;
mod ports;

use std::time::Duration;

use http::{HeaderValue, Response, header::CONTENT_LANGUAGE};
use tower::{Layer, ServiceExt};
use tower_privacy::{
    Audience, Denial, Family, Privacy, PrivacyError, PrivacyLayer, sandbox::Sandbox,
};
use url::Url;

use exchange::{Log, Outcome, Party, target};
pub(crate) use page::{not_found, unavailable};
pub(crate) use ports::Ports;

/// What the app is made of.
#[derive(Clone)]
pub(crate) struct Carnet {
    client: Privacy<reqwest::Client>,
    contacts: Url,
    photos: Url,
    /// A real app cannot make Orange forget anything.
    sandbox: Sandbox,
    log: Log,
}

/// What a page shows. Each is a Personal API.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Data {
    Contacts,
    Photos,
}

impl Data {
    const ALL: [Self; 2] = [Self::Contacts, Self::Photos];

    fn of(family: &Family) -> Option<Self> {
        match family {
            Family::Contact => Some(Self::Contacts),
            Family::Photos => Some(Self::Photos),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Contacts => "Contacts",
            Self::Photos => "Photos",
        }
    }

    /// The path of its page.
    fn path(self) -> &'static str {
        match self {
            Self::Contacts => "/contacts",
            Self::Photos => "/photos",
        }
    }
}

/// What a page can fail with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppError {
    #[error("a Personal API could not be called")]
    Privacy(#[from] PrivacyError),
    #[error("a Personal API returned something unexpected")]
    Answer,
}

struct Contact {
    name: String,
    email: String,
    phone: String,
}

struct Photo {
    title: String,
    date: String,
}

impl Carnet {
    /// The app, with the sandbox as its upstream. The host knows where users come back to.
    pub(crate) fn new(ports: &Ports) -> Result<Self, reqwest::Error> {
        // Nothing leaves this machine, so ignore a proxy that the environment sets.
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()?;
        let sandbox = &ports.sandbox;
        Ok(Self {
            client: PrivacyLayer::new()
                .also_trust(sandbox.endpoint())
                .layer(client),
            contacts: sandbox.api_url(&Family::Contact),
            photos: sandbox.api_url(&Family::Photos),
            sandbox: sandbox.sandbox().clone(),
            log: ports.log.clone(),
        })
    }

    /// The start page.
    pub(crate) fn start(&self) -> String {
        page::start(&self.log)
    }

    /// The page of the user's contacts.
    pub(crate) async fn contacts(&self) -> Result<String, AppError> {
        let xml = self.ask(Data::Contacts, &self.contacts).await?;
        let contacts = records(&xml, "contact", |field| Contact {
            name: field("name"),
            email: field("email"),
            phone: field("phone"),
        })?;
        Ok(page::contacts(&contacts))
    }

    /// The page of the user's photos.
    pub(crate) async fn photos(&self) -> Result<String, AppError> {
        let xml = self.ask(Data::Photos, &self.photos).await?;
        let photos = records(&xml, "photo", |field| Photo {
            title: field("title"),
            date: field("date"),
        })?;
        Ok(page::photos(&photos))
    }

    /// Makes Orange ask the user again.
    pub(crate) fn forget(&self) {
        self.sandbox.reset();
        self.log.forget();
    }

    /// Calls the API, and logs what comes of it.
    async fn ask(&self, data: Data, url: &Url) -> Result<String, AppError> {
        self.log.opens(data);
        let name = data.name().to_lowercase();
        let (text, http) = (format!("Carnet asks for your {name}."), target(url));
        self.calls(&text, &format!("GET {http}"));

        let request = reqwest::Request::new(reqwest::Method::GET, url.clone());
        let response = match self.client.clone().oneshot(request).await {
            Ok(response) => response,
            Err(error) => {
                self.log_error(&error);
                return Err(error.into());
            }
        };
        let status = response.status();
        if !status.is_success() {
            self.answers(
                "The API returns an error.",
                &status.to_string(),
                Outcome::None,
            );
            return Err(AppError::Answer);
        }
        let body = response.text().await.map_err(PrivacyError::from)?;
        let text = format!("Orange returns your {name}.");
        self.answers(&text, &status.to_string(), Outcome::Granted);
        self.replies(&format!("You see your {name}."), "200 OK");
        Ok(body)
    }

    fn log_error(&self, error: &PrivacyError) {
        match error {
            PrivacyError::Redirect(redirect) => {
                self.denies(redirect.denial());
                let location = redirect.location().path();
                self.replies(
                    "Carnet sends you to Orange's privacy page.",
                    &format!("to {location}"),
                );
            }
            PrivacyError::Refused(redirect) => {
                self.denies(redirect.denial());
                let text = "You were asked already. Carnet says so, and sends you nowhere.";
                self.replies(text, "403 Forbidden");
            }
            error => {
                self.answers("The call fails.", &error.to_string(), Outcome::None);
                self.replies("Carnet has nothing to show.", "502 Bad Gateway");
            }
        }
    }

    fn calls(&self, text: &str, http: &str) {
        self.log
            .add(Party::Carnet, Party::Orange, text, http, Outcome::None);
    }

    fn denies(&self, denial: &Denial) {
        let text = "Orange denies access. You have not allowed it.";
        self.answers(text, &denial.status().to_string(), Outcome::Denied);
    }

    fn answers(&self, text: &str, http: &str, outcome: Outcome) {
        self.log
            .add(Party::Orange, Party::Carnet, text, http, outcome);
    }

    fn replies(&self, text: &str, http: &str) {
        self.log
            .add(Party::Carnet, Party::You, text, http, Outcome::None);
    }
}

/// For `map_reply`: what people see in a window of their browser is a page of the app. All other replies stay
/// as they are.
pub(crate) fn own_page(
    error: &PrivacyError,
    audience: Audience,
    mut reply: Response<String>,
) -> Response<String> {
    let page = match (error, audience) {
        (PrivacyError::Refused(redirect), Audience::Navigation) => page::refused(redirect),
        (PrivacyError::Rejected(_) | PrivacyError::Service(_), Audience::Navigation) => {
            unavailable()
        }
        _ => return reply,
    };
    *reply.body_mut() = page;
    // The crate's own pages are in the user's language. These are not.
    let english = HeaderValue::from_static("en");
    reply.headers_mut().insert(CONTENT_LANGUAGE, english);
    reply
}

/// The elements of this name, each made from the text of its child elements.
fn records<T>(
    xml: &str,
    name: &str,
    make: impl Fn(&dyn Fn(&str) -> String) -> T,
) -> Result<Vec<T>, AppError> {
    let document = roxmltree::Document::parse(xml).map_err(|_| AppError::Answer)?;
    let records = document
        .descendants()
        .filter(|node| node.has_tag_name(name));
    Ok(records
        .map(|record| {
            make(&|field| {
                let mut children = record.children();
                let child = children.find(|child| child.has_tag_name(field));
                child
                    .and_then(|child| child.text())
                    .unwrap_or_default()
                    .to_owned()
            })
        })
        .collect())
}
