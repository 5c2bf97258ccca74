//! The tests that `tests/reqwest_client.rs` runs for each version.

use std::{net::Ipv4Addr, pin::pin, sync::atomic::Ordering, task::Poll};

use axum::{response::Redirect, routing::get};
use http::{Request, Version};
use http_body::SizeHint;
use http_body_util::Full;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::compression::CompressionLayer;
use tower_privacy::{Privacy, PrivacyContext, PrivacyError, client::SendThrough};

use super::reqwest::{self, Body, Client, Method, RequestBuilder, Response};
use crate::support::{
    CONTACTS, DENIAL, HOME, LOCATION, OTHER_ERROR,
    body::{Script, Step},
    layer, redirect, return_url,
    server::{Server, upstream},
    xml,
};

/// How a request is sent through the layer.
#[derive(Clone, Copy, Debug)]
enum Way {
    Service,
    Execute,
    SendThrough,
}

const WAYS: [Way; 3] = [Way::Service, Way::Execute, Way::SendThrough];

impl Way {
    async fn send(self, request: RequestBuilder) -> Result<Response, PrivacyError> {
        if let Self::SendThrough = self {
            return request.send_through(&layer()).await;
        }
        let (client, request) = request.build_split();
        let mut client = ServiceBuilder::new().layer(layer()).service(client);
        match self {
            Self::Execute => client.execute(request?).await,
            _ => client.ready().await?.call(request?).await,
        }
    }

    async fn get(self, client: &Client, url: &str) -> Result<Response, PrivacyError> {
        self.send(client.get(url)).await
    }
}

async fn server() -> Server {
    let router = upstream()
        .route("/moved", get(|| async { Redirect::to("/contacts") }))
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
    let plain = Client::builder().no_gzip().build().unwrap();
    for client in [Client::new(), plain] {
        for way in WAYS {
            let denied = way.get(&client, &server.url("/denied")).await;
            assert_eq!(redirect(denied).location().as_str(), LOCATION, "{way:?}");
        }
    }
}

