//! A real browser: headless Chromium, driven by `chromedriver`.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Lines, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};

/// The programs that a test in a browser needs.
#[derive(Debug)]
pub struct Chromium {
    chromium: PathBuf,
    driver: PathBuf,
}

impl Chromium {
    /// The test is skipped if they are not installed.
    pub fn find(test: &str) -> Option<Self> {
        let found = program("chromium").zip(program("chromedriver"));
        if found.is_none() {
            let remedy = "on Debian: apt-get install chromium chromium-driver";
            skip(test, "no chromium or no chromedriver", remedy);
        }
        let (chromium, driver) = found?;
        Some(Self { chromium, driver })
    }

    /// A new session, which ends when the test does, even by a panic.
    pub async fn drive(self, test: &str, walk: impl AsyncFnOnce(Client)) {
        let start = || {
            Running::try_start(Command::new(&self.driver).arg("--port=0"), |line| {
                let port = line.split("successfully on port ").nth(1)?;
                Some(port.trim_end_matches('.').to_owned())
            })
        };
        // It takes a port that is free for IPv6, and ends if another program has it for IPv4.
        let started = (0..10).find_map(|_| start());
        let (_driver, port) = started.expect("the driver starts");

        let profile = pictures().join(format!("profile-{}", test.replace(':', "-")));
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
            "goog:chromeOptions": { "binary": self.chromium, "args": arguments },
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

        let walked = unless_it_panics(walk(client.clone())).await;
        // Chromium ends with its session, not with its driver.
        let closed = client.close().await;
        let _ = fs::remove_dir_all(&profile);
        if let Err(panic) = walked {
            std::panic::resume_unwind(panic);
        }
        closed.unwrap();
    }
}

/// Says that a test in a browser is skipped and why, or fails if it must not be skipped.
#[track_caller]
pub fn skip(test: &str, missing: &str, remedy: &str) {
    skip_unless("TOWER_PRIVACY_BROWSER", test, missing, remedy);
}

/// The same for any test, which must not be skipped if this variable is set.
#[track_caller]
pub fn skip_unless(required: &str, test: &str, missing: &str, remedy: &str) {
    let required = env::var_os(required).is_some_and(|value| value == "required");
    assert!(!required, "{missing}; {remedy}");
    // The test harness would capture the output of `println!`.
    let _ = writeln!(io::stderr(), "skipped {test}: {missing}; {remedy}");
}

/// The folder for screenshots.
fn pictures() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// A browser window with an app in it.
#[derive(Debug)]
pub struct Page {
    pub client: Client,
    /// The app's URL, without a path.
    pub app: String,
    /// The start of the names of its screenshots.
    pub pictures: String,
}

impl Page {
    pub async fn open(&self, path: &str) {
        let url = format!("{}{path}", self.app);
        self.client.goto(&url).await.unwrap();
    }

    pub async fn click(&self, css: &str) {
        self.press(Locator::Css(css)).await;
    }

    /// Clicks this element, as soon as it can be clicked.
    pub async fn press(&self, button: Locator<'_>) {
        self.until(&format!("{button:?} can be clicked"), async || {
            let found = self.client.find(button).await.ok()?;
            found.click().await.ok()
        })
        .await;
    }

    pub async fn shows(&self, text: &str) {
        self.until(&format!("«{text}» is seen"), async || {
            self.text().await?.contains(text).then_some(())
        })
        .await;
    }

    pub async fn is_the_privacy_page(&self, api: &str) {
        self.shows(api).await;
        let url = self.client.current_url().await.unwrap();
        assert_eq!(url.path(), "/urm-gui/interaction.do");
        assert!(!url.as_str().starts_with(&self.app));
    }

    /// The visible text. `None` while the page changes.
    pub async fn text(&self) -> Option<String> {
        let script = "return document.body && document.body.innerText";
        let text = self.client.execute(script, vec![]).await.ok()?;
        Some(text.as_str()?.to_owned())
    }

    /// Waits for this, or fails with what the user sees instead. Nothing announces that a page has changed,
    /// so this polls.
    pub async fn until<T>(&self, what: &str, holds: impl AsyncFn() -> Option<T>) -> T {
        let waiting = async {
            let mut turns = tokio::time::interval(Duration::from_millis(20));
            loop {
                turns.tick().await;
                if let Some(found) = holds().await {
                    return found;
                }
            }
        };
        if let Ok(found) = tokio::time::timeout(Duration::from_secs(15), waiting).await {
            return found;
        }
        let url = self.client.current_url().await;
        let url = url.map_or_else(|error| error.to_string(), String::from);
        let text = self.text().await.unwrap_or_default();
        panic!("it never came true that {what}; the window is at {url} and shows:\n{text}");
    }

    pub async fn picture(&self, name: &str) {
        let picture = self.client.screenshot().await.unwrap();
        let path = pictures().join(format!("{}-{name}.png", self.pictures));
        fs::write(path, picture).unwrap();
    }
}

/// The result of the future, which may be a panic.
pub async fn unless_it_panics<F: Future>(future: F) -> std::thread::Result<F::Output> {
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

/// A program that runs until this is dropped.
#[derive(Debug)]
pub struct Running {
    program: Child,
    /// Kept open, since the program may write to it later.
    output: Lines<BufReader<ChildStdout>>,
}

impl Running {
    /// Starts the program, and reads its output up to the line that this function recognises.
    pub fn start(command: &mut Command, tells: impl Fn(&str) -> Option<String>) -> (Self, String) {
        Self::try_start(command, tells).expect("it says where it listens")
    }

    /// The same. `None` if the program ends before that line.
    pub fn try_start(
        command: &mut Command,
        tells: impl Fn(&str) -> Option<String>,
    ) -> Option<(Self, String)> {
        let mut program = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(program.stdout.take().unwrap()).lines();
        let mut running = Self { program, output };
        let mut lines = running.output.by_ref().map_while(Result::ok);
        let told = lines.find_map(|line| tells(&line))?;
        Some((running, told))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// An example of this crate, built if it has changed.
pub fn example(name: &str) -> PathBuf {
    // The demo is a package.
    let (what, path): (&[_], _) = match name {
        "demo" => (&["--package", name], PathBuf::from(name)),
        _ => (
            &["--all-features", "--example", name],
            Path::new("examples").join(name),
        ),
    };
    let build = Command::new(env!("CARGO"))
        .args(["build", "--quiet"])
        .args(what)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status();
    assert!(build.unwrap().success());
    let folder = env::current_exe().unwrap();
    folder.ancestors().nth(2).unwrap().join(path)
}
