//! The sandbox: its settings and its methods.

use std::{
    fmt,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use http::StatusCode;

use super::{
    consent::Choice,
    event::Event,
    memory::Memory,
    record::{Call, Visit},
    tickets,
};
use crate::{
    protocol::{DEFAULT_NAME as ORANGE, Family},
    trip::TestClock,
    urls::ReturnUrl,
};

/// An upstream of your own. See the [module](crate::sandbox) for the rules.
///
/// Clones share choices, calls and visits. `Debug` does not print the token.
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
    allowed_return_urls: Arc<[ReturnUrl]>,
    redirect_uris: Arc<[ReturnUrl]>,
    clock: Option<TestClock>,
    /// Nothing of the sandbox is left half changed if a listener panics.
    listener: Option<Arc<AssertUnwindSafe<Listener>>>,
    /// By this Matrix's consent page recognizes its user.
    user_secret: Arc<str>,
    memory: Arc<Mutex<Memory>>,
}

type Listener = Box<dyn Fn(&Event) + Send + Sync>;

impl Sandbox {
    /// A sandbox where nothing is granted. Its token is `sandbox-token`, its service id
    /// `YOURSITE002242432462`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            token: "sandbox-token".into(),
            service_id: "YOURSITE002242432462".into(),
            allowed_return_urls: Arc::default(),
            redirect_uris: Arc::default(),
            clock: None,
            listener: None,
            user_secret: (tickets::secret() + &tickets::secret()).into(),
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

