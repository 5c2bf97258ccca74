//! A denial that the app finds itself, in the result of an SDK: a tool of an MCP server needs the user to
//! visit a URL first. Both sides speak MCP over real sockets, in each revision that has such URLs.
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
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use actix_web::{HttpRequest, web};
use axum::{Router, extract::State, routing::get};
use rmcp::{
    ClientLifecycleMode, ClientServiceExt, Peer, RoleClient, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, ClientConfig,
        ContentBlock, ElicitRequest, ElicitRequestParams, ElicitationCapability, ErrorCode,
        ErrorData, Implementation, InputRequest, InputRequests, InputRequiredResult,
        ProtocolVersion, ServerCapabilities, ServerConfig, UrlElicitationCapability,
    },
    service::{RequestContext, RunningService, ServiceError},
    transport::{
        StreamableHttpClientTransport, StreamableHttpServerConfig, StreamableHttpService,
        streamable_http_server::session::local::LocalSessionManager,
    },
};
use support::{
    host::{BASE, Browser, Host, KINDS, Kind},
    return_url,
    server::Server,
};
use tower_privacy::{
    Denial, PrivacyContext, PrivacyEndpoint, PrivacyError, PrivacyLayer, PrivacyReturnLayer,
    RejectionKind,
    actix::PrivacyReturn,
    problem,
    protocol::{Bearer, GitHubSso, Kratos, MatrixConsent},
};

/// The page on the tool server that the user must visit. Its query belongs to the server.
const PAGE: &str = "/connect?id=7&state=a%20b,c";

const CONTACTS: &str = "https://app.example/carnet/contacts?sort=name";
const CONTACT: &str = "Ada Lovelace";

/// Up to revision 2025-11-25, the URL is in the data of an error, for which rmcp has no type.
const URL_ELICITATION_REQUIRED: ErrorCode = ErrorCode(-32042);

const REVISIONS: [ProtocolVersion; 2] =
    [ProtocolVersion::V_2025_11_25, ProtocolVersion::V_2026_07_28];

/// The server of a tool that reads contacts after the user has visited the page.
#[derive(Clone)]
struct Tools {
    page: String,
    is_connected: Arc<AtomicBool>,
}

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if self.is_connected.load(Ordering::Relaxed) {
            return Ok(CallToolResult::success(vec![ContentBlock::text(CONTACT)]).into());
        }
        let asked = ElicitRequestParams::UrlElicitationParams {
            meta: None,
            message: "Connect your address book".to_owned(),
            url: self.page.clone(),
            elicitation_id: "7".to_owned(),
        };
        if context.protocol_version() == Some(ProtocolVersion::V_2026_07_28) {
            let asked = InputRequest::Elicitation(ElicitRequest::new(asked));
            let asked = InputRequests::from([("connect".to_owned(), asked)]);
            return Ok(InputRequiredResult::from_input_requests(asked).into());
        }
        Err(ErrorData::new(
            URL_ELICITATION_REQUIRED,
            "Connect your address book",
            Some(serde_json::json!({ "elicitations": [asked] })),
        ))
    }
}

/// An app that reads contacts from an MCP server.
#[derive(Clone)]
struct App {
    tools: Peer<RoleClient>,
    layer: PrivacyLayer,
    /// The protocol name that the app gives to its denials.
    protocol: &'static str,
}

