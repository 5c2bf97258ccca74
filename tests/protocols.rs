//! What holds for each shipped protocol: where its users are sent, what passes, and what is printed.
#![cfg(all(
    feature = "bearer",
    feature = "github-sso",
    feature = "kratos",
    feature = "matrix-consent",
    feature = "tracing"
))]

mod support;

use bytes::Bytes;
use http::{HeaderMap, Response};
use serde_json::json;
use support::{
    DENIAL,
    body::{Script, Step, observe},
    layer,
    log::Log,
};
use tower_privacy::{
    PrivacyError, PrivacyLayer,
    protocol::{Bearer, GitHubSso, Kratos, MatrixConsent},
};

/// The shipped protocols, and the only page of each.
fn protocols() -> [(&'static str, PrivacyLayer, &'static str); 5] {
    let bearer = Bearer::new("https://app.example/sign-in", ["read"]).unwrap();
    let kratos = Kratos::new("https://id.example").unwrap();
    let matrix = MatrixConsent::new("https://matrix.example").unwrap();
    [
        (
            "orange",
            layer(),
            "http://privacy.orange.fr/urm-gui/interaction.do",
        ),
        (
            "kratos",
            layer().protocol(kratos),
            "https://id.example/self-service/login/browser",
        ),
        (
            "bearer",
            layer().protocol(bearer),
            "https://app.example/sign-in",
        ),
        (
            "github_sso",
            layer().protocol(GitHubSso::new()),
            "https://github.com/orgs/octodocs-test/sso",
        ),
        (
            "matrix_consent",
            layer().protocol(matrix),
            "https://matrix.example/_matrix/consent",
        ),
    ]
}

/// A head and a body in which each protocol finds its denial, except for this one, which finds another answer of its
/// upstream. XML is Orange's, and JSON is that of Kratos and of Matrix. Each denial has a secret.
fn denied_by_all_but(protocol: &str, is_xml: bool) -> (HeaderMap, String) {
    let or_other = |own, denial: &str, other: &str| {
        let text = if protocol == own { other } else { denial };
        text.to_owned()
    };
    let sso =
        "required; url=https://github.com/orgs/octodocs-test/sso?authorization_request=s3cret";
    let sso = or_other("github_sso", sso, "partial-results; organizations=1");
    let scope = "Bearer error=\"insufficient_scope\", scope=\"read\", acr_values=\"s3cret\"";
    let realm = "Bearer realm=\"insufficient_scope\"";
    let mut head = HeaderMap::new();
    head.insert("x-github-sso", sso.parse().unwrap());
    let challenge = or_other("bearer", scope, realm);
    head.insert("www-authenticate", challenge.parse().unwrap());
    let label = if is_xml {
        "text/xml"
    } else {
        "application/json"
    };
    head.insert("content-type", label.parse().unwrap());
    if is_xml {
        let body = DENIAL.replace("S1", "s3cret").replace("-3", "s3cret");
        let detail = or_other("orange", "PrivacyAccessDenied", "AccessDenied");
        return (head, body.replace("PrivacyAccessDenied", &detail));
    }
    let body = json!({
        "error": { "id": or_other("kratos", "session_aal2_required", "security_csrf_violation") },
        "redirect_browser_to": "https://id.example/self-service/login/browser?aal=aal2&x=s3cret",
        "errcode": or_other("matrix_consent", "M_CONSENT_NOT_GIVEN", "M_FORBIDDEN"),
        "consent_uri": "https://matrix.example/_matrix/consent?u=ada&h=s3cret",
    });
    (head, body.to_string())
}

fn response<B>(head: &HeaderMap, body: B) -> Response<B> {
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::FORBIDDEN;
    response.headers_mut().clone_from(head);
    response
}

#[tokio::test]
async fn only_a_protocols_own_denial_is_followed_and_all_else_passes_byte_for_byte() {
    // Without it, an event that happens here first is off in the other test too.
    let _log = Log::begin();
    for (protocol, layer, page) in protocols() {
        for is_xml in [true, false] {
            let (head, body) = denied_by_all_but("", is_xml);
            let is_own = match protocol {
                "orange" => is_xml,
                "kratos" | "matrix_consent" => !is_xml,
                _ => true,
            };
            let looked = layer.inspect(response(&head, body)).await;
            match looked {
                Err(PrivacyError::Redirect(redirect)) if is_own => {
                    assert_eq!(redirect.denial().protocol(), protocol);
                    let (sent_to, _) = redirect.location().as_str().split_once('?').unwrap();
                    assert_eq!(sent_to, page);
                }
                looked => assert!(looked.is_ok() && !is_own, "{protocol}: {looked:?}"),
            }

            let (head, body) = denied_by_all_but(protocol, is_xml);
            for size in [1, 7, body.len()] {
                let frames = body.as_bytes().chunks(size).map(Bytes::copy_from_slice);
                let end = Step::Trailers(HeaderMap::from_iter([(
                    http::header::ETAG,
                    "\"1\"".parse().unwrap(),
                )]));
                let script = Script::new(frames.map(Step::Data).chain([end]));
                let bare = observe(script.clone()).await;
                let passed = layer.inspect(response(&head, script)).await;
                let passed = passed.unwrap_or_else(|error| panic!("{protocol}: {error:?}"));
                assert_eq!((passed.status().as_u16(), passed.headers()), (403, &head));
                assert_eq!(observe(passed.into_body()).await, bare, "{protocol}");
            }
        }
    }
}

#[tokio::test]
async fn no_protocol_prints_a_secret_of_its_denial() {
    let (log, _guard) = Log::begin();
    let mut printed = vec![];
    let mut denials = 0;
    for (protocol, layer, page) in protocols() {
        let trusts_another = layer.clone().trust_only([]);
        let (head, body) = denied_by_all_but("", protocol == "orange");
        for layer in [layer, trusts_another] {
            let error = layer.inspect(response(&head, body.clone())).await;
            let error = error.expect_err(protocol);
            denials += 1;
            printed.push(format!("{layer:?} {error:?} {error}"));
            match &error {
                PrivacyError::Redirect(redirect) => {
                    assert!(redirect.location().as_str().contains("s3cret"), "{page}");
                    let denial = redirect.denial();
                    printed.push(format!("{denial:?} {:?}", redirect.return_url()));
                }
                PrivacyError::Rejected(rejected) => {
                    printed.push(format!("{rejected:?} {rejected}"));
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(denials, 10);
    assert_eq!(log.text().lines().count(), denials, "{}", log.text());
    printed.push(log.text());
    assert!(!printed.concat().contains("s3cret"), "{printed:?}");
}
