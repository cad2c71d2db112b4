//! What each outcome of a call allows, the same for all providers, and what the client never does.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use chrono::TimeDelta;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use transfer_providers::{CallError, HostPolicy, ProviderClient};

use crate::support::{Stage, answer, answer_json, message, status_answer};

#[expect(clippy::needless_pass_by_value, reason = "it is given what a call has just returned")]
fn class(result: Result<(), CallError>) -> &'static str {
    match result {
        Ok(()) => "done",
        Err(CallError::NotSent { .. }) => "not sent",
        Err(CallError::Ambiguous { .. }) => "ambiguous",
        Err(CallError::Refused { .. }) => "refused",
        Err(CallError::Gone { .. }) => "gone",
        Err(CallError::Misconfigured { .. }) => "misconfigured",
    }
}

async fn genesys() -> Stage {
    Stage::genesys(json!({})).await
}

#[tokio::test]
async fn each_status_is_its_class_for_sends_and_for_opens() {
    for (status, send, open) in [
        (200, "done", "done"),
        (301, "refused", "refused"),
        (302, "refused", "refused"),
        (400, "refused", "refused"),
        (403, "refused", "refused"),
        (404, "gone", "refused"),
        (408, "ambiguous", "ambiguous"),
        (410, "gone", "refused"),
        (413, "refused", "refused"),
        (429, "not sent", "not sent"),
        (500, "ambiguous", "ambiguous"),
        (502, "ambiguous", "ambiguous"),
        (503, "ambiguous", "ambiguous"),
        (504, "ambiguous", "ambiguous"),
    ] {
        let stage = genesys().await;
        stage.script.answers(status_answer(status)).answers(status_answer(status));
        assert_eq!(class(stage.send(&message("hi", &[])).await), send, "{status}");
        assert_eq!(class(stage.open().await.map(drop)), open, "{status}");
        assert_eq!(stage.script.calls().len(), 2, "nothing is repeated blindly");
    }
}

#[tokio::test]
async fn the_vendors_code_and_support_key_are_told_but_not_its_text() {
    let stage = genesys().await;
    let body = json!({ "message": "user@example.com is bad", "code": "bad.request", "contextId": "be93021b-1", "status": 400 });
    stage.script.answers(answer_json(400, &body));
    let error = stage.open().await.unwrap_err().to_string();
    assert_eq!(error, "refused: 400 bad.request be93021b-1");
}

