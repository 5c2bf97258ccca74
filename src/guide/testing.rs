//! Testing an app of one's own.
