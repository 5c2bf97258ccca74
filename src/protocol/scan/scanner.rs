//! The scan that a protocol asked for.

use super::{json, state::Scan, xml::XmlScanner};

/// Takes a body byte for byte, until it is settled.
#[derive(Debug)]
pub(crate) enum Scanner {
    Xml(XmlScanner),
    Json(Scan),
}

impl Scanner {
    /// For [`Look::Xml`](crate::protocol::Look::Xml).
    pub(crate) fn xml(root: &'static str) -> Self {
        Self::Xml(XmlScanner::new(root))
    }

    /// For [`Look::Json`](crate::protocol::Look::Json).
    pub(crate) fn json() -> Self {
        Self::Json(Scan::Undecided)
    }

    /// Takes the next bytes of the body.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        match self {
            Self::Xml(scanner) => scanner.feed(bytes),
            Self::Json(scan @ Scan::Undecided) => *scan = json::scan(bytes),
            Self::Json(_) => {}
        }
    }

    /// What is known of what was fed.
    pub(crate) fn settled(&self) -> Scan {
        match self {
            Self::Xml(scanner) => scanner.settled(),
            Self::Json(scan) => *scan,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_settled_stays_so() {
        for (bytes, found) in [("{", Scan::Candidate), ("x", Scan::Other)] {
            let mut scanner = Scanner::json();
            scanner.feed(b" ");
            assert_eq!(scanner.settled(), Scan::Undecided);
            for bytes in [bytes, "", "{", "x"] {
                scanner.feed(bytes.as_bytes());
                assert_eq!(scanner.settled(), found);
            }
        }
    }
}
