//! Guides: one page per kind of upstream, and one page per question.
//!
//! To set up the upstream that your app calls:
//!
//! | page | your upstream |
//! |---|---|
//! | [`kratos`] | Ory Kratos: a second factor, a fresh sign-in, or a session |
//! | [`bearer`] | an OAuth resource server, Microsoft Graph or an MCP server: more scopes, a stronger sign-in, or other claims |
//! | [`github_sso`] | GitHub: an organisation's single sign-on |
//! | [`matrix_consent`] | a Matrix homeserver: its terms |
//! | [`Orange`](crate::protocol::Orange) | Orange's Personal APIs. This is the default protocol, and the examples on the pages below use it |
//! | [`protocol`](crate::protocol#a-protocol-of-your-own) | any other. `examples/own_protocol.rs` is a complete program |
//!
//! [At a glance](crate::protocol#at-a-glance) compares the protocols.
//!
//! For every upstream:
//!
//! | page | question |
//! |---|---|
//! | [`stack`] | Where does the layer go among decompression, timeouts, retries, circuit breakers and tracing? |
//! | [`return_urls`] | Where does a user come back to? |
//! | [`asking`] | When is a user asked, when are they asked again, and what if the app calls several upstreams? |
//! | [`scripts`] | What do `fetch()`, page libraries such as htmx and Turbo, and frames get, and what do they do with it? |
//! | [`other_clients`] | How do I call through awc, ureq, reqwest's blocking client, or another client that is not a Tower service? |
//! | [`background`] | How do spawned tasks and jobs without a user make calls? |
//! | [`testing`] | How do I test my app, including users who do not grant access? |
//! | [`production`] | What do I have to configure, what can break a trip, and what should I monitor? |
//! | [`cost`] | What does the layer add to a call? |
//! | [`troubleshooting`] | What does this symptom mean? |
//!
//! This module contains no code.

pub mod asking;
pub mod background;
pub mod bearer;
pub mod cost;
pub mod github_sso;
pub mod kratos;
pub mod matrix_consent;
pub mod other_clients;
pub mod production;
pub mod return_urls;
pub mod scripts;
pub mod stack;
pub mod testing;
pub mod troubleshooting;
