//! What only actix-web has: scopes, extractors, errors of middleware, boxed errors. `hosts` and `guard` test
//! what both hosts share.
#![cfg(feature = "actix")]

mod support;

use std::{
    collections::{BTreeSet, HashMap},
    pin::Pin,
};

use actix_web::{
    App, Error, FromRequest, HttpRequest, HttpResponse, ResponseError,
    body::{EitherBody, MessageBody, to_bytes},
    dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform},
    http::{
        Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_LENGTH, LOCATION, VARY},
    },
    middleware::{Next, from_fn},
    test::{TestRequest, init_service},
    web,
};
use support::{DENIAL, HOME, context, inspect, layer, log::Log, return_url, xml};
use tower_privacy::{PrivacyContext, PrivacyError, actix::PrivacyReturn};

async fn denied(document: &str, context: &PrivacyContext) -> PrivacyError {
    inspect(xml(document.to_owned()), context, &layer())
        .await
        .unwrap_err()
}

async fn contacts() -> Result<String, PrivacyError> {
    Err(denied(DENIAL, &PrivacyContext::current().unwrap()).await)
}

async fn boxed() -> Result<String, Box<dyn std::error::Error>> {
    let error = std::io::Error::other(contacts().await.unwrap_err());
    Err(error.into())
}

/// The error type of an app.
#[derive(Debug, thiserror::Error)]
#[error("the contacts are not available")]
struct Own(#[source] PrivacyError);

impl ResponseError for Own {
    fn error_response(&self) -> HttpResponse {
        PrivacyError::find(self).unwrap().error_response()
    }
}

fn returning() -> PrivacyReturn {
    PrivacyReturn::new(return_url("https://app.example/"))
}

fn open(path: &str) -> TestRequest {
    TestRequest::get()
        .uri(path)
        .insert_header(("sec-fetch-mode", "navigate"))
}

/// Calls a service as the server does, and turns an error into its response.
async fn call<B: MessageBody + 'static>(
    app: &impl Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    request: TestRequest,
) -> (HttpResponse<()>, String) {
    let response = match app.call(request.to_request()).await {
        Ok(response) => response.into_parts().1.map_into_boxed_body(),
        Err(error) => error.error_response(),
    };
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(|_| "body").unwrap();
    (head, String::from_utf8(body.to_vec()).unwrap())
}

/// Where a redirect comes back to.
#[track_caller]
fn back(response: &HttpResponse<()>) -> url::Url {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let location = response.headers().get(LOCATION).unwrap().to_str().unwrap();
    let location: url::Url = location.parse().unwrap();
    let (_, back) = location
        .query_pairs()
        .find(|(name, _)| name == "urlRetour")
        .unwrap();
    back.parse().unwrap()
}

#[actix_web::test]
async fn without_the_middleware_an_error_is_the_reply_to_a_navigation() {
    let untrusted = DENIAL.replace("orange", "0range");
    for (error, status, location) in [
        (
            denied(DENIAL, &context()).await,
            303,
            Some(support::LOCATION),
        ),
        (
            denied(DENIAL, &PrivacyContext::non_interactive()).await,
            403,
            None,
        ),
        (denied(&untrusted, &context()).await, 502, None),
        (PrivacyError::Service("s3cret".into()), 502, None),
        (
            PrivacyError::Service(Own(denied(DENIAL, &context()).await).into()),
            303,
            Some(support::LOCATION),
        ),
    ] {
        assert_eq!(error.status_code(), status);
        let response = error.error_response();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers().get(CACHE_CONTROL).unwrap(), "no-store");
        assert!(!response.headers().contains_key(VARY));
        let found = response
            .headers()
            .get(LOCATION)
            .map(|found| found.to_str().unwrap());
        assert_eq!(found, location);
        let body = to_bytes(response.into_body()).await.unwrap();
        let body = std::str::from_utf8(&body).unwrap();
        assert!(
            !body.contains("s3cret") && !body.contains("0range"),
            "{body}"
        );
    }
}

