//! A browser of an app on a socket: it keeps cookies, and follows redirects from the app to the sandbox and back.

use reqwest::{Client, Response};

/// A user at a browser.
#[derive(Debug)]
pub struct User(Client);

impl User {
    pub fn new() -> Self {
        let client = Client::builder().cookie_store(true).no_proxy();
        Self(client.build().unwrap())
    }

    /// Opens a page.
    pub async fn open(&self, url: impl reqwest::IntoUrl) -> Page {
        let request = self.0.get(url).header("sec-fetch-mode", "navigate");
        Page::new(request.send().await.unwrap()).await
    }

    /// Sends the form of a page to its own URL.
    pub async fn submit(&self, page: &Page, form: &'static str) -> Page {
        self.post(page.url.as_str(), page.url.as_str(), form).await
    }

    /// Sends a form of the page `from`.
    pub async fn post(&self, url: &str, from: &str, form: impl Into<reqwest::Body>) -> Page {
        let request = self.0.post(url).body(form);
        let request = request
            .header("sec-fetch-mode", "navigate")
            .header("referer", from)
            .header("content-type", "application/x-www-form-urlencoded");
        Page::new(request.send().await.unwrap()).await
    }
}

/// What the user sees, and the URL in the address bar.
#[derive(Debug)]
pub struct Page {
    pub url: url::Url,
    pub status: u16,
    pub text: String,
}

impl Page {
    async fn new(response: Response) -> Self {
        Self {
            url: response.url().clone(),
            status: response.status().as_u16(),
            text: response.text().await.unwrap(),
        }
    }

    /// Asserts that the page is at this path, and shows this.
    #[track_caller]
    pub fn shows(&self, status: u16, path: &str, text: &str) {
        assert_eq!((self.status, self.url.path()), (status, path), "{self:?}");
        assert!(self.text.contains(text), "{self:?}");
    }

    /// Where the page leads by itself.
    #[track_caller]
    pub fn refresh(&self) -> String {
        let begin = "http-equiv=\"refresh\" content=\"0;url=";
        let (_, url) = self
            .text
            .split_once(begin)
            .unwrap_or_else(|| panic!("{self:?}"));
        url.split('"').next().unwrap().replace("&amp;", "&")
    }
}

/// How many lines of an app are numbered, as those that the crate needs.
#[track_caller]
pub fn numbered_lines(source: &str) -> usize {
    let number = |line: &str| line.rsplit_once("// ")?.1.parse::<usize>().ok();
    let numbers: Vec<_> = source.lines().filter_map(number).collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len()), "{numbers:?}");
    numbers.len()
}
