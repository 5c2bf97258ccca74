//! Bearer challenges: which are denials, where they lead, and what a sign-in route accepts.
#![cfg(feature = "bearer")]

mod support;

use std::time::Duration;

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD},
};
use http::{HeaderValue, Response, header::WWW_AUTHENTICATE};
use proptest::prelude::*;
use support::{HOME, layer, now::now, redirect};
use tower_privacy::{
    PrivacyEndpointError, PrivacyError, PrivacyLayer, PrivacyRedirect, RejectionKind,
    protocol::{Bearer, Protocol},
};

const ROUTE: &str = "https://app.example/sign-in";
const BACK: &str = "return_to=https%3A%2F%2Fapp.example%2Fhome";

/// A challenge of Microsoft Graph, as captured.
const GRAPH: &str = "Bearer realm=\"\", authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize, \
    client_id=\"00000003-0000-0000-c000-000000000000\", error=\"insufficient_claims\", \
    claims=\"eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwgInZhbHVlIjoiMTY1NzgzNDQxNyJ9fX0=\", \
    errorDescription=\"Continuous access evaluation resulted in challenge\"";
const GRAPH_CLAIMS: &str =
    "{\"access_token\":{\"nbf\":{\"essential\":true, \"value\":\"1657834417\"}}}";

fn bearer() -> Bearer {
    Bearer::new(ROUTE, ["files:read", "files:write"]).unwrap()
}

type Looked = Result<Response<tower_privacy::ResponseBody<String>>, PrivacyError>;

fn look(bearer: Bearer, status: u16, fields: &[&str]) -> Looked {
    let mut response = Response::new(String::from("<p>Not now</p>"));
    *response.status_mut() = status.try_into().unwrap();
    for field in fields {
        let value = HeaderValue::from_bytes(field.as_bytes()).unwrap();
        response.headers_mut().append(WWW_AUTHENTICATE, value);
    }
    now(layer().protocol(bearer).inspect(response))
}

#[track_caller]
fn denied(status: u16, field: &str) -> PrivacyRedirect {
    redirect(look(bearer().any_scope(), status, &[field]))
}

#[track_caller]
fn rejected(looked: Looked) -> RejectionKind {
    match looked {
        Err(PrivacyError::Rejected(rejected)) => rejected.kind(),
        other => panic!("not rejected: {other:?}"),
    }
}

