//! What only axum has: nesting, extractors, errors as responses, and the layer around any Tower service.
//! `hosts` and `guard` test what both hosts share.
#![cfg(feature = "axum")]

mod support;

use std::{collections::HashMap, convert::Infallible};

use axum::{
    Router,
    body::Body,
    extract::{OriginalUri, Path, Query, Request},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use http::{
    StatusCode, Uri,
    header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, VARY},
};
use http_body::Body as _;
use http_body_util::{BodyExt, Empty, Full};
use support::{DENIAL, HOME, context, inspect, layer, return_url, xml};
use tower::{BoxError, Layer, Service, ServiceExt, service_fn};
use tower_privacy::{
    Audience, MissingPrivacyContext, PrivacyContext, PrivacyError, PrivacyReturn,
    PrivacyReturnLayer, ReplyBody, ReturnFuture,
};

async fn text<B>(response: http::Response<B>) -> String
where
    B: http_body::Body<Error: std::fmt::Debug>,
{
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The error of a call to an upstream that answers with this document.
async fn denied(document: &str, context: &PrivacyContext) -> PrivacyError {
    inspect(xml(document.to_owned()), context, &layer())
        .await
        .unwrap_err()
}

/// A handler whose call is denied.
async fn contacts() -> Result<String, PrivacyError> {
    Err(denied(DENIAL, &PrivacyContext::current().unwrap()).await)
}

fn returning() -> PrivacyReturnLayer {
    PrivacyReturnLayer::new(return_url("https://app.example/"))
}

fn open(path: &str) -> Request {
    let request = Request::get(path).header("sec-fetch-mode", "navigate");
    request.body(Body::empty()).unwrap()
}

/// The return URL of a redirect, and the entries of its marker.
#[track_caller]
fn back<B>(response: &http::Response<B>) -> (String, Option<String>) {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    back_of(response.headers()[LOCATION].to_str().unwrap())
}

/// The same for the page that a form gets.
async fn back_of_page<B>(response: http::Response<B>) -> (String, Option<String>)
where
    B: http_body::Body<Error: std::fmt::Debug>,
{
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let page = text(response).await;
    let (_, location) = page.split_once("content=\"0;url=").unwrap();
    let (location, _) = location.split_once('"').unwrap();
    back_of(&location.replace("&amp;", "&"))
}

#[track_caller]
fn back_of(location: &str) -> (String, Option<String>) {
    let location: url::Url = location.parse().unwrap();
    let (_, mut back) = location
        .query_pairs()
        .find_map(|(name, value)| (name == "urlRetour").then(|| (name, value.parse::<url::Url>())))
        .map(|(name, url)| (name.into_owned(), url.unwrap()))
        .unwrap();
    let pairs: Vec<_> = back.query_pairs().into_owned().collect();
    let marker = pairs.iter().find(|(name, _)| name == "fromOrangePrivacy");
    let marker = marker.map(|(_, marker)| marker.split_once('~').unwrap().1.to_owned());
    back.set_query(None);
    (back.into(), marker)
}

#[tokio::test]
async fn without_the_layer_a_redirect_is_303_to_the_location_and_not_cached() {
    let response = denied(DENIAL, &context()).await.into_response();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[LOCATION], support::LOCATION);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    assert!(!response.headers().contains_key(VARY));
    assert!(text(response).await.contains("urlRetour=https%3A%2F%2Fapp"));
}

#[tokio::test]
async fn without_the_layer_a_service_error_is_a_502_that_does_not_name_the_cause() {
    let response = PrivacyError::Service("s3cret".into()).into_response();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    assert!(!response.headers().contains_key(LOCATION));
    assert!(!text(response).await.contains("s3cret"));
}

#[tokio::test]
async fn without_the_layer_a_denial_that_cannot_be_followed_has_no_location() {
    let untrusted = DENIAL.replace("orange", "0range");
    for (error, status) in [
        (
            denied(DENIAL, &PrivacyContext::non_interactive()).await,
            403,
        ),
        (denied(&untrusted, &context()).await, 502),
    ] {
        let response = error.into_response();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        assert!(!response.headers().contains_key(LOCATION));
        assert!(!text(response).await.contains("0range"));
    }
}

