//! Going to production.
//!
//! 1. **The base URL** of the host side is the one that browsers see, over https
//!    ([`return_urls`](super::return_urls)). Browsers send `Sec-Fetch-*`, which tell a frame from a window,
//!    over https and to loopback only.
//! 2. **The trusted endpoints** are those of production, and no more. With Orange:
//!
//!    ```
//!    use tower_privacy::{PrivacyEndpoint, PrivacyLayer};
//!
//!    let layer = PrivacyLayer::new().trust_only([PrivacyEndpoint::production()]);
//!    # let _ = layer;
//!    ```
//!
//!    By default Orange's integration page is trusted too, and both pages over http, as the vendor writes
//!    them. With the [other protocols](crate::protocol#at-a-glance) only the pages that you configure are
//!    trusted, and GitHub's. A denial that points elsewhere is an error, never a redirect.
//! 3. **A timeout** stands outside the layer ([`stack`](super::stack)). The layer has none of its own.
//! 4. **The cap** of 64 KiB ([`max_document_bytes`](crate::PrivacyLayer::max_document_bytes)) is far above
//!    the documents that were seen, which are under 1 KiB. It bounds what the layer holds of one response.
//! 5. **Streams** need a Content-Type, with Orange: the other protocols hold back no success. The head of a
//!    response that is inspected waits until its body rules out a denial or turns out to be one, so a body that
//!    is labelled as text, as XML or not at all, and that has not begun, keeps its head waiting. If you cannot change the label, and upstream sends its denials
//!    with a status of 400 or more, look at those only. The head of a success then never waits:
//!
//!    ```
//!    use tower_privacy::{PrivacyLayer, protocol::Orange};
//!
//!    let layer = PrivacyLayer::new().protocol(Orange::new().errors_only());
//!    # let _ = layer;
//!    ```
//! 6. **A name** for each upstream ([`named`](crate::PrivacyLayer::named)), if the app calls more than one.
//!    Events and counts then tell them apart, and so does the marker ([`asking`](super::asking)).
//! 7. **Logs** of the client are its own: reqwest's errors name the URL that was called. The layer removes
//!    the query from those that go through it. Set the log levels of other crates with care.
//! 8. **The other side** has settings too, such as the return URLs that Kratos allows: the page of each
//!    protocol has them ([`kratos`](super::kratos), [`bearer`](super::bearer), [`github_sso`](super::github_sso),
//!    [`matrix_consent`](super::matrix_consent)).
//!
//! # Settings of cookies, policies and proxies
//!
//! A trip leaves the app and comes back from another site. These settings of an app get in its way. Some of
//! them do so only if the privacy page is on another site, so
//! [test with two](super::testing#two-sites-on-one-machine).
//!
//! | setting | what the user sees | set instead |
//! |---|---|---|
//! | a session cookie with `SameSite=Strict`, the default of tower-sessions | "Log in please" after they gave access. Browsers do not send the cookie on the way back from another site | `SameSite=Lax`, in tower-sessions `with_same_site(SameSite::Lax)` |
//! | `Content-Security-Policy: form-action 'self'`, and a handler that answers a form with a redirect to another origin, such as a sign-in page | nothing: Chromium blocks the redirect of a form. The layer's own replies to forms are pages, so they work | that origin in `form-action`, or a page that leads on in place of the redirect |
//! | `Content-Security-Policy: sandbox` without `allow-scripts`, on all replies | a page with a link, which they have to click: a page in a sandbox does not go on by itself | `allow-scripts`, or no `sandbox` on the layer's replies |
//! | `Content-Security-Policy: style-src` without `'unsafe-inline'`, on all replies | the layer's pages without their style. They work | nothing, or a page of your own by [`map_reply`](crate::PrivacyReturnLayer::map_reply) |
//! | `Cross-Origin-Opener-Policy: same-origin`, and a script that opens the privacy page in a pop-up | the page behind the pop-up waits for ever: the two can no longer see one another | the whole window (`location.assign`), or a `BroadcastChannel` between the two pages |
//! | `Referrer-Policy: no-referrer` or `origin`, and scripts that send no `HX-Current-URL` | the landing page, and not the page that they were on | `HX-Current-URL` ([`scripts`](super::scripts)), or browsers' default policy |
//! | a proxy that does not pass `Host` on, and [`also_at`](crate::PrivacyReturnLayer::also_at) | the first host, where they may not be signed in | `proxy_set_header Host $http_host;` in nginx |
//! | nginx's default buffers (`proxy_buffer_size`, 4 KiB), and large cookies in the same reply | "502 Bad Gateway"; nginx logs "upstream sent too big header" | `proxy_buffer_size 8k;`. The layer keeps the [location](super::return_urls#long-urls) under 3,500 bytes |
//! | a prefix both in the base URL and in the app's routes | "Not found", at `/app/app/contacts` | [one of the two](super::return_urls#a-path-prefix) |
//! | state, or a secret, in the `#fragment` of a page that makes calls | the fragment behind the privacy page's URL, since browsers carry it over a redirect. When they come back, it may be gone | the state in the path or query, or the call in the page's script, with `HX-Current-URL` |
//! | a cache or a service worker that keeps replies although they say `no-store` | the same denial again after they gave access | leave out what says `no-store` |
//!
//! No other directive of a Content Security Policy stops the `<meta http-equiv="refresh">` by which the
//! layer's pages go on, nor the links in them. They have no script and no form.
//!
//! # What to watch
//!
//! With the feature `tracing`, each outcome is an event of the target `tower_privacy`, with these fields.
//! With the feature `metrics`, it is counted in `tower_privacy_outcomes_total`, by `outcome`, `protocol`,
//! `upstream` and `family`. No event and no label names a URL, a token or a body. The names of the target and
//! of the count are stable.
//!
//! | `outcome` | level | fields | means | watch for |
//! |---|---|---|---|---|
//! | `redirected` | info | `status`, `protocol`, `upstream`, `family` | a user is sent to the page, or gets a link to it | how many are sent away |
//! | `refused` | info | the same | denied again, although the user was asked already | how many cannot go on |
//! | `interaction_required` | info; warn where the call has no context at all, in an app with the feature `axum` or `actix` | the same | denied, and there is no user to ask | warnings: a call was [spawned](super::background) without its context, or no return layer is around its handler |
//! | `rejected` | warn | `status`, `protocol`, `upstream`, `reason` | a denial that must not be followed | each one: upstream moved, or somebody tries something |
//! | `failed` | warn | `protocol`, `upstream` | the inner service failed. Its error may name the URL that was called, so the event does not repeat it: log it where you handle it | outages |
//! | `too_long` | warn | `status`, `protocol`, `upstream` | a document that may be a denial was over the cap, and was passed on | any |
//! | `not_inspected` | debug | `status`, `protocol`, `upstream`, `reason`: `encoded` or `length` | the head alone kept out a response that may be a denial | `encoded`: decompression stands outside |
//! | `returned` | | | a user opened a page with the marker of a trip | how many come back |
//! | `granted` | | | of these, the page was shown, and upstream had answered a call for it | how many grant access |
//!
//! 1. Each event also has its `outcome` as a field. `status` is that of upstream's response.
//! 2. `protocol` is the name of the protocol, and `upstream` is the name that the layer was given.
//! 3. `family` is Orange's. Its value is one that the vendor documents, or `other`, so that no upstream can
//!    create time series without end.
//! 4. An event leaves out a field that is not known. In a count the label is then `none`.
//! 5. The last two outcomes are counts only, with `none` in every other label. They count page views: a
//!    reload counts again, and a page whose scripts make the calls comes back without a grant.
//!
//! `granted ÷ returned` tells how many grant access. `returned ÷ redirected` tells how many come back, if
//! each page makes one call and has its context from the host side: two calls that are denied at once are one
//! trip, and a return URL of your own has no marker to come back with.
//!
//! # What an app has to log
//!
//! Neither the reply to a failure nor its event says what the cause was. The app has the error in its hands,
//! and is the place to log it. The same goes for a rejected denial, and where that wanted to send the user:
//!
//! ```
//! use axum::response::{IntoResponse, Response};
//! use tower_privacy::PrivacyError;
//!
//! struct AppError(PrivacyError);
//!
//! impl IntoResponse for AppError {
//!     fn into_response(self) -> Response {
//!         match &self.0 {
//!             PrivacyError::Service(cause) => tracing::error!(error = &**cause, "a call failed"),
//!             PrivacyError::Rejected(rejected) => {
//!                 let host = rejected.untrusted_url().and_then(|url| url.host_str());
//!                 tracing::error!(host, "{rejected}");
//!             }
//!             _ => {}
//!         }
//!         self.0.into_response()
//!     }
//! }
//! ```
//!
//! [`PrivacyError::service`](crate::PrivacyError::service) finds the client's own error in a failure, for
//! example to tell a timeout from a refused connection.
