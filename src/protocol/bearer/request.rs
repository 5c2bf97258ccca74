//! What to ask the provider for: read from a challenge, and again from the query of the sign-in route.

use std::{collections::HashSet, fmt, time::Duration};

use serde_json::Value;

use crate::urls::query;

pub(super) const SCOPE: &str = "scope";
pub(super) const ACR_VALUES: &str = "acr_values";
pub(super) const MAX_AGE: &str = "max_age";
pub(super) const CLAIMS: &str = "claims";

/// The maximum length of claims, in bytes. Those of Microsoft Entra have 100 to 600.
const MAX_CLAIMS: usize = 2048;

/// The maximum length of all parameters in a query, in bytes. It leaves room for a return URL in a location
/// that still fits through proxies.
const MAX_QUERY: usize = 3_000;

/// What a sign-in route should ask the provider for: the result of [`Bearer::accepts`](super::Bearer::accepts).
///
/// Pass it on to the provider's authorization endpoint, in the parameters of the same names. `Debug` prints
/// only the scopes.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use tower_privacy::protocol::Bearer;
///
/// let bearer = Bearer::new("https://app.example/sign-in", ["files:read", "files:write"])?;
/// let request = bearer.accepts("scope=files:read&acr_values=mfa%20pwd&max_age=300").unwrap();
///
/// assert!(request.scopes().eq(["files:read"]));
/// assert!(request.acr_values().eq(["mfa", "pwd"]));
/// assert_eq!(request.max_age(), Some(Duration::from_secs(300)));
/// assert_eq!(request.claims(), None);
/// # Ok::<(), tower_privacy::PrivacyEndpointError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BearerRequest {
    scopes: Vec<String>,
    acr_values: Vec<String>,
    max_age: Option<u64>,
    claims: Option<String>,
}

impl BearerRequest {
    /// The scopes, in order (RFC 6749, section 3.3).
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(String::as_str)
    }

    /// The authentication context classes, in order of preference (`OpenID` Connect Core 1.0, section
    /// 3.1.2.1).
    pub fn acr_values(&self) -> impl Iterator<Item = &str> {
        self.acr_values.iter().map(String::as_str)
    }

    /// The maximum time since the user signed in, in whole seconds (`OpenID` Connect Core 1.0, section
    /// 3.1.2.1).
    #[must_use]
    pub fn max_age(&self) -> Option<Duration> {
        self.max_age.map(Duration::from_secs)
    }

    /// The claims, a JSON object of at most 2 KiB, as in the query (`OpenID` Connect Core 1.0, section 5.5).
    ///
    /// Their content is not checked. They come from the upstream, or from anybody who links to the route.
    #[must_use]
    pub fn claims(&self) -> Option<&str> {
        self.claims.as_deref()
    }

    /// Reads the values that `parameter` returns. `None` if one of them is invalid.
    pub(super) fn read<T: AsRef<str>>(parameter: impl Fn(&str) -> Option<T>) -> Option<Self> {
        let list = |name, is_item: fn(char) -> bool| {
            let items = parameter(name);
            let items = items.as_ref().map_or("", AsRef::as_ref).split(' ');
            let items = items.filter(|item| !item.is_empty()).map(str::to_owned);
            let mut items: Vec<String> = items.collect();
            let mut seen = HashSet::new();
            items.retain(|item| seen.insert(item.clone()));
            let are_items = items.iter().all(|item| item.chars().all(is_item));
            are_items.then_some(items)
        };
        let max_age = match parameter(MAX_AGE) {
            Some(seconds) => Some(whole_number(seconds.as_ref())?),
            None => None,
        };
        let claims = match parameter(CLAIMS) {
            Some(claims) => Some(json_object(claims.as_ref())?),
            None => None,
        };
        let request = Self {
            scopes: list(SCOPE, is_scope)?,
            acr_values: list(ACR_VALUES, |c| !c.is_control())?,
            max_age,
            claims,
        };
        let fits = request.added_to("").len() <= MAX_QUERY;
        fits.then_some(request)
    }

    /// The names of the requested permissions.
    pub(super) fn permissions(&self) -> impl Iterator<Item = String> {
        let scopes = self.scopes().map(|scope| format!("scope.{scope}"));
        let acr_values = self.acr_values().map(|value| format!("acr.{value}"));
        let max_age = self
            .max_age
            .iter()
            .map(|seconds| format!("max_age.{seconds}"));
        let claims = self.claims.iter().map(|_| CLAIMS.to_owned());
        scopes.chain(acr_values).chain(max_age).chain(claims)
    }

    /// Adds the parameters to a query that has none of them.
    pub(super) fn added_to(&self, route: &str) -> String {
        let list = |items: &[String]| (!items.is_empty()).then(|| items.join(" "));
        let parameters = [
            (SCOPE, list(&self.scopes)),
            (ACR_VALUES, list(&self.acr_values)),
            (MAX_AGE, self.max_age.map(|seconds| seconds.to_string())),
            (CLAIMS, self.claims.clone()),
        ];
        parameters
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .fold(route.to_owned(), |route, (name, value)| {
                query::with(&route, name, &value)
            })
    }
}

/// RFC 6749, section 3.3.
fn is_scope(character: char) -> bool {
    character.is_ascii_graphic() && !matches!(character, '"' | '\\')
}

fn whole_number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

fn json_object(text: &str) -> Option<String> {
    let fits = text.len() <= MAX_CLAIMS;
    let value: Value = serde_json::from_str(Some(text).filter(|_| fits)?).ok()?;
    value.is_object().then(|| text.to_owned())
}

impl fmt::Debug for BearerRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerRequest")
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
