//! The same app on both hosts, over real sockets, and a browser for it.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
};

use actix_web::{
    HttpRequest, HttpResponse, HttpServer, ResponseError,
    body::MessageBody,
    dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::{Next, from_fn},
    web,
};
use axum::{
    Router,
    extract::State,
    response::{Html, IntoResponse},
};
use http::{HeaderMap, StatusCode, header};
use http_body_util::Full;
use reqwest::{Client, Method, redirect::Policy};
use tower::{ServiceBuilder, ServiceExt};
use tower_privacy::{
    Audience, Denial, Family, Privacy, PrivacyContext, PrivacyError, PrivacyLayer,
    PrivacyReturnLayer,
    actix::PrivacyReturn,
    sandbox::{Choice, RunningSandbox},
};
use url::Url;

use super::{DENIAL, inspect, layer, return_url, server::Server, xml};

/// The app's public URL. It has a path prefix, as behind a proxy, and another host than the one that listens.
pub const BASE: &str = "https://app.example/carnet";

/// Another public URL of the app.
pub const ALSO_AT: &str = "https://app.example.fr/";

/// A path that nobody returns to.
pub const NEVER: [&str; 2] = ["/oauth/callback", "/magic/*"];

/// The host that the app runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Axum,
    Actix,
}

pub const KINDS: [Kind; 2] = [Kind::Axum, Kind::Actix];

