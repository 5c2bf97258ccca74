//! One count for each outcome, with few labels and a fixed set of values.
#![cfg(all(feature = "axum", feature = "metrics"))]

mod support;

use std::convert::Infallible;

use http::{Request, Response, header::CONTENT_ENCODING};
use support::{DENIAL, context, inspect, layer, return_url, tally::Tally, xml};
use tower::{Layer, ServiceExt, service_fn};
use tower_privacy::{PrivacyContext, PrivacyReturnLayer};

/// Inspects these responses, and returns the counts.
async fn counts(responses: Vec<Response<String>>, context: PrivacyContext) -> String {
    let tally = Tally::default();
    let _guard = metrics::set_default_local_recorder(&tally);
    for response in responses {
        let _ = inspect(response, &context, &layer().max_document_bytes(1024)).await;
    }
    tally.to_string()
}

/// The time of a marker that counts.
fn now() -> u64 {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test]
async fn each_denial_is_counted_by_outcome_and_family() {
    let denials = vec![
        xml(DENIAL.to_owned()),
        xml(DENIAL.to_owned()),
        xml(DENIAL.replace("family=contact", "family=photos")),
        xml(DENIAL.replace("orange", "0range")),
    ];
    assert_eq!(
        counts(denials.clone(), context()).await,
        "redirected orange contact: 2, redirected orange photos: 1, rejected orange: 1"
    );
    assert_eq!(
        counts(denials, PrivacyContext::non_interactive()).await,
        "interaction_required orange contact: 2, interaction_required orange photos: 1, rejected orange: 1"
    );
}

#[tokio::test]
async fn upstreams_of_one_protocol_are_counted_by_the_names_of_their_layers() {
    let tally = Tally::default();
    let _guard = metrics::set_default_local_recorder(&tally);
    for layer in [layer().named("a"), layer().named("b"), layer().named("")] {
        let _ = inspect(xml(DENIAL.to_owned()), &context(), &layer).await;
    }
    assert_eq!(
        tally.to_string(),
        "redirected orange a contact: 1, redirected orange b contact: 1, redirected orange contact: 1"
    );
}

/// Otherwise an upstream could create any number of series.
#[tokio::test]
async fn families_that_are_not_documented_are_counted_as_one() {
    let denials = ["music", "", "x"]
        .map(|family| xml(DENIAL.replace("family=contact", &format!("family={family}"))));
    assert_eq!(
        counts(denials.into(), context()).await,
        "redirected orange: 1, redirected orange other: 2"
    );
}

#[tokio::test]
async fn an_unreadable_document_is_counted_and_any_other_response_is_not() {
    let mut encoded = xml(DENIAL.to_owned());
    encoded
        .headers_mut()
        .insert(CONTENT_ENCODING, "gzip".parse().unwrap());
    let long = DENIAL.replace("<code>", &format!("{}<code>", " ".repeat(1024)));
    let other = DENIAL.replace("Privacy", "Other");
    let mut json = xml("{}".to_owned());
    json.headers_mut()
        .insert("content-type", "application/json".parse().unwrap());
    let responses = vec![
        encoded,
        xml(long),
        xml(other),
        json,
        xml("<contacts/>".to_owned()),
    ];
    assert_eq!(
        counts(responses, context()).await,
        "not_inspected orange: 2"
    );
}

#[tokio::test]
async fn an_error_document_that_grows_over_the_cap_is_counted() {
    let tally = Tally::default();
    let _guard = metrics::set_default_local_recorder(&tally);
    let frames = ["<error>", &" ".repeat(2000)].map(|text| {
        Ok::<_, Infallible>(http_body::Frame::data(bytes::Bytes::from(text.to_owned())))
    });
    let body = http_body_util::StreamBody::new(tokio_stream::iter(frames));
    let layer = layer().max_document_bytes(1024);
    assert!(inspect(xml(body), &context(), &layer).await.is_ok());
    assert_eq!(tally.to_string(), "too_long orange: 1");
}

/// Even the first frame may exceed the cap. Empty frames do not count as bytes.
#[tokio::test]
async fn an_error_document_in_one_frame_over_the_cap_is_counted_and_empty_frames_are_not() {
    let tally = Tally::default();
    let _guard = metrics::set_default_local_recorder(&tally);
    let body = |frames: Vec<String>| {
        let frames = frames
            .into_iter()
            .map(|text| Ok::<_, Infallible>(http_body::Frame::data(bytes::Bytes::from(text))));
        xml(http_body_util::StreamBody::new(tokio_stream::iter(frames)))
    };
    let layer = layer().max_document_bytes(50);
    let mut empty = vec!["<error>".to_owned()];
    empty.resize(1026, String::new());
    assert!(inspect(body(empty), &context(), &layer).await.is_ok());
    let long = vec!["<contacts>".repeat(10)];
    assert!(inspect(body(long), &context(), &layer).await.is_ok());
    assert_eq!(tally.to_string(), "");
    assert!(
        inspect(body(vec![DENIAL.to_owned()]), &context(), &layer)
            .await
            .is_ok()
    );
    assert_eq!(tally.to_string(), "too_long orange: 1");
}

