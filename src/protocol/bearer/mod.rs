//! Bearer tokens with too few scopes, or from too weak a sign-in.

mod challenges;
mod request;

use std::{
    borrow::Cow,
    collections::HashSet,
    fmt,
    sync::{Arc, LazyLock},
    time::Duration,
};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use http::{HeaderMap, StatusCode, header::WWW_AUTHENTICATE};
use memchr::{memchr, memmem::Finder};
use url::Url;

use self::{
    challenges::{Challenge, challenges},
    request::{ACR_VALUES, CLAIMS, MAX_AGE, SCOPE},
};
use super::{
    contract::{
        DEFAULT_MARKER_LIFE, Look, Protocol, RECURRING_LIFE, RejectionKind, ReturnParameter,
        Verdict,
    },
    denial::Denial,
};
use crate::urls::{Bare, PrivacyEndpoint, PrivacyEndpointError, query};

pub use request::BearerRequest;

const NAME: &str = "bearer";
const SCHEME: &str = "Bearer";
const INSUFFICIENT_CLAIMS: &str = "insufficient_claims";
const RETURN_PARAMETER: &str = "return_to";

/// The protocol of APIs that need a better token: one with more scopes (RFC 6750), from a stronger or more
/// recent sign-in (RFC 9470), or with other claims (Microsoft Entra). The user goes to a sign-in route of
/// your own app.
///
/// 1. A denial is a response with a `Bearer` challenge in `WWW-Authenticate` whose `error` matches the
///    status, as in this table. The first such challenge counts. The body does not matter.
///
///    | status | `error` | source |
///    |---|---|---|
///    | 403 | `insufficient_scope` | RFC 6750, section 3.1 |
///    | 401 | `insufficient_user_authentication` | RFC 9470, section 3 |
///    | 401 | `insufficient_claims` | Microsoft Entra, "Claims challenges" |
///
/// 2. Any other 401 is not a denial. The app handles tokens that are missing, expired or invalid.
/// 3. Challenges are read as servers write them: several in one field, several fields, names in any case and
///    order, values without quotes, missing commas. If a parameter is repeated, the first one counts.
/// 4. The location is the sign-in route, with the request in its query: `scope`, `acr_values` and `max_age`
///    if the challenge has them, and for `insufficient_claims` also `claims` (decoded from Base64, a JSON
///    object of at most 2 KiB). The return URL is in `return_to`. No URL comes from the upstream. The route
///    may have a query of its own, which is kept, except for parameters with these five names.
/// 5. A challenge that asks for a scope that is not on the app's list is
///    [`UnwantedScope`](RejectionKind::UnwantedScope), so an upstream cannot make the app ask for more than it
///    needs. A challenge that cannot be read (if its claims are not JSON, for example), or that takes more than
///    3,000 bytes of a query, is [`InvalidChallenge`](RejectionKind::InvalidChallenge). Both are
///    [`Rejected`](crate::PrivacyError::Rejected). The content of claims is not restricted: check
///    [`claims`](BearerRequest::claims) in the app, or rely on your provider to do so.
/// 6. The [code](Denial::code) is the `error`. The [permissions](Denial::permissions) are `scope.` followed
///    by each scope, `acr.` followed by each of `acr_values`, `max_age.` followed by its seconds, and
///    `claims`. In a marker, scopes count for one day. The others may be needed again soon, so they count
///    for only ten minutes; in that time, two different claims challenges are the same permission.
///
/// The sign-in route is part of your app: your OAuth library handles PKCE, state, nonce and the exchange of
/// the code. Anybody can link to the route, so it must check its query: the request with
/// [`accepts`](Self::accepts), and `return_to` with [`ReturnUrl::of_origins`](crate::ReturnUrl::of_origins).
/// `examples/sign_in.rs` is a complete app. See also the [guide](../guide/bearer/index.html).
///
/// # Example
///
/// ```
/// use tower_privacy::{PrivacyError, PrivacyLayer, protocol::Bearer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bearer = Bearer::new("https://app.example/sign-in", ["files:read", "files:write"])?;
/// let layer = PrivacyLayer::new()
///     .protocol(bearer)
///     .return_to("https://app.example/upload".parse()?);
///
/// let response = http::Response::builder()
///     .status(403)
///     .header("WWW-Authenticate", r#"Bearer error="insufficient_scope", scope="files:write""#)
///     .body(String::new())?;
///
/// let error = layer.inspect(response).await.unwrap_err();
/// let PrivacyError::Redirect(redirect) = error else { panic!("{error}") };
/// assert_eq!(
///     redirect.location().as_str(),
///     "https://app.example/sign-in?scope=files%3Awrite\
///      &return_to=https%3A%2F%2Fapp.example%2Fupload",
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Bearer {
    /// Without the parameters that the layer sets.
    route: Url,
    page: PrivacyEndpoint,
    /// `None` allows any scope.
    scopes: Option<Arc<HashSet<String>>>,
}

