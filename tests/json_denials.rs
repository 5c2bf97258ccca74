//! Denials in JSON: what those of Kratos and Matrix have in common, and what hostile JSON can cost.
#![cfg(all(feature = "kratos", feature = "matrix-consent"))]

mod support;

use std::fmt::Write;

use bytes::Bytes;
use http::{Response, header::CONTENT_TYPE};
use http_body::Body;
use http_body_util::Full;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{
    HOME,
    body::{Script, data, observe},
    layer,
    now::now,
    redirect,
};
use tower_privacy::{
    PrivacyEndpoint, PrivacyEndpointError, PrivacyError, PrivacyLayer, RejectionKind, ResponseBody,
    protocol::{Kratos, MatrixConsent},
};

const LOGIN: &str = "https://id.example/self-service/login/browser";
const CONSENT: &str = "https://matrix.example/_matrix/consent?u=ada&h=83fe";

fn kratos() -> Kratos {
    Kratos::new("https://id.example/").unwrap()
}

fn of_kratos() -> PrivacyLayer {
    layer().protocol(kratos())
}

fn of_matrix() -> PrivacyLayer {
    layer().protocol(MatrixConsent::new("https://matrix.example").unwrap())
}

fn aal2(url: impl Into<Value>) -> Value {
    let url = url.into();
    json!({ "error": { "id": "session_aal2_required", "code": 403 }, "redirect_browser_to": url })
}

fn terms(url: impl Into<Value>) -> Value {
    let url = url.into();
    json!({ "consent_uri": url, "errcode": "M_CONSENT_NOT_GIVEN", "error": "Please" })
}

fn response<B>(status: u16, body: B) -> Response<B> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/json")
        .body(body)
        .unwrap()
}

type Looked<B> = Result<Response<ResponseBody<B>>, PrivacyError>;

fn look(layer: &PrivacyLayer, status: u16, body: impl Into<Bytes>) -> Looked<Full<Bytes>> {
    now(layer.inspect(response(status, Full::new(body.into()))))
}

#[track_caller]
fn rejected<B: Body>(looked: Looked<B>) -> RejectionKind {
    match looked {
        Err(PrivacyError::Rejected(rejected)) => rejected.kind(),
        Err(other) => panic!("not rejected: {other:?}"),
        Ok(_) => panic!("passed"),
    }
}

#[test]
fn a_session_that_needs_a_second_factor_leads_to_the_login_page_and_back() {
    let url = format!("{LOGIN}?aal=aal2");
    let redirect = redirect(look(&of_kratos(), 403, aal2(&*url).to_string()));
    let location = format!("{url}&return_to=https%3A%2F%2Fapp.example%2Fhome");
    assert_eq!(redirect.location().as_str(), location);
    assert!(redirect.returns());
    let denial = redirect.denial();
    assert_eq!(
        (denial.protocol(), denial.code()),
        ("kratos", Some("session_aal2_required"))
    );
    assert!(denial.permissions().eq(["aal.aal2"]));
}

#[test]
fn the_level_is_that_of_the_url_and_empty_if_it_has_none() {
    for (query, permission) in [
        ("", "aal."),
        ("?aal=", "aal."),
        ("?x&aal=aal3&aal=aal1", "aal.aal3"),
    ] {
        let body = aal2(format!("{LOGIN}{query}"));
        let redirect = redirect(look(&of_kratos(), 403, body.to_string()));
        assert!(redirect.denial().permissions().eq([permission]), "{query}");
    }
}

#[test]
fn kratoss_own_return_url_is_kept_for_a_fresh_sign_in_and_replaced_for_a_second_factor() {
    let own = "https%3A%2F%2Fid.example%2Fself-service%2Fsettings%3Fflow%3D1";
    let url = format!("{LOGIN}?refresh=true&return_to={own}");
    let refresh = |url: &str| {
        let body =
            json!({ "error": { "id": "session_refresh_required" }, "redirect_browser_to": url });
        redirect(look(&of_kratos(), 403, body.to_string()))
    };
    let kept = refresh(&url);
    assert_eq!(kept.location().as_str(), url);
    assert!(!kept.returns());
    assert_eq!(kept.return_url().as_str(), HOME);
    assert!(kept.denial().permissions().eq(["refresh"]));

    let ours = "return_to=https%3A%2F%2Fapp.example%2Fhome";
    let added = refresh(&format!("{LOGIN}?refresh=true"));
    assert_eq!(
        added.location().as_str(),
        format!("{LOGIN}?refresh=true&{ours}")
    );
    assert!(added.returns());

    let replaced = redirect(look(&of_kratos(), 403, aal2(&*url).to_string()));
    assert_eq!(
        replaced.location().as_str(),
        format!("{LOGIN}?refresh=true&{ours}")
    );
    assert!(replaced.returns());
}

