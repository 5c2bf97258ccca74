//! Replies for people: a short HTML page, or a fragment of one.

use quick_xml::escape::escape;

use super::{language::Language, texts::Texts};
use crate::{
    error::PrivacyError,
    trip::{PrivacyRedirect, Visit},
};

pub(super) const MEDIA_TYPE: &str = "text/html; charset=utf-8";
pub(super) const STREAM_MEDIA_TYPE: &str = "text/vnd.turbo-stream.html; charset=utf-8";

/// The `id` of a fragment. htmx selects the fragment in a reply by it, and Turbo replaces an old fragment
/// with a new one.
pub(super) const ID: &str = "tower-privacy";

/// A link may be in a frame, and the page may refuse to be shown in one.
const TOP: &str = "target=\"_top\"";
const NEW_WINDOW: &str = "target=\"_blank\" rel=\"noopener noreferrer\"";

/// A reply for people, before it has a form.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    pub(super) error: &'a PrivacyError,
    pub(super) language: Language,
    /// What is known about the request, if anything.
    pub(super) visit: Option<&'a Visit>,
    /// Whether links work where the message is shown.
    pub(super) has_links: bool,
}

impl Message<'_> {
    /// A whole page.
    pub(super) fn page(self) -> String {
        self.document("", "")
    }

    /// A page that sends the window to the location by itself.
    pub(super) fn leaving_page(self, redirect: &PrivacyRedirect) -> String {
        self.document("", &refresh(redirect))
    }

    /// A page that Turbo shows in the whole window, instead of looking for a frame in it.
    pub(super) fn page_of_no_frame(self) -> String {
        self.document("<meta name=\"turbo-visit-control\" content=\"reload\">", "")
    }

    fn document(self, head: &str, refresh: &str) -> String {
        let lang = self.language.tag();
        let (title, _) = self.words();
        let content = self.content("h1");
        format!(
            "<!DOCTYPE html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{head}\
             <title>{title}</title><style>{STYLE}</style></head>\
             <body><main>{refresh}{content}</main></body></html>\n"
        )
    }

    /// A fragment for another page, whose style it must not change.
    pub(super) fn part(self) -> String {
        let lang = self.language.tag();
        let content = self.content("h2");
        format!("<div id=\"{ID}\" lang=\"{lang}\">{content}</div>\n")
    }

    /// A stream that puts the fragment at the top of the page.
    pub(super) fn stream(self) -> String {
        stream("prepend", &self.part())
    }

    fn content(self, heading: &str) -> String {
        let (title, text) = self.words();
        let way = match self.error {
            PrivacyError::Redirect(redirect) => self.way(redirect, false),
            PrivacyError::Refused(redirect) => self.way(redirect, true),
            _ => String::new(),
        };
        format!("<{heading}>{title}</{heading}><p>{text}</p>{way}")
    }

    fn words(self) -> (&'static str, &'static str) {
        let texts = self.texts();
        match self.error {
            PrivacyError::Redirect(_) => texts.needed,
            PrivacyError::Refused(_) => texts.needed_again,
            PrivacyError::InteractionRequired(_) => texts.nobody_to_ask,
            PrivacyError::Rejected(_) | PrivacyError::Service(_) => texts.unavailable,
        }
    }

    /// The links to where the user can go.
    fn way(self, redirect: &PrivacyRedirect, is_again: bool) -> String {
        let texts = self.texts();
        let name = if is_again {
            texts.ask_again
        } else {
            texts.step
        };
        let location = redirect.location().as_str();
        if !self.has_links {
            return if redirect.returns() {
                format!("<p>{}</p>", texts.leave_and_return)
            } else {
                format!("<p>{}</p><p>{}</p>", texts.open_address, escape(location))
            };
        }
        let mut way = if redirect.returns() {
            format!("<p>{}</p>", link(location, name, TOP))
        } else {
            let name = format!("{name} ({})", texts.new_window);
            let open = link(location, &name, NEW_WINDOW);
            let go_on = link(redirect.return_url().as_str(), texts.go_on, TOP);
            format!("<ol><li>{open}</li><li>{go_on}</li></ol>")
        };
        if let (true, Some(visit)) = (is_again, self.visit) {
            let (page, back) = (visit.landing_page(), redirect.return_url());
            // Without its marker, the same page would send the user away again.
            let page = if back.is_same_page(page) { back } else { page };
            let start = link(page.as_str(), texts.start_page, TOP);
            way = format!("{way}<p>{start}</p>");
        }
        way
    }

    fn texts(self) -> &'static Texts {
        self.language.texts()
    }
}

/// A stream that sends the window to the location.
pub(super) fn leaving_stream(redirect: &PrivacyRedirect) -> String {
    stream("append", &refresh(redirect))
}

fn stream(action: &str, content: &str) -> String {
    format!(
        "<turbo-stream action=\"{action}\" targets=\"body\"><template>{content}</template>\
         </turbo-stream>\n"
    )
}

/// Sends the window to the location as soon as it is in a page, even if the page's Content Security Policy
/// blocks forms and scripts.
fn refresh(redirect: &PrivacyRedirect) -> String {
    let location = escape(redirect.location().as_str());
    format!("<meta http-equiv=\"refresh\" content=\"0;url={location}\">")
}

fn link(url: &str, name: &str, target: &str) -> String {
    format!("<a href=\"{}\" {target}>{name}</a>", escape(url))
}

const STYLE: &str = "\
    :root{color-scheme:light dark}\
    body{margin:0;min-height:100vh;display:grid;place-items:center;\
    font:1.0625rem/1.5 system-ui,sans-serif}\
    main{max-width:32rem;padding:1.5rem;overflow-wrap:anywhere}\
    h1{margin:0 0 .5rem;font-size:1.75rem;line-height:1.2}\
    p,li{margin:0 0 1.25rem}\
    ol{margin:0;padding-left:1.5rem}\
    a{display:inline-block;padding:.5rem 1rem;border:1px solid;border-radius:.5rem}";
