//! Measures how fast documents are inspected, in bytes per second: a denial, and the documents that take the
//! longest.
//!
//! The latter are just under the cap, are not denials, and are read almost to their ends. A figure is for
//! [`PrivacyLayer::inspect`] of a response whose body is ready, and includes creating the response and
//! dropping the result.
//!
//! ```sh
//! cargo bench -p benches --bench parse
//! cargo bench -p benches --bench parse -- 'parse: cut'
//! ```

mod support;

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use support::{
    answers::{self, Answer},
    inspect::inspect,
    now::now,
};
use tower_privacy::{PrivacyContext, PrivacyError, PrivacyLayer, ReturnUrl};

/// Sizes of frames, from the smallest possible one.
const CUTS: [(usize, &str); 3] = [
    (1, "1 byte a frame"),
    (16, "16 bytes a frame"),
    (512, "512 bytes a frame"),
];

fn one(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, answer: &Answer, is_denial: bool) {
    let layer = PrivacyLayer::new();
    let home = ReturnUrl::try_from("https://app.example/contacts?page=2").expect("a valid URL");
    let context = PrivacyContext::new(home);
    let look = || now(inspect(answer.response(), &context, &layer));

    let was_denied = match look() {
        Ok(_) => false,
        Err(PrivacyError::Redirect(_)) => true,
        Err(error) => panic!("{name}: {error}"),
    };
    assert_eq!(was_denied, is_denial, "{name}");

    group.throughput(Throughput::Bytes(answer.bytes()));
    group.bench_function(name, |bencher| bencher.iter(look));
}

fn whole(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse: whole");
    let denial = answers::denial();
    one(&mut group, denial.name, &denial, true);
    for answer in answers::worst() {
        one(&mut group, answer.name, &answer, false);
    }
    group.finish();
}

fn cut(criterion: &mut Criterion) {
    let worst = |name| {
        let mut all = answers::worst().into_iter();
        all.find(|answer| answer.name == name)
            .expect("it is one of them")
    };
    let mut group = criterion.benchmark_group("parse: cut");
    for (answer, is_denial) in [
        (answers::denial(), true),
        (worst("scanner: comments"), false),
        (worst("parser: attributes"), false),
    ] {
        for (size, frames) in CUTS {
            let name = format!("{}, {frames}", answer.name);
            one(&mut group, &name, &answer.cut(answer.name, size), is_denial);
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = whole, cut
}
criterion_main!(benches);
