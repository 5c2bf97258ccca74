//! Measures what a call costs, compared with what an app would use instead of the layer.
//!
//! The upstream is in the same process, so a figure is the cost of the call and of reading its body. The cost
//! of a peer is its figure minus that of the bare service.
//!
//! ```sh
//! cargo bench -p benches --bench overhead
//! cargo bench -p benches --bench overhead -- 'the denial'
//! ```
//!
//! The table has the nanoseconds that a call adds to the bare service, which takes about 120 itself, and
//! their ratio to what `DecompressionLayer` adds. They were measured on a virtual machine with two cores,
//! where runs vary by a fifth. Each figure is the faster of two runs.
//!
//! | response | this crate | `DecompressionLayer` | ratio | + roxmltree | + quick-xml serde | + two expressions |
//! |---|---|---|---|---|---|---|
//! | JSON, 2 KiB | 36 | 122 | 0.29 | 13 | 10 | 11 |
//! | XML, 100 KiB in one frame | 85 | 122 | 0.70 | 560,000 | 515,000 | 5,100 |
//! | XML, 100 KiB in 16 KiB frames | 157 | 254 | 0.62 | 610,000 | 640,000 | 8,400 |
//! | XML, 10 MiB in one frame | 87 | 122 | 0.71 | 104,000,000 | 67,000,000 | 630,000 |
//! | another error | 2,200 | 102 | | 2,400 | 2,300 | 150 |
//! | the denial | 3,000 | 115 | | 3,500 | 3,300 | 4,600 |
//!
//! The peers that collect pass on JSON after a look at its label. They read an XML body to the end before
//! they pass on its first byte, while this crate passes it on with the first frame.
//!
//! The counts of `counts` vary less: the ratio is 0.26 for JSON, 0.74 for XML in one frame, and 0.69 of what
//! collect + roxmltree adds for the denial. In the times, each response is moved from the inner future to the
//! caller just after it was written, and processors wait for that. A layer that only wraps the body takes
//! about 20 ns here.
//!
//! What the instructions are used for. JSON: iterating over the headers 60, moves 90, the dynamic call of the
//! protocol 20, the task's context 30, the reference count 10. XML: the same, plus a second iteration over
//! the headers 95, allocating and freeing the pinned body 145, and scanning its first frame 120. The denial:
//! the document 9,700, of which 7,300 in quick-xml; its URL 2,600 and the location 2,600, nearly all in the
//! URL library; its permissions 1,900; the encoding and its label 1,200; sixteen allocations 2,300.
//!
//! The following did not help: a single iteration over the headers for label, length and coding (more
//! expensive for JSON, which its label rules out at once); inlining the path of untouched responses (the
//! response is built on the stack and moved again); encoding the return URL by hand and setting the whole
//! query (the URL library then parses it a second time); looking up headers by name (each lookup costs as
//! much as iterating over ten).

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
