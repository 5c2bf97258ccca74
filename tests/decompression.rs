//! The decompression layer belongs inside the privacy layer, so that the document can be read.

mod support;

use std::convert::Infallible;

use axum::body::Body;
use http::{Request, Response};
use http_body_util::BodyExt;
use support::{DENIAL, LOCATION, layer, redirect, xml};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::{compression::CompressionLayer, decompression::DecompressionLayer};

/// An upstream that compresses its responses with gzip.
async fn upstream(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let mut compressed = ServiceBuilder::new()
        .layer(CompressionLayer::new().gzip(true))
        .service(service_fn(|_: Request<Body>| async {
            Ok::<_, Infallible>(xml(Body::from(DENIAL)))
        }));
    let response = compressed.ready().await?.call(request).await?;
    assert_eq!(response.headers()["content-encoding"], "gzip");
    Ok(response.map(Body::new))
}

fn request() -> Request<Body> {
    Request::get("/")
        .header("accept-encoding", "gzip")
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn decompression_inside_the_layer_lets_it_find_a_gzipped_denial() {
    let mut service = ServiceBuilder::new()
        .layer(layer())
        .layer(DecompressionLayer::new())
        .service(service_fn(upstream));
    let call = service.ready().await.unwrap().call(request());
    assert_eq!(redirect(call.await).location().as_str(), LOCATION);
}

#[tokio::test]
async fn decompression_outside_the_layer_hides_a_gzipped_denial() {
    let mut service = ServiceBuilder::new()
        .layer(DecompressionLayer::new())
        .layer(layer())
        .service(service_fn(upstream));
    let response = service
        .ready()
        .await
        .unwrap()
        .call(request())
        .await
        .unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, DENIAL);
}
