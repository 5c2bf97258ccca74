//! Denials of Ory Kratos, as they are on the wire, and how Kratos's own client reads them.
//!
//! The bodies are in `tests/fixtures/kratos.toml`. The crate `ory-kratos-client` is generated from Kratos's
//! API description, independently of this crate, so the table does not repeat our own mistakes.
#![cfg(feature = "kratos")]

mod support;

use bytes::Bytes;
use http::{Response, header::CONTENT_TYPE};
use ory_kratos_client::models::{
    ErrorAuthenticatorAssuranceLevelNotSatisfied, ErrorGeneric, GenericError,
    NeedsPrivilegedSessionError,
};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;
use support::{
    body::{Script, observe},
    layer,
    now::now,
    redirect,
};
use tower_privacy::{PrivacyError, protocol::Kratos};
use url::Url;

const BACK_ENCODED: &str = "https%3A%2F%2Fapp.example%2Fhome";
const AAL2: &str = "session_aal2_required";
const REFRESH: &str = "session_refresh_required";

#[derive(Deserialize)]
struct Table {
    denial: Vec<Row<Denial>>,
    other: Vec<Row<Other>>,
}

#[derive(Deserialize)]
struct Row<T> {
    name: String,
    #[serde(default = "at_home")]
    public_url: String,
    status: u16,
    body: String,
    #[serde(flatten)]
    expected: T,
}

#[derive(Deserialize)]
struct Denial {
    location: String,
    permission: String,
    #[serde(default = "yes")]
    returns: bool,
}

#[derive(Deserialize)]
struct Other {}

fn at_home() -> String {
    "http://localhost:4433".to_owned()
}

fn yes() -> bool {
    true
}

fn table() -> Table {
    toml::from_str(include_str!("fixtures/kratos.toml")).unwrap()
}

impl<T> Row<T> {
    fn kratos(&self) -> Kratos {
        Kratos::new(&self.public_url).unwrap()
    }

    /// The body with this status, in frames of this size.
    fn response(&self, status: u16, frame: usize) -> Response<Script<Bytes>> {
        let response = Response::builder().status(status);
        let response = response.header(CONTENT_TYPE, "application/json");
        let body = Script::in_frames_of(frame, self.body.as_bytes());
        response.body(body).unwrap()
    }

    /// What Kratos's own client finds: the error, and the URL to visit.
    fn read(&self) -> Option<(GenericError, Option<Url>)> {
        let error = *serde_json::from_str::<ErrorGeneric>(&self.body).ok()?.error;
        let url = match error.id.as_deref() {
            Some(AAL2) => {
                let read: ErrorAuthenticatorAssuranceLevelNotSatisfied =
                    serde_json::from_str(&self.body).unwrap();
                assert_eq!(read.error.as_deref(), Some(&error));
                read.redirect_browser_to
            }
            Some(REFRESH) => {
                let read: NeedsPrivilegedSessionError = serde_json::from_str(&self.body).unwrap();
                assert_eq!(read.error.as_deref(), Some(&error));
                Some(read.redirect_browser_to)
            }
            // `ErrorBrowserLocationChangeRequired` looks for the error one level too deep (ory/sdk#277).
            _ => None,
        };
        Some((error, url.map(|url| url.parse().unwrap())))
    }

    /// Whether a body in which the client finds this is a denial with this status.
    fn is_denial(&self, status: u16, sign_in: bool) -> bool {
        let Some((error, _)) = self.read() else {
            return false;
        };
        match status {
            401 if sign_in => {
                error.code == Some(401)
                    && matches!(error.id.as_deref(), None | Some("session_inactive"))
            }
            403 => matches!(error.id.as_deref(), Some(AAL2 | REFRESH)),
            _ => false,
        }
    }
}

#[test]
fn each_denial_leads_to_the_login_page_and_says_what_is_missing() {
    for row in table().denial {
        let name = &row.name;
        let layer = layer().protocol(row.kratos().sign_in());
        for frame in [row.body.len(), 1] {
            let redirect = redirect(now(layer.inspect(row.response(row.status, frame))));
            let location = row.expected.location.replace("BACK", BACK_ENCODED);
            assert_eq!(redirect.location().as_str(), location, "{name}");
            assert_eq!(redirect.returns(), row.expected.returns, "{name}");
            let denial = redirect.denial();
            assert_eq!(denial.status(), row.status, "{name}");
            assert!(
                denial.permissions().eq([&row.expected.permission]),
                "{name}"
            );
        }
    }
}

#[test]
fn a_denial_is_read_as_by_kratoss_own_client() {
    for row in table().denial {
        let name = &row.name;
        let layer = layer().protocol(row.kratos().sign_in());
        let redirect = redirect(now(layer.inspect(row.response(row.status, 64))));
        let denial = redirect.denial();
        let (error, url) = row.read().expect(name);
        assert_eq!(error.code, Some(row.status.into()), "{name}");
        if row.status == 403 {
            assert_eq!(denial.code(), error.id.as_deref(), "{name}");
            assert_eq!(Some(denial.interaction_url()), url.as_ref(), "{name}");
        } else {
            // These have no URL: the page is the configured one.
            assert_eq!(denial.code(), None, "{name}");
            let login = format!("{}/self-service/login/browser", row.public_url);
            assert_eq!(denial.interaction_url().as_str(), login, "{name}");
        }
    }
}

