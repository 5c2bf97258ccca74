//! The trip as a whole, with a model of what users may expect: several users with several tabs, replicas with
//! clocks of their own, two upstreams that ask for their permissions one after the other, privacy pages that
//! change the return URL, and time that passes. proptest finds the shortest sequence of steps that breaks a promise.
//!
//! 1. A page sends its user away at most once for each permission, until they ask to be sent again or open the page
//!    anew. The life of the marker, less the difference of the replicas' clocks, limits that.
//! 2. A user is told that a step is still needed only if they were asked for it on the way to this page.
//! 3. A user who then allows everything gets to the data, from wherever they are.
//! 4. They are only ever sent to a configured page, with a return URL of the app that has one marker, and is otherwise
//!    the page that they were on.
//!
//! Three kinds of pages are not returned to as they are: one whose location is too long for proxies, one that a script
//! of another origin does not name, and one of a path of `never_return_to`. There, the user goes on from the page that
//! they are returned to.
#![cfg(all(feature = "axum", feature = "kratos", feature = "sandbox"))]

mod support;

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use axum::{Router, body::Body, extract::State, response::Response};
use futures_util::future::BoxFuture;
use http::Request;
use http_body_util::BodyExt;
use proptest::prelude::*;
use support::{now::now, return_url};
use tower::{Layer, Service, ServiceExt};
use tower_privacy::{
    Family, Privacy, PrivacyEndpoint, PrivacyError, PrivacyLayer, PrivacyReturnLayer,
    protocol::Kratos,
    sandbox::{Choice, Sandbox, TestClock},
};
use url::Url;

const APP: &str = "https://app.example";
/// A page of another origin whose script calls the app.
const SPA: &str = "https://spa.example/list?tab=1";
const ORANGE: &str = "http://orange.test/urm-gui/interaction.do";
const KRATOS: &str = "http://kratos.test";
const LOGIN: &str = "http://kratos.test/self-service/login/browser";
const MARKER: &str = "fromOrangePrivacy=";

/// The calls that a page makes, one after the other.
#[derive(Clone, Copy, Debug)]
enum Call {
    Contacts,
    Photos,
    Account,
}

/// The pages that users open.
const PAGES: [(&str, &[Call]); 6] = [
    ("/contacts?page=2&q=%2C", &[Call::Contacts]),
    ("/both", &[Call::Contacts, Call::Photos]),
    ("/account?a", &[Call::Account]),
    ("/all?x=1", &[Call::Account, Call::Contacts, Call::Photos]),
    ("/oauth/callback?code=1", &[Call::Contacts]),
    ("/form?draft=7", &[]),
];

/// What the scripts and forms of a page call.
const PARTS: [(&str, &[Call]); 2] = [
    ("/api/contacts", &[Call::Contacts]),
    ("/api/all", &[Call::Contacts, Call::Account]),
];

fn calls_of(path: &str) -> &'static [Call] {
    let path = path.split('?').next().unwrap();
    let mut known = PAGES.iter().chain(&PARTS);
    let known = known.find(|(known, _)| known.split('?').next() == Some(path));
    known.map_or(&[], |(_, calls)| calls)
}

