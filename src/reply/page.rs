//! Replies for people: short HTML pages.

use quick_xml::escape::escape;
use url::Url;

use crate::error::PrivacyError;

pub(super) const MEDIA_TYPE: &str = "text/html; charset=utf-8";

pub(super) fn of(error: &PrivacyError) -> String {
    match error {
        PrivacyError::Redirect(redirect) => page(
            "Your permission is needed",
            "To go on, this page needs data that only you can share.",
            Some((redirect.location(), "Go to the privacy page")),
        ),
        PrivacyError::Refused(redirect) => page(
            "Access was declined",
            "This page needs data that you did not share, or shared for one time only. If you change \
             your mind, you can be asked again.",
            Some((redirect.location(), "Ask me again")),
        ),
        PrivacyError::InteractionRequired(_) => page(
            "Permission is needed",
            "This needs the permission of somebody who cannot be asked here.",
            None,
        ),
        PrivacyError::Rejected(_) | PrivacyError::Service(_) => page(
            "Not available now",
            "A service behind this page did not answer as it should. Please try again later.",
            None,
        ),
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

fn page(title: &str, text: &str, link: Option<(&Url, &str)>) -> String {
    let link = link.map_or_else(String::new, |(url, name)| {
        format!("<p><a href=\"{}\">{name}</a></p>", escape(url.as_str()))
    });
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1><p>{text}</p>{link}</main></body></html>\n"
    )
}
