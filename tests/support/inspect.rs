//! Inspects one response. Benches and fuzz targets use this file too.

use http::Response;
use http_body::Body;
use tower_privacy::{Inspect, PrivacyContext, PrivacyLayer, Scope};

/// Inspects a response for the user of this context.
pub fn inspect<R: Body>(
    response: Response<R>,
    context: &PrivacyContext,
    layer: &PrivacyLayer,
) -> Scope<Inspect<R>> {
    context.scope(layer.inspect(response))
}
