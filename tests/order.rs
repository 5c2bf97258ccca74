//! Where the host side goes among other middleware: outside what makes calls, and inside what logs, compresses,
//! normalizes paths and sets cookies.
#![cfg(all(feature = "actix", feature = "axum"))]

mod support;

use http::StatusCode;
use support::{DENIAL, inspect, layer, log::Log, return_url, xml};
use tower_privacy::{PrivacyContext, PrivacyError};

/// A call that is denied. Without a context, it has no user to ask.
async fn call() -> Result<String, PrivacyError> {
    let context = PrivacyContext::current().unwrap_or(PrivacyContext::non_interactive());
    inspect(xml(DENIAL.to_owned()), &context, &layer()).await?;
    Ok("Ada".to_owned())
}

/// What the client got: the status, the `Location`, whether the body is gzip, and the cookies.
#[derive(Debug)]
struct Got {
    status: StatusCode,
    location: String,
    is_gzip: bool,
    cookie: String,
}

impl Got {
    fn new<'a>(status: u16, body: &[u8], header: impl Fn(&str) -> Option<&'a str>) -> Self {
        let text = |name| header(name).unwrap_or_default().to_owned();
        Self {
            status: StatusCode::from_u16(status).unwrap(),
            location: text("location"),
            is_gzip: body.starts_with(&[0x1f, 0x8b]) && text("content-encoding") == "gzip",
            cookie: text("set-cookie"),
        }
    }

    #[track_caller]
    fn is_sent_away_and_back_to(&self, page: &str) {
        assert_eq!(self.status, StatusCode::SEE_OTHER);
        let back = format!("&urlRetour=https%3A%2F%2Fapp.example%2F{page}%3FfromOrangePrivacy%3D");
        assert!(self.location.contains(&back), "{}", self.location);
    }
}

const NAVIGATION: (&str, &str) = ("sec-fetch-mode", "navigate");
const FETCH: (&str, &str) = ("sec-fetch-mode", "cors");

mod on_actix {
    use actix_session::{Session, SessionExt, SessionMiddleware, storage::CookieSessionStore};
    use actix_web::{
        App, Error,
        body::{BoxBody, MessageBody, to_bytes},
        cookie::Key,
        dev::{ServiceFactory, ServiceRequest, ServiceResponse},
        middleware::{Compress, Logger, Next, NormalizePath, from_fn},
        test::{TestRequest, init_service, try_call_service},
        web,
    };
    use tower_privacy::actix::PrivacyReturn;

    use super::*;

    async fn contacts(session: Session) -> Result<String, PrivacyError> {
        session.insert("seen", "contacts").unwrap();
        call().await
    }

    /// Makes a call for each request of a path.
    async fn profile(
        request: ServiceRequest,
        next: Next<impl MessageBody + 'static>,
    ) -> Result<ServiceResponse<BoxBody>, Error> {
        if request.path() == "/profile" {
            request.get_session().insert("seen", "profile").unwrap();
            if let Err(error) = call().await {
                return Ok(request.error_response(error));
            }
        }
        Ok(next.call(request).await?.map_into_boxed_body())
    }

    /// The same, and fails.
    async fn failing(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        if request.path() == "/profile" {
            request.get_session().insert("seen", "profile").unwrap();
            call().await?;
        }
        next.call(request).await
    }

    fn returning() -> PrivacyReturn {
        PrivacyReturn::new(return_url("https://app.example"))
    }

    fn sessions() -> SessionMiddleware<CookieSessionStore> {
        SessionMiddleware::new(CookieSessionStore::default(), Key::from(&[7; 64]))
    }

    fn access_log() -> Logger {
        Logger::new("%r: %s").log_target("access")
    }

    async fn send<S, B>(app: App<S>, path: &str, header: (&str, &str)) -> (Got, String)
    where
        S: ServiceFactory<
                ServiceRequest,
                Config = (),
                Response = ServiceResponse<B>,
                Error = Error,
                InitError = (),
            > + 'static,
        B: MessageBody + 'static,
    {
        // Shared by the tests of this process.
        let _ = tracing_log::LogTracer::init();
        let (log, _guard) = Log::of("access");
        let app = init_service(app.route("/contacts", web::get().to(contacts))).await;
        let request = TestRequest::get().uri(path).insert_header(header);
        let request = request.insert_header(("accept-encoding", "gzip"));
        // As the server does.
        let response = match try_call_service(&app, request.to_request()).await {
            Ok(response) => response.into_parts().1.map_into_boxed_body(),
            Err(error) => error.error_response(),
        };
        let (head, body) = response.into_parts();
        let body = to_bytes(body).await.map_err(|_| "body").unwrap();
        let header = |name: &str| {
            head.headers()
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        let got = Got::new(head.status().as_u16(), &body, header);
        (got, log.text())
    }

    #[actix_web::test]
    async fn what_is_outside_sees_the_reply_that_the_client_gets() {
        let app = || {
            App::new()
                .wrap(from_fn(profile))
                .wrap(returning())
                .wrap(NormalizePath::trim())
                .wrap(Compress::default())
                .wrap(sessions())
                .wrap(access_log())
        };
        for page in ["contacts", "profile"] {
            let path = format!("/{page}/");
            let (got, log) = send(app(), &path, NAVIGATION).await;
            got.is_sent_away_and_back_to(page);
            assert!(got.is_gzip && got.cookie.starts_with("id="), "{got:?}");
            assert!(log.contains(&format!("GET {path} HTTP/1.1: 303")), "{log}");

            let (got, log) = send(app(), &path, FETCH).await;
            assert_eq!(got.status, StatusCode::FORBIDDEN);
            assert!(got.is_gzip && got.cookie.starts_with("id="), "{got:?}");
            assert!(log.contains(&format!("GET {path} HTTP/1.1: 403")), "{log}");
        }
    }

    #[actix_web::test]
    async fn a_log_inside_has_the_status_of_another_reply() {
        let app = App::new().wrap(access_log()).wrap(returning());
        let app = app.wrap(sessions());
        let (got, log) = send(app, "/contacts", FETCH).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN);
        assert!(log.contains("GET /contacts HTTP/1.1: 303"), "{log}");
    }

