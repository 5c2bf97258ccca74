//! Readable tables of denials, and of documents that only resemble them.
//!
//! Each row of `tests/fixtures/*.toml` goes through the public API, whole and in frames of one byte, with
//! several statuses. So that the tables do not repeat our own mistakes, each row is also checked against
//! another, conforming parser: it decides whether the body is well-formed, and the protocol is read a second
//! time from its output. If it rejects a document that we accept, the row has `malformed`.
//!
//! That parser is the `xml` crate. The alternative, `roxmltree`, conforms less: it reads only UTF-8, accepts
//! a late XML declaration, and checks fewer names. The `xml` crate is known to differ from the standard, and
//! from expat and libxml2, in the following points. A row to which one of them applies has `oracle_misses`,
//! and was checked with expat and libxml2 instead.
//!
//! 1. In a DOCTYPE, it checks little more than where it and its declarations end. It does not apply the
//!    defaults in it.
//! 2. It accepts a tag that binds a prefix twice, a prefix for the namespace of `xmlns`, a colon in the name
//!    of an instruction, and markup other than a start tag in a value.
//! 3. It rejects a reference to an external or a parameter entity that it did not read, markup characters in a
//!    system identifier, and entities that grow.
//! 4. It supports few encodings, and does not know the header. It gets the bytes if it can decode them, and
//!    otherwise the text, and then ignores the declared encoding.

mod support;

use std::{collections::HashSet, fmt::Debug};

use bytes::Bytes;
use http::{HeaderMap, Response, header::CONTENT_TYPE};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use serde::Deserialize;
use support::{body::Script, inspect, layer, oracle::Oracle, return_url};
use tower_privacy::{Denial, PrivacyContext, PrivacyError, PrivacyRedirect, ResponseBody};
use url::Url;

const BACK: &str = "https://app.example/home?a=1&b=2";
const BACK_ENCODED: &str = "https%3A%2F%2Fapp.example%2Fhome%3Fa%3D1%26b%3D2";

