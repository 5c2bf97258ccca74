//! An upstream of your own on loopback, for examples and tests. It plays each shipped protocol as the real
//! server does: the APIs that deny calls, and the pages where a user chooses.
//!
//! [`Sandbox`] makes an axum router. In a test, use the router itself as the inner service of a
//! [`PrivacyLayer`](crate::PrivacyLayer). For a browser, [`bind`](Sandbox::bind) it to a port. One router
//! serves all protocols, each at its own paths. `cargo run --example sandbox --all-features` runs one next
//! to your app.
//!
//! 1. **There is one user**, and one service with one [token](Sandbox::token). Choices are kept in memory, by
//!    protocol, service id and permission, until [`Sandbox::reset`]. Clones of a sandbox share them.
//! 2. **The choice** is [`Once`](Choice::Once), which lasts for one successful call,
//!    [`Always`](Choice::Always) or [`Refuse`](Choice::Refuse). With [`Sandbox::choose`], a test
//!    chooses in advance, and each page acts on that choice as soon as it is opened. Otherwise the page
//!    shows the buttons that make sense there. Matrix's page has no button to refuse, so with `Refuse` the
//!    page is only shown. A request for a page that is not valid is an error, and nothing is stored.
//! 3. **URLs of pages** use the address that the sandbox is bound to. A router that is not bound takes the
//!    address from the request's `Host`. Do this on loopback only, since `Host` is whatever the client sends.
//! 4. **A call without the right token** gets a 401, and is not listed in [`calls`](Sandbox::calls).
//!
//! # Orange
//!
//! 1. **The APIs** are `GET /contacts`, `/photos`, `/calendar` and `/messages`, each with
//!    `?action=…&token=…`. The actions are the attributes that the vendor documents for the family. The
//!    default actions are `see`, `see`, `add_event` and `nbEmailSMS`.
//! 2. **Denied calls** get status 500 and the document as it was seen on the wire: on one line, with a comment
//!    before `<code>`, and with a comma before the first attribute.
//! 3. **Other errors** have the same form. Their codes and details are made up: 401 for a wrong token, 400 for
//!    an unknown action, 404 for an unknown path.
//! 4. **Granted calls** get XML. Nothing is ever written: `add` returns what `see` does.
//! 5. **The privacy page** is `/urm-gui/interaction.do`, with `family` (or `familly`), `serviceId`,
//!    `attributes` and `urlRetour` in its query. Its form posts the field `choice` to the same URL. The reply
//!    is a 303 to `urlRetour`, which does not say what the user chose. If a parameter or the choice is
//!    missing, the reply is a 400, and nothing is stored.
//! 6. **The layer** trusts [`RunningSandbox::endpoint`].
//!
//! # Kratos
//!
//! 1. **The session API** is `GET /sessions/whoami`. It takes the token from `X-Session-Token`, from
//!    `Authorization: Bearer`, or from the cookie `ory_kratos_session`, which the login page sets. Without the
//!    token, or without the permission `session`, it is a 401 that names no page. Without `aal.aal2` it is a
//!    403 `session_aal2_required`, with `redirect_browser_to` in both of its places. Otherwise it is a session.
//! 2. **The settings API** is `GET` or `POST /self-service/settings`. It needs `session` and `refresh`. Without
//!    `refresh` it is a 403 `session_refresh_required`, whose page leads back to the settings and not to the
//!    app. A browser, which asks for HTML, gets a page without a link.
//! 3. **The login page** is `/self-service/login/browser`: for `session` as it is, for `aal.aal2` with
//!    `aal=aal2`, and for `refresh` with `refresh=true`. It sends the user to `return_to` and adds nothing to
//!    that URL. A real Kratos redirects to a page of the app for the form.
//! 4. **`return_to`** must match one of [`Sandbox::with_allowed_return_urls`]: the scheme, host and port must be
//!    equal, and the path must begin with the allowed one. The query is free. Any other URL gets Kratos's error
//!    page. URLs below the sandbox's own `/self-service` are always allowed.
//! 5. **The layer** has `Kratos::new(sandbox.base_url())`.
//!
//! # Bearer
//!
//! 1. **The APIs** are `GET /files` (which needs `scope.files:read`), `/upload` (`scope.files:write`), `/vault`
//!    (`acr.mfa`), `/recent` (`max_age.300`) and `/v1.0/me` (`claims`).
//! 2. **Denied calls** get the challenge of RFC 6750 (403 `insufficient_scope`) or of RFC 9470
//!    (401 `insufficient_user_authentication`). `/v1.0/me` sends Microsoft Graph's (401 `insufficient_claims`),
//!    with its URL without quotes and its own spelling of the description. A call without a token gets a 401
//!    without an `error`. A token that is unknown or has expired is an `invalid_token`.
//! 3. **Tokens** are opaque, last for an hour, and have the scopes that were requested and granted with them. How
//!    the user signed in (`acr.mfa`, `claims`, the time of the latest sign-in) also counts for later tokens.
//!    [`Sandbox::token`] is a token that has whatever is granted at the time of the call.
//! 4. **The authorization page** is `/oauth/authorize`. It takes `response_type=code`, `client_id` (the
//!    [service id](Sandbox::service_id)), `redirect_uri`, `scope` (`openid`, `files:read`, `files:write`),
//!    `state`, `code_challenge` with the method `S256`, and `acr_values`, `max_age` and `claims`. It sends the
//!    user back with a `code`, or with an `error` of RFC 6749, section 4.1.2.1: `access_denied` if they
//!    decline.
//! 5. **`redirect_uri`** must be exactly one of [`Sandbox::with_redirect_uris`]. With any other, or with an
//!    unknown client, the user is not redirected.
//! 6. **The token endpoint** is `POST /oauth/token`. A code can be used once, within a minute, by whoever knows
//!    the `code_verifier`. There is no client secret, no refresh token and no ID token.
//! 7. **The layer** has `Bearer::new` with the sign-in route of the app, which sends users to the authorization
//!    page.
//!
//! # GitHub
//!
//! 1. **The API** is `GET /orgs/{org}/repos`, with the token in `Authorization` as `Bearer` or `token`. Each
//!    organisation has its own permission, such as `sso.octodocs-test`.
//! 2. **Denied calls** get a 403 with `X-GitHub-SSO: required; url=…`. The page's URL has a secret that is new
//!    each time, and that is valid for an hour ([`Sandbox::with_clock`]) and for that organisation. A name that
//!    cannot be an organisation's gets a 404 without the header.
//! 3. **The list of all repositories** is `GET /user/repos`. It always succeeds. Until the user has signed in to
//!    `octodocs-test`, it has the header `X-GitHub-SSO: partial-results; organizations=…`. It is not listed in
//!    [`calls`](Sandbox::calls).
//! 4. **The page** is `/orgs/{org}/sso`. It takes no return URL, and the user stays there.
//! 5. **The layer** trusts [`RunningSandbox::github_sso_endpoint`].
//!
//! # Matrix
//!
//! 1. **The API** is `POST /_matrix/client/v3/createRoom`, as in Synapse. A missing token is a 401
//!    `M_MISSING_TOKEN`, a wrong one a 401 `M_UNKNOWN_TOKEN`.
//! 2. **Denied calls** get a 403 `M_CONSENT_NOT_GIVEN`. The permission is `terms.` and the host that was called.
//! 3. **The page** is `/_matrix/consent`, with the user in `u` and the user's secret in `h`. Its form posts both
//!    and the version `v`. It has one button; a user who does not agree closes the window. The page that
//!    follows has no link. The page takes no return URL.
//! 4. **The layer** has `MatrixConsent::new(sandbox.base_url())`.
//!
//! # Test your app
//!
//! 1. **Script the user** with [`Sandbox::script`]: every visit to a page, of any protocol, takes the
//!    next choice. A request that is not valid takes none, nor does a button that somebody presses by hand.
//! 2. A script takes precedence over [`choose`](Sandbox::choose), in whichever order they were called. After the
//!    last choice, pages do what `choose` said, or else are shown. A new script replaces the rest of the old
//!    one. [`ask`](Sandbox::ask) and [`reset`](Sandbox::reset) end both.
//! 3. **Check what happened** with [`Sandbox::calls`], which lists the calls with the right token and a known
//!    action, and [`Sandbox::visits`], which lists the visits to pages. Each keeps the latest 10,000. Neither
//!    prints a token, or the query of a return URL.
//! 4. **Move the clock** instead of sleeping: give a [`TestClock`] to
//!    [`PrivacyLayer::clock`](crate::PrivacyLayer::clock) and to [`Sandbox::with_clock`]. It stands still until
//!    you move it, past the day after which a user is asked again, for example.
//! 5. **Open pages** with a [`Visitor`]. It follows redirects from router to router, 20 at most, and keeps
//!    nothing but the URL.
//!
//! `tests/sandbox_app.rs` in this crate's repository is such a test, ready to copy.
//!
//! # Events
//!
//! [`Sandbox::on_event`] calls a function on each call, on each visit to a page, and on each choice. With the
//! feature `tracing`, each of these is also an event of `tracing`, which names no token, no secret and no URL.
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
//! // The browser follows the redirect, and the user grants access.
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
mod event;
mod github_sso;
mod kratos;
mod latest;
mod matrix;
mod memory;
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
pub use event::Event;
pub use record::{Call, Visit};
pub use server::RunningSandbox;
pub use state::Sandbox;
pub use visitor::{Page, VisitError, Visitor};

pub use crate::trip::TestClock;
