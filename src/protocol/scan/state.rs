//! The result of a scan.

/// What the bytes of the body so far decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// Nothing yet: more bytes are needed.
    Undecided,
    /// It may be a denial: the whole body must be read.
    Candidate,
    /// It cannot be a denial.
    Other,
}
