//! The sandbox as its owner sees it, and all that it remembers.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use url::Url;

use super::{
    ask::Ask,
    consent::{Choice, Consents},
    record::{Call, Latest, Visit},
};
use crate::protocol::Family;

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
    /// The buttons that are pressed without asking, one a visit.
    script: VecDeque<Choice>,
    /// The one that is pressed without asking when the script is over.
    answer: Option<Choice>,
    calls: Latest<Call>,
    visits: Latest<Visit>,
}

impl Memory {
    fn decide(&mut self, ask: &Ask, choice: Choice) {
        for attribute in &ask.attributes {
            self.consents
                .decide(&ask.service_id, &ask.family, attribute, choice);
        }
    }
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

    /// Chooses for the user: from now on, or as soon as the [`script`](Self::script) is over, the
    /// privacy page is answered as if this button had been pressed as soon as it was opened.
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

    /// Chooses for the user, visit by visit: the next one to the privacy page takes the first of
    /// these choices, the one after it the second. When they are used up it is as it was without: the
    /// page is shown, or answered as [`choose`](Self::choose) said, whichever of the two was called
    /// first.
    ///
    /// These take the place of what is left of an earlier script. A page that cannot be read takes
    /// no choice, nor does a button that is pressed by hand.
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
    /// sandbox.script([Choice::Refuse, Choice::Once]);
    ///
    /// for status in [303, 303, 200] {
    ///     let page = Request::get(
    ///         "/urm-gui/interaction.do?family=contact&serviceId=S1&attributes=,see\
    ///          &urlRetour=https%3A%2F%2Fapp.example%2F",
    ///     );
    ///     let response = sandbox.router().oneshot(page.body(Body::empty())?).await?;
    ///     assert_eq!(response.status(), status);
    /// }
    /// let chosen: Vec<_> = sandbox.visits().iter().map(|visit| visit.choice()).collect();
    /// assert_eq!(chosen, [Some(Choice::Refuse), Some(Choice::Once), None]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn script(&self, choices: impl IntoIterator<Item = Choice>) {
        // Collected first: the iterator may be one that asks this sandbox.
        let script = choices.into_iter().collect();
        self.memory().script = script;
    }

    /// Lets the user choose again: the privacy page is shown, whatever is left of a
    /// [`script`](Self::script). This is how a sandbox begins.
    pub fn ask(&self) {
        let mut memory = self.memory();
        memory.script.clear();
        memory.answer = None;
    }

    /// Stores what the user chose for one permission of this sandbox's
    /// [`service_id`](Self::service_id), without the privacy page.
    pub fn decide(&self, family: &Family, attribute: &str, choice: Choice) {
        self.memory()
            .consents
            .decide(&self.service_id, family, attribute, choice);
    }

    /// Forgets what was chosen, what [`script`](Self::script) and [`choose`](Self::choose) said, the
    /// calls that came in and the visits. The token and the service id stay.
    pub fn reset(&self) {
        *self.memory() = Memory::default();
    }

    /// The calls that came in with the right token and a known action, in their order, since the
    /// beginning or the last [`reset`](Self::reset). Of more than 10,000 the oldest are forgotten.
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
    /// assert_eq!(call.path(), "/messages");
    /// assert_eq!(call.family(), &Family::Messages);
    /// assert_eq!(call.attribute(), "nbEmailSMS");
    /// assert!(!call.granted());
    /// assert_eq!(call.to_string(), "messages.nbEmailSMS denied");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.memory().calls.to_vec()
    }

    /// The visits to the privacy page, in their order, since the beginning or the last
    /// [`reset`](Self::reset). Of more than 10,000 the oldest are forgotten.
    ///
    /// Each time that the page was opened is one, a reload too. A button that is pressed by hand
    /// belongs to the latest visit of the same query that is still open, and is a visit by itself if
    /// there is none. What could not be read was no visit.
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
    /// sandbox.choose(Choice::Always);
    /// let page = Request::get(
    ///     "/urm-gui/interaction.do?family=photos&serviceId=S1&attributes=,add,see\
    ///      &urlRetour=https%3A%2F%2Fapp.example%2Falbum",
    /// );
    /// sandbox.router().oneshot(page.body(Body::empty())?).await?;
    ///
    /// let [visit] = &sandbox.visits()[..] else { panic!() };
    /// assert_eq!(visit.service_id(), "S1");
    /// assert_eq!(visit.family(), &Family::Photos);
    /// assert_eq!(visit.attributes().collect::<Vec<_>>(), ["add", "see"]);
    /// assert_eq!(visit.return_url().as_str(), "https://app.example/album");
    /// assert_eq!(visit.choice(), Some(Choice::Always));
    /// assert_eq!(visit.to_string(), "photos.add,see always");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn visits(&self) -> Vec<Visit> {
        self.memory().visits.to_vec()
    }

    /// The user opened the page: what is chosen for them, which is stored, or nothing if they are to
    /// choose by hand.
    pub(super) fn open(&self, ask: &Ask) -> Option<Choice> {
        let choice = {
            let mut memory = self.memory();
            let choice = memory.script.pop_front().or(memory.answer);
            memory.visits.push(Visit::new(ask, choice));
            if let Some(choice) = choice {
                memory.decide(ask, choice);
            }
            choice
        };
        if let Some(choice) = choice {
            chose(ask, choice);
        }
        choice
    }

    /// The user pressed a button of the page.
    pub(super) fn press(&self, ask: &Ask, choice: Choice) {
        {
            let mut memory = self.memory();
            match memory.visits.last_like(&Visit::new(ask, None)) {
                Some(visit) => visit.choice = Some(choice),
                None => memory.visits.push(Visit::new(ask, Some(choice))),
            }
            memory.decide(ask, choice);
        }
        chose(ask, choice);
    }

    /// Whether this call may be served. It is remembered either way.
    pub(super) fn admit(
        &self,
        path: &'static str,
        family: &Family,
        attribute: &'static str,
    ) -> bool {
        let granted = {
            let mut memory = self.memory();
            let granted = memory.consents.spend(&self.service_id, family, attribute);
            memory.calls.push(Call {
                path,
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

#[cfg_attr(
    not(feature = "tracing"),
    expect(unused_variables, reason = "only told to who listens")
)]
fn chose(ask: &Ask, choice: Choice) {
    #[cfg(feature = "tracing")]
    tracing::info!(family = ask.family.as_str(), %choice, "sandbox: the user chose");
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

#[cfg(test)]
mod tests {
    use super::*;

    impl Sandbox {
        /// Whether a call is served, as one who makes it sees it.
        pub(in crate::sandbox) fn grants(&self, family: &Family, attribute: &'static str) -> bool {
            self.admit("/", family, attribute)
        }
    }

    fn ask() -> Ask {
        let query = "family=contact&serviceId=S&attributes=,see&urlRetour=https://app.example/";
        Ask::read(query).unwrap()
    }

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
        assert!(sandbox.clone().grants(&Family::Photos, "see"));
        assert_eq!(sandbox.calls().len(), 1);
    }

    #[test]
    fn two_services_of_one_user_have_consents_of_their_own() {
        let one = Sandbox::new();
        let other = one.clone().with_service_id("OTHER");
        one.decide(&Family::Photos, "see", Choice::Always);
        assert!(!other.grants(&Family::Photos, "see"));
    }

    #[test]
    fn reset_forgets_all_but_the_settings() {
        let sandbox = Sandbox::new().with_token("t").with_service_id("s");
        sandbox.script([Choice::Always; 3]);
        sandbox.choose(Choice::Always);
        sandbox.decide(&Family::Photos, "see", Choice::Always);
        sandbox.open(&ask());
        sandbox.grants(&Family::Photos, "see");
        sandbox.reset();
        assert!(sandbox.calls().is_empty());
        assert!(sandbox.visits().is_empty());
        assert_eq!(sandbox.open(&ask()), None);
        assert!(!sandbox.grants(&Family::Photos, "see"));
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
        assert_eq!(sandbox.open(&ask()), Some(Choice::Once));
    }
}
