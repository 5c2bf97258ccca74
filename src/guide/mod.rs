//! A guide, with one question a page.
//!
//! | page | question |
//! |---|---|
//! | [`stack`] | Where does the layer stand among decompression, timeout, retry, circuit breaker and tracing? |
//! | [`return_urls`] | Where does a user come back to? |
//! | [`asking`] | When is a user asked, when asked again, and what is "only this time"? |
//! | [`scripts`] | What do `fetch()`, page libraries such as htmx and Turbo, and frames get, and what do they do with it? |
//! | [`background`] | How do spawned tasks and jobs without a user make calls? |
//! | [`testing`] | How do I test my app, users who do not grant access included? |
//! | [`production`] | What do I have to set, which settings break a trip, and what should I watch? |
//! | [`troubleshooting`] | Something is not as it should be. |
//!
//! For an upstream that reports a denial in a way of its own, see [`protocol`](crate::protocol). The example
//! `examples/own_protocol.rs` is a whole program with such an upstream.
//!
//! This module holds no code.

pub mod asking;
pub mod background;
pub mod bearer;
pub mod github_sso;
pub mod kratos;
pub mod matrix_consent;
pub mod production;
pub mod return_urls;
pub mod scripts;
pub mod stack;
pub mod testing;
pub mod troubleshooting;
