use tower_privacy::{PrivacyError, PrivacyLayer};

pub(crate) async fn send(
    call: reqwest::RequestBuilder,
    layer: &PrivacyLayer,
) -> Result<reqwest::Response, PrivacyError> {
    let response = call.send().await.map_err(failed)?;
    let response = layer.inspect(http::Response::from(response)).await?;
    Ok(response.map(reqwest::Body::wrap).into())
}

fn failed(error: reqwest::Error) -> PrivacyError {
    PrivacyError::Service(error.without_url().into())
}