#[test]
fn each_body_is_a_denial_only_with_the_statuses_of_its_id() {
    let Table { denial, other } = table();
    denial.iter().for_each(under_each_status);
    other.iter().for_each(under_each_status);
    for row in other {
        assert!(!row.is_denial(row.status, true), "{}", row.name);
    }
}

fn under_each_status<T>(row: &Row<T>) {
    let bare = now(observe(row.response(200, 7).into_body()));
    for status in [200, 400, 401, 403, 404, 410, 422, 500] {
        for sign_in in [false, true] {
            let name = format!("{} under {status}, sign-in {sign_in}", row.name);
            let kratos = row.kratos();
            let kratos = if sign_in { kratos.sign_in() } else { kratos };
            let looked = now(layer().protocol(kratos).inspect(row.response(status, 7)));
            match looked {
                Ok(passed) => {
                    assert!(!row.is_denial(status, sign_in), "{name} passed");
                    assert_eq!(now(observe(passed.into_body())), bare, "{name}");
                }
                Err(PrivacyError::Redirect(_)) => {
                    assert!(row.is_denial(status, sign_in), "{name} is a denial");
                }
                Err(error) => panic!("{name}: {error:?}"),
            }
        }
    }
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("\\PC{0,20}")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    /// The client's types can write bodies too. Only the id and the URL decide, whatever else is in a body.
    #[test]
    fn a_body_that_kratoss_own_client_writes_is_read_the_same_way(
        id in prop_oneof![Just(Some(AAL2.to_owned())), Just(Some(REFRESH.to_owned())), text()],
        code in proptest::option::of(400_i64..410),
        (debug, reason, request, status) in (text(), text(), text(), text()),
        message in "\\PC{0,20}",
        details in proptest::option::of("[ -~]{0,30}"),
        query in "[ -~]{0,30}",
    ) {
        let page = format!("{}/self-service/login/browser", at_home());
        let details = details.map(|query| json!({ "redirect_browser_to": format!("{page}?{query}") }));
        let error = GenericError { code, debug, details, id, message, reason, request, status };
        let body = ErrorAuthenticatorAssuranceLevelNotSatisfied {
            error: Some(error.into()),
            redirect_browser_to: Some(format!("{page}?{query}")),
        };
        let row = Row {
            name: "any texts".to_owned(),
            public_url: at_home(),
            status: 403,
            body: serde_json::to_string(&body).unwrap(),
            expected: (),
        };
        under_each_status(&row);
        if row.is_denial(403, false) {
            let looked = now(layer().protocol(row.kratos()).inspect(row.response(403, 7)));
            let (error, url) = row.read().unwrap();
            let redirect = redirect(looked);
            prop_assert_eq!(redirect.denial().code(), error.id.as_deref());
            prop_assert_eq!(Some(redirect.denial().interaction_url()), url.as_ref());
        }
    }
}

/// The sandbox's Kratos, read with the same client.
#[cfg(feature = "sandbox")]
mod sandbox {
    use axum::body::Body;
    use http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    use tower_privacy::sandbox::{Choice::Always, Sandbox};

    use super::*;

    #[tokio::test]
    async fn kratoss_own_client_reads_the_sandboxs_bodies_the_same_way() {
        let sandbox = Sandbox::new();
        let whoami = "/sessions/whoami";
        let settings = "/self-service/settings?flow=8f8190f1";
        for (permission, path, status, id) in [
            (None, whoami, 401, None),
            (None, settings, 401, Some("session_inactive")),
            (Some("session"), whoami, 403, Some(AAL2)),
            (Some("session"), settings, 403, Some(REFRESH)),
        ] {
            if let Some(permission) = permission {
                sandbox.decide_on("kratos", permission, Always);
            }
            let request = Request::get(format!("{}{path}", at_home()))
                .header("x-session-token", sandbox.token())
                .body(Body::empty());
            let response = sandbox.router().oneshot(request.unwrap()).await.unwrap();
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(
                response.headers()[CONTENT_TYPE],
                "application/json",
                "{path}"
            );
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let row = Row {
                name: format!("the sandbox's {path}"),
                public_url: at_home(),
                status,
                body: String::from_utf8(body.into()).unwrap(),
                expected: (),
            };
            let (error, url) = row.read().unwrap();
            assert_eq!((error.code, error.id.as_deref()), (Some(status.into()), id));
            under_each_status(&row);
            let layer = layer().protocol(row.kratos().sign_in());
            let redirect = redirect(now(layer.inspect(row.response(status, 64))));
            if let Some(url) = url {
                assert_eq!(redirect.denial().interaction_url(), &url, "{path}");
            }
            if path == whoami {
                let mut known = table().denial.into_iter();
                assert!(
                    known.any(|known| known.body.trim() == row.body.trim()),
                    "{}",
                    row.body
                );
            }
        }
    }
}
