//! The privacy page.

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::{Html, IntoResponse, Response},
};
use http::{StatusCode, header::LOCATION};
use maud::{Markup, html};

use super::ask::{Ask, Problem};
use crate::{
    protocol::Family,
    sandbox::{
        consent::Choice,
        reply::{self, Button},
        state::Sandbox,
    },
};

/// The path of the page, the same as the vendor's.
pub(crate) const PATH: &str = "/urm-gui/interaction.do";

/// `GET`: shows the page, or acts on the choice that was made in advance.
pub(super) async fn open(State(sandbox): State<Sandbox>, RawQuery(query): RawQuery) -> Response {
    answered(
        Ask::read(&query.unwrap_or_default()).map(|ask| match sandbox.open(ask.visit()) {
            Some(_) => back(&ask),
            None => Html(question(&ask).into_string()).into_response(),
        }),
    )
}

/// `POST`: a button was pressed.
pub(super) async fn press(
    State(sandbox): State<Sandbox>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    answered(Ask::read(&query.unwrap_or_default()).and_then(|ask| {
        let choice = reply::chosen(&body).ok_or(Problem::Choice)?;
        sandbox.press(&ask.visit(), choice);
        Ok(back(&ask))
    }))
}

fn back(ask: &Ask) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, ask.location.clone())]).into_response()
}

fn answered(result: Result<Response, Problem>) -> Response {
    reply::secured(result.unwrap_or_else(|problem| {
        let page = Html(complaint(&problem).into_string());
        (StatusCode::BAD_REQUEST, page).into_response()
    }))
}

const BUTTONS: [Button; 3] = [
    (
        Choice::Once,
        "Allow once",
        "You will be asked again next time.",
    ),
    (
        Choice::Always,
        "Always allow",
        "You will not be asked again.",
    ),
    (
        Choice::Refuse,
        "Don't allow",
        "The service gets nothing, and loses what you allowed before.",
    ),
];

fn question(ask: &Ask) -> Markup {
    reply::page(
        "A service asks for access",
        &html! {
            p {
                "The service " strong { (ask.service_id) } " at " strong { (ask.host()) }
                " asks for access to your " strong { (ask.family.api_name()) } ". It wants to:"
            }
            ul {
                @for attribute in &ask.attributes {
                    li { (in_words(&ask.family, attribute)) }
                }
            }
            h2 { "Do you allow this?" }
            (reply::form(&[], &BUTTONS))
            p.after { "Whatever you choose, you then return to " (ask.host()) "." }
        },
    )
}

fn complaint(problem: &Problem) -> Markup {
    reply::page(
        "This request is not valid",
        &html! {
            p { (problem.to_string()) }
            p.after { "Nothing was stored. Please go back to the service that sent you here." }
        },
    )
}

