//! One event for each denial, without secrets.
#![cfg(feature = "tracing")]

mod support;

use support::{DENIAL, OTHER_ERROR, context, inspect, layer, log::Log, xml};
use tower_privacy::{PrivacyContext, PrivacyLayer};

#[tokio::test]
async fn each_denial_is_one_event_without_its_url() {
    let (log, _guard) = Log::begin();

    let denial = DENIAL.replace("S1", "s3cret");
    let untrusted = denial.replace("orange", "0range");
    let nobody = PrivacyContext::non_interactive();
    for (document, context) in [
        (denial.as_str(), &context()),
        (&denial, &nobody),
        (&untrusted, &context()),
        (OTHER_ERROR, &context()),
    ] {
        let _ = inspect(xml(document.to_owned()), context, &layer()).await;
    }

    let text = log.text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].contains("INFO tower_privacy"), "{text}");
    assert!(
        lines[0].ends_with(
            "the user must visit a page first status=500 protocol=\"orange\" family=\"contact\" \
             outcome=\"redirected\""
        ),
        "{text}"
    );
    assert!(
        lines[1].contains("INFO") && lines[1].contains("no user to ask"),
        "{text}"
    );
    assert!(lines[2].contains("WARN"), "{text}");
    assert!(
        lines[2].contains("reason=points to an untrusted endpoint"),
        "{text}"
    );
    for secret in ["s3cret", "http", "0range"] {
        assert!(!text.contains(secret), "{text}");
    }
}

/// A user who comes back with the marker of the permission, through the host side.
#[cfg(feature = "axum")]
#[tokio::test]
async fn a_refusal_is_one_event_without_its_url() {
    use tower::{Layer, ServiceExt, service_fn};
    use tower_privacy::PrivacyReturnLayer;

    let (log, _guard) = Log::begin();

    let host = PrivacyReturnLayer::new(support::return_url("https://app.example/")).layer(
        layer().layer(service_fn(async |_: http::Request<()>| {
            Ok::<_, std::convert::Infallible>(xml(DENIAL.to_owned()))
        })),
    );
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let request = http::Request::get(format!("/s3cret?fromOrangePrivacy={now}~contact.see"))
        .header("sec-fetch-mode", "navigate");
    let response = host.oneshot(request.body(()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 403);

    let text = log.text();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.contains("INFO tower_privacy")
            && text.contains("the step is still required status=500 protocol=\"orange\" family"),
        "{text}"
    );
    assert!(!text.contains("s3cret") && !text.contains("http"), "{text}");
}

/// A job may declare that it has no user. A call without any context has lost it, or never had it.
#[tokio::test]
async fn a_denial_without_any_context_is_a_warning_in_an_app_that_has_a_host_side() {
    let (log, _guard) = Log::begin();
    let denied = || xml(DENIAL.to_owned());
    let _ = PrivacyLayer::new().inspect(denied()).await;
    let nobody = PrivacyContext::non_interactive();
    let _ = nobody.scope(PrivacyLayer::new().inspect(denied())).await;
    let somebody = PrivacyLayer::new().return_to(support::return_url("https://app.example/"));
    let _ = somebody.inspect(denied()).await;

    let text = log.text();
    let lines: Vec<_> = text.lines().collect();
    let is_host = cfg!(any(feature = "actix", feature = "axum"));
    let (level, advice) = if is_host {
        (
            "WARN",
            "spawned without one, or no return layer wraps its handler",
        )
    } else {
        ("INFO", "no user to ask")
    };
    assert!(
        lines[0].contains(level) && lines[0].contains(advice),
        "{text}"
    );
    assert!(
        lines[1].contains("INFO") && lines[1].contains("no user to ask"),
        "{text}"
    );
    assert!(
        lines[2].contains("INFO") && lines[2].contains("redirected"),
        "{text}"
    );
    assert!(
        lines
            .iter()
            .take(2)
            .all(|line| line.contains("outcome=\"interaction_required\""))
    );
}

/// The names distinguish two upstreams of one protocol. An upstream of another protocol has no family.
#[tokio::test]
async fn an_event_has_the_layers_name_for_the_upstream() {
    let (log, _guard) = Log::begin();
    let layer = layer().named("home");
    let _ = inspect(xml(DENIAL.to_owned()), &context(), &layer).await;
    let url = "http://privacy.orange.fr/urm-gui/interaction.do?family=contact";
    let denial = tower_privacy::Denial::new("consent", url.parse().unwrap()).with_code("s3cret");
    let _ = layer.signal(denial);

    let text = log.text();
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[0].contains("protocol=\"orange\" upstream=\"home\" family=\"contact\""),
        "{text}"
    );
    assert!(
        lines[1].contains("status=403 protocol=\"consent\" upstream=\"home\" outcome"),
        "{text}"
    );
    assert!(!text.contains("s3cret"), "{text}");
}

