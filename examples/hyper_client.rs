//! A command-line program that reads a Personal API through hyper-util's client. The context of each call is in its
//! request.
//!
//! ```sh
//! cargo run --example hyper_client --features sandbox
//! ```
//!
//! It starts a sandbox on loopback, prints each step of the exchange, and exits. The sandbox chooses for the user,
//! and the client without the layer acts as the browser.

use std::error::Error;

use bytes::Bytes;
use http::{Request, header::LOCATION};
use http_body_util::{BodyExt, Empty};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tower::{ServiceBuilder, ServiceExt};
use tower_privacy::{
    Family, PrivacyContext, PrivacyError, PrivacyLayer, ReturnUrl,
    sandbox::{Choice, Sandbox},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::new().bind(([127, 0, 0, 1], 0).into()).await?;
    let contacts = sandbox.api_url(&Family::Contact);
    let photos = sandbox.api_url(&Family::Photos);

    // A call without a context has no user.
    let client = ServiceBuilder::new()
        .layer(PrivacyLayer::new().also_trust(sandbox.endpoint()))
        .service(Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>());

    let user = PrivacyContext::new(ReturnUrl::try_from("https://app.example/contacts")?);
    let request = || {
        Request::get(contacts.as_str())
            .extension(user.clone())
            .body(Empty::new())
    };
    let response = match client.clone().oneshot(request()?).await {
        Err(PrivacyError::Redirect(redirect)) => {
            println!("Denied. The user goes to {}", redirect.location());
            sandbox.sandbox().choose(Choice::Always);
            let page = redirect.location().as_str().parse()?;
            let answer = client.get_ref().get(page).await?;
            let back = answer
                .headers()
                .get(LOCATION)
                .ok_or("the page does not redirect")?;
            println!("Granted. The user comes back to {}", back.to_str()?);
            client.clone().oneshot(request()?).await?
        }
        other => other?,
    };
    let status = response.status();
    let xml = response.into_body().collect().await?.to_bytes();
    println!("{status}\n{}", String::from_utf8_lossy(&xml));

    let job = Request::get(photos.as_str()).body(Empty::new())?;
    match client.oneshot(job).await {
        Err(error @ PrivacyError::InteractionRequired(_)) => println!("A job: {error}"),
        other => println!("{}", other?.status()),
    }

    sandbox.shutdown().await;
    Ok(())
}
