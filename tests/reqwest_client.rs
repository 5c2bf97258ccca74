//! reqwest as a Tower service, over real sockets.
#![cfg(feature = "reqwest")]

mod support;

use std::net::Ipv4Addr;

use axum::{Router, body::Body, response::Redirect, routing::get};
use http::{Request, Version};
use http_body_util::Full;
use reqwest::{Client, Method};
use support::{
    DENIAL, LOCATION, OTHER_ERROR, body::Script, layer, redirect, return_url, server::Server, xml,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tower::{Service, ServiceBuilder, ServiceExt};
use tower_http::compression::CompressionLayer;
use tower_privacy::{Privacy, PrivacyContext, PrivacyError};

const CONTACTS: &str = "<?xml version=\"1.0\"?><contacts><contact/></contacts>";

fn client() -> Privacy<Client> {
    ServiceBuilder::new().layer(layer()).service(Client::new())
}

async fn get_url(client: &Privacy<Client>, url: String) -> Result<reqwest::Response, PrivacyError> {
    let request = client.get_ref().get(url).build().unwrap();
    client.clone().ready().await?.call(request).await
}

async fn server() -> Server {
    let router = Router::new()
        .route("/denied", get(|| async { xml(Body::from(DENIAL)) }))
        .route("/moved", get(|| async { Redirect::to("/contacts") }))
        .route("/contacts", get(|| async { xml(Body::from(CONTACTS)) }))
        .route(
            "/other-error",
            get(|| async { xml(Body::from(OTHER_ERROR)) }),
        )
        .route(
            "/json",
            get(|| async { ([("content-type", "application/json")], "{}") }),
        )
        .layer(CompressionLayer::new().gzip(true).compress_when(
            |_: http::StatusCode, _: Version, headers: &http::HeaderMap, _: &http::Extensions| {
                headers
                    .get("content-type")
                    .is_some_and(|kind| kind == "text/xml;charset=UTF-8")
            },
        ));
    Server::start(router).await
}

#[tokio::test]
async fn a_denial_is_a_redirect_gzipped_or_not() {
    let server = server().await;
    let denied = get_url(&client(), server.url("/denied")).await;
    assert_eq!(redirect(denied).location().as_str(), LOCATION);

    let plain = Client::builder().no_gzip().build().unwrap();
    let plain = ServiceBuilder::new().layer(layer()).service(plain);
    let denied = get_url(&plain, server.url("/denied")).await;
    assert_eq!(redirect(denied).location().as_str(), LOCATION);
}

#[tokio::test]
async fn a_response_that_was_looked_at_is_what_reqwest_made() {
    let server = server().await;
    let bare = Client::builder().no_gzip().build().unwrap();
    let layered = ServiceBuilder::new().layer(layer()).service(bare.clone());
    for path in ["/contacts", "/other-error", "/moved", "/json"] {
        let expected = bare.get(server.url(path)).send().await.unwrap();
        let response = get_url(&layered, server.url(path)).await.unwrap();
        assert_eq!(response.url(), expected.url());
        assert_eq!(response.status(), expected.status());
        assert_eq!(response.version(), expected.version());
        assert_eq!(
            response.headers()["content-type"],
            expected.headers()["content-type"]
        );
        assert_eq!(response.headers().len(), expected.headers().len());
        assert!(expected.content_length().is_some());
        assert_eq!(response.content_length(), expected.content_length());
        assert_eq!(
            response.remote_addr().map(|address| address.port()),
            expected.remote_addr().map(|address| address.port()),
        );
        assert!(response.remote_addr().is_some());
        assert_eq!(
            response.text().await.unwrap(),
            expected.text().await.unwrap()
        );
    }
    let moved = get_url(&layered, server.url("/moved")).await.unwrap();
    assert_eq!(moved.url().path(), "/contacts");
}

#[tokio::test]
async fn http_2_stays_http_2() {
    let server = server().await;
    let http2 = Client::builder().http2_prior_knowledge().build().unwrap();
    let http2 = ServiceBuilder::new().layer(layer()).service(http2);
    let response = get_url(&http2, server.url("/contacts")).await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    assert_eq!(response.text().await.unwrap(), CONTACTS);
    redirect(get_url(&http2, server.url("/denied")).await);
}

#[tokio::test]
async fn a_body_that_breaks_off_gives_its_bytes_and_then_its_error() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let head = "HTTP/1.1 500 \r\ncontent-type: text/xml\r\ncontent-length: 100\r\n\r\n<error>";
        let mut request = [0; 4096];
        assert_ne!(socket.read(&mut request).await.unwrap(), 0);
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
    };
    let client = client();
    let (response, ()) = tokio::join!(get_url(&client, url), server);
    let mut response = response.unwrap();
    assert_eq!(response.content_length(), Some(100));
    assert_eq!(response.chunk().await.unwrap().unwrap(), "<error>");
    response.chunk().await.unwrap_err();
}

