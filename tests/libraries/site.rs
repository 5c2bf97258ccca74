//! An app whose pages use JavaScript libraries, the same on both hosts, and its upstream.

use std::{
    fmt, fs, io,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use actix_web::{HttpRequest, HttpResponse, middleware::DefaultHeaders, web};
use axum::{
    Router,
    extract::State,
    middleware::map_response,
    response::{Html, IntoResponse},
    routing::get,
};
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri,
    header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, X_FRAME_OPTIONS},
};
use reqwest::Client;
use tokio::net::TcpListener;
use tower::{ServiceBuilder, ServiceExt};
use tower_privacy::{
    Privacy, PrivacyEndpoint, PrivacyError, PrivacyLayer, PrivacyReturnLayer, ReturnUrl,
    actix::PrivacyReturn, protocol::MatrixConsent, sandbox::Sandbox,
};
use url::form_urlencoded;

use super::support::{
    host::{Host, Kind},
    return_url,
    server::Server,
};

/// A strict policy, on every page of the app and on the replies. Only styles may be inline.
const POLICY: &str = "default-src 'self'; connect-src 'self'; form-action 'self'; frame-src 'self'; \
    script-src 'self' 'inline-speculation-rules'; style-src 'self' 'unsafe-inline'";

/// The folder of the libraries: where `.ci/libraries` installs them, or where `TOWER_PRIVACY_LIBRARIES`
/// says.
pub(crate) fn libraries() -> Option<PathBuf> {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/libraries/node_modules");
    let folder = std::env::var_os("TOWER_PRIVACY_LIBRARIES").map_or_else(own, PathBuf::from);
    Some(folder).filter(|folder| folder.is_dir())
}

/// The app, its upstream, and their records. They run until this is dropped.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) url: String,
    pub(crate) sandbox: Sandbox,
    /// The requests, for a test to wait for, and to print when it fails.
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
    _app: Host,
    _upstream: Server,
}

/// A request whose reply needs the upstream, and the outcome of that call.
#[derive(Debug)]
pub(crate) struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    denied: Option<String>,
}

impl Asked {
    pub(crate) fn is_prefetch(&self) -> bool {
        ["sec-purpose", "x-sec-purpose", "purpose"]
            .iter()
            .filter_map(|name| self.headers.get(*name))
            .any(|value| value.as_bytes().starts_with(b"prefetch"))
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.method, self.uri)?;
        for (name, value) in &self.headers {
            // Every request of this browser has these.
            if !["sec-ch-ua", "user-agent", "accept-"]
                .iter()
                .any(|noise| name.as_str().starts_with(noise))
            {
                writeln!(f, "  {name}: {value:?}")?;
            }
        }
        write!(f, "  -> {}", self.denied.as_deref().unwrap_or("answered"))
    }
}

/// Where an upstream sends its users.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Upstream {
    /// To the sandbox's privacy page, which leads back.
    Sandbox,
    /// To the terms of a Matrix homeserver, which do not lead back.
    Terms,
}

impl Site {
    pub(crate) async fn start(kind: Kind, libraries: &Path, asks: Upstream) -> Self {
        let sandbox = Sandbox::new();
        // Like the real privacy page, this one is on another site, and must not be in a frame.
        let unframed = async |mut response: axum::response::Response| {
            let deny = HeaderValue::from_static("DENY");
            response.headers_mut().insert(X_FRAME_OPTIONS, deny);
            response
        };
        let upstream = match asks {
            Upstream::Sandbox => sandbox.router(),
            Upstream::Terms => terms(),
        };
        let upstream = Server::start(upstream.layer(map_response(unframed))).await;
        let elsewhere = |path: &str| upstream.url(path).replace("127.0.0.1", "localhost");
        let page = PrivacyEndpoint::new(elsewhere("/urm-gui/interaction.do")).unwrap();
        let (layer, contacts) = match asks {
            Upstream::Sandbox => (
                PrivacyLayer::new().trust_only([page]),
                elsewhere("/contacts?action=see&token=sandbox-token"),
            ),
            Upstream::Terms => {
                let homeserver = MatrixConsent::new(elsewhere("/")).unwrap();
                (
                    PrivacyLayer::new().protocol(homeserver),
                    elsewhere("/rooms"),
                )
            }
        };

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::default();
        let app = App {
            client: ServiceBuilder::new().layer(layer).service(Client::new()),
            contacts,
            libraries: libraries.to_owned(),
            asked: Arc::clone(&asked),
        };
        let base = return_url(&url);
        let app = match kind {
            Kind::Axum => Host::Axum(Server::start_on(listener, axum_app(app, base))),
            Kind::Actix => Host::serve_actix(listener.into_std().unwrap(), move || {
                actix_web::App::new()
                    .app_data(web::Data::new(app.clone()))
                    .default_service(web::to(actix_handler))
                    .wrap(PrivacyReturn::new(base.clone()))
                    .wrap(DefaultHeaders::new().add(("content-security-policy", POLICY)))
            }),
        };
        Self {
            url,
            sandbox,
            asked,
            _app: app,
            _upstream: upstream,
        }
    }
}

