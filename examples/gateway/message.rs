//! How messages change on their way through the gateway.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Uri, Version,
        header::{ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, COOKIE, HOST, VIA},
    },
    response::Response,
};
use percent_encoding::percent_decode;
use url::{Url, form_urlencoded::Serializer};

/// The request as upstream gets it, with its own token or else this one. `None` if its target is not a path (as
/// that of CONNECT), could lead out of the upstream's path, or is too long with the token.
pub(crate) fn outbound(
    mut request: Request,
    upstream: &Url,
    token: Option<&str>,
) -> Option<Request> {
    let authorization = request.headers_mut().remove(AUTHORIZATION);
    let bearer = authorization.as_ref().and_then(bearer_token);
    *request.uri_mut() = target(upstream, request.uri(), bearer.or(token))?;

    let via = match request.version() {
        Version::HTTP_2 => "2.0 gateway",
        Version::HTTP_10 => "1.0 gateway",
        _ => "1.1 gateway",
    };
    // RFC 9110, section 2.5: a forwarded message has the version of its sender.
    *request.version_mut() = Version::HTTP_11;

    let headers = request.headers_mut();
    remove_hop_by_hop(headers);
    headers.remove(COOKIE);
    // The client sets the upstream's.
    headers.remove(HOST);
    // A compressed denial could not be read, and the gateway must not decompress responses.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    // Section 7.6.3: a gateway must add it.
    headers.append(VIA, HeaderValue::from_static(via));
    Some(request)
}

/// The response as the client gets it.
pub(crate) fn inbound(mut response: Response) -> Response {
    *response.version_mut() = Version::HTTP_11;
    remove_hop_by_hop(response.headers_mut());
    response
}

/// The path below the upstream's, and the query byte for byte, with the token.
fn target(upstream: &Url, uri: &Uri, token: Option<&str>) -> Option<Uri> {
    let token = token.map(|token| {
        let mut pair = Serializer::new(String::new());
        pair.append_pair("token", token).finish()
    });
    let path = Some(uri.path()).filter(|path| path.starts_with('/') && stays_below(path))?;
    let mut target = upstream.path().trim_end_matches('/').to_owned() + path;
    let query: Vec<_> = uri.query().into_iter().chain(token.as_deref()).collect();
    if !query.is_empty() {
        target = target + "?" + &query.join("&");
    }
    let uri = Uri::builder()
        .scheme(upstream.scheme())
        .authority(upstream.authority());
    uri.path_and_query(target).build().ok()
}

/// Whether a path stays below the upstream's path, whichever server reads it.
///
/// Servers differ in how often they decode a path, where they split it, and what they drop from it. So the path is
/// decoded until nothing changes, and split at `/` and `\`. No segment may then be `.` or `..`, without
/// surrounding white space and anything after `;`, `?` or `#`. The path must not contain anything that some servers
/// drop, or read as a dot or a slash: control characters, `%u002e`, bytes that are not UTF-8 (such as an overlong
/// dot), small and full-width forms. Any other path is forwarded unchanged, such as `/a%2Fb` or `/...`.
fn stays_below(path: &str) -> bool {
    let is_dots = |segment: &str| {
        let name = segment.split([';', '?', '#']).next();
        name.is_some_and(|name| matches!(name.trim(), "." | ".."))
    };
    // Unicode's dot leaders, and its small and full-width forms of ASCII's signs.
    let forms = [
        '\u{2024}'..='\u{2025}',
        '\u{FE50}'..='\u{FE6F}',
        '\u{FF00}'..='\u{FF5E}',
    ];
    let is_unsure = |sign: char| sign.is_control() || forms.iter().any(|form| form.contains(&sign));
    decoded(path).is_some_and(|path| {
        !path.split(['/', '\\']).any(is_dots)
            && !path.contains(is_unsure)
            && !path.contains("%u")
            && !path.contains("%U")
    })
}

/// The path, decoded until nothing changes. `None` if it is not UTF-8, or is encoded more than three times. No
/// client does that, and each time costs a pass over the path.
fn decoded(path: &str) -> Option<String> {
    let mut path = path.as_bytes().to_vec();
    for _ in 0..=3 {
        let decoded: Vec<_> = percent_decode(&path).collect();
        if decoded == path {
            return String::from_utf8(path).ok();
        }
        path = decoded;
    }
    None
}