/// A filter for the crate's name must let them through.
#[tokio::test]
async fn the_target_of_an_event_is_the_name_of_the_crate() {
    let (log, _guard) = Log::begin();
    let _ = inspect(xml(DENIAL.to_owned()), &context(), &layer()).await;
    assert!(
        log.text().contains("INFO tower_privacy: the user must"),
        "{}",
        log.text()
    );
}

#[tokio::test]
async fn a_failure_is_one_event_without_the_text_of_the_error() {
    use tower::{Layer, ServiceExt, service_fn};

    let (log, _guard) = Log::begin();
    let client = layer().layer(service_fn(async |_: http::Request<()>| {
        Err::<http::Response<String>, _>(std::io::Error::other("http://api.example/?token=s3cret"))
    }));
    assert!(client.oneshot(http::Request::new(())).await.is_err());
    let text = log.text();
    assert!(
        text.contains("WARN tower_privacy: the inner service failed"),
        "{text}"
    );
    assert!(
        text.lines().count() == 1 && !text.contains("s3cret"),
        "{text}"
    );
}

#[cfg(all(feature = "reqwest-middleware", feature = "reqwest-middleware-0-4"))]
#[tokio::test]
async fn a_failure_of_reqwest_is_one_event_by_any_way() {
    use tower::ServiceExt;
    use tower_privacy::{Privacy, client::SendThrough};

    macro_rules! fails {
        ($reqwest:ident, $middleware:ident) => {
            let client = $reqwest::Client::new();
            let request = || client.get("http://127.0.0.1:1/");
            let (log, _guard) = Log::begin();
            assert!(request().send_through(&layer()).await.is_err());
            let service = Privacy::new(client.clone(), &layer());
            let executed = service.execute(request().build().unwrap()).await;
            assert!(executed.is_err());
            let called = service.oneshot(request().build().unwrap()).await;
            assert!(called.is_err());
            let client = $middleware::ClientBuilder::new(client.clone());
            let client = client.with(layer()).build();
            assert!(client.get("http://127.0.0.1:1/").send().await.is_err());
            let events = log.text().matches("the inner service failed").count();
            assert_eq!(events, 4, "{}", stringify!($reqwest));
        };
    }
    fails!(reqwest, reqwest_middleware);
    fails!(reqwest_0_12, reqwest_middleware_0_4);
}

/// Otherwise a denial could write any text into the log.
#[tokio::test]
async fn a_family_that_is_not_documented_is_not_repeated() {
    let (log, _guard) = Log::begin();
    let denial = DENIAL.replace("family=contact", "family=%0as3cret");
    let _ = inspect(xml(denial), &context(), &layer()).await;
    assert!(log.text().contains("family=\"other\""), "{}", log.text());
}

/// Beside an app whose log they join.
#[cfg(feature = "sandbox")]
#[tokio::test]
async fn a_sandbox_logs_each_step_without_urls_and_tokens() {
    use axum::body::Body;
    use tower::ServiceExt;
    use tower_privacy::sandbox::{Choice, Sandbox};

    let (log, _guard) = Log::begin();

    let sandbox = Sandbox::new();
    sandbox.script([Choice::Once]);
    let page = "/urm-gui/interaction.do?family=contact&serviceId=YOURSITE002242432462\
                &attributes=,see&urlRetour=https%3A%2F%2Fapp.example%2Fs3cret";
    for url in [
        "/contacts?token=s3cret",
        "/contacts?token=sandbox-token",
        page,
        "/contacts?token=sandbox-token",
    ] {
        let request = http::Request::get(format!("http://orange.test{url}"));
        let request = request.body(Body::empty()).unwrap();
        sandbox.router().oneshot(request).await.unwrap();
    }

    let text = log.text();
    let lines = text.lines().map(|line| {
        let line = line.trim_start();
        line.strip_prefix("INFO tower_privacy::sandbox::event: sandbox: ")
            .unwrap()
    });
    let called =
        "an API was called protocol=\"orange\" path=\"/contacts\" permissions=\"contact.see\"";
    assert!(
        lines.eq([
            "a call failed status=401",
            &format!("{called} granted=false"),
            "the user opened a page protocol=\"orange\" permissions=\"contact.see\"",
            "the user chose protocol=\"orange\" permissions=\"contact.see\" choice=\"once\"",
            &format!("{called} granted=true"),
        ]),
        "{text}"
    );
    for secret in ["s3cret", "http", "sandbox-token"] {
        assert!(!text.contains(secret), "{text}");
    }
}
