//! Replies for people: a short HTML page, or a part of one.

use quick_xml::escape::escape;

use crate::{error::PrivacyError, trip::PrivacyRedirect};

pub(super) const MEDIA_TYPE: &str = "text/html; charset=utf-8";

/// A page of its own, to open in a browser.
pub(super) fn page(error: &PrivacyError) -> String {
    let title = words(error).title;
    let content = content(error, "h1");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\
         <body><main>{content}</main></body></html>\n"
    )
}

/// A part to be put into another page, whose style it must not touch.
pub(super) fn fragment(error: &PrivacyError) -> String {
    format!("<section>{}</section>\n", content(error, "h2"))
}

fn content(error: &PrivacyError, heading: &str) -> String {
    let Words { title, text, way } = words(error);
    let link = |url: &str, name: &str, target: &str| {
        format!("<a href=\"{}\" {target}>{name}</a>", escape(url))
    };
    let way = match way {
        Some((redirect, name)) if redirect.returns() => {
            let link = link(redirect.location().as_str(), name, "target=\"_top\"");
            format!("<p>{link}</p>")
        }
        Some((redirect, name)) => {
            let new_window = "target=\"_blank\" rel=\"noopener noreferrer\"";
            let open = link(redirect.location().as_str(), name, new_window);
            let back = redirect.return_url().as_str();
            let go_on = link(back, "Continue", "target=\"_top\"");
            format!("<ol><li>{open}</li><li>{go_on}</li></ol>")
        }
        None => String::new(),
    };
    format!("<{heading}>{title}</{heading}><p>{text}</p>{way}")
}

struct Words<'a> {
    title: &'static str,
    text: &'static str,
    /// Where the user can go, and what the link to it is called.
    way: Option<(&'a PrivacyRedirect, &'static str)>,
}

fn words(error: &PrivacyError) -> Words<'_> {
    match error {
        PrivacyError::Redirect(redirect) => Words {
            title: "Your permission is needed",
            text: "To go on, this page needs data that only you can share.",
            way: Some((redirect, "Go to the privacy page")),
        },
        PrivacyError::Refused(redirect) => Words {
            title: "Access is needed again",
            text: "This page needs data that you did not share, or shared for one time only. You can \
                   be asked again.",
            way: Some((redirect, "Ask again")),
        },
        PrivacyError::InteractionRequired(_) => Words {
            title: "Permission is needed",
            text: "This needs the permission of somebody who cannot be asked here.",
            way: None,
        },
        PrivacyError::Rejected(_) | PrivacyError::Service(_) => Words {
            title: "Not available now",
            text: "A service behind this page did not answer as it should. Please try again later.",
            way: None,
        },
    }
}

const STYLE: &str = "\
    :root{color-scheme:light dark}\
    body{margin:0;min-height:100vh;display:grid;place-items:center;\
    font:1.0625rem/1.5 system-ui,sans-serif}\
    main{max-width:32rem;padding:1.5rem}\
    h1{margin:0 0 .5rem;font-size:1.75rem;line-height:1.2}\
    p{margin:0 0 1.25rem}\
    a{display:inline-block;padding:.5rem 1rem;border:1px solid;border-radius:.5rem}";