#[tokio::test]
async fn an_inspected_response_is_the_one_of_reqwest() {
    let server = server().await;
    let client = Client::builder().no_gzip().build().unwrap();
    for (way, path) in WAYS.into_iter().flat_map(|way| {
        let paths = ["/contacts", "/other-error", "/moved", "/json"];
        paths.map(|path| (way, path))
    }) {
        let expected = client.get(server.url(path)).send().await.unwrap();
        let response = way.get(&client, &server.url(path)).await.unwrap();
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
    for way in WAYS {
        let moved = way.get(&client, &server.url("/moved")).await.unwrap();
        assert_eq!(moved.url().path(), "/contacts");
    }
}

#[tokio::test]
async fn http_2_stays_http_2() {
    let server = server().await;
    let http2 = Client::builder().http2_prior_knowledge().build().unwrap();
    for way in WAYS {
        let response = way.get(&http2, &server.url("/contacts")).await.unwrap();
        assert_eq!(response.version(), Version::HTTP_2);
        assert_eq!(response.text().await.unwrap(), CONTACTS);
        redirect(way.get(&http2, &server.url("/denied")).await);
    }
}

/// Takes one request, and writes the beginning of a response.
async fn answer(listener: &TcpListener, beginning: &str) -> TcpStream {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut request = [0; 4096];
    assert_ne!(socket.read(&mut request).await.unwrap(), 0);
    socket.write_all(beginning.as_bytes()).await.unwrap();
    socket
}

const BEGINNING: &str =
    "HTTP/1.1 500 \r\ncontent-type: text/xml\r\ncontent-length: 100\r\n\r\n<error>";

#[tokio::test]
async fn a_body_that_breaks_off_gives_its_bytes_and_then_its_error() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    for way in WAYS {
        let server = async { answer(&listener, BEGINNING).await.shutdown().await.unwrap() };
        let client = Client::new();
        let (response, ()) = tokio::join!(way.get(&client, &url), server);
        let mut response = response.unwrap();
        assert_eq!(response.content_length(), Some(100));
        assert_eq!(response.chunk().await.unwrap().unwrap(), "<error>");
        response.chunk().await.unwrap_err();
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_early_leaves_no_connection_behind() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    for (way, beginning) in WAYS
        .into_iter()
        .flat_map(|way| [(way, ""), (way, BEGINNING)])
    {
        let client = Client::new();
        let mut socket = tokio::select! {
            call = way.get(&client, &url) => panic!("{way:?} has {call:?}"),
            socket = answer(&listener, beginning) => socket,
        };
        assert_eq!(socket.read(&mut [0]).await.unwrap(), 0, "{way:?}");
    }
}

#[tokio::test]
async fn a_head_request_has_nothing_to_inspect() {
    let server = server().await;
    for way in WAYS {
        let request = Client::new().request(Method::HEAD, server.url("/denied"));
        assert_eq!(way.send(request).await.unwrap().status(), 500);
    }
    // The inner service may be a cache, which has a body.
    let cache = service_fn(async |_: reqwest::Request| {
        Ok::<_, reqwest::Error>(Response::from(xml(DENIAL)))
    });
    let mut service = ServiceBuilder::new().layer(layer()).service(cache);
    let request = |method| reqwest::Request::new(method, HOME.parse().unwrap());
    redirect(service.call(request(Method::GET)).await);
    let response = service.call(request(Method::HEAD)).await.unwrap();
    assert_eq!(response.text().await.unwrap(), DENIAL);
}

#[tokio::test]
async fn a_body_whose_length_rules_it_out_is_not_read() {
    for (length, is_read) in [(0, false), (64 * 1024, true), (64 * 1024 + 1, false)] {
        let body = Script::of(["<error>"]).hinting(SizeHint::with_exact(length));
        let polls = body.polls();
        let mut response = Some(Response::from(xml(Body::wrap(body))));
        let client = service_fn(|_: reqwest::Request| {
            std::future::ready(response.take().ok_or("a second call"))
        });
        let request = reqwest::Request::new(Method::GET, HOME.parse().unwrap());
        let mut service = ServiceBuilder::new().layer(layer()).service(client);
        let response = service.call(request).await.unwrap();
        assert_eq!(response.content_length(), Some(length));
        assert_eq!(polls.load(Ordering::Relaxed) > 0, is_read, "{length}");
    }
}

#[track_caller]
fn returns_to(denied: Result<Response, PrivacyError>) -> String {
    redirect(denied).return_url().as_str().to_owned()
}

#[tokio::test]
async fn the_context_is_the_tasks_or_else_the_layers() {
    let server = server().await;
    let (client, url) = (Client::new(), server.url("/denied"));
    let context = PrivacyContext::new(return_url("https://app.example/contacts"));
    for way in WAYS {
        assert_eq!(returns_to(way.get(&client, &url).await), HOME);
        let denied = context.scope(way.get(&client, &url)).await;
        assert_eq!(returns_to(denied), "https://app.example/contacts");

        let denied = PrivacyContext::non_interactive()
            .scope(way.get(&client, &url))
            .await;
        assert!(matches!(denied, Err(PrivacyError::InteractionRequired(_))));
    }
}

#[tokio::test]
#[allow(
    clippy::async_yields_async,
    reason = "a call is made in one task and awaited in another"
)]
async fn a_call_moved_to_another_task_keeps_its_context_unless_that_task_has_its_own() {
    let server = server().await;
    let client = Privacy::new(Client::new(), &layer());
    let request = || client.get_ref().get(server.url("/denied"));
    let context =
        |path: &str| PrivacyContext::new(return_url(&format!("https://app.example/{path}")));

    let here = context("here");
    let execute = here.scope(async { client.execute(request().build().unwrap()) });
    let denied = tokio::spawn(execute.await).await.unwrap();
    assert_eq!(returns_to(denied), "https://app.example/here");
    let send_through = here.scope(async { request().send_through(&layer()) });
    let denied = tokio::spawn(send_through.await).await.unwrap();
    assert_eq!(returns_to(denied), "https://app.example/here");

    let execute = here.scope(async { client.execute(request().build().unwrap()) });
    let denied = context("there").scope(execute.await).await;
    assert_eq!(returns_to(denied), "https://app.example/there");
    let send_through = here.scope(async { request().send_through(&layer()) });
    let denied = context("there").scope(send_through.await).await;
    assert_eq!(returns_to(denied), "https://app.example/there");
}

#[tokio::test]
async fn a_failed_call_is_a_service_error_that_contains_reqwests() {
    for way in WAYS {
        let error = way.get(&Client::new(), "http://127.0.0.1:1/").await;
        let Err(PrivacyError::Service(error)) = error else {
            panic!("{error:?}")
        };
        assert!(error.downcast::<reqwest::Error>().unwrap().is_connect());

        let error = way.get(&Client::new(), "relative").await;
        let Err(PrivacyError::Service(error)) = error else {
            panic!("{error:?}")
        };
        assert!(error.downcast::<reqwest::Error>().unwrap().is_builder());
    }
}