impl Bearer {
    /// Creates the protocol for an app with this sign-in route, an absolute URL, and with the scopes that the
    /// app may ask its users for. An item may hold several scopes, separated by spaces. With an empty list,
    /// every challenge that names a scope is rejected.
    ///
    /// # Errors
    ///
    /// Returns a [`PrivacyEndpointError`] if the route is not an absolute http or https URL, or if it has a
    /// user name, a password, a fragment, or a `*` in its host.
    pub fn new(
        sign_in_route: impl AsRef<str>,
        scopes: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, PrivacyEndpointError> {
        let route = Url::parse(sign_in_route.as_ref());
        let mut route = route.map_err(|_| PrivacyEndpointError::NotAUrl)?;
        let own = route.query().unwrap_or_default().to_owned();
        route.set_query(None);
        let page = PrivacyEndpoint::new(&route)?;
        let names = [SCOPE, ACR_VALUES, MAX_AGE, CLAIMS, RETURN_PARAMETER];
        let own = names
            .into_iter()
            .fold(own, |own, name| query::without(&own, name).unwrap_or(own));
        set_query(&mut route, &own);
        let mut allowed = HashSet::new();
        for scope in scopes {
            allowed.extend(scope.as_ref().split_whitespace().map(str::to_owned));
        }
        Ok(Self {
            route,
            page,
            scopes: Some(Arc::new(allowed)),
        })
    }

    /// Allows any scope, from the upstream and in [`accepts`](Self::accepts). The upstream then decides what
    /// the app asks its users for.
    ///
    /// Default: only the scopes given to [`new`](Self::new) are allowed.
    #[must_use]
    pub fn any_scope(mut self) -> Self {
        self.scopes = None;
        self
    }

    /// Reads and checks the query of the sign-in route, and returns what to ask the provider for. `query` is
    /// the raw query, percent-encoded, with or without the `?`. `None` means that it must not be passed on to
    /// the provider. An empty query asks for nothing, and is accepted.
    ///
    /// Each scope must be on the list, `max_age` must be a number of seconds, and `claims` a JSON object of at
    /// most 2 KiB. Together with `acr_values` they may take 3,000 bytes of a query. None of the four parameters
    /// may be repeated. Other parameters are ignored: check `return_to` with
    /// [`ReturnUrl::of_origins`](crate::ReturnUrl::of_origins).
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::protocol::Bearer;
    ///
    /// let bearer = Bearer::new("https://app.example/sign-in", ["files:read"])?;
    /// assert!(bearer.accepts("scope=files:read&return_to=x").is_some());
    /// assert!(bearer.accepts("scope=admin").is_none());
    /// assert!(bearer.accepts("claims=[]").is_none());
    /// # Ok::<(), tower_privacy::PrivacyEndpointError>(())
    /// ```
    #[must_use]
    pub fn accepts(&self, query: &str) -> Option<BearerRequest> {
        let query = query.strip_prefix('?').unwrap_or(query);
        let names = [SCOPE, ACR_VALUES, MAX_AGE, CLAIMS];
        if names
            .iter()
            .any(|name| query::values(query, &[name]).nth(1).is_some())
        {
            return None;
        }
        let request = BearerRequest::read(|name| query::values(query, &[name]).next())?;
        self.allows(&request).then_some(request)
    }

    fn allows(&self, request: &BearerRequest) -> bool {
        let allowed = self.scopes.as_ref();
        allowed.is_none_or(|allowed| request.scopes().all(|scope| allowed.contains(scope)))
    }

    fn location(&self, request: &BearerRequest) -> Url {
        let mut location = self.route.clone();
        let query = request.added_to(location.query().unwrap_or_default());
        set_query(&mut location, &query);
        location
    }
}

impl Protocol for Bearer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn look(&self, status: StatusCode, headers: &HeaderMap) -> Look {
        if !matches!(status, StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED) {
            return Look::Pass;
        }
        let mut fields = headers.get_all(WWW_AUTHENTICATE).into_iter();
        if fields.any(|field| may_be_denial(field.as_bytes())) {
            Look::Head
        } else {
            Look::Pass
        }
    }