#[test]
fn a_missing_url_is_taken_from_the_details() {
    let details = json!({ "redirect_browser_to": format!("{LOGIN}?aal=aal2") });
    for outer in [None, Some("")] {
        let mut body = json!({ "error": { "id": "session_aal2_required", "details": details } });
        if let Some(outer) = outer {
            body["redirect_browser_to"] = outer.into();
        }
        redirect(look(&of_kratos(), 403, body.to_string()));
    }
    let mut body = aal2("https://evil.test/");
    body["error"]["details"] = details;
    assert_eq!(
        rejected(look(&of_kratos(), 403, body.to_string())),
        RejectionKind::UntrustedEndpoint
    );
}

#[test]
fn without_a_session_the_user_goes_to_the_login_page_if_sign_in_is_set() {
    let sign_in = layer().protocol(kratos().sign_in());
    let body = json!({ "error": { "code": 401, "status": "Unauthorized",
        "reason": "No valid session credentials found in the request.",
        "message": "The request could not be authorized" } });
    let inactive = json!({ "error": { "id": "session_inactive", "code": 401 } });
    let null = json!({ "error": { "id": null, "code": 401 } });
    for body in [&body, &inactive, &null] {
        let redirect = redirect(look(&sign_in, 401, body.to_string()));
        let location = format!("{LOGIN}?return_to=https%3A%2F%2Fapp.example%2Fhome");
        assert_eq!(redirect.location().as_str(), location);
        assert_eq!(redirect.denial().code(), None);
        assert!(redirect.denial().permissions().eq(["session"]) && redirect.returns());
        assert!(look(&of_kratos(), 401, body.to_string()).is_ok());
        assert!(look(&sign_in, 403, body.to_string()).is_ok());
    }
    for other in [
        json!({}),
        json!({ "error": "unauthorized" }),
        json!({ "error": {} }),
        json!({ "error": { "code": 403 } }),
        json!({ "error": { "code": "401" } }),
        json!({ "code": 401 }),
        json!({ "error": { "code": 401, "id": "security_csrf_violation" } }),
        json!({ "error": { "code": 401, "id": 7 } }),
        json!({ "errcode": "M_UNKNOWN_TOKEN" }),
        aal2(LOGIN),
    ] {
        assert!(look(&sign_in, 401, other.to_string()).is_ok(), "{other}");
    }
}

#[test]
fn an_internal_url_is_rejected_and_the_error_names_the_expected_page() {
    let body =
        aal2("http://kratos-public.default.svc.cluster.local/self-service/login/browser?aal=aal2");
    let Err(error) = look(&of_kratos(), 403, body.to_string()) else {
        panic!("it passed")
    };
    assert_eq!(
        error.to_string(),
        format!("the denial points to an untrusted endpoint, but {LOGIN} was expected")
    );
    let PrivacyError::Rejected(rejected) = error else {
        panic!("{error:?}")
    };
    assert_eq!(rejected.expected(), [PrivacyEndpoint::new(LOGIN).unwrap()]);
}

#[test]
fn terms_that_were_not_accepted_lead_to_the_homeservers_page_which_does_not_lead_back() {
    for (base, page) in [
        ("https://matrix.example", CONSENT),
        ("https://matrix.example/", CONSENT),
        ("https://matrix.example:443/", CONSENT),
        (
            "https://host.example/matrix/",
            "https://host.example/matrix/_matrix/consent?u=a&h=b",
        ),
        (
            "https://host.example/matrix",
            "https://host.example/matrix/_matrix/consent?u=a&h=b",
        ),
    ] {
        let layer = layer().protocol(MatrixConsent::new(base).unwrap());
        let redirect = redirect(look(&layer, 403, terms(page).to_string()));
        assert_eq!(redirect.location().as_str(), page);
        assert!(!redirect.returns());
        let denial = redirect.denial();
        assert_eq!(
            (denial.protocol(), denial.code()),
            ("matrix_consent", Some("M_CONSENT_NOT_GIVEN"))
        );
        let host = redirect.location().host_str().unwrap();
        assert!(denial.permissions().eq([format!("terms.{host}").as_str()]));
    }
}

