//! What the benches share: the responses that upstream gives, and the peers that read them.
#![allow(dead_code, unreachable_pub, reason = "each bench uses a part of it")]

pub mod answers;
#[path = "../../tests/support/now.rs"]
pub mod now;
pub mod peers;
