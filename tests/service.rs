//! The contract of `tower::Service`.

mod support;

use std::{convert::Infallible, future::pending, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Empty, Full};
use support::{
    DENIAL, OTHER_ERROR,
    body::{Script, Step},
    layer, redirect, xml,
};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_privacy::{
    Denial, Inspect, Privacy, PrivacyContext, PrivacyEndpoint, PrivacyError, PrivacyLayer,
    PrivacyRedirect, RejectedDenial, ResponseBody, ResponseFuture, ReturnUrl, Scope,
};
use tower_test::mock;

type Answer = Response<Full<Bytes>>;

fn answer(body: &'static str) -> Answer {
    xml(Full::new(Bytes::from(body)))
}

#[tokio::test]
async fn readiness_and_its_errors_are_those_of_the_inner_service() {
    let (mut service, mut handle) = mock::spawn_layer::<Request<()>, Answer, _>(layer());
    handle.allow(0);
    assert!(service.poll_ready().is_pending());
    handle.allow(1);
    assert!(service.poll_ready().is_ready());

    handle.send_error("worn out");
    let error = loop {
        if let std::task::Poll::Ready(Err(error)) = service.poll_ready() {
            break error;
        }
    };
    assert!(matches!(error, PrivacyError::Service(_)), "{error:?}");
}

#[tokio::test]
async fn an_error_of_the_inner_service_is_kept_unchanged() {
    let mut service = layer().layer(service_fn(|_: Request<()>| async {
        Err::<Answer, _>(std::io::Error::from_raw_os_error(111))
    }));
    let error = service
        .ready()
        .await
        .unwrap()
        .call(Request::new(()))
        .await
        .unwrap_err();
    let PrivacyError::Service(error) = error else {
        panic!("{error:?}")
    };
    let error = error.downcast::<std::io::Error>().unwrap();
    assert_eq!(error.raw_os_error(), Some(111));
}

#[tokio::test]
async fn the_inner_service_gets_the_request_unchanged_and_once() {
    let (mut service, mut handle) = mock::spawn_layer(layer());
    assert!(service.poll_ready::<Request<&str>>().is_ready());
    let call = service.call(Request::post("/a").body("request").unwrap());
    let (seen, send) = handle.next_request().await.unwrap();
    assert_eq!(
        (seen.method(), seen.uri().path(), *seen.body()),
        (&http::Method::POST, "/a", "request")
    );
    send.send_response(answer(DENIAL));
    redirect(call.await);
    assert!(
        tokio_test::task::spawn(handle.next_request())
            .poll()
            .is_pending()
    );
}

#[tokio::test]
async fn it_is_correct_over_a_service_that_must_be_ready_before_each_call() {
    let inner = service_fn(|request: Request<&'static str>| async move {
        Ok::<_, Infallible>(answer(request.into_body()))
    });
    let mut service = ServiceBuilder::new()
        .layer(layer())
        .buffer(1)
        .service(inner);
    for _ in 0..3 {
        let call = service.ready().await.unwrap().call(Request::new(DENIAL));
        redirect(call.await);
        let call = service
            .ready()
            .await
            .unwrap()
            .call(Request::new(OTHER_ERROR));
        assert_eq!(call.await.unwrap().status(), 500);
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_outside_covers_the_peek() {
    let body = || Script::new([Step::Data(Bytes::from_static(b"<error>")), Step::Hang]);
    let mut service = ServiceBuilder::new()
        .timeout(Duration::from_secs(5))
        .layer(layer())
        .service(service_fn(move |_: Request<()>| async move {
            Ok::<_, Infallible>(xml(body()))
        }));
    let error = service
        .ready()
        .await
        .unwrap()
        .call(Request::new(()))
        .await
        .unwrap_err();
    assert!(error.is::<tower::timeout::error::Elapsed>(), "{error:?}");
}

#[tokio::test]
async fn the_inner_service_need_be_neither_clone_nor_unpin_nor_send() {
    struct Local(std::rc::Rc<()>);
    impl Service<Request<()>> for Local {
        type Response = Response<Script>;
        type Error = &'static str;
        type Future =
            std::pin::Pin<Box<dyn Future<Output = Result<Response<Script>, &'static str>>>>;

        fn poll_ready(
            &mut self,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Result<(), &'static str>> {
            std::task::Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            let local = std::rc::Rc::clone(&self.0);
            Box::pin(async move {
                drop(local);
                Ok(xml(Script::of([DENIAL])))
            })
        }
    }

    let mut service = layer().layer(Local(std::rc::Rc::new(())));
    redirect(service.ready().await.unwrap().call(Request::new(())).await);
    service.get_mut().0 = std::rc::Rc::new(());
    assert_eq!(std::rc::Rc::strong_count(&service.get_ref().0), 1);
    let Local(inner) = service.into_inner();
    assert_eq!(std::rc::Rc::strong_count(&inner), 1);
}

#[tokio::test]
async fn a_future_dropped_during_the_call_or_the_peek_drops_its_contents() {
    let alive = std::sync::Arc::new(());
    let held = std::sync::Arc::clone(&alive);
    let mut service = layer().layer(service_fn(move |request: Request<bool>| {
        let held = std::sync::Arc::clone(&held);
        async move {
            if request.into_body() {
                pending::<()>().await;
            }
            drop(held);
            let body = Script::new([Step::Data(Bytes::from_static(b"<error>")), Step::Hang]);
            Ok::<_, Infallible>(xml(body))
        }
    }));
    for calling in [true, false] {
        let call = service.ready().await.unwrap().call(Request::new(calling));
        let mut call = tokio_test::task::spawn(call);
        assert!(call.poll().is_pending());
        drop(call);
        assert_eq!(std::sync::Arc::strong_count(&alive), 2, "the service's own");
    }
}

#[test]
fn the_types_are_send_and_sync_if_their_contents_are() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    fn unpin<T: Unpin>() {}
    fn plain<T: Send + Sync + Unpin + Clone + 'static>() {}
    type Future = std::future::Ready<Result<Response<Empty<Bytes>>, Infallible>>;

    plain::<PrivacyLayer>();
    plain::<Privacy<()>>();
    plain::<PrivacyContext>();
    plain::<PrivacyEndpoint>();
    plain::<ReturnUrl>();
    plain::<Denial>();
    plain::<PrivacyRedirect>();
    plain::<RejectedDenial>();
    send::<PrivacyError>();
    sync::<PrivacyError>();
    send::<ResponseFuture<Future, Empty<Bytes>>>();
    sync::<ResponseFuture<Future, Empty<Bytes>>>();
    unpin::<ResponseFuture<Future, Empty<Bytes>>>();
    send::<ResponseBody<Empty<Bytes>>>();
    sync::<ResponseBody<Empty<Bytes>>>();
    unpin::<ResponseBody<Empty<Bytes>>>();
    send::<Scope<std::future::Ready<()>>>();
    sync::<Scope<std::future::Ready<()>>>();
    unpin::<Inspect<Script>>();
}

#[test]
fn the_future_and_the_body_are_little_larger_than_the_inner_ones() {
    type Body = Full<Bytes>;
    type Future =
        std::pin::Pin<Box<dyn std::future::Future<Output = Result<Response<Body>, Infallible>>>>;
    let word = size_of::<usize>();
    assert!(size_of::<ResponseFuture<Future, Body>>() <= size_of::<Future>() + 4 * word);
    assert!(size_of::<ResponseBody<Body>>() <= size_of::<Body>() + word);
}
