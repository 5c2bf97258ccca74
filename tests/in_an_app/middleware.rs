//! ```toml
//! axum = "0.8"
//! reqwest = { version = "0.13", features = ["query"] }
//! reqwest-middleware = { version = "0.5", features = ["query"] }
//! thiserror = "2"
//! tower-privacy = { version = "0.1", features = ["axum", "reqwest-middleware"] }
//! ```

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use reqwest::Client;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tower_privacy::{PrivacyError, PrivacyLayer, PrivacyReturnLayer};

#[derive(Debug, thiserror::Error)]
enum AppError {
    #[error("the contacts could not be read")]
    Upstream(#[from] PrivacyError),
    #[error("there is no such page")]
    NoSuchPage,
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Upstream(error) => return error.into_response(),
            Self::NoSuchPage => StatusCode::NOT_FOUND,
        };
        (status, self.to_string()).into_response()
    }
}

#[derive(Clone)]
struct Api {
    contacts_url: String,
    client: ClientWithMiddleware,
}

impl Api {
    async fn contacts(&self, page: &[(String, u32)]) -> Result<String, PrivacyError> {
        let request = self.client.get(&self.contacts_url);
        let response = request.query(page).send().await?;
        Ok(response.error_for_status()?.text().await?)
    }
}

async fn contacts(
    State(api): State<Api>,
    Query(page): Query<Vec<(String, u32)>>,
) -> Result<String, AppError> {
    if page.iter().any(|(_, number)| *number == 0) {
        return Err(AppError::NoSuchPage);
    }
    Ok(api.contacts(&page).await?)
}

pub(crate) fn app(contacts_url: String) -> Router {
    let client = Client::new();
    let client = ClientBuilder::new(client).with(PrivacyLayer::new()).build();
    let home = "https://app.example/".parse().unwrap();
    Router::new()
        .route("/contacts", get(contacts))
        .with_state(Api {
            contacts_url,
            client,
        })
        .layer(PrivacyReturnLayer::new(home))
}
