//! From symptom to cause.
//!
//! Texts in quotes are what programs print, with `…` for what differs from app to app. Those of rustc are from Rust
//! 1.95, and those of browsers from Chromium 156.
//!
//! # What a user sees
//!
//! | the user sees | cause | what to do |
//! |---|---|---|
//! | "Log in please", after they granted access | The session cookie has `SameSite=Strict`, the default of tower-sessions. Browsers do not send it on the way back from another site | `SameSite=Lax` ([`production`](super::production#settings-that-break-a-trip)) |
//! | Nothing, after they sent a form | The app answers the form with a redirect, and `form-action` in its Content Security Policy blocks that in Chromium. The layer answers forms with a page, which works | Allow the target in `form-action` |
//! | The page's `#fragment` on the URL of the page that they are sent to. It is gone when they come back | Browsers keep the fragment across redirects, and do not send it to servers | Make the call in the page's script ([`return_urls`](super::return_urls#which-page-a-request-returns-to)) |
//! | The home page after the trip, instead of the page that they were on | The call had no context, so the layer's own return URL was used | Remove [`return_to`](crate::PrivacyLayer::return_to): the call then fails with an error that shows you where |
//! | The landing page after the trip | The script's request does not name its page; or the URL was [too long](super::return_urls#long-urls), or is in `never_return_to` | Send `HX-Current-URL` ([`scripts`](super::scripts)) |
//! | Their page without its query | With the query, the location would be [too long](super::return_urls#long-urls) | Shorten the query |
//! | A page at `http://`, or "Not found" with a prefix missing or doubled | The base URL is not the one that browsers see, or repeats a prefix of the app's routes | [`return_urls`](super::return_urls#a-path-prefix) |
//! | The app on another of its hosts | That host is not listed, or the proxy does not forward `Host` | [`also_at`](crate::PrivacyReturnLayer::also_at), and `proxy_set_header Host $http_host;` |
//! | An error after they granted access, such as "this code was already used" | The call is made while the app handles a single-use URL, and the user came back to that URL | Make the call [after that URL](super::return_urls#single-use-urls), or list it in [`never_return_to`](crate::PrivacyReturnLayer::never_return_to) |
//! | The same entry twice, after one trip | The handler wrote before the call that was denied, and ran again | [Call first, write later](super::production#handlers-that-change-something) |
//! | The page that asks them, again and again | The return URL was set by hand, so it has no marker; or a script follows `location` but does not send its page's URL; or the landing page redirects to a single-use URL | Use the host side; send `HX-Current-URL` ([`scripts`](super::scripts)); make the call [after that URL](super::return_urls#single-use-urls) |
//! | "`…` redirected you too many times", `ERR_TOO_MANY_REDIRECTS` | The app redirects to itself, usually to sign in: its cookie is missing (`SameSite`, `Secure`), or the redirect keeps no state | Check the cookie. The layer ends its own redirects after one trip for each permission ([`asking`](super::asking)) |
//! | "This step is still needed" after a reload, although they allowed it | They allowed it once, and the page made two calls or was reloaded | [`asking`](super::asking) |
//! | "This step is still needed" after they consented at the sign-in route | The new token has the new scope but not the old ones; or the provider does not know the `acr_values` | Request [both](super::bearer#the-sign-in-route) |
//! | Only the first of two pages, with two upstreams | Both layers have the same protocol and no name, so one trip counts for both | Name both ([`named`](super::asking#several-upstreams)) |
//! | Kratos's error page, "Requested `return_to` URL `…` is not allowed" | Kratos does not know the app | [`allowed_return_urls`](super::kratos#set-up-kratos) |
//! | Two links instead of GitHub's or Matrix's page | That page does not send users back, so nobody is redirected to it | Nothing ([`protocol`](crate::protocol#at-a-glance)) |
//! | GitHub's page a second time, although they signed in there | The token belongs to an app, and is older than the sign-in | Sign in to the app again ([`github_sso`](super::github_sso#which-tokens-are-affected)) |
//! | JSON | A script or a service worker shows what it gets, but did not ask for HTML | `Accept: text/html`, or `fetch(event.request)` in the worker ([`scripts`](super::scripts)) |
//! | "`…` refused to connect", in a frame | The app redirects by itself to a page that must not be framed; or the app is on http, where browsers do not say that a request comes from a frame | Let the layer answer; use https |
//! | A link in a frame that does nothing | The `sandbox` of the frame does not allow top navigation | `allow-top-navigation-by-user-activation` |
//! | An offline page, an old copy or nothing | A service worker hides replies other than 2xx, or stores replies with `no-store` | [`scripts`](super::scripts#what-the-layer-cannot-fix) |
//! | The same message several times | A poll of htmx continues, and adds it each time | A filter in `hx-trigger` ([`scripts`](super::scripts#htmx)) |
//! | The page that asks them, although they clicked nothing | A poll was denied, or the page was open for longer than the marker's life | Stop the poll, or poll with `fetch()` and show a link |
//! | "Content missing", in a `<turbo-frame>` | A handler or a middleware answers by itself | Let the layer answer |
//! | "502 Bad Gateway" from nginx, which logs "upstream sent too big header" | The headers of the reply, with the app's cookies, are longer than 4 KiB | `proxy_buffer_size 8k;` |
//! | A page in English or French, in an app in another language | The layer's pages have only these two languages | [`map_reply`](crate::PrivacyReturnLayer::map_reply) ([`asking`](super::asking#your-own-words)) |
//!
//! # What the browser's console says
//!
//! | console | cause | what to do |
//! |---|---|---|
//! | "Access to fetch at `…` (redirected from `…`) from origin `…` has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource." The script gets `TypeError: Failed to fetch` | The handler answers a script with a redirect to another origin. The layer never does | Put the host side around this route, and let it answer ([`scripts`](super::scripts)) |
//! | "Connecting to `…` violates the following Content Security Policy directive: "connect-src `…`"." | The same, with a policy | The same |
//! | "Request header field hx-current-url is not allowed by Access-Control-Allow-Headers in preflight response." | The API is on another origin, and its CORS settings do not allow the header | [Allow it](super::return_urls#a-single-page-app-on-another-origin) |
//! | "Response to preflight request doesn't pass access control check: Redirect is not allowed for a preflight request." | A middleware redirects the `OPTIONS` request, for example to sign in | Put CORS outside that middleware |
//! | `SyntaxError: Unexpected token '<', "<!doctype "... is not valid JSON` | The script asks for HTML, so it gets a page | `Accept: application/json`, and read `problem+json` ([`scripts`](super::scripts)) |
//! | `SyntaxError: Unexpected token '<', "<?xml vers"... is not valid JSON` | The app passes Orange's denial on to the script, so the layer is not around this call | Wrap the client |
//! | "Sending form data to `…` violates the following Content Security Policy directive: "form-action `…`"." It names the form's own URL | The app answers the form with a redirect to another origin | Allow that origin in `form-action` |
//! | "Refused to display `…` in a frame because it set 'X-Frame-Options' to '`…`'.", or "Framing `…` violates the following Content Security Policy directive: "frame-ancestors `…`"." | The app redirects a frame to a page that must not be framed. The layer answers a frame with a link | Let the layer answer |
//! | "Unsafe attempt to initiate navigation for frame with origin `…`. … The frame attempting navigation of the top-level window is sandboxed" | The `sandbox` of the frame | `allow-top-navigation-by-user-activation` |
//! | "Refused to execute the redirect specified via `'<meta http-equiv='refresh' content='...'>'`. The document is sandboxed, and the 'allow-scripts' keyword is not set." | `Content-Security-Policy: sandbox` | `allow-scripts` ([`production`](super::production#settings-that-break-a-trip)) |
//! | "Applying inline style violates the following Content Security Policy directive 'style-src `…`'" | The layer's pages have their style inline | Nothing, or [`map_reply`](crate::PrivacyReturnLayer::map_reply) |
//!
//! # What rustc says
//!
//! | rustc | cause | what to do |
//! |---|---|---|
//! | "the method `oneshot` exists for struct `Privacy<Client>`, but its trait bounds were not satisfied", or `ready` | The feature for this version of reqwest is off | `reqwest-0-12` for reqwest 0.12, `reqwest` for 0.13 ([`client`](crate::client#which-version-of-reqwest)) |
//! | The same, with another client | The service's error is not `Into<BoxError>`, or its response is not an `http::Response` with an `http_body::Body` | Map the error or the response |
//! | "no method named `execute` found for struct `Privacy<Client>`", "the trait `From<reqwest::Error>` is not implemented for `PrivacyError`", "`RequestBuilder` cannot be sent through a layer" | The feature for this version of reqwest is off | As above |
//! | "`reqwest_middleware::RequestBuilder` cannot be sent through a layer" | reqwest-middleware has the layer already | `.send()` |
//! | "the trait bound `PrivacyLayer: reqwest_middleware::Middleware` is not satisfied" | The feature for this version of reqwest-middleware is off | `reqwest-middleware` for 0.5, `reqwest-middleware-0-4` for 0.4 |
//! | "no method named `oneshot` found for struct `Privacy<S>`", or `call`, `layer`, `send_through` | The trait is not in scope. For `call`, also: the feature for this version of reqwest is off | `use tower::ServiceExt`, `tower::Service`, `tower::Layer`, `tower_privacy::client::SendThrough` |
//! | "no method named `get` found for struct `Privacy<S>`" | `Privacy` sends requests. The client inside builds them | `client.get_ref().get(url).build()?`, then `client.execute(request)` |
//! | "no method named `query` found for struct `RequestBuilder`", or `form` or `json` | The feature of reqwest 0.13, or of reqwest-middleware, is off | Features `query`, `form`, `json` ([more](super::other_clients#from-reqwest-012-to-013)) |
//! | "`…` depends on `reqwest` with feature `rustls-tls` but `reqwest` does not have that feature" | reqwest 0.13 | `rustls` |
//! | "unresolved import `tower_privacy::…`", or "could not find `…` in `tower_privacy`", with "found an item that was configured out" | A feature of this crate is off | The note names it |
//! | "the trait bound `fn(…) -> impl Future<Output = Result<…, PrivacyError>> {contacts}: Handler<_, _>` is not satisfied" | The feature `axum` is off; or with "multiple different versions of crate `axum`", the app uses axum 0.7 | Turn it on; use axum 0.8 |
//! | "the trait bound `PrivacyError: ResponseError` is not satisfied" | The feature `actix` is off | Turn it on |
//! | "the trait bound `PrivacyReturnLayer: Transform<…>` is not satisfied", "the trait bound `…::PrivacyReturn: Layer<Route>` is not satisfied" | The type for the other framework | [`actix::PrivacyReturn`](crate::actix::PrivacyReturn) on actix-web, [`PrivacyReturnLayer`](crate::PrivacyReturnLayer) on axum |
//! | "`?` couldn't convert the error to `AppError`" | `?` converts once, but this needs two steps: to `PrivacyError`, then to `AppError` | Make the calls in a function that returns `PrivacyError`, or `.map_err(PrivacyError::from)?` |
//! | "`?` couldn't convert the error to `PrivacyError`", from an error of hyper's or your own | `PrivacyError` converts from errors of reqwest, reqwest-middleware and boxed errors only | `.map_err(\|error\| PrivacyError::Service(error.into()))?` |
//! | "`?` couldn't convert the error to `PrivacyError`", from a `StatusCode`, or "expected `PrivacyError`, found `StatusCode`" | The handler returns either | On axum, the return type `axum::response::Result<…>` takes both |
//! | "`?` couldn't convert the error to `StatusCode`" | A status cannot carry the location | The same |
//! | "non-exhaustive patterns: `&AppError::Privacy(_)` not covered" (E0004) | The error type has the new variant, and a `match` has no arm for it | `AppError::Privacy(error) => return error.into_response()`, or on actix-web `error.error_response()` |
//! | "expected `actix_web::http::StatusCode`, found `http::StatusCode`" | actix-web and awc use `http` 0.2, and an inspected response is of `http` 1 | Compare numbers: `as_u16` ([`other_clients`](super::other_clients#awc)) |
//! | "expected `Response<Incoming>`, found `Response<ResponseBody<Incoming>>`", "type mismatch in closure arguments" | The layer changes the body's type | [Types that change](super::stack#types-that-change) |
//! | "expected `Response<_>`, found `ClientResponse<…>`", "the trait bound `Vec<u8>: http_body::Body` is not satisfied" | `inspect` takes an `http::Response` of `http` 1, with a body | [`other_clients`](super::other_clients#any-other-client) |
//! | "this function takes 0 arguments but 1 argument was supplied", at `PrivacyLayer::new` | Code for 0.1 | `PrivacyLayer::new().return_to(url)`; the CHANGELOG has the rest |
//!
//! # What a running app does
//!
//! | symptom | cause | what to do |
//! |---|---|---|
//! | A denial is returned as a 500 with an XML body | The layer is not around this client, or the response is compressed (`not_inspected`, `encoded`) | Wrap the client; put decompression inside ([`stack`](super::stack)) |
//! | The same, with reqwest | The call is sent by the `reqwest::Client` itself, for example by `get_ref().get(url).send()` | `client.execute(request)` or `request.send_through(&layer)` |
//! | The same, and the body is readable | The document has a DOCTYPE, or is over the cap (`too_long`), or its status is below 400 and the layer inspects errors only | [`Orange`](crate::protocol::Orange) has the rules; [`max_document_bytes`](crate::PrivacyLayer::max_document_bytes) sets the cap |
//! | `Rejected`: "the denial points to an untrusted endpoint" | The page is not on the list: another host, port, path or scheme | [`also_trust`](crate::PrivacyLayer::also_trust). The error's text lists the [`expected`](crate::RejectedDenial::expected) pages, and [`untrusted_url`](crate::RejectedDenial::untrusted_url) returns the one that was found |
//! | `Rejected`: "the denial has an invalid URL" | The `url` in the document is not an absolute URL, or contains an element | The upstream has to send one URL as text |
//! | `Rejected`: "the denial asks for a scope that the app does not allow" | The scope is not on the list of [`Bearer::new`](crate::protocol::Bearer::new) | Add it, if your app may request it |
//! | Microsoft Graph never sends a `401` with `insufficient_claims` | The app does not declare `cp1` | [`bearer`](super::bearer#set-up-microsoft-entra) |
//! | `InteractionRequired`, although there is a user | The call has no context: it runs in a spawned task, inside `tower::buffer`, or outside the host side | [`background`](super::background) |
//! | The head of a stream arrives only with its first bytes | The response is inspected, because it is labelled as text, as XML or not at all | Send another Content-Type, or inspect errors only ([`production`](super::production)) |
//! | A 500 of the app instead of a redirect | The app's error type does not pass the denial on | `if let Some(signal) = PrivacyError::find(&error) { return signal.into_response() }` |
//! | A 502, and the log says only "the inner service failed" or `failed` | The app did not log the source of the error | [`production`](super::production#log-errors) |
//! | The log contains the token, in an error of reqwest | The app's own error has a variant for `reqwest::Error`, which prints its URL | `.map_err(PrivacyError::from)`, which removes the query |
//! | `find` does not see a `Service` error | `#[error(transparent)]` hides the error inside it. A denial is found even so | Give the variant a message of its own |
//! | Handlers see `fromOrangePrivacy` in the query | The two sides have different marker names; or on actix-web, the middleware is around a single resource | [`return_marker`](crate::PrivacyLayer::return_marker) on both; wrap the `App` |
//! | The access log has the status before the reply was replaced | `PrivacyReturn` is outside the logger | [`stack`](super::stack#the-host-side) |
//! | A retry sends each denied call several times | The retry policy does not ask [`is_denial`](crate::PrivacyError::is_denial) | [`stack`](super::stack) |
//! | A profile shows a new layer for each request | Building a layer allocates; applying it or cloning the service does not | Build the layer once, and clone the service |
//! | curl gets JSON where a browser is redirected | curl does not ask for HTML, so it counts as a program | `curl -H 'Accept: text/html'` |
