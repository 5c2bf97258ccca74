//! A command-line program that reads a Personal API through reqwest, with no web framework.
//!
//! ```sh
//! cargo run --example reqwest_client --features reqwest,sandbox
//! ```
//!
//! It starts a sandbox on loopback, prints each step of the exchange, and exits. The sandbox chooses for the user,
//! and a second client acts as the browser.

use std::error::Error;

use reqwest::{Client, header::LOCATION, redirect::Policy};
use tower::{ServiceBuilder, ServiceExt};
use tower_privacy::{
    Family, Privacy, PrivacyContext, PrivacyError, PrivacyLayer, ReturnUrl,
    sandbox::{Choice, Sandbox},
};
use url::Url;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::new().bind(([127, 0, 0, 1], 0).into()).await?;
    let contacts = sandbox.api_url(&Family::Contact);
    let photos = sandbox.api_url(&Family::Photos);

    // Nothing leaves this machine, so ignore a proxy that the environment sets.
    let client = Client::builder().no_proxy().build()?;
    // Where the user comes back to, unless the task of the call has another context.
    let back = ReturnUrl::try_from("https://app.example/contacts")?;
    let client = ServiceBuilder::new()
        .layer(
            PrivacyLayer::new()
                .return_to(back)
                .also_trust(sandbox.endpoint()),
        )
        .service(client);

    let xml = match read(&client, &contacts).await {
        Err(PrivacyError::Redirect(redirect)) => {
            println!("Denied. The user goes to {}", redirect.location());
            sandbox.sandbox().choose(Choice::Always);
            let back = visit(redirect.location()).await?;
            println!("Granted. The user comes back to {back}");
            read(&client, &contacts).await?
        }
        other => other?,
    };
    println!("{xml}");

    // A job has no user to send away, even though the layer has a return URL.
    let job = PrivacyContext::non_interactive().scope(read(&client, &photos));
    match job.await {
        Err(error @ PrivacyError::InteractionRequired(_)) => println!("A job: {error}"),
        other => println!("{}", other?),
    }

    sandbox.shutdown().await;
    Ok(())
}

async fn read(client: &Privacy<Client>, api: &Url) -> Result<String, PrivacyError> {
    let request = client.get_ref().get(api.clone()).build()?;
    let response = client.clone().oneshot(request).await?;
    Ok(response.error_for_status()?.text().await?)
}

/// Opens the privacy page, as the user's browser does, and returns where it redirects to.
async fn visit(page: &Url) -> Result<String, Box<dyn Error>> {
    let browser = Client::builder().no_proxy().redirect(Policy::none());
    let answer = browser.build()?.get(page.clone()).send().await?;
    let back = answer
        .headers()
        .get(LOCATION)
        .ok_or("the page does not redirect")?;
    Ok(back.to_str()?.to_owned())
}
