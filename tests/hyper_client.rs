//! hyper-util's client over real sockets, HTTP/1.1 and HTTP/2.

mod support;

use axum::{body::Body, routing::get};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, Version};
use http_body::Frame;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use support::{
    CONTACTS, DENIAL, LOCATION, OTHER_ERROR, layer, redirect,
    server::{Server, upstream},
    xml,
};
use tower::{Layer, Service, ServiceExt};
use tower_privacy::Privacy;

type HyperClient = Privacy<Client<HttpConnector, Empty<Bytes>>>;

fn clients() -> [(Version, HyperClient); 2] {
    let client = |version: Version| {
        let client = Client::builder(TokioExecutor::new())
            .http2_only(version == Version::HTTP_2)
            .build_http();
        (version, layer().layer(client))
    };
    [client(Version::HTTP_11), client(Version::HTTP_2)]
}

fn with_trailers(text: &'static str) -> Response<Body> {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", "abc".parse().unwrap());
    let half = text.len() / 2;
    let frames = [
        Frame::data(Bytes::from(&text[..half])),
        Frame::data(Bytes::from(&text[half..])),
        Frame::trailers(trailers),
    ];
    let stream = tokio_stream::iter(frames.map(Ok::<_, std::io::Error>));
    let mut response = xml(Body::new(StreamBody::new(stream)));
    response
        .headers_mut()
        .insert("trailer", "x-checksum".parse().unwrap());
    response
}

async fn server() -> Server {
    let router = upstream()
        .route(
            "/denied-with-trailers",
            get(|| async { with_trailers(DENIAL) }),
        )
        .route(
            "/contacts-with-trailers",
            get(|| async { with_trailers(CONTACTS) }),
        )
        .route(
            "/other-error-with-trailers",
            get(|| async { with_trailers(OTHER_ERROR) }),
        );
    Server::start(router).await
}

fn request(url: String) -> Request<Empty<Bytes>> {
    // Over HTTP/1.1, trailers are sent only on request (RFC 9110, section 6.5.1).
    Request::get(url)
        .header("te", "trailers")
        .body(Empty::new())
        .unwrap()
}

#[tokio::test]
async fn a_denial_is_a_redirect() {
    let server = server().await;
    for (version, mut client) in clients() {
        for path in ["/denied", "/denied-with-trailers"] {
            let call = client
                .ready()
                .await
                .unwrap()
                .call(request(server.url(path)));
            let redirect = redirect(call.await);
            assert_eq!(redirect.location().as_str(), LOCATION, "{version:?} {path}");
            assert_eq!(redirect.denial().status(), 500);
        }
    }
}

#[tokio::test]
async fn anything_else_comes_with_its_data_and_trailers() {
    let server = server().await;
    for (version, mut client) in clients() {
        for (path, body, trailers) in [
            ("/contacts", CONTACTS, false),
            ("/contacts-with-trailers", CONTACTS, true),
            ("/other-error-with-trailers", OTHER_ERROR, true),
        ] {
            let call = client
                .ready()
                .await
                .unwrap()
                .call(request(server.url(path)));
            let response = call.await.unwrap();
            assert_eq!(response.version(), version);
            assert_eq!(response.status(), 500);
            let collected = response.into_body().collect().await.unwrap();
            let checksum = collected
                .trailers()
                .and_then(|trailers| trailers.get("x-checksum"));
            assert_eq!(checksum.is_some(), trailers, "{version:?} {path}");
            assert_eq!(collected.to_bytes(), body, "{version:?} {path}");
        }
    }
}

#[tokio::test]
async fn a_head_request_has_nothing_to_inspect() {
    let server = server().await;
    for (version, mut client) in clients() {
        let mut request = request(server.url("/denied"));
        *request.method_mut() = http::Method::HEAD;
        let response = client.ready().await.unwrap().call(request).await.unwrap();
        assert_eq!(response.status(), 500, "{version:?}");
        assert_eq!(
            response.headers()["content-length"],
            DENIAL.len().to_string()
        );
    }
}

#[tokio::test]
async fn a_failed_connection_is_a_service_error() {
    let (_, mut client) = clients().into_iter().next().unwrap();
    let error = client
        .ready()
        .await
        .unwrap()
        .call(request("http://127.0.0.1:1/".to_owned()))
        .await
        .unwrap_err();
    let tower_privacy::PrivacyError::Service(error) = error else {
        panic!("{error:?}")
    };
    let error = error
        .downcast::<hyper_util::client::legacy::Error>()
        .unwrap();
    assert!(error.is_connect());
}
