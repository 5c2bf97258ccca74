//! Futures that never wait. Benches and fuzz targets use this file too.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

/// Runs a future that never waits.
///
/// # Panics
///
/// If the future waits.
pub fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}
