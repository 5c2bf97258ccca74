//! A denial makes the call fail with a signal that says where to send the user.

mod support;

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use support::{DENIAL, HOME, LOCATION, context, inspect, layer, redirect, return_url, xml};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_privacy::{
    Family, PrivacyContext, PrivacyEndpoint, PrivacyError, PrivacyLayer, RejectionKind,
};

fn body(text: &str) -> Full<Bytes> {
    Full::new(Bytes::copy_from_slice(text.as_bytes()))
}

fn pointing_to(url: &str) -> Full<Bytes> {
    body(&format!(
        "<error><detail>PrivacyAccessDeniedException</detail><url>{url}</url></error>"
    ))
}

async fn call(layer: &PrivacyLayer, request: Request<()>) -> PrivacyError {
    let mut service = layer.layer(service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(xml(body(DENIAL)))
    }));
    service
        .ready()
        .await
        .unwrap()
        .call(request)
        .await
        .unwrap_err()
}

fn returns_to(error: PrivacyError) -> String {
    redirect::<()>(Err(error)).return_url().as_str().to_owned()
}

#[tokio::test]
async fn a_denial_is_a_redirect_with_everything_that_the_upstream_sent() {
    let redirect = redirect(inspect(xml(body(DENIAL)), &context(), &layer()).await);
    assert_eq!(redirect.location().as_str(), LOCATION);
    assert_eq!(redirect.return_url().as_str(), HOME);
    let denial = redirect.denial();
    assert_eq!(denial.code(), Some("-3"));
    assert_eq!(denial.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(denial.family(), Some(Family::Contact));
    assert_eq!(denial.family().as_deref(), Some("contact"));
    assert_eq!(denial.service_id().as_deref(), Some("S1"));
    assert!(denial.attributes().eq(["see"]));
    assert_eq!(
        denial.interaction_url().as_str(),
        "http://privacy.orange.fr/urm-gui/interaction.do?family=contact&serviceId=S1&attributes=,see",
    );
}

#[tokio::test]
async fn a_denial_can_carry_any_status_and_label() {
    for status in [200, 201, 302, 400, 401, 403, 404, 500, 502, 503, 599] {
        for label in [
            None,
            Some("text/xml"),
            Some("application/xml; charset=utf-8"),
            Some("application/error+xml"),
            Some("text/html"),
            Some("text/plain"),
        ] {
            let mut response = Response::builder().status(status);
            if let Some(label) = label {
                response = response.header("content-type", label);
            }
            let response = response.body(body(DENIAL)).unwrap();
            let redirect = redirect(inspect(response, &context(), &layer()).await);
            assert_eq!(redirect.denial().status(), status, "{label:?}");
        }
    }
}

#[tokio::test]
async fn the_context_is_the_requests_own_then_the_tasks_then_the_layers() {
    let layer = layer();
    let request = || Request::new(());
    let context =
        |path: &str| PrivacyContext::new(return_url(&format!("https://app.example/{path}")));

    assert_eq!(returns_to(call(&layer, request()).await), HOME);

    let scoped = context("task").scope(call(&layer, request())).await;
    assert_eq!(returns_to(scoped), "https://app.example/task");

    let mut own = request();
    own.extensions_mut().insert(context("request"));
    let both = context("task").scope(call(&layer, own)).await;
    assert_eq!(returns_to(both), "https://app.example/request");
}

#[tokio::test]
async fn the_context_is_that_of_the_call_not_of_the_poll() {
    let mut service = layer().layer(service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(xml(body(DENIAL)))
    }));
    let context = PrivacyContext::new(return_url("https://app.example/task"));
    let service = service.ready().await.unwrap();
    let called = context
        .scope(std::future::poll_fn(|_| {
            std::task::Poll::Ready(service.call(Request::new(())))
        }))
        .await;
    assert_eq!(
        returns_to(called.await.unwrap_err()),
        "https://app.example/task"
    );
}

#[tokio::test]
async fn without_a_user_there_is_no_redirect() {
    let mut request = Request::new(());
    request
        .extensions_mut()
        .insert(PrivacyContext::non_interactive());
    let error = call(&layer(), request).await;
    let PrivacyError::InteractionRequired(denial) = error else {
        panic!("{error:?}")
    };
    assert_eq!(denial.family(), Some(Family::Contact));
}

