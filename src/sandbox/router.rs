//! What the sandbox serves, and where.

use axum::{
    Router,
    extract::{Request, State},
    routing::get,
};
use url::Url;

use super::{
    api, page,
    state::{Mounted, Sandbox},
};

impl Sandbox {
    /// The Personal APIs and the privacy page. Mount it at the root: the interaction URL is made
    /// from the request's `Host` and a fixed path.
    pub fn router(&self) -> Router {
        self.router_at(None)
    }

    pub(super) fn router_at(&self, base_url: Option<Url>) -> Router {
        let mut router = Router::new();
        for api in &api::ALL {
            router = router.route(
                api.path,
                get(
                    move |State(mounted): State<Mounted>, request: Request| async move {
                        api::answer(api, &mounted, &request)
                    },
                ),
            );
        }
        router
            .route(page::PATH, get(page::open).post(page::press))
            .fallback(api::unknown_path)
            .with_state(Mounted {
                sandbox: self.clone(),
                base_url,
            })
    }
}
