//! Any interaction URL. A location is always a trusted page, with the return URL once and the other parameters
//! unchanged.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use tower_privacy::{PrivacyContext, PrivacyError, ReturnUrl};
use tower_privacy_fuzz::{check, denial, inspect, labelled, layer, now};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    start: Start,
    rest: &'a str,
    back: &'a str,
}

/// The start of a text. Few random texts begin with a trusted page.
#[derive(Arbitrary, Debug)]
enum Start {
    Nothing,
    Host,
    Path,
    Page,
    Query,
    Integration,
}

impl Start {
    fn text(&self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Host => "http://privacy.orange.fr",
            Self::Path => "https://privacy.orange.fr/",
            Self::Page => "http://privacy.orange.fr/urm-gui/interaction.do",
            Self::Query => "http://privacy.orange.fr/urm-gui/interaction.do?family=contact",
            Self::Integration => "http://int4.mdsp.rec.orange.fr/privacy/interaction.do",
        }
    }
}

fuzz_target!(|input: Input<'_>| {
    let url = format!("{}{}", input.start.text(), input.rest);
    let back = ReturnUrl::try_from(format!("https://app.example/{}", input.back));
    let Ok(back) = back else { return };
    let context = PrivacyContext::new(back.clone());
    match now(inspect(labelled(1, denial(&url)), &context, &layer())) {
        Err(PrivacyError::Redirect(redirect)) => {
            check(&redirect);
            assert_eq!(redirect.return_url(), &back);
            // The other pairs stay byte for byte, in their order.
            let sent = redirect.location().query().unwrap_or_default();
            let kept = sent.rsplit_once("urlRetour=").expect("it is there").0;
            let came = redirect
                .denial()
                .interaction_url()
                .query()
                .unwrap_or_default();
            if !came.contains(['%', '+']) && !came.contains("urlRetour") && !came.is_empty() {
                assert_eq!(kept.strip_suffix('&'), Some(came));
            }
            // No accessor of a denial may panic.
            let denial = redirect.denial();
            let _ = (
                denial.family(),
                denial.service_id(),
                denial.attributes().count(),
            );
            let printed = format!("{redirect:?}{denial:?}");
            assert!(!printed.contains('?'), "{printed}");
        }
        Err(PrivacyError::Rejected(rejected)) => {
            let _ = format!("{rejected:?}{rejected}");
        }
        // A character that XML does not allow.
        Ok(_) => {}
        Err(error) => panic!("{error:?}"),
    }
});
