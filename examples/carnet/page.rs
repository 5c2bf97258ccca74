//! What Carnet shows.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use tower_privacy::{PrivacyRedirect, sandbox::Choice};

use super::{
    Contact, Data, Photo,
    exchange::{Log, label},
    picture,
};

pub(super) fn start(log: &Log) -> String {
    let exchange = log.exchange();
    page(
        "Carnet",
        "/",
        &html! {
            p.lead { "Your contacts and your photos, from where you keep them." }
            div.cards {
                @for data in Data::ALL {
                    a.card href=(data.path()) {
                        h2 { (data.name()) }
                        p { (summary(data)) }
                        p.note { (what_comes_first(exchange.choice(data))) }
                    }
                }
            }
            form method="post" action="/forget" { button { "Forget what I chose" } }
            h2 { "What happens" }
            ol {
                li { "Carnet asks Orange for your data." }
                li { "You have not allowed that yet, so Orange denies access." }
                li { "Carnet sends you to Orange's privacy page, where you choose." }
                li { "You come back to the page that you opened." }
            }
            p {
                "If you don't allow it, Carnet says so, and offers to ask you again. The URL that you come back to "
                "says that you were asked, so there is no redirect loop. Orange is a sandbox on this machine."
            }
            h2 { "The last exchange" }
            @if exchange.steps.is_empty() {
                p { "There was none yet. Open your contacts or photos, then come back here to see a picture of it." }
            } @else {
                (picture::draw(&exchange))
            }
            p { "Each step is also logged in the terminal where Carnet runs." }
        },
    )
}

fn summary(data: Data) -> &'static str {
    match data {
        Data::Contacts => "Who is in your address book",
        Data::Photos => "What is in your albums",
    }
}

fn what_comes_first(choice: Option<Choice>) -> String {
    match choice {
        Some(Choice::Always) => format!(
            "You chose “{}”. You will not be asked.",
            label(Choice::Always)
        ),
        _ => "You will be asked first.".to_owned(),
    }
}

/// For a user who was asked already. They go on from here, or not.
pub(super) fn refused(redirect: &PrivacyRedirect) -> String {
    let family = redirect.denial().family();
    let data = family.as_ref().and_then(Data::of);
    let name = data.map_or("data", Data::name).to_lowercase();
    page(
        "Carnet needs your permission",
        redirect.return_url().as_url().path(),
        &html! {
            p.lead { "You did not allow access to your " (name) ", or you allowed it only once." }
            p.actions {
                a.button href=(redirect.location()) { "Try again" }
                a.button href="/" { "Go to the start page" }
            }
        },
    )
}

pub(super) fn contacts(contacts: &[Contact]) -> String {
    page(
        "Contacts",
        Data::Contacts.path(),
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
        Data::Photos.path(),
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
        "Page not found",
        "",
        &html! { p { "There is nothing at this address." } },
    )
}

pub(crate) fn unavailable() -> String {
    page(
        "Not available now",
        "",
        &html! { p { "Your data could not be loaded. Please try again later." } },
    )
}

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #182230; --soft: #526071; --paper: #fff; --ground: #eef2f6;
  --line: #d3dce6; --accent: #0b6e6e; --yes: #1a6b34; --no: #a3260f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eef5; --soft: #a5b3c3; --paper: #1c2633;
  --ground: #121922; --line: #334253; --accent: #5fd0c8; --yes: #7bd394; --no: #ff9a85; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
header, main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline;
  border-bottom: 1px solid var(--line); }
header strong { margin-right: auto; font-size: 1.25rem; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
nav a { padding: .25rem 0; border-bottom: .1875rem solid transparent; }
nav a[aria-current] { color: inherit; font-weight: 600; text-decoration: none;
  border-color: var(--accent); }
a { color: var(--accent); }
h1 { margin: 1.5rem 0 .25rem; font-size: 2rem; line-height: 1.2; }
.lead { margin: 0 0 1.5rem; color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr));
  gap: 1rem; margin: 0 0 1.5rem; padding: 0; list-style: none; }
.card { padding: 1.125rem 1.25rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: .75rem; }
.card h2 { margin: 0 0 .375rem; font-size: 1.125rem; line-height: 1.3; }
.card p { margin: 0; color: var(--soft); }
.card .note { margin-top: .5rem; font-size: .9375rem; }
a.card { color: inherit; text-decoration: none; border-left: .375rem solid var(--accent); }
a.card:hover h2 { text-decoration: underline; }
.photo { padding-top: 9rem; background:
  linear-gradient(160deg, #f7c873, #d9788b 55%, #5b6ea8) top / 100% 8rem no-repeat var(--paper); }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; }
button, .button { min-height: 2.75rem; padding: .5rem 1.125rem; background: var(--paper); color: var(--accent);
  border: 1px solid; border-radius: .5rem; font: inherit; text-decoration: none; cursor: pointer; }
button:hover, .button:hover { text-decoration: underline; }
:focus-visible { outline: .1875rem solid var(--accent); outline-offset: .1875rem; }
";

/// A page with the app's header. The path says which link of the navigation is the current one.
fn page(title: &str, path: &str, content: &Markup) -> String {
    let data = Data::ALL.map(|data| (data.path(), data.name()));
    let links = [("/", "Start")].into_iter().chain(data);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) (PreEscaped(picture::STYLE)) }
            }
            body {
                header {
                    strong { "Carnet" }
                    nav aria-label="Pages" {
                        @for (to, name) in links {
                            a href=(to) aria-current=[(to == path).then_some("page")] { (name) }
                        }
                    }
                }
                main { h1 { (title) } (content) }
            }
        }
    };
    page.into_string()
}