    /// Sets `allowed_return_urls` of Kratos, where its login page may send users back to: these URLs, and any
    /// URL of the same origin whose path begins with one of theirs. Kratos's own pages are always allowed.
    ///
    /// Default: none, as in a Kratos that is not configured.
    ///
    /// # Example
    ///
    /// ```
    /// use axum::body::Body;
    /// use http::Request;
    /// use tower::ServiceExt;
    /// use tower_privacy::sandbox::Sandbox;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::new().with_allowed_return_urls(["https://app.example/".parse()?]);
    /// for (return_to, status) in [("https://app.example/a?b", 200), ("https://evil.test/", 400)] {
    ///     let url = format!("/self-service/login/browser?return_to={return_to}");
    ///     let page = Request::get(url).header("host", "kratos.test").body(Body::empty())?;
    ///     assert_eq!(sandbox.router().oneshot(page).await?.status(), status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_allowed_return_urls(mut self, urls: impl IntoIterator<Item = ReturnUrl>) -> Self {
        self.allowed_return_urls = urls.into_iter().collect();
        self
    }

    /// Sets the app's redirect URIs at the authorization server. A request must name one of them
    /// exactly.
    ///
    /// Default: none.
    ///
    /// # Example
    ///
    /// ```
    /// use axum::body::Body;
    /// use http::Request;
    /// use tower::ServiceExt;
    /// use tower_privacy::sandbox::Sandbox;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::new().with_redirect_uris(["https://app.example/callback".parse()?]);
    /// // The request is not valid. The error is sent to the registered URI only.
    /// for (redirect_uri, status) in [("https://app.example/callback", 303), ("https://evil.test/", 400)] {
    ///     let url = format!(
    ///         "/oauth/authorize?client_id={}&redirect_uri={redirect_uri}",
    ///         sandbox.service_id(),
    ///     );
    ///     let page = Request::get(url).header("host", "auth.test").body(Body::empty())?;
    ///     assert_eq!(sandbox.router().oneshot(page).await?.status(), status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_redirect_uris(mut self, uris: impl IntoIterator<Item = ReturnUrl>) -> Self {
        self.redirect_uris = uris.into_iter().collect();
        self
    }

    /// Reads the time from this clock, so that a test can move it past the end of an
    /// `authorization_request` of GitHub, a code, an access token or a recent sign-in.
    ///
    /// Default: the system's clock.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::{PrivacyLayer, sandbox::{Sandbox, TestClock}};
    ///
    /// // One clock for both sides.
    /// let clock = TestClock::new();
    /// let sandbox = Sandbox::new().with_clock(clock.clone());
    /// let layer = PrivacyLayer::new().clock(clock.clone());
    /// clock.advance(tower_privacy::DEFAULT_MARKER_LIFE);
    /// # assert!(format!("{layer:?}").contains(&format!("{clock:?}")));
    /// ```
    #[must_use]
    pub fn with_clock(mut self, clock: TestClock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Calls this function on each [`Event`], as it happens: on a call of an API, and when the user opens a
    /// page and chooses there. A function that was set before is replaced.
    ///
    /// It is called before the response is sent, so it should return soon. It may use this sandbox.
    ///
    /// Default: nothing is called.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::sandbox::Sandbox;
    ///
    /// // A log in the terminal, for a sandbox that runs beside an app.
    /// let sandbox = Sandbox::new().on_event(|event| println!("{event}"));
    /// # assert_eq!(sandbox.token(), "sandbox-token");
    /// ```
    #[must_use]
    pub fn on_event(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(AssertUnwindSafe(Box::new(listener))));
        self
    }

    /// The one token that is accepted. As an access token, it has whatever is granted at the time of the
    /// call.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The id of the service that the token belongs to. At the authorization server, it is the `client_id`.
    #[must_use]
    pub fn service_id(&self) -> &str {
        &self.service_id
    }

    /// Chooses for the user. From now on, or when the [`script`](Self::script) is over, each page acts as if
    /// the user pressed this button as soon as it is opened.
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

    /// Chooses for the user, visit by visit: the next visit to any page takes the first choice, the
    /// one after that the second. After the last, pages do what [`choose`](Self::choose) said, or else are
    /// shown. The order of the two calls does not matter.
    ///
    /// This replaces what is left of an earlier script. A request that is not valid takes no choice, nor does
    /// a button that somebody presses by hand.
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
        // Collected before the lock is taken, since the iterator may use this sandbox.
        let script = choices.into_iter().collect();
        self.memory().script = script;
    }

    /// Lets the user choose again: pages are shown, and the rest of a [`script`](Self::script) is dropped.
    /// A new sandbox begins like this.
    pub fn ask(&self) {
        let mut memory = self.memory();
        memory.script.clear();
        memory.answer = None;
    }

    /// Stores a choice for one permission of Orange, without a visit to the privacy page. It counts for this
    /// sandbox's [`service_id`](Self::service_id).
    pub fn decide(&self, family: &Family, attribute: &str, choice: Choice) {
        self.decide_on(ORANGE, &format!("{family}.{attribute}"), choice);
    }

    /// Stores a choice for one permission of any protocol, as the layer names them, without a visit to a
    /// page.
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
    /// sandbox.decide_on("github_sso", "sso.octodocs-test", Choice::Once);
    ///
    /// for status in [200, 403] {
    ///     let request = Request::get("http://github.test/orgs/octodocs-test/repos");
    ///     let request = request.header("authorization", "Bearer sandbox-token");
    ///     let response = sandbox.router().oneshot(request.body(Body::empty())?).await?;
    ///     assert_eq!(response.status(), status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn decide_on(&self, protocol: &str, permission: &str, choice: Choice) {
        self.memory()
            .decide(protocol, &self.service_id, permission, choice);
    }

    /// Forgets all choices, the [`script`](Self::script), what [`choose`](Self::choose) said, the calls and the
    /// visits. What the `with_` methods and [`on_event`](Self::on_event) set stays.
    pub fn reset(&self) {
        *self.memory() = Memory::default();
    }

    /// The calls since the start or the last [`reset`](Self::reset), in order: those with the right token and,
    /// for Orange's APIs, a known action. Only the latest 10,000 are kept.
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

    /// The visits to the pages where a user chooses, since the start or the last [`reset`](Self::reset), in
    /// order. Only the latest 10,000 are kept.
    ///
    /// Each time a page is opened or reloaded is a visit. A button that is pressed by hand
    /// belongs to the latest visit with the same query that is still open, or is a visit of its own if
    /// there is none. A request that is not valid is not a visit.
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

    /// The user opens a page. Stores and returns the choice that was made in advance, if there is one.
    pub(super) fn open(&self, visit: Visit) -> Option<Choice> {
        let visit = self.memory().open(visit);
        let choice = visit.choice;
        self.tell(&Event::Opened(Visit {
            choice: None,
            ..visit.clone()
        }));
        if choice.is_some() {
            self.tell(&Event::Chose(visit));
        }
        choice
    }

    /// The user presses a button of a page.
    pub(super) fn press(&self, visit: &Visit, choice: Choice) {
        let visit = self.memory().press(visit, choice);
        self.tell(&Event::Chose(visit));
    }

    /// A call gets an error, whatever the user chose.
    pub(super) fn fail(&self, path: impl Into<String>, status: StatusCode) {
        let path = path.into();
        self.tell(&Event::Failed { path, status });
    }

    /// Tells of the call, and returns the permission that it lacks.
    fn told(&self, call: Call) -> Option<String> {
        let lacking = call.lacking().map(str::to_owned);
        self.tell(&Event::Called(call));
        lacking
    }

    fn tell(&self, event: &Event) {
        #[cfg(feature = "tracing")]
        event.trace();
        if let Some(listener) = &self.listener {
            listener.0(event);
        }
    }

    /// Remembers the call, and returns the first permission that it lacks. With none, it may be served.
    pub(super) fn admit(&self, call: Call) -> Option<String> {
        let call = self.memory().admit(call, &self.service_id);
        self.told(call)
    }

    /// The same for a token that the authorization server issued; `Err` if there is no such token.
    pub(super) fn admit_token(&self, token: &str, call: Call) -> Result<Option<String>, ()> {
        let call = self.memory().admit_token(call, token, self.now())?;
        Ok(self.told(call))
    }

    /// Whether the user has granted this.
    pub(super) fn holds(&self, protocol: &str, permission: &str) -> bool {
        self.memory().holds(protocol, &self.service_id, permission)
    }

    pub(super) fn allowed_return_urls(&self) -> &[ReturnUrl] {
        &self.allowed_return_urls
    }

    pub(super) fn redirect_uris(&self) -> &[ReturnUrl] {
        &self.redirect_uris
    }

    pub(super) fn user_secret(&self) -> &str {
        &self.user_secret
    }

    pub(super) fn now(&self) -> SystemTime {
        self.clock
            .as_ref()
            .map_or_else(SystemTime::now, TestClock::now)
    }

    /// Each change is complete when the guard is dropped, so a poisoned lock holds a valid memory.
    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
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

#[cfg(test)]
mod tests {
    use super::*;

    impl Sandbox {
        /// Whether a call is served, as one who makes it sees it.
        pub(in crate::sandbox) fn grants(&self, family: &Family, attribute: &'static str) -> bool {
            let permission = format!("{family}.{attribute}");
            self.admit(Call::of(ORANGE, "/", [permission])).is_none()
        }
    }

    fn visit() -> Visit {
        let back = "https://app.example/".parse().unwrap();
        Visit::of(ORANGE, "S", ["contact.see".to_owned()], back)
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
        sandbox.open(visit());
        sandbox.grants(&Family::Photos, "see");
        sandbox.reset();
        assert!(sandbox.calls().is_empty());
        assert!(sandbox.visits().is_empty());
        assert_eq!(sandbox.open(visit()), None);
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
        assert_eq!(sandbox.open(visit()), Some(Choice::Once));
    }
}
