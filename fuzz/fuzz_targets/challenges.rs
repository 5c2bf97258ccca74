//! Any `WWW-Authenticate`. A location is always the app's own sign-in route, which accepts its query. A
//! challenge that another parser accepts is read the same way.
#![no_main]

use std::collections::BTreeSet;

use arbitrary::Arbitrary;
use http::{HeaderValue, Response, StatusCode, header::WWW_AUTHENTICATE};
use libfuzzer_sys::fuzz_target;
use tower_privacy::{
    PrivacyError,
    protocol::{Bearer, Protocol},
};
use tower_privacy_fuzz::{HOME, check_page, layer, look_by};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    is_forbidden: bool,
    any_scope: bool,
    text: &'a str,
}

/// What a simple implementation reads: the scopes of the challenge that counts. `None` if the other parser
/// fails.
fn plainly(fields: &[&str], is_forbidden: bool) -> Option<Option<String>> {
    let errors: &[&str] = if is_forbidden {
        &["insufficient_scope"]
    } else {
        &["insufficient_user_authentication", "insufficient_claims"]
    };
    // Several fields are one list (RFC 9110, section 5.3), if no quoted string goes from one to the next.
    if fields
        .iter()
        .any(|field| field.matches('"').count() % 2 == 1)
    {
        return None;
    }
    for challenge in http_auth::parse_challenges(&fields.join(", ")).ok()? {
        let get = |name: &str| {
            let mut parameters = challenge.params.iter();
            let found = parameters.find(|(other, _)| other.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.to_unescaped())
        };
        let error = get("error").unwrap_or_default();
        if challenge.scheme.eq_ignore_ascii_case("bearer") && errors.contains(&&*error) {
            return Some(Some(get("scope").unwrap_or_default()));
        }
    }
    Some(None)
}

fuzz_target!(|input: Input<'_>| {
    let mut response = Response::new(http_body_util::Empty::<bytes::Bytes>::new());
    *response.status_mut() = if input.is_forbidden {
        StatusCode::FORBIDDEN
    } else {
        StatusCode::UNAUTHORIZED
    };
    let fields: Vec<_> = input.text.split('\n').collect();
    for field in &fields {
        let Ok(value) = HeaderValue::from_bytes(field.as_bytes()) else {
            return;
        };
        response.headers_mut().append(WWW_AUTHENTICATE, value);
    }
    let mut bearer =
        Bearer::new("https://app.example/sign-in?k=v", ["a", "files:read"]).expect("a valid URL");
    if input.any_scope {
        bearer = bearer.any_scope();
    }
    let plain = plainly(&fields, input.is_forbidden);
    match look_by(&layer().protocol(bearer.clone()), response) {
        Ok(_) => assert!(!matches!(plain, Some(Some(_))), "{plain:?}"),
        Err(PrivacyError::Redirect(redirect)) => {
            check_page(&redirect, &bearer.endpoints());
            let query = redirect.location().query().unwrap_or_default();
            let (query, _) = query.rsplit_once("return_to=").expect("it is there");
            let request = bearer.accepts(query).expect("the route takes it");
            assert!(query.starts_with("k=v&"));
            let back = redirect.location().query_pairs().last();
            assert_eq!(back.expect("it is there").1, HOME);
            if let Some(plain) = plain {
                let scopes = plain.expect("it is a denial");
                let scopes = scopes.split(' ').filter(|scope| !scope.is_empty());
                // Each scope is named once.
                let scopes: BTreeSet<_> = scopes.collect();
                assert_eq!(request.scopes().collect::<BTreeSet<_>>(), scopes);
            }
        }
        Err(PrivacyError::Rejected(_)) => assert!(!matches!(plain, Some(None))),
        Err(error) => panic!("{error:?}"),
    }
});