    #[actix_web::test]
    async fn who_makes_calls_outside_has_no_user_to_send_away() {
        let app = App::new().wrap(returning()).wrap(from_fn(profile));
        let (got, _) = send(app.wrap(sessions()), "/profile", NAVIGATION).await;
        assert_eq!((got.status, &*got.location), (StatusCode::FORBIDDEN, ""));
    }

    /// actix-web makes the response of an error after all middleware has run.
    #[actix_web::test]
    async fn a_middleware_that_fails_is_answered_behind_the_back_of_what_is_outside() {
        let app = App::new().wrap(from_fn(failing)).wrap(returning());
        let app = app.wrap(Compress::default()).wrap(sessions());
        let (got, log) = send(app.wrap(access_log()), "/profile", NAVIGATION).await;
        got.is_sent_away_and_back_to("profile");
        assert!(!got.is_gzip && got.cookie.is_empty(), "{got:?}");
        assert_eq!(log, "");
    }
}

mod on_axum {
    use axum::{
        Router,
        body::Body,
        extract::Request,
        middleware::{Next, from_fn},
        response::Response,
        routing::get,
    };
    use http_body_util::BodyExt;
    use tower::{Layer, Service, ServiceExt};
    use tower_http::{
        compression::CompressionLayer, normalize_path::NormalizePathLayer, trace::TraceLayer,
    };
    use tower_privacy::PrivacyReturnLayer;

    use super::*;

    /// Makes a call for each request of a path.
    async fn profile(request: Request, next: Next) -> Result<Response, PrivacyError> {
        if request.uri().path() == "/profile" {
            call().await?;
        }
        Ok(next.run(request).await)
    }

    /// Sets a cookie, as session layers do.
    async fn session(request: Request, next: Next) -> Response {
        let mut response = next.run(request).await;
        let cookie = http::HeaderValue::from_static("id=1");
        response.headers_mut().append("set-cookie", cookie);
        response
    }

    fn routes() -> Router {
        Router::new()
            .route("/contacts", get(call))
            .route("/profile", get(async || "never"))
    }

    fn returning() -> PrivacyReturnLayer {
        PrivacyReturnLayer::new(return_url("https://app.example"))
    }

    async fn send<S, B>(mut app: S, path: &str, header: (&str, &str)) -> (Got, String)
    where
        S: Service<Request, Response = http::Response<B>, Error = std::convert::Infallible>,
        B: http_body::Body<Error: std::fmt::Debug>,
    {
        let (log, _guard) = Log::of("tower_http");
        let request = Request::get(path).header(header.0, header.1);
        let request = request.header("accept-encoding", "gzip");
        let request = request.body(Body::empty()).unwrap();
        let response = app.ready().await.unwrap().call(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let header = |name: &str| head.headers.get(name).map(|value| value.to_str().unwrap());
        let got = Got::new(head.status.as_u16(), &body, header);
        (got, log.text())
    }

    #[tokio::test]
    async fn what_is_outside_sees_the_reply_that_the_client_gets() {
        let app = routes()
            .layer(from_fn(profile))
            .layer(returning())
            .layer(CompressionLayer::new())
            .layer(from_fn(session))
            .layer(TraceLayer::new_for_http());
        // A layer of a `Router` runs when the route is chosen, which is too late for this one.
        let app = NormalizePathLayer::trim_trailing_slash().layer(app);
        for page in ["contacts", "profile"] {
            let path = format!("/{page}/");
            let (got, log) = send(app.clone(), &path, NAVIGATION).await;
            got.is_sent_away_and_back_to(page);
            assert!(got.is_gzip && got.cookie == "id=1", "{got:?}");
            assert!(log.contains("status=303"), "{log}");

            let (got, log) = send(app.clone(), &path, FETCH).await;
            assert_eq!(got.status, StatusCode::FORBIDDEN);
            assert!(got.is_gzip && got.cookie == "id=1", "{got:?}");
            assert!(log.contains("status=403"), "{log}");
        }
    }

    #[tokio::test]
    async fn a_log_inside_has_the_status_of_another_reply() {
        let app = routes()
            .layer(TraceLayer::new_for_http())
            .layer(returning());
        let (got, log) = send(app, "/contacts", FETCH).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN);
        assert!(log.contains("status=303"), "{log}");
    }

    #[tokio::test]
    async fn who_makes_calls_outside_has_no_user_to_send_away() {
        let app = routes().layer(returning()).layer(from_fn(profile));
        let (got, _) = send(app, "/profile", NAVIGATION).await;
        assert_eq!((got.status, &*got.location), (StatusCode::FORBIDDEN, ""));
    }
}
