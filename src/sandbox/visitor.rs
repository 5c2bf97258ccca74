//! A user who follows redirects, without a browser and without a socket.

use std::{borrow::Cow, error::Error, fmt};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
};
use bytes::Bytes;
use http::{
    HeaderMap, StatusCode,
    header::{ACCEPT, HOST, LOCATION},
};
use tower_service::Service;
use url::{Origin, Position, Url};

use crate::{error::BoxError, urls::Bare};

/// As many as browsers follow.
const DEFAULT_MAX_REDIRECTS: usize = 20;

/// The limit for a page's body.
const MAX_PAGE_BYTES: usize = 16 * 1024 * 1024;

/// A user for tests: opens a page, and follows redirects from app to app in the same process.
///
/// 1. Each app is a router, at the origin where users reach it. Add a [`Sandbox`](super::Sandbox) the same way,
///    at the origin of the privacy page.
/// 2. A page is opened as browsers do it: by GET, with `Sec-Fetch-Mode: navigate`.
/// 3. A redirect (301, 302, 303, 307, 308) is followed to the app at its `Location`.
/// 4. Nothing is kept from one page to the next, not even cookies. Whatever an app knows about its user has to
///    be in the URL, which is all that the protocol needs.
/// 5. The visitor presses no buttons. Let the sandbox do that, with
///    [`script`](super::Sandbox::script) or [`choose`](super::Sandbox::choose).
///
/// # Example
///
/// ```
/// use axum::{Router, response::Redirect, routing::get};
/// use tower_privacy::sandbox::{Choice, Sandbox, Visitor};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ask = "http://orange.test/urm-gui/interaction.do?family=contact&serviceId=S1\
///            &attributes=,see&urlRetour=https%3A%2F%2Fapp.example%2Fback";
/// let app = Router::new()
///     .route("/", get(async move || Redirect::to(ask)))
///     .route("/back", get(async || "welcome back"));
/// let sandbox = Sandbox::new();
/// sandbox.choose(Choice::Refuse);
///
/// let visitor = Visitor::new()
///     .host("https://app.example", app)?
///     .host("http://orange.test", sandbox.router())?;
/// let page = visitor.open("https://app.example/").await?;
/// assert_eq!(page.url().as_str(), "https://app.example/back");
/// assert_eq!((page.status().as_u16(), page.redirects()), (200, 2));
/// assert_eq!(page.text(), "welcome back");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Visitor {
    hosts: Vec<(Origin, Router)>,
    max_redirects: usize,
}

impl Visitor {
    /// A visitor without apps.
    #[must_use]
    pub fn new() -> Self {
        Self {
            hosts: Vec::new(),
            max_redirects: DEFAULT_MAX_REDIRECTS,
        }
    }

    /// Adds an app at the origin of this URL. It replaces one that is there already.
    ///
    /// # Errors
    ///
    /// [`VisitError::NotAUrl`] if the text is not an absolute http or https URL.
    pub fn host(mut self, url: impl AsRef<str>, app: Router) -> Result<Self, VisitError> {
        let origin = http_url(url.as_ref())?.origin();
        self.hosts.retain(|(other, _)| *other != origin);
        self.hosts.push((origin, app));
        Ok(self)
    }

    /// Sets how many redirects are followed per page.
    ///
    /// Default: 20.
    ///
    /// # Example
    ///
    /// ```
    /// use axum::{Router, response::Redirect, routing::get};
    /// use tower_privacy::sandbox::{VisitError, Visitor};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let circle = Router::new().route("/", get(async || Redirect::to("/")));
    /// let visitor = Visitor::new().host("https://app.example", circle)?.max_redirects(3);
    /// let error = visitor.open("https://app.example/").await.unwrap_err();
    /// assert!(matches!(error, VisitError::TooManyRedirects(3)));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn max_redirects(mut self, redirects: usize) -> Self {
        self.max_redirects = redirects;
        self
    }

    /// Opens the page at this URL, and follows redirects.
    ///
    /// # Errors
    ///
    /// [`VisitError`] if that does not end at a page. A response with an error status, such as 403, is a page
    /// too.
    pub async fn open(&self, url: impl AsRef<str>) -> Result<Page, VisitError> {
        let mut url = http_url(url.as_ref())?;
        for redirects in 0..=self.max_redirects {
            let (head, body) = self.get(&url).await?.into_parts();
            match head.status.as_u16() {
                301..=303 | 307 | 308 => url = target(&url, &head.headers)?,
                _ => {
                    let body = to_bytes(body, MAX_PAGE_BYTES).await;
                    return Ok(Page {
                        url,
                        redirects,
                        status: head.status,
                        headers: head.headers,
                        body: body.map_err(|error| VisitError::Body(error.into()))?,
                    });
                }
            }
        }
        Err(VisitError::TooManyRedirects(self.max_redirects))
    }

    async fn get(&self, url: &Url) -> Result<http::Response<Body>, VisitError> {
        let origin = url.origin();
        let host = self.hosts.iter().find(|(other, _)| *other == origin);
        let unknown = || VisitError::UnknownHost(origin.ascii_serialization());
        let (_, app) = host.ok_or_else(unknown)?;
        let request = Request::get(&url[Position::BeforePath..Position::AfterQuery])
            .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
            .header(ACCEPT, "text/html")
            .header("sec-fetch-mode", "navigate")
            .body(Body::empty())
            .map_err(|_| VisitError::NotAUrl)?;
        match app.clone().call(request).await {
            Ok(response) => Ok(response),
            Err(never) => match never {},
        }
    }
}

