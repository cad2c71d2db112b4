//! What each outcome of a call allows, the same for all providers.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::json;
use transfer_providers::CallError;

use crate::support::{Stage, answer, answer_json, class, message, ok_json, status_answer};

fn genesys() -> Stage {
    Stage::genesys(json!({}))
}

#[tokio::test]
async fn each_status_is_its_class_for_sends_and_for_opens() {
    for (statuses, send, open) in [
        (&[200][..], "done", "done"),
        (&[301, 302, 400, 403, 413], "refused", "refused"),
        (&[404, 410], "gone", "refused"),
        (&[429], "not sent", "not sent"),
        (&[408, 500, 502, 503, 504], "ambiguous", "ambiguous"),
    ] {
        for status in statuses.iter().copied() {
            let stage = genesys().told([status_answer(status), status_answer(status)]);
            assert_eq!(class(stage.send(&message("hi", &[])).await), send, "{status}");
            assert_eq!(class(stage.open().await.map(drop)), open, "{status}");
            assert_eq!(stage.script.calls().len(), 2, "nothing is repeated blindly");
        }
    }
}

#[tokio::test]
async fn the_vendors_code_and_support_key_are_told_but_not_its_text() {
    let body = json!({ "message": "user@example.com is bad", "code": "bad.request", "contextId": "be93021b-1", "status": 400 });
    let stage = genesys().told([answer_json(400, &body)]);
    let error = stage.open().await.unwrap_err().to_string();
    assert_eq!(error, "refused: 400 bad.request be93021b-1");
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let stage = genesys().told([status_answer(401), status_answer(200)]);
    assert_eq!(stage.send(&message("hi", &[])).await, Ok(()));
    assert_eq!(stage.headers("authorization"), ["Bearer token-1", "Bearer token-2"]);

    let stage = genesys().told([status_answer(401), status_answer(401)]);
    assert_eq!(class(stage.send(&message("hi", &[])).await), "misconfigured");
    assert_eq!((stage.script.calls().len(), stage.script.token_calls().len()), (2, 2));
}

#[tokio::test]
async fn a_token_is_kept_until_a_minute_before_its_end_and_belongs_to_its_credentials() {
    let mut stage = genesys().told((0..5).map(|_| status_answer(200)));
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
    let stage = Stage::genesys(json!({ "tokenFallbackTtlSecs": 600 }));
    stage.script.answers_token(ok_json(json!({ "access_token": "t" })));
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
    let stage = Arc::new(genesys().told((0..16).map(|_| status_answer(200))));
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
    for (statuses, expected) in [(&[400, 401, 403, 404][..], "misconfigured"), (&[429, 500, 503], "not sent")] {
        for status in statuses.iter().copied() {
            let stage = genesys();
            stage.script.answers_token(status_answer(status));
            assert_eq!(class(stage.open().await.map(drop)), expected, "{status}");
            assert!(stage.script.calls().is_empty());
        }
    }
    for body in ["", "<html>", "{}", "{\"access_token\":\"\"}", "{\"access_token\":5}"] {
        let stage = genesys();
        stage.script.answers_token(answer(200, body));
        assert_eq!(class(stage.open().await.map(drop)), "not sent", "{body}");
    }
}

#[tokio::test]
async fn an_unreadable_success_leaves_the_outcome_open() {
    for body in ["", "ok", "[1", "\u{1f}\u{8b}"] {
        let stage = genesys().told([answer(200, body)]);
        assert_eq!(class(stage.open().await.map(drop)), "ambiguous", "{body}");
    }
}

#[tokio::test]
async fn missing_credentials_are_named() {
    let mut stage = genesys();
    stage.secrets.credentials.remove("clientSecret");
    let error = stage.open().await.unwrap_err();
    assert_eq!(error, CallError::Misconfigured { what: "/credentials/clientSecret".to_owned() });
}
