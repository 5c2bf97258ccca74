//! The error: it is found through any wrapper, it is small, and it prints no secrets.

mod support;

use std::{error::Error, fmt, io, sync::Arc};

use support::{DENIAL, context, inspect, layer, xml};
use tower_privacy::{
    BoxError, PrivacyContext, PrivacyEndpoint, PrivacyError, PrivacyLayer, ReturnUrl,
};

async fn denied() -> PrivacyError {
    inspect(xml(DENIAL.to_owned()), &context(), &layer())
        .await
        .unwrap_err()
}

async fn every_signal() -> [PrivacyError; 3] {
    let rejected = DENIAL.replace("orange", "0range");
    [
        denied().await,
        inspect(
            xml(DENIAL.to_owned()),
            &PrivacyContext::non_interactive(),
            &layer(),
        )
        .await
        .unwrap_err(),
        inspect(xml(rejected), &context(), &layer())
            .await
            .unwrap_err(),
    ]
}

/// Finds the error, and checks that it has the same text.
#[track_caller]
fn found(error: &(dyn Error + 'static), expected: &str) {
    let found = PrivacyError::find(error).expect("found");
    assert_eq!(format!("{found:?}"), expected);
}

#[derive(Debug, thiserror::Error)]
enum App {
    #[error("no contacts")]
    Privacy(#[from] PrivacyError),
    #[error(transparent)]
    Transparent(PrivacyError),
    #[error(transparent)]
    Anyhow(#[from] anyhow::Error),
    #[error("boxed")]
    Boxed(#[source] BoxError),
    #[error(transparent)]
    TransparentBoxed(BoxError),
}

#[tokio::test]
async fn a_signal_is_found_through_any_wrapper() {
    for n in 0..3 {
        let make = async || every_signal().await.into_iter().nth(n).unwrap();
        let name = format!("{:?}", make().await);

        found(&make().await, &name);
        let boxed: BoxError = Box::new(make().await);
        found(&*boxed, &name);
        found(&Box::new(make().await), &name);
        found(&Arc::new(make().await), &name);
        found(&io::Error::other(make().await), &name);
        found(&App::from(make().await), &name);
        found(&App::Transparent(make().await), &name);
        found(&App::Boxed(Box::new(make().await)), &name);
        found(&App::TransparentBoxed(Box::new(make().await)), &name);
        found(&App::Boxed(Box::new(App::Transparent(make().await))), &name);
        found(&PrivacyError::Service(Box::new(make().await)), &name);

        let anyhow = anyhow::Error::new(make().await)
            .context("contacts")
            .context("page");
        found(anyhow.as_ref(), &name);
        found(&App::Anyhow(anyhow), &name);
        found(&App::Anyhow(make().await.into()), &name);
    }
}

#[test]
fn a_service_error_is_found_and_its_source_is_the_services_error() {
    let error = PrivacyError::Service("connection refused".into());
    assert_eq!(error.source().unwrap().to_string(), "connection refused");
    let wrapped = App::from(error);
    assert!(matches!(
        PrivacyError::find(&wrapped),
        Some(PrivacyError::Service(_))
    ));
}

#[tokio::test]
async fn a_service_error_that_wraps_a_denial_is_a_denial() {
    for denial in every_signal().await {
        assert!(denial.is_denial());
        let wrapped = App::from(PrivacyError::Service(App::from(denial).into()));
        assert!(PrivacyError::Service(wrapped.into()).is_denial());
    }
    let failure = PrivacyError::Service("connection refused".into());
    assert!(!PrivacyError::Service(failure.into()).is_denial());
}

#[test]
fn another_error_is_not_found() {
    assert!(PrivacyError::find(&io::Error::other("x")).is_none());
    assert!(PrivacyError::find(&fmt::Error).is_none());
    assert!(PrivacyError::find(&App::Anyhow(anyhow::anyhow!("x").context("y"))).is_none());
}

#[tokio::test]
async fn text_is_lower_case_and_no_error_repeats_its_source() {
    for error in every_signal()
        .await
        .into_iter()
        .chain([PrivacyError::Service("x".into())])
    {
        let text = error.to_string();
        assert!(text.starts_with(|c: char| c.is_lowercase()), "{text}");
        assert!(!text.ends_with('.'), "{text}");
        let source = error.source().unwrap().to_string();
        assert!(!text.contains(&source), "{text}: {source}");
    }
}

#[tokio::test]
async fn nothing_prints_a_query_a_body_or_an_inner_error() {
    let secret = "s3cret";
    let denial = DENIAL
        .replace("S1", secret)
        .replace("operation non autorisee", secret);
    let rejected = denial.replace("orange", "0range");
    let back = PrivacyContext::new(support::return_url("https://app.example/?t=s3cret#s3cret"));
    let mut errors = vec![PrivacyError::Service(secret.into())];
    for (body, context) in [
        (denial.clone(), &back),
        (denial, &PrivacyContext::non_interactive()),
        (rejected, &back),
    ] {
        errors.push(inspect(xml(body), context, &layer()).await.unwrap_err());
    }
    let mut texts = vec![format!("{back:?}"), format!("{:?}", layer())];
    for error in &errors {
        texts.extend([
            format!("{error}"),
            format!("{error:?}"),
            format!("{error:#?}"),
        ]);
        if !matches!(error, PrivacyError::Service(_)) {
            let source = error.source().unwrap();
            texts.extend([format!("{source}"), format!("{source:?}")]);
        }
        if let PrivacyError::Redirect(redirect) = error {
            texts.push(format!(
                "{redirect:?} {:?} {:?}",
                redirect.denial(),
                redirect.return_url()
            ));
        }
    }
    for text in texts {
        assert!(!text.contains(secret), "{text}");
        assert!(!text.contains('?'), "{text}");
    }
}

#[test]
fn the_error_is_small_and_can_go_anywhere() {
    fn anywhere<T: Send + Sync + 'static + Error>() {}
    anywhere::<PrivacyError>();
    assert!(
        size_of::<PrivacyError>() <= 48,
        "{}",
        size_of::<PrivacyError>()
    );
}

#[tokio::test]
async fn nested_layers_give_one_signal() {
    use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
    let mut service = ServiceBuilder::new()
        .layer(layer())
        .layer(layer())
        .service(service_fn(|_: http::Request<()>| async {
            Ok::<_, std::convert::Infallible>(xml(DENIAL.to_owned()))
        }));
    let request = http::Request::new(());
    let error = service
        .ready()
        .await
        .unwrap()
        .call(request)
        .await
        .unwrap_err();
    assert!(matches!(error, PrivacyError::Redirect(_)), "{error:?}");
}

#[tokio::test]
async fn a_question_mark_unwraps_the_signal() {
    fn question_mark(result: Result<(), BoxError>) -> Result<(), PrivacyError> {
        Ok(result?)
    }

    for n in 0..3 {
        let make = async || every_signal().await.into_iter().nth(n).unwrap();
        let name = format!("{:?}", make().await);
        let wrappers: [BoxError; 4] = [
            Box::new(make().await),
            Box::new(PrivacyError::Service(Box::new(make().await))),
            Box::new(io::Error::other(make().await)),
            Box::new(App::Boxed(Box::new(App::Transparent(make().await)))),
        ];
        for wrapper in wrappers {
            let error = question_mark(Err(wrapper)).unwrap_err();
            assert_eq!(format!("{error:?}"), name);
        }
    }

    let PrivacyError::Service(error) = question_mark(Err("elapsed".into())).unwrap_err() else {
        panic!("a signal")
    };
    assert_eq!(error.to_string(), "elapsed");
    let service = PrivacyError::Service("unreachable".into());
    let error = question_mark(Err(service.into())).unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), "unreachable");
    let service = PrivacyError::Service("unreachable".into());
    let error = question_mark(Err(Box::new(App::Privacy(service)))).unwrap_err();
    let PrivacyError::Service(error) = error else {
        panic!("a signal")
    };
    assert!(error.is::<App>(), "the wrapper is kept: {error:?}");
}

#[tokio::test]
async fn debug_shows_the_settings_and_the_signals() {
    let [redirect, required, rejected] = every_signal().await;
    for (error, start) in [
        (
            &redirect,
            "Redirect(PrivacyRedirect { location: http://privacy.orange.fr/urm-gui/interaction.do, denial: Denial {",
        ),
        (
            &required,
            "InteractionRequired(Denial { protocol: \"orange\", status: 500, interaction_url: http://privacy.orange.fr/urm-gui/interaction.do, ..",
        ),
        (
            &rejected,
            "Rejected(RejectedDenial { kind: UntrustedEndpoint, status: 500, expected: [PrivacyEndpoint(",
        ),
        (&PrivacyError::Service("x".into()), "Service(..)"),
    ] {
        let text = format!("{error:?}");
        assert!(text.starts_with(start), "{text}");
    }
    assert_eq!(
        format!("{:?}", rejected.source().unwrap()),
        "Cause(500 Internal Server Error)"
    );
    assert_eq!(
        format!("{:?}", layer()),
        "PrivacyLayer { protocol: Orange { errors_only: false }, named: None, trusted: [\
         PrivacyEndpoint(http(s)://privacy.orange.fr/urm-gui/interaction.do), \
         PrivacyEndpoint(http(s)://int4.mdsp.rec.orange.fr/privacy/interaction.do)], \
         max_document_bytes: 65536, \
         return_to: Some(ReturnUrl(https://app.example/home)), \
         return_marker: \"fromOrangePrivacy\", marker_life: None }"
    );
    assert_eq!(
        format!("{:?}", PrivacyContext::non_interactive()),
        "PrivacyContext { return_url: None }"
    );
    assert_eq!(
        format!("{:?}", PrivacyContext::non_interactive().scope(async {})),
        "Scope { context: Some(PrivacyContext { return_url: None }), .. }"
    );
    let mut service = tower::Layer::layer(
        &PrivacyLayer::new().trust_only([]),
        tower::service_fn(async |_: http::Request<()>| {
            Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
        }),
    );
    let text = format!("{service:?}");
    assert!(text.starts_with("Privacy { inner: ServiceFn"), "{text}");
    assert!(text.contains("settings: PrivacyLayer {"), "{text}");
    let call = tower::Service::call(&mut service, http::Request::new(()));
    assert_eq!(format!("{call:?}"), "ResponseFuture(Calling)");
    let looked = layer().inspect(http::Response::new("x".to_owned()));
    assert_eq!(format!("{looked:?}"), "Inspect { .. }");
    let body = looked.await.unwrap().into_body();
    assert_eq!(format!("{body:?}"), "ResponseBody(Peeked)");
}

#[test]
fn an_invalid_url_in_the_configuration_is_an_error_with_its_reason() {
    for (url, return_url, endpoint) in [
        ("app.example", "an absolute URL", "an absolute URL"),
        ("ftp://app.example/", "http or https", "http or https"),
        ("https://u@app.example/", "no user name", "no user name"),
        ("https://app.example/?a", "", "no query"),
    ] {
        let reason = ReturnUrl::try_from(url).err().map(|e| e.to_string());
        assert!(reason.unwrap_or_default().contains(return_url), "{url}");
        let reason = PrivacyEndpoint::new(url).unwrap_err().to_string();
        assert!(reason.contains(endpoint), "{url}: {reason}");
    }
}

#[tokio::test]
async fn a_rejected_denial_can_be_inspected() {
    let [_, _, rejected] = every_signal().await;
    let PrivacyError::Rejected(rejected) = rejected else {
        panic!("{rejected:?}")
    };
    assert_eq!(
        rejected.kind().to_string(),
        "points to an untrusted endpoint"
    );
    let url = rejected.untrusted_url().unwrap();
    assert_eq!(url.host_str(), Some("privacy.0range.fr"));
}
