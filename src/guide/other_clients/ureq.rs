use bytes::Bytes;
use http_body_util::Full;
use tokio::task::spawn_blocking;
use tower_privacy::{BoxError, PrivacyError, PrivacyLayer, ResponseBody};
use ureq::Body;

const MAX_BYTES: u64 = 10 * 1024 * 1024;

pub(crate) async fn call(
    call: impl FnOnce() -> Result<http::Response<Body>, ureq::Error> + Send + 'static,
    layer: &PrivacyLayer,
) -> Result<http::Response<ResponseBody<Full<Bytes>>>, PrivacyError> {
    let response = spawn_blocking(move || {
        let (head, mut body) = call()?.into_parts();
        let bytes = body.with_config().limit(MAX_BYTES).read_to_vec()?;
        Ok::<_, BoxError>(http::Response::from_parts(head, Full::from(bytes)))
    });
    let response = response.await.map_err(BoxError::from)??;
    layer.inspect(response).await
}
