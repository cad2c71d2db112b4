//! Requests to SmartAssist: the webhook channel.

mod rest;

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use transfer_providers::{Answer, CallError};

use crate::support::{
    KeyPair, Seen, Stage, TRANSFER, answer, answer_json, choice, class, key_pair, message, ok_json, start,
    status_answer,
};

const CHANNEL: &str = "POST /chatbot/v2/webhook/st-b3a3";

fn channel(extra: Value) -> Stage {
    Stage::smartassist(extra, &[])
}

fn ok() -> Answer {
    ok_json(json!({ "status": "ok", "_v": "v2", "traceId": "RTM-TRACE-1" }))
}

fn failed(status: u16, code: u16) -> Answer {
    let error = json!({ "msg": "user@example.com is bad", "code": code });
    answer_json(status, &json!({ "errors": [error], "_v": "v2", "_t": "RTM-TRACE-2" }))
}

fn claims(token: &str, algorithm: Algorithm, key: &DecodingKey) -> Value {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    jsonwebtoken::decode::<Value>(token, key, &validation).unwrap().claims
}

fn token_of(call: &Seen) -> &str {
    call.header("authorization").unwrap().strip_prefix("bearer ").unwrap()
}

fn channel_claims(call: &Seen) -> Value {
    claims(token_of(call), Algorithm::HS256, &DecodingKey::from_secret(b"channel-secret"))
}

#[tokio::test]
async fn an_opening_is_the_first_message_of_a_new_session() {
    let stage = channel(json!({})).told([ok()]);
    let opened = stage.open().await.unwrap();
    assert_eq!(opened.provider_session_id, None, "none is told");
    assert_eq!(Value::Object(opened.provider_data), json!({ "traceId": "RTM-TRACE-1" }));
    assert!(opened.provider_state.is_empty());
    let call = stage.script.only_call();
    assert_eq!(call.line(), CHANNEL);
    assert_eq!(call.header("content-type"), Some("application/json"));
    let expected = json!({
        "session": { "new": true },
        "message": { "type": "text", "val": "talk to a person" },
        "from": { "id": TRANSFER,
                  "userInfo": { "firstName": "Test", "lastName": "User", "email": "user@example.com" } },
        "customData": {
            "transferId": TRANSFER, "summary": "Refund for order 42, ID checked", "reason": "Card declined",
            "transcript": "Test User: Card declined\nBot: Let me get a person", "queue": "billing",
            "skills": ["billing", "de"], "priority": 5, "language": "de",
        },
        "metaTags": { "sessionLevelTags": [{ "name": "transferId", "value": TRANSFER }] },
        "interactiveLanguage": "de",
    });
    assert_eq!(call.json(), expected);
}

#[tokio::test]
async fn the_alternatives_of_an_opening_are_sent() {
    let extra = json!({ "openEvent": "on_connect", "languageField": "InteractiveLanguage" });
    let mut stage = channel(extra);
    stage.request.briefing.contact.name = None;
    stage.request.briefing.contact.email = None;
    stage.script.answers(ok());
    stage.open().await.unwrap();
    let body = stage.script.only_call().json();
    assert_eq!(body["message"], json!({ "type": "event", "val": "ON_CONNECT" }));
    assert_eq!((&body["InteractiveLanguage"], body.get("interactiveLanguage")), (&json!("de"), None));
    assert_eq!(body["from"], json!({ "id": TRANSFER }));
    let stage = channel(json!({ "openText": "agent please" })).told([ok()]);
    stage.open().await.unwrap();
    assert_eq!(stage.script.only_call().json()["message"], json!({ "type": "text", "val": "agent please" }));
}

#[tokio::test]
async fn a_long_conversation_is_told_by_its_newest_turns() {
    let mut stage = channel(json!({}));
    let turn = stage.request.briefing.history[0].clone();
    for number in 0..40 {
        let text = format!("{number} {}", "x".repeat(1000));
        stage.request.briefing.history.push(transfer_domain::HistoryTurn { text, ..turn.clone() });
    }
    stage.script.answers(ok());
    stage.open().await.unwrap();
    let body = stage.script.only_call().json();
    let transcript = body["customData"]["transcript"].as_str().unwrap();
    assert!(transcript.len() <= 16 * 1024);
    assert!(transcript.lines().last().unwrap().starts_with("Test User: 39 "));
    assert!(!transcript.contains("Card declined"));
}

#[tokio::test]
async fn a_token_says_who_speaks_and_lives_for_the_configured_time() {
    let stage = channel(json!({})).told([ok(), ok()]);
    stage.send(&message("hi", &[])).await.unwrap();
    stage.send(&message("ho", &[])).await.unwrap();
    let calls = stage.script.calls();
    let [first, second] = [channel_claims(&calls[0]), channel_claims(&calls[1])];
    let issued = start().timestamp();
    assert_eq!((&first["appId"], &first["userIdentity"]), (&json!("cs-1"), &json!(TRANSFER)));
    assert_eq!((&first["iat"], &first["exp"]), (&json!(issued), &json!(issued + 300)));
    assert_eq!(first.get("jti"), None);
    assert_ne!(first["sub"], second["sub"]);
    assert_eq!(calls[0].json()["from"]["id"], first["userIdentity"], "else the token is refused");
}

