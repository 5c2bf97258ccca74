//! When a user is asked, and when they are asked again.
//!
//! The page that a user is sent to does not say what they chose. An app only learns it from the next call, and a call
//! that is denied again does not say why: the user may have kept their data to themselves, or given access
//! for one call that is over. To send them to the page at every denial would be a loop. So the return URL
//! carries a *marker* of what the user was asked for:
//!
//! ```text
//! https://app.example/contacts?page=2&fromOrangePrivacy=1764000000~contact.see
//! ```
//!
//! | the user | the next call | the user sees |
//! |---|---|---|
//! | was not asked yet | is denied: [`Redirect`] | the privacy page |
//! | gives access for good | succeeds | their data |
//! | gives access this time | succeeds once, then is denied: [`Refused`] | their data; after a reload, a page that offers to ask again |
//! | does not give access | is denied: [`Refused`] | that page |
//! | has to give another permission too | is denied for that one: [`Redirect`] | the privacy page, once for each permission |
//! | opens the page without the marker, or after the marker's life | is denied: [`Redirect`] | the privacy page |
//!
//! 1. A page costs its user at most one trip for each permission within the marker's life, and at most 16
//!    for each protocol and name of a layer, whatever upstream answers. That holds for the page itself and
//!    for the calls of its scripts alike. [Exceptions](#where-a-page-may-cost-more-trips) are below.
//! 2. The life is a day ([`PrivacyLayer::marker_life`]), counted from the last trip that the marker records.
//!    After that the marker says nothing, and the user is asked again. A protocol can set another life for
//!    some of its permissions ([`Protocol::marker_life`]): with [`kratos`](super::kratos), and in
//!    [`bearer`](super::bearer) for everything but scopes, it is ten minutes, since sessions end and sign-ins
//!    get old.
//! 3. A time ahead of the clock counts. So the clocks of replicas may differ by less than the life.
//! 4. A marker that was cut off or added to counts as far as it can be read. So it still works if the privacy
//!    page appends a parameter to the return URL.
//! 5. The marker is a hint, and it is not signed: nothing is granted by it.
//! 6. Handlers do not see it, because the host side takes it out of the request's URL. There is no state to
//!    keep, or to share between replicas.
//!
//! # Where a page may cost more trips
//!
//! The marker is in the return URL, and it is read from the page that makes the calls. Where these are two
//! pages, the second has no marker, and each visit to it may cost one more trip:
//!
//! 1. The return URL was set by hand, with [`PrivacyContext::new`] or [`PrivacyLayer::return_to`]. It is sent
//!    as it is, without a marker.
//! 2. A script's request names no page, or its `Referer` is only an origin, as under
//!    `Referrer-Policy: origin` or from
//!    [another origin](super::return_urls#a-single-page-app-of-another-origin). The user then comes back to the
//!    landing page or to the root of the origin, and the marker is there. Send `HX-Current-URL`
//!    ([`scripts`](super::scripts)).
//! 3. The path is one of [`never_return_to`](crate::PrivacyReturnLayer::never_return_to). The user comes back
//!    to another page. If that page leads on to the same path by itself, the user goes round in circles: make
//!    the call [after that URL, not in it](super::return_urls#urls-that-are-good-once).
//! 4. The return URL was [too long](super::return_urls#long-urls) and lost its query, or its path. The user
//!    comes back to the shorter one. If they open the long one again, they are sent away again.
//! 5. The app leads on from the page to another URL, or its script rewrites the address, and the marker gets
//!    lost on the way.
//!
//! # Several upstreams
//!
//! Give each upstream a layer of its own. Two that speak one protocol also need a name each
//! ([`named`](crate::PrivacyLayer::named)). Without it, a permission that the first asked for counts as asked
//! for by the second too, and the user is told that the step is still needed, although nobody has asked them for it.
//!
//! Two resource servers behind one sign-in route may both have a scope `read`:
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
//! // The marker says nothing about the mail, so its user is asked.
//! assert_eq!(open(format!("/files?{marker}")).await?.status(), 403);
//! assert_eq!(open(format!("/mail?{marker}")).await?.status(), 303);
//! # Ok(())
//! # }
//! ```
//!
//! An entry of the marker is `[protocol!][name!]permission`. A layer reads and adds only the entries of its
//! own protocol and name, and keeps those of up to 16 others. Orange has no prefix unless its layer has a name. Events and
//! counts show the name as `upstream`, so it also helps when the protocols differ.
//!
//! Keep a name short, and the same in every release: markers that are already out there contain it.
//!
//! # "Only this time"
//!
//! It means one call of the API. A page that calls the same API twice needs a permission for good, or has to
//! keep what the first call returned. A user who reloads the page sees that the step is still needed, with a
//! link to be asked again. If the app asked by itself, it would send users who chose "only this time" round
//! at every reload.
//!
//! # Your own words
//!
//! ```
//! use tower_privacy::{Audience, PrivacyError, PrivacyReturnLayer, ReturnUrl};
//!
//! let layer = PrivacyReturnLayer::new(ReturnUrl::try_from("https://app.example/")?)
//!     .map_reply(|error, audience, mut reply| {
//!         if let (PrivacyError::Refused(redirect), Audience::Navigation) = (error, audience) {
//!             let again = redirect.location().as_str().replace('&', "&amp;");
//!             let link = format!("<a href=\"{again}\">Ask me again</a>");
//!             *reply.body_mut() = format!("No contacts without your permission. {link}");
//!         }
//!         reply
//!     });
//! # let _ = layer;
//! # Ok::<(), tower_privacy::ReturnUrlError>(())
//! ```
//!
//! Do not write that the user declined: they may have given access for one call.
//!
//! The replies of the layer are in English or French, as the browser prefers. If yours is in another
//! language, set its `Content-Language` too. Each audience needs its own form: the example replaces only the
//! reply that is a page.
//!
//! [`Redirect`]: crate::PrivacyError::Redirect
//! [`Refused`]: crate::PrivacyError::Refused
//! [`PrivacyContext::new`]: crate::PrivacyContext::new
//! [`PrivacyLayer::marker_life`]: crate::PrivacyLayer::marker_life
//! [`PrivacyLayer::return_to`]: crate::PrivacyLayer::return_to
//! [`Protocol::marker_life`]: crate::protocol::Protocol::marker_life
