//! What a scan has found.

/// What is known of the body so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// What settles it has not been seen yet.
    Undecided,
    /// It begins as a denial does, or these bytes cannot tell: the whole of it is to be read.
    Candidate,
    /// It cannot be a denial.
    Other,
}
