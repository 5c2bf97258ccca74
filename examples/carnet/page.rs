//! What Carnet shows.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Contact, Photo};

pub(crate) fn start() -> String {
    page(
        "Carnet",
        &html! {
            p.lead { "Your people and your pictures, from where you keep them." }
            div.cards {
                a.card href="/contacts" { h2 { "Contacts" } p { "Who is in your address book" } }
                a.card href="/photos" { h2 { "Photos" } p { "What is in your albums" } }
            }
            h2 { "What happens" }
            ol {
                li { "Carnet asks the Personal API for your data." }
                li { "You have not allowed that yet, so the API denies it." }
                li { "Carnet sends you to the privacy page, where you choose." }
                li { "You come back to the page that you asked for." }
            }
            p { "If you do not allow it, Carnet offers to ask you again. It does not send you there by itself." }
        },
    )
}

pub(super) fn contacts(contacts: &[Contact]) -> String {
    page(
        "Contacts",
        &html! {
            p.lead { (contacts.len()) " people in your address book" }
            ul.cards {
                @for contact in contacts {
                    li.card {
                        h2 { (contact.name) }
                        p { a href={ "mailto:" (contact.email) } { (contact.email) } }
                        p { (contact.phone) }
                    }
                }
            }
        },
    )
}

pub(super) fn photos(photos: &[Photo]) -> String {
    page(
        "Photos",
        &html! {
            p.lead { (photos.len()) " pictures in your albums" }
            ul.cards {
                @for photo in photos {
                    li.card.photo {
                        h2 { (photo.title) }
                        p { time datetime=(photo.date) { (photo.date) } }
                    }
                }
            }
        },
    )
}

pub(crate) fn not_found() -> String {
    page(
        "No such page",
        &html! { p { "There is nothing at this address." } },
    )
}

pub(crate) fn unavailable() -> String {
    page(
        "Not available now",
        &html! { p { "Your data could not be fetched. Please try again later." } },
    )
}

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #182230; --soft: #526071; --paper: #fff; --ground: #eef2f6;
  --line: #d3dce6; --accent: #0b6e6e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eef5; --soft: #a5b3c3; --paper: #1c2633;
  --ground: #121922; --line: #334253; --accent: #5fd0c8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
header, main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline;
  border-bottom: 1px solid var(--line); }
header strong { margin-right: auto; font-size: 1.25rem; }
a { color: var(--accent); }
h1 { margin: 1.5rem 0 .25rem; font-size: 2rem; line-height: 1.2; }
.lead { margin: 0 0 1.5rem; color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(16rem, 100%), 1fr));
  gap: 1rem; margin: 0 0 2rem; padding: 0; list-style: none; }
.card { padding: 1.125rem 1.25rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: .75rem; }
.card h2 { margin: 0 0 .375rem; font-size: 1.125rem; line-height: 1.3; }
.card p { margin: 0; color: var(--soft); }
a.card { color: inherit; text-decoration: none; border-left: .375rem solid var(--accent); }
a.card:hover h2 { text-decoration: underline; }
.photo { padding-top: 9rem; background:
  linear-gradient(160deg, #f7c873, #d9788b 55%, #5b6ea8) top / 100% 8rem no-repeat var(--paper); }
a:focus-visible { outline: .1875rem solid var(--accent); outline-offset: .1875rem; }
";

fn page(title: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    strong { "Carnet" }
                    nav aria-label="Pages" {
                        a href="/" { "Start" } " · "
                        a href="/contacts" { "Contacts" } " · "
                        a href="/photos" { "Photos" }
                    }
                }
                main { h1 { (title) } (content) }
            }
        }
    };
    page.into_string()
}
