//! Instructions of a call, counted by Callgrind: the same on a busy machine as on an idle one.
//!
//! A count is of one call whose body is read to the end, or of one request that comes in to a host. It holds
//! the making of the response, which the bare service shows, and not the making of the service.
//!
//! ```sh
//! cargo bench --features actix,axum --bench counts
//! .ci/counts                  # as a table of ratios, held against benches/counts.tsv
//! ```

#![allow(missing_docs, reason = "the macros of the harness make modules")]

mod support;

use std::hint::black_box;

use gungraun::prelude::*;
use support::{
    answers::{self, Answer, FRAME},
    hosts::{self, Around, Call, MARKED, PAGE},
    peers::{Bare, Decompressing, Expressions, Ours, Outcome, Peer, Tree, Typed, Until},
};

/// A service that was called before, as it is in a program that runs, and that the call does not
/// drop.
fn called<P: Peer + 'static>(answer: &Answer) -> &'static mut P {
    let peer = Box::leak(Box::new(P::new(answer)));
    for _ in 0..2 {
        peer.call(Until::End);
    }
    peer
}

fn json<P: Peer + 'static>() -> &'static mut P {
    called(&answers::json())
}

fn xml<P: Peer + 'static>() -> &'static mut P {
    called(&answers::contacts("", 100 * 1024))
}

fn xml_in_frames<P: Peer + 'static>() -> &'static mut P {
    called(&answers::contacts("", 100 * 1024).cut("", FRAME))
}

fn long_xml_in_frames<P: Peer + 'static>() -> &'static mut P {
    called(&answers::contacts("", 10 * 1024 * 1024).cut("", FRAME))
}

fn another_error<P: Peer + 'static>() -> &'static mut P {
    called(&answers::other_error())
}

fn denial<P: Peer + 'static>() -> &'static mut P {
    called(&answers::denial())
}

#[library_benchmark]
#[bench::json(json())]
#[bench::xml(xml())]
#[bench::xml_in_frames(xml_in_frames())]
#[bench::long_xml_in_frames(long_xml_in_frames())]
#[bench::another_error(another_error())]
#[bench::denial(denial())]
fn bare(peer: &'static mut Bare) -> Outcome {
    black_box(peer.call(Until::End))
}

#[library_benchmark]
#[bench::json(json())]
#[bench::xml(xml())]
#[bench::xml_in_frames(xml_in_frames())]
#[bench::long_xml_in_frames(long_xml_in_frames())]
#[bench::another_error(another_error())]
#[bench::denial(denial())]
fn tower_privacy(peer: &'static mut Ours) -> Outcome {
    black_box(peer.call(Until::End))
}

#[library_benchmark]
#[bench::json(json())]
#[bench::xml(xml())]
#[bench::xml_in_frames(xml_in_frames())]
#[bench::long_xml_in_frames(long_xml_in_frames())]
#[bench::another_error(another_error())]
#[bench::denial(denial())]
fn decompression(peer: &'static mut Decompressing) -> Outcome {
    black_box(peer.call(Until::End))
}

#[library_benchmark]
#[bench::xml(xml())]
#[bench::xml_in_frames(xml_in_frames())]
#[bench::another_error(another_error())]
#[bench::denial(denial())]
fn tree(peer: &'static mut Tree) -> Outcome {
    black_box(peer.call(Until::End))
}

#[library_benchmark]
#[bench::xml(xml())]
#[bench::xml_in_frames(xml_in_frames())]
#[bench::another_error(another_error())]
#[bench::denial(denial())]
fn typed(peer: &'static mut Typed) -> Outcome {
    black_box(peer.call(Until::End))
}

#[library_benchmark]
#[bench::xml(xml())]
#[bench::xml_in_frames(xml_in_frames())]
#[bench::another_error(another_error())]
#[bench::denial(denial())]
fn expressions(peer: &'static mut Expressions) -> Outcome {
    black_box(peer.call(Until::End))
}

#[library_benchmark]
#[bench::tower(hosts::tower(Around::Nothing, PAGE).call())]
#[bench::tower_marked(hosts::tower(Around::Nothing, MARKED).call())]
#[bench::actix(hosts::actix(Around::Nothing, PAGE).call())]
#[bench::actix_marked(hosts::actix(Around::Nothing, MARKED).call())]
fn host_bare(call: Call) -> u16 {
    black_box(call())
}

#[library_benchmark]
#[bench::tower(hosts::tower(Around::Ours, PAGE).call())]
#[bench::tower_marked(hosts::tower(Around::Ours, MARKED).call())]
#[bench::actix(hosts::actix(Around::Ours, PAGE).call())]
#[bench::actix_marked(hosts::actix(Around::Ours, MARKED).call())]
fn host_tower_privacy(call: Call) -> u16 {
    black_box(call())
}

#[library_benchmark]
#[bench::tower(hosts::tower(Around::Cors, PAGE).call())]
#[bench::tower_marked(hosts::tower(Around::Cors, MARKED).call())]
#[bench::actix(hosts::actix(Around::Cors, PAGE).call())]
#[bench::actix_marked(hosts::actix(Around::Cors, MARKED).call())]
fn host_cors(call: Call) -> u16 {
    black_box(call())
}

library_benchmark_group!(
    name = requests,
    benchmarks = [host_bare, host_tower_privacy, host_cors]
);

library_benchmark_group!(
    name = calls,
    benchmarks = [bare, tower_privacy, decompression, tree, typed, expressions]
);

main!(library_benchmark_groups = calls, requests);