fn query(redirect: &PrivacyRedirect) -> Vec<(String, String)> {
    let pairs = redirect.location().query_pairs();
    pairs
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

#[test]
fn each_error_leads_to_the_sign_in_route_with_what_it_asks_for() {
    for (status, field, code, location, permissions) in [
        (
            403,
            "Bearer error=\"insufficient_scope\", scope=\"files:write files:read\"",
            "insufficient_scope",
            "?scope=files%3Awrite%20files%3Aread&",
            &["scope.files:write", "scope.files:read"][..],
        ),
        (
            403,
            "Bearer resource_metadata=\"https://api.example/.well-known/oauth-protected-resource\", \
             error=\"insufficient_scope\"",
            "insufficient_scope",
            "?",
            &[],
        ),
        (
            401,
            "Bearer error=\"insufficient_user_authentication\", acr_values=\"mfa urn:a:b\", max_age=\"300\"",
            "insufficient_user_authentication",
            "?acr_values=mfa%20urn%3Aa%3Ab&max_age=300&",
            &["acr.mfa", "acr.urn:a:b", "max_age.300"],
        ),
        (
            401,
            "Bearer error=insufficient_user_authentication, max_age=0",
            "insufficient_user_authentication",
            "?max_age=0&",
            &["max_age.0"],
        ),
        (
            401,
            "Bearer error=insufficient_user_authentication scope=files:read files:write acr_values=mfa",
            "insufficient_user_authentication",
            "?scope=files%3Aread%20files%3Awrite&acr_values=mfa&",
            &["scope.files:read", "scope.files:write", "acr.mfa"],
        ),
    ] {
        let redirect = denied(status, field);
        let expected = format!("{ROUTE}{location}{BACK}");
        assert_eq!(redirect.location().as_str(), expected, "{field}");
        let denial = redirect.denial();
        assert_eq!((denial.protocol(), denial.code()), ("bearer", Some(code)));
        assert_eq!(denial.status(), status);
        assert!(
            denial.permissions().eq(permissions.iter().copied()),
            "{field}"
        );
        assert!(redirect.returns() && redirect.return_url().as_str() == HOME);
    }
}

#[test]
fn the_claims_of_microsoft_graph_are_passed_on_unchanged() {
    let redirect = denied(401, GRAPH);
    let expected = [("claims", GRAPH_CLAIMS), ("return_to", HOME)];
    assert!(
        query(&redirect)
            .iter()
            .map(|(a, b)| (&**a, &**b))
            .eq(expected)
    );
    assert!(redirect.denial().permissions().eq(["claims"]));
    assert_eq!(redirect.denial().code(), Some("insufficient_claims"));
}

#[test]
fn claims_are_read_in_either_alphabet_padded_or_not() {
    let claims = "{\"a\":\"???>>>\u{e9}\"}";
    for encoded in [
        BASE64_STANDARD.encode(claims),
        BASE64_URL_SAFE.encode(claims),
        BASE64_URL_SAFE_NO_PAD.encode(claims),
    ] {
        let field = format!("Bearer error=insufficient_claims, claims=\"{encoded}\"");
        assert_eq!(query(&denied(401, &field))[0].1, claims, "{encoded}");
    }
}

#[test]
fn a_challenge_that_cannot_be_read_is_rejected() {
    let claims = |text: &[u8]| {
        let claims = BASE64_STANDARD.encode(text);
        format!("Bearer error=insufficient_claims, claims=\"{claims}\"")
    };
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(2048 - 8));
    assert!(matches!(
        look(bearer(), 401, &[&claims(long.as_bytes())]),
        Err(PrivacyError::Redirect(_))
    ));
    let too_long = format!("{{\"a\":\"{}\"}}", "x".repeat(2048 - 7));
    let deep = "[".repeat(600);
    for field in [
        "Bearer error=insufficient_claims",
        "Bearer error=insufficient_claims, claims=\"\"",
        "Bearer error=insufficient_claims, claims=\"{}\"",
        "Bearer error=insufficient_claims, claims=\"e30=e30=\"",
        "Bearer error=insufficient_claims, claims=\"e30\u{e9}\"",
        &claims(b"[]"),
        &claims(b"null"),
        &claims(b"{"),
        &claims(b"{} {}"),
        &claims(b"\"{}\""),
        &claims(b"{\"a\":\"\xff\"}"),
        &claims(deep.as_bytes()),
        &claims(too_long.as_bytes()),
        "Bearer error=insufficient_user_authentication, max_age=soon",
        "Bearer error=insufficient_user_authentication, max_age=-1",
        "Bearer error=insufficient_user_authentication, max_age=+1",
        "Bearer error=insufficient_user_authentication, max_age=1.5",
        "Bearer error=insufficient_user_authentication, max_age=\"\"",
        "Bearer error=insufficient_user_authentication, max_age=18446744073709551616",
        "Bearer error=insufficient_user_authentication, acr_values=\"a\tb\"",
        "Bearer error=insufficient_user_authentication, scope=\"a\\\"b\"",
    ] {
        let kind = rejected(look(bearer().any_scope(), 401, &[field]));
        assert_eq!(kind, RejectionKind::InvalidChallenge, "{field}");
    }
    for scope in ["a\\\\b", "a\\\"b", "caf\u{e9}", "a\tb"] {
        let field = format!("Bearer error=insufficient_scope, scope=\"{scope}\"");
        let kind = rejected(look(bearer().any_scope(), 403, &[&field]));
        assert_eq!(kind, RejectionKind::InvalidChallenge, "{field}");
    }
}

#[test]
fn claims_of_another_error_are_not_passed_on() {
    for (status, error) in [
        (403, "insufficient_scope"),
        (401, "insufficient_user_authentication"),
    ] {
        for claims in ["eyJ1c2VyaW5mbyI6e319", "!"] {
            let field = format!("Bearer error={error}, claims=\"{claims}\"");
            let redirect = denied(status, &field);
            assert_eq!(redirect.location().as_str(), format!("{ROUTE}?{BACK}"));
        }
    }
}

