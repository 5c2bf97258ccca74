//! A small app on actix-web, with its own sandbox: the same app as `axum_app`, for comparison.
//!
//! ```sh
//! cargo run --example actix_app --features actix,reqwest,sandbox
//! ```
//!
//! Open the URL that it prints. `PORT` sets the app's port (8080), `SANDBOX_PORT` the sandbox's
//! (8081). Both listen on loopback only. Ctrl-C stops them.

mod carnet;

use actix_web::{App, HttpResponse, HttpServer, Responder, ResponseError, web};
use carnet::{AppError, Carnet, Ports};
use tower_privacy::{PrivacyError, actix::PrivacyReturn};
use web::{Data, Html, Redirect};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ports = Ports::bind().await?;
    let carnet = Carnet::new(&ports)?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::new(carnet.clone()))
            .route("/", web::get().to(start))
            .route("/contacts", web::get().to(contacts))
            .route("/photos", web::get().to(photos))
            .route("/forget", web::post().to(forget))
            .default_service(web::to(not_found))
            .wrap(PrivacyReturn::new(ports.public_url.clone()).map_reply(carnet::own_page))
    });
    server.workers(2).listen(ports.listener)?.run().await?;
    ports.sandbox.shutdown().await;
    Ok(())
}

async fn start(carnet: Data<Carnet>) -> Html {
    Html::new(carnet.start())
}

async fn contacts(carnet: Data<Carnet>) -> Result<Html, AppError> {
    Ok(Html::new(carnet.contacts().await?))
}

async fn photos(carnet: Data<Carnet>) -> Result<Html, AppError> {
    Ok(Html::new(carnet.photos().await?))
}

async fn forget(carnet: Data<Carnet>) -> impl Responder {
    carnet.forget();
    Redirect::to("/").see_other()
}

async fn not_found() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type("text/html; charset=utf-8")
        .body(carnet::not_found())
}

impl ResponseError for AppError {
    fn error_response(&self) -> HttpResponse {
        if let Some(signal) = PrivacyError::find(self) {
            return signal.error_response();
        }
        HttpResponse::BadGateway()
            .content_type("text/html; charset=utf-8")
            .body(carnet::unavailable())
    }
}
