//! What the first bytes of a body rule out.

mod json;
mod scanner;
mod state;
mod units;
mod xml;

pub(crate) use scanner::Scanner;
pub(crate) use state::Scan;