#[tokio::test]
async fn a_user_who_comes_back_is_counted_and_a_grant_too_if_the_upstream_answers() {
    let tally = Tally::default();
    let _guard = metrics::set_default_local_recorder(&tally);
    let host = |document: &'static str| {
        PrivacyReturnLayer::new(return_url("https://app.example/")).layer(layer().layer(
            service_fn(move |_: Request<()>| async move {
                Ok::<_, Infallible>(Response::new(document.to_owned()))
            }),
        ))
    };
    let now = now();
    let marked = format!("/page?fromOrangePrivacy={now}~contact.see");
    let open = |path: &str| {
        let request = Request::get(path).header("sec-fetch-mode", "navigate");
        request.body(()).unwrap()
    };
    let script = || {
        let mut request = open(&marked);
        request
            .headers_mut()
            .insert("sec-fetch-mode", "cors".parse().unwrap());
        request
    };

    let granted = || host("<contacts/>");
    granted().oneshot(open("/page")).await.unwrap();
    granted()
        .oneshot(open("/page?fromOrangePrivacy=x"))
        .await
        .unwrap();
    let mut form = open("/other");
    *form.method_mut() = http::Method::POST;
    let referer = format!("https://app.example{marked}");
    form.headers_mut()
        .insert("referer", referer.parse().unwrap());
    form.headers_mut()
        .insert("sec-fetch-mode", "navigate".parse().unwrap());
    granted().oneshot(form).await.unwrap();
    granted().oneshot(script()).await.unwrap();
    assert_eq!(tally.to_string(), "");
    granted().oneshot(open(&marked)).await.unwrap();
    assert_eq!(tally.to_string(), "granted: 1, returned: 1");
    host(DENIAL).oneshot(open(&marked)).await.unwrap();
    assert_eq!(
        tally.to_string(),
        "granted: 1, refused orange contact: 1, returned: 2"
    );
}

/// The user may have granted access to an upstream that is out of order, or may not.
#[tokio::test]
async fn an_upstream_that_answers_with_an_error_counts_no_grant() {
    let tally = Tally::default();
    let _guard = metrics::set_default_local_recorder(&tally);
    let now = now();
    for status in [404, 500] {
        let client = layer().layer(service_fn(move |_: Request<()>| async move {
            let answer = Response::builder().status(status);
            Ok::<_, Infallible>(answer.body("<fault/>".to_owned()).unwrap())
        }));
        // The page says that the data is not available.
        let page = client.map_response(|mut response| {
            *response.status_mut() = http::StatusCode::OK;
            response
        });
        let host = PrivacyReturnLayer::new(return_url("https://app.example/")).layer(page);
        let page = Request::get(format!("/page?fromOrangePrivacy={now}~contact.see"));
        let page = page.header("sec-fetch-mode", "navigate").body(());
        host.oneshot(page.unwrap()).await.unwrap();
    }
    assert_eq!(tally.to_string(), "returned: 2");
}

/// For example the page of a form that was sent. Whether the upstream would deny the call is not known there.
#[tokio::test]
async fn a_page_that_calls_nothing_counts_no_grant() {
    let tally = Tally::default();
    let _guard = metrics::set_default_local_recorder(&tally);
    let host = PrivacyReturnLayer::new(return_url("https://app.example/")).layer(service_fn(
        async |_: Request<()>| Ok::<_, Infallible>(Response::new(String::new())),
    ));
    let page = Request::get("/form?fromOrangePrivacy=1~contact.see");
    let page = page.header("sec-fetch-mode", "navigate").body(());
    host.oneshot(page.unwrap()).await.unwrap();
    assert_eq!(tally.to_string(), "returned: 1");
}

#[tokio::test]
async fn an_inner_service_that_fails_is_counted() {
    let tally = Tally::default();
    let _guard = metrics::set_default_local_recorder(&tally);
    let client = layer().layer(service_fn(async |_: Request<()>| {
        Err::<Response<String>, _>(std::io::Error::other("refused"))
    }));
    assert!(client.oneshot(Request::new(())).await.is_err());
    assert_eq!(tally.to_string(), "failed orange: 1");
}
