//! Real servers of other makers.

use std::path::{Path, PathBuf};

use super::chromium::skip_unless;

/// Where `.ci/servers` installed this server. Without it the test is skipped.
#[track_caller]
pub fn installed(test: &str, server: &str) -> Option<PathBuf> {
    let servers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/servers");
    // What was not installed to the end is not there yet.
    let found = Some(servers.join(server)).filter(|_| servers.join("made-by").is_file());
    if found.is_none() {
        let missing = format!("no {server}");
        skip_unless("TOWER_PRIVACY_SERVERS", test, &missing, "run .ci/servers");
    }
    found
}
