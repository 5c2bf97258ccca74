//! Carnet: a small app that shows its users their contacts and photos. The examples run it on one host
//! or another; no host is named here.

mod loopback;
mod page;
mod ports;

use std::time::Duration;

use tower::{ServiceBuilder, ServiceExt};
use tower_privacy::{Family, Privacy, PrivacyError, PrivacyLayer, sandbox::RunningSandbox};
use tracing::{info, warn};
use url::Url;

pub(crate) use page::{not_found, start, unavailable};
pub(crate) use ports::Ports;

/// What the app is made of: a client for the Personal APIs, and where they are.
#[derive(Clone)]
pub(crate) struct Carnet {
    client: Privacy<reqwest::Client>,
    contacts: Url,
    photos: Url,
}

/// What a page can fail with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppError {
    #[error("a Personal API could not be called")]
    Privacy(#[from] PrivacyError),
    #[error("a Personal API did not answer as it should")]
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
    /// The app, with this sandbox for its upstream. The host knows where users come back to.
    pub(crate) fn new(sandbox: &RunningSandbox) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()?;
        Ok(Self {
            client: ServiceBuilder::new()
                .layer(PrivacyLayer::new().also_trust(sandbox.endpoint()))
                .service(client),
            contacts: sandbox.api_url(&Family::Contact),
            photos: sandbox.api_url(&Family::Photos),
        })
    }

    /// The page of the user's contacts.
    pub(crate) async fn contacts(&self) -> Result<String, AppError> {
        let xml = self.ask("Contacts", &self.contacts).await?;
        let contacts = records(&xml, "contact", |field| Contact {
            name: field("name"),
            email: field("email"),
            phone: field("phone"),
        })?;
        Ok(page::contacts(&contacts))
    }

    /// The page of the user's photos.
    pub(crate) async fn photos(&self) -> Result<String, AppError> {
        let xml = self.ask("Photos", &self.photos).await?;
        let photos = records(&xml, "photo", |field| Photo {
            title: field("title"),
            date: field("date"),
        })?;
        Ok(page::photos(&photos))
    }

    async fn ask(&self, name: &'static str, url: &Url) -> Result<String, AppError> {
        info!("calling the {name} API for the user");
        let request = reqwest::Request::new(reqwest::Method::GET, url.clone());
        let answer = self.client.clone().oneshot(request).await;
        match &answer {
            Err(PrivacyError::Redirect(_)) => {
                info!("the {name} API denied access: sending the user to the privacy page");
            }
            Err(PrivacyError::Refused(_)) => {
                info!("the {name} API denied access again, though the user was asked");
            }
            _ => {}
        }
        let response = answer?;
        if !response.status().is_success() {
            let status = response.status().as_u16();
            warn!("the {name} API answered {status}, and that is no privacy denial");
            return Err(AppError::Answer);
        }
        let body = response.text().await.map_err(PrivacyError::from)?;
        info!("the {name} API granted access: showing the data");
        Ok(body)
    }
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
