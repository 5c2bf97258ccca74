//! Measures requests per second and latencies over real sockets, with and without the layer.
//!
//! The server (hyper) and the clients (hyper-util) are in the same process, and talk over loopback, in
//! HTTP/1.1 and in HTTP/2 with prior knowledge. Rounds alternate (bare, layered, layered, bare), so that both
//! are affected if the machine gets faster or slower. A ratio compares the two rounds of a pair. The table
//! shows the median and the quartiles of all ratios. Latencies are those of all requests, in microseconds,
//! with [`IN_FLIGHT`] requests at any time.
//!
//! ```sh
//! cargo bench -p benches --bench throughput
//! cargo bench -p benches --bench throughput -- --quick
//! ```

mod support;

use std::{convert::Infallible, fmt::Debug, future::ready, net::Ipv4Addr, time::Instant};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body::Body;
use http_body_util::{BodyExt, Empty};
use hyper::service::service_fn;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use support::{
    answers::{self, Answer},
    report,
};
use tokio::{net::TcpListener, task::JoinSet};
use tower::{Layer, Service, ServiceExt};
use tower_privacy::{PrivacyLayer, ReturnUrl};

/// The number of tasks that send requests at the same time.
const IN_FLIGHT: u32 = 16;

/// The number of requests that a task sends in a round, one after the other.
const IN_A_ROW: u32 = 64;

/// A server that always sends the same answer.
#[derive(Clone)]
struct Target {
    uri: Uri,
    bytes: u64,
}

async fn serve(answer: Answer) -> Target {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let target = Target {
        uri: format!("http://{address}/").parse().unwrap(),
        bytes: answer.bytes(),
    };
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let answer = answer.clone();
            tokio::spawn(async move {
                let service = service_fn(|_| ready(Ok::<_, Infallible>(answer.response())));
                let connection = auto::Builder::new(TokioExecutor::new());
                let connection = connection.serve_connection(TokioIo::new(stream), service);
                connection.await.unwrap();
            });
        }
    });
    target
}

fn client(is_http2: bool) -> Client<HttpConnector, Empty<Bytes>> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new())
        .http2_only(is_http2)
        .build(connector)
}

/// Sends requests one after the other, and returns the latency of each.
async fn requests<S, B>(mut client: S, target: Target) -> Vec<f64>
where
    S: Service<Request<Empty<Bytes>>, Response = Response<B>, Error: Debug>,
    B: Body<Error: Debug>,
{
    let mut latencies = Vec::new();
    for _ in 0..IN_A_ROW {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = target.uri.clone();
        let start = Instant::now();
        let response = client.ready().await.unwrap().call(request).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        latencies.push(start.elapsed().as_secs_f64() * 1e6);
        assert_eq!(body.len() as u64, target.bytes);
    }
    latencies
}

#[derive(Default)]
struct Figures {
    rates: Vec<f64>,
    latencies: Vec<f64>,
}

impl Figures {
    async fn round<S, B>(&mut self, client: &S, target: &Target)
    where
        S: Service<Request<Empty<Bytes>>, Response = Response<B>, Error: Debug, Future: Send>
            + Clone
            + Send
            + 'static,
        B: Body<Data: Send, Error: Debug> + Send + 'static,
    {
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for _ in 0..IN_FLIGHT {
            tasks.spawn(requests(client.clone(), target.clone()));
        }
        let latencies = tasks.join_all().await;
        let elapsed = start.elapsed().as_secs_f64();
        self.rates.push(f64::from(IN_FLIGHT * IN_A_ROW) / elapsed);
        self.latencies.extend(latencies.into_iter().flatten());
    }
}

async fn compare(case: &str, target: &Target, is_http2: bool, turns: usize) -> [String; 10] {
    let home = ReturnUrl::try_from("https://app.example/").unwrap();
    let bare_client = client(is_http2);
    let layered_client = PrivacyLayer::new().return_to(home).layer(client(is_http2));

    let mut warm_up = Figures::default();
    warm_up.round(&bare_client, target).await;
    warm_up.round(&layered_client, target).await;

    let (mut bare, mut layered) = (Figures::default(), Figures::default());
    for turn in 0..turns {
        if turn % 2 == 0 {
            bare.round(&bare_client, target).await;
            layered.round(&layered_client, target).await;
        } else {
            layered.round(&layered_client, target).await;
            bare.round(&bare_client, target).await;
        }
    }

    let mut ratios = report::ratios(&layered.rates, &bare.rates);
    let mut quartile = |percent| report::percentile(&mut ratios, percent);
    let latency = |percent, figures: &mut Figures| {
        format!("{:.0}", report::percentile(&mut figures.latencies, percent))
    };
    [
        case.to_owned(),
        if is_http2 { "HTTP/2" } else { "HTTP/1.1" }.to_owned(),
        format!("{:.0}", report::percentile(&mut bare.rates, 50)),
        format!("{:.0}", report::percentile(&mut layered.rates, 50)),
        format!("{:.3}", quartile(50)),
        format!("{:.3}-{:.3}", quartile(25), quartile(75)),
        latency(50, &mut bare),
        latency(50, &mut layered),
        latency(99, &mut bare),
        latency(99, &mut layered),
    ]
}

#[tokio::main]
async fn main() {
    let turns = if report::is_quick() { 16 } else { 80 };
    let mut rows = Vec::new();
    for answer in [answers::json(), answers::contacts("xml 10 KiB", 10 * 1024)] {
        let case = answer.name;
        let target = serve(answer).await;
        for is_http2 in [false, true] {
            rows.push(compare(case, &target, is_http2, turns).await);
        }
    }
    report::print(
        [
            "case",
            "protocol",
            "bare req/s",
            "layered req/s",
            "ratio",
            "quartiles",
            "bare p50",
            "layered p50",
            "bare p99",
            "layered p99",
        ],
        &rows,
    );
}
