//! A resource server that takes Bearer tokens, and the authorization server that issues them.

mod authorize;
mod resource;
mod token;

use axum::{
    Router,
    extract::State,
    routing::{get, post},
};
use http::HeaderMap;

use super::{mounted::Mounted, state::Sandbox};

pub(super) fn routes() -> Router<Mounted> {
    let mut router = Router::new()
        .route(
            "/oauth/authorize",
            get(authorize::open).post(authorize::press),
        )
        .route("/oauth/token", post(token::exchange));
    for api in &resource::ALL {
        router = router.route(
            api.path,
            get(
                move |State(sandbox): State<Sandbox>, headers: HeaderMap| async move {
                    resource::answer(api, &sandbox, &headers)
                },
            ),
        );
    }
    router
}
