//! What the replies of all protocols share: JSON, and the pages where a user chooses.

use axum::response::{Html, IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use url::form_urlencoded;

use super::consent::Choice;

/// A choice, the label of its button, and what it means.
pub(super) type Button = (Choice, &'static str, &'static str);

/// A form that posts the field `choice`, and these, to the URL of the page.
pub(super) fn form(fields: &[(&str, &str)], buttons: &[Button]) -> Markup {
    html! {
        form method="post" {
            @for (name, value) in fields {
                input type="hidden" name=(name) value=(value);
            }
            @for (choice, label, hint) in buttons {
                div.choice {
                    button type="submit" name="choice" value=(choice) aria-describedby=(choice) {
                        (label)
                    }
                    p id=(choice) { (hint) }
                }
            }
        }
    }
}

/// The choice that such a form posted.
pub(super) fn chosen(form: &[u8]) -> Option<Choice> {
    form_urlencoded::parse(form)
        .find(|(name, _)| name == "choice")
        .and_then(|(_, value)| value.parse().ok())
}

pub(super) fn json(status: StatusCode, body: impl Into<String>) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body.into()).into_response()
}

pub(super) fn html(status: StatusCode, title: &str, content: &Markup) -> Response {
    secured((status, Html(page(title, content).into_string())).into_response())
}

/// There is no `form-action`: browsers apply it to the redirect that follows a form too, and that goes to
/// any service.
pub(super) fn secured(mut response: Response) -> Response {
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
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

pub(super) fn page(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – privacy sandbox" }
                // Else browsers ask for `/favicon.ico`, which would be reported as a failed call.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    p.badge { "Privacy sandbox. No real account is involved." }
                    h1 { (title) }
                    (content)
                }
            }
        }
    }
}
