//! Shared by the benches: the upstream's responses, the peers that read them, and the printing of figures.
#![allow(dead_code, unreachable_pub, reason = "each bench uses a part of it")]

pub mod answers;
pub mod hosts;
#[path = "../../tests/support/inspect.rs"]
pub mod inspect;
#[path = "../../tests/support/now.rs"]
pub mod now;
pub mod peers;
pub mod report;
