//! The sandbox as its owner sees it, and all that it remembers.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::{Request, State},
    routing::get,
};
use url::Url;

use super::{
    api,
    consent::{Choice, Consents},
    page,
};
use crate::denial::Family;

/// An Orange of one's own. See the [module](crate::sandbox) for the rules.
///
/// Clones share what the user chose and the calls that came in. `Debug` does not print the token.
///
/// # Example
///
/// ```
/// use axum::body::Body;
/// use http::Request;
/// use tower::ServiceExt;
/// use tower_privacy::{Family, sandbox::{Choice, Sandbox}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::new();
/// sandbox.decide(&Family::Contact, "see", Choice::Once);
///
/// for status in [200, 500] {
///     let request = Request::get("http://localhost/contacts?action=see&token=sandbox-token");
///     let response = sandbox.router().oneshot(request.body(Body::empty())?).await?;
///     assert_eq!(response.status(), status);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sandbox {
    token: Arc<str>,
    service_id: Arc<str>,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Default)]
struct Memory {
    consents: Consents,
    /// The button that is pressed without asking.
    answer: Option<Choice>,
    calls: Vec<Call>,
}

impl Sandbox {
    /// A sandbox in which nothing is granted. Its token is `sandbox-token`, its service id
    /// `YOURSITE002242432462`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            token: "sandbox-token".into(),
            service_id: "YOURSITE002242432462".into(),
            memory: Arc::default(),
        }
    }

    /// Sets the one token that is accepted.
    ///
    /// Default: `sandbox-token`.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.token = token.into().into();
        self
    }

    /// Sets the id of the service that the token belongs to.
    ///
    /// Default: `YOURSITE002242432462`, the vendor's own example.
    #[must_use]
    pub fn with_service_id(mut self, service_id: impl Into<String>) -> Self {
        self.service_id = service_id.into().into();
        self
    }

    /// The one token that is accepted.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The id of the service that the token belongs to.
    #[must_use]
    pub fn service_id(&self) -> &str {
        &self.service_id
    }

    /// Chooses for the user: from now on the privacy page is answered as if this button had been
    /// pressed as soon as it was opened.
    ///
    /// # Example
    ///
    /// ```
    /// use axum::body::Body;
    /// use http::Request;
    /// use tower::ServiceExt;
    /// use tower_privacy::sandbox::{Choice, Sandbox};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::new();
    /// let open = || {
    ///     Request::get(
    ///         "/urm-gui/interaction.do?family=contact&serviceId=S1&attributes=,see\
    ///          &urlRetour=https%3A%2F%2Fapp.example%2F",
    ///     )
    ///     .body(Body::empty())
    /// };
    ///
    /// sandbox.choose(Choice::Refuse);
    /// assert_eq!(sandbox.router().oneshot(open()?).await?.status(), 303);
    ///
    /// sandbox.ask();
    /// assert_eq!(sandbox.router().oneshot(open()?).await?.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub fn choose(&self, choice: Choice) {
        self.memory().answer = Some(choice);
    }

    /// Lets the user choose again: the privacy page is shown. This is how a sandbox begins.
    pub fn ask(&self) {
        self.memory().answer = None;
    }

    /// Stores what the user chose for one permission of this sandbox's
    /// [`service_id`](Self::service_id), without the privacy page.
    pub fn decide(&self, family: &Family, attribute: &str, choice: Choice) {
        self.memory()
            .consents
            .decide(&self.service_id, family, attribute, choice);
    }

    /// Forgets what was chosen, what [`choose`](Self::choose) said and the calls that came in. The
    /// token and the service id stay.
    pub fn reset(&self) {
        *self.memory() = Memory::default();
    }

    /// The calls that came in with the right token and a known action, in their order, since the
    /// beginning or the last [`reset`](Self::reset).
    ///
    /// # Example
    ///
    /// ```
    /// use axum::body::Body;
    /// use http::Request;
    /// use tower::ServiceExt;
    /// use tower_privacy::{Family, sandbox::Sandbox};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::new();
    /// let request = Request::get("http://localhost/messages?token=sandbox-token");
    /// sandbox.router().oneshot(request.body(Body::empty())?).await?;
    ///
    /// let [call] = &sandbox.calls()[..] else { panic!() };
    /// assert_eq!(call.family(), &Family::Messages);
    /// assert_eq!(call.attribute(), "nbEmailSMS");
    /// assert!(!call.granted());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.memory().calls.clone()
    }

    /// The Personal APIs and the privacy page. Mount it at the root: the interaction URL is made
    /// from the request's `Host` and a fixed path.
    pub fn router(&self) -> Router {
        self.router_at(None)
    }

    pub(super) fn router_at(&self, base_url: Option<Url>) -> Router {
        let mut router = Router::new();
        for api in &api::ALL {
            router = router.route(
                api.path,
                get(
                    move |State(mounted): State<Mounted>, request: Request| async move {
                        api::answer(api, &mounted, &request)
                    },
                ),
            );
        }
        router
            .route(page::PATH, get(page::open).post(page::press))
            .fallback(api::unknown_path)
            .with_state(Mounted {
                sandbox: self.clone(),
                base_url,
            })
    }

    pub(super) fn answer(&self) -> Option<Choice> {
        self.memory().answer
    }

    /// Stores the choice for all the attributes that the page asks for.
    pub(super) fn press(
        &self,
        choice: Choice,
        service_id: &str,
        family: &Family,
        attributes: &[String],
    ) {
        {
            let mut memory = self.memory();
            for attribute in attributes {
                memory
                    .consents
                    .decide(service_id, family, attribute, choice);
            }
        }
        #[cfg(feature = "tracing")]
        tracing::info!(family = family.as_str(), %choice, "sandbox: the user chose");
    }

    /// Whether this call may be served. It is remembered either way.
    pub(super) fn admit(&self, family: &Family, attribute: &'static str) -> bool {
        let granted = {
            let mut memory = self.memory();
            let granted = memory.consents.spend(&self.service_id, family, attribute);
            memory.calls.push(Call {
                family: family.clone(),
                attribute,
                granted,
            });
            granted
        };
        #[cfg(feature = "tracing")]
        tracing::info!(
            family = family.as_str(),
            attribute,
            granted,
            "sandbox: a Personal API was called"
        );
        granted
    }

    /// Each change is complete when the guard is dropped, so a poisoned memory is a good one.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("service_id", &self.service_id)
            .finish_non_exhaustive()
    }
}