#[tokio::test]
async fn a_found_error_gets_the_same_reply_as_an_owned_one() {
    let error: BoxError = denied(DENIAL, &context()).await.into();
    let response = PrivacyError::find(&*error).unwrap().into_response();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[LOCATION], support::LOCATION);

    let app = Router::new()
        .route(
            "/",
            get(async || -> Response {
                let error: BoxError = denied(DENIAL, &PrivacyContext::current().unwrap())
                    .await
                    .into();
                PrivacyError::find(&*error).unwrap().into_response()
            }),
        )
        .layer(returning());
    let request = Request::get("/").header("sec-fetch-mode", "cors");
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_service_error_that_wraps_a_denial_gets_the_reply_of_the_denial() {
    async fn wrapped() -> Result<String, PrivacyError> {
        let error = std::io::Error::other(contacts().await.unwrap_err());
        Err(PrivacyError::Service(error.into()))
    }

    let response = context().scope(wrapped()).await.into_response();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[LOCATION], support::LOCATION);

    let returning = returning().map_reply(|error, _, reply| {
        assert!(matches!(error, PrivacyError::Redirect(_)), "{error:?}");
        reply
    });
    let app = Router::new().fallback(wrapped).layer(returning);
    let response = app.oneshot(open("/contacts")).await.unwrap();
    assert_eq!(back(&response).0, "https://app.example/contacts");
}