/// What the user would allow, after "It wants to".
fn in_words(family: &Family, attribute: &str) -> String {
    match (family, attribute) {
        (Family::Agenda, "add_event") => "add events to your calendar",
        (Family::Contact, "add") => "add people to your contacts",
        (Family::Contact, "see") => "see your contacts",
        (Family::Myco, "add_content") => "add files to your content",
        (Family::Favoris, "add_bookmark") => "add bookmarks to your favourites",
        (Family::Messages, "nbEmailSMS") => "see how many e-mails and text messages you have",
        (Family::Messages, "emailsLastNDetailed") => "read your latest e-mails",
        (Family::Photos, "add") => "add photos to yours",
        (Family::Photos, "see") => "see your photos",
        _ => return format!("use the permission “{attribute}”"),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::{
        Request,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY},
    };
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;
    use crate::sandbox::Sandbox;

    const CONTACTS: &str = "family=contact&serviceId=YOURSITE002242432462&attributes=,see";
    const BACK: &str = "urlRetour=https%3A%2F%2Fapp.example%3A8443%2Fcontacts%3Fa%3D1%26b%3D%2526";

    async fn send(sandbox: &Sandbox, query: &str, form: Option<&str>) -> (Response, String) {
        let request = Request::builder().uri(format!("{PATH}?{query}"));
        let request = match form {
            None => request.body(Body::empty()),
            Some(form) => request
                .method("POST")
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(form.to_owned())),
        };
        let response = sandbox.router().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        assert_eq!(response.headers()[REFERRER_POLICY], "no-referrer");
        let policy = &response.headers()[CONTENT_SECURITY_POLICY];
        assert!(policy.to_str().unwrap().starts_with("default-src 'none';"));
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.into()).unwrap();
        (Response::from_parts(head, Body::empty()), body)
    }

    #[tokio::test]
    async fn the_page_says_who_asks_for_what_and_has_three_buttons() {
        let (response, html) = send(&Sandbox::new(), &format!("{CONTACTS}&{BACK}"), None).await;
        assert_eq!(response.status(), 200);
        for part in [
            "<html lang=\"en\">",
            "<h1>",
            "<strong>YOURSITE002242432462</strong>",
            "<strong>app.example:8443</strong>",
            "<strong>Personal Contacts</strong>",
            "<li>see your contacts</li>",
            "<form method=\"post\">",
            "name=\"choice\" value=\"once\"",
            "name=\"choice\" value=\"always\"",
            "name=\"choice\" value=\"refuse\"",
            ">Allow once<",
            ">Always allow<",
            ">Don't allow<",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
    }

    #[tokio::test]
    async fn a_choice_is_stored_and_the_user_goes_back_to_the_url_as_it_was_given() {
        let sandbox = Sandbox::new();
        for (form, calls) in [
            ("choice=once", [true, false]),
            ("choice=always", [true, true]),
            ("choice=refuse", [false, false]),
        ] {
            let (response, body) = send(&sandbox, &format!("{CONTACTS}&{BACK}"), Some(form)).await;
            assert_eq!(response.status(), 303);
            assert_eq!(
                response.headers()[LOCATION],
                "https://app.example:8443/contacts?a=1&b=%26"
            );
            assert_eq!(body, "");
            assert_eq!(
                calls,
                calls.map(|_| sandbox.grants(&Family::Contact, "see"))
            );
        }
    }

    #[tokio::test]
    async fn a_sandbox_that_chooses_in_advance_does_not_ask() {
        let sandbox = Sandbox::new();
        sandbox.choose(Choice::Always);
        let query =
            format!("familly=photos&serviceId=YOURSITE002242432462&attributes=,add,see&{BACK}");
        let (response, _) = send(&sandbox, &query, None).await;
        assert_eq!(response.status(), 303);
        for attribute in ["add", "see"] {
            assert!(sandbox.grants(&Family::Photos, attribute));
        }

        sandbox.ask();
        assert_eq!(send(&sandbox, &query, None).await.0.status(), 200);
    }

    #[tokio::test]
    async fn a_request_that_is_not_valid_gets_a_page_that_says_why_and_nothing_is_stored() {
        let sandbox = Sandbox::new();
        let good = format!("{CONTACTS}&{BACK}");
        for (query, form, reason) in [
            (CONTACTS.to_owned(), "choice=always", "urlRetour is missing"),
            (
                format!("{CONTACTS}&urlRetour="),
                "choice=always",
                "urlRetour is missing",
            ),
            (
                format!("{CONTACTS}&urlRetour=%2Fcontacts"),
                "choice=always",
                "must be an absolute URL",
            ),
            (
                format!("{CONTACTS}&urlRetour=javascript%3Aalert(1)"),
                "choice=always",
                "must be an http or https URL",
            ),
            (
                format!("{CONTACTS}&urlRetour=https%3A%2F%2Forange.fr%40evil.test%2F"),
                "choice=always",
                "must have no user name",
            ),
            (
                format!("family=contact&attributes=,see&{BACK}"),
                "choice=always",
                "serviceId is missing",
            ),
            (
                format!("serviceId=S&attributes=,see&{BACK}"),
                "choice=always",
                "family is missing",
            ),
            (
                format!("family=contact&serviceId=S&attributes=,&{BACK}"),
                "choice=always",
                "attributes is missing",
            ),
            (good.clone(), "", "choice must be"),
            (good.clone(), "choice=Always", "choice must be"),
            (good, "choice=&choice=always", "choice must be"),
        ] {
            let (response, html) = send(&sandbox, &query, Some(form)).await;
            assert_eq!(response.status(), 400, "{query}");
            assert!(html.contains(reason), "{query}\n{html}");
            assert!(html.contains("<h1>"));
        }
        assert!(!sandbox.grants(&Family::Contact, "see"));

        sandbox.choose(Choice::Always);
        assert_eq!(send(&sandbox, CONTACTS, None).await.0.status(), 400);
        assert!(!sandbox.grants(&Family::Contact, "see"));
    }

    #[tokio::test]
    async fn what_the_query_says_is_text_in_the_page() {
        let query = format!("family=%3Cb%3E&serviceId=%22%3Ci%3E&attributes=%3Cs%3E&{BACK}");
        let (_, html) = send(&Sandbox::new(), &query, None).await;
        for tag in ["<b>", "<i>", "<s>"] {
            assert!(!html.contains(tag), "{html}");
        }
    }

    #[test]
    fn every_documented_permission_has_its_words() {
        for family in Family::DOCUMENTED {
            for attribute in family.documented_attributes() {
                assert!(!in_words(&family, attribute).contains('“'));
            }
        }
        assert_eq!(
            in_words(&Family::from("music"), "play"),
            "use the permission “play”"
        );
    }
}
