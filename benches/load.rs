//! Puts the layer under load: 1,000 calls at once over loopback, round after round, in HTTP/1.1 and in HTTP/2, for each
//! protocol.
//!
//! A third of the calls is denied, a third gets 1 MiB of XML, whose inspection ends early, and a third gets JSON. A few
//! more go to an upstream that sends its denial byte by byte, stops in the middle, or breaks off. The callers of the one
//! that stops go away during the inspection.
//!
//! The program fails if a call ends in another way than without the layer, if its memory grows after the first
//! half of the time, or if a connection is open after the clients are gone.
//!
//! ```sh
//! ulimit -n 8192
//! cargo bench -p benches --bench load                  # two minutes for each version of HTTP
//! cargo bench -p benches --bench load -- --seconds 20
//! ```

mod support;

use std::{
    collections::BTreeMap,
    convert::Infallible,
    env, fs,
    net::Ipv4Addr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Empty};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use support::answers::{self, Answer, FRAME, live};
use tokio::{net::TcpListener, task::JoinSet, time::timeout};
use tower::{Layer, ServiceExt};
use tower_privacy::{Privacy, PrivacyError};

const CALLS: usize = 1_000;
/// How many more calls of each awkward kind.
const AWKWARD: usize = 20;
const LARGE: usize = 1024 * 1024;
/// How long callers wait for an upstream that stops.
const PATIENCE: Duration = Duration::from_millis(50);

/// What the servers send.
struct Answers {
    /// The denial of each protocol.
    denials: [(&'static str, Answer); 5],
    large: Answer,
    json: Answer,
}

impl Answers {
    fn new() -> Self {
        Self {
            denials: [
                ("orange", answers::denial()),
                ("kratos", live::kratos_denial()),
                ("bearer", live::bearer_denial()),
                ("github_sso", live::github_denial()),
                ("matrix_consent", live::matrix_denial()),
            ],
            large: answers::contacts("large", LARGE),
            json: answers::json(),
        }
    }

    /// `/{protocol}/{kind}`
    fn answer(&self, path: &str) -> Response<Sent> {
        let (protocol, kind) = path[1..].split_once('/').unwrap();
        let mut denials = self.denials.iter();
        let (_, denial) = denials.find(|(name, _)| *name == protocol).unwrap();
        let half = denial.data().len() / 2;
        let (answer, frame, end) = match kind {
            "denied" => (denial, usize::MAX, None),
            "drip" => (denial, 1, None),
            "stall" => (denial, half, Some((half, End::Stall))),
            "break" => (denial, half, Some((half, End::Break))),
            "large" => (&self.large, FRAME, None),
            _ => (&self.json, usize::MAX, None),
        };
        let data = answer.data();
        answer.response().map(|_| Sent {
            data,
            frame,
            end,
            yields: false,
        })
    }
}

/// What an upstream sends of a body, and how.
struct Sent {
    data: Bytes,
    frame: usize,
    /// How many bytes are sent before the upstream stops, and how it stops.
    end: Option<(usize, End)>,
    yields: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    Stall,
    Break,
}

impl Body for Sent {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.end {
            Some((0, End::Stall)) => return Poll::Pending,
            Some((0, End::Break)) if self.yields => {
                return Poll::Ready(Some(Err(std::io::ErrorKind::Other.into())));
            }
            // What was sent so far goes out before.
            Some((0, End::Break)) => {
                self.yields = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            _ if self.data.is_empty() => return Poll::Ready(None),
            _ => {}
        }
        // Each byte goes out by itself.
        if self.frame == 1 && !self.yields {
            self.yields = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.yields = false;
        let mut length = self.frame.min(self.data.len());
        if let Some((left, _)) = &mut self.end {
            length = length.min(*left);
            *left -= length;
        }
        Poll::Ready(Some(Ok(Frame::data(self.data.split_to(length)))))
    }
}

/// How many connections a server has.
#[derive(Default)]
struct Connections {
    open: AtomicUsize,
    all: AtomicUsize,
}

struct Open(Arc<Connections>);

impl Open {
    fn new(connections: &Arc<Connections>) -> Self {
        connections.open.fetch_add(1, Ordering::SeqCst);
        connections.all.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(connections))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn serve(answers: Arc<Answers>, is_http2: bool) -> (String, Arc<Connections>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(Connections::default());
    let opened = Arc::clone(&connections);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let (open, answers) = (Open::new(&opened), Arc::clone(&answers));
            tokio::spawn(async move {
                let _open = open;
                let service = service_fn(|request: Request<Incoming>| {
                    let response = answers.answer(request.uri().path());
                    std::future::ready(Ok::<_, Infallible>(response))
                });
                let stream = TokioIo::new(stream);
                // Some connections break off.
                let _ = if is_http2 {
                    let mut server = http2::Builder::new(TokioExecutor::new());
                    // By default, a server closes a connection on which it has broken off 1,024 responses.
                    server
                        .max_concurrent_streams(2_000)
                        .max_local_error_reset_streams(None);
                    server.serve_connection(stream, service).await
                } else {
                    http1::Builder::new()
                        .serve_connection(stream, service)
                        .await
                };
            });
        }
    });
    (base, connections)
}

type Layered = Privacy<Client<HttpConnector, Empty<Bytes>>>;

/// How a call ended.
async fn call(client: Layered, answers: &Answers, url: String, gives_up: bool) -> &'static str {
    let request = Request::get(&url).body(Empty::new()).unwrap();
    let kind = url.rsplit('/').next().unwrap();
    let call = async {
        let response = client.oneshot(request).await?;
        let body = response.into_body().collect().await;
        Ok(body.map(http_body_util::Collected::to_bytes))
    };
    let ended = if gives_up {
        let Ok(ended) = timeout(PATIENCE, call).await else {
            return "given up";
        };
        ended
    } else {
        call.await
    };
    match ended {
        Err(PrivacyError::Redirect(redirect)) => {
            assert!(redirect.location().as_str().contains("//"));
            "denied"
        }
        Ok(Ok(body)) if kind == "large" => {
            assert!(body == answers.large.data(), "{url}");
            "large"
        }
        Ok(Ok(body)) => {
            assert_eq!(body, answers.json.data());
            "json"
        }
        Ok(Err(_)) => "broken off",
        Err(PrivacyError::Service(_)) if kind == "break" => "broken off",
        Err(error) => panic!("{url}: {error:?} {:?}", std::error::Error::source(&error)),
    }
}

