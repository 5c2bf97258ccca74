//! What one user's request knows.

use std::{
    cell::RefCell,
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use pin_project::{pin_project, pinned_drop};

use crate::return_url::ReturnUrl;
#[cfg(any(feature = "actix", feature = "axum"))]
use crate::{guard::MarkerName, query};

thread_local! {
    static CURRENT: RefCell<Option<PrivacyContext>> = const { RefCell::new(None) };
}

/// What one user's request knows that an outbound call made for it must know too: where the user
/// comes back to, or that there is no user.
///
/// The host side (`PrivacyReturnLayer`, `actix::PrivacyReturn`) makes one of each incoming request and
/// runs the handler in it, and only with such a context does the guard against circles work. One
/// that is made here is for what has no incoming request, or for another return URL.
///
/// For each call the layer takes the first of these that it finds:
///
/// 1. a `PrivacyContext` in the outbound request's extensions (those of an `http::Request`, or
///    `with_extension` of reqwest-middleware; a `reqwest::Request` has none that can be read);
/// 2. the one that the running task is in ([`scope`](Self::scope));
/// 3. the layer's own return URL ([`PrivacyLayer::new`](crate::PrivacyLayer::new)).
///
/// It is taken when the service is called. A service that makes the call on another task
/// (`tower::buffer`) sees the extensions, but not the scope; order such a layer inside.
///
/// Clones share one allocation.
///
/// # Example
///
/// ```
/// use tower_privacy::{PrivacyContext, ReturnUrl};
///
/// let context = PrivacyContext::new(ReturnUrl::try_from("https://app.example/contacts")?);
/// let mut request = http::Request::get("https://api.example/contacts").body(())?;
/// request.extensions_mut().insert(context);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PrivacyContext(Arc<User>);

#[derive(PartialEq, Eq)]
pub(crate) enum User {
    /// Comes back to this URL as it is.
    ReturnsTo(ReturnUrl),
    /// Comes back to the page of this visit, with a marker.
    #[cfg_attr(
        not(any(feature = "actix", feature = "axum")),
        expect(dead_code, reason = "made by the hosts, which are features")
    )]
    Visits(Visit),
    Absent,
}

/// A user's visit to a page of the host.
#[derive(PartialEq, Eq)]
pub(crate) struct Visit {
    page: ReturnUrl,
    /// The page without the marker, if it has one.
    return_url: Option<ReturnUrl>,
    is_opened: bool,
    answered: Answered,
}

/// Whether upstream has answered a call of the visit. It says nothing of which visit it is.
#[derive(Default)]
struct Answered(AtomicBool);

impl PartialEq for Answered {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Answered {}

impl Visit {
    /// The page that the user is on, with whatever marker it was called with.
    pub(crate) fn page(&self) -> &ReturnUrl {
        &self.page
    }

    /// The request opens the page, as a user does, and is not made by it.
    pub(crate) fn is_opened(&self) -> bool {
        self.is_opened
    }

    /// The page, without the marker that the inbound side knows.
    pub(crate) fn return_url(&self) -> &ReturnUrl {
        self.return_url.as_ref().unwrap_or(&self.page)
    }
}

impl PrivacyContext {
    /// A user who comes back to this URL. It is sent to the privacy page as it is.
    #[must_use]
    pub fn new(return_url: ReturnUrl) -> Self {
        Self(Arc::new(User::ReturnsTo(return_url)))
    }

    /// There is no user who could be sent anywhere: a job, a queue, a webhook. A denial is then
    /// [`PrivacyError::InteractionRequired`](crate::PrivacyError::InteractionRequired).
    #[must_use]
    pub fn non_interactive() -> Self {
        Self(Arc::new(User::Absent))
    }

    /// A user who is on this page of the host, or who opens it.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn visiting(page: ReturnUrl, is_opened: bool, marker: &MarkerName) -> Self {
        let query = page.as_url().query().unwrap_or_default();
        let return_url = query::without(query, marker.as_str()).map(|query| {
            page.clone()
                .with_query(Some(&*query).filter(|query| !query.is_empty()))
        });
        Self(Arc::new(User::Visits(Visit {
            page,
            return_url,
            is_opened,
            answered: Answered::default(),
        })))
    }

    /// Where the user comes back to; `None` if there is no user.
    ///
    /// From a context that the inbound side made, this is the page itself: a denial's
    /// [`return_url`](crate::PrivacyRedirect::return_url) has the marker too.
    #[must_use]
    pub fn return_url(&self) -> Option<&ReturnUrl> {
        match &*self.0 {
            User::ReturnsTo(url) => Some(url),
            User::Visits(visit) => Some(visit.return_url()),
            User::Absent => None,
        }
    }

    pub(crate) fn user(&self) -> &User {
        &self.0
    }

    /// Upstream answered a call, and did not deny it.
    pub(crate) fn answer(&self) {
        if let User::Visits(visit) = &*self.0 {
            visit.answered.0.store(true, Ordering::Relaxed);
        }
    }