    fn read(&self, status: StatusCode, headers: &HeaderMap, _: &[u8]) -> Verdict {
        let challenges = challenges(headers);
        let mut denials = challenges
            .iter()
            .filter_map(|challenge| Some((challenge, error_of(challenge, status)?)));
        let Some((challenge, error)) = denials.next() else {
            return Verdict::NotDenied;
        };
        let Some(request) = requested(challenge, error) else {
            return Verdict::Rejected(RejectionKind::InvalidChallenge);
        };
        if !self.allows(&request) {
            return Verdict::Rejected(RejectionKind::UnwantedScope);
        }
        let denial = Denial::new(NAME, self.location(&request)).with_code(error);
        Verdict::Denied(denial.with_permissions(request.permissions()))
    }

    fn endpoints(&self) -> Vec<PrivacyEndpoint> {
        vec![self.page.clone()]
    }

    fn return_parameter(&self, _: &Denial) -> ReturnParameter {
        ReturnParameter::Replace(RETURN_PARAMETER.into())
    }

    fn marker_life(&self, permission: &str) -> Duration {
        if permission.starts_with("scope.") {
            DEFAULT_MARKER_LIFE
        } else {
            RECURRING_LIFE
        }
    }
}

/// Sets the query, or removes it if this is empty.
fn set_query(url: &mut Url, query: &str) {
    url.set_query(Some(query).filter(|query| !query.is_empty()));
}

/// Whether a field may contain one of the three errors. Most fields do not, and need not be read.
fn may_be_denial(field: &[u8]) -> bool {
    static ERRORS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("insufficient_"));
    // A backslash may be part of another spelling of the error (RFC 9110, section 5.6.4).
    ERRORS.find(field).is_some() || memchr(b'\\', field).is_some()
}

/// The error of a challenge, if it is a denial with this status.
fn error_of(challenge: &Challenge, status: StatusCode) -> Option<&'static str> {
    let error = challenge.get("error").filter(|_| challenge.is_of(SCHEME))?;
    let errors: &[&'static str] = match status {
        StatusCode::FORBIDDEN => &["insufficient_scope"],
        StatusCode::UNAUTHORIZED => &["insufficient_user_authentication", INSUFFICIENT_CLAIMS],
        _ => &[],
    };
    errors.iter().copied().find(|known| *known == error)
}

/// What a challenge asks for. `None` if it cannot be read.
fn requested(challenge: &Challenge, error: &str) -> Option<BearerRequest> {
    let claims = match error {
        INSUFFICIENT_CLAIMS => Some(decoded(challenge.get(CLAIMS)?)?),
        _ => None,
    };
    BearerRequest::read(|name| match name {
        CLAIMS => claims.as_deref().map(Cow::Borrowed),
        name => challenge.get(name).map(Cow::Borrowed),
    })
}

/// Decodes Base64 of either alphabet (RFC 4648, sections 4 and 5), padded or not, to UTF-8.
fn decoded(claims: &str) -> Option<String> {
    const TOLERANT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let standard = claims.replace('-', "+").replace('_', "/");
    String::from_utf8(TOLERANT.decode(standard).ok()?).ok()
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bearer")
            .field("sign_in_route", &Bare(&self.route))
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
