//! Spawned tasks, threads, and jobs without a user.
//!
//! The [context](crate::PrivacyContext) of a user's request belongs to the task that handles it. A task that you
//! spawn has no context unless you pass it on:
//!
//! ```
//! use tower_privacy::PrivacyContext;
//!
//! /// Spawns a task for the same user.
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
//! | where the call runs | what to do |
//! |---|---|
//! | in the handler, or in a `tokio::join!`, `select!`, stream or `FuturesUnordered` that it awaits | nothing: it is the same task |
//! | in the body of the reply, such as a stream of server-sent events | call in the handler, before the reply begins: see [below](#after-the-reply) |
//! | in `tokio::spawn`, a `JoinSet` or an actor, and the handler awaits the result | `context.scope(work)`, as above |
//! | the same, and the handler does not await it | [`PrivacyContext::non_interactive`]: see [below](#after-the-reply) |
//! | in `spawn_blocking` or `actix_web::web::block` | take the context along, or inspect in the handler ([`other_clients`](super::other_clients)) |
//! | inside `tower::buffer`, which calls from a worker task | put the buffer inside the layer, or put the context into the request's extensions |
//!
//! # After the reply
//!
//! Once the reply has begun, a task or the reply's own body cannot send the user anywhere. Run it in
//! [`PrivacyContext::non_interactive`], so that no event says that a user was sent away. A denied call then fails with
//! [`InteractionRequired`]. Store the missing permissions, and call again when the user is back. Do not store the
//! error: if it has a location, that belongs to a page view that is over, and its marker expires.
//!
//! ```
//! use tower_privacy::PrivacyError;
//!
//! /// What to ask the user for on their next visit, such as `contact.see`.
//! fn missing(error: &PrivacyError) -> Vec<String> {
//!     let denial = match error {
//!         PrivacyError::Redirect(redirect) | PrivacyError::Refused(redirect) => redirect.denial(),
//!         PrivacyError::InteractionRequired(denial) => denial,
//!         _ => return Vec::new(),
//!     };
//!     denial.permissions().map(str::to_owned).collect()
//! }
//! # assert!(missing(&PrivacyError::Service("connection refused".into())).is_empty());
//! ```
//!
//! # Jobs
//!
//! A queue, a nightly job or a webhook has no user to ask. Its calls have no context, so a denied call fails with
//! [`InteractionRequired`]. Run the job in [`PrivacyContext::non_interactive`]:
//!
//! ```
//! use tower::{Layer, ServiceExt, service_fn};
//! use tower_privacy::{PrivacyContext, PrivacyError, PrivacyLayer};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! // Stands for the HTTP client. Every call is denied.
//! let upstream = service_fn(async |_: http::Request<()>| {
//!     Ok::<_, std::convert::Infallible>(http::Response::new(String::from(
//!         "<error><detail>PrivacyAccessDeniedException</detail><url>\
//!          http://privacy.orange.fr/urm-gui/interaction.do?family=contact&amp;attributes=,see\
//!          </url></error>",
//!     )))
//! });
//! let client = PrivacyLayer::new().layer(upstream);
//!
//! let job = client.oneshot(http::Request::new(()));
//! match PrivacyContext::non_interactive().scope(job).await {
//!     Err(PrivacyError::InteractionRequired(denial)) => {
//!         assert!(denial.permissions().eq(["contact.see"]));
//!     }
//!     other => panic!("{other:?}"),
//! }
//! # }
//! ```
//!
//! Without `non_interactive`, the result is the same. But with the feature `tracing`, an app that also has the host
//! side logs a warning, since the call looks like a handler's that lost its context. `non_interactive` also keeps a job
//! that runs in a user's context from sending them away.
//!
//! An app and its jobs can share one client and one layer. In an app with the host side, do not set
//! [`return_to`](crate::PrivacyLayer::return_to): a call that lost its context then fails with an error that you
//! see, and no user comes back to the wrong page.
//!
//! [`InteractionRequired`]: crate::PrivacyError::InteractionRequired
//! [`PrivacyContext::non_interactive`]: crate::PrivacyContext::non_interactive