/// A handler that maps errors by itself has found the signal in another error.
#[actix_web::test]
async fn an_error_that_was_found_is_answered_like_one_that_is_owned() {
    async fn owned(of: web::Path<String>) -> Result<String, Error> {
        Err(of_kind(&of).await.into())
    }
    async fn found(of: web::Path<String>) -> Result<String, Error> {
        let error = anyhow::Error::new(of_kind(&of).await).context("contacts");
        let signal = PrivacyError::find(error.as_ref()).unwrap();
        Err(signal.into())
    }
    let app = |handler| App::new().route("/{of}", handler).wrap(returning());
    let owned = init_service(app(web::route().to(owned))).await;
    let found = init_service(app(web::route().to(found))).await;
    let page = "https://app.example/list";
    for headers in [
        [("sec-fetch-mode", "navigate"), ("accept", "text/html")],
        [("sec-fetch-mode", "cors"), ("referer", page)],
        [("hx-request", "true"), ("hx-current-url", page)],
        [("x-turbo-request-id", "1"), ("referer", page)],
        [("x-inertia", "true"), ("referer", page)],
        [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
    ] {
        for (path, method) in [
            ("/redirect", Method::GET),
            ("/redirect", Method::POST),
            (
                "/redirect?fromOrangePrivacy=9999999999~contact.see",
                Method::GET,
            ),
            ("/untrusted", Method::GET),
            ("/service", Method::GET),
            ("/wrapped", Method::GET),
        ] {
            let request = || {
                let request = TestRequest::default().method(method.clone()).uri(path);
                headers
                    .into_iter()
                    .fold(request, TestRequest::insert_header)
            };
            let name = format!("{method} {path} {headers:?}");
            let owned = in_full(call(&owned, request()).await);
            let found = in_full(call(&found, request()).await);
            assert_eq!(owned, found, "{name}");
            assert_ne!(owned.0, StatusCode::INTERNAL_SERVER_ERROR, "{name}");
        }
    }
}

/// All of a reply but digits: its marker has the time.
fn in_full(
    (head, body): (HttpResponse<()>, String),
) -> (StatusCode, BTreeSet<(String, String)>, String) {
    let timeless = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    let headers = head.headers().iter().map(|(name, value)| {
        let value = value.to_str().unwrap();
        (name.to_string(), timeless(value))
    });
    (head.status(), headers.collect(), timeless(&body))
}

async fn of_kind(kind: &str) -> PrivacyError {
    match kind {
        "untrusted" => {
            let document = DENIAL.replace("orange", "0range");
            denied(&document, &PrivacyContext::current().unwrap()).await
        }
        "service" => PrivacyError::Service("timed out".into()),
        "wrapped" => PrivacyError::Service(Own(contacts().await.unwrap_err()).into()),
        _ => contacts().await.unwrap_err(),
    }
}

#[actix_web::test]
async fn users_return_to_the_requested_url_under_any_scope() {
    let app = App::new()
        .service(
            web::scope("/inside")
                .wrap(returning())
                .service(web::scope("/people").route("/{id}", web::get().to(contacts))),
        )
        .service(
            web::resource("/resource")
                .wrap(returning())
                .route(web::get().to(contacts)),
        );
    let app = init_service(app).await;
    for path in ["/inside/people/7", "/resource"] {
        let (response, _) = call(&app, open(&format!("{path}?a=%2C"))).await;
        let back = back(&response);
        assert!(
            back.as_str().starts_with(&format!(
                "https://app.example{path}?a=%2C&fromOrangePrivacy="
            )),
            "{back}"
        );
        let (response, body) = call(&app, open(&back[url::Position::BeforePath..])).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert!(body.contains("This step is still needed"));
    }
}

#[actix_web::test]
async fn neither_handlers_nor_extractors_nor_inner_middleware_see_the_marker() {
    async fn handler(
        request: HttpRequest,
        query: web::Query<HashMap<String, String>>,
        id: web::Path<String>,
    ) -> String {
        format!(
            "{} {:?} {id} {} {}",
            request.uri(),
            query.into_inner(),
            request.query_string(),
            request.match_info().get_ref().uri()
        )
    }
    async fn inner(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        assert_eq!(request.query_string(), "a=%2C");
        next.call(request).await
    }
    let app = App::new()
        .route("/people/{id}", web::get().to(handler))
        .wrap(from_fn(inner))
        .wrap(returning());
    let app = init_service(app).await;
    let (_, seen) = call(
        &app,
        open("/people/7?fromOrangePrivacy=1~contact.see&a=%2C"),
    )
    .await;
    assert_eq!(
        seen,
        "/people/7?a=%2C {\"a\": \",\"} 7 a=%2C /people/7?a=%2C"
    );
}

#[actix_web::test]
async fn the_signal_is_found_in_a_boxed_error_of_a_handler() {
    let app = App::new()
        .route("/", web::get().to(boxed))
        .wrap(returning());
    let app = init_service(app).await;
    let (response, _) = call(&app, open("/")).await;
    assert!(
        back(&response)
            .as_str()
            .starts_with("https://app.example/?fromOrangePrivacy=")
    );
}

#[actix_web::test]
async fn a_middleware_that_fails_with_the_signal_gets_its_reply() {
    async fn owned(
        _: ServiceRequest,
        _: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<EitherBody<String>>, Error> {
        Err(contacts().await.unwrap_err().into())
    }
    async fn as_box(
        _: ServiceRequest,
        _: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<EitherBody<String>>, Error> {
        Err(boxed().await.unwrap_err().into())
    }
    async fn other(
        _: ServiceRequest,
        _: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<EitherBody<String>>, Error> {
        Err(actix_web::error::ErrorImATeapot("out of cheese"))
    }
    for request in [
        || open("/contacts"),
        || {
            TestRequest::get()
                .uri("/contacts")
                .insert_header(("sec-fetch-mode", "cors"))
        },
    ] {
        let app = init_service(App::new().wrap(from_fn(owned)).wrap(returning())).await;
        let (owned, owned_body) = call(&app, request()).await;
        let app = init_service(App::new().wrap(from_fn(as_box)).wrap(returning())).await;
        let (boxed, boxed_body) = call(&app, request()).await;
        assert_eq!(owned.status(), boxed.status());
        assert_eq!(owned_body, boxed_body);
        assert!(
            owned_body.contains("urlRetour=https%3A%2F%2Fapp.example%2F"),
            "{owned_body}"
        );
        assert_eq!(owned_body.starts_with('{'), owned.status() == 403);
    }
    let app = init_service(App::new().wrap(from_fn(other)).wrap(returning())).await;
    let (response, body) = call(&app, open("/")).await;
    assert_eq!(
        (response.status(), &*body),
        (StatusCode::IM_A_TEAPOT, "out of cheese")
    );
}

#[actix_web::test]
async fn a_request_that_an_outer_middleware_keeps_still_gets_its_reply() {
    async fn holds(
        held: HttpRequest,
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        let response = next.call(request).await;
        drop(held);
        response
    }
    let resource = web::resource("/contacts").route(web::get().to(contacts));
    let app = App::new().service(resource.wrap(returning()).wrap(from_fn(holds)));
    let app = init_service(app).await;
    let (response, _) = call(&app, open("/contacts?a=%2C")).await;
    let back = back(&response);
    let (response, body) = call(&app, open(&back[url::Position::BeforePath..])).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(body.contains("This step is still needed"));
}

#[actix_web::test]
async fn a_failure_that_an_outer_middleware_turns_into_a_response_gets_its_reply() {
    async fn owned(
        _: ServiceRequest,
        _: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<EitherBody<String>>, Error> {
        Err(contacts().await.unwrap_err().into())
    }
    async fn own_type(
        _: ServiceRequest,
        _: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<EitherBody<String>>, Error> {
        Err(Own(contacts().await.unwrap_err()).into())
    }
    async fn as_io(
        _: ServiceRequest,
        _: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<EitherBody<String>>, Error> {
        Err(std::io::Error::other(contacts().await.unwrap_err()).into())
    }
    async fn into_response(
        request: ServiceRequest,
        next: Next<impl MessageBody + 'static>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        let http_request = TestRequest::default().to_http_request();
        Ok(match next.call(request).await {
            Ok(response) => response.map_into_boxed_body(),
            Err(error) => {
                // What a middleware that logs failures reads from the error.
                let status = error.as_response_error().status_code();
                assert_eq!(status, StatusCode::FORBIDDEN);
                assert!(error.to_string().starts_with("the "), "{error}");
                assert!(format!("{error:?}").contains("Redirect"), "{error:?}");
                ServiceResponse::from_err(error, http_request)
            }
        })
    }
    let headers = [
        ("sec-fetch-mode", "cors"),
        ("referer", "https://app.example/list"),
    ];
    let request = || {
        let request = TestRequest::get().uri("/contacts");
        headers
            .into_iter()
            .fold(request, TestRequest::insert_header)
    };
    macro_rules! check {
        ($($fails:ident)*) => { $({
            let app = App::new().wrap(from_fn($fails)).wrap(returning());
            let app = init_service(app.wrap(from_fn(into_response))).await;
            let (response, body) = call(&app, request()).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{body}");
            assert!(body.starts_with('{') && body.contains("app.example%2Flist"), "{body}");
        })* };
    }
    check!(owned own_type as_io);
}

#[actix_web::test]
async fn the_signal_is_found_in_an_io_error_of_a_handler() {
    async fn fails() -> Result<String, std::io::Error> {
        Err(std::io::Error::other(contacts().await.unwrap_err()))
    }
    let app = App::new()
        .route("/", web::get().to(fails))
        .wrap(returning());
    let (response, _) = call(&init_service(app).await, open("/")).await;
    assert!(
        back(&response)
            .as_str()
            .starts_with("https://app.example/?")
    );
}

#[actix_web::test]
async fn a_reply_does_not_set_its_content_length() {
    let app = App::new()
        .default_service(web::to(contacts))
        .wrap(returning());
    let app = init_service(app).await;
    for method in [Method::GET, Method::HEAD] {
        let (response, _) = call(&app, open("/").method(method)).await;
        assert!(!response.headers().contains_key(CONTENT_LENGTH));
    }
}

#[actix_web::test]
async fn nested_middleware_loses_no_marker() {
    let outer = || PrivacyReturn::new(return_url("https://outer.example/"));
    let app = App::new()
        .route("/", web::get().to(contacts))
        .route("/boxed", web::get().to(boxed))
        .wrap(returning().map_reply(|_, _, mut reply| {
            reply
                .headers_mut()
                .insert("x-inner", http::HeaderValue::from_static("yes"));
            reply
        }))
        .wrap(outer());
    let app = init_service(app).await;
    for path in ["/", "/boxed"] {
        let (response, _) = call(&app, open(path)).await;
        let back = back(&response);
        assert!(
            back.as_str().starts_with("https://outer.example/"),
            "{back}"
        );
        assert_eq!(response.headers().get_all(VARY).count(), 1);
        assert!(response.headers().contains_key("x-inner"));
        let (response, _) = call(&app, open(&back[url::Position::BeforePath..])).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
    }
}

#[actix_web::test]
async fn nested_middleware_lets_the_inner_one_reply_to_a_failure() {
    async fn fails(
        _: ServiceRequest,
        _: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<EitherBody<String>>, Error> {
        Err(boxed().await.unwrap_err().into())
    }
    let inner = returning().map_reply(|_, _, mut reply| {
        "inner".clone_into(reply.body_mut());
        reply
    });
    let outer = returning().map_reply(|_, _, mut reply| {
        "outer".clone_into(reply.body_mut());
        reply
    });
    let app = App::new().wrap(from_fn(fails)).wrap(inner).wrap(outer);
    let (_, body) = call(&init_service(app).await, open("/")).await;
    assert_eq!(body, "inner");
}

#[actix_web::test]
async fn the_hook_sees_the_error_itself() {
    async fn fails() -> Result<String, PrivacyError> {
        Err(PrivacyError::Service("timed out".into()))
    }
    async fn middleware_fails(
        _: ServiceRequest,
        _: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<EitherBody<String>>, Error> {
        Err(PrivacyError::Service("timed out".into()).into())
    }
    let middleware = returning().map_reply(|error, _, mut reply| {
        *reply.body_mut() = std::error::Error::source(error).unwrap().to_string();
        reply
    });
    let app = App::new().default_service(web::to(fails));
    let app = init_service(app.wrap(middleware.clone())).await;
    let (_, body) = call(&app, open("/")).await;
    assert_eq!(body, "timed out");
    let app = App::new().wrap(from_fn(middleware_fails)).wrap(middleware);
    let (_, body) = call(&init_service(app).await, open("/")).await;
    assert_eq!(body, "timed out");
}

#[actix_web::test]
async fn the_context_can_be_extracted_for_a_spawned_task() {
    async fn handler(context: PrivacyContext) -> Result<String, PrivacyError> {
        let work = async { Err(denied(DENIAL, &PrivacyContext::current().unwrap()).await) };
        actix_web::rt::spawn(async move { context.scope(work).await })
            .await
            .unwrap()
    }
    let app = || App::new().route("/contacts", web::get().to(handler));
    let with = init_service(app().wrap(returning())).await;
    let (response, _) = call(&with, open("/contacts")).await;
    assert!(
        back(&response)
            .as_str()
            .starts_with("https://app.example/contacts?")
    );

    let without = init_service(app()).await;
    let (response, body) = call(&without, open("/contacts")).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(body, "no return layer wraps this handler");
}

#[actix_web::test]
async fn the_reply_to_a_head_has_no_body_and_the_length_of_a_get() {
    let app = App::new()
        .default_service(web::to(contacts))
        .wrap(returning());
    let app = init_service(app).await;
    let (_, body) = call(&app, open("/contacts")).await;
    let response = app.call(
        open("/contacts")
            .method(actix_web::http::Method::HEAD)
            .to_request(),
    );
    let response = response.await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let size = response.response().body().size();
    assert_eq!(size, actix_web::body::BodySize::Sized(body.len() as u64));
    assert!(
        to_bytes(response.into_body())
            .await
            .map_err(|_| "body")
            .unwrap()
            .is_empty()
    );
}

#[actix_web::test]
async fn debug_prints_the_settings_and_no_secret() {
    let middleware = PrivacyReturn::new(return_url(&format!("{HOME}?token=s3cret#s3cret")));
    let service = actix_web::dev::fn_service(async |request: ServiceRequest| {
        Ok::<_, Error>(request.into_response(HttpResponse::Ok().finish()))
    });
    let service = middleware.new_transform(service).await.unwrap();
    for text in [format!("{middleware:?}"), format!("{service:?}")] {
        assert!(
            text.contains(HOME) && text.contains("fromOrangePrivacy"),
            "{text}"
        );
        assert!(!text.contains("s3cret"), "{text}");
    }
    let call = service.call(open("/?token=s3cret").to_srv_request());
    assert_eq!(format!("{call:?}"), "ReturnFuture { .. }");
}

/// A log of requests as apps have it, outermost.
#[actix_web::test]
async fn sending_users_away_or_asking_them_again_is_not_logged_as_an_error() {
    async fn extracted(_: Extracted) -> &'static str {
        "never"
    }
    async fn own() -> Result<String, Own> {
        Err(Own(contacts().await.unwrap_err()))
    }
    async fn at_fault() -> Result<String, PrivacyError> {
        Err(PrivacyError::Service("timed out".into()))
    }
    let (log, _guard) = Log::of("tracing_actix_web");
    let app = App::new()
        .route("/", web::get().to(contacts))
        .route("/boxed", web::get().to(boxed))
        .route("/own", web::get().to(own))
        .route("/extracted", web::get().to(extracted))
        .route("/fault", web::get().to(at_fault))
        .wrap(returning())
        .wrap(tracing_actix_web::TracingLogger::default());
    let app = init_service(app).await;
    for path in ["/", "/boxed", "/own", "/extracted"] {
        let (head, _) = call(&app, open(path)).await;
        let back = back(&head);
        let again = format!("{}?{}", back.path(), back.query().unwrap());
        let (head, _) = call(&app, open(&again)).await;
        assert_eq!(head.status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(log.text(), "");
    call(&app, open("/fault")).await;
    assert!(log.text().starts_with("ERROR"), "{}", log.text());
}

/// What an extractor of the app fails to extract.
struct Extracted;

impl FromRequest for Extracted {
    type Error = PrivacyError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PrivacyError>>>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(async { Err(contacts().await.unwrap_err()) })
    }
}
