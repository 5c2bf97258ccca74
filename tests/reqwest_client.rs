//! Calls of reqwest through the layer, over real sockets: one suite for both versions, and an app that has
//! both.
#![cfg(any(feature = "reqwest", feature = "reqwest-0-12"))]
#![allow(
    clippy::duplicate_mod,
    reason = "the versions of reqwest share the suite"
)]

mod support;

#[cfg(feature = "reqwest")]
#[path = "suites"]
mod v0_13 {
    use ::reqwest;

    #[path = "reqwest_client.rs"]
    mod suite;
}

#[cfg(feature = "reqwest-0-12")]
#[path = "suites"]
mod v0_12 {
    use ::reqwest_0_12 as reqwest;

    #[path = "reqwest_client.rs"]
    mod suite;
}

#[cfg(all(feature = "reqwest", feature = "reqwest-0-12"))]
mod both {
    use tower_privacy::{Privacy, PrivacyError, PrivacyLayer, client::SendThrough};

    use crate::support::{
        CONTACTS, LOCATION, layer, redirect,
        server::{Server, upstream},
    };

    #[tokio::test]
    async fn one_function_can_call_by_both_versions_through_one_layer() {
        async fn texts(
            layer: &PrivacyLayer,
            urls: [String; 2],
        ) -> Result<[String; 2], PrivacyError> {
            let old = reqwest_0_12::Client::new().get(&urls[0]);
            let old = old.send_through(layer).await?.text().await?;
            let new = reqwest::Client::new().get(&urls[1]);
            let new = new.send_through(layer).await?.text().await?;
            Ok([old, new])
        }

        let server = Server::start(upstream()).await;
        let (contacts, denied) = (server.url("/contacts"), server.url("/denied"));
        let both = texts(&layer(), [contacts.clone(), contacts.clone()]).await;
        assert_eq!(both.unwrap(), [CONTACTS, CONTACTS]);
        for urls in [[denied.clone(), contacts.clone()], [contacts, denied]] {
            let denied = redirect(texts(&layer(), urls).await);
            assert_eq!(denied.location().as_str(), LOCATION);
        }
    }

    #[tokio::test]
    async fn each_version_has_an_execute_of_its_own() {
        let server = Server::start(upstream()).await;
        let old = Privacy::new(reqwest_0_12::Client::new(), &layer());
        let new = Privacy::new(reqwest::Client::new(), &layer());
        let request = old.get_ref().get(server.url("/denied")).build().unwrap();
        redirect(old.execute(request).await);
        let request = new.get_ref().get(server.url("/denied")).build().unwrap();
        redirect(new.execute(request).await);
    }
}
