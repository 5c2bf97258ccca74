//! Counts the instructions of a call with Callgrind. The count is the same on a busy machine and on an idle
//! one.
//!
//! A count is for one call whose body is read to the end, or for one request to a host. It includes creating
//! the response, which the row of the bare service shows, but not creating the service.
//!
//! ```sh
//! cargo bench -p benches --bench counts
//! .ci/counts                  # as a table of ratios, compared with benches/counts.tsv
//! ```

#![allow(missing_docs, reason = "the macros of the harness make modules")]

mod support;

use std::hint::black_box;

use gungraun::prelude::*;
use support::{
    answers::{self, Answer, FRAME, live},
    hosts::{self, Around, Call, MARKED, PAGE, SCRIPT, WINDOW},
    peers::{Bare, Decompressing, Expressions, Json, Ours, Outcome, Peer, Tree, Typed, Until},
};

/// A service that was called before, as in a running program, and that is not dropped with the call.
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

fn rejected<P: Peer + 'static>() -> &'static mut P {
    called(&answers::rejected())
}

#[library_benchmark]
#[bench::json(json())]
#[bench::xml(xml())]
#[bench::xml_in_frames(xml_in_frames())]
#[bench::long_xml_in_frames(long_xml_in_frames())]
#[bench::another_error(another_error())]
#[bench::denial(denial())]
#[bench::rejected(rejected())]
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
#[bench::rejected(rejected())]
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
#[bench::kratos_success(called::<Bare>(&live::kratos_success()))]
#[bench::bearer_success(called::<Bare>(&live::bearer_success()))]
#[bench::github_success(called::<Bare>(&live::github_success()))]
#[bench::matrix_success(called::<Bare>(&live::matrix_success()))]
#[bench::kratos_label(called::<Bare>(&live::kratos_label()))]
#[bench::kratos_array(called::<Bare>(&live::kratos_array()))]
#[bench::bearer_other(called::<Bare>(&live::bearer_other()))]
#[bench::kratos_other(called::<Bare>(&live::kratos_other()))]
#[bench::kratos_denial(called::<Bare>(&live::kratos_denial()))]
#[bench::bearer_denial(called::<Bare>(&live::bearer_denial()))]
#[bench::github_denial(called::<Bare>(&live::github_denial()))]
#[bench::matrix_denial(called::<Bare>(&live::matrix_denial()))]
fn live_bare(peer: &'static mut Bare) -> Outcome {
    black_box(peer.call(Until::End))
}

#[library_benchmark]
#[bench::kratos_success(called::<Ours>(&live::kratos_success()))]
#[bench::bearer_success(called::<Ours>(&live::bearer_success()))]
#[bench::github_success(called::<Ours>(&live::github_success()))]
#[bench::matrix_success(called::<Ours>(&live::matrix_success()))]
#[bench::kratos_label(called::<Ours>(&live::kratos_label()))]
#[bench::kratos_array(called::<Ours>(&live::kratos_array()))]
#[bench::bearer_other(called::<Ours>(&live::bearer_other()))]
#[bench::kratos_other(called::<Ours>(&live::kratos_other()))]
#[bench::kratos_denial(called::<Ours>(&live::kratos_denial()))]
#[bench::bearer_denial(called::<Ours>(&live::bearer_denial()))]
#[bench::github_denial(called::<Ours>(&live::github_denial()))]
#[bench::matrix_denial(called::<Ours>(&live::matrix_denial()))]
fn live_tower_privacy(peer: &'static mut Ours) -> Outcome {
    black_box(peer.call(Until::End))
}

