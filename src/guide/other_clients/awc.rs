use awc::{ClientRequest, error::PayloadError};
use bytes::Bytes;
use futures_util::TryStreamExt;
use http_body::{Body, Frame};
use http_body_util::StreamBody;
use tower_privacy::{PrivacyError, PrivacyLayer};

pub(crate) async fn send(
    call: ClientRequest,
    layer: &PrivacyLayer,
) -> Result<http::Response<impl Body<Data = Bytes, Error = PayloadError>>, PrivacyError> {
    let response = call.no_decompress().send().await.map_err(failed)?;
    let mut head = http::Response::builder().status(response.status().as_u16());
    for (name, value) in response.headers() {
        head = head.header(name.as_str(), value.as_bytes());
    }
    let response = head.body(StreamBody::new(response.map_ok(Frame::data)));
    layer.inspect(response.map_err(failed)?).await
}

// awc's errors are not `Send`, so their text goes on.
fn failed(error: impl std::error::Error) -> PrivacyError {
    PrivacyError::Service(error.to_string().into())
}
