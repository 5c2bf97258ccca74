//! What a second thread adds: calls a second on one thread and on two at once, with and without the
//! layer.
//!
//! The upstream is in the process, and each thread has a response of its own, so what threads share
//! is what clones of the layer's service share. A thread calls the service that it has, or makes
//! each call on a new clone, as `oneshot` does. The bare service shows how far the machine lets
//! anything scale: cores that are one core's threads, and other programs, keep it below 2. The layer
//! scales as it does, since threads count their calls in places of their own: 1.55 where the bare
//! service reached 1.47, and 1.49 to 1.46 with a clone for each call, which the one counter of the
//! service's clones is in.
//!
//! ```sh
//! cargo bench --bench threads
//! cargo bench --bench threads -- --quick
//! ```

mod support;

use std::{
    fmt::Debug,
    hint::black_box,
    pin::pin,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt;
use support::{
    answers::{self, Upstream},
    now::now,
    report,
};
use tower::{Layer, Service};
use tower_privacy::{Privacy, PrivacyLayer, ReturnUrl};

/// How many calls a thread makes in a round.
const CALLS: u32 = 40_000;

/// Makes a call and reads the body to its end.
fn call<S, B>(service: &mut S)
where
    S: Service<Request<()>, Response = Response<B>, Error: Debug>,
    B: Body<Data = Bytes, Error: Debug>,
{
    let response = now(service.call(Request::new(()))).expect("it is no denial");
    let mut body = pin!(response.into_body());
    while let Some(frame) = now(body.frame()) {
        black_box(frame.expect("the body has no errors"));
    }
}

fn clone_and_call<S, B>(service: &mut S)
where
    S: Service<Request<()>, Response = Response<B>, Error: Debug> + Clone,
    B: Body<Data = Bytes, Error: Debug>,
{
    call(&mut service.clone());
}

/// A line of the table, as one thread has it.
struct Row {
    case: &'static str,
    service: &'static str,
    calls: Box<dyn FnMut() -> Duration + Send>,
    alone: Vec<Duration>,
    together: Vec<Duration>,
}

impl Row {
    fn new<S: Send + 'static>(
        case: &'static str,
        service: &'static str,
        mut made: S,
        call: impl Fn(&mut S) + Send + 'static,
    ) -> Self {
        let calls = move || {
            let start = Instant::now();
            for _ in 0..CALLS {
                call(&mut made);
            }
            start.elapsed()
        };
        Self {
            case,
            service,
            calls: Box::new(calls),
            alone: Vec::new(),
            together: Vec::new(),
        }
    }
}

fn rows(shared: &Privacy<Upstream>) -> Vec<Row> {
    let mut rows = Vec::new();
    for answer in [answers::json(), answers::contacts("xml 1 KiB", 1024)] {
        let case = answer.name;
        let bare = Upstream(answer);
        let mut layered = shared.clone();
        *layered.get_mut() = bare.clone();
        rows.extend([
            Row::new(case, "bare", bare.clone(), call),
            Row::new(case, "layered", layered.clone(), call),
            Row::new(case, "bare, clone + call", bare, clone_and_call),
            Row::new(case, "layered, clone + call", layered, clone_and_call),
        ]);
    }
    rows
}

/// What one of the two threads does. Both live as long as the bench: a thread that has just come to
/// be may have to share a core with the other for as long as a round takes.
fn run(is_first: bool, shared: &Privacy<Upstream>, rounds: usize, barrier: &Barrier) -> Vec<Row> {
    let mut rows = rows(shared);
    // A call that panics does so here, on both threads, and leaves neither waiting for the other.
    for row in &mut rows {
        (row.calls)();
    }
    for _ in 0..rounds {
        for row in &mut rows {
            barrier.wait();
            if is_first {
                row.alone.push((row.calls)());
            }
            barrier.wait();
            row.together.push((row.calls)());
        }
    }
    rows
}

fn line((first, second): (Row, Row)) -> [String; 5] {
    let rate = |calls, time: Duration| f64::from(calls) / time.as_secs_f64();
    let alone = first.alone.into_iter().map(|time| rate(CALLS, time));
    let together = first.together.into_iter().zip(second.together);
    let together = together.map(|(first, second)| rate(2 * CALLS, first.max(second)));
    let (mut alone, mut together): (Vec<_>, Vec<_>) = (alone.collect(), together.collect());
    let mut scaling = report::ratios(&together, &alone);
    [
        first.case.to_owned(),
        first.service.to_owned(),
        format!("{:.0}", report::percentile(&mut alone, 50)),
        format!("{:.0}", report::percentile(&mut together, 50)),
        format!("{:.2}", report::percentile(&mut scaling, 50)),
    ]
}

fn main() {
    let rounds = if report::is_quick() { 9 } else { 40 };
    let home = ReturnUrl::try_from("https://app.example/").expect("a valid URL");
    let shared = PrivacyLayer::new(home).layer(Upstream(answers::json()));
    let barrier = Barrier::new(2);
    let [first, second] = thread::scope(|scope| {
        let threads = [true, false].map(|is_first| {
            let (shared, barrier) = (&shared, &barrier);
            scope.spawn(move || run(is_first, shared, rounds, barrier))
        });
        threads.map(|thread| thread.join().expect("no thread panics"))
    });
    report::print(
        [
            "case",
            "service",
            "1 thread calls/s",
            "2 threads calls/s",
            "scaling",
        ],
        &first.into_iter().zip(second).map(line).collect::<Vec<_>>(),
    );
}
