//! Any bytes, with any label. The layer passes them through unchanged, or fails with a signal. If two other
//! parsers agree on a document that consists of plain tags, the layer agrees with them. In other documents,
//! it may be more lenient.
#![no_main]

use bytes::Bytes;
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;
use tower_privacy::PrivacyError;
use tower_privacy_fuzz::{
    HOME, check, labelled, look,
    oracle::{Oracle, is_plain},
};

fuzz_target!(|input: &[u8]| {
    let Some((&label, body)) = input.split_first() else {
        return;
    };
    let body = Bytes::copy_from_slice(body);
    let found = look(labelled(label.into(), Full::new(body.clone())));
    match &found {
        Ok(bytes) => assert_eq!(bytes, &body),
        Err(PrivacyError::Redirect(redirect)) => {
            check(redirect);
            assert_eq!(redirect.return_url().as_str(), HOME);
        }
        Err(PrivacyError::Rejected(_)) => {}
        Err(error) => panic!("{error:?}"),
    }

    // The other parsers read UTF-8, and do not know the label.
    let Ok(text) = std::str::from_utf8(&body) else {
        return;
    };
    let is_common = ["encoding", "<!DOCTYPE", "\u{feff}", "\0"]
        .iter()
        .all(|part| !text.contains(part));
    if label % 6 > 2 || !is_common || body.len() > 65_536 {
        return;
    }
    // Both ignore some rules of Namespaces in XML, for prefixes and for the names of instructions.
    let is_strict =
        !text.contains("xmlns") && !text.get(1..).is_some_and(|text| text.contains("<?"));
    let others = (Oracle::of_text(text), Oracle::of_text_by_tree(text));
    match (&found, &others) {
        (Ok(_), (Oracle::Denial(a), Oracle::Denial(b))) if is_strict => {
            panic!("missed: {a:?} {b:?}")
        }
        (Ok(_), _) => {}
        (
            Err(_),
            (
                Oracle::OtherDocument | Oracle::Malformed(_),
                Oracle::OtherDocument | Oracle::Malformed(_),
            ),
        ) if is_plain(text) => {
            panic!("no denial: {others:?}")
        }
        (
            Err(PrivacyError::Redirect(redirect)),
            (Oracle::Denial(url), _) | (_, Oracle::Denial(url)),
        ) => {
            let url = url::Url::parse(url).expect("it was parsed already");
            assert_eq!(redirect.denial().interaction_url(), &url);
        }
        (Err(_), _) => {}
    }
});
