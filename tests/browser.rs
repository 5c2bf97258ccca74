//! The example apps in a real browser: headless Chromium, driven by `chromedriver`.
//!
//! Without these two the tests say that they skipped, unless `TOWER_PRIVACY_BROWSER` is `required`.
//! They leave pictures of the pages in `target/tmp`.
#![cfg(all(
    feature = "actix",
    feature = "axum",
    feature = "reqwest",
    feature = "sandbox"
))]

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tower_privacy::problem;

macro_rules! in_both_apps {
    ($(async fn $name:ident($page:ident: &Page) $body:block)*) => {
        $(async fn $name($page: &Page) $body)*
        mod axum_app { $(#[tokio::test] async fn $name() { super::run("axum_app", stringify!($name), async |page| super::$name(page).await).await })* }
        mod actix_app { $(#[tokio::test] async fn $name() { super::run("actix_app", stringify!($name), async |page| super::$name(page).await).await })* }
    };
}

in_both_apps! {
    async fn who_grants_for_good_sees_the_data_and_sees_it_again(page: &Page) {
        page.open("/contacts").await;
        page.is_the_privacy_page("Personal Contacts").await;
        page.picture("privacy").await;
        page.click("button[value=always]").await;
        page.shows("Ada Lovelace").await;
        page.picture("contacts").await;
        page.client.refresh().await.unwrap();
        page.shows("Ada Lovelace").await;
        page.open("/contacts").await;
        page.shows("Ada Lovelace").await;
    }

    async fn who_grants_once_and_reloads_is_told_and_can_be_asked_again(page: &Page) {
        page.open("/photos?album=1").await;
        page.click("button[value=once]").await;
        page.shows("pictures in your albums").await;
        let url = page.client.current_url().await.unwrap();
        assert!(url.as_str().starts_with(&format!("{}photos?album=1&fromOrangePrivacy=", page.app)), "{url}");
        page.client.refresh().await.unwrap();
        page.shows("Access is needed again").await;
        page.click("main a").await;
        page.is_the_privacy_page("Personal Photos").await;
        page.click("button[value=always]").await;
        page.shows("pictures in your albums").await;
    }

    async fn who_refuses_is_told_and_can_be_asked_again(page: &Page) {
        page.open("/contacts").await;
        page.click("button[value=refuse]").await;
        page.shows("Access is needed again").await;
        page.picture("refused").await;
        page.client.refresh().await.unwrap();
        page.shows("Access is needed again").await;
        page.click("main a").await;
        page.is_the_privacy_page("Personal Contacts").await;
        page.click("button[value=refuse]").await;
        page.shows("Access is needed again").await;
        page.click("main a").await;
        page.click("button[value=always]").await;
        page.shows("Ada Lovelace").await;
    }

    async fn a_fetch_gets_a_problem_and_no_cors_failure(page: &Page) {
        page.open("/?tab=2").await;
        let reply = page.fetch("/contacts", json!({})).await;
        assert_eq!(reply["status"], 403, "{reply}");
        assert_eq!(reply["type"], "application/problem+json", "{reply}");
        let details: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
        assert_eq!(details["type"], problem::REDIRECT);
        assert_eq!(details["family"], "contact");

        page.client.execute("location.assign(arguments[0])", vec![details["location"].clone()]).await.unwrap();
        page.is_the_privacy_page("Personal Contacts").await;
        page.click("button[value=refuse]").await;
        page.shows("What happens").await;
        let url = page.client.current_url().await.unwrap();
        assert!(url.as_str().starts_with(&format!("{}?tab=2&fromOrangePrivacy=", page.app)), "{url}");
        let reply = page.fetch("/contacts", json!({})).await;
        let details: Value = serde_json::from_str(reply["body"].as_str().unwrap()).unwrap();
        assert_eq!(details["type"], problem::REFUSED);
    }

    async fn htmx_gets_its_header(page: &Page) {
        page.open("/?tab=2").await;
        let headers = json!({ "HX-Request": "true", "HX-Current-URL": format!("{}?tab=2#list", page.app) });
        let reply = page.fetch("/contacts", headers.clone()).await;
        assert_eq!(reply["status"], 200, "{reply}");
        page.client.execute("location.assign(arguments[0])", vec![reply["redirect"].clone()]).await.unwrap();
        page.is_the_privacy_page("Personal Contacts").await;
        page.click("button[value=always]").await;
        page.shows("What happens").await;
        assert_eq!(page.client.current_url().await.unwrap().fragment(), Some("list"));
        let reply = page.fetch("/contacts", headers).await;
        assert!(reply["body"].as_str().unwrap().contains("Ada Lovelace"), "{reply}");
    }
}

/// A page of an app in a browser.
struct Page {
    client: Client,
    app: String,
    pictures: String,
}

impl Page {
    async fn open(&self, path: &str) {
        let url = format!("{}{}", self.app, &path[1..]);
        self.client.goto(&url).await.unwrap();
    }

    async fn click(&self, css: &str) {
        let element = self.client.wait().for_element(Locator::Css(css)).await;
        element.unwrap().click().await.unwrap();
    }

    async fn shows(&self, text: &str) {
        let xpath = format!("//body[contains(., '{text}')]");
        let found = self.client.wait().for_element(Locator::XPath(&xpath)).await;
        let source = self.client.source().await.unwrap();
        assert!(found.is_ok(), "no «{text}» in {source}");
    }

    async fn is_the_privacy_page(&self, api: &str) {
        self.shows(api).await;
        let url = self.client.current_url().await.unwrap();
        assert_eq!(url.path(), "/urm-gui/interaction.do");
        assert!(!url.as_str().starts_with(&self.app));
    }

    /// What the page's own `fetch()` gets.
    async fn fetch(&self, path: &str, headers: Value) -> Value {
        let script = "const [path, headers, done] = arguments;
            fetch(path, { headers }).then(
                async (reply) => done({
                    status: reply.status,
                    type: reply.headers.get('content-type'),
                    redirect: reply.headers.get('hx-redirect'),
                    body: await reply.text(),
                }),
                (error) => done({ error: String(error) }))";
        let reply = self
            .client
            .execute_async(script, vec![path.into(), headers]);
        reply.await.unwrap()
    }

    async fn picture(&self, name: &str) {
        let picture = self.client.screenshot().await.unwrap();
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::write(path.join(format!("{}-{name}.png", self.pictures)), picture).unwrap();
    }
}

async fn run(app: &str, test: &str, walk: impl AsyncFnOnce(&Page)) {
    let (Some(chromium), Some(driver)) = (program("chromium"), program("chromedriver")) else {
        let required =
            env::var_os("TOWER_PRIVACY_BROWSER").is_some_and(|value| value == "required");
        assert!(!required, "no chromium or no chromedriver is on the path");
        // `println!` would be swallowed.
        let _ = writeln!(
            io::stderr(),
            "skipped {app}::{test}: no chromium or no chromedriver; on Debian: \
             apt-get install chromium chromium-driver"
        );
        return;
    };

    let (_app, url) = Running::start(
        Command::new(example(app)).envs([("PORT", "0"), ("SANDBOX_PORT", "0")]),
        |line| Some(line.strip_prefix("Open ")?.split(' ').next()?.to_owned()),
    );
    let (_driver, port) = Running::start(Command::new(driver).arg("--port=0"), |line| {
        let port = line.split("successfully on port ").nth(1)?;
        Some(port.trim_end_matches('.').to_owned())
    });

    let profile = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("profile-{app}-{test}"));
    let _ = fs::remove_dir_all(&profile);
    let arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=900,700",
    ];
    let mut arguments: Vec<_> = arguments.map(str::to_owned).into();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    let capabilities = json!({
        "goog:chromeOptions": { "binary": chromium, "args": arguments },
        "timeouts": { "script": 10_000, "pageLoad": 60_000 },
    });
    let Value::Object(capabilities) = capabilities else {
        unreachable!("it is written as one")
    };
    let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
        .capabilities(capabilities)
        .connect(&format!("http://127.0.0.1:{port}"))
        .await
        .unwrap();

    let page = Page {
        client,
        app: url,
        pictures: app.to_owned(),
    };
    let walked = unless_it_panics(walk(&page)).await;
    // Chromium ends with its session, not with its driver.
    let closed = page.client.close().await;
    let _ = fs::remove_dir_all(&profile);
    if let Err(panic) = walked {
        std::panic::resume_unwind(panic);
    }
    closed.unwrap();
}

async fn unless_it_panics<F: Future>(future: F) -> std::thread::Result<F::Output> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|cx| {
        let poll = std::panic::AssertUnwindSafe(|| future.as_mut().poll(cx));
        match std::panic::catch_unwind(poll) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => std::task::Poll::Ready(Err(panic)),
        }
    })
    .await
}

/// A program on the path.
fn program(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// An example of this crate, built as it is now.
fn example(name: &str) -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--all-features", "--example", name])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(built.unwrap().success());
    let folder = env::current_exe().unwrap();
    let folder = folder.ancestors().nth(2).unwrap();
    folder.join("examples").join(name)
}

/// A program that runs as long as this does.
struct Running(Child);

impl Running {
    /// Starts it, and reads its output up to the line that tells.
    fn start(command: &mut Command, tells: impl Fn(&str) -> Option<String>) -> (Self, String) {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let running = Self(child);
        let told = lines.map_while(Result::ok).find_map(|line| tells(&line));
        (running, told.expect("it says where it listens"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