impl Call {
    fn request(self, user: User) -> Request<Body> {
        let request = match self {
            Self::Contacts => Request::get("http://orange.test/contacts?token=sandbox-token"),
            Self::Photos => Request::get("http://orange.test/photos?token=sandbox-token"),
            Self::Account => Request::get("http://kratos.test/sessions/whoami")
                .header("x-session-token", "sandbox-token"),
        };
        request.extension(user).body(Body::empty()).unwrap()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Permission {
    Contacts,
    Photos,
    Session,
    SecondFactor,
}

impl Permission {
    const ALL: [Self; 4] = [
        Self::Contacts,
        Self::Photos,
        Self::Session,
        Self::SecondFactor,
    ];

    /// What a page of an upstream asks for.
    fn of(location: &Url) -> Self {
        let (page, query) = location.as_str().split_once('?').unwrap();
        match page {
            ORANGE if query.contains("family=contact") => Self::Contacts,
            ORANGE if query.contains("family=photos") => Self::Photos,
            LOGIN if query.contains("aal=aal2") => Self::SecondFactor,
            LOGIN => Self::Session,
            _ => panic!("no page of an upstream: {location}"),
        }
    }

    fn decide(self, sandbox: &Sandbox, choice: Choice) {
        match self {
            Self::Contacts => sandbox.decide(&Family::Contact, "see", choice),
            Self::Photos => sandbox.decide(&Family::Photos, "see", choice),
            Self::Session => sandbox.decide_on("kratos", "session", choice),
            Self::SecondFactor => sandbox.decide_on("kratos", "aal.aal2", choice),
        }
    }

    fn upstream(self) -> usize {
        usize::from(matches!(self, Self::Session | Self::SecondFactor))
    }

    /// How long a trip counts, in seconds. A session is rightly needed again sooner than a consent.
    fn life(self) -> i64 {
        [24 * 60 * 60, 10 * 60][self.upstream()]
    }
}

/// Each user has upstreams of their own, since a sandbox has one user.
#[derive(Clone, Copy, Debug)]
struct User(usize);

#[derive(Clone)]
struct Upstreams(Arc<[Sandbox]>);

impl Service<Request<Body>> for Upstreams {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let User(user) = request.extensions_mut().remove().unwrap();
        Box::pin(self.0[user].router().oneshot(request))
    }
}

/// One replica of the app.
#[derive(Clone)]
struct Replica {
    orange: Privacy<Upstreams>,
    kratos: Privacy<Upstreams>,
}

impl Replica {
    fn router(clock: &TestClock, upstreams: &Upstreams) -> Router {
        let layer = || PrivacyLayer::new().clock(clock.clone());
        let orange = layer().trust_only([PrivacyEndpoint::new(ORANGE).unwrap()]);
        let kratos = layer().protocol(Kratos::new(KRATOS).unwrap().sign_in());
        let replica = Self {
            orange: orange.layer(upstreams.clone()),
            kratos: kratos.layer(upstreams.clone()),
        };
        let host = PrivacyReturnLayer::new(return_url(APP))
            .also_at(return_url(SPA))
            .never_return_to(["/oauth/*"]);
        let handler = async |State(replica): State<Self>, request: Request<Body>| {
            let user = request.headers()["x-user"].to_str().unwrap();
            let user = User(user.parse().unwrap());
            for call in calls_of(request.uri().path()) {
                let mut client = match call {
                    Call::Account => replica.kratos.clone(),
                    _ => replica.orange.clone(),
                };
                let response = client.call(call.request(user)).await?;
                assert!(response.status().is_success(), "{response:?}");
            }
            Ok::<_, PrivacyError>("the data")
        };
        let router = Router::new().fallback(handler).with_state(replica);
        router.layer(host)
    }
}

/// What a privacy page does to every return URL.
#[derive(Clone, Copy, Debug)]
enum Habit {
    Keeps,
    Appends(&'static str),
    /// Cuts off as many bytes, but not the time of the marker.
    Cuts(usize),
    /// Cuts off all but as many bytes of what the marker lists.
    CutsTo(usize),
    /// The same, and then it appends text that is not written in a marker.
    CutsAndAppends(usize, &'static str),
}

impl Habit {
    fn change(self, url: &str) -> String {
        let list = url.find('~').unwrap() + 1;
        match self {
            Self::Keeps => url.to_owned(),
            Self::Appends(text) => format!("{url}{text}"),
            Self::Cuts(bytes) => url[..list.max(url.len().saturating_sub(bytes))].to_owned(),
            Self::CutsTo(bytes) => url[..url.len().min(list + bytes)].to_owned(),
            Self::CutsAndAppends(bytes, text) => Self::CutsTo(bytes).change(url) + text,
        }
    }

    fn cuts(self) -> bool {
        !matches!(self, Self::Keeps | Self::Appends(_))
    }
}

const ENDINGS: [&str; 9] = [
    "?ok=1", "&ok=1", "/", "#done", "&", "%20", "~", ".html", "x",
];

/// How many of them begin with what is not written in a marker.
const UNWRITTEN: usize = 6;

fn habit() -> impl Strategy<Value = Habit> {
    prop_oneof![
        Just(Habit::Keeps),
        prop::sample::select(&ENDINGS[..]).prop_map(Habit::Appends),
        (1..30_usize).prop_map(Habit::Cuts),
        (0..40_usize).prop_map(Habit::CutsTo),
        (0..40_usize, prop::sample::select(&ENDINGS[..UNWRITTEN]))
            .prop_map(|(bytes, text)| Habit::CutsAndAppends(bytes, text)),
    ]
}

/// What stays the same during a run.
#[derive(Clone, Debug)]
struct Setting {
    /// How much each replica's clock is ahead, in seconds.
    ahead: [i64; 3],
    habits: [Habit; 2],
    /// Whether the script of the other origin says which page it runs on.
    spa_says_its_page: bool,
}

fn setting() -> impl Strategy<Value = Setting> {
    let ahead = prop_oneof![Just(0..1), Just(-200..200), Just(-20_000..20_000_i64)];
    let ahead = ahead.prop_flat_map(|ahead| [ahead.clone(), ahead.clone(), ahead]);
    let habits = [habit(), habit()];
    (ahead, habits, any::<bool>()).prop_map(|(ahead, habits, spa_says_its_page)| Setting {
        ahead,
        habits,
        spa_says_its_page,
    })
}

#[derive(Clone, Debug)]
enum Step {
    /// Opens a page anew.
    Open(usize),
    /// Opens the page of the other origin, whose script calls the app.
    OpenSpa,
    /// Opens a page whose location is too long for proxies.
    OpenLong,
    Reload,
    /// The script of the page calls the app, and goes where it is sent.
    Fetch(usize),
    /// The user sends the page's form.
    Submit(usize),
    /// The user presses a button of a privacy page.
    Choose(Choice),
    /// The user follows the link of the page that says that the step is still needed.
    TryAgain,
    /// Time passes, in seconds.
    Wait(u32),
    /// The user takes a permission back, or their session ends.
    Withdraw(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let choice = prop::sample::select(&[Choice::Once, Choice::Always, Choice::Refuse][..]);
    let wait = prop_oneof![0..20_u32, Just(660), 0..4_000_u32, 0..100_000_u32];
    prop_oneof![
        3 => (0..PAGES.len()).prop_map(Step::Open),
        1 => Just(Step::OpenSpa),
        1 => Just(Step::OpenLong),
        2 => Just(Step::Reload),
        2 => (0..PARTS.len()).prop_map(Step::Fetch),
        2 => (0..PARTS.len()).prop_map(Step::Submit),
        8 => choice.prop_map(Step::Choose),
        2 => Just(Step::TryAgain),
        2 => wait.prop_map(Step::Wait),
        1 => (0..Permission::ALL.len()).prop_map(Step::Withdraw),
    ]
}

/// A step of one user in one tab, which this replica answers.
#[derive(Clone, Debug)]
struct Event {
    user: usize,
    tab: usize,
    replica: usize,
    step: Step,
}

fn event() -> impl Strategy<Value = Event> {
    (0..2_usize, 0..2_usize, 0..3_usize, step()).prop_map(|(user, tab, replica, step)| Event {
        user,
        tab,
        replica,
        step,
    })
}

/// What a tab shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Shows {
    #[default]
    Nothing,
    Page,
    /// A page of an upstream.
    Ask(Url),
    /// A page that says that a step is still needed, with a link to it, and the time when it was made.
    StillNeeded(Url, i64),
}

#[derive(Clone, Debug, Default)]
struct Tab {
    /// The app's page that the user is on, or was last on.
    url: String,
    shows: Shows,
    /// The trips since the user opened a page anew, each with its time.
    trips: Vec<(Permission, i64)>,
}

struct World {
    setting: Setting,
    time: i64,
    clocks: Vec<TestClock>,
    upstreams: Upstreams,
    replicas: Vec<Router>,
    tabs: [[Tab; 2]; 2],
}

impl World {
    fn new(setting: Setting) -> Self {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_000_000);
        let sandbox = || {
            Sandbox::new()
                .with_allowed_return_urls([return_url(APP), return_url("https://spa.example/")])
        };
        let upstreams = Upstreams([sandbox(), sandbox()].into());
        let clocks = setting.ahead.map(|ahead| {
            let by = Duration::from_secs(ahead.unsigned_abs());
            TestClock::at(if ahead < 0 { start - by } else { start + by })
        });
        let replicas = clocks
            .iter()
            .map(|clock| Replica::router(clock, &upstreams));
        Self {
            replicas: replicas.collect(),
            time: 0,
            clocks: clocks.into(),
            upstreams,
            tabs: <[[Tab; 2]; 2]>::default(),
            setting,
        }
    }

    /// How much the replicas' clocks differ.
    fn difference(&self) -> i64 {
        let ahead = &self.setting.ahead;
        ahead.iter().max().unwrap() - ahead.iter().min().unwrap()
    }

    fn take(&mut self, event: &Event) {
        let Event {
            user, tab, replica, ..
        } = *event;
        let at = |world: &Self| world.tabs[user][tab].clone();
        let shown = at(self);
        match (&event.step, shown.shows) {
            (Step::Open(page), _) => self.open(event, &format!("{APP}{}", PAGES[*page].0)),
            (Step::OpenSpa, _) => self.open(event, SPA),
            (Step::OpenLong, _) => {
                self.open(event, &format!("{APP}/contacts?{}", "x".repeat(4_000)));
            }
            (Step::Reload, Shows::Page | Shows::StillNeeded(..)) => self.load(event, &shown.url),
            (Step::Fetch(part), Shows::Page) if shown.url.starts_with(APP) => {
                self.fetch(event, PARTS[*part].0);
            }
            (Step::Submit(part), Shows::Page) if shown.url.starts_with(APP) => {
                let headers = [("sec-fetch-mode", "navigate"), ("referer", &shown.url)];
                let (status, body) = self.send(user, replica, "POST", PARTS[*part].0, &headers);
                match status {
                    200 => {}
                    _ => match between(&body, "http-equiv=\"refresh\" content=\"0;url=") {
                        Some(location) => self.is_sent(event, &location),
                        None => self.is_refused(event, &body),
                    },
                }
            }
            (Step::Choose(choice), Shows::Ask(page)) => self.choose(event, &page, *choice),
            (Step::TryAgain, Shows::StillNeeded(location, made)) => {
                let tab = &mut self.tabs[user][tab];
                // The marker of the link counts from then.
                tab.trips.push((Permission::of(&location), made));
                tab.shows = Shows::Ask(location);
            }
            (Step::Wait(seconds), _) => {
                self.time += i64::from(*seconds);
                for clock in &self.clocks {
                    clock.advance(Duration::from_secs((*seconds).into()));
                }
            }
            (Step::Withdraw(permission), _) => {
                Permission::ALL[*permission].decide(&self.upstreams.0[user], Choice::Refuse);
            }
            _ => {}
        }
    }

    fn open(&mut self, event: &Event, url: &str) {
        self.tabs[event.user][event.tab].trips.clear();
        self.load(event, url);
    }

    /// The browser loads a page, and runs its script.
    fn load(&mut self, event: &Event, url: &str) {
        let tab = &mut self.tabs[event.user][event.tab];
        url.clone_into(&mut tab.url);
        tab.shows = Shows::Page;
        let Some(path) = url.strip_prefix(APP) else {
            return self.fetch(event, "/api/contacts");
        };
        let path = path.split('#').next().unwrap();
        let headers = [("sec-fetch-mode", "navigate")];
        let (status, body) = self.send(event.user, event.replica, "GET", path, &headers);
        match status {
            200 => {}
            303 => self.is_sent(event, &body),
            _ => self.is_refused(event, &body),
        }
    }

    fn fetch(&mut self, event: &Event, path: &str) {
        let url = self.tabs[event.user][event.tab].url.clone();
        let mut headers = vec![("sec-fetch-mode", "cors")];
        if url.starts_with(APP) {
            headers.push(("referer", &url));
        } else {
            headers.push(("referer", "https://spa.example/"));
            if self.setting.spa_says_its_page {
                headers.push(("hx-current-url", &url));
            }
        }
        let (status, body) = self.send(event.user, event.replica, "GET", path, &headers);
        if status == 200 {
            return;
        }
        let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
        let location = problem["location"].as_str().unwrap();
        match problem["type"].as_str().unwrap() {
            tower_privacy::problem::REDIRECT => self.is_sent(event, location),
            tower_privacy::problem::REFUSED => {
                self.was_asked(event, &location.parse().unwrap());
            }
            other => panic!("{other}"),
        }
    }

    /// Promises 1 and 4, where a user is sent away without asking for it.
    fn is_sent(&mut self, event: &Event, location: &str) {
        let location: Url = location.parse().unwrap();
        let permission = Permission::of(&location);
        let least = permission.life() - self.difference();
        let (time, setting) = (self.time, self.setting.clone());
        let tab = &mut self.tabs[event.user][event.tab];
        let mut trips = tab.trips.iter().rev();
        if let Some((_, before)) = trips.find(|(known, _)| *known == permission) {
            assert!(
                time - before > least,
                "sent away for {permission:?} again after {} seconds: {setting:?} {tab:?}",
                time - before
            );
        }
        tab.trips.push((permission, time));
        let back = return_url_of(&location);
        assert!(
            back.starts_with(&format!("{APP}/")) || back.starts_with("https://spa.example/list")
        );
        assert_eq!(back.matches(MARKER).count(), 1, "{back}");
        let is_kept = ["/oauth/", "xxxx"]
            .iter()
            .all(|page| !tab.url.contains(page));
        if is_kept && (setting.spa_says_its_page || tab.url.starts_with(APP)) {
            let page = tab.url.split('#').next().unwrap();
            assert_eq!(unmarked(&back), unmarked(page), "{back}");
        }
        tab.shows = Shows::Ask(location);
    }

    fn is_refused(&mut self, event: &Event, body: &str) {
        assert!(body.contains("This step is still needed"), "{body}");
        let location: Url = between(body, "href=\"").unwrap().parse().unwrap();
        self.was_asked(event, &location);
        self.tabs[event.user][event.tab].shows = Shows::StillNeeded(location, self.time);
    }

    /// Promise 2.
    fn was_asked(&self, event: &Event, location: &Url) {
        let permission = Permission::of(location);
        if self.setting.habits.iter().any(|habit| habit.cuts()) {
            // What was cut off may have been it.
            return;
        }
        let tab = &self.tabs[event.user][event.tab];
        assert!(
            tab.trips.iter().any(|(known, _)| *known == permission),
            "{permission:?} {tab:?}"
        );
        let (_, last) = tab.trips.last().unwrap();
        let most = permission.life() + self.difference();
        assert!(self.time - last <= most, "{permission:?} {tab:?}");
    }

    fn choose(&mut self, event: &Event, page: &Url, choice: Choice) {
        let sandbox = &self.upstreams.0[event.user];
        sandbox.script([choice]);
        let request = Request::get(page.as_str()).body(Body::empty()).unwrap();
        let Ok(response) = now(sandbox.router().oneshot(request));
        if response.status() == 400 {
            // Their session has ended meanwhile, and without one there is no second factor.
            assert_eq!(Permission::of(page), Permission::SecondFactor);
            self.tabs[event.user][event.tab].shows = Shows::Nothing;
            return;
        }
        assert_eq!(response.status(), 303, "{page}");
        let back = response.headers()["location"].to_str().unwrap();
        let back = self.setting.habits[Permission::of(page).upstream()].change(back);
        self.load(event, &back);
    }

    /// Sends a request to a replica. Returns its status, and its body or where it leads.
    fn send(
        &self,
        user: usize,
        replica: usize,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (u16, String) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.header("x-user", user).body(Body::empty()).unwrap();
        let Ok(response) = now(self.replicas[replica].clone().oneshot(request));
        let status = response.status().as_u16();
        if let Some(location) = response.headers().get("location") {
            return (status, location.to_str().unwrap().to_owned());
        }
        let body = now(response.into_body().collect()).unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// Promise 3, from where each user is and from each page anew.
    fn all_get_through(&mut self) {
        for user in 0..2 {
            for tab in 0..2 {
                self.gets_through(user, tab);
            }
            for page in 0..PAGES.len() {
                self.take(&Event {
                    user,
                    tab: 0,
                    replica: 0,
                    step: Step::Open(page),
                });
                self.gets_through(user, 0);
            }
        }
    }

    fn gets_through(&mut self, user: usize, tab: usize) {
        let mut replicas = (0..3).cycle();
        for _ in 0..=2 * Permission::ALL.len() {
            let step = match self.tabs[user][tab].shows {
                Shows::Nothing | Shows::Page => return,
                Shows::Ask(_) => Step::Choose(Choice::Always),
                Shows::StillNeeded(..) => Step::TryAgain,
            };
            let replica = replicas.next().unwrap();
            self.take(&Event {
                user,
                tab,
                replica,
                step,
            });
        }
        panic!(
            "user {user} does not get to the data: {:?}",
            self.tabs[user][tab]
        );
    }
}

/// The text after this, up to a quotation mark, in HTML.
fn between(body: &str, begin: &str) -> Option<String> {
    let (_, rest) = body.split_once(begin)?;
    Some(rest.split('"').next()?.replace("&amp;", "&"))
}

fn return_url_of(location: &Url) -> String {
    let mut pairs = location.query_pairs();
    let back = pairs.find(|(name, _)| name == "urlRetour" || name == "return_to");
    back.unwrap().1.into_owned()
}

/// The URL without its marker.
fn unmarked(url: &str) -> String {
    let Some((before, marker)) = url.split_once(MARKER) else {
        return url.to_owned();
    };
    let rest = marker.split_once('&').map_or("", |(_, rest)| rest);
    let url = format!("{before}{rest}");
    url.trim_end_matches(['&', '?']).to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_goes_round_in_circles_and_who_grants_gets_to_the_data(
        setting in setting(),
        events in prop::collection::vec(event(), 1..40),
    ) {
        let mut world = World::new(setting);
        for event in &events {
            world.take(event);
        }
        world.all_get_through();
    }
}
