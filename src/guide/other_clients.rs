//! Clients that are not Tower services.
//!
//! The layer wraps hyper, reqwest, reqwest-middleware and every other Tower service: see
//! [`client`](crate::client). With any other client, pass each response to
//! [`PrivacyLayer::inspect`](crate::PrivacyLayer::inspect). It fails with
//! [`PrivacyError`](crate::PrivacyError) if the response is a denial. It returns every other response with the
//! same head and the same bytes.
//!
//! This page has a function for each of four clients. Copy it into your app, add the crates that it needs, and change
//! each call by one line. Over awc and ureq, also change what reads the status or the body, since the response is
//! one of `http` 1:
//!
//! | client | before | after | crates |
//! |---|---|---|---|
//! | [awc 3](#awc) | `client.get(url).send().await?` | `send(client.get(url), &layer).await?` | `bytes` 1, `futures-util` 0.3, `http` 1, `http-body` 1, `http-body-util` 0.1 |
//! | [ureq 3](#ureq) | `agent.get(url).call()?` | `call(move \|\| agent.get(url).call(), &layer).await?` | `bytes` 1, `http` 1, `http-body-util` 0.1, `tokio` 1 with `rt` |
//! | [reqwest's blocking client](#reqwests-blocking-client) | `client.get(url).send()?` | `send(client.get(url), &layer, &context)?` | `bytes` 1, `http` 1, `http-body-util` 0.1, `tokio` 1 with `rt` |
//! | [reqwest 0.12](#reqwest-012-without-the-feature) | `client.get(url).send().await?` | `send(client.get(url), &layer).await?` | `http` 1 |
//!
//! Build the layer once and share it: cloning it is cheap. All four functions fail with
//! [`PrivacyError`](crate::PrivacyError), so handlers use `?` as they do with a Tower client. An error of the
//! client itself becomes [`PrivacyError::Service`](crate::PrivacyError::Service).
//!
//! An inspection needs the [context](crate::PrivacyContext) of the user's request. It takes the context of the
//! task that awaits it. So either inspect in the handler, or take the context along to where you inspect. The
//! functions below do one or the other.
//!
//! # awc
//!
//! awc uses `http` 0.2, so the function copies the status and the headers. The body remains a stream of any
//! length. The layer buffers no more of it than its [cap](crate::PrivacyLayer::max_document_bytes).
//!
// The clients are dependencies of `tests/` alone, so `tests/other_clients.rs` runs this code, and not rustdoc.
#![cfg_attr(doctest, doc = "```text")]
#![cfg_attr(not(doctest), doc = "```")]
#![doc = include_str!("other_clients/awc.rs")]
//! ```
//!
//! With `no_decompress`, awc sends no `Accept-Encoding`, so servers normally do not compress. awc decodes a compressed
//! body but keeps its `Content-Encoding`, and the layer does not inspect a response that has one. To keep the
//! compression, remove that call, and do not copy that header.
//!
//! For a call with a body, give the function the body too, and write `send_body(body)` in place of `send()`.
//!
//! Read the body with `response.into_body().collect().await?.to_bytes()`, where `collect` comes from
//! `http_body_util::BodyExt`. The status is an `http::StatusCode` of `http` 1, which is another type than
//! `actix_web::http::StatusCode`: compare numbers (`as_u16`), or methods such as `is_success`.
//!
//! # ureq
//!
//! ureq blocks, so the call runs on another thread. The function reads the body there, and inspects the response
//! in the task of the handler, which has the context.
//!
#![cfg_attr(doctest, doc = "```text")]
#![cfg_attr(not(doctest), doc = "```")]
#![doc = include_str!("other_clients/ureq.rs")]
//! ```
//!
//! - Build the agent with `Agent::config_builder().http_status_as_error(false)`. By default, ureq turns every
//!   status from 400 on into an error that has no body, and the denial is lost.
//! - A body over `MAX_BYTES` fails with `ureq::Error::BodyExceedsLimit`, and the handler gets none of it. ureq's
//!   `read_to_string` has the same limit of 10 MiB and the same error. Set it to what the handler can hold in
//!   memory. Call ureq directly for a download that you write to a file.
//! - ureq before 3.2 keeps the `Content-Encoding` of a body that it has decoded. The layer does not inspect such
//!   a response.
//!
//! # reqwest's blocking client
//!
//! Code that blocks and makes several calls runs on another thread as a whole. That thread has no context, so
//! `contacts` takes it along. `send` returns reqwest's own response, so the code that reads it stays the same.
//!
#![cfg_attr(doctest, doc = "```text")]
#![cfg_attr(not(doctest), doc = "```")]
#![doc = include_str!("other_clients/reqwest_blocking.rs")]
//! ```
//!
//! - `send` holds the whole body in memory, as reqwest's `text()` does. It fails if the body breaks off.
//! - The response has the same status, headers and body. It has no `url()` and no `remote_addr()`.
//! - `Handle::current` needs a tokio runtime. `spawn_blocking` and `actix_web::web::block` have one. A program
//!   without a runtime can use `futures::executor::block_on`.
//!
//! # reqwest 0.12 without the feature
//!
//! With the feature `reqwest-0-12`, a call is [`request.send_through(&layer)`](crate::client::SendThrough), and
//! the response keeps its `url()`. Without the feature:
//!
#![cfg_attr(doctest, doc = "```text")]
#![cfg_attr(not(doctest), doc = "```")]
#![doc = include_str!("other_clients/reqwest_0_12.rs")]
//! ```
//!
//! The body remains a stream. The response has no `url()`. reqwest's errors print the URL of the call, with the
//! token if it has one, so `failed` removes it.
//!
//! # From reqwest 0.12 to 0.13
//!
//! You need not update reqwest for this crate: each version has a feature, and both can be on. If you do, these
//! features of reqwest change:
//!
//! | 0.12 | 0.13 |
//! |---|---|
//! | `query()` and `form()` are always there | features `query` and `form`; `json` and `multipart` are features in both |
//! | `rustls-tls`, `rustls-tls-webpki-roots`, `rustls-tls-native-roots` | `rustls`, which trusts the certificates of the system |
//! | `rustls-tls-no-provider`, `rustls-tls-manual-roots-no-provider` | `rustls-no-provider` |
//! | `default-tls` is native TLS | `default-tls` is `rustls`; for native TLS, turn on `native-tls` |
//! | `native-tls`, `native-tls-alpn` | `native-tls-no-alpn`, `native-tls` |
//! | `trust-dns` | `hickory-dns` |
//!
//! `oauth2` 5 and `openidconnect` 4 use 0.12. A client that you pass to them must stay 0.12. `cargo tree --invert
//! reqwest@0.12` shows which crates use it.
//!
//! # Any other client
//!
//! 1. Convert the response to an `http::Response` of `http` 1. Copy the status and all headers: some
//!    protocols read the denial from a header. Leave out `Content-Encoding` if the client has decoded the body.
//! 2. Use a body that implements [`http_body::Body`]. `String` does, and so do `http_body_util::Full` for bytes
//!    and `http_body_util::StreamBody` for a stream.
//! 3. Keep the bytes as they are. `String::from_utf8_lossy` changes a body that is not UTF-8.
//! 4. If you read the body first, fail when it is over your limit. A truncated body is neither the response that
//!    the handler expects nor a denial that the layer can detect.
//!
//! For an SDK that hides its responses, find the denial in what the SDK returns, and pass it to
//! [`PrivacyLayer::signal`](crate::PrivacyLayer::signal).
