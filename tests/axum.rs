//! The signal as an axum response.
#![cfg(feature = "axum")]

mod support;

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{
    StatusCode,
    header::{CACHE_CONTROL, LOCATION},
};
use http_body_util::BodyExt;
use support::{DENIAL, context, layer, server::Server, xml};
use tower_privacy::{PrivacyContext, PrivacyError, inspect};

async fn text(response: Response) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn denied(document: &str, context: &PrivacyContext) -> Response {
    let error = inspect(xml(document.to_owned()), context, &layer())
        .await
        .unwrap_err();
    error.into_response()
}

#[tokio::test]
async fn a_redirect_is_303_to_the_location_and_not_cached() {
    let response = denied(DENIAL, &context()).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[LOCATION], support::LOCATION);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn a_service_error_is_502_and_says_nothing_of_the_inside() {
    let response = PrivacyError::Service("s3cret".into()).into_response();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    assert!(!response.headers().contains_key(LOCATION));
    assert!(!text(response).await.contains("s3cret"));
}

#[tokio::test]
async fn what_cannot_be_followed_is_403_without_a_location() {
    let untrusted = DENIAL.replace("orange", "0range");
    for response in [
        denied(DENIAL, &PrivacyContext::non_interactive()).await,
        denied(&untrusted, &context()).await,
    ] {
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        assert!(!response.headers().contains_key(LOCATION));
        assert!(!text(response).await.contains("0range"));
    }
}

#[tokio::test]
async fn a_handler_needs_nothing_but_a_question_mark() {
    async fn contacts() -> Result<String, PrivacyError> {
        let response = inspect(xml(DENIAL.to_owned()), &context(), &layer()).await?;
        Ok(response.status().to_string())
    }

    let server = Server::start(Router::new().route("/contacts", get(contacts))).await;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let response = client.get(server.url("/contacts")).send().await.unwrap();
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"], support::LOCATION);
}

#[tokio::test]
async fn an_error_that_was_found_answers_like_one_that_is_owned() {
    let error: Box<dyn std::error::Error> = inspect(xml(DENIAL.to_owned()), &context(), &layer())
        .await
        .unwrap_err()
        .into();
    let response = PrivacyError::find(&*error).unwrap().into_response();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[LOCATION], support::LOCATION);
}
