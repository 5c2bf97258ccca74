//! Decides from the first byte after white space (RFC 8259, section 2) whether a body may be a JSON object.

use super::state::Scan;

/// What these bytes decide, if all bytes before them were white space.
pub(super) fn scan(bytes: &[u8]) -> Scan {
    let mut bytes = bytes.iter();
    match bytes.find(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
        None => Scan::Undecided,
        Some(b'{') => Scan::Candidate,
        Some(_) => Scan::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_recognised_by_its_first_byte() {
        for (body, found) in [
            ("", Scan::Undecided),
            (" \t\r\n", Scan::Undecided),
            ("{", Scan::Candidate),
            ("\r\n {}", Scan::Candidate),
            ("[{}]", Scan::Other),
            ("\"{\"", Scan::Other),
            ("null", Scan::Other),
            ("\u{b}{}", Scan::Other),
            ("\u{feff}{}", Scan::Other),
            ("{\0", Scan::Candidate),
            ("\0{", Scan::Other),
        ] {
            assert_eq!(scan(body.as_bytes()), found, "{body:?}");
        }
    }
}
