//! A real server on a loopback socket.

use std::net::{Ipv4Addr, SocketAddr};

use axum::{
    Router,
    body::Body,
    response::IntoResponse,
    routing::{any, get},
};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{CONTACTS, DENIAL, OTHER_ERROR, xml};

/// An upstream that denies a call, and three responses that are no denial.
pub fn upstream() -> Router {
    Router::new()
        .route("/denied", get(async || xml(Body::from(DENIAL))))
        .route("/contacts", get(async || xml(Body::from(CONTACTS))))
        .route("/other-error", get(async || xml(Body::from(OTHER_ERROR))))
        .route(
            "/json",
            get(async || ([("content-type", "application/json")], "{}")),
        )
}

/// A server that runs until this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn start(router: Router) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        Self::start_on(listener, router)
    }

    /// For an app that must know its address in advance.
    pub fn start_on(listener: TcpListener, router: Router) -> Self {
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, task }
    }

    /// Answers every request with this.
    pub async fn answering<F, T>(answer: F) -> Self
    where
        F: Fn() -> T + Clone + Send + Sync + 'static,
        T: IntoResponse + 'static,
    {
        let handler = any(move || {
            let response = answer().into_response();
            async move { response }
        });
        Self::start(Router::new().fallback_service(handler)).await
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
