//! Orange's Personal APIs, and its privacy page.

mod api;
mod ask;
mod data;
mod page;

use axum::{
    Router,
    extract::{Request, State},
    routing::get,
};
use url::Url;

use super::mounted::Mounted;
use crate::protocol::Family;

pub(super) use api::unknown_path;
pub(super) use page::PATH as PAGE;

pub(super) fn routes() -> Router<Mounted> {
    let mut router = Router::new().route(page::PATH, get(page::open).post(page::press));
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
}

/// The URL of the API of this family, with its action and the token.
pub(super) fn api_url(base_url: &Url, family: &Family, token: &str) -> Url {
    let mut url = base_url.clone();
    match api::ALL.iter().find(|api| api.family == *family) {
        Some(api) => {
            url.set_path(api.path);
            url.query_pairs_mut().append_pair("action", api.action);
        }
        None => url.set_path(family),
    }
    url.query_pairs_mut().append_pair("token", token);
    url
}
