//! Helpers of the tests.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "each test file takes what it needs of this"
)]

pub mod body;
pub mod chromium;
#[cfg(all(
    feature = "actix",
    feature = "axum",
    feature = "reqwest",
    feature = "sandbox"
))]
pub mod host;
pub mod inspect;
pub mod log;
pub mod now;
pub mod oracle;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod server;
pub mod servers;
pub mod synapse;
#[cfg(feature = "metrics")]
pub mod tally;
pub mod user;
pub mod written;

use http::Response;
pub use inspect::inspect;
use tower_privacy::{PrivacyContext, PrivacyError, PrivacyLayer, PrivacyRedirect, ReturnUrl};

/// The document as it was seen on the wire: on one line, with the comment first.
pub const DENIAL: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><error>\
    <!--Warning : operation non autorisee--><code>-3</code>\
    <detail>PrivacyAccessDeniedException</detail>\
    <url>http://privacy.orange.fr/urm-gui/interaction.do?family=contact&amp;serviceId=S1&amp;attributes=,see</url>\
    </error>";

/// Another error in the same kind of document.
pub const OTHER_ERROR: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><error>\
    <code>-1</code><detail>InvalidTokenException</detail></error>";

/// What the user sees once access is granted.
pub const CONTACTS: &str = "<?xml version=\"1.0\"?><contacts><contact/></contacts>";

pub const HOME: &str = "https://app.example/home";

/// Where [`DENIAL`] leads with [`HOME`] to come back to.
pub const LOCATION: &str = "http://privacy.orange.fr/urm-gui/interaction.do?family=contact\
    &serviceId=S1&attributes=,see&urlRetour=https%3A%2F%2Fapp.example%2Fhome";

pub fn return_url(url: &str) -> ReturnUrl {
    url.parse().unwrap()
}

pub fn layer() -> PrivacyLayer {
    PrivacyLayer::new().return_to(return_url(HOME))
}

pub fn context() -> PrivacyContext {
    PrivacyContext::new(return_url(HOME))
}

pub fn xml<B>(body: B) -> Response<B> {
    Response::builder()
        .status(500)
        .header("content-type", "text/xml;charset=UTF-8")
        .body(body)
        .unwrap()
}

#[track_caller]
pub fn redirect<T: std::fmt::Debug>(result: Result<T, PrivacyError>) -> PrivacyRedirect {
    match result {
        Err(PrivacyError::Redirect(redirect)) => redirect,
        other => panic!("not a redirect: {other:?}"),
    }
}
