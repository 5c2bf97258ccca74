//! Going to production.
//!
//! # Checklist
//!
//! 1. **Base URL.** Set the base URL of the host side to the URL that browsers see, with https
//!    ([`return_urls`](super::return_urls)). Browsers send `Sec-Fetch-*` only over https or to loopback. The host
//!    side needs it to tell a frame from a window.
//! 2. **Trusted pages.** Trust the pages of production only. With Orange:
//!
//!    ```
//!    use tower_privacy::{PrivacyEndpoint, PrivacyLayer};
//!
//!    let page = PrivacyEndpoint::new("https://privacy.orange.fr/urm-gui/interaction.do")?;
//!    let layer = PrivacyLayer::new().trust_only([page]);
//!    # let _ = layer;
//!    # Ok::<(), tower_privacy::PrivacyEndpointError>(())
//!    ```
//!
//!    By default, Orange's integration page is trusted too, and both pages are trusted over http as well, because
//!    Orange's documentation writes them so. `PrivacyEndpoint::production()` also trusts http. The [other
//!    protocols](crate::protocol#at-a-glance) trust only the pages that you configure, and GitHub's. A denial that
//!    points elsewhere is an error, never a redirect.
//! 3. **Timeout.** Put one outside the layer ([`stack`](super::stack)). The layer has none.
//! 4. **Cap.** The layer reads documents of up to 64 KiB
//!    ([`max_document_bytes`](crate::PrivacyLayer::max_document_bytes)), and buffers no more than that of a response.
//!    Known denials are shorter than 1 KiB.
//! 5. **Streams.** With Orange, give them a Content-Type other than XML and text. Otherwise the head of a response
//!    waits for the first bytes of its body. If you cannot change the label, and denials have a status of 400 or more,
//!    inspect only those. The head of a success then never waits:
//!
//!    ```
//!    use tower_privacy::{PrivacyLayer, protocol::Orange};
//!
//!    let layer = PrivacyLayer::new().protocol(Orange::new().errors_only());
//!    # let _ = layer;
//!    ```
//!
//!    The other protocols never delay a success.
//! 6. **Names.** If the app calls several upstreams, name each layer ([`named`](crate::PrivacyLayer::named)). The name
//!    tells them apart in events, in metrics and in the marker ([`asking`](super::asking#several-upstreams)).
//! 7. **Upstream.** The other side may need settings too, such as Kratos's allowed return URLs. See the page of your
//!    protocol: [`kratos`](super::kratos), [`bearer`](super::bearer), [`github_sso`](super::github_sso),
//!    [`matrix_consent`](super::matrix_consent).
//! 8. **Logs.** Log the errors that you handle ([below](#log-errors)). The client has logs of its own, which may
//!    contain URLs with tokens: choose the log levels of other crates with care.
//! 9. **HTTP/2.** A denial in a header ([`bearer`](super::bearer), [`github_sso`](super::github_sso)) leaves its body
//!    unread. That resets its stream, as with any response that is dropped early. hyper's client remembers only a few
//!    of these streams at a time, and closes a connection after 1,024 frames for those that it no longer remembers. If
//!    hundreds of calls may be denied at once, raise `http2_max_concurrent_reset_streams` on hyper-util's client.
//!
//! # Settings that break a trip
//!
//! A trip leaves the app and comes back from another site. These settings interfere with it, some of them only if the
//! page really is on another site. So [test with two sites](super::testing#two-sites-on-one-machine).
//!
//! | setting | what the user sees | what to do |
//! |---|---|---|
//! | a session cookie with `SameSite=Strict`, the default of tower-sessions | "Log in please" after they granted access: browsers do not send the cookie on the way back from another site | `SameSite=Lax`; in tower-sessions, `with_same_site(SameSite::Lax)` |
//! | `Content-Security-Policy: form-action 'self'`, and a handler that answers a form with a redirect to another origin, such as a sign-in page | nothing: Chromium blocks the redirect. The layer answers forms with a page, which works | allow that origin in `form-action`, or answer with a page instead of a redirect |
//! | `Content-Security-Policy: sandbox` without `allow-scripts` | a page with a link that they must click: a sandboxed page cannot redirect by itself | add `allow-scripts`, or do not send `sandbox` with the layer's replies |
//! | `Content-Security-Policy: style-src` without `'unsafe-inline'` | the layer's pages without style; they work | nothing, or your own page with [`map_reply`](crate::PrivacyReturnLayer::map_reply) |
//! | `Cross-Origin-Opener-Policy: same-origin`, and a script that opens the page in a pop-up | the page behind the pop-up waits forever: the two windows cannot see each other | use the whole window (`location.assign`), or a `BroadcastChannel` between the two pages |
//! | `Referrer-Policy: no-referrer` or `origin`, and scripts that send no `HX-Current-URL` | the landing page instead of the page that they were on | send `HX-Current-URL` ([`scripts`](super::scripts)), or keep the default policy |
//! | a proxy that does not forward `Host`, and [`also_at`](crate::PrivacyReturnLayer::also_at) | the first host, where they may not be signed in | in nginx, `proxy_set_header Host $http_host;` |
//! | nginx's default buffers (`proxy_buffer_size`, 4 KiB), and large cookies in the same reply | "502 Bad Gateway"; nginx logs "upstream sent too big header" | `proxy_buffer_size 8k;`. The layer keeps the [location](super::return_urls#long-urls) below 3,500 bytes |
//! | a proxy that strips a prefix which the base URL lacks, or a prefix that both the base URL and the routes have | "Not found", at `/contacts` or `/app/app/contacts` | [one place for the prefix](super::return_urls#a-path-prefix). `X-Forwarded-Prefix` is not read |
//! | state or a secret in the `#fragment` of a page that makes calls | the fragment on the URL of the page that they are sent to, since browsers keep it across redirects. It may be gone when they come back | keep the state in the path or query, or make the call in a script that sends `HX-Current-URL` |
//! | a cache or a service worker that ignores `no-store` | the same denial again after they granted access | do not store replies with `no-store` |
//!
//! No other directive of a Content Security Policy stops the `<meta http-equiv="refresh">` and the links of the layer's
//! pages. They contain no script and no form.
//!
//! # Handlers that change something
//!
//! A denied call ends the handler in the middle. What the handler did before stays done, and the layer cannot undo it:
//!
//! | request | after the trip |
//! |---|---|
//! | a GET | the user comes back to the same URL, and the handler runs again from the start |
//! | a form or a script's POST | the user comes back to the page that sent it. The request is not repeated, so what was left to do stays undone |
//! | two calls in `try_join!` | the first denial drops the other call, which may have reached its upstream |
//!
//! 1. **Call first, write later.** If the calls come before the first write, a denial leaves nothing behind.
//! 2. **Use a transaction** if the call needs what was written before. `?` drops the transaction, and database
//!    libraries roll back one that is dropped.
//! 3. **Make writes idempotent** if a GET handler has to write before it calls: it will write a second time. Use a key
//!    that stays the same across the trip, from the page's URL or the session.
//! 4. **Ask early.** Make a call that needs the same permission when you show the form. The user is then sent away
//!    before they have typed anything.
//!
//! # Log errors
//!
//! The reply to a failed call is a 502 that does not say why, and the event `failed` does not say it either. Nor does
//! [`PrivacyError::Service`](crate::PrivacyError::Service) itself: it prints "the inner service failed". The reason is
//! that HTTP clients print the URL of the call in their errors, and tokens are often in its query. The client's error is
//! the [`source`](std::error::Error::source), unchanged except for one thing: errors of reqwest lose the query, the
//! fragment, the user and the password of their URL. So log the source, in the place where you return the error. Log
//! rejected denials there too, with the host that they point to:
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
//!             PrivacyError::Service(source) => tracing::error!(error = &**source, "a call failed"),
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
//! [`PrivacyError::service`](crate::PrivacyError::service) finds the client's error by its type, for example to tell a
//! timeout from a refused connection. Over other clients than reqwest, check what their errors print before you log
//! them.
//!
//! # Monitoring
//!
//! With the feature `tracing`, each outcome is an event with the target `tower_privacy`. With the feature `metrics`,
//! each outcome is counted in `tower_privacy_outcomes_total`, with the labels `outcome`, `protocol`, `upstream` and
//! `family`. No event and no label contains a URL, a token or a body. The names of the target and of the counter are
//! stable.
//!
//! | `outcome` | level | fields | meaning | watch |
//! |---|---|---|---|---|
//! | `redirected` | info | `status`, `protocol`, `upstream`, `family` | a user is sent to the page, or gets a link to it | how many users are sent away |
//! | `refused` | info | the same | denied again, although the user was already asked | how many users cannot continue |
//! | `interaction_required` | info; warn if the call has no context, in an app with the feature `axum` or `actix` | the same | denied, and there is no user to ask | warnings: a call was [spawned](super::background) without its context, or its handler is outside the return layer |
//! | `rejected` | warn | `status`, `protocol`, `upstream`, `reason` | a denial that must not be followed | each one: the upstream has changed, or somebody is attacking |
//! | `failed` | warn | `protocol`, `upstream` | the client failed. Its error is [yours to log](#log-errors) | outages |
//! | `too_long` | warn | `status`, `protocol`, `upstream` | a possible denial was over the cap, and was passed on | any |
//! | `not_inspected` | debug | `status`, `protocol`, `upstream`, `reason`: `encoded` or `length` | a possible denial was passed on because of its headers | `encoded`: decompression is outside the layer |
//! | `returned` | | | a user opened a page with the marker of a trip | how many users come back |
//! | `granted` | | | such a page was shown, and the upstream had answered a call for it | how many users grant access |
//!
//! 1. Each event also has its `outcome` as a field. `status` is the status of the upstream's response.
//! 2. `protocol` is the protocol's name, and `upstream` is the name of the layer.
//! 3. `family` is Orange's: one of those that the vendor documents, or else `other`, so that an upstream cannot create
//!    an unbounded number of time series.
//! 4. An event leaves out unknown fields. A metric has the label `none` instead.
//! 5. `returned` and `granted` are only counted, not events, and their other labels are `none`. They count page views:
//!    a reload counts again, and a page whose scripts make the calls counts as returned but not as granted.
//!
//! `granted ÷ returned` is the share of users who grant access. `returned ÷ redirected` is the share of users who come
//! back, if each page makes one call in a context of the host side. Two calls that are denied at once are one trip, and
//! a return URL of your own has no marker.
