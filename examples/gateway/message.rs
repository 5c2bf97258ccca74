//! What becomes of a message on its way through the gateway.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Uri, Version,
        header::{ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, COOKIE, HOST, VIA},
    },
    response::Response,
};
use url::{Url, form_urlencoded::Serializer};

/// The request as upstream gets it, with the token that it brings, or else with this one. `None` if
/// what it asks for is no path, as of a CONNECT, or too long with the token.
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
    // RFC 9110, section 2.5: a message has the version of who sends it on.
    *request.version_mut() = Version::HTTP_11;

    let headers = request.headers_mut();
    remove_hop_by_hop(headers);
    headers.remove(COOKIE);
    // The client sets upstream's own.
    headers.remove(HOST);
    // A compressed denial cannot be read, and to decompress a response would be to change it.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    // Section 7.6.3: a gateway must.
    headers.append(VIA, HeaderValue::from_static(via));
    Some(request)
}

/// The response as it is answered.
pub(crate) fn inbound(mut response: Response) -> Response {
    *response.version_mut() = Version::HTTP_11;
    remove_hop_by_hop(response.headers_mut());
    response
}

/// The path under upstream's, and the query byte for byte, with the token.
fn target(upstream: &Url, uri: &Uri, token: Option<&str>) -> Option<Uri> {
    let token = token.map(|token| {
        let mut pair = Serializer::new(String::new());
        pair.append_pair("token", token).finish()
    });
    let path = Some(uri.path()).filter(|path| path.starts_with('/'))?;
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

/// RFC 6750, section 2.1.
fn bearer_token(authorization: &HeaderValue) -> Option<&str> {
    let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| token.trim_ascii())
}

/// RFC 9110, section 7.6.1: what `Connection` names, and what is known to be of one connection.
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