    /// Whether upstream has answered a call of the visit.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn is_answered(&self) -> bool {
        matches!(&*self.0, User::Visits(visit) if visit.answered.0.load(Ordering::Relaxed))
    }

    /// The inbound side made it.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn is_visit(&self) -> bool {
        matches!(*self.0, User::Visits(_))
    }

    /// Runs this in the context.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn enter<T>(&self, run: impl FnOnce() -> T) -> T {
        let mut context = Some(self.clone());
        let _entered = Entered::new(&mut context);
        run()
    }

    /// The context that the running task is in.
    #[inline]
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT
            .try_with(|current| current.borrow().clone())
            .ok()
            .flatten()
    }

    /// Runs a future in this context: each call that it makes through the layer has it, unless the
    /// request brings its own.
    ///
    /// A context does not follow into a spawned task; take [`current`](Self::current) along and scope
    /// the new task with it. Scopes nest, the inner one counts.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::{PrivacyContext, ReturnUrl};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let context = PrivacyContext::new(ReturnUrl::try_from("https://app.example/contacts")?);
    ///
    /// let spawned = context
    ///     .scope(async {
    ///         let context = PrivacyContext::current().unwrap();
    ///         tokio::spawn(async move { context.scope(async { PrivacyContext::current() }).await })
    ///     })
    ///     .await;
    ///
    /// assert_eq!(spawned.await?, Some(context));
    /// assert_eq!(PrivacyContext::current(), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> Scope<F> {
        Scope {
            future: Some(future),
            context: Some(self.clone()),
        }
    }
}

impl From<ReturnUrl> for PrivacyContext {
    fn from(return_url: ReturnUrl) -> Self {
        Self::new(return_url)
    }
}

impl fmt::Debug for PrivacyContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivacyContext")
            .field("return_url", &self.return_url())
            .finish()
    }
}

/// A future in a [`PrivacyContext`]: what [`PrivacyContext::scope`] returns.
#[pin_project(PinnedDrop)]
#[must_use = "futures do nothing unless polled"]
pub struct Scope<F> {
    /// Taken when this is dropped, so that the future's own drop is in the context too.
    #[pin]
    future: Option<F>,
    /// The context while the future does not run, and while it does the one outside.
    context: Option<PrivacyContext>,
}

#[cfg(any(feature = "actix", feature = "axum"))]
impl<F> Scope<F> {
    /// The context, while the future does not run.
    pub(crate) fn context(&self) -> Option<&PrivacyContext> {
        self.context.as_ref()
    }
}

impl<F: Future> Future for Scope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = Entered::new(this.context);
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            // Only a drop takes it.
            None => Poll::Pending,
        }
    }
}

#[pinned_drop]
impl<F> PinnedDrop for Scope<F> {
    fn drop(self: Pin<&mut Self>) {
        let mut this = self.project();
        let _entered = Entered::new(this.context);
        this.future.set(None);
    }
}

impl<F> fmt::Debug for Scope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

/// Swaps the thread's context for another, and back when it is dropped, by a panic too.
struct Entered<'a>(&'a mut Option<PrivacyContext>);

impl<'a> Entered<'a> {
    fn new(context: &'a mut Option<PrivacyContext>) -> Self {
        swap(context);
        Self(context)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        swap(self.0);
    }
}

/// Does nothing while the thread is torn down: there is no call left to be made on it.
fn swap(context: &mut Option<PrivacyContext>) {
    let _ = CURRENT.try_with(|current| std::mem::swap(&mut *current.borrow_mut(), context));
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn context(path: &str) -> PrivacyContext {
        PrivacyContext::new(format!("https://app.example/{path}").parse().unwrap())
    }

    #[tokio::test]
    async fn scopes_nest_and_end_with_their_future() {
        let (a, b) = (context("a"), context("b"));
        a.scope(async {
            assert_eq!(PrivacyContext::current(), Some(a.clone()));
            b.scope(async { assert_eq!(PrivacyContext::current(), Some(b.clone())) })
                .await;
            assert_eq!(PrivacyContext::current(), Some(a.clone()));
        })
        .await;
        assert_eq!(PrivacyContext::current(), None);
    }

    #[test]
    fn a_future_that_waits_leaves_the_thread_to_others() {
        let scoped = context("a").scope(std::future::pending::<()>());
        let mut scoped = std::pin::pin!(scoped);
        assert!(
            scoped
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
        assert_eq!(PrivacyContext::current(), None);
    }

    #[test]
    fn a_future_that_panics_leaves_no_context_behind() {
        let result = std::panic::catch_unwind(|| {
            let scoped = context("a").scope(async { panic!("on purpose") });
            let mut scoped = std::pin::pin!(scoped);
            let _ = scoped
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
        });
        assert!(result.is_err());
        assert_eq!(PrivacyContext::current(), None);
    }

    #[test]
    fn there_is_no_context_while_a_thread_is_torn_down() {
        struct OnTeardown;
        impl Drop for OnTeardown {
            fn drop(&mut self) {
                assert_eq!(PrivacyContext::current(), None);
            }
        }
        thread_local!(static ON_TEARDOWN: OnTeardown = const { OnTeardown });

        let thread = std::thread::spawn(|| {
            ON_TEARDOWN.with(|_| ());
            let scoped = context("a").scope(async { PrivacyContext::current() });
            std::pin::pin!(scoped).poll(&mut Context::from_waker(Waker::noop()))
        });
        assert_eq!(thread.join().unwrap(), Poll::Ready(Some(context("a"))));
    }

    #[test]
    fn a_future_is_dropped_in_its_context() {
        struct OnDrop(Arc<std::sync::Mutex<Option<PrivacyContext>>>);
        impl Drop for OnDrop {
            fn drop(&mut self) {
                *self.0.lock().unwrap() = PrivacyContext::current();
            }
        }

        let seen = Arc::default();
        let guard = OnDrop(Arc::clone(&seen));
        drop(context("a").scope(async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        }));
        assert_eq!(*seen.lock().unwrap(), Some(context("a")));
    }
}