#[tokio::test]
async fn a_429_tells_how_long_to_wait() {
    let stage = genesys().await;
    for wait in ["17", "Mon, 12 Jan 2026 10:00:17 GMT"] {
        let mut limited = status_answer(429);
        limited.headers_mut().insert("retry-after", wait.parse().unwrap());
        stage.script.answers(limited);
        let Err(CallError::NotSent { retry_after, .. }) = stage.open().await else { panic!("{wait}") };
        assert_eq!(retry_after, Some(Duration::from_secs(17)), "{wait}");
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let stage = genesys().await;
    stage.script.answers(status_answer(401)).answers(status_answer(200));
    assert_eq!(stage.send(&message("hi", &[])).await, Ok(()));
    let bearers: Vec<_> =
        stage.script.calls().iter().map(|call| call.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(bearers, ["Bearer token-1", "Bearer token-2"]);

    let stage = genesys().await;
    stage.script.answers(status_answer(401)).answers(status_answer(401));
    assert_eq!(class(stage.send(&message("hi", &[])).await), "misconfigured");
    assert_eq!((stage.script.calls().len(), stage.script.token_calls().len()), (2, 2));
}

#[tokio::test]
async fn a_token_is_kept_until_a_minute_before_its_end_and_belongs_to_its_credentials() {
    let mut stage = genesys().await;
    for _ in 0..5 {
        stage.script.answers(status_answer(200));
    }
    let hi = message("hi", &[]);
    stage.send(&hi).await.unwrap();
    stage.clock.advance(TimeDelta::seconds(3600 - 61));
    stage.send(&hi).await.unwrap();
    assert_eq!(stage.script.token_calls().len(), 1);
    stage.clock.advance(TimeDelta::seconds(1));
    stage.send(&hi).await.unwrap();
    assert_eq!(stage.script.token_calls().len(), 2);
    stage.secrets.credentials.insert("clientSecret".to_owned(), "rotated".into());
    stage.send(&hi).await.unwrap();
    assert_eq!(stage.script.token_calls().len(), 3);
}

#[tokio::test]
async fn a_token_without_a_lifetime_lives_as_long_as_the_setting_says() {
    let stage = Stage::genesys(json!({ "tokenFallbackTtlSecs": 600 })).await;
    stage.script.answers_token(answer_json(200, &json!({ "access_token": "t" })));
    stage.script.answers(status_answer(200)).answers(status_answer(200)).answers(status_answer(200));
    stage.send(&message("hi", &[])).await.unwrap();
    stage.clock.advance(TimeDelta::seconds(539));
    stage.send(&message("hi", &[])).await.unwrap();
    assert_eq!(stage.script.token_calls().len(), 1);
    stage.clock.advance(TimeDelta::seconds(1));
    stage.send(&message("hi", &[])).await.unwrap();
    assert_eq!(stage.script.token_calls().len(), 2);
}

#[tokio::test]
async fn many_calls_at_once_fetch_one_token() {
    let stage = Arc::new(genesys().await);
    for _ in 0..16 {
        stage.script.answers(status_answer(200));
    }
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let stage = Arc::clone(&stage);
            tokio::spawn(async move { stage.send(&message("hi", &[])).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!((stage.script.calls().len(), stage.script.token_calls().len()), (16, 1));
}

#[tokio::test]
async fn trouble_at_the_token_endpoint_never_touches_the_conversation() {
    for (status, expected) in [
        (400, "misconfigured"),
        (401, "misconfigured"),
        (403, "misconfigured"),
        (404, "misconfigured"),
        (429, "not sent"),
        (500, "not sent"),
        (503, "not sent"),
    ] {
        let stage = genesys().await;
        stage.script.answers_token(status_answer(status));
        assert_eq!(class(stage.open().await.map(drop)), expected, "{status}");
        assert!(stage.script.calls().is_empty());
    }
    for body in ["", "<html>", "{}", "{\"access_token\":\"\"}", "{\"access_token\":5}"] {
        let stage = genesys().await;
        stage.script.answers_token(answer(200, body));
        assert_eq!(class(stage.open().await.map(drop)), "not sent", "{body}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let stage = genesys().await;
    let mut elsewhere = status_answer(307);
    elsewhere.headers_mut().insert("location", "/elsewhere".parse().unwrap());
    stage.script.answers(elsewhere);
    assert_eq!(class(stage.open().await.map(drop)), "refused");
    assert_eq!(stage.script.calls().len(), 1);
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
    let stage = genesys().await;
    stage.script.answers(answer(200, endless())).answers(answer(400, endless()));
    assert_eq!(class(stage.open().await.map(drop)), "ambiguous");
    assert_eq!(class(stage.open().await.map(drop)), "refused");
}

#[tokio::test]
async fn an_unreadable_success_leaves_the_outcome_open() {
    for body in ["", "ok", "[1", "\u{1f}\u{8b}"] {
        let stage = genesys().await;
        stage.script.answers(answer(200, body));
        assert_eq!(class(stage.open().await.map(drop)), "ambiguous", "{body}");
    }
}

#[tokio::test]
async fn a_trickling_or_silent_answer_is_cut_off_as_a_whole() {
    let trickle = Body::from_stream(futures_util::stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
    }));
    let mut stage = genesys().await;
    stage.client = ProviderClient::new(HostPolicy::Simulated, Duration::from_millis(300)).unwrap();
    stage.script.answers(answer(200, trickle));
    assert_eq!(class(stage.open().await.map(drop)), "ambiguous");
    // Taken by nobody: the kernel accepts the connection, and nothing is ever answered.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    stage.integration.settings.insert("apiUrl".to_owned(), url.into());
    assert_eq!(class(stage.open().await.map(drop)), "ambiguous");
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_the_outcome_open_and_one_that_never_was_does_not() {
    let mut stage = genesys().await;
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
    let mut stage = genesys().await;
    for host in ["http://169.254.169.254", "http://[::ffff:127.0.0.1]", "http://[fe80::1]", "http://0.0.0.0"] {
        stage.integration.settings.insert("apiUrl".to_owned(), host.into());
        assert_eq!(class(stage.open().await.map(drop)), "misconfigured", "{host}");
    }
    stage.client = ProviderClient::new(HostPolicy::Public, Duration::from_secs(1)).unwrap();
    for host in ["https://127.0.0.1", "https://10.0.0.1", "https://localhost", "https://2130706433", "http://1.1.1.1"] {
        stage.integration.settings.insert("loginUrl".to_owned(), host.into());
        assert_eq!(class(stage.open().await.map(drop)), "misconfigured", "{host}");
    }
}

#[tokio::test]
async fn missing_credentials_are_named() {
    let mut stage = genesys().await;
    stage.secrets.credentials.remove("clientSecret");
    let error = stage.open().await.unwrap_err();
    assert_eq!(error, CallError::Misconfigured { what: "/credentials/clientSecret".to_owned() });
}
