//! Going to production.
//!
//! 1. **The base URL** of the inbound side is the one that browsers see, over https
//!    ([`return_urls`](super::return_urls)).
//! 2. **The trusted endpoints** are those of production, and no more:
//!
//!    ```
//!    use tower_privacy::{PrivacyEndpoint, PrivacyLayer};
//!
//!    let layer = PrivacyLayer::non_interactive().trust_only([PrivacyEndpoint::production()]);
//!    # let _ = layer;
//!    ```
//!
//!    By default the integration page is trusted too, and both over http, as the vendor writes them. A
//!    denial that points elsewhere is an error, never a redirect.
//! 3. **A timeout** stands outside of the layer ([`stack`](super::stack)). The layer has none of its own.
//! 4. **The cap** of 64 KiB ([`max_document_bytes`](crate::PrivacyLayer::max_document_bytes)) is far over the
//!    documents that were seen, which are under 1 KiB. It bounds what is held of one response.
//! 5. **Logs** of the client are its own: reqwest's errors name the URL that was called. From those that go
//!    through the layer the query is taken; set other log levels with care.
//!
//! # What to watch
//!
//! With the feature `tracing` each outcome is an event of the target `tower_privacy`, with these fields; with
//! the feature `metrics` it is counted in `tower_privacy_outcomes_total`, by `outcome` and `family`. No event
//! and no label names a URL, a token or a body. Both names are stable.
//!
//! | `outcome` | level | other fields | means | watch for |
//! |---|---|---|---|---|
//! | `redirected` | info | `status`, `family` | a user is sent to the privacy page | how many are sent away |
//! | `refused` | info | `status`, `family` | denied again, though asked | how many decline |
//! | `interaction_required` | info | `status`, `family` | denied, and no user to ask | contexts that got lost |
//! | `rejected` | warn | `status`, `reason` | a denial that must not be followed | each one: upstream moved, or somebody tries something |
//! | `failed` | warn | | the inner service failed. Its error is not repeated, since it may name the URL that was called: log it where it is handled | outages |
//! | `too_long` | warn | `status` | a document with the root `error` was over the cap, and passed through | any |
//! | `not_inspected` | debug | `status`, `reason`: `encoded` or `length` | what might be a denial was not looked at, by its head | `encoded`: decompression stands outside |
//! | `returned` | | | a user opened a page with the marker of a trip | how many come back |
//! | `granted` | | | of these, the page was shown, and upstream had answered a call for it | how many grant |
//!
//! `status` is that of upstream's response. The value of `family` is one that the vendor documents,
//! or `other`; in a count it is `none` where none is known. So no upstream can make series without end. The
//! last two are counts only. They are of page views: a reload counts again, and a page whose scripts make the
//! calls is back without a grant.
//!
//! `granted ÷ returned` tells who grants. `returned ÷ redirected` tells who comes back where a page makes one
//! call and has its context from the inbound side: two calls that are denied at once are one trip, and a
//! return URL of one's own has no marker to come back with.
//!
//! # What an app has to log
//!
//! The reply to a failure says nothing of its cause, and neither does the event. The app has the error in its
//! hands, and that is where to log it; of a rejected denial, too, where it wanted to send the user:
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
