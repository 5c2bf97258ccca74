//! Bearer tokens: more scopes, a stronger sign-in, or other claims.
//!
//! Use [`Bearer`](crate::protocol::Bearer) around a client that calls an OAuth resource server with your user's access
//! token. If the token is not sufficient, the user is sent to your app's own sign-in route, which requests a new token
//! from the authorization server. Then they come back to the page that they opened.
//!
//! # Set up the app
//!
//! Name your sign-in route, and the scopes that your app may request:
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
//! List both routes in [`never_return_to`](crate::PrivacyReturnLayer::never_return_to): the URL of a callback works
//! [only once](super::return_urls#single-use-urls), and the sign-in route redirects straight to the provider.
//!
//! A challenge for any other scope is [`Rejected`](crate::PrivacyError::Rejected), so that a resource server cannot
//! decide what your app asks of its users. To allow that, use [`any_scope`](crate::protocol::Bearer::any_scope).
//!
//! `examples/sign_in.rs` is a complete app that uses the crate `oauth2`.
//!
//! # What counts as a denial
//!
//! One of three errors in the header `WWW-Authenticate`. The body does not matter.
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
//! | `insufficient_scope` | scopes | RFC 6750, section 3.1; also sent by MCP servers (MCP, "Authorization") |
//! | `insufficient_user_authentication` | a class of sign-in (`acr_values`), or a recent sign-in (`max_age`) | RFC 9470, section 3 |
//! | `insufficient_claims` | what a Conditional Access policy requires, or a new token to replace a revoked one | Microsoft, "Claims challenges, claims requests and client capabilities" |
//!
//! The layer takes no URL from the response. The location is always your sign-in route, with what is missing in its
//! query:
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
//! **Anyone can link to this route.** A user may have clicked
//! `https://app.example/sign-in?scope=admin&return_to=…` in an email. So check the whole query before you use any of
//! it: [`Bearer::accepts`](crate::protocol::Bearer::accepts) checks what is requested, and
//! [`ReturnUrl::of_origins`](crate::ReturnUrl::of_origins) checks `return_to`.
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
//! /// The page of this app that the query names, or else the home page.
//! fn return_url(query: &str, home: &ReturnUrl) -> ReturnUrl {
//!     form_urlencoded::parse(query.as_bytes())
//!         .find(|(name, _)| name == "return_to")
//!         .and_then(|(_, url)| ReturnUrl::of_origins(&url, &[home.clone()]))
//!         .unwrap_or_else(|| home.clone())
//! }
//!
//! /// Your OAuth library builds this URL. It adds the client, `state`, `nonce` and PKCE.
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
//! // A scope that the app does not list, and claims that are not a JSON object.
//! assert_eq!(open("scope=admin").await.status(), 400);
//! assert_eq!(open("claims=7").await.status(), 400);
//! // A return URL on another origin.
//! assert_eq!(return_url("return_to=https://evil.test/", &app.home), app.home);
//! # Ok(())
//! # }
//! ```
//!
//! Leave the rest to your OAuth library:
//!
//! 1. **Create PKCE, `state` and `nonce`** in this route, keep them in the user's session, and check them in the
//!    callback. Keep the return URL next to them, not in `state`.
//! 2. **In the callback**, exchange the code, store the token, and redirect the user to the return URL in the session
//!    with a 303.
//! 3. **If the user declines**, the callback gets `error=access_denied` (RFC 6749, section 4.1.2.1). Redirect them to
//!    the return URL anyway. The call is denied again, and they see that the step is still needed.
//! 4. **Also request the scopes that the user granted earlier.** The new token is for the scopes of this request (RFC
//!    6749, section 3.3), and a challenge may name only the missing one. MCP gives its clients the same advice
//!    ("Authorization", section "Step-Up Authorization Flow").
//! 5. **Pass `acr_values` and `max_age`** to the authorization endpoint (RFC 9470, section 4). If the provider does not
//!    support them, the next token is not sufficient either.
//!
//! # Set up the resource server
//!
//! Send `scope` in the challenge. RFC 6750, section 3.1, makes it optional. Without it, the user is still sent to your
//! route, once, but the route does not learn which scope is missing.
//!
//! A proxy in between must not remove `WWW-Authenticate`.
//!
//! # Set up Microsoft Entra
//!
//! Declare the client capability `cp1`. Without it, Microsoft Graph and other APIs never send `insufficient_claims`
//! ("Claims challenges, claims requests and client capabilities", section "Client capabilities"). It goes into the
//! parameter `claims` of every authorization request, together with the claims of the challenge:
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
//! // The example on Microsoft's page.
//! let asked = r#"{"access_token":{"acrs":{"essential":true,"value":"c25"}}}"#;
//! let acrs = json!({ "essential": true, "value": "c25" });
//! assert_eq!(
//!     with_capability(Some(asked)),
//!     json!({ "access_token": { "xms_cc": { "values": ["cp1"] }, "acrs": acrs } }),
//! );
//! ```
//!
//! Remove the rejected token from the session before you request a new one: it is no longer valid (the same page,
//! section "Claims request").
//!
//! # What the user sees
//!
//! | the user | the call | what they see |
//! |---|---|---|
//! | opens `/upload?name=a` without `files:write` | is denied | the provider's consent page, by way of `/sign-in` |
//! | consents | succeeds | `/upload?name=a` |
//! | declines | is denied again | "This step is still needed", with a link to try again |
//! | reloads that page | is denied again | the same page: there is no redirect loop |
//! | signed in an hour ago, but the API requires a sign-in within five minutes | is denied | the provider's sign-in page, then their page |
//!
//! A script's `fetch()` gets problem details with the location, instead of a redirect to the provider that would fail
//! with a CORS error ([`scripts`](super::scripts)).
//!
//! A page asks its user for a scope at most once a day. Anything else, such as a recent sign-in, may be required again
//! sooner, so the limit is ten minutes.
//!
//! # Test it
//!
//! A challenge is just a header, so a test needs no server:
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
//! To test the whole flow, use the [`sandbox`](crate::sandbox#bearer). It plays a resource server and an authorization
//! server where users consent or decline. Or run real servers: the tests of this crate use two npm packages,
//! `oidc-provider` and `express-oauth2-jwt-bearer`.
//!
//! # What is not covered
//!
//! The layer passes these responses on:
//!
//! - **A `401` without one of these errors**, such as `invalid_token`: the token is missing, expired or revoked.
//!   Refresh it, or sign the user in.
//! - **`insufficient_scope` with a `401`.** RFC 6750 gives it a `403`.
//! - **A challenge of the scheme `DPoP`.** If there is also a `Bearer` challenge, the layer reads that one.
//! - **A `403` without a challenge**, or with a body that says the same in another way. For such an API, write
//!   [your own protocol](crate::protocol#a-protocol-of-your-own).
//!
//! These are left to your app:
//!
//! - **Refreshing a token.** A refresh grants no new scope (RFC 6749, section 6), and is not a fresh sign-in.
//! - **Discovery** through `resource_metadata` (RFC 9728). Your app knows its provider.
//!
//! If two resource servers share a sign-in route, [name each layer](super::asking#several-upstreams). Otherwise, a user
//! who was asked for a scope of one server counts as asked for the same scope of the other.
//!
//! [`BearerRequest::claims`]: crate::protocol::BearerRequest::claims
