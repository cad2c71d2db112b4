//! A loopback HTTP proxy between an SDK client, or a provider's caller, and the real endpoint.
//!
//! Every request is one I/O with a number, from 1. The [`Faults`] that a proxy is started with say what happens to
//! which; several proxies can share them, so that one count runs through everything that a function does. Each
//! connection carries one request, so that no pooled connection changes a count.

mod calls;
mod faults;
mod partial;
mod refusal;

use std::convert::Infallible;
use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use hyper::service::service_fn;
use hyper::{Request, Response, client, server};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub use calls::{Call, Resource};
pub use faults::{Fate, Fault, Faults, Io, Refusing, Side};
pub use refusal::Refusal;

/// A running proxy. Dropping it stops it.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    target: String,
    faults: Faults,
    serving: JoinSet<()>,
}

/// The exchange breaks off: the connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("broken off on purpose")]
struct BrokenOff;

impl FaultProxy {
    /// Starts to serve in front of `target`, `http://host:port`.
    pub async fn start(target: &str, faults: Faults) -> Self {
        let target = target.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut proxy = Self { address, target, faults, serving: JoinSet::new() };
        proxy.serve(listener);
        proxy
    }

    fn serve(&mut self, listener: TcpListener) {
        self.serving.spawn(serve(listener, self.target.clone(), self.faults.clone()));
    }

    /// Nothing listens there any more: connections are refused.
    pub async fn refuse(&mut self) {
        self.serving.shutdown().await;
    }

    /// Serves again at the same address.
    pub async fn serve_again(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port that it had");
        self.serve(listener);
    }

    /// Where it listens, `http://host:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn serve(listener: TcpListener, target: String, faults: Faults) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (target, faults) = (target.clone(), faults.clone());
        connections.spawn(async move {
            let exchange = service_fn(|request| exchange(request, &target, &faults));
            let mut connection = server::conn::http1::Builder::new();
            connection.keep_alive(false);
            // A connection that breaks off is what this is for.
            drop(connection.serve_connection(TokioIo::new(stream), exchange).await);
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn exchange(
    request: Request<Incoming>,
    target: &str,
    faults: &Faults,
) -> Result<Response<Full<Bytes>>, BrokenOff> {
    let (mut parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| BrokenOff)?.to_bytes();
    parts.headers.remove(TRANSFER_ENCODING);
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.remove(CONNECTION);
    let operation = operation(&parts);
    match faults.next(&operation, calls::of_request(target_of(&parts), &body), &body) {
        None => forward(target, parts, body).await,
        // A contact centre does not answer as AWS does.
        Some(Fault::Answer(_)) if target_of(&parts).is_none() => Err(BrokenOff),
        Some(Fault::Answer(refusal)) => Ok(refusal.into_response()),
        Some(Fault::DropBefore) => Err(BrokenOff),
        Some(Fault::DropAfter) => {
            drop(forward(target, parts, body).await?);
            Err(BrokenOff)
        }
        Some(Fault::FailEntries(positions)) => {
            leave_out(target, parts, &body, &operation, &positions, partial::INTERNAL).await
        }
        Some(Fault::RefuseEntries(positions, code)) => {
            leave_out(target, parts, &body, &operation, &positions, code).await
        }
    }
}

async fn leave_out(
    target: &str,
    parts: hyper::http::request::Parts,
    body: &Bytes,
    operation: &str,
    positions: &[usize],
    code: &'static str,
) -> Result<Response<Full<Bytes>>, BrokenOff> {
    let (kept, failed) = partial::split(operation, body, positions, code);
    let answer = match kept {
        Some(kept) => forward(target, parts, kept).await?.into_body(),
        None => Full::default(),
    };
    let answer = answer.collect().await.unwrap_or_else(|never: Infallible| match never {}).to_bytes();
    Ok(partial::merge(operation, &answer, &failed))
}

/// The AWS operation, or method and path.
fn operation(parts: &hyper::http::request::Parts) -> String {
    match target_of(parts).and_then(|target| target.rsplit_once('.')) {
        Some((_, operation)) => operation.to_owned(),
        None => format!("{} {}", parts.method, parts.uri.path()),
    }
}

fn target_of(parts: &hyper::http::request::Parts) -> Option<&str> {
    parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok())
}

async fn forward(
    target: &str,
    parts: hyper::http::request::Parts,
    body: Bytes,
) -> Result<Response<Full<Bytes>>, BrokenOff> {
    let stream = TcpStream::connect(target).await.map_err(|_| BrokenOff)?;
    let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|_| BrokenOff)?;
    let mut driving = JoinSet::new();
    driving.spawn(async move { drop(connection.await) });
    let answer = sender.send_request(Request::from_parts(parts, Full::new(body))).await.map_err(|_| BrokenOff)?;
    let (mut parts, body) = answer.into_parts();
    let body = body.collect().await.map_err(|_| BrokenOff)?.to_bytes();
    parts.headers.remove(TRANSFER_ENCODING);
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.remove(CONNECTION);
    Ok(Response::from_parts(parts, Full::new(body)))
}
