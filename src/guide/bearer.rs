//! Bearer tokens: more scopes, a stronger sign-in, or other claims.
//!
//! Use [`Bearer`](crate::protocol::Bearer) around the client that calls an OAuth resource server with your
//! user's access token. When the token does not suffice, the user goes to the sign-in route of your own app,
//! which asks the authorization server for a better one. Then they come back to the page that they asked for.
//!
//! # Set up the app
//!
//! Name your sign-in route, and the scopes that your app may ask its users for:
//!
//! ```
//! use tower_privacy::{PrivacyLayer, PrivacyReturnLayer, protocol::Bearer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bearer = Bearer::new("https://app.example/sign-in", ["files:read", "files:write"])?;
//!
//! // Around the client that calls the resource server.
//! let client_side = PrivacyLayer::new().protocol(bearer.clone());
//! // Around the app.
//! let host_side = PrivacyReturnLayer::new("https://app.example".parse()?)
//!     .never_return_to(["/sign-in", "/callback"]);
//! # let _ = (client_side, host_side);
//! # Ok(())
//! # }
//! ```
//!
//! List both routes in [`never_return_to`](crate::PrivacyReturnLayer::never_return_to): the URL of a callback is
//! [good once](super::return_urls#urls-that-are-good-once), and the sign-in route leads straight back to the
//! provider.
//!
//! A challenge for any other scope is [`Rejected`](crate::PrivacyError::Rejected): a resource server does not
//! decide what your app asks of its users. Use [`any_scope`](crate::protocol::Bearer::any_scope) if it may.
//!
//! `examples/sign_in.rs` is a whole app, with the crate `oauth2`.
//!
//! # What counts as a denial
//!
//! Three errors in the header field `WWW-Authenticate`. The body does not matter.
//!
//! ```text
//! HTTP/1.1 403 Forbidden
//! WWW-Authenticate: Bearer error="insufficient_scope", scope="files:read files:write"
//!
//! HTTP/1.1 401 Unauthorized
//! WWW-Authenticate: Bearer error="insufficient_user_authentication", acr_values="mfa", max_age="300"
//!
//! HTTP/1.1 401 Unauthorized
//! WWW-Authenticate: Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOns…"
//! ```
//!
//! | error | what is missing | source |
//! |---|---|---|
//! | `insufficient_scope` | scopes | RFC 6750, section 3.1; MCP, "Authorization", sends it too |
//! | `insufficient_user_authentication` | a class of sign-in (`acr_values`), or one that is recent (`max_age`) | RFC 9470, section 3 |
//! | `insufficient_claims` | what a Conditional Access policy asks for, or a new token in place of a revoked one | Microsoft, "Claims challenges, claims requests and client capabilities" |
//!
//! No URL is taken from the response. The location is always your route, with what is missing in its query:
//!
//! ```
//! use tower_privacy::{PrivacyError, PrivacyLayer, protocol::Bearer};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let layer = PrivacyLayer::new()
//!     .protocol(Bearer::new("https://app.example/sign-in", [""; 0])?)
//!     .return_to("https://app.example/vault".parse()?);
//!
//! let challenge = r#"Bearer error="insufficient_user_authentication", max_age=300"#;
//! let answer = http::Response::builder()
//!     .status(401)
//!     .header("WWW-Authenticate", challenge)
//!     .body(String::new())?;
//!
//! let error = layer.inspect(answer).await.unwrap_err();
//! let PrivacyError::Redirect(redirect) = error else { panic!("{error}") };
//! assert_eq!(
//!     redirect.location().as_str(),
//!     "https://app.example/sign-in?max_age=300&return_to=https%3A%2F%2Fapp.example%2Fvault",
//! );
//! # Ok(())
//! # }
//! ```
//!
//! # The sign-in route
//!
//! **Anybody can link to it.** A user may have clicked `https://app.example/sign-in?scope=admin&return_to=…` in a
//! mail. So check the whole query before you use any of it. Use
//! [`Bearer::accepts`](crate::protocol::Bearer::accepts) for what is asked for, and
//! [`ReturnUrl::of_origins`](crate::ReturnUrl::of_origins) for `return_to`:
//!
//! ```
//! use axum::extract::{RawQuery, State};
//! use axum::response::{IntoResponse, Redirect, Response};
//! use http::StatusCode;
//! use tower_privacy::ReturnUrl;
//! use tower_privacy::protocol::{Bearer, BearerRequest};
//! use url::{Url, form_urlencoded};
//!
//! #[derive(Clone)]
//! struct App {
//!     bearer: Bearer,
//!     home: ReturnUrl,
//! }
//!
//! async fn sign_in(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
//!     let query = query.unwrap_or_default();
//!     let Some(asked) = app.bearer.accepts(&query) else {
//!         return StatusCode::BAD_REQUEST.into_response();
//!     };
//!     // Keep this in the user's session, for the callback.
//!     let _back = return_url(&query, &app.home);
//!     Redirect::to(authorization_url(&asked).as_str()).into_response()
//! }
//!
//! /// Where the user comes back to: the start page, unless the query names a page of this app.
//! fn return_url(query: &str, home: &ReturnUrl) -> ReturnUrl {
//!     form_urlencoded::parse(query.as_bytes())
//!         .find(|(name, _)| name == "return_to")
//!         .and_then(|(_, url)| ReturnUrl::of_origins(&url, &[home.clone()]))
//!         .unwrap_or_else(|| home.clone())
//! }
//!
//! /// Your OAuth library makes this URL. It adds the client, `state`, `nonce` and PKCE.
//! fn authorization_url(asked: &BearerRequest) -> Url {
//!     let list = |items: Vec<&str>| Some(items.join(" ")).filter(|list| !list.is_empty());
//!     let parameters = [
//!         ("scope", list(asked.scopes().collect())),
//!         ("acr_values", list(asked.acr_values().collect())),
//!         ("max_age", asked.max_age().map(|age| age.as_secs().to_string())),
//!         ("claims", asked.claims().map(str::to_owned)),
//!     ];
//!     let parameters = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
//!     let mut url = Url::parse("https://login.example/authorize").expect("a URL");
//!     url.query_pairs_mut().extend_pairs(parameters);
//!     url
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let app = App {
//! #     bearer: Bearer::new("https://app.example/sign-in", ["files:read"])?,
//! #     home: "https://app.example/".parse()?,
//! # };
//! # let open = |query: &str| sign_in(State(app.clone()), RawQuery(Some(query.to_owned())));
//! let reply = open("scope=files:read&return_to=https://app.example/upload").await;
//! assert_eq!(reply.headers()["location"], "https://login.example/authorize?scope=files%3Aread");
//! // A scope that the app does not list, and claims that are no JSON object.
//! assert_eq!(open("scope=admin").await.status(), 400);
//! assert_eq!(open("claims=7").await.status(), 400);
//! // A return URL of somebody else.
//! assert_eq!(return_url("return_to=https://evil.test/", &app.home), app.home);
//! # Ok(())
//! # }
//! ```
//!
//! Leave the rest to your OAuth library:
//!
//! 1. **PKCE, `state` and `nonce`** are made in this route, kept in the user's session, and checked in the
//!    callback. Keep the return URL next to them, and not in `state`.
//! 2. **In the callback**, exchange the code, store the token, and send the user to the return URL that the
//!    session has, with a 303.
//! 3. **If the user declines**, the callback gets `error=access_denied` (RFC 6749, section 4.1.2.1). Send them
//!    to the return URL all the same. The call is denied again, and they see the page that says so.
//! 4. **Ask for the scopes that the user has granted before, too.** The new token is for the scopes of this request
//!    (RFC 6749, section 3.3), and a challenge may name only the one that is missing. MCP tells clients the
//!    same ("Authorization", section "Step-Up Authorization Flow").
//! 5. **Pass `acr_values` and `max_age` on** to the authorization endpoint (RFC 9470, section 4). The provider
//!    has to know them, or the next token will not suffice either.
//!
//! # Set up the resource server
//!
//! Send `scope` in the challenge. RFC 6750, section 3.1, leaves that to the server. Without it the user
//! is still sent to your route, once, but the route does not learn which scope is missing.
//!
//! A proxy in between has to keep `WWW-Authenticate`.
//!
//! # Set up Microsoft Entra
//!
//! Declare the client capability `cp1`. Without it, Microsoft Graph and others never send
//! `insufficient_claims` ("Claims challenges, claims requests and client capabilities", section "Client
//! capabilities"). It goes into the parameter `claims` of each authorization request, together with what the
//! challenge asked for:
//!
//! ```
//! use serde_json::{Value, json};
//!
//! /// `asked` is what [`BearerRequest::claims`] returned, a JSON object.
//! fn with_capability(asked: Option<&str>) -> Value {
//!     let asked = asked.and_then(|claims| serde_json::from_str(claims).ok());
//!     let mut claims: Value = asked.unwrap_or_else(|| json!({}));
//!     if !claims["access_token"].is_object() {
//!         claims["access_token"] = json!({});
//!     }
//!     claims["access_token"]["xms_cc"] = json!({ "values": ["cp1"] });
//!     claims
//! }
//!
//! // The example of Microsoft's page.
//! let asked = r#"{"access_token":{"acrs":{"essential":true,"value":"c25"}}}"#;
//! let acrs = json!({ "essential": true, "value": "c25" });
//! assert_eq!(
//!     with_capability(Some(asked)),
//!     json!({ "access_token": { "xms_cc": { "values": ["cp1"] }, "acrs": acrs } }),
//! );
//! ```
//!
//! Remove the token that was refused from the session before you ask for a new one: it is no longer valid (the
//! same page, section "Claims request").
//!
//! # What the user sees
//!
//! | the user | the call | what they see |
//! |---|---|---|
//! | opens `/upload?name=a` without `files:write` | is denied | the provider's consent page, by way of `/sign-in` |
//! | consents | succeeds | `/upload?name=a` |
//! | declines | is denied again | "This step is still needed", with a link to be asked again |
//! | reloads that page | is denied again | the same page: there is no redirect loop |
//! | signed in an hour ago, and the API wants five minutes | is denied | the provider's sign-in, then their page |
//!
//! A script's `fetch()` gets problem details with the location, and not a redirect to the provider that ends
//! in a CORS error ([`scripts`](super::scripts)).
//!
//! A scope counts as asked for a day. The rest, such as a recent sign-in, can rightly be needed
//! again, so they count for ten minutes.
//!
//! # Test it
//!
//! A challenge is a header, so a test needs no server:
//!
//! ```
//! use axum::{Router, body::Body, extract::State, routing::get};
//! use http::{Request, Response, header::LOCATION};
//! use tower::ServiceExt;
//! use tower_privacy::{PrivacyError, PrivacyLayer, PrivacyReturnLayer, protocol::Bearer};
//!
//! /// Every call of this app needs one more scope.
//! async fn upload(State(layer): State<PrivacyLayer>) -> Result<(), PrivacyError> {
//!     let answer = Response::builder()
//!         .status(403)
//!         .header("WWW-Authenticate", r#"Bearer error="insufficient_scope", scope="write""#)
//!         .body(String::new())
//!         .expect("a response");
//!     layer.inspect(answer).await.map(drop)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bearer = Bearer::new("https://app.example/sign-in", ["write"])?;
//! let app = Router::new()
//!     .route("/upload", get(upload))
//!     .with_state(PrivacyLayer::new().protocol(bearer))
//!     .layer(PrivacyReturnLayer::new("https://app.example".parse()?));
//! let open = |page: &str| {
//!     let request = Request::get(page).header("accept", "text/html").body(Body::empty());
//!     app.clone().oneshot(request.expect("a page"))
//! };
//!
//! let reply = open("/upload?name=a").await?;
//! assert_eq!(reply.status(), 303);
//! let sign_in = url::Url::parse(reply.headers()[LOCATION].to_str()?)?;
//! let asked: Vec<_> = sign_in.query_pairs().collect();
//! assert_eq!(asked[0], ("scope".into(), "write".into()));
//!
//! // They decline, and come back.
//! let back = asked[1].1.trim_start_matches("https://app.example");
//! assert!(back.starts_with("/upload?name=a&"));
//! assert_eq!(open(back).await?.status(), 403);
//! # Ok(())
//! # }
//! ```
//!
//! To test the whole flow, use the [`sandbox`](crate::sandbox#bearer): it plays a resource server and an
//! authorization server, where users consent or decline. Or run real ones. The tests of this crate use two npm
//! packages, `oidc-provider` and `express-oauth2-jwt-bearer`.
//!
//! # What is not covered
//!
//! - **A `401` without one of these errors**, such as `invalid_token`: the token is missing, expired or
//!   revoked. Refresh it, or sign the user in, in your app. The answer is passed on.
//! - **Refreshing a token.** A refresh brings no new scope (RFC 6749, section 6), and no fresh sign-in.
//! - **`insufficient_scope` with a `401`**, which RFC 6750 gives a `403`. It is passed on.
//! - **`DPoP`.** A challenge of this scheme is passed over, and one of `Bearer` next to it is read.
//! - **Discovery** by `resource_metadata` (RFC 9728). Your app knows its provider.
//! - **A `403` without a challenge**, or with a body that says the same in another way. For such an API, write
//!   a [protocol of your own](crate::protocol#a-protocol-of-your-own).
//!
//! If two resource servers share a sign-in route, [name each layer](super::asking#several-upstreams).
//! Otherwise a scope that one asked for counts for the other too.
//!
//! [`BearerRequest::claims`]: crate::protocol::BearerRequest::claims
