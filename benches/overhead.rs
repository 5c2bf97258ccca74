//! What a call costs, next to what a user would have in the layer's place.
//!
//! The upstream is in the process, so a figure is the cost of the call and of reading its body, and
//! what a peer adds is its figure less that of the bare service.
//!
//! ```sh
//! cargo bench --bench overhead
//! cargo bench --bench overhead -- 'the denial'
//! ```

mod support;

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use support::{
    answers::{self, Answer, FRAME},
    peers::{Bare, Decompressing, Expressions, Ours, Peer, Tree, Typed, Until},
};

fn one<P: Peer>(group: &mut BenchmarkGroup<'_, WallTime>, answer: &Answer, until: Until) {
    let mut peer = P::new(answer);
    group.bench_function(P::NAME, |bencher| bencher.iter(|| peer.call(until)));
}

fn overhead(criterion: &mut Criterion) {
    let large = answers::contacts("xml 100 KiB, one frame", 100 * 1024);
    let huge = answers::contacts("xml 10 MiB, one frame", 10 * 1024 * 1024);
    let cases = [
        answers::json(),
        large.cut("xml 100 KiB, frames of 16 KiB", FRAME),
        large,
        huge.cut("xml 10 MiB, frames of 16 KiB", FRAME),
        huge,
        answers::other_error(),
        answers::denial(),
    ];
    for (name, until) in [
        ("first frame", Until::FirstFrame),
        ("to the end", Until::End),
    ] {
        for answer in &cases {
            let mut group = criterion.benchmark_group(format!("{}, {name}", answer.name));
            group.throughput(Throughput::Bytes(answer.bytes()));
            one::<Bare>(&mut group, answer, until);
            one::<Ours>(&mut group, answer, until);
            one::<Decompressing>(&mut group, answer, until);
            one::<Tree>(&mut group, answer, until);
            one::<Typed>(&mut group, answer, until);
            one::<Expressions>(&mut group, answer, until);
            group.finish();
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = overhead
}
criterion_main!(benches);
