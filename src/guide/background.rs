//! Spawned tasks, and jobs without a user.
//!
//! The context of a user is the task's. What runs in another task has none, unless it is taken along:
//!
//! ```
//! use tower_privacy::PrivacyContext;
//!
//! /// Runs on another task, for the same user.
//! fn spawn<F>(work: F) -> tokio::task::JoinHandle<F::Output>
//! where
//!     F: Future<Output: Send> + Send + 'static,
//! {
//!     match PrivacyContext::current() {
//!         Some(context) => tokio::spawn(context.scope(work)),
//!         None => tokio::spawn(work),
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let here = PrivacyContext::new("https://app.example/contacts".parse()?);
//! let seen = here.scope(async { spawn(async { PrivacyContext::current() }).await }).await?;
//! assert_eq!(seen, Some(here));
//! # Ok(())
//! # }
//! ```
//!
//! `tokio::join!`, `select!`, streams and `FuturesUnordered` stay on the task, and need nothing.
//! `tower::buffer` makes calls on a worker of its own: put it inside of the layer, or the context into the
//! request's extensions, which go along.
//!
//! # When the request is over
//!
//! A task that goes on after its request was answered has nobody to hand the signal to. It should not be kept:
//! its location is that of a page view which is over, with a marker that grows old. Keep what is missing, and
//! make the call again when the user is there:
//!
//! ```
//! use tower_privacy::PrivacyError;
//!
//! /// What a user has to be asked for when they are next here, such as `contact.see`.
//! fn missing(error: &PrivacyError) -> Vec<String> {
//!     let denial = match error {
//!         PrivacyError::Redirect(redirect) | PrivacyError::Refused(redirect) => redirect.denial(),
//!         PrivacyError::InteractionRequired(denial) => denial,
//!         _ => return Vec::new(),
//!     };
//!     let family = denial.family().map(|family| family.to_string()).unwrap_or_default();
//!     denial.attributes().map(|attribute| format!("{family}.{attribute}")).collect()
//! }
//! # assert!(missing(&PrivacyError::Service("refused".into())).is_empty());
//! ```
//!
//! # Nobody to ask
//!
//! A queue, a nightly job or a webhook has no user at hand. There a denial is
//! [`InteractionRequired`]: the job can note down what is missing, and the app can ask when the user is there
//! again.
//!
//! ```
//! use tower::{Layer, ServiceExt, service_fn};
//! use tower_privacy::{PrivacyError, PrivacyLayer};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! // Any client that is a Tower service. This one is always denied.
//! let upstream = service_fn(async |_: http::Request<()>| {
//!     Ok::<_, std::convert::Infallible>(http::Response::new(String::from(
//!         "<error><detail>PrivacyAccessDeniedException</detail><url>\
//!          http://privacy.orange.fr/urm-gui/interaction.do?family=contact&amp;attributes=,see\
//!          </url></error>",
//!     )))
//! });
//! let client = PrivacyLayer::non_interactive().layer(upstream);
//!
//! match client.oneshot(http::Request::new(())).await {
//!     Err(PrivacyError::InteractionRequired(denial)) => {
//!         assert_eq!(denial.family().as_deref(), Some("contact"));
//!         assert!(denial.attributes().eq(["see"]));
//!     }
//!     other => panic!("{other:?}"),
//! }
//! # }
//! ```
//!
//! Over reqwest such a job is no more than this:
//!
//! ```
//! use reqwest::Client;
//! use tower::{ServiceBuilder, ServiceExt};
//! use tower_privacy::{Privacy, PrivacyError, PrivacyLayer};
//!
//! fn client() -> Privacy<Client> {
//!     ServiceBuilder::new().layer(PrivacyLayer::non_interactive()).service(Client::new())
//! }
//!
//! async fn contacts(client: &Privacy<Client>) -> Result<String, PrivacyError> {
//!     // The inner client builds the request; the service sends it.
//!     let request = client.get_ref().get("https://api.example/contacts").build()?;
//!     Ok(client.clone().oneshot(request).await?.error_for_status()?.text().await?)
//! }
//! # let _ = (client, contacts);
//! ```
//!
//! An app whose calls all have a user takes `non_interactive()` for its client, too. A call that lost its
//! context is then an error that shows, and not a user in the wrong place.
//!
//! [`InteractionRequired`]: crate::PrivacyError::InteractionRequired
