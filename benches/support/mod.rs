//! What the benches share: the responses that upstream gives, the peers that read them, and how
//! figures are told.
#![allow(dead_code, unreachable_pub, reason = "each bench uses a part of it")]

pub mod answers;
pub mod hosts;
#[path = "../../tests/support/inspect.rs"]
pub mod inspect;
#[path = "../../tests/support/now.rs"]
pub mod now;
pub mod peers;
pub mod report;