#[test]
fn an_invalid_public_url_is_an_error() {
    for (url, reason) in [
        ("id.example", PrivacyEndpointError::NotAUrl),
        ("ftp://id.example", PrivacyEndpointError::NotHttp),
        ("https://user@id.example", PrivacyEndpointError::Userinfo),
        (
            "https://id.example/?a",
            PrivacyEndpointError::QueryOrFragment,
        ),
        (
            "https://id.example/#a",
            PrivacyEndpointError::QueryOrFragment,
        ),
        ("https://*.id.example/", PrivacyEndpointError::Wildcard),
    ] {
        assert_eq!(Kratos::new(url).unwrap_err(), reason, "{url}");
        assert_eq!(MatrixConsent::new(url).unwrap_err(), reason, "{url}");
    }
}

#[test]
fn a_url_that_must_not_be_followed_is_rejected() {
    use RejectionKind::{InvalidUrl, MissingUrl, UntrustedEndpoint};
    type Body = fn(Value) -> Value;
    let of: [(PrivacyLayer, Body); 2] = [(of_kratos(), aal2), (of_matrix(), terms)];
    for (layer, body) in of {
        for (url, kind) in [
            (json!(""), MissingUrl),
            (json!(null), InvalidUrl),
            (json!(7), InvalidUrl),
            (json!(["https://id.example/"]), InvalidUrl),
            (json!({ "url": "https://id.example/" }), InvalidUrl),
            (json!("/self-service/login/browser"), InvalidUrl),
            (json!("https://"), InvalidUrl),
            (
                json!("https://evil.test/self-service/login/browser"),
                UntrustedEndpoint,
            ),
            (json!("https://id.example/"), UntrustedEndpoint),
            (json!("https://id.example@evil.test/"), UntrustedEndpoint),
            (
                json!("https://u@id.example/self-service/login/browser"),
                UntrustedEndpoint,
            ),
            (
                json!("https://u@matrix.example/_matrix/consent"),
                UntrustedEndpoint,
            ),
            (
                json!("https://matrix.example/_matrix/consent/"),
                UntrustedEndpoint,
            ),
            (json!("javascript:alert(1)"), UntrustedEndpoint),
        ] {
            let looked = look(&layer, 403, body(url.clone()).to_string());
            assert_eq!(rejected(looked), kind, "{url}");
        }
    }
    let none = json!({ "errcode": "M_CONSENT_NOT_GIVEN" });
    assert_eq!(
        rejected(look(&of_matrix(), 403, none.to_string())),
        MissingUrl
    );
    let none = json!({ "error": { "id": "session_refresh_required" } });
    assert_eq!(
        rejected(look(&of_kratos(), 403, none.to_string())),
        MissingUrl
    );
}