#[test]
fn a_request_is_bounded_and_names_each_value_once() {
    let asking = |values: &str| {
        let field =
            format!("Bearer error=insufficient_user_authentication, acr_values=\"{values}\"");
        look(bearer(), 401, &[&field])
    };
    let repeated = redirect(asking(&"a b ".repeat(20_000)));
    assert!(repeated.denial().permissions().eq(["acr.a", "acr.b"]));
    let longest = "x".repeat(3_000 - "acr_values=".len());
    assert!(redirect(asking(&longest)).location().as_str().len() < 3_100);
    assert_eq!(
        rejected(asking(&format!("{longest}x"))),
        RejectionKind::InvalidChallenge
    );
    assert!(bearer().accepts(&format!("acr_values={longest}")).is_some());
    assert!(
        bearer()
            .accepts(&format!("acr_values={longest}x"))
            .is_none()
    );
    let many: Vec<_> = (0..2_000).map(|n| n.to_string()).collect();
    assert_eq!(
        rejected(asking(&many.join(" "))),
        RejectionKind::InvalidChallenge
    );
}

#[test]
fn a_scope_that_the_app_does_not_list_is_rejected() {
    let field = "Bearer error=insufficient_scope, scope=\"files:read admin\"";
    assert_eq!(
        rejected(look(bearer(), 403, &[field])),
        RejectionKind::UnwantedScope
    );
    // An upstream may not hide it behind another error.
    let hidden = "Bearer error=insufficient_user_authentication, scope=admin, acr_values=mfa";
    assert_eq!(
        rejected(look(bearer(), 401, &[hidden])),
        RejectionKind::UnwantedScope
    );
    let listed = Bearer::new(ROUTE, ["files:read  admin"]).unwrap();
    redirect(look(listed, 403, &[field]));
    let none = Bearer::new(ROUTE, <[&str; 0]>::default()).unwrap();
    let read = "Bearer error=insufficient_scope, scope=files:read";
    assert_eq!(
        rejected(look(none.clone(), 403, &[read])),
        RejectionKind::UnwantedScope
    );
    redirect(look(none, 403, &["Bearer error=insufficient_scope"]));
    redirect(look(bearer().any_scope(), 403, &[field]));
}

#[test]
fn the_first_bearer_challenge_with_an_error_of_its_status_counts() {
    let scope = |fields: &[&str]| {
        query(&redirect(look(bearer().any_scope(), 403, fields)))[0]
            .1
            .clone()
    };
    for fields in [
        &["Bearer error=insufficient_scope, scope=a"][..],
        &["bearer ERROR=insufficient_scope, Scope=a"],
        &["Bearer scope=\"a\", error=\"insufficient_scope\""],
        &["Bearer error=\"insufficient\\_scope\", scope=a"],
        &["DPoP error=insufficient_scope, scope=b, Bearer error=insufficient_scope, scope=a"],
        &[
            "Bearer realm=x, Bearer error=invalid_token, scope=b",
            "Bearer error=insufficient_scope, scope=a",
        ],
        &[
            "Bearer error=insufficient_scope, scope=a",
            "Bearer error=insufficient_scope, scope=b",
        ],
        &[
            "Bearer error=insufficient_claims, claims=x",
            "Bearer error=insufficient_scope, scope=a",
        ],
        &["Bearer realm=x", "error=insufficient_scope", "scope=a"],
        &["Bearer error=insufficient_scope, scope=a, scope=b"],
    ] {
        assert_eq!(scope(fields), "a", "{fields:?}");
    }
}

#[test]
fn anything_else_is_not_a_denial() {
    for (status, fields) in [
        (401, &[][..]),
        (401, &["Bearer"][..]),
        (401, &["Bearer realm=\"api\""]),
        (
            401,
            &["Bearer error=\"invalid_token\", error_description=\"insufficient_claims\""],
        ),
        (401, &["Bearer error=\"invalid_request\""]),
        (
            401,
            &["Bearer error=\"insufficient_scope\", scope=\"files:read\""],
        ),
        (
            403,
            &["Bearer error=\"insufficient_user_authentication\", acr_values=\"mfa\""],
        ),
        (403, &[GRAPH]),
        (200, &[GRAPH]),
        (400, &["Bearer error=\"insufficient_scope\""]),
        (407, &["Bearer error=\"insufficient_scope\""]),
        (403, &["Bearer error=\"Insufficient_Scope\""]),
        (403, &["Bearer error=\"insufficient_scope \""]),
        (403, &["Bearer error_description=\"insufficient_scope\""]),
        (403, &["Bearer insufficient_scope"]),
        (403, &["error=\"insufficient_scope\""]),
        (403, &["DPoP error=\"insufficient_scope\""]),
        (403, &["Bearer2 error=\"insufficient_scope\""]),
        (
            403,
            &["Bearer realm=\"a\", DPoP error=\"insufficient_scope\""],
        ),
        (403, &["Bearer realm=\"error=insufficient_scope\""]),
        (403, &["Bearer realm=\"\\\", error=insufficient_scope\""]),
        (403, &["Bearer error=a, error=insufficient_scope"]),
    ] {
        let passed = look(bearer(), status, fields);
        assert_eq!(passed.unwrap().status().as_u16(), status, "{fields:?}");
    }
}

