//! The Personal APIs.

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, StatusCode, Uri,
    header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::escape::escape;
use url::Url;

use super::{data, page};
use crate::{
    protocol::{DEFAULT_NAME as ORANGE, Family},
    sandbox::{
        mounted::{Mounted, parameter},
        record::Call,
        state::Sandbox,
    },
};

/// A Personal API.
pub(super) struct Api {
    pub(super) path: &'static str,
    pub(super) family: Family,
    /// The default action.
    pub(super) action: &'static str,
}

pub(super) static ALL: [Api; 4] = [
    Api {
        path: "/contacts",
        family: Family::Contact,
        action: "see",
    },
    Api {
        path: "/photos",
        family: Family::Photos,
        action: "see",
    },
    Api {
        path: "/calendar",
        family: Family::Agenda,
        action: "add_event",
    },
    Api {
        path: "/messages",
        family: Family::Messages,
        action: "nbEmailSMS",
    },
];

/// Why a call gets an error that is not a denial. The vendor does not document codes for these, so they are
/// made up.
enum Fault {
    Token,
    Action,
    Path,
    Host,
}

impl Fault {
    fn parts(&self) -> (StatusCode, i32, &'static str) {
        match self {
            Self::Token => (StatusCode::UNAUTHORIZED, -1, "InvalidTokenException"),
            Self::Action => (StatusCode::BAD_REQUEST, -2, "UnknownActionException"),
            Self::Path => (StatusCode::NOT_FOUND, -4, "UnknownApiException"),
            Self::Host => (StatusCode::BAD_REQUEST, -5, "InvalidHostException"),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, code, detail) = self.parts();
        let mut response = xml(
            status,
            format!("<error><code>{code}</code><detail>{detail}</detail></error>"),
        );
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110, section 15.5.2: a 401 must have a challenge.
            response.headers_mut().insert(
                WWW_AUTHENTICATE,
                http::HeaderValue::from_static("Token realm=\"sandbox\""),
            );
        }
        response
    }
}

pub(super) fn answer(api: &Api, mounted: &Mounted, request: &Request) -> Response {
    match decide(api, mounted, request.uri(), request.headers()) {
        Ok(response) => response,
        Err(fault) => failed(&mounted.sandbox, api.path, fault),
    }
}

pub(crate) async fn unknown_path(State(sandbox): State<Sandbox>, uri: Uri) -> Response {
    failed(&sandbox, uri.path(), Fault::Path)
}

fn failed(sandbox: &Sandbox, path: &str, fault: Fault) -> Response {
    let response = fault.into_response();
    sandbox.fail(path, response.status());
    response
}

fn decide(api: &Api, mounted: &Mounted, uri: &Uri, headers: &HeaderMap) -> Result<Response, Fault> {
    let query = uri.query().unwrap_or_default();
    if parameter(query, &["token"]).as_deref() != Some(mounted.sandbox.token()) {
        return Err(Fault::Token);
    }
    let named = parameter(query, &["action"]);
    let named = named.as_deref().unwrap_or(api.action);
    let action = api
        .family
        .documented_attributes()
        .iter()
        .find(|action| **action == named)
        .ok_or(Fault::Action)?;
    let base_url = mounted.base_url(uri, headers).ok_or(Fault::Host)?;
    let permission = format!("{}.{action}", api.family);
    let call = Call {
        family: api.family.clone(),
        attribute: action,
        ..Call::of(ORANGE, api.path, [permission])
    };
    if mounted.sandbox.admit(call).is_none() {
        return Ok(xml(StatusCode::OK, data::of(&api.family, action)));
    }
    let page = interaction_url(base_url, mounted.sandbox.service_id(), &api.family, action);
    Ok(xml(StatusCode::INTERNAL_SERVER_ERROR, denial(&page)))
}

fn interaction_url(mut url: Url, service_id: &str, family: &Family, attribute: &str) -> Url {
    url.set_path(page::PATH);
    url.set_query(Some(&format!(
        "family={family}&serviceId={}&attributes=,{attribute}",
        utf8_percent_encode(service_id, NON_ALPHANUMERIC),
    )));
    url
}

/// The document as it was seen on the wire.
fn denial(interaction_url: &Url) -> String {
    format!(
        "<error><!--The user has not granted access to this service.--><code>-3</code>\
         <detail>PrivacyAccessDeniedException</detail><url>{}</url></error>",
        escape(interaction_url.as_str()),
    )
}

