//! Spawned tasks, and jobs without a user.
//!
//! A user's context belongs to the task. Work on another task has none unless you take it along:
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
//! `tokio::join!`, `select!`, streams and `FuturesUnordered` stay on the task and need nothing.
//! `tower::buffer` makes calls on a worker task of its own. Put it inside the layer, or put the context into
//! the request's extensions, which go along.
//!
//! # When the request is over
//!
//! A task that goes on after its request was answered has nobody to hand the signal to. Do not store the
//! signal: its location belongs to a page view that is over, and its marker grows old. Store what is missing,
//! and make the call again when the user is there:
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
//!     denial.permissions().map(str::to_owned).collect()
//! }
//! # assert!(missing(&PrivacyError::Service("refused".into())).is_empty());
//! ```
//!
//! # Nobody to ask
//!
//! A queue, a nightly job or a webhook has no user at hand. Its calls have no context, so a denial fails with
//! [`InteractionRequired`]. The job can note what is missing, and the app can ask when the user is there
//! again. In an app that has the host side too, such a denial is logged as a warning, since a call of a
//! handler may have lost its context. Run a job in the scope of [`PrivacyContext::non_interactive`] to say that
//! it never had one.
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
//! let client = PrivacyLayer::new().layer(upstream);
//!
//! match client.oneshot(http::Request::new(())).await {
//!     Err(PrivacyError::InteractionRequired(denial)) => {
//!         assert!(denial.permissions().eq(["contact.see"]));
//!     }
//!     other => panic!("{other:?}"),
//! }
//! # }
//! ```
//!
//! Over reqwest, such a job needs no more than this:
//!
//! ```
//! use reqwest::Client;
//! use tower::{ServiceBuilder, ServiceExt};
//! use tower_privacy::{Privacy, PrivacyError, PrivacyLayer};
//!
//! fn client() -> Privacy<Client> {
//!     ServiceBuilder::new().layer(PrivacyLayer::new()).service(Client::new())
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
//! An app and its jobs can share one client. In an app that has the host side, leave
//! [`return_to`](crate::PrivacyLayer::return_to) unset: a call that lost its context then fails with an error
//! that you see, and no user ends up in the wrong place.
//!
//! A job that runs in the context of a user, and must not send them anywhere, runs in the scope of
//! [`PrivacyContext::non_interactive`].
//!
//! [`InteractionRequired`]: crate::PrivacyError::InteractionRequired
//! [`PrivacyContext::non_interactive`]: crate::PrivacyContext::non_interactive
