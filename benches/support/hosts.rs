//! Requests to a host, and the layers around its handlers.

use std::{
    cell::RefCell,
    convert::Infallible,
    future::{Ready, ready},
    time::Duration,
};

use actix_web::{
    HttpResponse,
    dev::{ServiceRequest, ServiceResponse, Transform, fn_service},
    test::TestRequest,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::Full;
use tower::{BoxError, Layer, Service, layer::util::Identity, service_fn};
use tower_http::cors::CorsLayer;
use tower_privacy::{
    Privacy, PrivacyError, PrivacyLayer, PrivacyReturnLayer, ReturnUrl, actix::PrivacyReturn,
};

use super::{
    answers::{self, Upstream},
    now::now,
    peers::{Bare, Peer, Until},
};

/// A request that opens a page.
pub const PAGE: &str = "/contacts?page=2";

/// The same, by a user who comes back.
pub const MARKED: &str = "/contacts?page=2&fromOrangePrivacy=1764000000.11~contact.see";

/// The headers that Chromium sends, besides the host.
pub type Headers = &'static [(&'static str, &'static str)];

/// Those of a navigation.
pub static WINDOW: [(&str, &str); 12] = [
    (
        "sec-ch-ua",
        "\"Chromium\";v=\"156\", \"Not_A Brand\";v=\"99\"",
    ),
    ("sec-ch-ua-mobile", "?0"),
    ("sec-ch-ua-platform", "\"Linux\""),
    ("upgrade-insecure-requests", "1"),
    (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    ),
    (
        "accept",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    ),
    ("sec-fetch-site", "same-origin"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
    ("referer", "https://app.example/"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("accept-language", "fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7"),
];

/// Those of a `fetch`.
pub static SCRIPT: [(&str, &str); 12] = {
    let mut headers = WINDOW;
    headers[5] = ("accept", "*/*");
    headers[7] = ("sec-fetch-mode", "cors");
    headers[8] = ("sec-fetch-dest", "empty");
    headers[9] = ("referer", "https://app.example/contacts?page=2");
    headers
};

/// A host, and a request to it.
pub struct Host<R: 'static> {
    pub request: Box<dyn Fn() -> R>,
    pub answer: &'static dyn Fn(R) -> u16,
}

/// A request that is ready to be sent, to a host that has replied before.
pub type Call = Box<dyn FnOnce() -> u16>;

impl<R: 'static> Host<R> {
    pub fn call(self) -> Call {
        for _ in 0..2 {
            (self.answer)((self.request)());
        }
        let (answer, request) = (self.answer, (self.request)());
        Box::new(move || answer(request))
    }
}

fn base() -> ReturnUrl {
    ReturnUrl::try_from("https://app.example/").expect("a valid URL")
}

/// The layer around the handler.
#[derive(Clone, Copy, Debug)]
pub enum Around {
    Nothing,
    Ours,
    Cors,
}

/// A Tower host.
pub fn tower(around: Around, target: &'static str) -> Host<Request<()>> {
    tower_around(around, handle, target, &WINDOW)
}

/// A Tower host whose handler makes a call that is denied. Without the layers, it reads the answer.
pub fn tower_denied(is_ours: bool, target: &'static str, headers: Headers) -> Host<Request<()>> {
    if is_ours {
        let handler = |_| ready(call().map(|()| Response::default()));
        tower_around(Around::Ours, handler, target, headers)
    } else {
        let handler = |_| {
            bare_call();
            ready(Ok::<_, Infallible>(Response::default()))
        };
        tower_around(Around::Nothing, handler, target, headers)
    }
}

fn tower_around<E>(
    around: Around,
    handler: fn(Request<()>) -> Answer<E>,
    target: &'static str,
    headers: Headers,
) -> Host<Request<()>>
where
    E: Into<BoxError> + std::fmt::Debug + 'static,
{
    let handler = service_fn(handler);
    match around {
        Around::Nothing => through(&Identity::new(), handler, target, headers),
        Around::Ours => through(&PrivacyReturnLayer::new(base()), handler, target, headers),
        Around::Cors => through(&CorsLayer::permissive(), handler, target, headers),
    }
}

fn through<H, S, B>(
    layer: &impl Layer<H, Service = S>,
    handler: H,
    target: &'static str,
    headers: Headers,
) -> Host<Request<()>>
where
    S: Service<Request<()>, Response = Response<B>, Error: std::fmt::Debug> + 'static,
{
    let service = RefCell::new(layer.layer(handler));
    let answer = move |request| {
        let response = now(service.borrow_mut().call(request)).expect("it does not fail");
        response.status().as_u16()
    };
    Host {
        request: Box::new(move || {
            let mut request = Request::get(target).body(()).expect("a valid request");
            for &(name, value) in headers {
                let (name, value) = (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                );
                request.headers_mut().append(name, value);
            }
            request
        }),
        // It is not dropped with a call, as in a running program.
        answer: Box::leak(Box::new(answer)),
    }
}

type Answer<E> = Ready<Result<Response<Full<Bytes>>, E>>;

fn handle(_: Request<()>) -> Answer<Infallible> {
    ready(Ok(Response::new(Full::default())))
}

thread_local! {
    static BARE: RefCell<Bare> = RefCell::new(Bare::new(&answers::denial()));
    /// The markers of the benches do not expire.
    static LAYERED: RefCell<Privacy<Upstream>> = RefCell::new(
        PrivacyLayer::new()
            .marker_life(Duration::MAX)
            .layer(Upstream(answers::denial())),
    );
}

fn bare_call() {
    BARE.with_borrow_mut(|bare| bare.call(Until::End));
}

fn call() -> Result<(), PrivacyError> {
    LAYERED.with_borrow_mut(|layered| now(layered.call(Request::new(()))).map(drop))
}

/// An actix-web host.
pub fn actix(around: Around, target: &'static str) -> Host<ServiceRequest> {
    let handler = |request: ServiceRequest| request.into_response(HttpResponse::Ok());
    actix_around(around, handler, target, &WINDOW)
}

/// An actix-web host whose handler makes a call that is denied. Without the layers, it reads the answer.
pub fn actix_denied(is_ours: bool, target: &'static str, headers: Headers) -> Host<ServiceRequest> {
    if is_ours {
        let handler = |request: ServiceRequest| match call() {
            Ok(()) => request.into_response(HttpResponse::Ok()),
            Err(error) => request.error_response(error),
        };
        actix_around(Around::Ours, handler, target, headers)
    } else {
        let handler = |request: ServiceRequest| {
            bare_call();
            request.into_response(HttpResponse::Ok())
        };
        actix_around(Around::Nothing, handler, target, headers)
    }
}

fn actix_around(
    around: Around,
    handler: fn(ServiceRequest) -> ServiceResponse,
    target: &'static str,
    headers: Headers,
) -> Host<ServiceRequest> {
    let handler = fn_service(move |request| ready(Ok::<_, actix_web::Error>(handler(request))));
    match around {
        Around::Nothing => actix_host(handler, target, headers),
        Around::Ours => {
            let ours = PrivacyReturn::new(base()).new_transform(handler);
            actix_host(now(ours).expect("it is made"), target, headers)
        }
        Around::Cors => {
            let cors = actix_cors::Cors::permissive().new_transform(handler);
            actix_host(now(cors).expect("it is made"), target, headers)
        }
    }
}

fn actix_host<S, B>(service: S, target: &'static str, headers: Headers) -> Host<ServiceRequest>
where
    S: actix_web::dev::Service<
            ServiceRequest,
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
        > + 'static,
{
    let answer = move |request| {
        let response = now(service.call(request)).expect("it does not fail");
        response.status().as_u16()
    };
    Host {
        request: Box::new(move || {
            let request = TestRequest::with_uri(target);
            let headers = headers.iter().copied();
            headers
                .fold(request, TestRequest::append_header)
                .to_srv_request()
        }),
        answer: Box::leak(Box::new(answer)),
    }
}
