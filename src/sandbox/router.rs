//! The routes of all protocols.

use axum::Router;
use url::Url;

use super::{bearer, github_sso, kratos, matrix, mounted::Mounted, orange, state::Sandbox};

impl Sandbox {
    /// A router that serves all protocols. Mount it at the root: the URLs of its pages are made of the request's
    /// `Host` and fixed paths.
    pub fn router(&self) -> Router {
        self.router_at(None)
    }

    pub(super) fn router_at(&self, address: Option<Url>) -> Router {
        orange::routes()
            .merge(kratos::routes())
            .merge(bearer::routes())
            .merge(github_sso::routes())
            .merge(matrix::routes())
            .fallback(orange::unknown_path)
            .with_state(Mounted {
                sandbox: self.clone(),
                address,
            })
    }
}
