//! Writes the initial corpus of each target: the documents of `tests/fixtures`, and typical URLs and markers.

#[path = "../../../tests/support/written.rs"]
mod written;

use std::{fs, path::Path};

const URLS: [&str; 8] = [
    "https://app.example/contacts?page=2#top",
    "http://[::1]:8080/a/?b=%2C",
    "https://caf\u{e9}.example/~u/%e9?x&y=z",
    "?family=contact&attributes=,see&urlRetour=x",
    "?%75rlRetour=x&a=b#f",
    "/urm-gui/interaction.do?serviceId=S1",
    "@evil.test/",
    "/urm-gui/../interaction.do\\\t",
];

const QUERIES: [&str; 6] = [
    "a=1&fromOrangePrivacy=1764000000.22~contact.see~photos.see&b",
    "a=1&fromOrangePrivacy=1764000000.22~contact.see~phot",
    "fromOrangePrivacy=1~contact.see&fromOrangePrivacy",
    "%66romOrangePrivacy=true",
    "&&=&x=%2C+",
    "",
];

/// Challenges as servers write them, with all forms of the errors.
const CHALLENGES: [&str; 8] = [
    "Bearer error=\"insufficient_scope\", scope=\"files:read a\"",
    "Bearer realm=\"\", authorization_uri=https://login.example/common?a=b, error=\"insufficient_claims\", \
     claims=\"eyJhIjoxfQ==\"",
    "Bearer error=\"insufficient_user_authentication\", acr_values=\"mfa pwd\", max_age=\"300\"",
    "Bearer realm=\"api\", DPoP algs=\"RS256 ES256\"\nBearer error=insufficient_scope scope=a b, x=y",
    "Negotiate YII==, Basic realm=\"a\\\"b\"\nbearer ERROR = \"insufficient\\_scope\" , Scope=a",
    "Bearer error=\"invalid_token\", error_description=\"insufficient_scope\"",
    "Bearer resource_metadata=\"https://a.example/\", error=\"insufficient_scope\"",
    "error=\"insufficient_scope\", , Bearer",
];

/// `X-GitHub-SSO` as GitHub writes it, and as others may.
const SSO_FIELDS: [&str; 6] = [
    "required; url=https://github.com/orgs/acme/sso?authorization_request=AAAA",
    "partial-results; organizations=1,2",
    "required",
    "Required ; x=y ; URL = \"https://github.com/orgs/a-b/sso\"",
    "other\nrequired; url=https://github.com/orgs/../sso",
    "required; url=https://github.com.evil.test/orgs/a/sso; url=https://github.com/orgs/a/sso",
];

const JSON_DENIALS: [&str; 6] = [
    r#"{"error":{"id":"session_aal2_required","code":403,"details":{"redirect_browser_to":"https://id.example/self-service/login/browser?aal=aal2"}},"redirect_browser_to":"https://id.example/self-service/login/browser?aal=aal2"}"#,
    r#" {"redirect_browser_to":"https://id.example/self-service/login/browser?return_to=x","error":{"id":"session_refresh_required"}}"#,
    r#"{"error":{"code":401,"status":"Unauthorized","reason":"No valid session","message":""}}"#,
    r#"{"consent_uri":"https://m.example/_matrix/consent?u=a&h=b","errcode":"M_CONSENT_NOT_GIVEN","error":"\u00e9"}"#,
    r#"{"errcode":"M_CONSENT_NOT_GIVEN","consent_uri":null,"errcode":"M_FORBIDDEN"}"#,
    r#"{"a":[[[{"b":1e5}]]],"errcode":"M_CONSENT_NOT_GIVEN","consent_uri":"https:\/\/evil.test"}"#,
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    let mut write = |target: &str, bytes: &[u8]| -> std::io::Result<()> {
        let folder = root.join("corpus").join(target);
        fs::create_dir_all(&folder)?;
        count += 1;
        fs::write(folder.join(format!("seed-{count}")), bytes)
    };
    for (n, document) in written::documents().iter().enumerate() {
        let label = u8::try_from(n % 6)?;
        write("document", &[&[label], document.as_bytes()].concat())?;
        // The target reads the sizes of the frames from the end.
        let frames: [&[u8]; 3] = [&[label, 1, 0], document.as_bytes(), &[3, 1, 7, 0, 2]];
        write("frames", &frames.concat())?;
    }
    for (n, url) in URLS.iter().enumerate() {
        write("return_url", url.as_bytes())?;
        let start = u8::try_from(n % 6)?;
        write(
            "location",
            &[&[start; 4], url.as_bytes(), b"back", &[4]].concat(),
        )?;
    }
    for query in QUERIES {
        write(
            "marker",
            &[query.as_bytes(), &[1, 1], b"contact,see"].concat(),
        )?;
    }
    for challenge in CHALLENGES {
        for flags in [[0, 0], [1, 0], [0, 1], [1, 1]] {
            write("challenges", &[&flags, challenge.as_bytes()].concat())?;
        }
    }
    for field in SSO_FIELDS {
        write("github_sso", &[b"\x01", field.as_bytes()].concat())?;
    }
    for (n, denial) in JSON_DENIALS.iter().enumerate() {
        // The target chooses one of the three by four bytes, as a part of their range.
        for asks in [[0, 0, 0, 0x20], [0, 0, 0, 0x80], [0, 0, 0, 0xf0]] {
            let sizes = [1, 7, 1, u8::try_from(n)?, 0];
            write("json_denial", &[&asks, denial.as_bytes(), &sizes].concat())?;
        }
    }
    println!("{count} files");
    Ok(())
}