#[tokio::test]
async fn extensions_are_kept() {
    #[derive(Clone, Debug, PartialEq)]
    struct Extension(u8);

    let mut service =
        ServiceBuilder::new()
            .layer(layer())
            .service(service_fn(|_: reqwest::Request| async {
                let mut response =
                    xml(reqwest::Body::wrap(Full::<bytes::Bytes>::from(OTHER_ERROR)));
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
    let mut service =
        ServiceBuilder::new()
            .layer(layer())
            .service(service_fn(|_: Request<()>| async {
                Ok::<_, std::convert::Infallible>(xml(Script::of([DENIAL])))
            }));
    redirect(service.ready().await.unwrap().call(Request::new(())).await);
}

#[tokio::test]
async fn no_error_of_reqwest_contains_a_secret_of_its_url() {
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
    let mut errors = vec![PrivacyError::from(
        Client::new().get(url).send().await.unwrap_err(),
    )];
    for way in WAYS {
        errors.push(way.get(&Client::new(), url).await.unwrap_err());
        // A `RequestBuilder` takes the password out of a URL. A `Request` keeps it.
        let url = "http://s3cret:s3cret@127.0.0.1:1/contacts".parse().unwrap();
        let request = reqwest::Request::new(Method::GET, url);
        let request = RequestBuilder::from_parts(Client::new(), request);
        errors.push(way.send(request).await.unwrap_err());
    }
    let (mut unready, mut handle) =
        tower_test::mock::spawn_layer::<reqwest::Request, Response, _>(layer());
    handle.send_error(Client::new().get(url).send().await.unwrap_err());
    errors.extend(match unready.poll_ready() {
        Poll::Ready(ready) => ready.err(),
        Poll::Pending => None,
    });
    assert_eq!(errors.len(), 1 + 2 * WAYS.len() + 1);
    for error in errors {
        let texts = texts(&error);
        assert!(texts.contains("http://127.0.0.1:1/contacts"), "{texts}");
        assert!(!texts.contains("s3cret"), "{texts}");
    }
}

#[tokio::test]
async fn a_handler_needs_nothing_but_question_marks() {
    async fn text(client: Privacy<Client>, url: String) -> Result<String, PrivacyError> {
        let request = client.get_ref().get(&url).build()?;
        let executed = client.execute(request).await?.error_for_status()?;
        let request = client.get_ref().get(&url);
        let sent = request.send_through(&layer()).await?.error_for_status()?;
        let request = client.get_ref().get(url).build()?;
        let called = client.oneshot(request).await?.error_for_status()?;
        Ok(executed.text().await? + &sent.text().await? + &called.text().await?)
    }

    let server = server().await;
    let client = Privacy::new(Client::new(), &layer());
    redirect(text(client.clone(), server.url("/denied")).await);
    let data = text(client.clone(), server.url("/json")).await.unwrap();
    assert_eq!(data, "{}{}{}");
    let error = text(client, server.url("/other-error")).await;
    assert!(matches!(error, Err(PrivacyError::Service(_))));
}

#[tokio::test]
async fn debug_says_what_a_call_waits_for() {
    let client = service_fn(async |_: reqwest::Request| {
        let body = Script::new([Step::<bytes::Bytes>::Hang]).hinting(SizeHint::new());
        Ok::<_, reqwest::Error>(Response::from(xml(Body::wrap(body))))
    });
    let mut service = ServiceBuilder::new().layer(layer()).service(client);
    let request = reqwest::Request::new(Method::GET, HOME.parse().unwrap());
    let mut call = pin!(service.call(request));
    assert_eq!(format!("{call:?}"), "ResponseFuture(Calling)");
    assert!(futures_util::poll!(call.as_mut()).is_pending());
    assert_eq!(format!("{call:?}"), "ResponseFuture(Inspecting)");
}

#[tokio::test]
async fn readiness_is_that_of_the_inner_service() {
    let (mut service, mut handle) =
        tower_test::mock::spawn_layer::<reqwest::Request, reqwest::Response, _>(layer());
    handle.allow(0);
    assert!(service.poll_ready().is_pending());
    handle.allow(1);
    assert!(service.poll_ready().is_ready());
}
