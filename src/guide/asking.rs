//! When a user is asked, and when they are asked again.
//!
//! The page that a user is sent to does not report what they chose. The app only learns it from the next call. If
//! that call is denied too, the denial does not say why: the user may have refused, or allowed one call that is
//! already over. Sending them away at every denial would be a redirect loop. So the return URL carries a *marker*,
//! which lists what the user was asked for:
//!
//! ```text
//! https://app.example/contacts?page=2&fromOrangePrivacy=1764000000.11~contact.see
//! ```
//!
//! With Orange, whose page offers to allow one call or every call:
//!
//! | the user | the next call | the user sees |
//! |---|---|---|
//! | has not been asked yet | is denied: [`Redirect`] | the privacy page |
//! | always allows it | succeeds | their data |
//! | allows it once | succeeds once, then is denied: [`Refused`] | their data; after a reload, a page with a link to try again |
//! | refuses | is denied: [`Refused`] | that page |
//! | has to grant another permission too | is denied for that one: [`Redirect`] | the privacy page, once for each permission (if they always allow it: [more](#allow-once)) |
//! | opens the page without the marker, or after the marker has expired | is denied: [`Redirect`] | the privacy page |
//!
//! 1. A page costs its user at most one trip for each permission while the marker is valid, and at most 16 trips for
//!    each protocol and layer name, whatever the upstream answers. This holds for the page itself and for calls of
//!    its scripts. The [exceptions](#when-a-page-costs-more-trips) are below.
//! 2. A marker expires a day after the last trip that it records ([`PrivacyLayer::marker_life`]). The user is then
//!    asked again. A protocol can set another life for some of its permissions ([`Protocol::marker_life`]). It is ten
//!    minutes with [`kratos`](super::kratos), and in [`bearer`](super::bearer) for everything except scopes, since
//!    sessions end and sign-ins get old. The last trip may be one for another upstream of the page. Then earlier entries
//!    count from that trip on too.
//! 3. A marker from the future counts, so the clocks of replicas may differ by less than the life.
//! 4. The marker contains the length of its list. So it still works if the page that the user is sent to cuts the
//!    return URL off at its end, appends text, or both ([exceptions](#when-a-page-costs-more-trips)). Whatever may have
//!    been cut off counts as asked for.
//! 5. The marker is a hint. It is not signed, and it grants nothing.
//! 6. Handlers do not see it, because the host side removes it from the request's URL. There is no state to store or
//!    to share between replicas.
//!
//! # When a page costs more trips
//!
//! The marker is in the return URL, and it is read from the page that makes the calls. If these are two different
//! pages, the second one has no marker, and each visit to it may cost another trip:
//!
//! 1. The user opens the page again by a link or a bookmark that has no marker. They have to be asked again, since
//!    they may have changed their mind.
//! 2. The app sets the return URL itself, with [`PrivacyContext::new`] or [`PrivacyLayer::return_to`]. It is sent as
//!    it is, without a marker.
//! 3. A script's request names no page, or its `Referer` is only an origin. This happens under
//!    `Referrer-Policy: origin` and from [another origin](super::return_urls#a-single-page-app-on-another-origin). The
//!    user then comes back to the landing page or to the root of the origin, which gets the marker. Send
//!    `HX-Current-URL` ([`scripts`](super::scripts)).
//! 4. The path is listed in [`never_return_to`](crate::PrivacyReturnLayer::never_return_to). The user comes back to
//!    another page. If that other page redirects to the path that made the call, there is a redirect loop: make the call
//!    [after that URL, not in it](super::return_urls#single-use-urls).
//! 5. The return URL was [too long](super::return_urls#long-urls) and lost its query or its path. The user comes back
//!    to the shorter URL. If they open the long one again, they are sent away again.
//! 6. The app redirects from the page to another URL, or its script rewrites the address, and the marker is lost.
//! 7. The page that the user is sent to cuts every return URL so short that the marker is lost, with its length. Or it
//!    replaces the end with characters that a marker may contain (letters, digits, `%`, `_`, `.`, `-`, `!`, `~`), which
//!    cannot be told apart from the marker's own.
//! 8. One layer of the page has a life of more than a day, and another layer a shorter one. When the second layer sends
//!    the user away, it drops entries of the first that are older than its own life and than a day. Set the same
//!    `marker_life` for all layers of an app.
//!
//! # Several upstreams
//!
//! Give each upstream its own layer. If two of them use the same protocol, also give each layer a name
//! ([`named`](crate::PrivacyLayer::named)). Without names, a user who was asked for a permission of the first upstream
//! counts as asked for the same permission of the second one. They then see "This step is still needed" without having
//! been asked.
//!
//! For example, two resource servers behind one sign-in route may both have a scope `read`:
//!
//! ```
//! use axum::{Router, body::Body, extract::State, routing::get};
//! use http::{Request, Response, header::LOCATION};
//! use tower::ServiceExt;
//! use tower_privacy::{PrivacyError, PrivacyLayer, PrivacyReturnLayer, protocol::Bearer};
//!
//! /// Every call through this layer needs the scope `read`.
//! async fn denied(State(layer): State<PrivacyLayer>) -> Result<(), PrivacyError> {
//!     let answer = Response::builder()
//!         .status(403)
//!         .header("WWW-Authenticate", r#"Bearer error="insufficient_scope", scope="read""#)
//!         .body(String::new())
//!         .expect("a response");
//!     layer.inspect(answer).await.map(drop)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bearer = Bearer::new("https://app.example/sign-in", ["read"])?;
//! let files = PrivacyLayer::new().protocol(bearer.clone()).named("files");
//! let mail = PrivacyLayer::new().protocol(bearer).named("mail");
//!
//! let app = Router::new()
//!     .route("/files", get(denied).with_state(files))
//!     .route("/mail", get(denied).with_state(mail))
//!     .layer(PrivacyReturnLayer::new("https://app.example".parse()?));
//! let open = |page: String| {
//!     let request = Request::get(page).header("accept", "text/html").body(Body::empty());
//!     app.clone().oneshot(request.expect("a page"))
//! };
//!
//! let reply = open("/files".to_owned()).await?;
//! let sign_in = url::Url::parse(reply.headers()[LOCATION].to_str()?)?;
//! let (_, back) = sign_in.query_pairs().last().ok_or("no query")?;
//! let (_, marker) = back.split_once('?').ok_or("no marker")?;
//! assert!(marker.ends_with("~bearer%21files%21scope.read"), "{marker}");
//!
//! // The marker has no entry of the mail server, so the user is asked.
//! assert_eq!(open(format!("/files?{marker}")).await?.status(), 403);
//! assert_eq!(open(format!("/mail?{marker}")).await?.status(), 303);
//! # Ok(())
//! # }
//! ```
//!
//! An entry of the marker is `[protocol!][name!]permission`. A layer reads and adds only the entries of its own
//! protocol and name, and keeps those of up to 8 others. Orange has no prefix unless its layer has a name. Events and
//! metrics show the name as `upstream`, so a name also helps when the protocols differ.
//!
//! Keep names short, and do not change them between releases: markers that are in use contain them.
//!
//! # "Allow once"
//!
//! On Orange's page a user can allow a single call of the API. After a reload, the user sees "This step is still needed"
//! with a link to try again. A redirect instead would send them away at every reload.
//!
//! A page that makes more than one such call, of the same API or of several, needs permanent access: each time that
//! the user comes back, the page begins with the first call, whose permission is used up. Or it keeps what the first
//! calls returned.
//!
//! # Your own words
//!
//! [`map_reply`](crate::PrivacyReturnLayer::map_reply) replaces a reply:
//!
//! ```
//! use tower_privacy::{Audience, PrivacyError, PrivacyReturnLayer, ReturnUrl};
//!
//! let layer = PrivacyReturnLayer::new(ReturnUrl::try_from("https://app.example/")?)
//!     .map_reply(|error, audience, mut reply| {
//!         if let (PrivacyError::Refused(redirect), Audience::Navigation) = (error, audience) {
//!             let again = redirect.location().as_str().replace('&', "&amp;");
//!             let link = format!("<a href=\"{again}\">Try again</a>");
//!             *reply.body_mut() = format!("No contacts without your permission. {link}");
//!         }
//!         reply
//!     });
//! # let _ = layer;
//! # Ok::<(), tower_privacy::ReturnUrlError>(())
//! ```
//!
//! Do not say that the user declined: they may have allowed one call.
//!
//! The layer's own replies are in English or French, as the browser prefers. If yours is in another language, set its
//! `Content-Language` too. Each audience needs its own form of reply. This example replaces only the page.
//!
//! [`Redirect`]: crate::PrivacyError::Redirect
//! [`Refused`]: crate::PrivacyError::Refused
//! [`PrivacyContext::new`]: crate::PrivacyContext::new
//! [`PrivacyLayer::marker_life`]: crate::PrivacyLayer::marker_life
//! [`PrivacyLayer::return_to`]: crate::PrivacyLayer::return_to
//! [`Protocol::marker_life`]: crate::protocol::Protocol::marker_life
