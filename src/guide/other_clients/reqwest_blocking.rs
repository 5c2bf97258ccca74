use http_body_util::Full;
use reqwest::blocking::{Client, RequestBuilder, Response};
use tokio::{runtime::Handle, task::spawn_blocking};
use tower_privacy::{BoxError, PrivacyContext, PrivacyError, PrivacyLayer};

fn send(
    call: RequestBuilder,
    layer: &PrivacyLayer,
    context: &PrivacyContext,
) -> Result<Response, PrivacyError> {
    let response = call.send().map_err(failed)?;
    let mut head = http::Response::new(());
    (*head.status_mut(), *head.headers_mut()) = (response.status(), response.headers().clone());
    let bytes = response.bytes().map_err(failed)?;
    let inspected = layer.inspect(head.clone().map(|()| Full::new(bytes.clone())));
    Handle::current().block_on(context.scope(inspected))?;
    Ok(head.map(|()| bytes).into())
}

fn failed(error: reqwest::Error) -> PrivacyError {
    PrivacyError::Service(error.without_url().into())
}

pub(crate) async fn contacts(
    client: Client,
    url: String,
    layer: PrivacyLayer,
) -> Result<bytes::Bytes, PrivacyError> {
    let context = PrivacyContext::current().unwrap_or_else(PrivacyContext::non_interactive);
    let work = move || {
        let response = send(client.get(url), &layer, &context)?;
        response.bytes().map_err(failed)
    };
    spawn_blocking(work).await.map_err(BoxError::from)?
}