impl App {
    async fn contacts(&self) -> Result<String, PrivacyError> {
        let call = CallToolRequestParams::new("contacts");
        let asked = match self.tools.call_tool_once(call).await {
            Ok(CallToolResponse::Complete(result)) => {
                let text = result.content.first().and_then(ContentBlock::as_text);
                return Ok(text.unwrap().text.clone());
            }
            Ok(CallToolResponse::InputRequired(needs)) => {
                let asked = needs.input_requests.into_iter().flatten();
                asked.map(|(_, asked)| asked).find_map(|asked| match asked {
                    InputRequest::Elicitation(asked) => Some(asked.params),
                    _ => None,
                })
            }
            Err(ServiceError::McpError(error)) if error.code == URL_ELICITATION_REQUIRED => {
                let asked = error.data.unwrap()["elicitations"][0].take();
                serde_json::from_value(asked).ok()
            }
            other => panic!("{other:?}"),
        };
        let Some(ElicitRequestParams::UrlElicitationParams { url, .. }) = asked else {
            panic!("{asked:?}")
        };
        let denial = Denial::new(self.protocol, url.parse().unwrap())
            .with_code("url_elicitation")
            .with_permissions(["tool.contacts"]);
        Err(self.layer.signal(denial))?
    }

    async fn answer(&self, path: &str) -> Result<String, PrivacyError> {
        if path == "/job" {
            let nobody = PrivacyContext::non_interactive();
            return nobody.scope(self.contacts()).await;
        }
        self.contacts().await
    }

    async fn serve(self, kind: Kind) -> Host {
        let home = || return_url(BASE);
        match kind {
            Kind::Axum => {
                let handler = async |State(app): State<Self>, uri: axum::http::Uri| {
                    app.answer(uri.path()).await
                };
                let app = Router::new().fallback(handler).with_state(self);
                Host::Axum(Server::start(app.layer(PrivacyReturnLayer::new(home()))).await)
            }
            Kind::Actix => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
                Host::serve_actix(listener, move || {
                    let handler = async |app: web::Data<Self>, request: HttpRequest| {
                        app.answer(request.path()).await
                    };
                    actix_web::App::new()
                        .app_data(web::Data::new(self.clone()))
                        .default_service(web::to(handler))
                        .wrap(PrivacyReturn::new(home()))
                })
            }
        }
    }
}

/// A tool server, an app, and a browser.
struct World {
    /// Where the server sends the user.
    page: String,
    is_connected: Arc<AtomicBool>,
    app: App,
    browser: Browser,
    _tools: RunningService<RoleClient, ClientConfig>,
    _server: Server,
}

impl World {
    async fn new(kind: Kind, revision: &ProtocolVersion) -> Self {
        Self::with(kind, revision, PAGE, "mcp", PrivacyLayer::new()).await
    }

    /// The page of the tool server is trusted, in addition to what the layer trusts.
    async fn with(
        kind: Kind,
        revision: &ProtocolVersion,
        page: &str,
        protocol: &'static str,
        layer: PrivacyLayer,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let is_connected = Arc::<AtomicBool>::default();
        let own = PrivacyEndpoint::new(format!("{origin}/connect")).unwrap();
        let page = if page.starts_with('/') {
            format!("{origin}{page}")
        } else {
            page.to_owned()
        };

        let tools = Tools {
            page: page.clone(),
            is_connected: Arc::clone(&is_connected),
        };
        let tools = StreamableHttpService::new(
            move || Ok(tools.clone()),
            Arc::<LocalSessionManager>::default(),
            StreamableHttpServerConfig::default(),
        );
        let connect = Arc::clone(&is_connected);
        let connect = async move || connect.store(true, Ordering::Relaxed);
        let router = Router::new()
            .route("/connect", get("Your address book?").post(connect))
            .nest_service("/mcp", tools);
        let server = Server::start_on(listener, router);

        let url = ElicitationCapability::new().with_url(UrlElicitationCapability::new());
        let mut capabilities = ClientCapabilities::default();
        capabilities.elicitation = Some(url);
        let config = ClientConfig::new(capabilities, Implementation::new("carnet", "1"));
        let lifecycle = if revision.has_initialize() {
            ClientLifecycleMode::Initialize
        } else {
            ClientLifecycleMode::Discover {
                preferred_versions: vec![revision.clone()],
            }
        };
        let transport = StreamableHttpClientTransport::from_uri(format!("{origin}/mcp"));
        let config = config.with_protocol_version(revision.clone());
        let tools = config
            .serve_with_lifecycle(transport, lifecycle)
            .await
            .unwrap();

        let app = App {
            tools: tools.peer().clone(),
            layer: layer.also_trust(own),
            protocol,
        };
        let host = app.clone().serve(kind).await;
        Self {
            page,
            is_connected,
            app,
            browser: Browser::new([host]),
            _tools: tools,
            _server: server,
        }
    }

