//! The context of the running task.

use std::{
    cell::RefCell,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project::{pin_project, pinned_drop};

use crate::trip::PrivacyContext;

thread_local! {
    static CURRENT: RefCell<Option<PrivacyContext>> = const { RefCell::new(None) };
}

/// The context of the running task.
impl PrivacyContext {
    /// Runs a function in this context.
    #[cfg(any(feature = "actix", feature = "axum"))]
    pub(crate) fn enter<T>(&self, run: impl FnOnce() -> T) -> T {
        let mut context = Some(self.clone());
        let _entered = Entered::new(&mut context);
        run()
    }

    /// The context of the running task, or `None` if it has none.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_privacy::PrivacyContext;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let context = PrivacyContext::non_interactive();
    /// let current = context.scope(async { PrivacyContext::current() }).await;
    /// assert_eq!(current, Some(context));
    ///
    /// assert_eq!(PrivacyContext::current(), None);
    /// # }
    /// ```
    #[inline]
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT
            .try_with(|current| current.borrow().clone())
            .ok()
            .flatten()
    }

    /// Runs a future in this context. Every call that it makes through the layer uses the context, unless the
    /// request has its own.
    ///
    /// A spawned task does not inherit the context. Move [`current`](Self::current) into the new task, and call
    /// `scope` there. Scopes can be nested: the inner one counts.
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

/// A future in a [`PrivacyContext`]: what [`PrivacyContext::scope`] returns.
#[pin_project(PinnedDrop)]
#[must_use = "futures do nothing unless polled"]
pub struct Scope<F> {
    /// Dropped in the context too.
    #[pin]
    future: Option<F>,
    /// The context of the future. While the future runs, the context outside.
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
            // Unreachable: only `drop` removes the future.
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

/// Swaps the thread's context for another one, and swaps back when it is dropped, also by a panic.
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

/// Does nothing while the thread is torn down: it makes no more calls.
fn swap(context: &mut Option<PrivacyContext>) {
    let _ = CURRENT.try_with(|current| std::mem::swap(&mut *current.borrow_mut(), context));
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, task::Waker};

    use super::*;

    fn context(path: &str) -> PrivacyContext {
        PrivacyContext::new(format!("https://app.example/{path}").parse().unwrap())
    }

    #[tokio::test]
    async fn scopes_can_be_nested_and_end_with_their_future() {
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
    fn a_pending_future_leaves_no_context_on_the_thread() {
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
