//! Several upstreams in one app that ask for similar permissions. What one asked for does not count for
//! another, and takes no room from it. On both hosts, over real sockets.
#![cfg(all(
    feature = "actix",
    feature = "axum",
    feature = "bearer",
    feature = "github-sso",
    feature = "kratos",
    feature = "matrix-consent",
    feature = "reqwest",
    feature = "sandbox"
))]

mod support;

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::web;
use axum::{Router, extract::State};
use http::{HeaderMap, Response, StatusCode, Uri};
use reqwest::{Client, Method, Request};
use support::{
    DENIAL,
    host::{BASE, Browser, Host, KINDS, Kind, Reply},
    return_url,
    server::Server,
};
use tower::{Layer, ServiceExt};
use tower_privacy::{
    Denial, Privacy, PrivacyEndpoint, PrivacyError, PrivacyLayer, PrivacyReturnLayer,
    actix::PrivacyReturn,
    protocol::{
        Bearer, GitHubSso, Kratos, Look, MatrixConsent, Protocol, ReturnParameter, Verdict,
    },
    sandbox::TestClock,
};
use url::Url;

/// How an upstream denies a call: the status, a header field if there is one, and the body.
#[derive(Clone, Debug)]
struct Denied(u16, Option<(&'static str, String)>, String);

impl Denied {
    fn orange(family: &str, attribute: &str) -> Self {
        let denial = DENIAL.replace("family=contact", &format!("family={family}"));
        Self(500, None, denial.replace(",see", &format!(",{attribute}")))
    }

    fn bearer(status: u16, challenge: &str) -> Self {
        let challenge = format!("Bearer {challenge}");
        Self(status, Some(("www-authenticate", challenge)), String::new())
    }

    fn scopes(scopes: &[impl AsRef<str>]) -> Self {
        let scopes: Vec<_> = scopes.iter().map(AsRef::as_ref).collect();
        let scopes = scopes.join(" ");
        Self::bearer(
            403,
            &format!("error=\"insufficient_scope\", scope=\"{scopes}\""),
        )
    }

    fn kratos(id: &str) -> Self {
        let page = "https://id.example/self-service/login/browser?aal=aal2";
        let body = format!("{{\"error\":{{\"id\":\"{id}\"}},\"redirect_browser_to\":\"{page}\"}}");
        Self(403, None, body)
    }

    fn own(permission: &str) -> Self {
        Self(
            403,
            Some(("x-asks-for", permission.to_owned())),
            String::new(),
        )
    }
}

/// A protocol with this name, whose page does not name the permission.
#[derive(Debug)]
struct Own(&'static str);

impl Protocol for Own {
    fn name(&self) -> &str {
        self.0
    }

    fn look(&self, _: StatusCode, headers: &HeaderMap) -> Look {
        if headers.contains_key("x-asks-for") {
            Look::Head
        } else {
            Look::Pass
        }
    }

    fn read(&self, _: StatusCode, headers: &HeaderMap, _: &[u8]) -> Verdict {
        let denial = Denial::new(self.0, "https://own.example/ask".parse().unwrap());
        let permission = headers["x-asks-for"].to_str().unwrap();
        Verdict::Denied(denial.with_permissions([permission]))
    }

    fn endpoints(&self) -> Vec<PrivacyEndpoint> {
        vec![PrivacyEndpoint::new("https://own.example/ask").unwrap()]
    }

    fn return_parameter(&self, _: &Denial) -> ReturnParameter {
        ReturnParameter::Replace("return_to".into())
    }
}

fn orange() -> PrivacyLayer {
    PrivacyLayer::new()
}

/// The app's resource servers share one sign-in route.
fn bearer() -> PrivacyLayer {
    let none: [&str; 0] = [];
    let bearer = Bearer::new("https://app.example/sign-in", none).unwrap();
    PrivacyLayer::new().protocol(bearer.any_scope())
}

fn kratos() -> PrivacyLayer {
    let kratos = Kratos::new("https://id.example").unwrap();
    PrivacyLayer::new().protocol(kratos.sign_in())
}

fn own(name: &'static str) -> PrivacyLayer {
    PrivacyLayer::new().protocol(Own(name))
}

/// An app that calls its upstreams one after the other, on every page.
#[derive(Clone)]
struct App(Arc<[(Privacy<Client>, Url)]>);

impl App {
    async fn answer(&self) -> Result<&'static str, PrivacyError> {
        for (client, url) in &*self.0 {
            let call = Request::new(Method::GET, url.clone());
            client.clone().oneshot(call).await?.error_for_status()?;
        }
        Ok("all is there")
    }

    async fn serve(self, kind: Kind) -> Host {
        let home = || return_url(BASE);
        match kind {
            Kind::Axum => {
                let handler = async |State(app): State<Self>| app.answer().await;
                let app = Router::new().fallback(handler).with_state(self);
                Host::Axum(Server::start(app.layer(PrivacyReturnLayer::new(home()))).await)
            }
            Kind::Actix => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
                Host::serve_actix(listener, move || {
                    let handler = async |app: web::Data<Self>| app.answer().await;
                    actix_web::App::new()
                        .app_data(web::Data::new(self.clone()))
                        .default_service(web::to(handler))
                        .wrap(PrivacyReturn::new(home()))
                })
            }
        }
    }
}

/// An app, its upstreams, and a browser.
struct World {
    /// How each upstream denies calls, if it does.
    denied: Arc<Mutex<Vec<Option<Denied>>>>,
    browser: Browser,
    _upstreams: Server,
}

impl World {
    async fn new(kind: Kind, layers: impl IntoIterator<Item = PrivacyLayer>) -> Self {
        let denied = Arc::<Mutex<Vec<Option<Denied>>>>::default();
        let answers = Arc::clone(&denied);
        let answer = async move |uri: Uri| {
            let at: usize = uri.path()[1..].parse().unwrap();
            let denied = answers.lock().unwrap()[at].clone();
            let Denied(status, field, body) = denied.unwrap_or(Denied(200, None, String::new()));
            let mut response = Response::builder().status(status);
            if let Some((name, value)) = field {
                response = response.header(name, value);
            }
            response.body(body).unwrap()
        };
        let upstreams = Server::start(Router::new().fallback(answer)).await;
        let services = layers.into_iter().enumerate().map(|(at, layer)| {
            let url = upstreams.url(&format!("/{at}")).parse().unwrap();
            (layer.layer(Client::new()), url)
        });
        let app = App(services.collect());
        *denied.lock().unwrap() = vec![None; app.0.len()];
        let host = app.serve(kind).await;
        Self {
            denied,
            browser: Browser::new([host]),
            _upstreams: upstreams,
        }
    }

    /// Makes this upstream deny calls, and all others answer them.
    fn denies(&self, at: usize, how: &Denied) {
        for (other, denied) in self.denied.lock().unwrap().iter_mut().enumerate() {
            *denied = (other == at).then(|| how.clone());
        }
    }

    /// Opens a page, is sent away or told to go, and comes back.
    async fn trip(&self, url: &str) -> String {
        let reply = self.browser.open(url).await;
        if reply.status == StatusCode::SEE_OTHER {
            return reply
                .location()
                .query_pairs()
                .last()
                .unwrap()
                .1
                .into_owned();
        }
        assert!(
            reply.body.contains("<h1>One more step is needed</h1>"),
            "{url}: {reply:?}"
        );
        reply.both_ways().1
    }

    async fn is_refused(&self, url: &str) {
        let reply: Reply = self.browser.open(url).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{url}: {reply:?}");
        assert!(
            reply.body.contains("<h1>This step is still needed</h1>"),
            "{url}: {reply:?}"
        );
    }
}

/// The entries of the marker of a return URL, decoded.
fn entries(url: &str) -> Vec<String> {
    let url = Url::parse(url).unwrap();
    let (_, marker) = url
        .query_pairs()
        .find(|(name, _)| name == "fromOrangePrivacy")
        .unwrap();
    marker.split('~').skip(1).map(str::to_owned).collect()
}

const PAGE: &str = "https://app.example/carnet/report?year=2026";

#[tokio::test]
async fn two_resource_servers_that_ask_for_the_same_need_different_names() {
    let read = Denied::scopes(&["read"]);
    for kind in KINDS {
        let world = World::new(kind, [bearer().named("files"), bearer().named("mail")]).await;
        *world.denied.lock().unwrap() = vec![Some(read.clone()); 2];
        let back = world.trip(PAGE).await;
        world.is_refused(&back).await;
        // The user allows the files, and then the mail.
        world.denies(1, &read);
        let back = world.trip(&back).await;
        assert_eq!(
            entries(&back),
            ["bearer!files!scope.read", "bearer!mail!scope.read"]
        );
        world.is_refused(&back).await;
        world.denied.lock().unwrap()[1] = None;
        world.browser.open(&back).await.shows("all is there");
        // The user withdraws the files.
        world.denies(0, &read);
        world.is_refused(&back).await;

        // Without names, they count as one upstream.
        let world = World::new(kind, [bearer(), bearer()]).await;
        world.denies(0, &read);
        let back = world.trip(PAGE).await;
        world.denies(1, &read);
        world.is_refused(&back).await;
    }
}

#[tokio::test]
async fn layers_of_another_protocol_or_name_each_ask_for_the_same_permission() {
    let (orange_s, bearer_s, own_s) = (
        Denied::orange("scope", "read"),
        Denied::scopes(&["read"]),
        Denied::own("scope.read"),
    );
    let upstreams = || {
        [
            (orange(), &orange_s, "scope.read"),
            (orange().named("home"), &orange_s, "orange!home!scope.read"),
            (
                orange().named("bearer"),
                &orange_s,
                "orange!bearer!scope.read",
            ),
            (bearer(), &bearer_s, "bearer!scope.read"),
            (bearer().named("home"), &bearer_s, "bearer!home!scope.read"),
            (
                bearer().named("scope.read"),
                &bearer_s,
                "bearer!scope.read!scope.read",
            ),
            (own("home"), &own_s, "home!scope.read"),
            (own("own").named("home"), &own_s, "own!home!scope.read"),
            (own("own!home"), &own_s, "own%21home!scope.read"),
        ]
    };
    for kind in KINDS {
        let world = World::new(kind, upstreams().map(|(layer, ..)| layer)).await;
        let all = upstreams();
        for (first, (_, first_denies, first_entry)) in all.iter().enumerate() {
            world.denies(first, first_denies);
            let asked = world.trip(PAGE).await;
            assert_eq!(entries(&asked), [*first_entry]);
            for (second, (_, second_denies, second_entry)) in all.iter().enumerate() {
                world.denies(second, second_denies);
                if first == second {
                    world.is_refused(&asked).await;
                    continue;
                }
                let both = world.trip(&asked).await;
                assert_eq!(entries(&both), [*first_entry, *second_entry]);
                world.is_refused(&both).await;
                world.denies(first, first_denies);
                world.is_refused(&both).await;
            }
        }
    }
}

#[tokio::test]
async fn long_names_that_differ_at_their_end_are_each_asked_for() {
    let auth = "https://www.googleapis.com/auth/calendar";
    let long = format!("{auth}.{}", "x".repeat(80));
    let long_name = |end| format!("{long}.{end}");
    for kind in KINDS {
        let named = [long_name("a"), long_name("b")].map(|name| bearer().named(&name));
        let world = World::new(kind, named).await;
        for (one, other) in [
            (format!("{auth}.readonly"), format!("{auth}.events")),
            (format!("{auth}.readonly"), auth.to_owned()),
            (auth.to_owned(), format!("{auth}.readonly")),
            (long_name("a"), long_name("b")),
            (long_name("a"), long.clone()),
            (long.clone(), long_name("a")),
        ] {
            let (one, other) = (Denied::scopes(&[one]), Denied::scopes(&[other]));
            world.denies(0, &one);
            let back = world.trip(PAGE).await;
            world.denies(0, &other);
            let back = world.trip(&back).await;
            assert_eq!(entries(&back).len(), 2, "{back}");
            for denied in [&one, &other] {
                world.denies(0, denied);
                world.is_refused(&back).await;
                world.denies(1, denied);
                world.trip(&back).await;
            }
        }
    }
}

#[tokio::test]
async fn a_challenge_of_sixteen_scopes_leaves_room_for_other_upstreams() {
    let long = |kind: &str, n: usize| format!("https://{kind}.example/{}/{n}", "x".repeat(80));
    let challenge = |length: usize| {
        let scopes: Vec<_> = (0..length).map(|n| long("scope", n)).collect();
        Denied::scopes(&scopes)
    };
    for kind in KINDS {
        let layers = (0..6).map(|n| bearer().named(&long("upstream", n)));
        let world = World::new(kind, layers.chain([orange()])).await;
        // This is too long for proxies, so users return to the landing page.
        let mut back = BASE.to_owned();
        for at in 0..6 {
            world.denies(at, &challenge(16));
            back = world.trip(&back).await;
        }
        let contact = Denied::orange("contact", "see");
        world.denies(6, &contact);
        back = world.trip(&back).await;
        let entries = entries(&back);
        assert_eq!(entries.len(), 6 * 16 + 1);
        assert_eq!(entries.last().unwrap(), "contact.see");
        world.is_refused(&back).await;
        for at in 0..6 {
            // There is no room for another entry.
            for length in [1, 16, 17] {
                world.denies(at, &challenge(length));
                world.is_refused(&back).await;
            }
        }
    }
}

/// An upstream, how it denies calls, the entry of the permission, and whether that may be needed again soon.
type Case = (PrivacyLayer, Denied, &'static str, bool);

fn cases() -> [Case; 11] {
    let no_session = Denied(401, None, "{\"error\":{\"code\":401}}".to_owned());
    let step_up = "error=\"insufficient_user_authentication\"";
    let github =
        "required; url=https://github.com/orgs/octodocs-test/sso?authorization_request=AZSC";
    let github_sso = Denied(
        403,
        Some(("x-github-sso", github.to_owned())),
        String::new(),
    );
    let consent = "{\"errcode\":\"M_CONSENT_NOT_GIVEN\",\
        \"consent_uri\":\"https://matrix.example/_matrix/consent?u=ada\"}";
    let homeserver = MatrixConsent::new("https://matrix.example").unwrap();
    [
        (kratos(), no_session, "kratos!session", true),
        (
            kratos(),
            Denied::kratos("session_refresh_required"),
            "kratos!refresh",
            true,
        ),
        (
            kratos(),
            Denied::kratos("session_aal2_required"),
            "kratos!aal.aal2",
            true,
        ),
        (
            bearer(),
            Denied::bearer(401, &format!("{step_up}, acr_values=\"gold\"")),
            "bearer!acr.gold",
            true,
        ),
        (
            bearer(),
            Denied::bearer(401, &format!("{step_up}, max_age=\"60\"")),
            "bearer!max_age.60",
            true,
        ),
        (
            bearer(),
            Denied::bearer(
                401,
                "error=\"insufficient_claims\", claims=\"eyJhIjoxfQ==\"",
            ),
            "bearer!claims",
            true,
        ),
        (
            bearer(),
            Denied::scopes(&["read"]),
            "bearer!scope.read",
            false,
        ),
        (
            orange(),
            Denied::orange("contact", "see"),
            "contact.see",
            false,
        ),
        (
            PrivacyLayer::new().protocol(GitHubSso::new()),
            github_sso,
            "github_sso!sso.octodocs%2Dtest",
            false,
        ),
        (
            PrivacyLayer::new().protocol(homeserver),
            Denied(403, None, consent.to_owned()),
            "matrix_consent!terms.matrix.example",
            false,
        ),
        (own("own"), Denied::own("session"), "own!session", false),
    ]
}

#[tokio::test]
async fn sessions_and_sign_ins_count_for_ten_minutes_and_all_else_for_a_day() {
    let (ten_minutes, second) = (Duration::from_secs(600), Duration::from_secs(1));
    let rest_of_a_day = Duration::from_secs(24 * 60 * 60 - 601);
    for kind in KINDS {
        let clock = TestClock::new();
        let layers = cases().map(|(layer, ..)| layer.clock(clock.clone()));
        let world = World::new(kind, layers).await;
        for (at, (_, denied, entry, recurs)) in cases().into_iter().enumerate() {
            world.denies(at, &denied);
            let back = world.trip(PAGE).await;
            assert_eq!(entries(&back), [entry]);
            clock.advance(ten_minutes);
            world.is_refused(&back).await;
            clock.advance(second);
            if !recurs {
                world.is_refused(&back).await;
                clock.advance(rest_of_a_day);
                world.is_refused(&back).await;
                clock.advance(second);
            }
            let again = world.trip(&back).await;
            assert_eq!(entries(&again), [entry]);
        }
    }
}
