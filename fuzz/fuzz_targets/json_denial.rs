//! Any body as an answer of Kratos or of a Matrix homeserver. In any frames, the verdict is that of a simple
//! implementation, and any other response passes through.
#![no_main]

use arbitrary::Arbitrary;
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tower_privacy::{
    PrivacyEndpoint, PrivacyError,
    protocol::{Kratos, MatrixConsent, Protocol},
};
use tower_privacy_fuzz::{Frames, check_page, layer, look_by};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    asks: Asks,
    sizes: Vec<u8>,
    body: &'a [u8],
}

#[derive(Arbitrary, Debug)]
enum Asks {
    Kratos,
    KratosSignIn,
    Matrix,
}

impl Asks {
    fn is_denial(&self, body: &[u8]) -> bool {
        let Ok(body @ Value::Object(_)) = serde_json::from_slice(body) else {
            return false;
        };
        let pointer = |pointer| body.pointer(pointer).and_then(Value::as_str);
        match self {
            Self::Kratos => matches!(
                pointer("/error/id"),
                Some("session_aal2_required" | "session_refresh_required")
            ),
            Self::KratosSignIn => {
                let id = body.pointer("/error/id").unwrap_or(&Value::Null);
                body.pointer("/error/code") == Some(&401.into())
                    && (id.is_null() || id == "session_inactive")
            }
            Self::Matrix => pointer("/errcode") == Some("M_CONSENT_NOT_GIVEN"),
        }
    }
}

fuzz_target!(|input: Input<'_>| {
    let kratos = || Kratos::new("https://id.example").expect("a valid URL");
    let matrix = || MatrixConsent::new("https://m.example").expect("a valid URL");
    let (protocol, status): (Box<dyn Protocol>, _) = match input.asks {
        Asks::Kratos => (Box::new(kratos()), StatusCode::FORBIDDEN),
        Asks::KratosSignIn => (Box::new(kratos().sign_in()), StatusCode::UNAUTHORIZED),
        Asks::Matrix => (Box::new(matrix()), StatusCode::FORBIDDEN),
    };
    let pages: Vec<PrivacyEndpoint> = protocol.endpoints();
    let layer = layer().protocol(protocol).max_document_bytes(usize::MAX);

    let body = Bytes::copy_from_slice(input.body);
    let mut whole = Response::new(Full::new(body.clone()));
    *whole.status_mut() = status;
    let mut cut = Response::new(Frames::cut(&body, &input.sizes));
    *cut.status_mut() = status;

    let is_denial = input.asks.is_denial(&body);
    match (look_by(&layer, whole), look_by(&layer, cut)) {
        (Ok(whole), Ok(cut)) => assert!(!is_denial && whole == body && cut == body),
        (Err(whole), Err(cut)) => {
            assert!(is_denial);
            assert_eq!(format!("{whole:?}"), format!("{cut:?}"));
            match whole {
                PrivacyError::Redirect(redirect) => check_page(&redirect, &pages),
                PrivacyError::Rejected(_) => {}
                error => panic!("{error:?}"),
            }
        }
        (whole, cut) => panic!("{whole:?} {cut:?}"),
    }
});