/// Its return type was `Result<String, StatusCode>`.
#[tokio::test]
async fn a_handler_that_fails_with_a_status_can_also_fail_with_the_signal() {
    async fn handler(Path(of): Path<String>) -> axum::response::Result<String> {
        if of == "unknown" {
            return Err(StatusCode::NOT_FOUND.into());
        }
        if of == "found" {
            let error = anyhow::Error::new(contacts().await.unwrap_err()).context("contacts");
            Err(PrivacyError::find(error.as_ref()).ok_or(StatusCode::BAD_GATEWAY)?)?;
        }
        Ok(contacts().await?)
    }
    let app = Router::new()
        .route("/{of}", get(handler))
        .layer(returning());
    for path in ["/found", "/owned"] {
        let response = app.clone().oneshot(open(path)).await.unwrap();
        assert_eq!(back(&response).0, format!("https://app.example{path}"));
        let request = Request::get(path).header("sec-fetch-mode", "cors");
        let request = request.body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    }
    let response = app.oneshot(open("/unknown")).await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn users_return_to_the_requested_url_under_any_nesting() {
    let inner = Router::new()
        .route("/{id}", get(contacts))
        .layer(returning());
    let outer = Router::new().nest("/people", inner.clone());
    let outermost = Router::new().nest("/app", outer.clone());
    for (app, path) in [
        (inner, "/7?a=1"),
        (outer.clone(), "/people/7?a=1"),
        (outermost.clone(), "/app/people/7?a=1"),
        (
            Router::new().nest_service("/x", outermost),
            "/x/app/people/7?a=1",
        ),
        (
            Router::new()
                .nest("/y", Router::new().route("/7", get(contacts)))
                .layer(returning()),
            "/y/7?a=1",
        ),
    ] {
        let response = app.oneshot(open(path)).await.unwrap();
        let expected = format!("https://app.example{}", path.split('?').next().unwrap());
        assert_eq!(back(&response), (expected, Some("contact.see".into())));
        assert!(
            response.headers()[LOCATION]
                .to_str()
                .unwrap()
                .contains("%3Fa%3D1%26")
        );
    }
}

#[tokio::test]
async fn neither_handlers_nor_extractors_nor_inner_layers_see_the_marker() {
    async fn handler(
        uri: Uri,
        OriginalUri(original): OriginalUri,
        Query(query): Query<HashMap<String, String>>,
        request: Request,
    ) -> String {
        format!("{uri} {original} {} {query:?}", request.uri())
    }
    let routes = Router::new().route("/7", get(handler));
    for app in [
        Router::new().nest("/people", routes.clone().layer(returning())),
        Router::new()
            .nest("/people", routes.clone())
            .layer(returning()),
        Router::new().fallback_service(returning().layer(Router::new().nest("/people", routes))),
    ] {
        let request = open("/people/7?a=%2C&fromOrangePrivacy=1~contact.see");
        let response = app.oneshot(request).await.unwrap();
        let seen = text(response).await;
        assert!(!seen.contains("fromOrangePrivacy"), "{seen}");
        assert_eq!(seen.matches("a=%2C").count(), 3, "{seen}");
        assert!(seen.ends_with("{\"a\": \",\"}"), "{seen}");
    }
}

#[tokio::test]
async fn the_host_of_an_absolute_request_target_is_ignored() {
    let app = Router::new().fallback(contacts).layer(returning());
    let mut request = open("http://evil.test/contacts");
    request
        .headers_mut()
        .insert("host", "evil.test".parse().unwrap());
    request
        .headers_mut()
        .insert("x-forwarded-host", "evil.test".parse().unwrap());
    let response = app.clone().oneshot(request).await.unwrap();
    assert_eq!(back(&response).0, "https://app.example/contacts");

    let mut request = open("/");
    *request.method_mut() = http::Method::OPTIONS;
    *request.uri_mut() = Uri::from_static("*");
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(back_of_page(response).await.0, "https://app.example/");
}

/// RFC 9110, section 4.2.3.
#[tokio::test]
async fn an_absolute_request_target_without_a_path_is_the_root() {
    let base = return_url("https://app.example/carnet");
    let returning = PrivacyReturnLayer::new(base);
    let app = Router::new().fallback(contacts).layer(returning);
    let response = app.clone().oneshot(open("http://app.example?a=1")).await;
    let response = response.unwrap();
    assert_eq!(back(&response).0, "https://app.example/carnet/");
    let location = response.headers()[LOCATION].to_str().unwrap();
    assert!(location.contains("%3Fa%3D1%26from"), "{location}");

    let marked = "http://app.example?fromOrangePrivacy=9999999999~contact.see";
    let response = app.oneshot(open(marked)).await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
}

/// `:authority` of HTTP/2, as hyper passes it on.
#[tokio::test]
async fn an_authority_chooses_among_the_configured_bases() {
    let also = returning().also_at(return_url("https://app.example.fr/x"));
    let app = Router::new().fallback(contacts).layer(also);
    for (uri, host, expected) in [
        (
            "https://app.example.fr/a",
            None,
            "https://app.example.fr/x/a",
        ),
        (
            "https://app.example.fr/a",
            Some("app.example"),
            "https://app.example.fr/x/a",
        ),
        (
            "https://evil.test/a",
            Some("app.example.fr"),
            "https://app.example/a",
        ),
        ("/a", Some("app.example.fr"), "https://app.example.fr/x/a"),
    ] {
        let mut request = open(uri);
        if let Some(host) = host {
            request.headers_mut().insert("host", host.parse().unwrap());
        }
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(back(&response).0, expected, "{uri} {host:?}");
    }
}

#[tokio::test]
async fn users_whose_page_is_not_known_return_to_the_landing_page() {
    let layer = returning().landing_page(return_url("https://app.example/start"));
    let app = Router::new().fallback(contacts).layer(layer);
    for (name, value) in [
        ("x-other", ""),
        ("referer", "https://evil.test/"),
        ("referer", "http://app.example/"),
        ("referer", "https://app.example:8443/"),
        ("referer", "https://app.example@evil.test/"),
        ("referer", "https://user@app.example/"),
        ("referer", "/relative"),
        ("referer", "javascript:alert(1)"),
        ("hx-current-url", "https://evil.test/"),
    ] {
        let mut request = open("/form");
        *request.method_mut() = http::Method::POST;
        request.headers_mut().insert(name, value.parse().unwrap());
        let response = app.clone().oneshot(request).await.unwrap();
        let (back, _) = back_of_page(response).await;
        assert_eq!(back, "https://app.example/start", "{value}");
    }
    for value in [
        "https://APP.example:443/form#part",
        "https://app.example/form",
    ] {
        let mut request = open("/form");
        *request.method_mut() = http::Method::POST;
        request
            .headers_mut()
            .insert("referer", value.parse().unwrap());
        let response = app.clone().oneshot(request).await.unwrap();
        let (back, _) = back_of_page(response).await;
        assert!(back.starts_with("https://app.example/form"), "{value}");
    }
}

#[tokio::test]
async fn nested_layers_lose_no_marker() {
    let app = Router::new().route("/", get(contacts)).layer(returning());
    let app = app.layer(PrivacyReturnLayer::new(return_url(
        "https://outer.example/",
    )));
    let response = app.clone().oneshot(open("/")).await.unwrap();
    assert_eq!(back(&response).0, "https://outer.example/");
    assert_eq!(response.headers().get_all(VARY).iter().count(), 1);

    let location: url::Url = response.headers()[LOCATION]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let (_, back) = location
        .query_pairs()
        .find(|(name, _)| name == "urlRetour")
        .unwrap();
    let path = back.strip_prefix("https://outer.example").unwrap();
    let response = app.oneshot(open(path)).await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_context_around_the_layer_that_no_host_side_created_does_not_count() {
    let app = Router::new()
        .route("/contacts", get(contacts))
        .layer(returning());
    let response = context().scope(app.oneshot(open("/contacts"))).await;
    assert_eq!(back(&response.unwrap()).0, "https://app.example/contacts");
}

/// The protection against loops depends only on the outbound layer's name, so a forgotten setting causes none.
#[tokio::test]
async fn a_marker_with_another_name_works_even_if_only_the_outbound_side_knows_it() {
    let outbound = layer().return_marker("came back");
    let handler = async move || -> Result<String, PrivacyError> {
        let context = PrivacyContext::current().unwrap();
        inspect(xml(DENIAL.to_owned()), &context, &outbound).await?;
        Ok(String::new())
    };
    let app = Router::new().route("/", get(handler));
    for layer in [
        returning(),
        returning().return_marker("came back"),
        returning().return_marker(""),
    ] {
        let app = app.clone().layer(layer);
        let response = app.clone().oneshot(open("/?x=1")).await.unwrap();
        let location = response.headers()[LOCATION].to_str().unwrap();
        let (_, back) = location
            .split_once("urlRetour=https%3A%2F%2Fapp.example")
            .unwrap();
        let back = percent_encoding::percent_decode_str(back)
            .decode_utf8()
            .unwrap();
        assert!(back.starts_with("/?x=1&came%20back="), "{back}");
        assert!(!back.contains("fromOrangePrivacy"), "{back}");
        let response = app.oneshot(open(&back)).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_marker_counts_for_the_configured_life() {
    let outbound = layer().marker_life(std::time::Duration::from_secs(3));
    let handler = async move || -> Result<String, PrivacyError> {
        let context = PrivacyContext::current().unwrap();
        inspect(xml(DENIAL.to_owned()), &context, &outbound).await?;
        Ok(String::new())
    };
    let app = Router::new().route("/", get(handler)).layer(returning());
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for (time, status) in [(now, 403), (now - 60, 303), (now + 60, 403)] {
        let path = format!("/?fromOrangePrivacy={time}~contact.see");
        assert_eq!(
            app.clone().oneshot(open(&path)).await.unwrap().status(),
            status
        );
    }
}

#[tokio::test]
async fn an_explicit_return_url_is_sent_unchanged_without_a_marker() {
    let handler =
        async || -> Result<String, PrivacyError> { Err(denied(DENIAL, &context()).await) };
    let app = Router::new().route("/", get(handler)).layer(returning());
    for path in ["/", "/?fromOrangePrivacy=1"] {
        let response = app.clone().oneshot(open(path)).await.unwrap();
        assert_eq!(response.headers()[LOCATION], support::LOCATION);
    }
}

#[tokio::test]
async fn the_context_can_be_extracted_for_a_spawned_task() {
    async fn handler(context: PrivacyContext) -> Result<String, PrivacyError> {
        let work = async { Err(denied(DENIAL, &PrivacyContext::current().unwrap()).await) };
        tokio::spawn(async move { context.scope(work).await })
            .await
            .unwrap()
    }
    let app = Router::new().route("/contacts", get(handler));
    let response = app
        .clone()
        .layer(returning())
        .oneshot(open("/contacts"))
        .await;
    assert_eq!(back(&response.unwrap()).0, "https://app.example/contacts");

    let response = app.oneshot(open("/contacts")).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(text(response).await, "no return layer wraps this handler");
}

#[tokio::test]
async fn a_reply_does_not_keep_the_content_coding_of_the_response_that_it_replaces() {
    let app = Router::new()
        .route("/", get(contacts))
        .layer(
            tower_http::compression::CompressionLayer::new().compress_when(
                |_: StatusCode, _: http::Version, _: &http::HeaderMap, _: &http::Extensions| true,
            ),
        )
        .layer(returning());
    let mut request = open("/");
    request
        .headers_mut()
        .insert("accept-encoding", "gzip".parse().unwrap());
    let response = app.oneshot(request).await.unwrap();
    assert!(!response.headers().contains_key("content-encoding"));
    assert!(text(response).await.contains("One more step is needed"));
}

#[tokio::test]
async fn the_hook_sees_the_error_itself() {
    let app = Router::new()
        .route(
            "/",
            get(async || Err::<String, _>(PrivacyError::Service("timed out".into()))),
        )
        .layer(returning().map_reply(|error, _, mut reply| {
            let source = std::error::Error::source(error).unwrap();
            *reply.body_mut() = source.to_string();
            reply
        }));
    let response = app.oneshot(open("/")).await.unwrap();
    assert_eq!(text(response).await, "timed out");
}

/// As in a proxy: the inner service is the client itself.
#[tokio::test]
async fn around_any_service_an_error_that_is_a_signal_gets_its_reply() {
    let proxy = returning().layer(layer().layer(service_fn(async |_: Request| {
        Ok::<_, Infallible>(xml(DENIAL.to_owned()))
    })));
    let response = proxy.oneshot(open("/contacts")).await.unwrap();
    assert_eq!(
        back(&response),
        (
            "https://app.example/contacts".into(),
            Some("contact.see".into())
        )
    );
    assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");

    let boxed = returning().layer(service_fn(async |_: Request| {
        let error = denied(DENIAL, &PrivacyContext::current().unwrap()).await;
        Err::<http::Response<Full<Bytes>>, BoxError>(std::io::Error::other(error).into())
    }));
    let response = boxed.oneshot(open("/contacts")).await.unwrap();
    assert_eq!(back(&response).0, "https://app.example/contacts");
}

#[tokio::test]
async fn around_any_service_other_errors_are_passed_on() {
    let service = returning().layer(service_fn(async |_: Request| {
        Err::<http::Response<Empty<Bytes>>, BoxError>("out of cheese".into())
    }));
    let error = service.oneshot(open("/")).await.unwrap_err();
    assert_eq!(error.to_string(), "out of cheese");
}

#[tokio::test]
async fn the_body_of_any_other_response_is_passed_on_to_the_last_frame() {
    use support::body::{Script, Step, observe};
    fn steps() -> Script {
        Script::new([
            Step::Data(Bytes::from_static(b"a")),
            Step::Data(Bytes::new()),
            Step::Trailers(http::HeaderMap::from_iter([(VARY, "x".parse().unwrap())])),
        ])
        .telling_its_end()
    }
    let service = returning().layer(service_fn(async |_: Request| {
        Ok::<_, Infallible>(http::Response::new(steps()))
    }));
    let body: ReplyBody<_> = service.oneshot(open("/")).await.unwrap().into_body();
    assert!(body.size_hint().exact().is_some());
    assert_eq!(observe(body).await, observe(steps()).await);
}

#[tokio::test]
async fn the_body_of_a_reply_knows_its_length_and_its_end() {
    let proxy = returning().layer(layer().layer(service_fn(async |_: Request| {
        Ok::<_, Infallible>(xml(DENIAL.to_owned()))
    })));
    let mut body = proxy.oneshot(open("/")).await.unwrap().into_body();
    let length = body.size_hint().exact().unwrap();
    assert!(!body.is_end_stream());
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(frame.len() as u64, length);
    assert!(body.is_end_stream());
    assert_eq!(body.size_hint().exact(), Some(0));
    assert!(body.frame().await.is_none());
}

/// The service is never called before it is ready, and never cloned.
#[tokio::test]
async fn readiness_is_that_of_the_inner_service() {
    let (mut service, mut handle) = tower_test::mock::spawn_layer(returning());
    handle.allow(0);
    tokio_test::assert_pending!(service.poll_ready());
    handle.allow(1);
    tokio_test::assert_ready_ok!(service.poll_ready());
    let reply = service.call(open("/"));
    let (_, send) = handle.next_request().await.unwrap();
    send.send_response(http::Response::new(Empty::<Bytes>::new()));
    assert_eq!(reply.await.unwrap().status(), StatusCode::OK);
    handle.send_error("broken");
    let error = tokio_test::assert_ready_err!(service.poll_ready());
    assert_eq!(error.to_string(), "broken");
}

#[tokio::test]
async fn debug_prints_the_settings_and_no_secret() {
    let layer = PrivacyReturnLayer::new(return_url(&format!("{HOME}?token=s3cret#s3cret")));
    let mut service = layer.layer(service_fn(async |_: Request| {
        Ok::<_, Infallible>(http::Response::new(String::new()))
    }));
    for text in [format!("{layer:?}"), format!("{service:?}")] {
        assert!(
            text.contains(HOME) && text.contains("fromOrangePrivacy"),
            "{text}"
        );
        assert!(!text.contains("s3cret"), "{text}");
    }
    let call = service.ready().await.unwrap().call(open("/?token=s3cret"));
    assert_eq!(format!("{call:?}"), "ReturnFuture { .. }");
}

#[test]
fn the_types_are_send_and_sync_if_their_contents_are() {
    fn plain<T: Send + Sync + Unpin + Clone + 'static>() {}
    fn carried<T: Send + Sync + Unpin>() {}

    plain::<PrivacyReturnLayer>();
    plain::<PrivacyReturn<()>>();
    plain::<Audience>();
    plain::<MissingPrivacyContext>();
    carried::<ReturnFuture<std::future::Ready<()>>>();
    carried::<ReplyBody<Empty<Bytes>>>();
}

/// A host drops a request while its handler runs, as hyper does when a client disconnects.
#[tokio::test]
async fn a_cancelled_request_drops_its_handler_and_leaves_no_context() {
    let alive = std::sync::Arc::new(());
    let held = std::sync::Arc::clone(&alive);
    let mut host = returning().layer(service_fn(move |_: Request| {
        let held = std::sync::Arc::clone(&held);
        async move {
            std::future::pending::<()>().await;
            drop(held);
            Ok::<_, Infallible>(http::Response::new(String::new()))
        }
    }));
    let mut reply = tokio_test::task::spawn(host.ready().await.unwrap().call(open("/")));
    assert!(reply.poll().is_pending());
    assert_eq!(std::sync::Arc::strong_count(&alive), 3);
    assert_eq!(PrivacyContext::current(), None);
    drop(reply);
    assert_eq!(std::sync::Arc::strong_count(&alive), 2, "the service's own");
    assert_eq!(PrivacyContext::current(), None);
}