#[tokio::test]
async fn a_url_that_must_not_be_followed_is_rejected() {
    use RejectionKind::{InvalidUrl, MissingUrl, UntrustedEndpoint};

    let page = "privacy.orange.fr/urm-gui/interaction.do";
    for (url, kind) in [
        (String::new(), MissingUrl),
        (" \n".into(), MissingUrl),
        ("urm-gui/interaction.do".into(), InvalidUrl),
        (format!("//{page}"), InvalidUrl),
        ("http://".into(), InvalidUrl),
        ("http://privacy.orange.fr:port/".into(), InvalidUrl),
        ("http://privacy orange.fr/".into(), InvalidUrl),
        ("javascript:alert(1)".into(), UntrustedEndpoint),
        ("data:text/html,x".into(), UntrustedEndpoint),
        (format!("ftp://{page}"), UntrustedEndpoint),
        (format!("http://user@{page}"), UntrustedEndpoint),
        (format!("http://user:password@{page}"), UntrustedEndpoint),
        (
            "http://privacy.orange.fr:8080/urm-gui/interaction.do".into(),
            UntrustedEndpoint,
        ),
        ("http://privacy.orange.fr/".into(), UntrustedEndpoint),
        (format!("http://{page}/x"), UntrustedEndpoint),
        (format!("http://x.{page}"), UntrustedEndpoint),
        (format!("http://evil.test/{page}"), UntrustedEndpoint),
        (format!("http://{page}@evil.test/"), UntrustedEndpoint),
        (
            "http://privacy.orange.fr@evil.test/urm-gui/interaction.do".into(),
            UntrustedEndpoint,
        ),
        (
            "http://privacy.orange.fr.evil.test/urm-gui/interaction.do".into(),
            UntrustedEndpoint,
        ),
        (
            "http://privacy.orange.fr\\@evil.test/urm-gui/interaction.do".into(),
            UntrustedEndpoint,
        ),
        (
            "http://int4.mdsp.rec.orange.fr/urm-gui/interaction.do".into(),
            UntrustedEndpoint,
        ),
    ] {
        for context in [context(), PrivacyContext::non_interactive()] {
            let error = inspect(xml(pointing_to(&url)), &context, &layer())
                .await
                .unwrap_err();
            let PrivacyError::Rejected(rejected) = error else {
                panic!("{url}: {error:?}")
            };
            assert_eq!(rejected.kind(), kind, "{url}");
            assert_eq!(rejected.status(), 500);
        }
    }
    let none = body("<error><detail>PrivacyAccessDeniedException</detail></error>");
    let error = inspect(xml(none), &context(), &layer()).await.unwrap_err();
    assert!(matches!(error, PrivacyError::Rejected(rejected) if rejected.kind() == MissingUrl));
}

#[tokio::test]
async fn only_listed_pages_are_trusted() {
    let own = "https://privacy.example/interaction.do";
    let documented = [
        "http://privacy.orange.fr/urm-gui/interaction.do",
        "https://privacy.orange.fr/urm-gui/interaction.do",
        "http://int4.mdsp.rec.orange.fr/privacy/interaction.do",
        "https://int4.mdsp.rec.orange.fr/privacy/interaction.do",
    ];
    let endpoint = || PrivacyEndpoint::new(own).unwrap();
    let follows = async |layer: PrivacyLayer, url: &str| match inspect(
        xml(pointing_to(url)),
        &context(),
        &layer,
    )
    .await
    {
        Err(PrivacyError::Redirect(_)) => true,
        Err(PrivacyError::Rejected(_)) => false,
        other => panic!("{url}: {other:?}"),
    };
    for url in documented {
        assert!(follows(layer(), url).await, "{url}");
        assert!(follows(layer().also_trust(endpoint()), url).await, "{url}");
        assert!(
            !follows(layer().trust_only([endpoint()]), url).await,
            "{url}"
        );
    }
    assert!(!follows(layer(), own).await);
    assert!(follows(layer().also_trust(endpoint()), own).await);
    assert!(follows(layer().trust_only([endpoint()]), own).await);
    assert!(!follows(layer().trust_only([]), own).await);
}

#[tokio::test]
async fn the_interaction_url_is_copied_and_only_the_return_url_is_added() {
    let page = "http://privacy.orange.fr/urm-gui/interaction.do";
    let back = "https://app.example/a?b=1&c=%26#d+e";
    let encoded = "https%3A%2F%2Fapp.example%2Fa%3Fb%3D1%26c%3D%2526%23d%2Be";
    let context = PrivacyContext::new(return_url(back));
    for (query, location) in [
        (
            "?family=contact&amp;attributes=,see",
            format!("?family=contact&attributes=,see&urlRetour={encoded}"),
        ),
        (
            "?attributes=%2Csee&amp;x=%c3%A9+",
            format!("?attributes=%2Csee&x=%c3%A9+&urlRetour={encoded}"),
        ),
        ("?x=&amp;amp;y", format!("?x=&amp;y&urlRetour={encoded}")),
        (
            "?urlRetour=http://evil.test/&amp;x=1",
            format!("?x=1&urlRetour={encoded}"),
        ),
        (
            "?%75rlRetour=a&amp;x=1&amp;urlRetour=b",
            format!("?x=1&urlRetour={encoded}"),
        ),
        ("#top", format!("?urlRetour={encoded}#top")),
        ("?x=1#top", format!("?x=1&urlRetour={encoded}#top")),
    ] {
        let response = xml(pointing_to(&format!("{page}{query}")));
        let redirect = redirect(inspect(response, &context, &layer()).await);
        assert_eq!(redirect.location().as_str(), format!("{page}{location}"));
        assert_eq!(redirect.return_url().as_str(), back);
    }
}