/// A homeserver whose user must accept its terms first. Like Synapse, it then thanks them, without a link.
fn terms() -> Router {
    let is_accepted = Arc::<AtomicBool>::default();
    let rooms = async |State(is_accepted): State<Arc<AtomicBool>>, headers: HeaderMap| {
        if is_accepted.load(Ordering::Relaxed) {
            return "Ada Lovelace".into_response();
        }
        let host = headers["host"].to_str().unwrap();
        let denied = serde_json::json!({
            "errcode": "M_CONSENT_NOT_GIVEN",
            "consent_uri": format!("http://{host}/_matrix/consent?u=ada&h=83fe"),
        });
        let label = [(CONTENT_TYPE, "application/json")];
        (StatusCode::FORBIDDEN, label, denied.to_string()).into_response()
    };
    let page = Html("<h1>The terms</h1><form method=\"post\"><button>Accept</button></form>");
    let accept = async |State(is_accepted): State<Arc<AtomicBool>>| {
        is_accepted.store(true, Ordering::Relaxed);
        Html("<h1>Thank you</h1>")
    };
    Router::new()
        .route("/rooms", get(rooms))
        .route("/_matrix/consent", get(page).post(accept))
        .with_state(is_accepted)
}

#[derive(Clone, Debug)]
struct App {
    client: Privacy<Client>,
    contacts: String,
    libraries: PathBuf,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl App {
    /// A file of the libraries, or a page of this folder. In a page, `CONTACTS` is replaced by the upstream's
    /// answer.
    async fn answer(&self, request: &Request<()>) -> Result<Response<Vec<u8>>, PrivacyError> {
        let uri = request.uri();
        if let Some(path) = uri.path().strip_prefix("/libraries/") {
            return Ok(file(&self.libraries.join(path)));
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("libraries");
        let path = folder.join(&uri.path()[1..]);
        if path.extension().is_some() {
            return Ok(file(&path));
        }
        let mut response = file(&path.with_extension("html"));
        let mut page = String::from_utf8(response.body().clone()).unwrap();
        if page.contains("CONTACTS") {
            let contacts = self.contacts(request).await?;
            if request.method() == Method::POST {
                let response = Response::builder().status(StatusCode::SEE_OTHER);
                return Ok(response
                    .header(LOCATION, uri.to_string())
                    .body(vec![])
                    .unwrap());
            }
            if request.headers().contains_key("x-inertia") {
                return Ok(inertia_page(uri, &contacts));
            }
            page = page.replace("CONTACTS", &contacts);
        }
        // The library of the page, and the targets of its links.
        for (placeholder, name, default) in [("LIBRARY", "library", ""), ("TO", "to", "/contacts")]
        {
            let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
            let value = query.into_iter().find(|(found, _)| found == name);
            let value = value.map_or(default.into(), |(_, value)| value.replace('&', "&amp;"));
            page = page.replace(placeholder, &value);
        }
        *response.body_mut() = page.into();
        Ok(response)
    }

    async fn contacts(&self, request: &Request<()>) -> Result<String, PrivacyError> {
        let answer = async {
            let call = reqwest::Request::new(Method::GET, self.contacts.parse().unwrap());
            let response = self.client.clone().oneshot(call).await?;
            Ok(response.error_for_status()?.text().await?)
        };
        let answer: Result<String, PrivacyError> = answer.await;
        self.asked.lock().unwrap().push(Asked {
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            denied: answer.as_ref().err().map(ToString::to_string),
        });
        answer
    }
}

fn file(path: &Path) -> Response<Vec<u8>> {
    let media_type = match path.extension().and_then(|extension| extension.to_str()) {
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        _ => "text/html; charset=utf-8",
    };
    let response = Response::builder().header(CONTENT_TYPE, media_type);
    let response = match fs::read(path) {
        Ok(content) => response.body(content),
        Err(error) if error.kind() == io::ErrorKind::NotFound => response.status(404).body(vec![]),
        Err(error) => panic!("{}: {error}", path.display()),
    };
    response.unwrap()
}

/// What Inertia shows without loading a page.
fn inertia_page(uri: &Uri, contacts: &str) -> Response<Vec<u8>> {
    let page = serde_json::json!({
        "component": "contacts",
        "props": { "contacts": contacts },
        "url": uri.to_string(),
        "version": null,
    });
    Response::builder()
        .header(CONTENT_TYPE, "application/json")
        .header("x-inertia", "true")
        .body(page.to_string().into())
        .unwrap()
}

fn axum_app(app: App, base: ReturnUrl) -> Router {
    let handler = async |State(app): State<App>, request: axum::extract::Request| {
        let response = app.answer(&request.map(drop)).await?;
        Ok::<_, PrivacyError>(response.map(axum::body::Body::from))
    };
    let with_policy = async |mut response: axum::response::Response| {
        let policy = HeaderValue::from_static(POLICY);
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
        response
    };
    Router::new()
        .fallback(handler)
        .with_state(app)
        .layer(PrivacyReturnLayer::new(base))
        .layer(map_response(with_policy))
}

/// actix-web uses another version of `http`.
async fn actix_handler(
    app: web::Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, PrivacyError> {
    let mut copy = Request::builder()
        .method(request.method().as_str())
        .uri(request.uri().to_string());
    for (name, value) in request.headers() {
        copy = copy.header(name.as_str(), value.as_bytes());
    }
    let response = app.answer(&copy.body(()).unwrap()).await?;
    let status = actix_web::http::StatusCode::from_u16(response.status().as_u16());
    let mut copy = HttpResponse::build(status.unwrap());
    for (name, value) in response.headers() {
        copy.insert_header((name.as_str(), value.as_bytes()));
    }
    Ok(copy.body(response.into_body()))
}
