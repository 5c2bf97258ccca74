//! ```toml
//! axum = "0.8"
//! reqwest = { version = "0.13", features = ["query"] }
//! thiserror = "2"
//! ```

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use reqwest::Client;

#[derive(Debug, thiserror::Error)]
enum AppError {
    #[error("the contacts could not be read")]
    Upstream(#[from] reqwest::Error),
    #[error("there is no such page")]
    NoSuchPage,
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Upstream(_) => StatusCode::BAD_GATEWAY,
            Self::NoSuchPage => StatusCode::NOT_FOUND,
        };
        (status, self.to_string()).into_response()
    }
}

#[derive(Clone)]
struct Api {
    contacts_url: String,
    client: Client,
}

impl Api {
    async fn contacts(&self, page: &[(String, u32)]) -> Result<String, reqwest::Error> {
        let request = self.client.get(&self.contacts_url);
        let response = request.query(page).send().await?;
        response.error_for_status()?.text().await
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
    Router::new()
        .route("/contacts", get(contacts))
        .with_state(Api {
            contacts_url,
            client,
        })
}
