//! GitHub: an organisation's single sign-on.

use http::{HeaderMap, HeaderName, StatusCode};
use url::Url;

use super::{
    contract::{Look, Protocol, RejectionKind, ReturnParameter, Verdict},
    denial::Denial,
};
use crate::urls::PrivacyEndpoint;

const NAME: &str = "github_sso";
const CODE: &str = "required";
const HEADER: HeaderName = HeaderName::from_static("x-github-sso");

/// The protocol of GitHub, for organisations whose members must sign in with the organisation's own identity
/// provider (SAML) before an app may use their token.
///
/// 1. A denial is a 403 with a header field `X-GitHub-SSO: required; url=https://…`. The first field whose
///    value begins with `required` counts. `partial-results; organizations=…` is not a denial.
/// 2. The [code](Denial::code) is `required`. The [permission](Denial::permissions) is `sso.` followed by the
///    organisation in the URL: `sso.octodocs-test`.
/// 3. The trusted page is `https://github.com/orgs/*/sso`, where `*` is one segment.
/// 4. The page takes no return URL. So [`returns`](crate::PrivacyRedirect::returns) is false, and the host's
///    reply has two links: one opens the page in a new window, the other continues. The page's URL is a secret
///    of this user, and is valid for one hour.
///
/// Source: GitHub's documentation, "Authenticating to the REST API", section "Personal access tokens and SAML
/// SSO". See also the [guide](../guide/github_sso/index.html).
///
/// # Example
///
/// ```
/// use tower_privacy::{PrivacyError, PrivacyLayer, protocol::GitHubSso};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let layer = PrivacyLayer::new()
///     .protocol(GitHubSso::new())
///     .return_to("https://app.example/repositories".parse()?);
///
/// let page = "https://github.com/orgs/octodocs-test/sso?authorization_request=AZSCKL4";
/// let response = http::Response::builder()
///     .status(403)
///     .header("X-GitHub-SSO", format!("required; url={page}"))
///     .body(String::new())?;
///
/// let error = layer.inspect(response).await.unwrap_err();
/// let PrivacyError::Redirect(redirect) = error else { panic!("{error}") };
/// assert_eq!(redirect.location().as_str(), page);
/// assert!(!redirect.returns());
/// assert!(redirect.denial().permissions().eq(["sso.octodocs-test"]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct GitHubSso(());

impl GitHubSso {
    /// Creates the protocol, for any organisation on `github.com`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Protocol for GitHubSso {
    fn name(&self) -> &'static str {
        NAME
    }

    fn look(&self, status: StatusCode, headers: &HeaderMap) -> Look {
        if status == StatusCode::FORBIDDEN && headers.contains_key(HEADER) {
            Look::Head
        } else {
            Look::Pass
        }
    }

    fn read(&self, _: StatusCode, headers: &HeaderMap, _: &[u8]) -> Verdict {
        let values = headers.get_all(HEADER).into_iter();
        let mut values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let Some(parameters) = values.find_map(|value| parameters(&value).map(str::to_owned))
        else {
            return Verdict::NotDenied;
        };
        let Some(url) = url(&parameters) else {
            return Verdict::Rejected(RejectionKind::MissingUrl);
        };
        let Ok(url) = Url::parse(url) else {
            return Verdict::Rejected(RejectionKind::InvalidUrl);
        };
        let permission = format!("sso.{}", organisation(&url));
        let denial = Denial::new(NAME, url).with_code(CODE);
        Verdict::Denied(denial.with_permissions([permission]))
    }

    fn endpoints(&self) -> Vec<PrivacyEndpoint> {
        PrivacyEndpoint::new("https://github.com/orgs/*/sso")
            .into_iter()
            .collect()
    }

    fn return_parameter(&self, _: &Denial) -> ReturnParameter {
        ReturnParameter::None
    }
}

/// What follows `required` in a field.
fn parameters(value: &str) -> Option<&str> {
    let (first, rest) = value.split_once(';').unwrap_or((value, ""));
    first.trim().eq_ignore_ascii_case(CODE).then_some(rest)
}

/// The parameter `url`. It ends at a comma too, for a proxy that joins two fields. In quotation marks, neither a
/// comma nor a semicolon ends it.
fn url(parameters: &str) -> Option<&str> {
    let mut is_quoted = false;
    let mut parameters = parameters.split(|char| {
        is_quoted ^= char == '"';
        !is_quoted && matches!(char, ';' | ',')
    });
    parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("url") && !value.is_empty()).then_some(value)
    })
}

/// The path segment after `orgs`.
fn organisation(page: &Url) -> String {
    let mut segments = page.path_segments().into_iter().flatten();
    let organisation = segments
        .find(|&segment| segment == "orgs")
        .and(segments.next());
    let organisation = organisation.unwrap_or_default();
    percent_encoding::percent_decode_str(organisation)
        .decode_utf8_lossy()
        .into_owned()
}
