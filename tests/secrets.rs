//! Puts a token into the request's URL, headers and body, into the upstream's answer and into the return URL,
//! and checks that this crate never prints it.
#![cfg(all(
    feature = "axum",
    any(feature = "reqwest", feature = "reqwest-0-12"),
    feature = "tracing"
))]

mod support;

use std::{
    convert::Infallible,
    error::Error,
    fmt::Debug,
    io,
    pin::pin,
    task::{Context, Waker},
};

use axum::{Router, routing::any};
use http::{Response, StatusCode, header::AUTHORIZATION};
use http_body_util::{BodyExt, Full};
use support::{DENIAL, inspect, log::Log, server::Server, xml};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_privacy::{
    Privacy, PrivacyContext, PrivacyEndpoint, PrivacyError, PrivacyLayer, PrivacyReturnLayer,
    ReturnUrl, client::SendThrough,
};

const SECRET: &str = "s3cret";

/// Everything that was printed, and what printed it.
#[derive(Default)]
struct Printed(Vec<(String, String)>);

impl Printed {
    fn debug(&mut self, of: &str, value: &dyn Debug) {
        self.0.push((of.to_owned(), format!("{value:?}")));
        self.0.push((of.to_owned(), format!("{value:#?}")));
    }

    /// An error and all its sources.
    fn error(&mut self, of: &str, error: &(dyn Error + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.debug(of, &error);
            self.0.push((of.to_owned(), error.to_string()));
            next = error.source();
        }
    }

    #[track_caller]
    fn check(&self, at_least: usize) {
        assert!(self.0.len() >= at_least, "{}", self.0.len());
        for (of, text) in &self.0 {
            assert!(!text.contains(SECRET), "{of}: {text}");
        }
    }
}

/// Denials of each kind, and other answers, with the token in every possible place.
fn answers() -> Vec<(&'static str, String)> {
    let denial = DENIAL
        .replace("S1", SECRET)
        .replace("operation non autorisee", SECRET);
    let with_url = |url: &str| {
        let (before, rest) = denial.split_once("<url>").unwrap();
        let (_, after) = rest.split_once("</url>").unwrap();
        format!("{before}<url>{url}</url>{after}")
    };
    vec![
        ("a denial", denial.clone()),
        ("an untrusted page", denial.replace("orange", "0range")),
        (
            "a user",
            with_url("http://s3cret@privacy.orange.fr/urm-gui/interaction.do"),
        ),
        ("a host", with_url("http://s3cret.test/?s3cret#s3cret")),
        ("another scheme", with_url("data:s3cret")),
        ("no url", with_url("")),
        ("an invalid url", with_url("s3cret")),
        ("a fragment", denial.replace(",see", ",see#s3cret")),
        ("another answer", format!("<error>{SECRET}</error>")),
    ]
}

fn contexts() -> [PrivacyContext; 2] {
    let back: ReturnUrl = "https://app.example/?t=s3cret#s3cret".parse().unwrap();
    [PrivacyContext::new(back), PrivacyContext::non_interactive()]
}

fn secretive_layer() -> PrivacyLayer {
    PrivacyLayer::new().return_to("https://app.example/home?s3cret#s3cret".parse().unwrap())
}

#[tokio::test]
async fn no_error_no_debug_and_no_event_prints_a_token() {
    let (log, _guard) = Log::begin();
    let mut printed = Printed::default();
    let mut events = 0;

    for context in contexts() {
        printed.debug("a context", &context);
        for (name, body) in answers() {
            let looked = inspect(
                xml(Full::<bytes::Bytes>::from(body)),
                &context,
                &secretive_layer(),
            );
            printed.debug("the future", &looked);
            match looked.await {
                Err(error) => {
                    events += 1;
                    printed.error(name, &error);
                    match &error {
                        PrivacyError::Redirect(redirect) => {
                            printed.debug("a redirect", redirect);
                            printed.debug("a denial", redirect.denial());
                            printed.debug("a return URL", redirect.return_url());
                        }
                        PrivacyError::Rejected(rejected) => {
                            printed.error("a rejection", rejected);
                            printed.debug("its kind", &rejected.kind());
                        }
                        _ => {}
                    }
                    printed.error("anyhow's", anyhow::Error::new(error).as_ref());
                }
                Ok(response) => printed.debug("a body", response.body()),
            }
        }
    }
    let text = log.text();
    assert_eq!(text.lines().count(), events, "{text}");
    printed.0.push(("the events".to_owned(), text));

    for url in [
        "s3cret",
        "ftp://s3cret/",
        "http://s3cret:s3cret@x/?s3cret",
        "http:///s3cret:x",
    ] {
        if let Err(error) = ReturnUrl::try_from(url) {
            printed.error(url, &error);
        }
        if let Err(error) = PrivacyEndpoint::new(url) {
            printed.error(url, &error);
        }
    }
    printed.debug("the layer", &secretive_layer());
    printed.check(150);
}

