//! The scanner for what a protocol asked for.

use super::{json, state::Scan, xml::XmlScanner};
use crate::protocol::contract::Look;

/// Takes the bytes of a body until they decide.
#[derive(Debug)]
pub(crate) enum Scanner {
    Xml(XmlScanner),
    Json(Scan),
    /// The body is not needed.
    None,
}

impl Scanner {
    pub(crate) fn new(look: Look) -> Self {
        match look {
            Look::Xml { root } => Self::Xml(XmlScanner::new(root)),
            Look::Json => Self::Json(Scan::Undecided),
            Look::Pass | Look::Head => Self::None,
        }
    }

    /// Takes the next bytes of the body.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        match self {
            Self::Xml(scanner) => scanner.feed(bytes),
            Self::Json(scan @ Scan::Undecided) => *scan = json::scan(bytes),
            Self::Json(_) | Self::None => {}
        }
    }

    /// What the bytes so far decide.
    pub(crate) fn settled(&self) -> Scan {
        match self {
            Self::Xml(scanner) => scanner.settled(),
            Self::Json(scan) => *scan,
            Self::None => Scan::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_final() {
        for (bytes, found) in [("{", Scan::Candidate), ("x", Scan::Other)] {
            let mut scanner = Scanner::new(Look::Json);
            scanner.feed(b" ");
            assert_eq!(scanner.settled(), Scan::Undecided);
            for bytes in [bytes, "", "{", "x"] {
                scanner.feed(bytes.as_bytes());
                assert_eq!(scanner.settled(), found);
            }
        }
    }
}