/// A sandbox where it is mounted.
#[derive(Clone)]
pub(super) struct Mounted {
    pub(super) sandbox: Sandbox,
    /// Its own address, if it knows one.
    pub(super) base_url: Option<Url>,
}

/// One call of a Personal API, as [`Sandbox::calls`] remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    family: Family,
    attribute: &'static str,
    granted: bool,
}

impl Call {
    /// Which API was called.
    #[must_use]
    pub fn family(&self) -> &Family {
        &self.family
    }

    /// The permission that the call needs.
    #[must_use]
    pub fn attribute(&self) -> &str {
        self.attribute
    }

    /// Whether it was served.
    #[must_use]
    pub fn granted(&self) -> bool {
        self.granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_no_token() {
        let sandbox = Sandbox::new().with_token("s3cret");
        assert!(!format!("{sandbox:?}").contains("s3cret"));
    }

    #[test]
    fn clones_share_what_was_chosen_and_called() {
        let sandbox = Sandbox::new();
        sandbox
            .clone()
            .decide(&Family::Photos, "see", Choice::Always);
        assert!(sandbox.clone().admit(&Family::Photos, "see"));
        assert_eq!(sandbox.calls().len(), 1);
    }

    #[test]
    fn two_services_of_one_user_have_consents_of_their_own() {
        let one = Sandbox::new();
        let other = one.clone().with_service_id("OTHER");
        one.decide(&Family::Photos, "see", Choice::Always);
        assert!(!other.admit(&Family::Photos, "see"));
    }

    #[test]
    fn reset_forgets_all_but_the_settings() {
        let sandbox = Sandbox::new().with_token("t").with_service_id("s");
        sandbox.choose(Choice::Always);
        sandbox.decide(&Family::Photos, "see", Choice::Always);
        sandbox.reset();
        assert_eq!(sandbox.answer(), None);
        assert!(sandbox.calls().is_empty());
        assert!(!sandbox.admit(&Family::Photos, "see"));
        assert_eq!((sandbox.token(), sandbox.service_id()), ("t", "s"));
    }

    #[test]
    fn a_panic_while_the_memory_is_held_does_not_spread() {
        let sandbox = Sandbox::new();
        let result = std::panic::catch_unwind(|| {
            let _memory = sandbox.memory();
            panic!("on purpose");
        });
        assert!(result.is_err());
        sandbox.choose(Choice::Once);
        assert_eq!(sandbox.answer(), Some(Choice::Once));
    }
}