/// RFC 6750, section 2.1.
fn bearer_token(authorization: &HeaderValue) -> Option<&str> {
    let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| token.trim_ascii())
}

/// RFC 9110, section 7.6.1: the headers that `Connection` names, and those known to be hop-by-hop.
fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let connection = headers.get_all(CONNECTION).iter();
    let named: Vec<_> = connection
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(|name| name.trim_ascii().to_owned())
        .collect();
    let known = "connection proxy-connection keep-alive te transfer-encoding upgrade";
    for name in known.split(' ').chain(named.iter().map(String::as_str)) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent_to(upstream: &str, path: &str) -> Option<String> {
        let upstream = upstream.parse().unwrap();
        let uri = path.parse().unwrap();
        target(&upstream, &uri, None).map(|uri| uri.to_string())
    }

    #[test]
    fn no_spelling_of_a_path_leads_out_of_the_upstreams() {
        for path in [
            "/..",
            "/../",
            "/../admin",
            "/./admin",
            "/contacts/.",
            "/contacts/..",
            "/contacts/../../admin",
            "//../admin",
            "/..//admin",
            "http://gateway.example/../admin",
            "/..?admin",
            "/..#admin",
            // Encoded, once and more often.
            "/%2e%2e/admin",
            "/%2E./admin",
            "/.%2e/admin",
            "/%2e/admin",
            "/%252e%252e/admin",
            "/%25252e%25252e/admin",
            "/%%32%65%%32%65/admin",
            "/%2525252525252e./admin",
            "/%25252541",
            // With parameters, or something that becomes a query.
            "/..;/admin",
            "/..;x=y/admin",
            "/.;x/admin",
            "/%2e%2e%3bx/admin",
            "/..%3fadmin",
            "/..%2523admin",
            // With other slashes.
            "/..%2fadmin",
            "/..%2Fadmin",
            "/..%252fadmin",
            "/contacts%2f..%2f..%2fadmin",
            "/..;x%2f/admin",
            "/..\\admin",
            "/\\..\\admin",
            "/..%5cadmin",
            "/..%255Cadmin",
            "/%5c../admin",
            // With characters that servers drop or stop at.
            "/.%09./admin",
            "/.%0a./admin",
            "/%0d../admin",
            "/..%00/admin",
            "/..%7f/admin",
            "/..%20/admin",
            "/%20../admin",
            "/..%c2%a0/admin",
            // In other alphabets.
            "/%u002e%u002e/admin",
            "/%25U002e%25U002e/admin",
            "/..%u2215admin",
            "/%c0%ae%c0%ae/admin",
            "/..%c0%afadmin",
            "/%e0%80%ae%e0%80%ae/admin",
            "/%25c0%25ae./admin",
            "/%ef%bc%8e%ef%bc%8e/admin",
            "/..%ef%bc%8fadmin",
            "/..%ef%bc%bcadmin",
            "/%e2%80%a4%e2%80%a4/admin",
            "/%e2%80%a5/admin",
            "/%ef%b9%92%ef%b9%92/admin",
        ] {
            for upstream in ["http://api.example", "http://api.example/v1/"] {
                assert_eq!(sent_to(upstream, path), None, "{path}");
            }
        }
    }

    #[test]
    fn any_other_path_is_appended_to_the_upstreams_unchanged() {
        for path in [
            "/",
            "/contacts",
            "/contacts/",
            "/contacts?next=/../admin",
            "/contacts?next=%2e%2e%2fadmin",
            "//contacts//7",
            "/contacts/a..b",
            "/..a",
            "/a..",
            "/...",
            "/.hidden",
            "/;x/a",
            "/a;x=../b",
            "/a%2Fb",
            "/a%5cb",
            "/a%252Fb",
            "/%252541",
            "/a%20b/%7Eada/%7eada",
            "/100%25",
            "/%C3%A9t%C3%A9/%E2%80%A6/%E5%86%99",
        ] {
            for upstream in ["http://api.example/v1", "http://api.example/v1/"] {
                let sent = format!("http://api.example/v1{path}");
                assert_eq!(sent_to(upstream, path), Some(sent));
            }
        }
    }
}
