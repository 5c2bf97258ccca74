//! What users see of a denial in pages that use JavaScript libraries, with the real libraries in a real
//! browser.
//!
//! Each scenario is a page, and what its user clicks. Without a browser or the libraries, the tests are
//! skipped and say so, unless `TOWER_PRIVACY_BROWSER` is `required`. `.ci/libraries` installs the libraries.
//! The tests save screenshots in `target/tmp`.
#![cfg(all(
    feature = "actix",
    feature = "axum",
    feature = "matrix-consent",
    feature = "reqwest",
    feature = "sandbox"
))]

#[path = "libraries/site.rs"]
mod site;
mod support;

use std::{cell::RefCell, ops::Deref, path::PathBuf};

use fantoccini::{
    Client, Locator,
    actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction},
    elements::Element,
};
use site::{Asked, Site, Upstream, libraries};
use support::{
    chromium::{Chromium, Page, skip, unless_it_panics},
    host::Kind,
};
use tower_privacy::{
    Family,
    sandbox::Choice::{self, Always, Refuse},
};
use url::form_urlencoded;

macro_rules! on_both_hosts {
    ($(async fn $name:ident($browser:ident: &Browser) $body:block)*) => {
        $(async fn $name($browser: &Browser) $body)*
        mod axum { $(#[tokio::test] async fn $name() { super::run(super::Kind::Axum, stringify!($name), async |browser| super::$name(browser).await).await })* }
        mod actix { $(#[tokio::test] async fn $name() { super::run(super::Kind::Actix, stringify!($name), async |browser| super::$name(browser).await).await })* }
    };
}

const ASKED_FIRST: &str = "One more step is needed";
const AGAIN: &str = "This step is still needed";
const GO_THERE: Locator<'static> = Locator::LinkText("Open that page");
const ASK_AGAIN: Locator<'static> = Locator::LinkText("Try again");
const GO_ON: Locator<'static> = Locator::LinkText("Continue");
const CONTACT: &str = "Ada Lovelace";

on_both_hosts! {
    async fn no_button_of_turbo_is_dead(browser: &Browser) {
        for (page, way, back) in [
            ("/turbo", "#link", "/contacts"),
            ("/turbo", "#send", "/turbo"),
            ("/turbo", "#frame", "/turbo"),
            ("/turbo-tracked", "#link", "/contacts"),
            ("/turbo-tracked", "#send", "/turbo-tracked"),
        ] {
            browser.walk(page, way, back, Kept::Page).await;
        }
        for (way, back) in [("#link", "/contacts"), ("#frame", "/turbo")] {
            browser.scenario(&format!("/turbo {way}: prefetch"), async |window| {
                window.open("/turbo").await;
                window.hovers(way).await;
                window.was_asked("ahead of a click", Asked::is_prefetch).await;
                window.click(way).await;
                window.press(GO_THERE).await;
                window.is_asked_for_consent().await;
                window.choose(Always).await;
                window.is_at(back).await;
                if back == "/turbo" {
                    window.click(way).await;
                }
                window.shows(CONTACT).await;
            }).await;
        }
    }

    async fn no_button_of_unpoly_or_swup_is_dead(browser: &Browser) {
        for (way, back) in [("#link", "/contacts"), ("#modal", "/contacts"), ("#send", "/unpoly")] {
            browser.walk("/unpoly", way, back, Kept::Heading).await;
        }
        browser.walk("/swup", "#link", "/contacts", Kept::Nothing).await;
    }

    async fn no_button_of_htmx_is_dead(browser: &Browser) {
        for library in ["htmx1", "htmx2", "htmx4"] {
            htmx(browser, library).await;
        }
    }

    async fn no_button_of_inertia_is_dead(browser: &Browser) {
        for library in ["inertia2", "inertia3"] {
            inertia(browser, library).await;
        }
    }

    async fn no_button_of_a_page_without_a_library_is_dead(browser: &Browser) {
        for page in ["/plain", "/worker"] {
            browser.walk(page, "#link", "/contacts", Kept::Nothing).await;
            browser.walk(page, "#send", page, Kept::Nothing).await;
        }
    }

    async fn a_link_in_a_frame_leads_the_whole_window_to_consent(browser: &Browser) {
        for frame in ["iframe", "object"] {
            let page = &format!("/{frame}");
            browser.scenario(page, async |window| {
                window.open(page).await;
                window.shows_within(frame, ASKED_FIRST).await;
                window.picture(frame).await;
                window.clicks_within(frame, "main a").await;
                window.is_asked_for_consent().await;
                window.choose(Refuse).await;
                window.is_at(page).await;
                window.shows_within(frame, AGAIN).await;
                window.picture(&format!("{frame}-again")).await;
                window.clicks_within(frame, "main a").await;
                window.is_asked_for_consent().await;
                window.choose(Always).await;
                window.is_at(page).await;
                window.shows_within(frame, CONTACT).await;
            }).await;
        }
    }

    async fn a_page_that_does_not_lead_back_opens_in_a_new_window_and_the_first_one_continues(browser: &Browser) {
        browser.walk_on("/plain", "#link", "/contacts", None, Kept::Nothing).await;
        browser.walk_on("/plain", "#send", "/plain", None, Kept::Nothing).await;
        browser.walk_on("/iframe", "h1", "/iframe", Some("iframe"), Kept::Page).await;
        for library in ["htmx1", "htmx2", "htmx4"] {
            let page = &format!("/htmx?library={library}");
            browser.walk_on(page, "#get", page, None, Kept::Page).await;
        }
        browser.walk_on("/htmx?library=htmx2", "#link", "/contacts", None, Kept::Page).await;
        for (way, back) in [("#link", "/contacts"), ("#send", "/turbo"), ("#frame", "/turbo")] {
            browser.walk_on("/turbo", way, back, None, Kept::Page).await;
        }
        browser.walk_on("/unpoly", "#link", "/contacts", None, Kept::Heading).await;
        browser.walk_on("/inertia?library=inertia3", "#visit", "/contacts", None, Kept::Nothing).await;
    }

    async fn a_dialog_of_inertia_shows_the_address_since_its_links_do_not_work(browser: &Browser) {
        for library in ["inertia2", "inertia3"] {
            let name = format!("{library}, and on");
            browser.scenario_with(Upstream::Terms, &name, async |window| {
                window.open(&format!("/inertia?library={library}")).await;
                window.click("#send").await;
                window.enters("iframe").await;
                window.shows(ASKED_FIRST).await;
                window.picture(&format!("{library}-terms")).await;
                let text = window.text().await.unwrap();
                let address = text.lines().last().unwrap();
                window.leaves_the_frame().await;
                let first = window.client.window().await.unwrap();
                let new = window.client.new_window(true).await.unwrap();
                window.client.switch_to_window(new.handle).await.unwrap();
                window.client.goto(address).await.unwrap();
                window.click("button").await;
                window.shows("Thank you").await;
                window.client.close_window().await.unwrap();
                window.client.switch_to_window(first).await.unwrap();
                window.client.refresh().await.unwrap();
                window.is_ready().await;
                window.click("#send").await;
                window.shows(CONTACT).await;
            }).await;
        }
    }

    async fn a_prefetched_denial_does_not_count_on_the_click(browser: &Browser) {
        browser.scenario("/prefetch #link: denied", async |window| {
            window.open("/prefetch").await;
            window.was_asked("ahead of a click", Asked::is_prefetch).await;
            window.click("#link").await;
            window.is_asked_for_consent().await;
            window.choose(Always).await;
            window.is_at("/contacts").await;
            window.shows(CONTACT).await;
        }).await;
        browser.scenario("/prefetch #link: granted meanwhile", async |window| {
            window.open("/prefetch").await;
            window.was_asked("ahead of a click", Asked::is_prefetch).await;
            window.site.sandbox.decide(&Family::Contact, "see", Always);
            window.click("#link").await;
            window.shows(CONTACT).await;
            window.is_at("/contacts").await;
        }).await;
    }
}

async fn htmx(browser: &Browser, library: &str) {
    let page = &format!("/htmx?library={library}");
    for (way, back) in [
        ("#get", page.as_str()),
        ("#send", page),
        ("#select", page),
        ("#link", "/contacts"),
    ] {
        browser.walk(page, way, back, Kept::Page).await;
    }
    browser
        .scenario(&format!("{page} #none"), async |window| {
            window.is_refused(page, "#none", page, Kept::Page).await;
        })
        .await;
    let page = &format!("/htmx-contacts?library={library}");
    browser
        .scenario(&format!("{page}, back"), async |window| {
            window.site.sandbox.decide(&Family::Contact, "see", Always);
            window.open(page).await;
            window.goes_on_and_back().await;
            window.is_asked_for_consent().await;
            window.choose(Choice::Once).await;
            window.is_at(page).await;
            window.shows(CONTACT).await;
            window.goes_on_and_back().await;
            window.shows(AGAIN).await;
            window.picture(&format!("{library}-back")).await;
            window.press(ASK_AGAIN).await;
            window.is_asked_for_consent().await;
        })
        .await;
}

async fn inertia(browser: &Browser, library: &str) {
    let page = &format!("/inertia?library={library}");
    browser
        .walk(page, "#visit", "/contacts", Kept::Nothing)
        .await;
    browser
        .scenario(&format!("{page} #send"), async |window| {
            window.open(page).await;
            let before = window.text().await.unwrap();
            window.click("#send").await;
            window.is_asked_for_consent().await;
            window.choose(Refuse).await;
            window.is_at(page).await;
            window.click("#send").await;
            // Inertia shows it in a dialog, where no link works.
            window.enters("iframe").await;
            window.shows(AGAIN).await;
            let links = window.client.find_all(Locator::Css("a")).await.unwrap();
            assert!(links.is_empty(), "a dead link");
            window.picture(library).await;
            window.leaves_the_frame().await;
            window.still_shows(&before, Kept::Page).await;
            // The user grants it in another window.
            window.site.sandbox.decide(&Family::Contact, "see", Always);
            window.client.refresh().await.unwrap();
            window.click("#send").await;
            window.shows(CONTACT).await;
        })
        .await;
}

/// What the page still shows beside the message.
#[derive(Clone, Copy)]
enum Kept {
    Page,
    Heading,
    Nothing,
}

/// A browser, a host for the apps that it opens, and the failures.
struct Browser {
    client: Client,
    host: Kind,
    libraries: PathBuf,
    failures: RefCell<Vec<String>>,
}

impl Browser {
    /// From this page, the user clicks through to the contacts. They refuse first, and allow access when they
    /// are asked again. `back` is where they come back to: the page itself, or the one that they requested.
    async fn walk(&self, page: &str, way: &str, back: &str, kept: Kept) {
        let scenario = async |window: &Window| {
            window.is_refused(page, way, back, kept).await;
            window.choose(Always).await;
            window.is_at(back).await;
            if back == page {
                window.click(way).await;
            }
            window.shows(CONTACT).await;
        };
        self.scenario(&format!("{page} {way}"), scenario).await;
    }

    /// The same, with a consent page that does not lead back. The user first continues without accepting, and
    /// is told so.
    async fn walk_on(&self, page: &str, way: &str, back: &str, frame: Option<&str>, kept: Kept) {
        let scenario = async |window: &Window| {
            window.open(page).await;
            let before = window.text().await.unwrap();
            window.click(way).await;
            window.offers(ASKED_FIRST, frame).await;
            let page_name = page.rsplit(['/', '=']).next().unwrap();
            window
                .picture(&format!(
                    "{page_name}-{}-terms",
                    way.trim_start_matches('#')
                ))
                .await;
            window
                .opens_the_terms("Open that page (new window)", async || ())
                .await;
            window.still_shows(&before, kept).await;
            window.offers(ASKED_FIRST, frame).await;
            window.press(GO_ON).await;

            window.leaves_the_frame().await;
            window.is_at(back).await;
            if back == page {
                window.click(way).await;
            }
            window.offers(AGAIN, frame).await;
            let accepts = async || {
                window.click("button").await;
                window.shows("Thank you").await;
            };
            window
                .opens_the_terms("Try again (new window)", accepts)
                .await;
            window.offers(AGAIN, frame).await;
            window.press(GO_ON).await;

            window.leaves_the_frame().await;
            window.is_at(back).await;
            if back == page {
                window.click(way).await;
            }
            window.offers(CONTACT, frame).await;
        };
        let name = format!("{page} {way}, and on");
        self.scenario_with(Upstream::Terms, &name, scenario).await;
    }

    async fn scenario(&self, name: &str, walk: impl AsyncFnOnce(&Window)) {
        self.scenario_with(Upstream::Sandbox, name, walk).await;
    }

    /// A scenario with its own app, upstream and window. If it fails, the next ones still run.
    async fn scenario_with(&self, asks: Upstream, name: &str, walk: impl AsyncFnOnce(&Window)) {
        let site = Site::start(self.host, &self.libraries, asks).await;
        let page = Page {
            client: self.client.clone(),
            app: site.url.clone(),
            pictures: format!("libraries-{:?}", self.host).to_lowercase(),
        };
        let window = Window { page, site };
        if unless_it_panics(walk(&window)).await.is_err() {
            eprintln!("^ that was {name}; the app was asked:");
            for asked in &*window.site.asked.lock().unwrap() {
                eprintln!("{asked}");
            }
            self.failures.borrow_mut().push(name.to_owned());
        }
        window.leaves_the_frame().await;
    }
}

/// A window, with its own app.
struct Window {
    page: Page,
    site: Site,
}

impl Deref for Window {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl Window {
    /// Opens a page of the app.
    async fn open(&self, path: &str) {
        self.page.open(path).await;
        self.is_ready().await;
    }

    /// Waits until the page is loaded and ready.
    async fn is_ready(&self) {
        let script =
            "return document.readyState === 'complete' && !document.querySelector('#state:empty')";
        self.until("the page is ready", async || {
            let ready = self.client.execute(script, vec![]).await.ok()?;
            ready.as_bool()?.then_some(())
        })
        .await;
    }

    /// The user is sent away, refuses, and clicks again. They see that the step is still required, and ask for
    /// it.
    async fn is_refused(&self, page: &str, way: &str, back: &str, kept: Kept) {
        self.open(page).await;
        let before = self.text().await.unwrap();
        self.click(way).await;
        self.is_asked_for_consent().await;
        self.choose(Refuse).await;
        self.is_at(back).await;
        if back != page {
            self.shows(AGAIN).await;
            // A link to the current page, such as one that a library remembers.
            let here = self.client.current_url().await.unwrap();
            let to: String = form_urlencoded::byte_serialize(here.as_str().as_bytes()).collect();
            let separator = if page.contains('?') { '&' } else { '?' };
            self.open(&format!("{page}{separator}to={to}")).await;
        }
        self.click(way).await;
        self.shows(AGAIN).await;
        let page = page.rsplit(['/', '=']).next().unwrap();
        self.picture(&format!("{page}-{}", &way[1..])).await;
        self.still_shows(&before, kept).await;
        self.press(ASK_AGAIN).await;
        self.is_asked_for_consent().await;
    }

    /// Checks how much of the page is still visible.
    async fn still_shows(&self, before: &str, kept: Kept) {
        let lines = match kept {
            Kept::Page => usize::MAX,
            Kept::Heading => 1,
            Kept::Nothing => 0,
        };
        for line in before.lines().filter(|line| !line.is_empty()).take(lines) {
            self.shows(line).await;
        }
    }

    /// Waits until the whole window is at the consent page, on the other site.
    async fn is_asked_for_consent(&self) {
        self.leaves_the_frame().await;
        self.until("the window is at the consent page", async || {
            let url = self.client.current_url().await.ok()?;
            (url.domain() == Some("localhost")).then_some(())
        })
        .await;
        self.is_the_privacy_page("Personal Contacts").await;
    }

    async fn choose(&self, choice: Choice) {
        self.click(&format!("button[value={choice}]")).await;
    }

    /// Waits until the whole window is at this page of the app, with any marker in its URL.
    async fn is_at(&self, path: &str) {
        self.until(&format!("the window is at {path}"), async || {
            let url = self.client.current_url().await.ok()?.to_string();
            let url = url.split("fromOrangePrivacy").next()?;
            let found = url.strip_prefix(&self.app)?;
            (found.trim_end_matches(['?', '&']) == path).then_some(())
        })
        .await;
        self.is_ready().await;
    }

    /// Follows a link that htmx boosts. Meanwhile the user withdraws the permission.
    async fn goes_on_and_back(&self) {
        self.click("#on").await;
        self.is_at("/elsewhere").await;
        self.shows("Nobody is listed here").await;
        self.site.sandbox.decide(&Family::Contact, "see", Refuse);
        self.client.back().await.unwrap();
    }

    async fn hovers(&self, css: &str) {
        let element = self.client.find(Locator::Css(css)).await.unwrap();
        let over = MouseActions::new("mouse".to_owned()).then(over(element, 0.0, 0.0));
        self.client.perform_actions(over).await.unwrap();
    }

    /// Waits until the document in this frame or object shows this text.
    async fn shows_within(&self, frame: &str, text: &str) {
        let script = "return document.querySelector(arguments[0]).contentDocument.body.innerText";
        self.until(&format!("«{text}» is seen in the {frame}"), async || {
            let found = self.client.execute(script, vec![frame.into()]).await.ok()?;
            found.as_str()?.contains(text).then_some(())
        })
        .await;
    }

    /// Clicks something in this frame or object. The driver cannot enter an object, so this moves the mouse
    /// there.
    async fn clicks_within(&self, frame: &str, css: &str) {
        let script = "const [frame, css] = arguments;
            const around = document.querySelector(frame);
            const found = around.contentDocument.querySelector(css).getBoundingClientRect();
            return [
                found.x + found.width / 2 - around.clientWidth / 2,
                found.y + found.height / 2 - around.clientHeight / 2,
            ]";
        let arguments = vec![frame.into(), css.into()];
        let from_centre = self.client.execute(script, arguments).await.unwrap();
        let [x, y] = [0, 1].map(|axis| from_centre[axis].as_f64().unwrap());
        let frame = self.client.find(Locator::Css(frame)).await.unwrap();
        let button = MOUSE_BUTTON_LEFT;
        let click = MouseActions::new("mouse".to_owned())
            .then(over(frame, x, y))
            .then(PointerAction::Down { button })
            .then(PointerAction::Up { button });
        self.client.perform_actions(click).await.unwrap();
    }

    /// The visible text of the window, or of this frame.
    async fn offers(&self, text: &str, frame: Option<&str>) {
        self.leaves_the_frame().await;
        if let Some(frame) = frame {
            self.enters(frame).await;
        }
        self.shows(text).await;
    }

    /// A link opens the terms in a new window. The user does this there, and closes the window.
    async fn opens_the_terms(&self, link: &str, does: impl AsyncFnOnce()) {
        let first = self.client.window().await.unwrap();
        self.press(Locator::LinkText(link)).await;
        let new = self.until("there is a new window", async || {
            let windows = self.client.windows().await.ok()?;
            windows.into_iter().find(|window| *window != first)
        });
        self.client.switch_to_window(new.await).await.unwrap();
        self.shows("The terms").await;
        does().await;
        self.client.close_window().await.unwrap();
        self.client.switch_to_window(first).await.unwrap();
    }

    async fn was_asked(&self, what: &str, matches: impl Fn(&Asked) -> bool) {
        self.until(&format!("the app was asked {what}"), async || {
            let asked = self.site.asked.lock().unwrap();
            asked.iter().any(&matches).then_some(())
        })
        .await;
    }

    /// The next steps are in this frame.
    async fn enters(&self, css: &str) {
        self.until(&format!("there is a frame {css}"), async || {
            let frame = self.client.find(Locator::Css(css)).await.ok()?;
            frame.enter_frame().await.ok()
        })
        .await;
    }

    /// The next steps are in the whole window.
    async fn leaves_the_frame(&self) {
        let window = self.client.window().await.unwrap();
        self.client.switch_to_window(window).await.unwrap();
    }
}

/// Moves the mouse to this distance from the middle of the element.
fn over(element: Element, x: f64, y: f64) -> PointerAction {
    PointerAction::MoveToElement {
        element,
        duration: None,
        x,
        y,
    }
}

async fn run(host: Kind, test: &str, walk: impl AsyncFnOnce(&Browser)) {
    let test = format!("{host:?}::{test}").to_lowercase();
    let Some(chromium) = Chromium::find(&test) else {
        return;
    };
    let Some(libraries) = libraries() else {
        skip(&test, "no page libraries", "run .ci/libraries");
        return;
    };
    let walk = async |client| {
        let browser = Browser {
            client,
            host,
            libraries,
            failures: RefCell::default(),
        };
        walk(&browser).await;
        let failures = browser.failures.into_inner();
        assert!(failures.is_empty(), "what failed: {failures:#?}");
    };
    chromium.drive(&test, walk).await;
}