#[test]
fn the_routes_own_query_is_kept_except_for_the_layers_parameters() {
    let field = "Bearer error=insufficient_scope, scope=files:read";
    for (route, location) in [
        ("https://app.example/sign-in?", ROUTE.to_owned() + "?"),
        (
            "https://app.example/sign-in?provider=a%20b&x",
            ROUTE.to_owned() + "?provider=a%20b&x&",
        ),
        (
            "https://app.example/sign-in?scope=x&a=,1&return_to=y&acr_values&max%5Fage=1&claims={}",
            ROUTE.to_owned() + "?a=,1&",
        ),
    ] {
        let bearer = Bearer::new(route, ["files:read"]).unwrap();
        assert_eq!(bearer.endpoints()[0].to_string(), ROUTE);
        let redirect = redirect(look(bearer, 403, &[field]));
        let expected = format!("{location}scope=files%3Aread&{BACK}");
        assert_eq!(redirect.location().as_str(), expected);
    }
}

#[test]
fn an_invalid_route_is_an_error() {
    let reason = |route| Bearer::new(route, ["a"]).unwrap_err();
    for (route, expected) in [
        ("/sign-in", PrivacyEndpointError::NotAUrl),
        ("", PrivacyEndpointError::NotAUrl),
        (
            "https://app.example/sign-in#x",
            PrivacyEndpointError::QueryOrFragment,
        ),
        (
            "https://app.example/sign-in?a#",
            PrivacyEndpointError::QueryOrFragment,
        ),
        ("https://user@app.example/", PrivacyEndpointError::Userinfo),
        ("ftp://app.example/", PrivacyEndpointError::NotHttp),
        ("https://*.example/", PrivacyEndpointError::Wildcard),
    ] {
        assert_eq!(reason(route), expected, "{route}");
    }
}

#[test]
fn the_route_accepts_exactly_what_the_layer_asks_for() {
    for (status, field) in [
        (
            403,
            "Bearer error=insufficient_scope, scope=\"files:write files:read\"",
        ),
        (401, GRAPH),
        (
            401,
            "Bearer error=insufficient_user_authentication, acr_values=\"mfa urn:\u{e9}&=+%20\", max_age=300",
        ),
    ] {
        let redirect = redirect(look(bearer(), status, &[field]));
        let request = bearer()
            .accepts(redirect.location().query().unwrap())
            .unwrap();
        let scopes = request.scopes().map(|scope| format!("scope.{scope}"));
        let acr_values = request.acr_values().map(|value| format!("acr.{value}"));
        let max_age = request
            .max_age()
            .map(|age| format!("max_age.{}", age.as_secs()));
        let claims = request.claims().map(|_| "claims".to_owned());
        let asked = scopes.chain(acr_values).chain(max_age).chain(claims);
        assert!(asked.eq(redirect.denial().permissions()), "{field}");
    }
    let graph = redirect(look(bearer(), 401, &[GRAPH]));
    let request = bearer().accepts(graph.location().query().unwrap()).unwrap();
    assert_eq!(request.claims(), Some(GRAPH_CLAIMS));
}

