//! A guide: a page for each kind of upstream, and a page for each question.
//!
//! To set up the upstream that your app calls:
//!
//! | page | your upstream |
//! |---|---|
//! | [`kratos`] | Ory Kratos: a second factor, a fresh sign-in, or a session to begin with |
//! | [`bearer`] | an OAuth resource server, Microsoft Graph or an MCP server: more scopes, a stronger sign-in, other claims |
//! | [`github_sso`] | GitHub: the single sign-on of an organisation |
//! | [`matrix_consent`] | a Matrix homeserver: its terms |
//! | [`Orange`](crate::protocol::Orange) | Orange's Personal APIs, the default: the examples of the pages below |
//! | [`protocol`](crate::protocol#a-protocol-of-your-own) | any other; `examples/own_protocol.rs` is a whole program with one |
//!
//! The [table](crate::protocol#at-a-glance) of the module `protocol` compares them.
//!
//! For every upstream:
//!
//! | page | question |
//! |---|---|
//! | [`stack`] | Where does the layer stand among decompression, timeout, retry, circuit breaker and tracing? |
//! | [`return_urls`] | Where does a user come back to? |
//! | [`asking`] | When is a user asked, when asked again, and what if an app calls several upstreams? |
//! | [`scripts`] | What do `fetch()`, page libraries such as htmx and Turbo, and frames get, and what do they do with it? |
//! | [`background`] | How do spawned tasks and jobs without a user make calls? |
//! | [`testing`] | How do I test my app, users who do not grant access included? |
//! | [`production`] | What do I have to set, which settings break a trip, and what should I watch? |
//! | [`troubleshooting`] | Something is not as it should be. |
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