#[library_benchmark]
#[bench::kratos_success(called::<Decompressing>(&live::kratos_success()))]
#[bench::bearer_success(called::<Decompressing>(&live::bearer_success()))]
#[bench::github_success(called::<Decompressing>(&live::github_success()))]
#[bench::matrix_success(called::<Decompressing>(&live::matrix_success()))]
#[bench::kratos_label(called::<Decompressing>(&live::kratos_label()))]
#[bench::kratos_array(called::<Decompressing>(&live::kratos_array()))]
#[bench::bearer_other(called::<Decompressing>(&live::bearer_other()))]
#[bench::kratos_other(called::<Decompressing>(&live::kratos_other()))]
#[bench::kratos_denial(called::<Decompressing>(&live::kratos_denial()))]
#[bench::bearer_denial(called::<Decompressing>(&live::bearer_denial()))]
#[bench::github_denial(called::<Decompressing>(&live::github_denial()))]
#[bench::matrix_denial(called::<Decompressing>(&live::matrix_denial()))]
fn live_decompression(peer: &'static mut Decompressing) -> Outcome {
    black_box(peer.call(Until::End))
}

#[library_benchmark]
#[bench::kratos_success(called::<Json>(&live::kratos_success()))]
#[bench::bearer_success(called::<Json>(&live::bearer_success()))]
#[bench::github_success(called::<Json>(&live::github_success()))]
#[bench::matrix_success(called::<Json>(&live::matrix_success()))]
#[bench::kratos_label(called::<Json>(&live::kratos_label()))]
#[bench::kratos_array(called::<Json>(&live::kratos_array()))]
#[bench::bearer_other(called::<Json>(&live::bearer_other()))]
#[bench::kratos_other(called::<Json>(&live::kratos_other()))]
#[bench::kratos_denial(called::<Json>(&live::kratos_denial()))]
#[bench::bearer_denial(called::<Json>(&live::bearer_denial()))]
#[bench::github_denial(called::<Json>(&live::github_denial()))]
#[bench::matrix_denial(called::<Json>(&live::matrix_denial()))]
fn live_json(peer: &'static mut Json) -> Outcome {
    black_box(peer.call(Until::End))
}

#[library_benchmark]
#[bench::tower(hosts::tower(Around::Nothing, PAGE).call())]
#[bench::tower_marked(hosts::tower(Around::Nothing, MARKED).call())]
#[bench::actix(hosts::actix(Around::Nothing, PAGE).call())]
#[bench::actix_marked(hosts::actix(Around::Nothing, MARKED).call())]
#[bench::tower_redirected(hosts::tower_denied(false, PAGE, &WINDOW).call())]
#[bench::tower_refused(hosts::tower_denied(false, MARKED, &WINDOW).call())]
#[bench::tower_problem(hosts::tower_denied(false, PAGE, &SCRIPT).call())]
#[bench::actix_redirected(hosts::actix_denied(false, PAGE, &WINDOW).call())]
#[bench::actix_refused(hosts::actix_denied(false, MARKED, &WINDOW).call())]
#[bench::actix_problem(hosts::actix_denied(false, PAGE, &SCRIPT).call())]
fn host_bare(call: Call) -> u16 {
    black_box(call())
}

#[library_benchmark]
#[bench::tower(hosts::tower(Around::Ours, PAGE).call())]
#[bench::tower_marked(hosts::tower(Around::Ours, MARKED).call())]
#[bench::actix(hosts::actix(Around::Ours, PAGE).call())]
#[bench::actix_marked(hosts::actix(Around::Ours, MARKED).call())]
#[bench::tower_redirected(hosts::tower_denied(true, PAGE, &WINDOW).call())]
#[bench::tower_refused(hosts::tower_denied(true, MARKED, &WINDOW).call())]
#[bench::tower_problem(hosts::tower_denied(true, PAGE, &SCRIPT).call())]
#[bench::actix_redirected(hosts::actix_denied(true, PAGE, &WINDOW).call())]
#[bench::actix_refused(hosts::actix_denied(true, MARKED, &WINDOW).call())]
#[bench::actix_problem(hosts::actix_denied(true, PAGE, &SCRIPT).call())]
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

library_benchmark_group!(
    name = live_calls,
    benchmarks = [live_bare, live_tower_privacy, live_decompression, live_json]
);

main!(library_benchmark_groups = calls, live_calls, requests);
