//! Measures what a request that is not denied costs a host, compared with a CORS layer.
//!
//! The handler is in the same process and answers at once. The cost of a layer is its figure minus that of
//! the bare handler.
//!
//! ```sh
//! cargo bench -p benches --bench host
//! ```
//!
//! The times of such short work vary by a half between runs, so use the instructions that `counts` counts. The guide's
//! page on [cost](../src/guide/cost.md) has them.
//!
//! What they are used for, for a page on tower: reading twelve headers 620, two allocations and their release
//! 340, moves of the request, the response and the future 290, copying values of the request 190, deciding
//! the audience 180, the task's context 120, looking for a marker 190. With a marker, its removal is added:
//! the new target is allocated, and `http` validates it again.

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