fn xml(status: StatusCode, root: impl AsRef<str>) -> Response {
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>{}",
        root.as_ref()
    );
    let headers = [
        (CONTENT_TYPE, "text/xml;charset=UTF-8"),
        (CACHE_CONTROL, "no-store"),
    ];
    (status, headers, document).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::header::HOST;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;
    use crate::sandbox::Choice;

    async fn get(sandbox: &Sandbox, url: &str) -> (StatusCode, String) {
        let request = Request::get(url).header(HOST, "127.0.0.1:8081");
        let request = request.body(Body::empty()).unwrap();
        let response = sandbox.router().oneshot(request).await.unwrap();
        let status = response.status();
        assert_eq!(response.headers()[CONTENT_TYPE], "text/xml;charset=UTF-8");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.into()).unwrap())
    }

    #[tokio::test]
    async fn access_that_was_not_granted_is_denied_with_the_document_of_the_wire() {
        let (status, body) = get(&Sandbox::new(), "/contacts?action=see&token=sandbox-token").await;
        assert_eq!(status, 500);
        assert_eq!(
            body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><error>\
             <!--The user has not granted access to this service.--><code>-3</code>\
             <detail>PrivacyAccessDeniedException</detail>\
             <url>http://127.0.0.1:8081/urm-gui/interaction.do?family=contact\
             &amp;serviceId=YOURSITE002242432462&amp;attributes=,see</url></error>"
        );
    }

    #[tokio::test]
    async fn each_api_denies_under_its_family_and_serves_xml_when_granted() {
        for api in &ALL {
            for action in api.family.documented_attributes() {
                let sandbox = Sandbox::new();
                let url = format!("{}?action={action}&token=sandbox-token", api.path);
                let (status, body) = get(&sandbox, &url).await;
                assert_eq!(status, 500);
                assert!(body.contains(&format!("?family={}&amp;", api.family)));
                assert!(body.contains(&format!("attributes=,{action}</url>")));

                sandbox.decide(&api.family, action, Choice::Once);
                let (status, body) = get(&sandbox, &url).await;
                assert_eq!(status, 200);
                let document = roxmltree::Document::parse(&body).unwrap();
                let root = match (&api.family, *action) {
                    (Family::Contact, _) => ("contacts", "contact"),
                    (Family::Photos, _) => ("photos", "photo"),
                    (Family::Agenda, _) => ("events", "event"),
                    (_, "nbEmailSMS") => ("messages", "emails"),
                    _ => ("messages", "email"),
                };
                let name = |node: roxmltree::Node<'_, '_>| node.tag_name().name().to_owned();
                let first = document.root_element().first_element_child().unwrap();
                let found = (name(document.root_element()), name(first));
                assert_eq!((&*found.0, &*found.1), root, "{action}");

                assert_eq!(get(&sandbox, &url).await.0, 500);
                let granted: Vec<_> = sandbox.calls().iter().map(Call::granted).collect();
                assert_eq!(granted, [false, true, false]);
            }
        }
    }

    #[tokio::test]
    async fn a_call_without_an_action_takes_the_first_sensible_one() {
        for api in &ALL {
            let sandbox = Sandbox::new();
            get(&sandbox, &format!("{}?token=sandbox-token", api.path)).await;
            assert_eq!(sandbox.calls()[0].attribute(), api.action);
        }
    }

    #[tokio::test]
    async fn other_errors_are_no_denials_and_are_not_counted_as_calls() {
        let sandbox = Sandbox::new();
        let token = (401, "-1", "InvalidTokenException");
        let action = (400, "-2", "UnknownActionException");
        for (url, (status, code, detail)) in [
            ("/contacts", token),
            ("/contacts?token=", token),
            ("/contacts?token=sandbox-toke", token),
            ("/contacts?token=sandbox-token&action=SEE", action),
            ("/contacts?token=sandbox-token&action=add_event", action),
            (
                "/favourites?token=sandbox-token",
                (404, "-4", "UnknownApiException"),
            ),
            (
                "http://a@b/contacts?token=sandbox-token",
                (400, "-5", "InvalidHostException"),
            ),
        ] {
            let (found, body) = get(&sandbox, url).await;
            assert_eq!(found, status, "{url}");
            let root = format!("<error><code>{code}</code><detail>{detail}</detail></error>");
            assert!(body.ends_with(&format!("?>{root}")), "{body}");
        }
        assert!(sandbox.calls().is_empty());
    }

    /// RFC 9110, section 15.5.2.
    #[tokio::test]
    async fn only_a_401_has_a_challenge() {
        for (path, challenge) in [
            ("/contacts", Some("Token realm=\"sandbox\"")),
            ("/contacts?token=sandbox-token&action=SEE", None),
        ] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = Sandbox::new().router().oneshot(request).await.unwrap();
            let found = response.headers().get(WWW_AUTHENTICATE);
            assert_eq!(found.map(|value| value.to_str().unwrap()), challenge);
        }
    }

    #[tokio::test]
    async fn a_service_id_is_encoded_as_a_query_value_and_as_xml() {
        let sandbox = Sandbox::new().with_service_id("a&b<c> é");
        let (_, body) = get(&sandbox, "/contacts?token=sandbox-token").await;
        assert!(
            body.contains("&amp;serviceId=a%26b%3Cc%3E%20%C3%A9&amp;attributes"),
            "{body}"
        );
    }
}