    /// The user opens the page, and completes it.
    async fn connects(&self, page: &str) {
        let client = reqwest::Client::new();
        let opened = client.get(page).send().await.unwrap();
        assert_eq!(opened.text().await.unwrap(), "Your address book?");
        assert!(!self.is_connected.load(Ordering::Relaxed));
        client
            .post(page)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
    }
}

async fn on_each_host_and_in_each_revision(walk: impl AsyncFn(World)) {
    for kind in KINDS {
        for revision in &REVISIONS {
            walk(World::new(kind, revision).await).await;
        }
    }
}

/// The page, with its marker, at which a user continues.
#[track_caller]
fn is_marked(on: &str, page: &str) {
    let (found, marker) = on.split_once("&fromOrangePrivacy=").unwrap();
    assert_eq!(found, page);
    assert!(marker.ends_with("~mcp%21tool.contacts"), "{on}");
}

#[tokio::test]
async fn a_user_is_offered_the_page_that_a_tool_needs_and_continues_afterwards() {
    on_each_host_and_in_each_revision(async |world| {
        let reply = world.browser.open(CONTACTS).await;
        assert!(
            reply.body.contains("<h1>One more step is needed</h1>"),
            "{reply:?}"
        );
        assert!(!reply.headers.contains_key("location"), "{reply:?}");
        let (page, on) = reply.both_ways();
        assert_eq!(page, world.page, "it is copied");
        is_marked(&on, CONTACTS);
        world.connects(&page).await;
        world.browser.open(&on).await.shows(CONTACT);
    })
    .await;
}

#[tokio::test]
async fn a_user_who_continues_without_a_visit_is_told_that_it_is_still_needed() {
    on_each_host_and_in_each_revision(async |world| {
        let (_, on) = world.browser.open(CONTACTS).await.both_ways();
        for _ in 0..2 {
            let reply = world.browser.open(&on).await;
            assert!(
                reply.body.contains("<h1>This step is still needed</h1>"),
                "{reply:?}"
            );
            let (page, again) = reply.both_ways();
            assert_eq!(page, world.page);
            is_marked(&again, CONTACTS);
        }
        world.connects(&world.page).await;
        world.browser.open(&on).await.shows(CONTACT);
    })
    .await;
}

#[tokio::test]
async fn a_program_gets_both_urls() {
    on_each_host_and_in_each_revision(async |world| {
        let mut page = "https://app.example/carnet/book?tab=3".to_owned();
        for uri in [problem::REDIRECT, problem::REFUSED] {
            let reply = world.browser.fetch("/contacts", &page).await;
            assert_eq!(reply.status, 403, "{reply:?}");
            let problem: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
            assert_eq!(problem["type"], uri);
            assert_eq!(problem["location"], world.page);
            assert_eq!(problem["returns"], false);
            assert_eq!(problem["protocol"], "mcp");
            assert_eq!(problem["code"], "url_elicitation");
            assert_eq!(problem["permissions"], serde_json::json!(["tool.contacts"]));
            problem["continue"].as_str().unwrap().clone_into(&mut page);
            is_marked(&page, "https://app.example/carnet/book?tab=3");
        }
        world.connects(&world.page).await;
        world.browser.fetch("/contacts", &page).await.shows(CONTACT);
    })
    .await;
}

