//! Runs documents and attack lists of others through the layer.
//!
//! They have their own licences, so they are not in this repository. They are read from the folder in the
//! environment variable `TOWER_PRIVACY_CORPORA`, or else from `shared/corpora` beside the repository. Without
//! that folder, the tests are skipped and say so. Each line of a file is a JSON object, with the body in
//! Base64.

mod support;

use std::{
    env,
    fmt::Debug,
    fs,
    io::{self, Write},
    path::PathBuf,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{Response, header::CONTENT_TYPE};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use serde::{Deserialize, de::DeserializeOwned};
use support::{HOME, body::Script, context, inspect, layer};
#[cfg(all(
    feature = "bearer",
    feature = "github-sso",
    feature = "kratos",
    feature = "matrix-consent"
))]
use tower_privacy::protocol::{Bearer, GitHubSso, Kratos, MatrixConsent, Protocol};
use tower_privacy::{PrivacyEndpoint, PrivacyError, PrivacyLayer, ResponseBody};
use url::Url;

#[derive(Deserialize)]
struct Document {
    id: String,
    origin: String,
    #[serde(flatten)]
    payload: Payload,
}

#[derive(Deserialize)]
struct HostileUrl {
    id: String,
    url_text: String,
    expect: Expect,
    #[serde(flatten)]
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    body_b64: String,
    content_type: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Expect {
    MustNotRedirect,
    RedirectOk,
    PassthroughOkOrError,
}

/// Tells the person who runs the tests. The output of the print macros is not shown for a test that passes.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "corpora: {text}");
}

/// The lines of a file of the corpora. If they are not installed, says so and returns `None`.
fn lines<T: DeserializeOwned>(file: &str) -> Option<Vec<T>> {
    let folder = env::var_os("TOWER_PRIVACY_CORPORA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora"),
        PathBuf::from,
    );
    if !folder.is_dir() {
        say(&format!(
            "SKIPPED: {file}: no folder {}; TOWER_PRIVACY_CORPORA names another",
            folder.display()
        ));
        return None;
    }
    let text = fs::read_to_string(folder.join(file)).expect(file);
    let lines: Vec<T> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).expect(file))
        .collect();
    assert!(!lines.is_empty(), "{file} is empty");
    Some(lines)
}

impl Payload {
    fn bytes(&self) -> Bytes {
        BASE64_STANDARD.decode(&self.body_b64).unwrap().into()
    }

    fn response<B>(&self, status: u16, body: B) -> Response<B> {
        let mut response = Response::new(body);
        *response.status_mut() = status.try_into().unwrap();
        if let Some(value) = &self.content_type {
            response
                .headers_mut()
                .insert(CONTENT_TYPE, value.parse().unwrap());
        }
        response
    }

    fn whole(&self, status: u16) -> Response<Full<Bytes>> {
        self.response(status, Full::new(self.bytes()))
    }

    fn cut(&self, status: u16) -> Response<Script> {
        self.response(status, Script::in_frames_of(1, &self.bytes()))
    }
}

type Looked<B> = Result<Response<ResponseBody<B>>, PrivacyError>;

async fn look<B: Body>(response: Response<B>) -> Looked<B> {
    look_by(&layer(), response).await
}

async fn look_by<B: Body>(layer: &PrivacyLayer, response: Response<B>) -> Looked<B> {
    inspect(response, &context(), layer).await
}

async fn collect<B: Body<Data = Bytes, Error: Debug>>(name: &str, looked: Looked<B>) -> Bytes {
    match looked {
        Ok(response) => response.into_body().collect().await.unwrap().to_bytes(),
        Err(error) => panic!("{name}: {error:?}"),
    }
}

#[tokio::test]
async fn documents_pass_through_byte_for_byte() {
    let Some(documents) = lines::<Document>("documents.jsonl") else {
        return;
    };
    for Document {
        id,
        origin,
        payload,
    } in &documents
    {
        let name = format!("{id}, {origin}");
        for status in [200, 500] {
            let whole = collect(&name, look(payload.whole(status)).await).await;
            assert_eq!(whole, payload.bytes(), "{name}");
            let cut = collect(&name, look(payload.cut(status)).await).await;
            assert_eq!(cut, payload.bytes(), "{name}, in single bytes");
        }
    }
    say(&format!("{} documents passed through", documents.len()));
}

/// Checks the outcome of a hostile URL, and returns whether it was a redirect.
fn judge<B: Body>(hostile: &HostileUrl, looked: Looked<B>) -> bool {
    let name = format!("{}, {:?}", hostile.id, hostile.url_text);
    match looked {
        Ok(_) | Err(PrivacyError::Rejected(_)) => false,
        Err(PrivacyError::Redirect(redirect)) if hostile.expect == Expect::RedirectOk => {
            let location = redirect.location();
            assert!(
                [
                    PrivacyEndpoint::production(),
                    PrivacyEndpoint::integration()
                ]
                .iter()
                .any(|endpoint| endpoint.covers(location)),
                "{name}: {location}"
            );
            assert!(
                location.as_str().bytes().all(|b| b.is_ascii_graphic()),
                "{name}: {location}"
            );
            assert_eq!(&Url::parse(location.as_str()).unwrap(), location, "{name}");
            let back: Vec<_> = location
                .query_pairs()
                .filter(|(parameter, _)| parameter == "urlRetour")
                .map(|(_, value)| value)
                .collect();
            assert_eq!(back, [HOME], "{name}");
            true
        }
        Err(error) => panic!("{name}: {error:?}"),
    }
}

