//! Counts the allocations of a response.

mod support;

use std::{
    convert::Infallible,
    pin::pin,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{Request, Response, header::CONTENT_TYPE};
use http_body::Body;
use http_body_util::Full;
use support::{inspect, layer, now::now};
use tower::{Layer, Service, service_fn};
use tower_privacy::PrivacyLayer;

fn response(label: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, label.parse().unwrap());
    response
}

/// The allocations of a call and of reading the body.
fn allocations(label: &'static str, body: &Bytes) -> u64 {
    allocations_by(&layer(), response(label, body.clone()), body)
}

/// The same, for this layer and this response of the upstream.
fn allocations_by(layer: &PrivacyLayer, response: Response<Full<Bytes>>, body: &Bytes) -> u64 {
    let mut made = Some(response);
    let mut service = layer.layer(service_fn(move |_: Request<()>| {
        std::future::ready(made.take().ok_or("one call"))
    }));
    let request = Request::new(());
    let mut read = Bytes::new();
    let counted = allocation_counter::measure(|| {
        let response = now(service.call(request)).unwrap();
        let mut body = pin!(response.into_body());
        let frame = body
            .as_mut()
            .poll_frame(&mut Context::from_waker(Waker::noop()));
        let Poll::Ready(Some(Ok(frame))) = frame else {
            panic!("no frame")
        };
        read = frame.into_data().unwrap();
    });
    // The upstream's bytes themselves, not a copy.
    assert_eq!(read.as_ptr(), body.as_ptr());
    assert_eq!(read.len(), body.len());
    counted.count_total
}

/// The labels of a metric, and the name of the protocol in them.
const COUNTED: u64 = if cfg!(feature = "metrics") { 2 } else { 0 };

#[test]
fn a_response_that_is_not_inspected_costs_no_allocation() {
    for label in ["application/json", "image/png", "text/event-stream"] {
        assert_eq!(
            allocations(label, &Bytes::from(vec![b'{'; 2048])),
            0,
            "{label}"
        );
    }
}

#[cfg(all(
    feature = "bearer",
    feature = "github-sso",
    feature = "kratos",
    feature = "matrix-consent"
))]
#[test]
fn a_protocol_that_checks_the_status_first_allocates_only_for_an_inspected_body() {
    use http::header::WWW_AUTHENTICATE;
    use tower_privacy::protocol::{Bearer, GitHubSso, Kratos, MatrixConsent, Protocol};

    let url = "https://a.example";
    let bearer = Bearer::new(url, ["files:read"]).unwrap();
    let protocols: [(Box<dyn Protocol>, u64); 4] = [
        (Box::new(bearer), 0),
        (Box::new(GitHubSso::new()), 0),
        (Box::new(Kratos::new(url).unwrap().sign_in()), 1),
        (Box::new(MatrixConsent::new(url).unwrap()), 1),
    ];
    let body = Bytes::from_static(b"[{}]");
    for (protocol, of_a_body) in protocols {
        let name = protocol.name().to_owned();
        let layer = layer().protocol(protocol);
        for (status, most) in [(200, 0), (404, 0), (500, 0), (403, of_a_body)] {
            let mut response = response("application/json", body.clone());
            *response.status_mut() = status.try_into().unwrap();
            let challenge = "Bearer realm=\"api\", error=\"invalid_token\"";
            let challenge = challenge.parse().unwrap();
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            let counted = allocations_by(&layer, response, &body);
            assert_eq!(counted, most, "{name} {status}");
        }
    }
}

#[test]
fn xml_of_any_length_that_is_not_a_denial_costs_one_allocation() {
    for size in [100, 10_000, 60_000] {
        let xml = format!(
            "<?xml version='1.0'?><contacts>{}</contacts>",
            "x".repeat(size)
        );
        assert_eq!(allocations("text/xml", &Bytes::from(xml)), 1, "{size}");
    }
}

/// The first denial of a process also creates the known pages, once.
#[test]
fn a_denial_costs_at_most_sixteen_allocations() {
    let denial = || response("text/xml", Bytes::from_static(support::DENIAL.as_bytes()));
    support::redirect(now(layer().inspect(denial())));

    let mut made = Some(denial());
    let mut service = layer().layer(service_fn(move |_: Request<()>| {
        std::future::ready(made.take().ok_or("one call"))
    }));
    let request = Request::new(());
    let counted = allocation_counter::measure(|| {
        support::redirect(now(service.call(request)));
    });
    assert!(counted.count_total <= 16 + COUNTED, "{counted:?}");
}

#[test]
fn a_length_over_the_cap_allocates_only_for_its_count() {
    let xml = format!("<contacts>{}</contacts>", "x".repeat(1 << 20));
    assert_eq!(allocations("text/xml", &Bytes::from(xml)), COUNTED);
}

#[test]
fn a_clone_of_the_service_costs_no_allocation() {
    let service = layer().layer(service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(Response::new(String::new()))
    }));
    let counted = allocation_counter::measure(|| drop(service.clone()));
    assert_eq!(counted.count_total, 0);
}

#[test]
fn inspect_costs_no_allocation_either() {
    let context = support::context();
    let layer = layer();
    let response = response("application/json", Bytes::from_static(b"{}"));
    let counted = allocation_counter::measure(|| {
        let response = now(inspect(response, &context, &layer)).unwrap();
        drop(response.into_body());
    });
    // This drops the response, which was allocated before.
    assert_eq!(counted.count_total, 0);
}

/// A browser's request for a page of a host with the layer.
#[cfg(feature = "axum")]
#[test]
fn a_request_that_is_not_denied_costs_the_host_two_allocations_and_four_with_a_marker() {
    use tower_privacy::PrivacyReturnLayer;

    let layer = PrivacyReturnLayer::new(support::return_url("https://app.example/"));
    let mut host = layer.layer(service_fn(|_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())))
    }));
    let page = "/contacts?page=2";
    for (target, headers, most) in [
        (page, &[("sec-fetch-mode", "navigate")][..], 2),
        (
            page,
            &[
                ("accept", "text/html,*/*;q=0.8"),
                ("accept-language", "de,fr;q=0.5"),
            ],
            2,
        ),
        (
            page,
            &[
                ("hx-request", "true"),
                ("hx-current-url", "https://app.example/a"),
            ],
            2,
        ),
        (
            "/",
            &[
                ("sec-fetch-mode", "cors"),
                ("referer", "https://app.example/a?b"),
            ],
            2,
        ),
        (
            "/contacts?fromOrangePrivacy=1~contact.see",
            &[("sec-fetch-mode", "navigate")],
            4 + COUNTED,
        ),
        (
            "/contacts?page=2&fromOrangePrivacy=1~contact.see",
            &[("sec-fetch-mode", "navigate")],
            4 + COUNTED,
        ),
    ] {
        let request = || {
            let request = Request::get(target).header("referer", "https://app.example/");
            let request = headers.iter().fold(request, |request, (name, value)| {
                request.header(*name, *value)
            });
            request.body(()).unwrap()
        };
        now(host.call(request())).unwrap();
        let request = request();
        let counted = allocation_counter::measure(|| drop(now(host.call(request))));
        assert!(
            counted.count_total <= most,
            "{target} {headers:?}: {counted:?}"
        );
    }
}