fn http_url(text: &str) -> Result<Url, VisitError> {
    let url = Url::parse(text).map_err(|_| VisitError::NotAUrl)?;
    let is_http = matches!(url.scheme(), "http" | "https");
    is_http.then_some(url).ok_or(VisitError::NotAUrl)
}

fn target(url: &Url, headers: &HeaderMap) -> Result<Url, VisitError> {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let target = location.and_then(|location| url.join(location).ok());
    let target = target.ok_or(VisitError::NoLocation)?;
    http_url(target.as_str())
}

impl Default for Visitor {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.hosts.iter();
        let hosts: Vec<_> = hosts.map(|(at, _)| at.ascii_serialization()).collect();
        f.debug_struct("Visitor")
            .field("hosts", &hosts)
            .field("max_redirects", &self.max_redirects)
            .finish()
    }
}

/// The page where a [`Visitor`] ends up.
///
/// `Debug` leaves out the query, the headers and the body.
///
/// # Example
///
/// ```
/// use axum::{Router, routing::get};
/// use tower_privacy::sandbox::Visitor;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = Router::new().route("/", get(async || "Ada Lovelace"));
/// let page = Visitor::new().host("https://app.example", app)?.open("https://app.example/").await?;
/// assert_eq!(page.status(), 200);
/// assert_eq!(page.headers()["content-type"], "text/plain; charset=utf-8");
/// assert_eq!(page.text(), "Ada Lovelace");
/// assert_eq!(page.body(), "Ada Lovelace");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Page {
    url: Url,
    redirects: usize,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Page {
    /// Its URL, after all redirects.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// How many redirects led there.
    #[must_use]
    pub fn redirects(&self) -> usize {
        self.redirects
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Its headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Its body as UTF-8, with U+FFFD in place of invalid bytes.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// Its body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("url", &format_args!("{}", Bare(&self.url)))
            .field("redirects", &self.redirects)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Why a [`Visitor`] did not end up at a page.
///
/// # Example
///
/// ```
/// use tower_privacy::sandbox::{VisitError, Visitor};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let error = Visitor::new().open("https://app.example/contacts?page=2").await.unwrap_err();
/// assert!(matches!(&error, VisitError::UnknownHost(origin) if origin == "https://app.example"));
/// assert_eq!(error.to_string(), "the visitor knows no app at https://app.example");
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum VisitError {
    /// A URL is not an absolute http or https URL.
    NotAUrl,
    /// There is no app at this origin.
    UnknownHost(String),
    /// A redirect has no valid `Location`.
    NoLocation,
    /// There were more redirects than this.
    TooManyRedirects(usize),
    /// The body of a page failed, or is longer than 16 MiB.
    Body(BoxError),
}

impl fmt::Display for VisitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAUrl => f.write_str("the URL is not an absolute http or https URL"),
            Self::UnknownHost(origin) => write!(f, "the visitor knows no app at {origin}"),
            Self::NoLocation => f.write_str("a redirect has no valid location"),
            Self::TooManyRedirects(count) => write!(f, "there were more than {count} redirects"),
            Self::Body(_) => f.write_str("the body of a page could not be read"),
        }
    }
}

impl Error for VisitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Body(error) => Some(&**error),
            _ => None,
        }
    }
}