/// Bodies that are not denials, of either Kratos or Matrix.
fn near_misses() -> Vec<String> {
    let aal2 = aal2(LOGIN).to_string();
    let terms = terms(CONSENT).to_string();
    let mut bodies: Vec<String> = [
        json!({}),
        json!({ "error": null }),
        json!({ "error": "session_aal2_required" }),
        json!({ "error": { "id": "SESSION_AAL2_REQUIRED" } }),
        json!({ "error": { "id": ["session_aal2_required"] } }),
        json!({ "error": { "id": "session_aal2_required " } }),
        json!({ "id": "session_aal2_required", "redirect_browser_to": LOGIN }),
        json!({ "error": { "id": "browser_location_change_required", "code": 422 },
            "redirect_browser_to": LOGIN }),
        json!({ "error": { "id": "security_csrf_violation", "code": 403 } }),
        json!({ "errcode": "M_FORBIDDEN", "error": "You are not invited to this room." }),
        json!({ "errcode": "m_consent_not_given", "consent_uri": CONSENT }),
        json!({ "errcode": ["M_CONSENT_NOT_GIVEN"], "consent_uri": CONSENT }),
        json!({ "error": { "errcode": "M_CONSENT_NOT_GIVEN", "consent_uri": CONSENT } }),
        json!([{ "errcode": "M_CONSENT_NOT_GIVEN" }]),
        json!("M_CONSENT_NOT_GIVEN"),
    ]
    .iter()
    .map(Value::to_string)
    .collect();
    for whole in [aal2, terms] {
        bodies.push(whole[..whole.len() - 1].to_owned());
        bodies.push(format!("{whole}{{}}"));
        bodies.push(format!("{whole},"));
        bodies.push(format!("\u{feff}{whole}"));
        bodies.push(format!("//\n{whole}"));
        bodies.push(whole.replace('"', "'"));
        bodies.push(whole.replace(':', ": /**/"));
        bodies.push(whole.replacen('{', "{\"a\":\"\\ud800\",", 1));
        bodies.push(whole.replacen('{', "{\"a\":01,", 1));
        bodies.push(whole.replacen('{', "{\"a\":1e400,", 1));
        bodies.push(whole.replacen('{', "{\"a\":\"\n\",", 1));
    }
    bodies
}

#[tokio::test]
async fn anything_else_passes_byte_for_byte_in_any_frames() {
    for layer in [
        of_kratos(),
        of_matrix(),
        layer().protocol(kratos().sign_in()),
    ] {
        for body in near_misses() {
            for size in [1, 7, body.len().max(1)] {
                let script = || Script::in_frames_of(size, body.as_bytes());
                let bare = observe(script()).await;
                let passed = layer.inspect(response(403, script())).await;
                let passed = passed.unwrap_or_else(|error| panic!("{body}: {error:?}"));
                assert_eq!(observe(passed.into_body()).await, bare, "{body}");
            }
        }
    }
    // Not UTF-8.
    let latin = [
        &b"{\"a\":\"\xe9\","[..],
        &terms(CONSENT).to_string().as_bytes()[1..],
    ]
    .concat();
    let passed = look(&of_matrix(), 403, latin.clone()).unwrap();
    assert_eq!(data(&observe(passed.into_body()).await), latin);
}

#[test]
fn a_denial_with_another_status_or_label_passes() {
    let bodies = [(of_kratos(), aal2(LOGIN)), (of_matrix(), terms(CONSENT))];
    for (layer, body) in bodies {
        for status in [200, 400, 401, 404, 422, 500] {
            assert!(look(&layer, status, body.to_string()).is_ok(), "{status}");
        }
        for (label, is_read) in [
            (Some("text/plain"), false),
            (Some("text/html"), false),
            (Some("application/problem+json; charset=utf-8"), true),
            (None, true),
        ] {
            let mut response = Response::builder().status(403);
            if let Some(label) = label {
                response = response.header(CONTENT_TYPE, label);
            }
            let looked = now(layer.inspect(response.body(body.to_string()).unwrap()));
            assert_eq!(looked.is_err(), is_read, "{label:?}");
        }
    }
}

#[test]
fn the_last_of_several_members_with_one_name_counts() {
    let other = CONSENT.replace("ada", "bob");
    let body = terms(&*other).to_string();
    let start = format!("{{\"errcode\":\"M_FORBIDDEN\",\"consent_uri\":\"{CONSENT}\",");
    let found = redirect(look(&of_matrix(), 403, body.replacen('{', &start, 1)));
    assert_eq!(found.location().as_str(), other);

    let end = ",\"errcode\":\"M_FORBIDDEN\"}";
    let body = terms(CONSENT).to_string();
    let body = body[..body.len() - 1].to_owned() + end;
    assert!(look(&of_matrix(), 403, body).is_ok());
    let body = aal2(LOGIN).to_string();
    let body = body[..body.len() - 1].to_owned() + ",\"error\":{}}";
    assert!(look(&of_kratos(), 403, body).is_ok());
}

#[test]
fn names_and_values_may_be_escaped() {
    let body = terms(CONSENT).to_string();
    let escaped = body
        .replace("errcode", "\\u0065rrcode")
        .replace('/', "\\/")
        .replace("M_CONSENT", "M\\u005fCONSENT");
    let redirect = redirect(look(&of_matrix(), 403, escaped));
    assert_eq!(redirect.location().as_str(), CONSENT);
}