#[tokio::test]
async fn an_untrusted_page_is_an_error_and_no_reply_names_it() {
    let elsewhere = "https://evil.test/connect?id=7";
    for kind in KINDS {
        for revision in &REVISIONS {
            let layer = PrivacyLayer::new().trust_only([]);
            let world = World::with(kind, revision, elsewhere, "mcp", layer).await;
            for (fields, status) in [
                (&[("sec-fetch-mode", "navigate")][..], 502),
                (
                    &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
                    502,
                ),
                (
                    &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "object")],
                    200,
                ),
                (&[("hx-request", "true")], 200),
                (&[("x-turbo-request-id", "7")], 502),
                (&[("x-inertia", "true")], 502),
                (&[("x-up-version", "3")], 502),
                (&[("purpose", "prefetch")], 502),
                (&[], 502),
            ] {
                let reply = world.browser.send("GET", "/contacts", fields).await;
                assert_eq!(reply.status, status, "{reply:?}");
                let all = format!("{reply:?}");
                assert!(!all.contains("evil") && !all.contains("href"), "{reply:?}");
            }
            let error = world.app.contacts().await.unwrap_err();
            let PrivacyError::Rejected(rejected) = error else {
                panic!("{error:?}")
            };
            assert_eq!(rejected.kind(), RejectionKind::UntrustedEndpoint);
        }
    }
}

#[tokio::test]
async fn a_call_without_a_user_asks_nobody() {
    on_each_host_and_in_each_revision(async |world| {
        let error = world.app.contacts().await.unwrap_err();
        let PrivacyError::InteractionRequired(denial) = error else {
            panic!("{error:?}")
        };
        assert_eq!(
            (denial.protocol(), denial.code()),
            ("mcp", Some("url_elicitation"))
        );

        let reply = world.browser.open("/job").await;
        assert_eq!(reply.status, 403);
        assert!(!reply.body.contains("href"), "{reply:?}");
        let reply = world.browser.fetch("/job", CONTACTS).await;
        assert!(
            reply.body.contains(problem::INTERACTION_REQUIRED),
            "{reply:?}"
        );
        assert!(!reply.body.contains("location"), "{reply:?}");
    })
    .await;
}

#[tokio::test]
async fn the_protocol_of_the_layer_applies_to_a_denial_of_its_name() {
    let layer = PrivacyLayer::new;
    let bearer = || layer().protocol(Bearer::new("https://app.example/sign-in", ["mail"]).unwrap());
    let kratos = || layer().protocol(Kratos::new("https://id.example").unwrap());
    let matrix = || layer().protocol(MatrixConsent::new("https://matrix.example").unwrap());
    for kind in KINDS {
        for (layer, protocol, parameter) in [
            (layer(), "orange", Some("urlRetour")),
            (bearer(), "bearer", Some("return_to")),
            (kratos(), "kratos", Some("return_to")),
            (layer().protocol(GitHubSso::new()), "github_sso", None),
            (matrix(), "matrix_consent", None),
            (bearer(), "mcp", None),
            (kratos(), "bearer", None),
            (layer(), "kratos", None),
        ] {
            let revision = ProtocolVersion::LATEST;
            let world = World::with(kind, &revision, PAGE, protocol, layer).await;
            let reply = world.browser.open(CONTACTS).await;
            let on = if let Some(parameter) = parameter {
                let location = reply.location();
                let begin = format!("{}&{parameter}=", world.page);
                assert!(location.as_str().starts_with(&begin), "{location}");
                let (_, on) = location.query_pairs().last().unwrap();
                on.into_owned()
            } else {
                let (page, on) = reply.both_ways();
                assert_eq!(page, world.page);
                on
            };
            let prefix = if protocol == "orange" {
                String::new()
            } else {
                format!("{protocol}%21")
            };
            assert!(on.ends_with(&format!("~{prefix}tool.contacts")), "{on}");
            world.connects(&world.page).await;
            world.browser.open(&on).await.shows(CONTACT);
        }
    }
}