/// A server that gives each of the answers at a path of its own.
async fn server() -> Server {
    let answer = any(async |uri: http::Uri| {
        let (_, body) = answers().swap_remove(uri.path()[1..].parse().unwrap_or(0));
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    });
    Server::start(Router::new().fallback(answer)).await
}

/// The same over real sockets: the token is in each part of the request, and the call fails in every possible
/// way.
macro_rules! calls_with_a_token {
    ($test:ident, $reqwest:ident) => {
        #[tokio::test]
        async fn $test() {
            let (log, _guard) = Log::begin();
            let server = server().await;
            let layer = secretive_layer();
            let mut client: Privacy<$reqwest::Client> = layer.layer($reqwest::Client::new());
            let mut printed = Printed::default();
            printed.debug("the service", &client);

            let nowhere = "http://127.0.0.1:9".to_owned();
            let urls = (0..answers().len())
                .map(|n| server.url(&format!("/{n}")))
                .chain([nowhere]);
            for url in urls {
                for context in contexts() {
                    let request = || {
                        let request = client.get_ref().post(format!("{url}?token={SECRET}"));
                        request.header(AUTHORIZATION, SECRET).body(SECRET)
                    };
                    let sent = request().send_through(&layer);
                    let request = request().build();
                    let executed = request.as_ref().unwrap().try_clone().unwrap();
                    let executed = client.execute(executed);
                    for sent in [context.scope(sent).await, context.scope(executed).await] {
                        let failed = sent.and_then(|response| Ok(response.error_for_status()?));
                        printed.error(&url, &failed.unwrap_err());
                    }
                    let client = &mut client;
                    let result = context
                        .scope(async move {
                            let call = client.ready().await?.call(request?);
                            let text = format!("{call:?}");
                            let response = call.await?.error_for_status()?;
                            Ok::<_, PrivacyError>((text, response.text().await?))
                        })
                        .await;
                    printed.error(&url, &result.unwrap_err());
                }
            }
            let text = log.text();
            assert!(text.lines().count() >= 42, "{text}");
            printed.0.push(("the events".to_owned(), text));
            printed.check(300);
        }
    };
}

#[cfg(feature = "reqwest")]
calls_with_a_token!(no_failure_of_a_client_prints_the_token_of_the_call, reqwest);
#[cfg(feature = "reqwest-0-12")]
calls_with_a_token!(
    no_failure_of_reqwest_0_12_prints_the_token_of_the_call,
    reqwest_0_12
);

/// A token in the request to the host, and in the error behind its reply.
#[tokio::test]
async fn no_reply_names_the_cause_of_a_failure_and_the_host_prints_no_token() {
    let layer = PrivacyReturnLayer::new("https://app.example/?s3cret#s3cret".parse().unwrap())
        .landing_page("https://app.example/home?s3cret".parse().unwrap());
    let mut printed = Printed::default();
    printed.debug("the layer", &layer);
    for (header, status) in [
        (("sec-fetch-mode", "navigate"), 502),
        (("sec-fetch-mode", "cors"), 502),
        (("accept", "application/x, text/html"), 502),
        (("hx-request", "true"), 200),
        (("x-inertia", "true"), 502),
        (("x-turbo-request-id", "s3cret"), 502),
        (("x-up-version", "3"), 502),
    ] {
        let mut host = layer
            .clone()
            .layer(service_fn(async |_: http::Request<()>| {
                let cause = io::Error::other(SECRET);
                Err::<Response<Full<bytes::Bytes>>, _>(PrivacyError::Service(cause.into()))
            }));
        printed.debug("the host", &host);
        let request = http::Request::get("/s3cret?token=s3cret").header(header.0, header.1);
        let call = host.ready().await.unwrap().call(request.body(()).unwrap());
        printed.debug("the future", &call);
        let response = call.await.unwrap();
        assert_eq!(response.status(), status, "{header:?}");
        printed.debug("the head", &response.headers());
        let body = response.into_body().collect().await.unwrap().to_bytes();
        printed.0.push((
            format!("{header:?}"),
            String::from_utf8(body.to_vec()).unwrap(),
        ));
    }
    printed.check(31);
}

/// Not even a call that never finishes prints it.
#[tokio::test]
async fn the_debug_of_a_pending_call_prints_none_of_its_content() {
    let mut service = secretive_layer().layer(service_fn(
        |request: http::Request<&'static str>| async move {
            std::future::pending::<()>().await;
            Ok::<_, Infallible>(xml(Full::<bytes::Bytes>::from(request.into_body())))
        },
    ));
    let request = http::Request::get("http://x/?s3cret").body(SECRET).unwrap();
    let mut call = pin!(service.ready().await.unwrap().call(request));
    let _ = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let mut printed = Printed::default();
    printed.debug("the call", &call);
    printed.check(2);
}