#[tokio::test]
async fn of_a_choice_the_value_is_sent_as_a_button_sends_it() {
    let stage = channel(json!({})).told([ok()]);
    stage.send(&choice("refund_yes", "Yes")).await.unwrap();
    assert_eq!(stage.script.only_call().json()["message"], json!({ "type": "text", "val": "refund_yes" }));
}

#[tokio::test]
async fn the_settings_of_tokens_are_followed() {
    let stage = channel(json!({ "jwtTtlSecs": 0, "jwtExtra": "jti", "jwtAlg": "HS512" })).told([ok(), ok()]);
    stage.send(&message("hi", &[])).await.unwrap();
    stage.clock.advance(TimeDelta::seconds(1));
    stage.send(&message("hi", &[])).await.unwrap();
    let key = DecodingKey::from_secret(b"channel-secret");
    let all: Vec<_> = stage.script.calls().iter().map(|call| claims(token_of(call), Algorithm::HS512, &key)).collect();
    assert_eq!(all[0].get("exp"), None);
    assert!(all[0]["jti"].is_string());
    assert_ne!(all[0]["jti"], all[1]["jti"]);
}

#[tokio::test]
async fn a_key_pair_signs_and_encrypts() {
    let KeyPair { private_pem, public_pem } = key_pair();
    let key = DecodingKey::from_rsa_pem(public_pem.as_bytes()).unwrap();
    for (word, algorithm) in [("RS256", Algorithm::RS256), ("RS512", Algorithm::RS512)] {
        let stage = Stage::smartassist(json!({ "jwtAlg": word }), &[("privateKeyPem", private_pem)]).told([ok()]);
        stage.send(&message("hi", &[])).await.unwrap();
        assert_eq!(claims(token_of(&stage.script.only_call()), algorithm, &key)["userIdentity"], TRANSFER);
    }
    let stage = Stage::smartassist(json!({ "jwtExtra": "jti_jwe" }), &[("jwePublicKeyPem", public_pem)]).told([ok()]);
    stage.send(&message("hi", &[])).await.unwrap();
    assert_eq!(token_of(&stage.script.only_call()).split('.').count(), 5, "header, key, iv, content, tag");
    let broken = [("privateKeyPem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")];
    let stage = Stage::smartassist(json!({ "jwtAlg": "RS256" }), &broken);
    let misconfigured = CallError::Misconfigured { what: "/credentials/privateKeyPem".to_owned() };
    assert_eq!(stage.send(&message("hi", &[])).await, Err(misconfigured));
    assert!(stage.script.calls().is_empty());
}

#[tokio::test]
async fn a_message_continues_the_session_with_its_files() {
    let stage = channel(json!({})).told([ok(), ok()]);
    let files = [("https://files.example/a.png", Some("image/png")), ("https://files.example/b", None)];
    stage.send(&message("Look", &files)).await.unwrap();
    stage.send(&message("", &files[..1])).await.unwrap();
    let calls = stage.script.calls();
    assert_eq!(calls[0].line(), CHANNEL);
    let expected = json!({ "session": { "new": false }, "from": { "id": TRANSFER }, "message": { "type": "text",
        "val": "Look", "attachments": [{ "url": "https://files.example/a.png" }, { "url": "https://files.example/b" }] } });
    assert_eq!(calls[0].json(), expected);
    assert_eq!(calls[1].json()["message"]["val"], "https://files.example/a.png", "a text must not be empty");
}

#[tokio::test]
async fn files_are_links_where_they_are_refused_or_not_wanted() {
    let files = [("https://files.example/a.png", None)];
    let as_link = json!({ "type": "text", "val": "Look\nhttps://files.example/a.png" });
    let stage = channel(json!({})).told([failed(400, 400), ok()]);
    stage.send(&message("Look", &files)).await.unwrap();
    assert_eq!(stage.script.calls()[1].json()["message"], as_link);
    let stage = channel(json!({ "attachmentMaxMb": 0 })).told([ok()]);
    stage.send(&message("Look", &files)).await.unwrap();
    assert_eq!(stage.script.only_call().json()["message"], as_link);
}

#[tokio::test]
async fn each_documented_error_is_its_class_and_nothing_is_sent_twice() {
    for (code, send, open) in [
        (400, "refused", "refused"),
        (403, "refused", "refused"),
        (404, "gone", "refused"),
        (408, "ambiguous", "ambiguous"),
        (429, "not sent", "not sent"),
        (500, "ambiguous", "ambiguous"),
        (504, "ambiguous", "ambiguous"),
    ] {
        for status in [code, 200] {
            let stage = channel(json!({})).told([failed(status, code), failed(status, code)]);
            assert_eq!(class(stage.send(&message("hi", &[])).await), send, "{status} with {code}");
            assert_eq!(class(stage.open().await.map(drop)), open, "{status} with {code}");
            assert_eq!(stage.script.calls().len(), 2);
        }
    }
    let stage = channel(json!({})).told([failed(400, 400)]);
    assert_eq!(stage.open().await.unwrap_err().to_string(), "refused: 400 RTM-TRACE-2");
}

