//! Real third-party servers.

use std::path::{Path, PathBuf};

use super::chromium::skip_unless;

/// Where `.ci/servers` installed this server. If it did not, the test is skipped.
#[track_caller]
pub fn installed(test: &str, server: &str) -> Option<PathBuf> {
    let servers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/servers");
    // An incomplete installation does not count.
    let found = Some(servers.join(server)).filter(|_| servers.join("made-by").is_file());
    if found.is_none() {
        let missing = format!("no {server}");
        skip_unless("TOWER_PRIVACY_SERVERS", test, &missing, "run .ci/servers");
    }
    found
}