/// The app's own error. The signal needs one line for each host.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("the address book is not available")]
    Contacts(#[source] PrivacyError),
    #[error("a personal service did not answer")]
    Privacy(#[from] PrivacyError),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl IntoResponse for AppError {
    fn into_response(self) -> axum::response::Response {
        if let Some(signal) = PrivacyError::find(&self) {
            return signal.into_response();
        }
        (StatusCode::IM_A_TEAPOT, self.to_string()).into_response()
    }
}

impl ResponseError for AppError {
    fn error_response(&self) -> HttpResponse {
        if let Some(signal) = PrivacyError::find(self) {
            return signal.error_response();
        }
        HttpResponse::ImATeapot().body(self.to_string())
    }
}

/// The state of the app.
#[derive(Clone, Debug)]
pub struct App {
    client: Privacy<Client>,
    contacts: Url,
    photos: Url,
}

impl App {
    pub fn new(layer: PrivacyLayer, contacts: Url, photos: Url) -> Self {
        Self {
            client: ServiceBuilder::new().layer(layer).service(Client::new()),
            contacts,
            photos,
        }
    }

    /// An app that reads the contacts and photos of this sandbox.
    pub fn of(sandbox: &RunningSandbox) -> Self {
        Self::through(PrivacyLayer::new(), sandbox)
    }

    /// The same through this layer.
    pub fn through(layer: PrivacyLayer, sandbox: &RunningSandbox) -> Self {
        let layer = layer.trust_only([sandbox.endpoint()]);
        let (contacts, photos) = (&Family::Contact, &Family::Photos);
        Self::new(layer, sandbox.api_url(contacts), sandbox.api_url(photos))
    }

    async fn ask(&self, url: &Url) -> Result<String, PrivacyError> {
        let request = reqwest::Request::new(Method::GET, url.clone());
        let response = self.client.clone().oneshot(request).await?;
        Ok(response.error_for_status()?.text().await?)
    }

    /// All pages of the app. `uri` is the one that the handler sees.
    async fn handle(&self, method: &str, uri: String) -> Result<String, AppError> {
        let path = uri.split('?').next().unwrap();
        Ok(match (method, path) {
            ("GET" | "HEAD" | "POST", "/contacts") => {
                self.ask(&self.contacts).await.map_err(AppError::Contacts)?
            }
            ("GET", "/both") => self.ask(&self.contacts).await? + &self.ask(&self.photos).await?,
            ("GET", "/join") => {
                let (contacts, photos) =
                    tokio::join!(self.ask(&self.contacts), self.ask(&self.photos));
                contacts?
                    + &photos
                        .map_err(anyhow::Error::new)
                        .map_err(AppError::Other)?
            }
            ("GET", "/spawned") => {
                let (app, context) = (self.clone(), PrivacyContext::current().unwrap());
                let ask = async move { app.ask(&app.contacts).await };
                tokio::spawn(async move { context.scope(ask).await })
                    .await
                    .map_err(anyhow::Error::new)??
            }
            (_, "/refused" | "/untrusted" | "/interaction" | "/own-words" | "/leaves") => {
                error(path).await?
            }
            (_, "/oauth/callback" | "/magic/link") => error(path).await?,
            ("GET", "/") if uri.contains("refused") => error(path).await?,
            (_, path) if path.ends_with("/redirect") => error(path).await?,
            (_, "/service") => Err(PrivacyError::Service("s3cret".into()))?,
            (_, "/anyhow") => Err(anyhow::anyhow!("out of cheese"))?,
            _ => format!("{method} {uri}"),
        })
    }
}

/// One of the errors that need no upstream.
async fn error(path: &str) -> Result<String, PrivacyError> {
    let here = PrivacyContext::current().unwrap();
    if path == "/leaves" {
        // A page that takes no return URL.
        let page = "http://privacy.orange.fr/urm-gui/interaction.do?family=contact";
        let denial = Denial::new("other", page.parse().unwrap());
        return Err(layer().signal(denial.with_permissions(["read"])));
    }
    let document = match path {
        "/untrusted" => DENIAL.replace("orange", "0range"),
        "/own-words" => DENIAL.replace("family=contact", "family=photos"),
        _ => DENIAL.to_owned(),
    };
    let context = match path {
        "/interaction" | "/own-words" => PrivacyContext::non_interactive(),
        _ => here,
    };
    inspect(
        xml(Full::<bytes::Bytes>::from(document)),
        &context,
        &layer(),
    )
    .await?;
    Ok(String::new())
}

/// A host that runs until this is dropped.
#[derive(Debug)]
pub enum Host {
    Axum(Server),
    Actix(SocketAddr, ServerHandle),
}

impl Host {
    pub async fn start(kind: Kind, app: App) -> Self {
        match kind {
            Kind::Axum => Self::Axum(Server::start(axum_app(app)).await),
            Kind::Actix => start_actix(app),
        }
    }

    /// Serves an actix-web app, which needs its own system.
    pub fn serve_actix<F, S, B>(listener: TcpListener, factory: F) -> Self
    where
        F: Fn() -> actix_web::App<S> + Clone + Send + 'static,
        S: ServiceFactory<
                ServiceRequest,
                Config = (),
                Response = ServiceResponse<B>,
                Error = actix_web::Error,
                InitError = (),
            > + 'static,
        B: MessageBody + 'static,
    {
        let address = listener.local_addr().unwrap();
        let (started, handle) = mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(factory).workers(1).disable_signals();
                let server = server.listen(listener).unwrap().run();
                started.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self::Actix(address, handle.recv().unwrap())
    }

    pub fn url(&self, path: &str) -> String {
        match self {
            Self::Axum(server) => server.url(path),
            Self::Actix(address, _) => format!("http://{address}{path}"),
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Self::Actix(_, handle) = self {
            // Sends the command. There is no need to wait for its effect.
            drop(handle.stop(false));
        }
    }
}

/// Headers that the app's own layers set. A reply must keep them, unless it sets the same header.
const KEPT: [(&str, &str); 3] = [
    ("set-cookie", "session=1"),
    ("vary", "Origin"),
    ("x-own", "layer"),
];

/// Headers that describe the body of the app's own response, or lead elsewhere. The app sets them on
/// `/described`. A reply must not have them.
pub const DESCRIBING: [&str; 37] = [
    "accept-ranges",
    "cdn-cache-control",
    "content-digest",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-location",
    "content-md5",
    "content-range",
    "digest",
    "edge-control",
    "etag",
    "expires",
    "hx-location",
    "hx-push-url",
    "hx-redirect",
    "hx-refresh",
    "hx-replace-url",
    "hx-reselect",
    "hx-reswap",
    "hx-retarget",
    "last-modified",
    "location",
    "refresh",
    "repr-digest",
    "retry-after",
    "surrogate-control",
    "trailer",
    "vendor-cdn-cache-control",
    "x-accel-expires",
    "x-accel-redirect",
    "x-inertia",
    "x-inertia-location",
    "x-sendfile",
    "x-up-location",
    "x-up-method",
    "x-up-target",
];

fn axum_app(app: App) -> Router {
    let handler = async |State(app): State<App>, request: axum::extract::Request| {
        let uri = request.uri().to_string();
        app.handle(request.method().as_str(), uri).await.map(Html)
    };
    Router::new()
        .fallback(handler)
        .with_state(app)
        .layer(axum::middleware::from_fn(
            async |request: axum::extract::Request, next: axum::middleware::Next| {
                let is_described = request.uri().path().starts_with("/described");
                let mut response = next.run(request).await;
                for (name, value) in KEPT {
                    let value = http::HeaderValue::from_static(value);
                    response.headers_mut().append(name, value);
                }
                for name in DESCRIBING.into_iter().filter(|_| is_described) {
                    let value = http::HeaderValue::from_static("own");
                    response.headers_mut().append(name, value);
                }
                response
            },
        ))
        .layer(
            PrivacyReturnLayer::new(return_url(BASE))
                .also_at(return_url(ALSO_AT))
                .never_return_to(NEVER)
                .map_reply(map_reply),
        )
}

fn start_actix(app: App) -> Host {
    async fn handler(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, AppError> {
        let uri = request.uri().to_string();
        let body = app.handle(request.method().as_str(), uri).await?;
        Ok(HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .body(body))
    }
    async fn keep(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
        let is_described = request.path().starts_with("/described");
        let mut response = next.call(request).await?;
        for name in DESCRIBING.into_iter().filter(|_| is_described) {
            let (name, value) = (
                HeaderName::from_static(name),
                HeaderValue::from_static("own"),
            );
            response.headers_mut().append(name, value);
        }
        for (name, value) in KEPT {
            let (name, value) = (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
            response.headers_mut().append(name, value);
        }
        Ok(response)
    }

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    Host::serve_actix(listener, move || {
        actix_web::App::new()
            .app_data(web::Data::new(app.clone()))
            .default_service(web::to(handler))
            .wrap(from_fn(keep))
            .wrap(
                PrivacyReturn::new(return_url(BASE))
                    .also_at(return_url(ALSO_AT))
                    .never_return_to(NEVER)
                    .map_reply(map_reply),
            )
    })
}

/// The app's own text for one of the pages.
fn map_reply(
    error: &PrivacyError,
    audience: Audience,
    mut reply: http::Response<String>,
) -> http::Response<String> {
    if let (PrivacyError::InteractionRequired(denial), Audience::Navigation) = (error, audience)
        && denial.family() == Some(Family::Photos)
    {
        *reply.status_mut() = StatusCode::CONFLICT;
        reply
            .headers_mut()
            .insert("x-own", http::HeaderValue::from_static("reply"));
        // This is wrong, and must have no effect.
        reply
            .headers_mut()
            .insert("content-length", http::HeaderValue::from_static("3"));
        *reply.body_mut() = format!("Il faut demander: {}", denial.family().unwrap());
    }
    reply
}

/// The response that the browser got.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    /// The whole response, except what depends on the time: its date, and the time of its marker.
    pub fn timeless(&self) -> (u16, BTreeMap<String, Vec<String>>, String) {
        // The `=` is encoded in a location.
        let is_of_time = |c: char| c.is_ascii_digit() || "=%D".contains(c);
        let timeless = |text: &str| {
            let mut parts = text.split("fromOrangePrivacy");
            let before = parts.next().unwrap_or_default().to_owned();
            parts.fold(before, |text, part| {
                text + part.trim_start_matches(is_of_time)
            })
        };
        let mut headers = BTreeMap::<_, Vec<_>>::new();
        for (name, value) in &self.headers {
            // The server sets these.
            if name != "date" && name != "connection" {
                let value = timeless(value.to_str().unwrap());
                headers.entry(name.to_string()).or_default().push(value);
            }
        }
        (self.status.as_u16(), headers, timeless(&self.body))
    }

    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        let value = value.unwrap_or_else(|| panic!("no {name}: {self:?}"));
        value.to_str().unwrap()
    }

    /// Where a navigation is sent.
    #[track_caller]
    pub fn location(&self) -> Url {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{self:?}");
        self.header("location").parse().unwrap()
    }

    /// Where the page goes by itself.
    #[track_caller]
    pub fn refresh(&self) -> Url {
        assert_eq!(self.status, StatusCode::FORBIDDEN, "{self:?}");
        self.between("http-equiv=\"refresh\" content=\"0;url=")
    }

    /// The URL in the attribute that begins with this text.
    #[track_caller]
    pub fn between(&self, begin: &str) -> Url {
        let url = self
            .body
            .split_once(begin)
            .and_then(|(_, rest)| rest.split_once('"'));
        let (url, _) = url.unwrap_or_else(|| panic!("no {begin} in {self:?}"));
        url.replace("&amp;", "&").parse().unwrap()
    }

    /// The location and the type in a problem.
    #[track_caller]
    pub fn problem(&self) -> (String, Url) {
        assert_eq!(self.status, StatusCode::FORBIDDEN, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        let text = |member: &str| problem[member].as_str().unwrap().to_owned();
        (text("type"), text("location").parse().unwrap())
    }

    /// The link of the page that says that the step is still needed.
    #[track_caller]
    pub fn ask_again(&self) -> Url {
        assert_eq!(self.status, StatusCode::FORBIDDEN, "{self:?}");
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        assert!(self.body.contains("This step is still needed"), "{self:?}");
        self.between("href=\"")
    }

    /// The links of a reply whose page does not lead back: to the page, in a new window, and to continue.
    #[track_caller]
    pub fn both_ways(&self) -> (String, String) {
        assert_eq!(self.status, StatusCode::FORBIDDEN, "{self:?}");
        let ways = self
            .body
            .split_once("<ol><li><a href=\"")
            .and_then(|(_, ways)| {
                let (there, ways) =
                    ways.split_once("\" target=\"_blank\" rel=\"noopener noreferrer\">")?;
                let (_, ways) = ways.split_once("</a></li><li><a href=\"")?;
                let (on, _) = ways.split_once("\" target=\"_top\">Continue</a></li></ol>")?;
                Some((there.replace("&amp;", "&"), on.replace("&amp;", "&")))
            });
        ways.unwrap_or_else(|| panic!("no two ways: {self:?}"))
    }

    #[track_caller]
    pub fn shows(&self, text: &str) {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        assert!(self.body.contains(text), "{self:?}");
    }
}

/// A browser. The app's public URL leads it to each replica in turn.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    replicas: Arc<[Host]>,
    turn: AtomicUsize,
}

impl Browser {
    pub fn new(replicas: impl Into<Arc<[Host]>>) -> Self {
        Self {
            client: Client::builder().redirect(Policy::none()).build().unwrap(),
            replicas: replicas.into(),
            turn: AtomicUsize::new(0),
        }
    }

    pub async fn send(&self, method: &str, url: &str, headers: &[(&str, &str)]) -> Reply {
        let path = url.strip_prefix(BASE).unwrap_or(url);
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.replicas.len();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, self.replicas[turn].url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        Reply {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    /// Opens a page.
    pub async fn open(&self, url: &str) -> Reply {
        self.send("GET", url, &[("sec-fetch-mode", "navigate")])
            .await
    }

    /// The page at `page` calls `fetch()`.
    pub async fn fetch(&self, url: &str, page: &str) -> Reply {
        let headers = [("sec-fetch-mode", "cors"), ("referer", page)];
        self.send("GET", url, &headers).await
    }

    /// The user sends the form of the page at `page`.
    pub async fn post(&self, url: &str, page: &str) -> Reply {
        let headers = [("sec-fetch-mode", "navigate"), ("referer", page)];
        self.send("POST", url, &headers).await
    }

    /// The user presses a button of the privacy page, and is sent back there.
    pub async fn choose(&self, privacy_page: Url, choice: Choice) -> String {
        let response = self.client.get(privacy_page.clone()).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let form = self
            .client
            .post(privacy_page)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("choice={choice}"));
        let response = form.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        response.headers()[header::LOCATION]
            .to_str()
            .unwrap()
            .to_owned()
    }
}
