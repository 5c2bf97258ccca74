//! Any text as a return URL. An accepted one is an http URL with a host and without a user.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_privacy::{PrivacyContext, PrivacyError, ReturnUrl};
use tower_privacy_fuzz::{check, denial, inspect, labelled, layer, now};

fuzz_target!(|text: &str| {
    let url = match ReturnUrl::try_from(text) {
        Ok(url) => url,
        Err(error) => {
            let printed = format!("{error}{error:?}");
            assert!(printed.len() < 200, "{printed}");
            return;
        }
    };
    let parsed = url.as_url();
    assert!(matches!(parsed.scheme(), "http" | "https"));
    assert!(parsed.host().is_some() && parsed.username().is_empty() && parsed.password().is_none());
    assert!(url.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
    assert_eq!(ReturnUrl::try_from(url.as_str()).as_ref(), Ok(&url));
    let printed = format!("{url:?}");
    assert!(!printed.contains(['?', '#']), "{printed}");

    let page = "http://privacy.orange.fr/urm-gui/interaction.do?family=contact&attributes=,see";
    let context = PrivacyContext::new(url.clone());
    match now(inspect(labelled(1, denial(page)), &context, &layer())) {
        Err(PrivacyError::Redirect(redirect)) => {
            check(&redirect);
            assert_eq!(redirect.return_url(), &url);
            let location = redirect.location().as_str();
            let (start, _) = location.split_once("&urlRetour=").expect("it is there");
            assert_eq!(start, page);
        }
        other => panic!("{:?}", other.err()),
    }
});
