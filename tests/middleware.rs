//! The layer together with other middleware around a client.

mod support;

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::{Ready, ready},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use support::{
    DENIAL, OTHER_ERROR,
    body::{Script, Step},
    layer, redirect, xml,
};
use tower::{
    BoxError, Layer, Service, ServiceBuilder, ServiceExt, layer::layer_fn, retry::Policy,
    service_fn,
};
use tower_privacy::{BoxError as Boxed, PrivacyError};
use tower_test::{assert_request_eq, mock};

type Answer = Response<Full<Bytes>>;

/// An upstream that sends these answers one after the other, then repeats the last one, and counts its calls.
fn upstream(
    answers: impl IntoIterator<Item = Result<&'static str, &'static str>>,
) -> (
    impl Service<Request<()>, Response = Answer, Error = Boxed, Future: Send> + Clone + Send + 'static,
    Arc<AtomicUsize>,
) {
    let calls = Arc::new(AtomicUsize::new(0));
    let answers = Arc::new(Mutex::new(answers.into_iter().collect::<VecDeque<_>>()));
    let count = Arc::clone(&calls);
    let service = service_fn(move |_: Request<()>| {
        count.fetch_add(1, Ordering::Relaxed);
        let mut answers = answers.lock().unwrap();
        let answer = match answers.len() {
            1 => answers[0],
            _ => answers.pop_front().unwrap(),
        };
        ready(match answer {
            Ok(body) => Ok(xml(Full::new(Bytes::from(body)))),
            Err(error) => Err(error.into()),
        })
    });
    (service, calls)
}

/// Retries faults, at most twice. A 500 that is not a denial is a fault.
#[derive(Clone)]
struct Faults(usize);

impl<R> Policy<Request<()>, Response<R>, PrivacyError> for Faults {
    type Future = Ready<()>;

    fn retry(
        &mut self,
        _: &mut Request<()>,
        result: &mut Result<Response<R>, PrivacyError>,
    ) -> Option<Ready<()>> {
        let is_fault = match result {
            Ok(response) => response.status().is_server_error(),
            Err(error) => !error.is_denial(),
        };
        self.0 = self.0.checked_sub(1).filter(|_| is_fault)?;
        Some(ready(()))
    }

