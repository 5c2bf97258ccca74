//! The privacy page.

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::{Html, IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    },
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use url::form_urlencoded;

use super::{
    ask::{Ask, Problem},
    consent::Choice,
    state::Mounted,
};
use crate::protocol::Family;

/// Where the page is: the path of the vendor's own.
pub(super) const PATH: &str = "/urm-gui/interaction.do";

/// `GET`: shows the page, or chooses as the sandbox was told to.
pub(super) async fn open(State(mounted): State<Mounted>, RawQuery(query): RawQuery) -> Response {
    secured(
        Ask::read(&query.unwrap_or_default()).map(|ask| match mounted.sandbox.open(&ask) {
            Some(_) => back(&ask),
            None => Html(question(&ask).into_string()).into_response(),
        }),
    )
}

/// `POST`: a button was pressed.
pub(super) async fn press(
    State(mounted): State<Mounted>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    secured(Ask::read(&query.unwrap_or_default()).and_then(|ask| {
        let choice = form_urlencoded::parse(&body)
            .find(|(name, _)| name == "choice")
            .and_then(|(_, value)| value.parse().ok())
            .ok_or(Problem::Choice)?;
        mounted.sandbox.press(&ask, choice);
        Ok(back(&ask))
    }))
}

fn back(ask: &Ask) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, ask.location.clone())]).into_response()
}

fn secured(result: Result<Response, Problem>) -> Response {
    let mut response = result.unwrap_or_else(|problem| {
        let page = Html(complaint(&problem).into_string());
        (StatusCode::BAD_REQUEST, page).into_response()
    });
    // No `form-action`: browsers apply it to where a form's answer redirects to, too, and that is
    // any service.
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

const BUTTONS: [(Choice, &str, &str); 3] = [
    (
        Choice::Once,
        "Only this time",
        "It has to ask again the next time.",
    ),
    (
        Choice::Always,
        "Always allow",
        "It does not ask again, until you refuse.",
    ),
    (
        Choice::Refuse,
        "Refuse",
        "It gets nothing, and loses what you allowed before.",
    ),
];

fn question(ask: &Ask) -> Markup {
    page(
        "A service asks for access",
        &html! {
            p {
                "The service " strong { (ask.service_id) } " at " strong { (ask.host()) }
                " asks for your " strong { (ask.family.api_name()) } ". It wants to:"
            }
            ul {
                @for attribute in &ask.attributes {
                    li { (in_words(&ask.family, attribute)) }
                }
            }
            h2 { "Do you allow this?" }
            form method="post" {
                @for (choice, label, hint) in BUTTONS {
                    div.choice {
                        button type="submit" name="choice" value=(choice) aria-describedby=(choice) {
                            (label)
                        }
                        p id=(choice) { (hint) }
                    }
                }
            }
            p.after { "Whatever you choose, you then go back to " (ask.host()) "." }
        },
    )
}

fn complaint(problem: &Problem) -> Markup {
    page(
        "This request cannot be read",
        &html! {
            p { (problem.to_string()) }
            p.after { "Nothing was stored. Go back to the service that sent you here." }
        },
    )
}

/// What the user would allow, to follow "It wants to".
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

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1d1b19; --soft: #5c5650; --paper: #fff; --ground: #f3efe9;
  --line: #d8d0c6; --accent: #ff8a1f; --accent-ink: #1d1200; }
@media (prefers-color-scheme: dark) { :root { --ink: #f3efe9; --soft: #b9b0a6; --paper: #262220;
  --ground: #171412; --line: #453e38; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; padding: 1.5rem 1rem; display: grid; place-items: center;
  background: var(--ground); color: var(--ink); font: 1.0625rem/1.55 system-ui, sans-serif; }
main { width: 100%; max-width: 34rem; padding: clamp(1.25rem, 5vw, 2.5rem); background: var(--paper);
  border: 1px solid var(--line); border-top: .375rem solid var(--accent); border-radius: .75rem;
  overflow-wrap: anywhere; }
.badge { margin: 0 0 1rem; color: var(--soft); font-size: .875rem; }
h1 { margin: 0 0 1rem; font-size: 1.625rem; line-height: 1.2; }
h2 { margin: 1.5rem 0 .75rem; font-size: 1.125rem; }
p { margin: 0 0 1rem; }
ul { margin: 0; padding: 0 0 0 1.25rem; font-weight: 600; }
li + li { margin-top: .25rem; }
.choice { display: grid; grid-template-columns: 11rem 1fr; gap: .25rem 1rem; align-items: center;
  padding: .75rem 0; border-top: 1px solid var(--line); }
.choice p { margin: 0; color: var(--soft); font-size: .9375rem; }
button { width: 100%; min-height: 3rem; padding: .5rem 1rem; border: 0; border-radius: .5rem;
  background: var(--accent); color: var(--accent-ink); font: inherit; font-weight: 600;
  cursor: pointer; }
button:hover { filter: brightness(1.08); }
button:focus-visible { outline: .1875rem solid var(--ink); outline-offset: .1875rem; }
.after { margin: 1rem 0 0; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft);
  font-size: .9375rem; }
@media (max-width: 30rem) { .choice { grid-template-columns: 1fr; } }
";

fn page(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – privacy sandbox" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    p.badge { "Privacy sandbox: no real account is involved." }
                    h1 { (title) }
                    (content)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::{Request, header::CONTENT_TYPE};
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
            ">Only this time<",
            ">Always allow<",
            ">Refuse<",
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
    async fn a_sandbox_that_was_told_what_to_choose_does_not_ask() {
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
    async fn what_cannot_be_read_is_told_and_nothing_is_stored() {
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
