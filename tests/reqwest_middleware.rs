//! The layer as a middleware of reqwest-middleware, over real sockets: one suite for both versions.
#![cfg(any(feature = "reqwest-middleware", feature = "reqwest-middleware-0-4"))]
#![allow(
    clippy::duplicate_mod,
    reason = "the versions of reqwest-middleware share the suite"
)]

mod support;

#[cfg(feature = "reqwest-middleware")]
#[path = "suites"]
mod v0_5 {
    use {::reqwest, ::reqwest_middleware};

    #[path = "reqwest_middleware.rs"]
    mod suite;
}

#[cfg(feature = "reqwest-middleware-0-4")]
#[path = "suites"]
mod v0_4 {
    use {::reqwest_0_12 as reqwest, ::reqwest_middleware_0_4 as reqwest_middleware};

    #[path = "reqwest_middleware.rs"]
    mod suite;
}
