//! What an answer must look like before anybody believes that a call was taken.

use serde_json::{Value, json};
use transfer_domain::ReceiptState;
use transfer_providers::CallError;

use crate::support::{Stage, answer, key_pair, message, ok_json, start};

/// What something between us and the provider answers, or a provider that broke off.
const UNBELIEVABLE: [&str; 4] = ["<html>Sign in</html>", "{\"id\":", "[]", "ok"];

fn stages() -> Vec<Stage> {
    let stages = vec![
        Stage::genesys(json!({ "endMethod": "conversation_patch" })),
        Stage::salesforce(json!({}), &[("privateKeyPem", &key_pair().private_pem)]),
        Stage::salesforce(json!({ "product": "miaw", "eventTransport": "poll" }), &[]),
        Stage::five9(json!({ "sendAcks": true })),
        Stage::five9_chats(json!({})),
        Stage::servicenow(json!({ "authMethod": "message_token" }), &[("messageToken", "token")]),
        Stage::smartassist(json!({ "endMode": "closure" }), &[]),
    ];
    let known = json!({ "tokenId": "token-8f1c", "conversationId": "8f1c", "accessToken": "guest-1",
                        "accessTokenUntil": start().timestamp() + 3600 });
    let opened = |stage: Stage| {
        let host = stage.integration.settings.get("host").and_then(Value::as_str).map(|host| format!("http://{host}"));
        stage.named("c-1").active().remembering(known.clone()).remembering(json!({ "apiHost": host }))
    };
    stages.into_iter().map(opened).collect()
}

/// Holds that nobody knows whether the call was taken.
fn assert_unknown(result: &Result<(), CallError>, stage: &Stage, body: &str) {
    let provider = stage.integration.provider;
    assert!(matches!(result, Err(CallError::Ambiguous { .. })), "{provider} {body}: {result:?}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_leaves_open_whether_a_message_or_an_end_was_taken() {
    for body in UNBELIEVABLE {
        for stage in stages() {
            stage.script.answers(answer(200, body)).answers(answer(202, body));
            assert_unknown(&stage.send(&message("hi", &[])).await, &stage, body);
            assert_unknown(&stage.end().await, &stage, body);
        }
    }
}

#[tokio::test]
async fn typing_and_receipts_are_not_taken_by_an_answer_that_cannot_be_read() {
    for stage in stages() {
        let capabilities = stage.bound().capabilities();
        stage.script.answers(answer(200, "<html>"));
        if capabilities.typing_out {
            assert_unknown(&stage.typing(true).await, &stage, "typing");
            stage.script.answers(answer(200, "<html>"));
        }
        if capabilities.receipts.told_as(ReceiptState::Delivered).is_some() {
            assert_unknown(&stage.acknowledge(&["m:1"], ReceiptState::Delivered).await, &stage, "receipt");
        }
    }
}

#[tokio::test]
async fn nothing_at_all_is_an_answer_only_where_the_contract_says_so() {
    for stage in stages() {
        stage.script.answers(answer(200, "")).answers(answer(200, " ")).answers(answer(200, ""));
        assert_unknown(&stage.send(&message("hi", &[])).await, &stage, "");
        let ended = stage.end().await;
        let may_be_silent = stage.integration.settings.contains_key("env")
            || stage.integration.settings.get("product") == Some(&json!("miaw"));
        let is_unknown = matches!(ended, Err(CallError::Ambiguous { .. }));
        assert_eq!(is_unknown, !may_be_silent, "{:?}: {ended:?}", stage.integration.provider);
    }
}

#[tokio::test]
async fn no_content_is_an_answer_without_a_body_by_definition() {
    let stage = Stage::five9_chats(json!({})).named("c-1").told([answer(204, ""), ok_json(json!({}))]);
    assert_eq!(stage.send(&message("hi", &[])).await, Ok(()));
    assert_eq!(stage.end().await, Ok(()));
}