    fn clone_request(&mut self, request: &Request<()>) -> Option<Request<()>> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn a_denial_is_not_retried() {
    let (inner, calls) = upstream([Ok(DENIAL)]);
    let service = ServiceBuilder::new()
        .retry(Faults(2))
        .layer(layer())
        .service(inner);
    redirect(service.oneshot(Request::new(())).await);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_fault_is_retried_until_there_is_a_denial() {
    let (inner, calls) = upstream([Err("reset"), Ok(OTHER_ERROR), Ok(DENIAL)]);
    let service = ServiceBuilder::new()
        .retry(Faults(2))
        .layer(layer())
        .service(inner);
    redirect(service.oneshot(Request::new(())).await);
    assert_eq!(calls.load(Ordering::Relaxed), 3);

    let (inner, calls) = upstream([Ok(OTHER_ERROR)]);
    let service = ServiceBuilder::new()
        .retry(Faults(2))
        .layer(layer())
        .service(inner);
    let response = service.oneshot(Request::new(())).await.unwrap();
    assert_eq!(response.status(), 500);
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

/// Opens at the third fault in a row. Then it lets nothing through.
#[derive(Clone)]
struct Breaker<S> {
    inner: S,
    faults: Arc<AtomicUsize>,
}

impl<S, R> Service<Request<()>> for Breaker<S>
where
    S: Service<Request<()>, Response = Response<R>, Error = PrivacyError, Future: Send + 'static>,
{
    type Response = Response<R>;
    type Error = PrivacyError;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response<R>, PrivacyError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), PrivacyError>> {
        if self.faults.load(Ordering::Relaxed) >= 3 {
            return Poll::Ready(Err(PrivacyError::Service("the circuit is open".into())));
        }
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let call = self.inner.call(request);
        let faults = Arc::clone(&self.faults);
        Box::pin(async move {
            let result = call.await;
            let is_fault = match &result {
                Ok(response) => response.status().is_server_error(),
                Err(error) => !error.is_denial(),
            };
            if is_fault {
                faults.fetch_add(1, Ordering::Relaxed);
            } else {
                faults.store(0, Ordering::Relaxed);
            }
            result
        })
    }
}

#[tokio::test]
async fn denials_do_not_open_a_circuit_and_faults_do() {
    let (inner, calls) = upstream([
        Err("reset"),
        Err("reset"),
        Ok(DENIAL),
        Ok(DENIAL),
        Err("reset"),
    ]);
    let mut service = ServiceBuilder::new()
        .layer(layer_fn(|inner| Breaker {
            inner,
            faults: Arc::default(),
        }))
        .layer(layer())
        .service(inner);
    for _ in 0..7 {
        let _ = service.ready().await.unwrap().call(Request::new(())).await;
    }
    assert!(service.ready().await.is_err());
    assert_eq!(calls.load(Ordering::Relaxed), 7);
}

#[tokio::test]
async fn the_signal_is_found_through_a_buffer_a_limit_and_load_shedding() {
    let (inner, calls) = upstream([Ok(DENIAL)]);
    let mut service = ServiceBuilder::new()
        .buffer::<Request<()>>(1)
        .load_shed()
        .concurrency_limit(1)
        .timeout(Duration::from_secs(5))
        .layer(layer())
        .service(inner);
    for _ in 0..3 {
        let call = service.ready().await.unwrap().call(Request::new(()));
        let error: BoxError = call.await.unwrap_err();
        assert!(PrivacyError::find(&*error).unwrap().is_denial());
        redirect::<()>(Err(error.into()));
    }
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn an_outer_limit_is_held_until_the_body_is_inspected() {
    let (mut service, mut handle) = mock::spawn_with(|inner| {
        ServiceBuilder::new()
            .concurrency_limit(1)
            .layer(layer())
            .service::<mock::Mock<Request<()>, Response<Script>>>(inner)
    });
    assert!(service.poll_ready().is_ready());
    let mut first = tokio_test::task::spawn(service.call(Request::new(())));
    let (_, send) = handle.next_request().await.unwrap();
    send.send_response(xml(Script::new([
        Step::Data(Bytes::from_static(b"<error>")),
        Step::Hang,
    ])));
    assert!(first.poll().is_pending());
    assert!(service.poll_ready().is_pending(), "the one place is taken");
    drop(first);
    assert!(service.poll_ready().is_ready(), "it was given back");

    let mut second = tokio_test::task::spawn(service.call(Request::new(())));
    let (_, send) = handle.next_request().await.unwrap();
    send.send_response(xml(Script::of([DENIAL])));
    let Poll::Ready(result) = second.poll() else {
        panic!("the document is there")
    };
    redirect(result);
    drop(second);
    assert!(service.poll_ready().is_ready());
}

#[tokio::test]
async fn a_service_is_never_called_without_being_ready() {
    /// Panics if it is called before it was ready.
    struct Insists(bool);
    impl Service<Request<()>> for Insists {
        type Response = Answer;
        type Error = Infallible;
        type Future = Ready<Result<Answer, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            self.0 = true;
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            assert!(std::mem::take(&mut self.0), "called without being ready");
            ready(Ok(xml(Full::new(Bytes::from(DENIAL)))))
        }
    }
    let mut service = layer().layer(Insists(false));
    for _ in 0..2 {
        redirect(service.ready().await.unwrap().call(Request::new(())).await);
    }
}

#[tokio::test]
async fn a_call_through_the_mock_is_one_call() {
    let (mut service, mut handle) = mock::spawn_layer::<&str, Answer, _>(layer_fn(|inner| {
        layer().layer(
            ServiceBuilder::new()
                .map_request(|request: Request<&'static str>| request.into_body())
                .service(inner),
        )
    }));
    assert!(service.poll_ready().is_ready());
    let call = service.call(Request::new("once"));
    assert_request_eq!(handle, "once").send_response(xml(Full::new(Bytes::from(DENIAL))));
    redirect(call.await);
}

/// They create a response, and so a body of the type that they wrap.
#[tokio::test(start_paused = true)]
async fn layers_that_create_responses_can_wrap_the_layer() {
    use tower_http::{cors::CorsLayer, timeout::TimeoutLayer};

    let client = ServiceBuilder::new()
        .layer(CorsLayer::permissive())
        .layer(TimeoutLayer::with_status_code(
            http::StatusCode::GATEWAY_TIMEOUT,
            Duration::from_secs(5),
        ))
        .layer(layer())
        .service(service_fn(async |request: Request<()>| {
            if request.uri().path() == "/slow" {
                std::future::pending::<()>().await;
            }
            Ok::<_, Infallible>(xml(String::from("<contacts/>")))
        }));
    for (path, status, length) in [("/slow", 504, 0), ("/", 500, 11)] {
        let request = Request::get(path).body(()).unwrap();
        let response = client.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
        let body = http_body_util::BodyExt::collect(response.into_body());
        assert_eq!(body.await.unwrap().to_bytes().len(), length);
    }
    let preflight = Request::options("/slow").body(()).unwrap();
    assert_eq!(client.oneshot(preflight).await.unwrap().status(), 200);
}
