//! The tests that `tests/reqwest_middleware.rs` runs for each version.

use tower::ServiceExt;
use tower_privacy::{Privacy, PrivacyContext, PrivacyError};

use super::{
    reqwest,
    reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next},
};
use crate::support::{
    self, HOME, OTHER_ERROR, layer, return_url,
    server::{Server, upstream},
};

fn client() -> ClientWithMiddleware {
    ClientBuilder::new(reqwest::Client::new())
        .with(layer())
        .build()
}

#[track_caller]
fn returns_to(error: &Error) -> &str {
    match PrivacyError::find(error) {
        Some(PrivacyError::Redirect(redirect)) => redirect.return_url().as_str(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_signal_is_found_in_the_clients_error() {
    let server = Server::start(upstream()).await;
    let error = client()
        .get(server.url("/denied"))
        .send()
        .await
        .unwrap_err();
    assert!(error.is_middleware());
    assert_eq!(returns_to(&error), HOME);

    let wrapped = anyhow::Error::new(error).context("contacts");
    assert!(matches!(
        PrivacyError::find(wrapped.as_ref()),
        Some(PrivacyError::Redirect(_))
    ));
}

#[tokio::test]
async fn the_context_is_the_requests_own_then_the_tasks_then_the_layers() {
    let server = Server::start(upstream()).await;
    let context =
        |path: &str| PrivacyContext::new(return_url(&format!("https://app.example/{path}")));
    let send = || client().get(server.url("/denied")).send();
    let send_own = || {
        let request = client().get(server.url("/denied"));
        request.with_extension(context("request")).send()
    };
    assert_eq!(returns_to(&send().await.unwrap_err()), HOME);
    let error = context("task").scope(send()).await.unwrap_err();
    assert_eq!(returns_to(&error), "https://app.example/task");
    let error = context("task").scope(send_own()).await.unwrap_err();
    assert_eq!(returns_to(&error), "https://app.example/request");
}

#[tokio::test]
async fn any_other_response_is_the_one_of_reqwest() {
    let server = Server::start(upstream()).await;
    for (path, body) in [("/other-error", OTHER_ERROR), ("/json", "{}")] {
        let response = client().get(server.url(path)).send().await.unwrap();
        assert_eq!(response.url().as_str(), server.url(path));
        assert_eq!(response.content_length(), Some(body.len() as u64));
        assert_eq!(response.text().await.unwrap(), body);
    }
    let error = client()
        .get("http://127.0.0.1:1/")
        .send()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Reqwest(_)));
    assert!(PrivacyError::find(&error).is_none());
}

/// Answers each request with a denial.
struct Cache;

#[async_trait::async_trait]
impl Middleware for Cache {
    async fn handle(
        &self,
        _: reqwest::Request,
        _: &mut http::Extensions,
        _: Next<'_>,
    ) -> Result<reqwest::Response, Error> {
        Ok(support::xml(support::DENIAL).into())
    }
}

#[tokio::test]
async fn a_head_request_has_nothing_to_inspect() {
    let client = ClientBuilder::new(reqwest::Client::new());
    let client = client.with(layer()).with(Cache).build();
    assert_eq!(
        returns_to(&client.get(HOME).send().await.unwrap_err()),
        HOME
    );
    let response = client.head(HOME).send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), support::DENIAL);
}

/// Wraps each error of the inner middleware, as `reqwest-retry` does.
struct Wrapping;

#[async_trait::async_trait]
impl Middleware for Wrapping {
    async fn handle(
        &self,
        request: reqwest::Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> Result<reqwest::Response, Error> {
        let response = next.run(request, extensions).await;
        response.map_err(|error| Error::Middleware(anyhow::Error::new(error).context("in vain")))
    }
}

#[tokio::test]
async fn a_question_mark_unwraps_the_signal_whatever_wraps_it() {
    async fn get(client: &ClientWithMiddleware, url: &str) -> Result<(), PrivacyError> {
        client.get(url).send().await?;
        Ok(())
    }

    let server = Server::start(upstream()).await;
    let wrapping = ClientBuilder::new(reqwest::Client::new())
        .with(Wrapping)
        .with(layer())
        .build();
    for client in [client(), wrapping] {
        let redirect = support::redirect(get(&client, &server.url("/denied")).await);
        assert_eq!(redirect.location().as_str(), support::LOCATION);

        let error = get(&client, "http://127.0.0.1:1/?token=s3cret").await;
        let Err(PrivacyError::Service(error)) = error else {
            panic!("{error:?}")
        };
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
}

/// The client with middleware is a service of `reqwest::Request` too, so the layer can be around it.
#[tokio::test]
async fn around_the_client_the_layer_removes_the_query_from_its_errors() {
    let server = Server::start(upstream()).await;
    let client = || Privacy::new(ClientWithMiddleware::from(reqwest::Client::new()), &layer());
    let request = |url: &str| reqwest::Client::new().get(url).build().unwrap();
    support::redirect(client().oneshot(request(&server.url("/denied"))).await);

    let failed = request("http://127.0.0.1:1/contacts?token=s3cret");
    let error = client().oneshot(failed).await.unwrap_err();
    let Some(Error::Reqwest(error)) = error.service() else {
        panic!("{error:?}")
    };
    assert!(error.is_connect());
    assert_eq!(error.url().unwrap().as_str(), "http://127.0.0.1:1/contacts");

    // So does `?` in an error of a client without the layer.
    let failed = request("http://127.0.0.1:1/contacts?token=s3cret");
    let error = ClientWithMiddleware::from(reqwest::Client::new())
        .execute(failed)
        .await;
    let error = PrivacyError::from(error.unwrap_err());
    let error = error.service::<reqwest::Error>().unwrap();
    assert_eq!(error.url().unwrap().as_str(), "http://127.0.0.1:1/contacts");
}
