//! An Orange of one's own: the Personal APIs and the privacy page, on loopback, for examples and
//! tests.
//!
//! [`Sandbox`] makes an axum router. Use it as it is, as the inner service of a
//! [`PrivacyLayer`](crate::PrivacyLayer) in a test; or [`bind`](Sandbox::bind) it, and open its
//! page in a browser.
//!
//! 1. **The APIs** are `GET /contacts`, `/photos`, `/calendar` and `/messages`, each with
//!    `?action=…&token=…`. The actions are the attributes that the vendor's page lists for the
//!    family. Without one it is `see`, `see`, `add_event` and `nbEmailSMS`.
//! 2. **Access that was not granted** is answered with status 500 and the document as it was seen
//!    on the wire: on one line, with a comment before `<code>`, and a comma that leads the attributes.
//! 3. **Another error** is the same document with another code and detail, which are made up: 401
//!    for a token that is not [`Sandbox::token`], 400 for an unknown action, 404 for an unknown
//!    path.
//! 4. **Access that was granted** is answered with XML. Nothing is ever written: `add` answers
//!    what `see` does.
//! 5. **The privacy page** is `/urm-gui/interaction.do`, with `family` (or `familly`), `serviceId`,
//!    `attributes` and `urlRetour` in its query. It posts the form field `choice` back to the same URL,
//!    and then sends the user to `urlRetour` with 303. It does not say there what was chosen. A
//!    page or a choice that lacks a parameter is answered with 400, and nothing is stored.
//! 6. **The choice** is [`Once`](Choice::Once), which lasts for one call,
//!    [`Always`](Choice::Always) or [`Refuse`](Choice::Refuse). With [`Sandbox::choose`] a test
//!    presses the button beforehand, and the page sends the user back at once.
//! 7. **There is one user.** What they chose is kept in memory, by service id, family and
//!    attribute, until [`Sandbox::reset`]. Clones of a sandbox share it.
//! 8. **The interaction URL** has the address that the sandbox is bound to. A router that was
//!    mounted otherwise takes it from the request's `Host`. That is well for a sandbox on
//!    loopback, and for nothing else: `Host` is whatever the client says.
//!
//! # To test your app
//!
//! 1. **A script** ([`Sandbox::script`]) has the user choose otherwise each time: every visit to the
//!    page takes the next choice. A page that cannot be read takes none, nor does a button that is
//!    pressed by hand.
//! 2. A script goes before [`choose`](Sandbox::choose), whichever was called first. When it is over, it
//!    is as `choose` said, or else the page is shown. Another script takes the place of what is left of
//!    it; [`ask`](Sandbox::ask) ends both, and [`reset`](Sandbox::reset) does too.
//! 3. **What came in** is remembered: the calls with the right token and a known action
//!    ([`Sandbox::calls`]), and the visits to the page ([`Sandbox::visits`]), the latest 10,000 of
//!    each. Neither is printed with a token, or with the query of the URL that the user goes back to.
//! 4. **Time** matters to the layer alone: nothing in the sandbox depends on it. A [`TestClock`] that you
//!    give to [`PrivacyLayer::clock`](crate::PrivacyLayer::clock) stands still until you move it, so a test
//!    need not sleep until a user is asked again a day later.
//! 5. **A visitor** ([`Visitor`]) opens a page of the app and goes wherever they are sent, from router to
//!    router. It keeps nothing but the URL, and follows 20 redirects at most.
//!
//! `tests/sandbox_app.rs` of this crate's repository is such a test, to be copied.
//!
//! # Events
//!
//! With the feature `tracing` there is one event for each call and each choice. It names no token
//! and no URL.
//!
//! # Example
//!
//! ```
//! use axum::body::Body;
//! use http::Request;
//! use tower::{ServiceBuilder, ServiceExt};
//! use tower_privacy::{PrivacyEndpoint, PrivacyError, PrivacyLayer};
//! use tower_privacy::sandbox::{Choice, Sandbox};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::new();
//! let client = ServiceBuilder::new()
//!     .layer(
//!         PrivacyLayer::new()
//!             .return_to("https://app.example/".parse()?)
//!             .trust_only([PrivacyEndpoint::new("http://orange.test/urm-gui/interaction.do")?]),
//!     )
//!     .service(sandbox.router());
//! let get = |url: &str| Request::get(url).body(Body::empty());
//!
//! // The user has granted nothing yet.
//! let contacts = "http://orange.test/contacts?token=sandbox-token";
//! let denied = client.clone().oneshot(get(contacts)?).await;
//! let Err(PrivacyError::Redirect(redirect)) = denied else { panic!("{denied:?}") };
//!
//! // The browser goes where it is sent, and the user grants access.
//! sandbox.choose(Choice::Always);
//! let page = sandbox.router().oneshot(get(redirect.location().as_str())?).await?;
//! assert_eq!(page.status(), 303);
//! assert_eq!(page.headers()["location"], "https://app.example/");
//!
//! let granted = client.oneshot(get(contacts)?).await?;
//! assert_eq!(granted.status(), 200);
//! # Ok(())
//! # }
//! ```

mod consent;
mod github_sso;
mod kratos;
mod latest;
mod matrix;
mod mounted;
mod orange;
mod record;
mod reply;
mod router;
mod server;
mod state;
mod tickets;
mod visitor;

pub use consent::{Choice, ChoiceError};
pub use record::{Call, Visit};
pub use server::RunningSandbox;
pub use state::Sandbox;
pub use visitor::{Page, VisitError, Visitor};

pub use crate::trip::TestClock;