#[tokio::test]
async fn an_answer_that_acknowledges_nothing_leaves_the_outcome_open() {
    for body in ["", "ok", "[]", "null", "{}", r#"{"status":"queued"}"#, r#"{"errors":[{"msg":"x"}]}"#] {
        let stage = channel(json!({})).told([answer(200, body)]);
        assert_eq!(class(stage.open().await.map(drop)), "ambiguous", "{body}");
    }
}

#[tokio::test]
async fn a_synchronous_channel_is_refused_because_it_transfers_to_nobody() {
    let stage = channel(json!({})).told([ok_json(json!({ "data": [{ "type": "text", "val": "Hi" }], "_v": "v2" }))]);
    assert_eq!(class(stage.open().await.map(drop)), "refused");
}

#[tokio::test]
async fn a_refused_token_is_made_anew_once() {
    let stage = channel(json!({ "jwtExtra": "jti" })).told([failed(401, 401), ok()]);
    assert_eq!(stage.send(&message("hi", &[])).await, Ok(()));
    let calls = stage.script.calls();
    assert_eq!(calls[0].body, calls[1].body);
    assert_ne!(channel_claims(&calls[0])["jti"], channel_claims(&calls[1])["jti"]);
    let stage = channel(json!({})).told([failed(401, 401), failed(401, 401)]);
    assert_eq!(class(stage.send(&message("hi", &[])).await), "misconfigured");
    assert_eq!(stage.script.calls().len(), 2);
}

#[tokio::test]
async fn missing_credentials_are_named() {
    for name in ["clientId", "clientSecret"] {
        let mut stage = channel(json!({}));
        stage.secrets.credentials.remove(name);
        let misconfigured = CallError::Misconfigured { what: format!("/credentials/{name}") };
        assert_eq!(stage.open().await.unwrap_err(), misconfigured);
    }
}

fn closure() -> Value {
    json!({ "session": { "new": false }, "message": { "type": "event", "val": "SESSION_CLOSURE" },
            "from": { "id": TRANSFER }, "to": { "id": "st-b3a3" } })
}

#[tokio::test]
async fn a_session_is_ended_by_each_mode() {
    let closed = |word: &str| {
        ok_json(json!({ "data": [{ "type": "event", "val": "SESSION_CLOSURE", "eventType": word }], "_v": "v2" }))
    };
    let farewell = json!({ "session": { "new": false }, "from": { "id": TRANSFER },
        "message": { "type": "text", "val": "The customer has left the chat." } });
    let stage = channel(json!({})).told([ok(), closed("SESSION_CLOSURE_SUCCESS")]);
    assert_eq!(stage.end().await, Ok(()));
    let bodies: Vec<_> = stage.script.calls().iter().map(Seen::json).collect();
    assert_eq!(bodies, [farewell, closure()]);

    let stage = channel(json!({ "endMode": "closure" })).told([closed("SESSION_CLOSURE_IGNORED")]);
    assert_eq!(stage.end().await, Ok(()), "no session is what was wanted");
    assert_eq!(stage.script.only_call().json(), closure());

    let stage = channel(json!({ "endMode": "text", "endText": "Bye" })).told([ok()]);
    assert_eq!(stage.end().await, Ok(()));
    assert_eq!(stage.script.only_call().json()["message"]["val"], "Bye");

    let mut stage = channel(json!({ "endMode": "closure" }));
    stage.integration.settings.remove("appId");
    stage.script.answers(ok());
    stage.end().await.unwrap();
    assert_eq!(stage.script.only_call().json(), closure(), "the URL names the stream too");
}

#[tokio::test]
async fn ending_what_is_gone_is_a_success_and_a_lost_farewell_does_not_keep_it_open() {
    for status in [404, 410] {
        let stage = channel(json!({})).told([status_answer(status)]);
        assert_eq!(stage.end().await, Ok(()), "{status}");
        let stage = channel(json!({})).told([ok(), status_answer(status)]);
        assert_eq!(stage.end().await, Ok(()), "{status}");
    }
    let stage = channel(json!({})).told([status_answer(504), ok()]);
    assert_eq!(stage.end().await, Ok(()));
    assert_eq!(stage.script.calls()[1].json(), closure());
    let stage = channel(json!({})).told([status_answer(429)]);
    assert_eq!(class(stage.end().await), "not sent", "nothing was done, all can be repeated");
    assert_eq!(stage.script.calls().len(), 1);
}

#[tokio::test]
async fn a_farewell_is_not_repeated_with_the_closing() {
    let again = channel(json!({})).closing().told([ok()]);
    assert_eq!(again.end().await, Ok(()));
    assert_eq!(again.script.only_call().json(), closure());

    let stage = channel(json!({})).told([ok(), status_answer(429)]);
    assert_eq!(class(stage.end().await), "ambiguous", "something was said, so not all of it may be repeated");

    let again = channel(json!({ "endMode": "text" })).closing();
    assert_eq!((again.end().await, again.script.calls().len()), (Ok(()), 0));
}
