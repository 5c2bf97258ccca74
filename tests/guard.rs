//! The protection against redirect loops, step by step over real sockets: the app on both hosts, the sandbox,
//! and a browser.
#![cfg(all(
    feature = "actix",
    feature = "axum",
    feature = "reqwest",
    feature = "sandbox"
))]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use support::{
    host::{App, BASE, Browser, Host, Kind},
    server::Server,
};
use tower_privacy::{
    Family, PrivacyEndpoint, PrivacyLayer, problem,
    sandbox::{Choice, RunningSandbox, Sandbox, TestClock},
};
use url::Url;

/// Runs each case on both hosts.
macro_rules! on_both_hosts {
    ($($(#[$attribute:meta])* async fn $name:ident($kind:ident: Kind) $body:block)*) => {
        $($(#[$attribute])* async fn $name($kind: Kind) $body)*
        mod on_axum { $(#[tokio::test] async fn $name() { super::$name(super::Kind::Axum).await })* }
        mod on_actix { $(#[tokio::test] async fn $name() { super::$name(super::Kind::Actix).await })* }
    };
}

const CONTACTS: &str = "https://app.example/carnet/contacts?page=2&sort=a%26b";

struct World {
    sandbox: RunningSandbox,
    browser: Browser,
}

impl World {
    async fn new(kind: Kind) -> Self {
        Self::with_replicas(kind, 1).await
    }

    async fn with_replicas(kind: Kind, count: usize) -> Self {
        let sandbox = Sandbox::new()
            .bind(([127, 0, 0, 1], 0).into())
            .await
            .unwrap();
        let mut replicas = Vec::new();
        for _ in 0..count {
            replicas.push(Host::start(kind, App::of(&sandbox)).await);
        }
        Self {
            sandbox,
            browser: Browser::new(replicas),
        }
    }

    /// Opens a page, is sent away, chooses, and is sent back there.
    async fn trip(&self, url: &str, choice: Choice) -> String {
        let page = self.browser.open(url).await.location();
        assert!(page.as_str().starts_with(self.sandbox.base_url().as_str()));
        self.browser.choose(page, choice).await
    }
}

/// The marker of a return URL, decoded.
fn marker(url: &str) -> String {
    let url = Url::parse(url).unwrap();
    let mut pairs = url.query_pairs();
    let (_, marker) = pairs.find(|(name, _)| name == "fromOrangePrivacy").unwrap();
    marker.into_owned()
}

/// The page with another marker, in all places where it may be.
fn with_marker(marker: &str) -> [String; 3] {
    [
        format!("{BASE}/contacts?{marker}"),
        format!("{BASE}/contacts?page=2&{marker}&sort=a"),
        format!("{BASE}/contacts?{marker}&&x"),
    ]
}

on_both_hosts! {
    async fn a_user_who_refuses_is_told_so_and_not_sent_away_again(kind: Kind) {
        let world = World::new(kind).await;
        let back = world.trip(CONTACTS, Choice::Refuse).await;
        assert!(back.starts_with(&format!("{CONTACTS}&fromOrangePrivacy=")), "{back}");
        let reply = world.browser.open(&back).await;
        reply.ask_again();
        assert!(!reply.headers.contains_key("location"), "{reply:?}");
        // However often they reload.
        world.browser.open(&back).await.ask_again();
    }

    async fn a_user_who_refuses_can_be_asked_again_and_allow(kind: Kind) {
        let world = World::new(kind).await;
        let back = world.trip(CONTACTS, Choice::Refuse).await;
        let page = world.browser.open(&back).await.ask_again();
        let back = world.browser.choose(page, Choice::Refuse).await;
        let page = world.browser.open(&back).await.ask_again();
        let back = world.browser.choose(page, Choice::Always).await;
        assert!(back.starts_with(&format!("{CONTACTS}&fromOrangePrivacy=")), "{back}");
        assert_eq!(back.matches("fromOrangePrivacy").count(), 1, "{back}");
        world.browser.open(&back).await.shows("Ada Lovelace");
    }

    async fn a_user_who_opens_the_page_again_after_refusing_is_asked_again(kind: Kind) {
        let world = World::new(kind).await;
        world.trip(CONTACTS, Choice::Refuse).await;
        let back = world.trip(CONTACTS, Choice::Always).await;
        world.browser.open(&back).await.shows("Ada Lovelace");
    }

    async fn a_page_that_needs_two_permissions_takes_two_trips(kind: Kind) {
        let world = World::new(kind).await;
        let first = world.trip("/both?x=1", Choice::Always).await;
        let second = world.trip(&first, Choice::Always).await;
        let reply = world.browser.open(&second).await;
        reply.shows("Ada Lovelace");
        reply.shows("<photos>");
        assert!(marker(&second).ends_with("~contact.see~photos.see"), "{second}");
    }

    async fn two_permissions_cause_no_loop_if_the_first_is_allowed_once(kind: Kind) {
        let world = World::new(kind).await;
        let first = world.trip("/both", Choice::Once).await;
        let second = world.trip(&first, Choice::Once).await;
        // The page used up the first permission, and then asked for the second.
        let page = world.browser.open(&second).await.ask_again();
        assert!(page.query().unwrap().contains("family=contact"), "{page}");
        // Asked again, they can get through: the second permission is not used up yet.
        let back = world.browser.choose(page, Choice::Once).await;
        world.browser.open(&back).await.shows("Ada Lovelace");
    }

    async fn an_expired_marker_is_ignored(kind: Kind) {
        let world = World::new(kind).await;
        let back = world.trip(CONTACTS, Choice::Refuse).await;
        let marker = marker(&back);
        let (time, asked) = marker.split_once('.').unwrap();
        let time: u64 = time.parse().unwrap();
        let at = |time: u64| back.replace(&marker, &format!("{time}.{asked}"));

        let day = 24 * 60 * 60;
        world.browser.open(&at(time - day + 10)).await.ask_again();
        // A time in the future counts, since clocks differ.
        world.browser.open(&at(time + 10 * day)).await.ask_again();
        let again = world.trip(&at(time - day - 10), Choice::Refuse).await;
        assert_eq!(again.matches("fromOrangePrivacy").count(), 1, "{again}");
        world.browser.open(&again).await.ask_again();
    }

    async fn a_changed_marker_counts_as_far_as_it_can_be_read(kind: Kind) {
        let world = World::new(kind).await;
        let good = marker(&world.trip(CONTACTS, Choice::Refuse).await);
        for touched in [
            format!("{good}~"),
            format!("{good}?ok=1"),
            format!("{good}%20%FF"),
            format!("{good}#part"),
            format!("{good}~pho"),
            format!("{good}{}", "~x.y".repeat(100)),
            format!("{good}~{}", "x".repeat(2_000)),
        ] {
            let url = format!("{BASE}/contacts?fromOrangePrivacy={touched}");
            world.browser.open(&url).await.ask_again();
        }
    }

    /// With anything in place of the marker, the page opens, the user is sent away, and is not sent away
    /// again when they come back.
    async fn an_invalid_marker_breaks_nothing_and_causes_no_loop(kind: Kind) {
        let world = World::new(kind).await;
        let back = world.trip(CONTACTS, Choice::Refuse).await;
        let good = marker(&back);
        let name = "fromOrangePrivacy";
        for bad in [
            name.to_owned(),
            format!("{name}="),
            format!("{name}=true"),
            format!("{name}=%FF%FE%00"),
            format!("{name}=%"),
            format!("{name}=%zz~contact.see"),
            format!("{name}={}", &good[..good.len() - 12]),
            format!("{name}={}", good.replace('.', "")),
            format!("{name}={}", "9".repeat(400)),
            format!("{name}={}", "A".repeat(20_000)),
            format!("{name}=true&{name}=false&{name}"),
            "from%4frangePrivacy=true".to_owned(),
        ] {
            for url in with_marker(&bad) {
                let back = world.trip(&url, Choice::Refuse).await;
                assert_eq!(back.matches("rangePrivacy").count(), 1, "{back}");
                world.browser.open(&back).await.ask_again();
            }
        }

        world.sandbox.sandbox().decide(&Family::Contact, "see", Choice::Always);
        for url in with_marker(&format!("{name}=%FF")) {
            world.browser.open(&url).await.shows("Ada Lovelace");
        }
    }

    /// All that a forged marker can do is to show users the page that offers to ask them again.
    async fn a_forged_or_repeated_marker_causes_no_loop(kind: Kind) {
        let world = World::new(kind).await;
        let back = world.trip(CONTACTS, Choice::Refuse).await;
        let good = format!("fromOrangePrivacy={}", marker(&back));
        for url in [
            with_marker(&good),
            with_marker(&format!("{good}&{good}")),
            with_marker(&format!("fromOrangePrivacy=true&{good}&fromOrangePrivacy=%FF")),
            with_marker(&good.replace('~', "%7e").replace("see", "%73ee")),
        ]
        .concat()
        {
            let page = world.browser.open(&url).await.ask_again();
            let back = world.browser.choose(page, Choice::Refuse).await;
            assert_eq!(back.matches("fromOrangePrivacy").count(), 1, "{back}");
        }
        let others = (0..16).map(|n| format!("x.{n}")).collect::<Vec<_>>();
        let others = others.join("~");
        let full = good.replace("11~contact.see", &format!("{}~{others}", others.len()));
        assert_ne!(full, good);
        for url in with_marker(&full) {
            let page = world.browser.open(&url).await.ask_again();
            let back = world.browser.choose(page, Choice::Always).await;
            world.browser.open(&back).await.shows("Ada Lovelace");
            world.sandbox.sandbox().decide(&Family::Contact, "see", Choice::Refuse);
        }
    }

    async fn an_upstream_that_invents_permissions_runs_out_of_trips(kind: Kind) {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let upstream = Server::answering(move || {
            let n = counted.fetch_add(1, Ordering::Relaxed);
            support::xml(support::DENIAL.replace(",see", &format!(",see{n}")))
        })
        .await;
        let upstream: Url = upstream_url(&upstream);
        let app = App::new(
            PrivacyLayer::new().trust_only([PrivacyEndpoint::production()]),
            upstream.clone(),
            upstream,
        );
        let browser = Browser::new([Host::start(kind, app).await]);

        let mut url = CONTACTS.to_owned();
        let mut trips = 0;
        loop {
            let reply = browser.open(&url).await;
            if reply.status == 403 {
                let _ = reply.ask_again();
                break;
            }
            let location = reply.location();
            url = location.query_pairs().find(|(name, _)| name == "urlRetour").unwrap().1.into();
            trips += 1;
            assert!(trips <= 16, "{url}");
        }
        assert_eq!(calls.load(Ordering::Relaxed), trips + 1);
    }

    async fn a_page_whose_fetch_is_denied_again_after_the_return_gets_refused(kind: Kind) {
        let world = World::new(kind).await;
        let page = format!("{BASE}/app?tab=3");
        let (kind, location) = world.browser.fetch("/contacts?as=json", &page).await.problem();
        assert_eq!(kind, problem::REDIRECT);
        let back = world.browser.choose(location, Choice::Refuse).await;
        assert!(back.starts_with(&format!("{page}&fromOrangePrivacy=")), "{back}");

        world.browser.open(&back).await.shows("GET /app?tab=3");
        let (kind, location) = world.browser.fetch("/contacts?as=json", &back).await.problem();
        assert_eq!(kind, problem::REFUSED);
        let back = world.browser.choose(location, Choice::Always).await;
        world.browser.fetch("/contacts?as=json", &back).await.shows("Ada Lovelace");
    }

    async fn a_marker_counts_as_long_for_a_script_as_for_its_page(kind: Kind) {
        let world = World::new(kind).await;
        let back = world.trip(CONTACTS, Choice::Refuse).await;
        let marker = marker(&back);
        let (problem, _) = world.browser.fetch("/contacts", &back).await.problem();
        assert_eq!(problem, problem::REFUSED);
        // An expired marker counts for neither.
        let page = back.replace(&marker, "1000000000~contact.see");
        let (problem, _) = world.browser.fetch("/contacts", &page).await.problem();
        assert_eq!(problem, problem::REDIRECT);
        world.browser.open(&page).await.location();
    }

    async fn a_form_that_is_denied_leads_back_to_the_page_of_the_form(kind: Kind) {
        let world = World::new(kind).await;
        let form = format!("{BASE}/form?draft=7");
        let page = world.browser.post("/contacts", &form).await.refresh();
        let back = world.browser.choose(page, Choice::Refuse).await;
        assert!(back.starts_with(&format!("{form}&fromOrangePrivacy=")), "{back}");
        world.browser.open(&back).await.shows("GET /form?draft=7");

        let page = world.browser.post("/contacts", &back).await.ask_again();
        let back = world.browser.choose(page, Choice::Always).await;
        assert!(back.starts_with(&format!("{form}&fromOrangePrivacy=")), "{back}");
        world.browser.post("/contacts", &back).await.shows("Ada Lovelace");
    }

    async fn two_tabs_are_independent(kind: Kind) {
        let world = World::new(kind).await;
        let open = |path| world.browser.open(path);
        let (contacts, photos, same) =
            (open("/contacts").await, open("/photos-and?x").await, open("/contacts").await);
        photos.shows("/photos-and?x");
        let back = world.browser.choose(contacts.location(), Choice::Refuse).await;
        world.browser.open(&back).await.ask_again();
        // The other tab was sent away before, and comes back to its own page.
        let back = world.browser.choose(same.location(), Choice::Always).await;
        world.browser.open(&back).await.shows("Ada Lovelace");
        // When the first tab is reloaded, it has the second tab's permission.
        world.browser.open(&back).await.shows("Ada Lovelace");
    }

    async fn each_step_may_be_on_another_replica(kind: Kind) {
        let world = World::with_replicas(kind, 2).await;
        let first = world.trip("/both", Choice::Always).await;
        let second = world.trip(&first, Choice::Refuse).await;
        let page = world.browser.open(&second).await.ask_again();
        let back = world.browser.choose(page, Choice::Always).await;
        world.browser.open(&back).await.shows("<photos>");
        world.browser.open(&back).await.shows("<photos>");
    }

    async fn calls_that_are_denied_at_the_same_time_take_a_trip_each(kind: Kind) {
        let world = World::new(kind).await;
        let first = world.trip("/join", Choice::Always).await;
        let second = world.trip(&first, Choice::Always).await;
        world.browser.open(&second).await.shows("<photos>");

        world.sandbox.sandbox().reset();
        let first = world.trip("/join", Choice::Refuse).await;
        world.browser.open(&first).await.ask_again();
    }

    /// Users may stay on the privacy page for eleven hours, or half a night.
    async fn replicas_whose_clocks_differ_by_an_hour_send_nobody_away_twice(kind: Kind) {
        let sandbox = support::sandbox::sandbox().await;
        let hour = Duration::from_secs(3600);
        let clocks = [TestClock::new(), TestClock::new()];
        clocks[1].advance(hour);
        let mut replicas = Vec::new();
        for clock in &clocks {
            let layer = PrivacyLayer::new().clock(clock.clone());
            replicas.push(Host::start(kind, App::through(layer, &sandbox)).await);
        }
        let world = World { sandbox, browser: Browser::new(replicas) };
        // Each replica is once the first, and once the later one.
        for _ in 0..2 {
            let back = world.trip(CONTACTS, Choice::Refuse).await;
            for clock in &clocks {
                clock.advance(11 * hour);
            }
            for _ in 0..3 {
                world.browser.open(&back).await.ask_again();
            }
            assert_eq!(world.browser.fetch("/contacts", &back).await.problem().0, problem::REFUSED);
        }
        assert_eq!(world.sandbox.sandbox().visits().len(), 2);
    }

    async fn a_spawned_task_can_use_the_context(kind: Kind) {
        let world = World::new(kind).await;
        let back = world.trip("/spawned", Choice::Refuse).await;
        assert!(back.starts_with(&format!("{BASE}/spawned?fromOrangePrivacy=")), "{back}");
        world.browser.open(&back).await.ask_again();
    }

    async fn handlers_do_not_see_the_marker(kind: Kind) {
        let world = World::new(kind).await;
        for (sent, seen) in [
            ("/x?fromOrangePrivacy=1", "GET /x"),
            ("/x?a=%2C&fromOrangePrivacy=1&b", "GET /x?a=%2C&b"),
            ("/x?a&fromOrangePrivacy&fromOrangePrivac%79=2", "GET /x?a"),
            ("/x?FromOrangePrivacy=1&afromOrangePrivacy", "GET /x?FromOrangePrivacy=1&afromOrangePrivacy"),
            ("//evil.test/x?fromOrangePrivacy=1", "GET //evil.test/x"),
            ("/x?", "GET /x?"),
        ] {
            let reply = world.browser.open(sent).await;
            assert_eq!(reply.body, seen, "{sent}");
        }
    }
}

fn upstream_url(server: &Server) -> Url {
    server.url("/api").parse().unwrap()
}
