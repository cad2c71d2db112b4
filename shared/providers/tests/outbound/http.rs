//! What is carried over HTTP, and what never is.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use transfer_providers::{CallError, HostPolicy, ProviderClient};

use crate::support::{Stage, class};

/// Answers in order, whatever is asked but a token, and how often it was asked.
#[derive(Clone, Default)]
struct Centre {
    answers: Arc<Mutex<VecDeque<Response>>>,
    asked: Arc<Mutex<usize>>,
}

async fn answered(State(centre): State<Centre>, uri: Uri) -> Response {
    if uri.path().ends_with("/oauth/token") {
        return Response::new(Body::from(json!({ "access_token": "token-1", "expires_in": 3600 }).to_string()));
    }
    *centre.asked.lock().unwrap() += 1;
    centre.answers.lock().unwrap().pop_front().unwrap()
}

/// Genesys over HTTP, answering in order.
async fn genesys(answers: impl IntoIterator<Item = Response>) -> (Stage, Centre) {
    let centre = Centre { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Centre::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answered).with_state(centre.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut stage = Stage::genesys(json!({ "apiUrl": url, "loginUrl": url }));
    stage.client = client(Duration::from_secs(5));
    (stage, centre)
}

fn client(timeout: Duration) -> ProviderClient {
    ProviderClient::new(HostPolicy::Simulated, timeout)
}

fn answer(status: u16, header: Option<(&str, &str)>, body: impl Into<Body>) -> Response {
    let builder = Response::builder().status(status);
    let builder = header.into_iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    builder.body(body.into()).unwrap()
}

#[tokio::test]
async fn a_429_tells_how_long_to_wait() {
    for wait in ["17", "Mon, 12 Jan 2026 10:00:17 GMT"] {
        let (stage, _) = genesys([answer(429, Some(("retry-after", wait)), "{}")]).await;
        let Err(CallError::NotSent { retry_after, .. }) = stage.open().await else { panic!("{wait}") };
        assert_eq!(retry_after, Some(Duration::from_secs(17)), "{wait}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (stage, centre) = genesys([answer(307, Some(("location", "/elsewhere")), "{}")]).await;
    assert_eq!(class(stage.open().await.map(drop)), "refused");
    assert_eq!(*centre.asked.lock().unwrap(), 1);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let chunk = Bytes::from_static(&[b' '; 16 * 1024]);
    let endless = || {
        Body::from_stream(futures_util::stream::repeat_with({
            let chunk = chunk.clone();
            move || Ok::<_, std::io::Error>(chunk.clone())
        }))
    };
    let (stage, _) = genesys([answer(200, None, endless()), answer(400, None, endless())]).await;
    assert_eq!(class(stage.open().await.map(drop)), "ambiguous");
    assert_eq!(class(stage.open().await.map(drop)), "refused");
}

#[tokio::test]
async fn a_trickling_or_silent_answer_is_cut_off_as_a_whole() {
    let trickle = Body::from_stream(futures_util::stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
    }));
    let (mut stage, _) = genesys([answer(200, None, trickle)]).await;
    stage.client = client(Duration::from_millis(300));
    assert_eq!(class(stage.open().await.map(drop)), "ambiguous");
    // Taken by nobody: the kernel accepts the connection, and nothing is ever answered.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    stage.integration.settings.insert("apiUrl".to_owned(), url.into());
    assert_eq!(class(stage.open().await.map(drop)), "ambiguous");
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_the_outcome_open_and_one_that_never_was_does_not() {
    let (mut stage, _) = genesys([]).await;
    let breaking = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = breaking.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut socket, _) = breaking.accept().await.unwrap();
        let mut some = [0; 64];
        socket.read_exact(&mut some).await.unwrap();
        socket.write_all(b"HTTP/1.1 20").await.unwrap();
    });
    stage.integration.settings.insert("apiUrl".to_owned(), format!("http://{address}").into());
    assert_eq!(class(stage.open().await.map(drop)), "ambiguous");
    server.await.unwrap();
    assert_eq!(class(stage.open().await.map(drop)), "not sent", "nobody listens there any more");
}

#[tokio::test]
async fn a_forbidden_host_is_never_called() {
    let (mut stage, _) = genesys([]).await;
    for host in ["http://169.254.169.254", "http://[::ffff:127.0.0.1]", "http://[fe80::1]", "http://0.0.0.0"] {
        stage.integration.settings.insert("apiUrl".to_owned(), host.into());
        assert_eq!(class(stage.open().await.map(drop)), "misconfigured", "{host}");
    }
    stage.client = ProviderClient::new(HostPolicy::Public, Duration::from_secs(1));
    for host in ["https://127.0.0.1", "https://10.0.0.1", "https://localhost", "https://2130706433", "http://1.1.1.1"] {
        stage.integration.settings.insert("loginUrl".to_owned(), host.into());
        assert_eq!(class(stage.open().await.map(drop)), "misconfigured", "{host}");
    }
}
