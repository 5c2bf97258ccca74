//! Rules out denials by the first bytes of a body.

mod json;
mod scanner;
mod state;
mod units;
mod xml;

pub(crate) use scanner::Scanner;
pub(crate) use state::Scan;
