//! Where a sandbox is mounted, and what the protocols read from a request.

use axum::extract::{FromRef, FromRequestParts};
use http::{
    HeaderMap, StatusCode, Uri,
    header::{AUTHORIZATION, HOST},
    request::Parts,
    uri::Authority,
};
use url::{Position, Url, form_urlencoded};

use super::state::Sandbox;

/// A sandbox and its address.
#[derive(Clone)]
pub(super) struct Mounted {
    pub(super) sandbox: Sandbox,
    /// The address that it is bound to, if it is.
    pub(super) address: Option<Url>,
}

impl Mounted {
    /// The sandbox's own address, or else the one that the client says it calls.
    pub(super) fn base_url(&self, uri: &Uri, headers: &HeaderMap) -> Option<Url> {
        match &self.address {
            Some(address) => Some(address.clone()),
            None => base_url_of(uri, headers),
        }
    }
}

impl FromRef<Mounted> for Sandbox {
    fn from_ref(mounted: &Mounted) -> Self {
        mounted.sandbox.clone()
    }
}

/// The base URL, as an extractor.
pub(super) struct Base(pub(super) Url);

impl FromRequestParts<Mounted> for Base {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(
        parts: &mut Parts,
        mounted: &Mounted,
    ) -> Result<Self, Self::Rejection> {
        let base_url = mounted.base_url(&parts.uri, &parts.headers);
        let base_url = base_url.ok_or((StatusCode::BAD_REQUEST, "The Host header is no host."))?;
        Ok(Self(base_url))
    }
}

fn base_url_of(uri: &Uri, headers: &HeaderMap) -> Option<Url> {
    // RFC 9112, section 3.2.2: the authority of an absolute target takes precedence over `Host`.
    let authority = uri.authority().map(Authority::as_str);
    let authority = authority.or_else(|| headers.get(HOST)?.to_str().ok())?;
    let url = Url::parse(&format!("http://{authority}")).ok()?;
    let bare = url.username().is_empty() && url.password().is_none();
    (bare && &url[Position::BeforePath..] == "/").then_some(url)
}

/// The first value that is not empty under one of these names, decoded.
pub(super) fn parameter(pairs: &str, names: &[&str]) -> Option<String> {
    form_urlencoded::parse(pairs.as_bytes())
        .find(|(name, value)| names.contains(&&**name) && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

/// The credentials of one of these schemes. Schemes are case-insensitive (RFC 9110, section 11.1).
pub(super) fn credentials<'a>(headers: &'a HeaderMap, schemes: &[&str]) -> Option<&'a str> {
    let (scheme, credentials) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let is_meant = schemes
        .iter()
        .any(|meant| scheme.eq_ignore_ascii_case(meant));
    is_meant.then(|| credentials.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_more_than_a_host_is_not_taken() {
        let base_url = |host: &str| {
            let headers = HeaderMap::from_iter([(HOST, host.parse().unwrap())]);
            base_url_of(&Uri::from_static("/contacts"), &headers).map(String::from)
        };
        assert_eq!(
            base_url("LOCALHOST:8081").as_deref(),
            Some("http://localhost:8081/")
        );
        assert_eq!(
            base_url("[::1]:8081").as_deref(),
            Some("http://[::1]:8081/")
        );
        for host in ["", "a/b", "a?b", "a#", "user@a", "a b", "a\\b", "<a>"] {
            assert_eq!(base_url(host), None, "{host}");
        }
    }

    #[test]
    fn credentials_are_those_of_a_scheme_in_any_case() {
        let credentials = |value: &str| {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())]);
            credentials(&headers, &["Bearer", "token"]).map(str::to_owned)
        };
        for value in ["Bearer abc", "bearer abc", "TOKEN  abc "] {
            assert_eq!(credentials(value).as_deref(), Some("abc"), "{value}");
        }
        for value in ["", "Bearer", "abc", "Basic abc", "Bearertoken abc"] {
            assert_eq!(credentials(value), None, "{value}");
        }
    }
}