#[tokio::test]
async fn a_head_request_has_nothing_to_inspect() {
    let server = server().await;
    let mut client = client();
    let request = client
        .get_ref()
        .request(Method::HEAD, server.url("/denied"))
        .build()
        .unwrap();
    let response = client.ready().await.unwrap().call(request).await.unwrap();
    assert_eq!(response.status(), 500);
}

#[tokio::test]
async fn the_context_is_the_tasks() {
    let server = server().await;
    let context = PrivacyContext::new(return_url("https://app.example/contacts"));
    let denied = context
        .scope(get_url(&client(), server.url("/denied")))
        .await;
    assert_eq!(
        redirect(denied).return_url().as_str(),
        "https://app.example/contacts"
    );

    let denied = PrivacyContext::non_interactive()
        .scope(get_url(&client(), server.url("/denied")))
        .await;
    assert!(matches!(denied, Err(PrivacyError::InteractionRequired(_))));
}

#[tokio::test]
async fn a_failed_call_is_a_service_error_with_reqwests_own_inside() {
    let error = get_url(&client(), "http://127.0.0.1:1/".to_owned())
        .await
        .unwrap_err();
    let PrivacyError::Service(error) = error else {
        panic!("{error:?}")
    };
    assert!(error.downcast::<reqwest::Error>().unwrap().is_connect());
}

#[tokio::test]
async fn extensions_are_kept() {
    #[derive(Clone, Debug, PartialEq)]
    struct Extension(u8);

    let mut service = ServiceBuilder::new()
        .layer(layer())
        .service(tower::service_fn(|_: reqwest::Request| async {
            let mut response = xml(reqwest::Body::wrap(Full::<bytes::Bytes>::from(OTHER_ERROR)));
            response.extensions_mut().insert(Extension(7));
            Ok::<_, std::convert::Infallible>(reqwest::Response::from(response))
        }));
    let request = Client::new().get("http://127.0.0.1/").build().unwrap();
    let response = service.ready().await.unwrap().call(request).await.unwrap();
    assert_eq!(response.extensions().get(), Some(&Extension(7)));
    let response: http::Response<reqwest::Body> = response.into();
    assert_eq!(response.extensions().get(), Some(&Extension(7)));
}

#[tokio::test]
async fn the_same_service_takes_requests_of_http_over_a_client_of_http() {
    let mut service = ServiceBuilder::new()
        .layer(layer())
        .service(tower::service_fn(|_: Request<()>| async {
            Ok::<_, std::convert::Infallible>(xml(Script::of([DENIAL])))
        }));
    redirect(service.ready().await.unwrap().call(Request::new(())).await);
}

#[tokio::test]
async fn no_error_of_reqwests_names_the_query_of_its_url() {
    let texts = |error: &(dyn std::error::Error + 'static)| {
        let mut next = Some(error);
        let mut texts = Vec::new();
        while let Some(error) = next {
            texts.push(format!("{error} {error:?}"));
            next = error.source();
        }
        texts.join("\n")
    };
    let url = "http://127.0.0.1:1/contacts?token=s3cret#s3cret";
    let called = get_url(&client(), url.to_owned()).await.unwrap_err();
    let converted = PrivacyError::from(Client::new().get(url).send().await.unwrap_err());
    for error in [called, converted] {
        let texts = texts(&error);
        assert!(texts.contains("http://127.0.0.1:1/contacts"), "{texts}");
        assert!(!texts.contains("s3cret"), "{texts}");
    }
}

#[tokio::test]
async fn a_handler_needs_nothing_but_question_marks() {
    async fn text(client: Privacy<Client>, url: String) -> Result<String, PrivacyError> {
        let request = client.get_ref().get(url).build()?;
        let response = client.oneshot(request).await?;
        Ok(response.error_for_status()?.text().await?)
    }

    let server = server().await;
    redirect(text(client(), server.url("/denied")).await);
    let data = text(client(), server.url("/json")).await.unwrap();
    assert_eq!(data, "{}");
    let error = text(client(), server.url("/other-error")).await;
    assert!(matches!(error, Err(PrivacyError::Service(_))));
}

#[tokio::test]
async fn readiness_is_the_inner_services() {
    let (mut service, mut handle) =
        tower_test::mock::spawn_layer::<reqwest::Request, reqwest::Response, _>(layer());
    handle.allow(0);
    assert!(service.poll_ready().is_pending());
    handle.allow(1);
    assert!(service.poll_ready().is_ready());
}
