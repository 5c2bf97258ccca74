//! A guide, a page a question.
//!
//! | page | question |
//! |---|---|
//! | [`stack`] | Where does the layer stand among decompression, timeout, retry, circuit breaker and tracing? |
//! | [`return_urls`] | Where does a user come back to? |
//! | [`asking`] | When is a user asked, when asked again, and what is "only this time"? |
//! | [`scripts`] | What do `fetch()`, single-page apps and htmx get, and what do they do with it? |
//! | [`background`] | What of spawned tasks, and of jobs that no user stands behind? |
//! | [`testing`] | How is an app of one's own tested, refusals included? |
//! | [`production`] | What has to be set, and what is there to watch? |
//! | [`troubleshooting`] | Something is not as it should be. |
//!
//! This module holds no code.

pub mod asking;
pub mod background;
pub mod production;
pub mod return_urls;
pub mod scripts;
pub mod stack;
pub mod testing;
pub mod troubleshooting;
