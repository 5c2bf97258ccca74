//! An upstream of your own, on loopback, for examples and tests. It plays each shipped protocol as its
//! real server does: the APIs that deny, and the pages where a user chooses.
//!
//! [`Sandbox`] makes an axum router. Use it as it is, as the inner service of a
//! [`PrivacyLayer`](crate::PrivacyLayer) in a test; or [`bind`](Sandbox::bind) it, and open its
//! pages in a browser. One router serves all protocols, each at the paths of its own.
//!
//! 1. **There is one user**, and one service with one [token](Sandbox::token). What the user chose is kept in
//!    memory, by protocol, service id and permission, until [`Sandbox::reset`]. Clones of a sandbox share
//!    it.
//! 2. **The choice** is [`Once`](Choice::Once), which lasts for one call that is served,
//!    [`Always`](Choice::Always) or [`Refuse`](Choice::Refuse). With [`Sandbox::choose`] a test
//!    presses the button beforehand, and each page acts on it as soon as it is opened. Matrix's page has no
//!    button to refuse, so with `Refuse` it is only shown. A page offers by hand what
//!    makes sense there. A page that cannot be read is an error, and nothing is stored.
//! 3. **The URLs of its pages** have the address that the sandbox is bound to. A router that is
//!    not bound takes the address from the request's `Host`. That is fine on loopback, and nowhere else:
//!    `Host` is whatever the client says.
//! 4. **A call without the right token** gets a 401, and is not among the [calls](Sandbox::calls).
//!
//! # Orange
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
//! 6. **The layer** trusts [`RunningSandbox::endpoint`].
//!
//! # Kratos
//!
//! 1. **The API** is `GET /sessions/whoami`. The token counts in `X-Session-Token`, in
//!    `Authorization: Bearer`, and in the cookie `ory_kratos_session`, which the login page sets. Without it, or
//!    without the permission `session`, it is a 401 that names no page; without `aal.aal2` a 403
//!    `session_aal2_required` with `redirect_browser_to` in both of its places; else a session.
//! 2. **Another one** is `GET` or `POST /self-service/settings`, which needs `session` and `refresh`. Without
//!    the latter it is a 403 `session_refresh_required`, whose page leads back to these settings, and not to
//!    the app. A browser, which asks for HTML, gets a page without a link.
//! 3. **The login page** is `/self-service/login/browser`, for `session`, with `aal=aal2` for `aal.aal2` and with
//!    `refresh=true` for `refresh`. It sends the user to `return_to`, and adds nothing there. A real
//!    Kratos redirects to a page of the app's own for the form.
//! 4. **A `return_to`** has to be one of [`Sandbox::with_allowed_return_urls`]: scheme, host and port are equal,
//!    and its path begins with the other's. Its query is free. Any other is answered with Kratos's error
//!    page. Below `/self-service` everything is allowed.
//! 5. **The layer** has `Kratos::new(sandbox.base_url())`.
//!
//! # Bearer
//!
//! 1. **The APIs** are `GET /files` (which needs `scope.files:read`), `/upload` (`scope.files:write`), `/vault`
//!    (`acr.mfa`), `/recent` (`max_age.300`) and `/v1.0/me` (`claims`).
//! 2. **A token that lacks that** gets the challenges of RFC 6750 (403 `insufficient_scope`) and RFC 9470
//!    (401 `insufficient_user_authentication`), and the last one Microsoft Graph's (401 `insufficient_claims`),
//!    with a URL without quotes and with its own spelling of the description. Without a token it is a 401 without
//!    an `error`; one that is not known or has expired is `invalid_token`.
//! 3. **A token** is opaque, lasts for an hour, and has the scopes that were asked for and granted with it. How
//!    the user signed in (`acr.mfa`, `claims`, the time of their latest sign-in anew) holds for the tokens
//!    that follow too. [`Sandbox::token`] is a token that has what is granted at the time.
//! 4. **The authorization page** is `/oauth/authorize`. It takes `response_type=code`, `client_id` (the
//!    [service id](Sandbox::service_id)), `redirect_uri`, `scope` (`openid`, `files:read`, `files:write`),
//!    `state`, `code_challenge` with the method `S256`, and `acr_values`, `max_age` and `claims`. It sends the user
//!    back with a `code`, or with an `error` of RFC 6749, section 4.1.2.1: `access_denied` if they decline.
//! 5. **A `redirect_uri`** has to be one of [`Sandbox::with_redirect_uris`], exactly. With any other, or with another
//!    client, the user is sent nowhere.
//! 6. **The token endpoint** is `POST /oauth/token`. A code is good for a minute, for one try, and for whoever knows
//!    the `code_verifier`. There is no client secret, no refresh token and no ID token.
//! 7. **The layer** has `Bearer::new` with the sign-in route of the app, which sends users to the authorization
//!    page.
//!
//! # GitHub
//!
//! 1. **The API** is `GET /orgs/{org}/repos`, with the token in `Authorization` as `Bearer` or `token`. Each
//!    organisation needs a permission of its own: `sso.octodocs-test`.
//! 2. **Without it** it is a 403 with `X-GitHub-SSO: required; url=…`, and a page with a secret, new each time and
//!    good for an hour ([`Sandbox::with_clock`]) and for that organisation. A name that no organisation
//!    can have gets a 404 without the header.
//! 3. **A list of all** is `GET /user/repos`. It is served, with `X-GitHub-SSO: partial-results; organizations=…`
//!    as long as the user has not signed in to `octodocs-test`, and is none of the sandbox's calls.
//! 4. **The page** is `/orgs/{org}/sso`. It takes no return URL, and leaves the user there.
//! 5. **The layer** trusts [`RunningSandbox::github_sso_endpoint`].
//!
//! # Matrix
//!
//! 1. **The API** is `POST /_matrix/client/v3/createRoom`, as Synapse has it. A token that is missing is
//!    `M_MISSING_TOKEN`, another one `M_UNKNOWN_TOKEN`, both with 401.
//! 2. **Without the permission** `terms.` and the host that was called it is a 403 `M_CONSENT_NOT_GIVEN`.
//! 3. **The page** is `/_matrix/consent`, with the user in `u` and a secret of theirs in `h`. Its form posts both,
//!    and the version `v`, and has one button: a user who does not agree closes the window. A success page without a
//!    link follows. It takes no return URL.
//! 4. **The layer** has `MatrixConsent::new(sandbox.base_url())`.
//!
//! # To test your app
//!
//! 1. **A script** ([`Sandbox::script`]) has the user make a different choice each time: every visit to a
//!    page, of whichever protocol, takes the next choice. A page that cannot be read takes none, nor
//!    does a button that is pressed by hand.
//! 2. A script takes precedence over [`choose`](Sandbox::choose), whichever was called first. When it is over,
//!    pages are answered as `choose` said, or else shown. A new script replaces what is left of the old one;
//!    [`ask`](Sandbox::ask) ends both, and [`reset`](Sandbox::reset) does too.
//! 3. **What came in** is remembered: the calls with the right token and a known action
//!    ([`Sandbox::calls`]), and the visits to the pages ([`Sandbox::visits`]), the latest 10,000 of
//!    each. Neither is printed with a token, or with the query of the URL that the user goes back to.
//! 4. **Time** matters to the layer, and to what the sandbox hands out for a time. A [`TestClock`] that you
//!    give to [`PrivacyLayer::clock`](crate::PrivacyLayer::clock) and [`Sandbox::with_clock`] stands still until
//!    you move it, so a test need not sleep until a user is asked again a day later.
//! 5. **A visitor** ([`Visitor`]) opens a page of the app and goes wherever they are sent, from router to
//!    router. It keeps nothing but the URL, and follows 20 redirects at most.
//!
//! `tests/sandbox_app.rs` of this crate's repository is such a test, to be copied.
//!
//! # Events
//!
//! With the feature `tracing` there is one event for each call and each choice. It names no token, no
//! secret and no URL.
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

mod bearer;
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
