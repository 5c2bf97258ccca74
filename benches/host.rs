//! What a request that is not denied costs a host, next to the layer that most hosts have.
//!
//! The handler is in the process and answers at once, so what a layer adds is its figure less that of the bare
//! handler.
//!
//! ```sh
//! cargo bench -p benches --bench host
//! ```
//!
//! The times of such short work differ from run to run by a half, so the instructions that `counts` counts are
//! the figures to go by. Those that a request adds to the bare handler, and the part of what CORS adds:
//!
//! | request | tower | of `CorsLayer::permissive` | actix-web | of actix-cors |
//! |---|---|---|---|---|
//! | a page | 2,316 | 0.62 | 3,372 | 2.3 |
//! | a page with a marker | 3,846 | 1.04 | 5,320 | 3.7 |
//!
//! A request without an `Origin`, as this one, costs actix-cors next to nothing.
//!
//! Where they go for a page on tower: the pass over twelve headers 620, the two allocations and their release
//! 340, moves of the request, the response and the future 290, what was said copied together 190, who asks 180,
//! the task's context 120, the look for a marker 190. A marker adds its removal: the new target is allocated,
//! and `http` checks all of it once more.

mod support;

use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use support::hosts::{Around, Host, MARKED, PAGE, actix, tower};

fn one<R: 'static>(
    criterion: &mut Criterion,
    name: &str,
    host: impl Fn(Around, &'static str) -> Host<R>,
) {
    for (page, target) in [("a page", PAGE), ("a page with a marker", MARKED)] {
        let mut group = criterion.benchmark_group(format!("{name}, {page}"));
        for (layer, around) in [
            ("bare handler", Around::Nothing),
            ("tower-privacy", Around::Ours),
            ("CORS", Around::Cors),
        ] {
            let Host { request, answer } = host(around, target);
            group.bench_function(layer, |bencher| {
                bencher.iter_batched(&request, answer, BatchSize::SmallInput);
            });
        }
        group.finish();
    }
}

fn hosts(criterion: &mut Criterion) {
    one(criterion, "tower", tower);
    one(criterion, "actix-web", actix);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = hosts
}
criterion_main!(benches);