/// Some statuses of each class that has content. A denial can have any of them.
const STATUSES: [u16; 9] = [200, 201, 302, 400, 403, 404, 500, 503, 599];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Denials {
    denial: Vec<Row<Expected>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NearMisses {
    near_miss: Vec<Row<NearMiss>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rejections {
    rejected: Vec<Row<Rejection>>,
}

#[derive(Deserialize)]
struct Row<T> {
    name: String,
    content_type: Option<String>,
    encoding: Option<String>,
    document: String,
    pad_to: Option<usize>,
    cut: Option<usize>,
    #[serde(default)]
    needs_encoding: bool,
    #[serde(flatten)]
    expected: T,
}

#[derive(Deserialize)]
struct Expected {
    url: String,
    location: Option<String>,
    code: Option<String>,
    family: Option<String>,
    #[serde(default)]
    attributes: Vec<String>,
    malformed: Option<String>,
    oracle_misses: Option<String>,
}

#[derive(Deserialize)]
struct NearMiss {
    why: String,
    well_formed: bool,
    kept_out_by: Option<KeptOutBy>,
    oracle_misses: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum KeptOutBy {
    Label,
    Length,
    Doctype,
    Encoding,
}

#[derive(Deserialize)]
struct Rejection {
    kind: String,
}

/// The rows of a table that can be read with the enabled features.
fn readable<T>(rows: Vec<Row<T>>) -> Vec<Row<T>> {
    let mut names = HashSet::new();
    for row in &rows {
        assert!(names.insert(row.name.clone()), "{} twice", row.name);
    }
    rows.into_iter()
        .filter(|row| !row.needs_encoding || cfg!(feature = "encoding"))
        .collect()
}

fn denials() -> Vec<Row<Expected>> {
    let table: Denials = toml::from_str(include_str!("fixtures/denials.toml")).unwrap();
    readable(table.denial)
}

fn near_misses() -> Vec<Row<NearMiss>> {
    let table: NearMisses = toml::from_str(include_str!("fixtures/near_misses.toml")).unwrap();
    readable(table.near_miss)
}

fn rejections() -> Vec<Row<Rejection>> {
    let table: Rejections = toml::from_str(include_str!("fixtures/rejected.toml")).unwrap();
    readable(table.rejected)
}

impl<T> Row<T> {
    fn body(&self) -> Bytes {
        let encoding = self.encoding.as_deref().unwrap_or("utf-8");
        let (encoding, mark) = match encoding.split_once(" with ") {
            None => (encoding, None),
            Some((encoding, "mark")) => (encoding, Some(encoding)),
            Some((encoding, other)) => (encoding, other.strip_prefix("the mark of ")),
        };
        let mut body = mark.map_or(Vec::new(), |mark| encode("\u{feff}", mark));
        body.extend(encode(&self.document, encoding));
        if let Some(length) = self.pad_to {
            body.resize(length, b' ');
        }
        body.truncate(body.len() - self.cut.unwrap_or(0));
        body.into()
    }

    fn responses<B>(&self, body: impl Fn(&Bytes) -> B) -> impl Iterator<Item = Response<B>> {
        STATUSES.into_iter().map(move |status| {
            let mut response = Response::new(body(&self.body()));
            *response.status_mut() = status.try_into().unwrap();
            if let Some(value) = &self.content_type {
                let headers = response.headers_mut();
                headers.insert(CONTENT_TYPE, value.parse().unwrap());
            }
            response
        })
    }

    /// What another parser reads.
    fn oracle(&self) -> Oracle {
        let charset = self.content_type.as_deref().unwrap_or("");
        let encoding = self.encoding.as_deref().unwrap_or("utf-8");
        let own = ["utf-8", "utf-16le with", "utf-16be with", "iso-8859-1"];
        if !charset.contains("charset") && own.iter().any(|known| encoding.starts_with(known)) {
            Oracle::of_bytes(&self.body())
        } else {
            Oracle::of_text(&self.document)
        }
    }
}

fn encode(text: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "utf-8" => text.into(),
        "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "utf-32le" => text
            .chars()
            .flat_map(|c| u32::from(c).to_le_bytes())
            .collect(),
        "iso-8859-1" => text.chars().map(|c| u8::try_from(c).unwrap()).collect(),
        #[cfg(feature = "encoding")]
        label => {
            let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).expect(label);
            let (bytes, used, lossy) = encoding.encode(text);
            assert!(used == encoding && !lossy, "{text} is not in {label}");
            bytes.into_owned()
        }
        #[cfg(not(feature = "encoding"))]
        label => panic!("{label} needs the feature encoding"),
    }
}

fn bytewise(body: &Bytes) -> Script {
    Script::in_frames_of(1, body)
}

fn whole(body: &Bytes) -> Full<Bytes> {
    Full::new(body.clone())
}

fn looked_at<B: Body>(
    response: Response<B>,
) -> impl Future<Output = Result<Response<ResponseBody<B>>, PrivacyError>> {
    inspect(response, &PrivacyContext::new(return_url(BACK)), &layer())
}

async fn redirects<B: Body>(name: &str, response: Response<B>) -> PrivacyRedirect {
    match looked_at(response).await {
        Err(PrivacyError::Redirect(redirect)) => redirect,
        Err(error) => panic!("{name}: {error}"),
        Ok(_) => panic!("{name}: passed through"),
    }
}

async fn passes<B: Body<Data = Bytes, Error: Debug>>(
    name: &str,
    response: Response<B>,
) -> (HeaderMap, Bytes) {
    let status = response.status();
    match looked_at(response).await {
        Ok(response) => {
            assert_eq!(response.status(), status, "{name}");
            let (head, body) = response.into_parts();
            (head.headers, body.collect().await.unwrap().to_bytes())
        }
        Err(error) => panic!("{name}: {error:?}"),
    }
}

fn describe(denial: &Denial) -> (String, Option<String>, Option<String>, Vec<String>) {
    (
        denial.interaction_url().to_string(),
        denial.code().map(String::from),
        denial.family().map(|family| family.to_string()),
        denial.attributes().map(Into::into).collect(),
    )
}

#[tokio::test]
async fn a_denial_of_any_form_status_and_label_becomes_a_redirect() {
    for row in denials() {
        let Expected {
            url,
            location,
            code,
            family,
            attributes,
            ..
        } = &row.expected;
        let location = location
            .clone()
            .unwrap_or_else(|| format!("{url}&urlRetour={BACK_ENCODED}"));
        let expected = (
            url.clone(),
            code.clone(),
            family.clone(),
            attributes.clone(),
        );
        let whole = row.responses(whole);
        for (whole, cut) in whole.zip(row.responses(bytewise)) {
            let status = whole.status();
            for redirect in [
                redirects(&row.name, whole).await,
                redirects(&row.name, cut).await,
            ] {
                let denial = redirect.denial();
                assert_eq!(describe(denial), expected, "{}", row.name);
                assert_eq!(denial.status(), status, "{}", row.name);
                assert_eq!(redirect.location().as_str(), location, "{}", row.name);
            }
        }
    }
}

#[tokio::test]
async fn a_near_miss_passes_through_byte_for_byte() {
    for row in near_misses() {
        let whole = row.responses(whole);
        for (whole, cut) in whole.zip(row.responses(bytewise)) {
            let headers = whole.headers().clone();
            for (passed_headers, body) in
                [passes(&row.name, whole).await, passes(&row.name, cut).await]
            {
                assert_eq!(body, row.body(), "{}: {}", row.name, row.expected.why);
                assert_eq!(passed_headers, headers, "{}", row.name);
            }
        }
    }
}

#[tokio::test]
async fn a_denial_that_must_not_be_followed_is_rejected_with_its_kind() {
    for row in rejections() {
        let mut results = Vec::new();
        for response in row.responses(whole) {
            let status = response.status();
            results.push((status, looked_at(response).await.err()));
        }
        for response in row.responses(bytewise) {
            let status = response.status();
            results.push((status, looked_at(response).await.err()));
        }
        for (status, error) in results {
            let Some(PrivacyError::Rejected(rejected)) = error else {
                panic!("{}: {error:?}", row.name);
            };
            let kind = format!("{:?}", rejected.kind());
            assert_eq!(kind, row.expected.kind, "{}", row.name);
            assert_eq!(rejected.status(), status, "{}", row.name);
        }
    }
}

/// Fails with all differences, not only the first.
#[track_caller]
fn none(differences: &[String]) {
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn another_parser_reads_the_same_denials() {
    let mut differences = Vec::new();
    let mut compare = |name: &str, read: Oracle, expected: &str, of: fn(&str) -> String| {
        if !matches!(&read, Oracle::Denial(url) if of(url) == expected) {
            differences.push(format!("{name}: {read:?}"));
        }
    };
    for row in denials() {
        if row.expected.malformed.is_some() {
            continue;
        }
        compare(&row.name, row.oracle(), &row.expected.url, |url| {
            Url::parse(url).map_or(String::new(), String::from)
        });
    }
    for row in rejections() {
        compare(&row.name, row.oracle(), &row.expected.kind, |url| {
            match Url::parse(url) {
                _ if url.is_empty() => "MissingUrl",
                Err(_) => "InvalidUrl",
                Ok(_) => "UntrustedEndpoint",
            }
            .to_owned()
        });
    }
    none(&differences);
}

#[test]
fn another_parser_rejects_the_rows_that_are_marked_malformed() {
    for row in denials() {
        let Expected {
            malformed,
            oracle_misses,
            ..
        } = &row.expected;
        let is_refused = matches!(row.oracle(), Oracle::Malformed(_));
        let expected = malformed.is_some() && oracle_misses.is_none();
        assert_eq!(is_refused, expected, "{}: {:?}", row.name, row.oracle());
    }
}

#[test]
fn another_parser_finds_no_denial_in_a_near_miss() {
    let mut differences = Vec::new();
    for row in near_misses() {
        let NearMiss {
            why,
            well_formed,
            kept_out_by,
            oracle_misses,
        } = &row.expected;
        let read = row.oracle();
        let agrees = match (kept_out_by, &read) {
            _ if oracle_misses.is_some() => true,
            // The text is a denial, so it must be the bytes that rule it out.
            (Some(KeptOutBy::Encoding), _) => {
                matches!(Oracle::of_text(&row.document), Oracle::Denial(_))
            }
            (Some(_), Oracle::Denial(_)) | (None, Oracle::OtherDocument) => *well_formed,
            (None, Oracle::Malformed(_)) => !well_formed,
            _ => false,
        };
        if !agrees {
            differences.push(format!("{} ({why}): {read:?}", row.name));
        }
    }
    none(&differences);
}

#[test]
fn the_tables_cover_each_kind_of_row() {
    let near_misses = near_misses();
    assert!(denials().len() >= 45);
    assert!(near_misses.len() >= 60);
    for kept_out_by in [
        KeptOutBy::Label,
        KeptOutBy::Length,
        KeptOutBy::Doctype,
        KeptOutBy::Encoding,
    ] {
        let kept_out = |row: &Row<NearMiss>| row.expected.kept_out_by == Some(kept_out_by);
        assert!(near_misses.iter().any(kept_out), "{kept_out_by:?}");
    }
}