#[test]
fn a_query_that_asks_for_more_is_not_accepted() {
    for query in [
        "scope=admin",
        "?scope=admin",
        "scope=files:read+admin",
        "scope=files:read&scope=admin",
        "scope=admin&scope=files:read",
        "sc%6Fpe=admin",
        "scope=files:read&sc%6Fpe=files:read",
        "scope=files:read%0D%0Aadmin",
        "scope=FILES:READ",
        "max_age=",
        "max_age=soon",
        "max_age=-1",
        "max_age=%2B1",
        "max_age=1&max_age=2",
        "max_age=18446744073709551616",
        "acr_values=a%00b",
        "acr_values=a%0Ab",
        "acr_values=a&acr_values=b",
        "claims=",
        "claims=[]",
        "claims={",
        "claims={}&claims={}",
        "claims=e30",
    ] {
        assert_eq!(bearer().accepts(query), None, "{query}");
    }
    let claims = |length: usize| format!("claims={{\"a\":\"{}\"}}", "x".repeat(length - 8));
    assert!(bearer().accepts(&claims(2048)).is_some());
    assert!(bearer().accepts(&claims(2049)).is_none());
    assert!(bearer().any_scope().accepts("scope=a%22b").is_none());
}

#[test]
fn a_query_that_asks_only_for_listed_scopes_is_accepted() {
    let request = |query| bearer().accepts(query).unwrap();
    for query in [
        "",
        "x=1",
        "return_to=https://evil.test/",
        "scope=",
        "scope",
        "acr_values",
    ] {
        let request = request(query);
        assert_eq!(
            request.scopes().chain(request.acr_values()).next(),
            None,
            "{query}"
        );
        assert_eq!((request.max_age(), request.claims()), (None, None));
    }
    assert!(
        request("scope=files:read++files:write+")
            .scopes()
            .eq(["files:read", "files:write"])
    );
    assert_eq!(request("max_age=0").max_age(), Some(Duration::ZERO));
    assert_eq!(
        request("claims=%7B%22a%22%3A+1%7D").claims(),
        Some("{\"a\": 1}")
    );
    let any = bearer().any_scope().accepts("scope=admin").unwrap();
    assert!(any.scopes().eq(["admin"]));
}

#[test]
fn debug_prints_neither_queries_nor_claims() {
    let bearer = Bearer::new("https://app.example/sign-in?k=s3cret", ["files:read"]).unwrap();
    let text = format!("{bearer:?}");
    assert!(
        text.contains(ROUTE) && text.contains("files:read"),
        "{text}"
    );
    let request = bearer
        .accepts("scope=files:read&claims={\"s3cret\":1}&acr_values=s3cret")
        .unwrap();
    assert!(format!("{request:?}").contains("files:read"));
    let layer = PrivacyLayer::new().protocol(bearer);
    for text in [text, format!("{request:?}"), format!("{layer:?}")] {
        assert!(!text.contains("s3cret"), "{text}");
    }
}

proptest! {
    /// Whatever a challenge contains ends up as data in the query of the app's own route.
    #[test]
    fn a_location_is_always_the_sign_in_route(
        error in prop::sample::select(&["insufficient_scope", "insufficient_user_authentication", "insufficient_claims"]),
        rest in "[ -~\u{e9}\t]{0,60}",
        names in prop::collection::vec(
            (prop::sample::select(&["scope", "acr_values", "max_age", "claims", "return_to", "realm"]), "[ -~]{0,20}"),
            0..4,
        ),
    ) {
        let status = if error == "insufficient_scope" { 403 } else { 401 };
        let parameters: Vec<_> = names
            .into_iter()
            .map(|(name, value)| format!("{name}=\"{}\"", value.replace(['"', '\\'], "")))
            .collect();
        let field = format!("Bearer error={error}, {}, {rest}", parameters.join(", "));
        match look(bearer().any_scope(), status, &[&field]) {
            Err(PrivacyError::Redirect(redirect)) => {
                let location = redirect.location();
                prop_assert!(location.as_str().starts_with(ROUTE) && location.path() == "/sign-in");
                prop_assert!(location.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
                let back: Vec<_> = query(&redirect).into_iter().filter(|(name, _)| name == "return_to").collect();
                prop_assert_eq!(back, [("return_to".to_owned(), HOME.to_owned())]);
                prop_assert!(bearer().any_scope().accepts(location.query().unwrap()).is_some());
                prop_assert!(bearer().accepts(location.query().unwrap()).is_some()
                    || redirect.denial().permissions().any(|name| name.starts_with("scope.")));
            }
            Err(PrivacyError::Rejected(_)) | Ok(_) => {}
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }
}