/// How a call of this kind has to end.
fn expected(protocol: &str, kind: &str) -> &'static str {
    let is_in_head = matches!(protocol, "bearer" | "github_sso");
    match kind {
        "denied" | "drip" => "denied",
        "stall" | "break" if is_in_head => "denied",
        "stall" => "given up",
        "break" => "broken off",
        "large" => "large",
        _ => "json",
    }
}

async fn round(
    clients: &[(&'static str, Layered)],
    answers: &Arc<Answers>,
    base: &str,
    counts: &mut BTreeMap<&'static str, u64>,
) {
    for (protocol, client) in clients {
        let kinds = ["denied", "large", "json"].into_iter().cycle().take(CALLS);
        let awkward = ["drip", "stall", "break"]
            .into_iter()
            .cycle()
            .take(3 * AWKWARD);
        let mut calls = JoinSet::new();
        for kind in kinds.chain(awkward) {
            let gives_up = expected(protocol, kind) == "given up";
            let (client, answers) = (client.clone(), Arc::clone(answers));
            let url = format!("{base}/{protocol}/{kind}");
            calls.spawn(async move { (kind, call(client, &answers, url, gives_up).await) });
        }
        while let Some(call) = calls.join_next().await {
            let (kind, ended) = call.unwrap();
            // HTTP/2 may report a reset before the head that came first.
            if !(kind == "break" && ended == "broken off") {
                assert_eq!(ended, expected(protocol, kind), "{protocol} {kind}");
            }
            *counts.entry(ended).or_default() += 1;
        }
    }
}

/// The resident memory of this process, in KiB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let memory = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    memory.unwrap_or_default()
}

async fn run(version: &str, time: Duration) {
    let is_http2 = version == "HTTP/2";
    let answers = Arc::new(Answers::new());
    let (base, connections) = serve(Arc::clone(&answers), is_http2).await;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new())
        .http2_only(is_http2)
        // A denial in the head leaves the body unread, which resets the stream. By default, a client remembers 50
        // of those, and closes the connection after 1,024 frames for others.
        .http2_max_concurrent_reset_streams(2_000)
        .build(connector);
    let clients = answers.denials.each_ref().map(|(protocol, denial)| {
        let layer = (denial.layer)().return_to("https://app.example/".parse().unwrap());
        (*protocol, layer.layer(client.clone()))
    });
    drop(client);

    let (begin, mut counts) = (Instant::now(), BTreeMap::new());
    let at_start = memory();
    let mut at_half = 0;
    let mut rounds = 0_u32;
    while begin.elapsed() < time {
        round(&clients, &answers, &base, &mut counts).await;
        rounds += 1;
        if at_half == 0 && begin.elapsed() >= time / 2 {
            at_half = memory();
        }
    }
    let at_end = memory();
    let open = connections.open.load(Ordering::SeqCst);
    drop(clients);
    let closed = async {
        while connections.open.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let is_closed = timeout(Duration::from_secs(10), closed).await.is_ok();
    let left = connections.open.load(Ordering::SeqCst);
    let all = connections.all.load(Ordering::SeqCst);
    println!(
        "{version}: {rounds} rounds, {} calls: {counts:?}\n  memory in KiB: {at_start} at start, {at_half} at half \
         time, {at_end} at end\n  connections: {all} in all, {open} at the end, {left} after the clients were dropped",
        counts.values().sum::<u64>(),
    );
    assert!(is_closed, "{left} connections are left behind");
    assert!(at_end <= at_half + at_half / 10, "the memory grew");
}

#[tokio::main]
async fn main() {
    let mut arguments = env::args()
        .skip_while(|argument| argument != "--seconds")
        .skip(1);
    let seconds = arguments
        .next()
        .map_or(120, |seconds| seconds.parse().unwrap());
    for version in ["HTTP/1.1", "HTTP/2"] {
        run(version, Duration::from_secs(seconds)).await;
    }
}