#[tokio::test]
async fn no_hostile_url_becomes_a_location() {
    let Some(urls) = lines::<HostileUrl>("hostile-urls.jsonl") else {
        return;
    };
    let mut redirects = 0;
    for hostile in &urls {
        for status in [200, 500] {
            let whole = judge(hostile, look(hostile.payload.whole(status)).await);
            let cut = judge(hostile, look(hostile.payload.cut(status)).await);
            assert_eq!(whole, cut, "{}", hostile.id);
            redirects += usize::from(whole);
        }
    }
    say(&format!(
        "{} hostile URLs, of which {} led to a trusted page",
        urls.len(),
        redirects / 2
    ));
}

#[cfg(all(
    feature = "bearer",
    feature = "github-sso",
    feature = "kratos",
    feature = "matrix-consent"
))]
mod live {
    use super::*;

    fn kratos() -> Kratos {
        Kratos::new("https://id.example").unwrap()
    }

    fn matrix() -> MatrixConsent {
        MatrixConsent::new("https://matrix.example").unwrap()
    }

    /// A denial with this text as its URL, in a body or in the head.
    type Denial = fn(&str) -> Response<String>;

    fn in_json(text: &str, body: fn(&str) -> serde_json::Value) -> Response<String> {
        let response = Response::builder().status(403);
        let response = response.header(CONTENT_TYPE, "application/json");
        response.body(body(text).to_string()).unwrap()
    }

    fn of_kratos(text: &str) -> Response<String> {
        in_json(
            text,
            |text| serde_json::json!({ "error": { "id": "session_refresh_required" }, "redirect_browser_to": text }),
        )
    }

    fn of_matrix(text: &str) -> Response<String> {
        in_json(
            text,
            |text| serde_json::json!({ "errcode": "M_CONSENT_NOT_GIVEN", "consent_uri": text }),
        )
    }

    fn of_github(text: &str) -> Response<String> {
        let mut response = Response::new(String::new());
        *response.status_mut() = http::StatusCode::FORBIDDEN;
        let value = http::HeaderValue::from_bytes(format!("required; url={text}").as_bytes());
        if let Ok(value) = value {
            response.headers_mut().insert("x-github-sso", value);
        }
        response
    }

    /// Whatever comes from the wire ends up as a value in the query of the app's own route.
    fn of_bearer(text: &str) -> Response<String> {
        let mut response = Response::new(String::new());
        *response.status_mut() = http::StatusCode::FORBIDDEN;
        let field = format!("Bearer error=insufficient_scope, scope={text}, acr_values=\"{text}\"");
        if let Ok(value) = http::HeaderValue::from_bytes(field.as_bytes()) {
            response
                .headers_mut()
                .insert(http::header::WWW_AUTHENTICATE, value);
        }
        response
    }

    #[tokio::test]
    async fn no_hostile_url_leads_outside_a_protocols_pages() {
        let Some(urls) = lines::<HostileUrl>("hostile-urls.jsonl") else {
            return;
        };
        let bearer = Bearer::new("https://app.example/sign-in", ["a"])
            .unwrap()
            .any_scope();
        let protocols: [(Box<dyn Protocol>, Denial, &str, &str); 4] = [
            (
                Box::new(kratos()),
                of_kratos,
                "id.example",
                "self-service/login/browser",
            ),
            (
                Box::new(matrix()),
                of_matrix,
                "matrix.example",
                "_matrix/consent",
            ),
            (
                Box::new(GitHubSso::new()),
                of_github,
                "github.com",
                "orgs/octodocs-test/sso",
            ),
            (Box::new(bearer), of_bearer, "app.example", "sign-in"),
        ];
        for (protocol, denial, host, path) in protocols {
            let pages = protocol.endpoints();
            let name = protocol.name().to_owned();
            let layer = layer().protocol(protocol);
            let mut redirects = 0;
            for hostile in &urls {
                let own = hostile.url_text.replace("privacy.orange.fr", host);
                let own = own.replace("urm-gui/interaction.do", path);
                for text in [&hostile.url_text, &own] {
                    match look_by(&layer, denial(text)).await {
                        Ok(_) | Err(PrivacyError::Rejected(_)) => {}
                        Err(PrivacyError::Redirect(redirect)) => {
                            let location = redirect.location();
                            assert!(pages.iter().any(|page| page.covers(location)), "{location}");
                            assert!(
                                location
                                    .as_str()
                                    .bytes()
                                    .all(|byte| byte.is_ascii_graphic())
                            );
                            assert_eq!(&Url::parse(location.as_str()).unwrap(), location);
                            redirects += 1;
                        }
                        Err(error) => panic!("{text}: {error:?}"),
                    }
                }
            }
            let tried = 2 * urls.len();
            say(&format!(
                "{name}: {tried} hostile URLs, of which {redirects} led to a trusted page"
            ));
        }
    }

    #[tokio::test]
    async fn documents_of_others_pass_through_the_json_protocols() {
        let Some(documents) = lines::<Document>("documents.jsonl") else {
            return;
        };
        for layer in [
            layer().protocol(kratos().sign_in()),
            layer().protocol(matrix()),
        ] {
            for Document { id, payload, .. } in &documents {
                for label in [None, Some("application/json".to_owned())] {
                    let payload = Payload {
                        body_b64: payload.body_b64.clone(),
                        content_type: label,
                    };
                    for status in [401, 403] {
                        let whole = collect(id, look_by(&layer, payload.whole(status)).await).await;
                        assert_eq!(whole, payload.bytes(), "{id}");
                        let cut = collect(id, look_by(&layer, payload.cut(status)).await).await;
                        assert_eq!(cut, payload.bytes(), "{id}, in single bytes");
                    }
                }
            }
        }
    }
}
