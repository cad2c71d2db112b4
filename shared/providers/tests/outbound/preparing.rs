//! What is got before an opening, and what a token is good for.

use serde_json::{Value, json};

use crate::support::{Script, Stage, answer, answer_json, key_pair, ok_json, serve};

/// Prepares, then opens: the preparation only makes the calls in `before`, the opening only the one in `opening`.
async fn assert_split(stage: &Stage, before: &[&str], opening: &str) {
    let made = || [stage.token_lines(), stage.lines()].concat();
    let prepared = stage.prepare().await.unwrap();
    assert_eq!(made(), before, "before the attempt");
    stage.open_prepared(&prepared).await.unwrap();
    assert_eq!(made(), [before, &[opening]].concat(), "behind the attempt there is one call");
}

#[tokio::test]
async fn an_opening_with_genesys_has_its_token_before_its_attempt() {
    let stage = Stage::genesys(json!({})).told([ok_json(json!({ "conversationId": "c-1" }))]);
    let integration = stage.integration.settings["integrationId"].as_str().unwrap();
    let open =
        format!("POST /api/v2/conversations/messages/{integration}/inbound/open/message?prefetchConversationId=true");
    assert_split(&stage, &["POST /oauth/token"], &open).await;
}

#[tokio::test]
async fn an_opening_with_servicenow_has_its_token_before_its_attempt() {
    let stage = Stage::servicenow(json!({}), &[("clientId", "id"), ("clientSecret", "secret")])
        .told([ok_json(json!({ "status": "success" }))]);
    assert_split(&stage, &["POST /oauth_token.do"], "POST /api/sn_va_as_service/bot/integration").await;
    let basic = Stage::servicenow(json!({ "authMethod": "basic" }), &[("username", "api"), ("password", "pass")])
        .told([ok_json(json!({ "status": "success" }))]);
    assert_split(&basic, &[], "POST /api/sn_va_as_service/bot/integration").await;
}

#[tokio::test]
async fn an_opening_with_smartassist_needs_nothing_before_its_attempt() {
    let stage = Stage::smartassist(json!({}), &[]).told([ok_json(json!({ "status": "ok" }))]);
    assert_split(&stage, &[], "POST /chatbot/v2/webhook/st-b3a3").await;
}

#[tokio::test]
async fn an_opening_with_five9_has_its_session_or_token_before_its_attempt() {
    let stage = Stage::five9(json!({}));
    let login = json!({ "tokenId": "token-8f1c", "context": { "farmId": "farm-1" } });
    stage.script.answers(answer_json(200, &login)).answers(ok_json(json!({ "id": "8f1c" })));
    let before = ["POST /appsvcs/rs/svc/auth/anon?cookieless=true"];
    assert_split(&stage, &before, "POST /appsvcs/rs/svc/conversations").await;
    let chats = Stage::five9_chats(json!({})).told([ok_json(json!({ "chatId": "c-1" }))]);
    let open = "POST /messaging-service/v1/domains/131096/delivery-profiles/dp-1/chats";
    assert_split(&chats, &["POST /oauth2/v1/token"], open).await;
}

#[tokio::test]
async fn an_opening_with_salesforce_has_its_token_before_its_attempt() {
    let stage = Stage::salesforce(json!({}), &[("privateKeyPem", &key_pair().private_pem)])
        .told([answer_json(202, &json!({ "conversationIdentifier": "9bc16b48", "success": true }))]);
    assert_split(&stage, &["POST /services/oauth2/token"], "POST /api/v1/interactions").await;
    let chat = Stage::salesforce(json!({ "product": "miaw", "eventTransport": "poll" }), &[]);
    chat.script.answers_token(ok_json(json!({ "accessToken": "guest-1" }))).answers(answer(201, ""));
    let before = ["POST /iamessage/api/v2/authorization/unauthenticated/access-token"];
    assert_split(&chat, &before, "POST /iamessage/api/v2/conversation").await;
}

#[tokio::test]
async fn what_an_opening_whose_answer_was_lost_was_begun_with_is_known() {
    let stage = Stage::five9(json!({}));
    let login = json!({ "tokenId": "token-8f1c", "context": { "farmId": "farm-1" } });
    stage.script.answers(answer_json(200, &login)).answers(answer(503, ""));
    let prepared = stage.prepare().await.unwrap();
    stage.open_prepared(&prepared).await.unwrap_err();
    assert_eq!((&prepared["tokenId"], &prepared["farmId"]), (&json!("token-8f1c"), &json!("farm-1")));
}

#[tokio::test]
async fn a_token_is_sent_to_no_other_host_than_it_was_got_for() {
    let mut stage = Stage::genesys(json!({}));
    stage.prepare().await.unwrap();
    assert_eq!(stage.script.token_calls().len(), 1);

    // Made anew under its old id and version, with another API but the old login.
    let elsewhere = Script::default();
    let url = format!("http://{}", serve(&elsewhere));
    stage.integration.settings.insert("apiUrl".to_owned(), url.into());
    elsewhere.answers(ok_json(json!({ "conversationId": "c-1" })));
    stage.open().await.unwrap();
    assert_eq!(stage.script.token_calls().len(), 2, "a token of its own");
    assert_eq!(elsewhere.only_call().header("authorization"), Some("Bearer token-2"));
}

#[tokio::test]
async fn new_credentials_never_meet_an_old_token_and_other_settings_keep_it() {
    let mut stage = Stage::genesys(json!({}));
    stage.prepare().await.unwrap();
    stage.integration.version += 1;
    stage.integration.settings.insert("ratePerMin".to_owned(), Value::from(7));
    stage.prepare().await.unwrap();
    assert_eq!(stage.script.token_calls().len(), 1, "the same client at the same host");
    stage.secrets.credentials.insert("clientSecret".to_owned(), "rotated".into());
    stage.prepare().await.unwrap();
    assert_eq!(stage.script.token_calls().len(), 2);
}