#[test]
fn an_object_deeper_than_127_levels_is_not_a_denial() {
    let with = |levels: usize| {
        let nested = format!(
            "{{\"deep\":{}{},",
            "[".repeat(levels - 1),
            "]".repeat(levels - 1)
        );
        terms(CONSENT).to_string().replacen('{', &nested, 1)
    };
    redirect(look(&of_matrix(), 403, with(127)));
    assert!(look(&of_matrix(), 403, with(128)).is_ok());
    let unbounded = of_matrix().max_document_bytes(usize::MAX);
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!(
            "{{\"deep\":{}1{}}}",
            open.repeat(100_000),
            close.repeat(100_000)
        );
        assert!(look(&unbounded, 403, deep.clone()).is_ok());
        assert!(look(&unbounded, 403, deep[..100_000].to_owned()).is_ok());
    }
}

#[test]
fn long_texts_are_read_up_to_the_cap_and_passed_on_beyond_it() {
    let with = |length: usize| {
        let long = format!("{{\"error\":\"{}\",", "x".repeat(length));
        terms(CONSENT)
            .to_string()
            .replace(",\"error\":\"Please\"", "")
            .replacen('{', &long, 1)
    };
    assert!(look(&of_matrix(), 403, with(1024 * 1024)).is_ok());
    let unbounded = of_matrix().max_document_bytes(usize::MAX);
    redirect(look(&unbounded, 403, with(1024 * 1024)));
    redirect(look(&of_matrix(), 403, with(60_000)));
}

#[test]
fn many_members_are_read_up_to_the_cap() {
    let mut body = String::from("{");
    for n in 0..5_000 {
        write!(body, "\"{n}\":{{}},").unwrap();
    }
    body += &terms(CONSENT).to_string()[1..];
    assert!(body.len() < 65_536);
    redirect(look(&of_matrix(), 403, body));
}

/// Objects of one member take the most: 5 bytes each.
#[test]
fn an_object_takes_up_to_130_times_its_length_in_memory() {
    let nested = format!("{}0{}", "{\"\":".repeat(120), "}".repeat(120));
    for part in ["0", "\"\"", "[]", "{}", "{\"\":0}", &nested] {
        let parts = vec![part; 64_000 / (part.len() + 1)].join(",");
        let body = Bytes::from(format!("{{\"a\":[{parts}]}}"));
        let counted = allocation_counter::measure(|| {
            assert!(look(&of_matrix(), 403, body.clone()).is_ok());
        });
        let times = counted.bytes_max / body.len() as u64;
        assert!(times < 130, "{part}: {times}");
        assert_eq!(times > 100, part == nested, "{part}: {times}");
    }
}

proptest! {
    /// The members are in any order, among any others, with any white space, in any frames.
    #[test]
    fn a_denial_is_found_in_any_order_spacing_and_frames(
        order in Just(vec![0, 1, 2, 3]).prop_shuffle(),
        space in "[ \t\r\n]{0,4}",
        size in 1_usize..40,
        is_denial in any::<bool>(),
    ) {
        let code = if is_denial { "M_CONSENT_NOT_GIVEN" } else { "M_FORBIDDEN" };
        let members = [
            format!("\"errcode\"{space}:{space}\"{code}\""),
            format!("\"consent_uri\":{space}\"{CONSENT}\""),
            "\"error\":{\"a\":[1,2.5e3,null,true,\"\\\"}\"]}".to_owned(),
            "\"x\":{}".to_owned(),
        ];
        let members: Vec<_> = order.into_iter().map(|n: usize| members[n].as_str()).collect();
        let body = format!("{space}{{{space}{}{space}}}{space}", members.join(&format!("{space},{space}")));
        let script = || Script::in_frames_of(size, body.as_bytes());
        let looked = now(of_matrix().inspect(response(403, script())));
        match looked {
            Err(PrivacyError::Redirect(redirect)) => {
                prop_assert!(is_denial);
                prop_assert_eq!(redirect.location().as_str(), CONSENT);
            }
            Ok(passed) => {
                prop_assert!(!is_denial);
                prop_assert_eq!(now(observe(passed.into_body())), now(observe(script())));
            }
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }
}
