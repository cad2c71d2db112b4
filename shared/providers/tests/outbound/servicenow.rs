//! Requests to ServiceNow.

use std::time::Duration;

use serde_json::{Value, json};
use transfer_domain::{EndReason, EndedBy, EventKind, ReceiptState};
use transfer_providers::{Answer, CallError};

use crate::support::{Stage, TRANSFER, answer, choice, message, ok_json, status_answer, with};

const INTEGRATION: &str = "POST /api/sn_va_as_service/bot/integration";
const OAUTH: &[(&str, &str)] = &[("clientId", "id"), ("clientSecret", "secret")];
const BASIC: &[(&str, &str)] = &[("username", "api"), ("password", "pass")];

fn success() -> Answer {
    ok_json(json!({ "status": "success" }))
}

fn basic(extra: Value) -> Stage {
    Stage::servicenow(with(extra, json!({ "authMethod": "basic" })), BASIC)
}

#[tokio::test]
async fn an_opening_asks_for_a_live_agent_with_context_and_history() {
    let extra = json!({ "contextVariables": { "b2b_category": "billing" }, "priorityVariable": "u_priority", "queueVariable": "u_queue" });
    let stage = Stage::servicenow(extra, OAUTH).told([success()]);
    let opened = stage.open().await.unwrap();
    assert_eq!(opened.provider_session_id, None);
    assert_eq!(Value::Object(opened.provider_state), json!({ "emailId": "user@example.com" }));
    assert!(opened.provider_data.is_empty());
    let call = stage.script.only_call();
    assert_eq!(call.line(), INTEGRATION);
    assert_eq!(call.header("accept"), Some("application/json"));
    assert_eq!(call.header("authorization"), Some("Bearer token-1"));
    let expected = json!({
        "requestId": format!("{TRANSFER}-1"), "clientSessionId": TRANSFER, "appInboundId": "acme-ai", "botToBot": true,
        "action": "START_CONVERSATION", "silentMessage": false, "userId": "user-77", "emailId": "user@example.com",
        "timestamp": 1_768_212_000_000_i64, "message": { "text": "", "typed": true, "clientMessageId": "m-0" },
        "contextVariables": {
            "live_agent_only": "true", "requester_session_language": "de",
            "liveagent_short_description": "Refund for order 42, ID checked", "liveagent_mandatory_skills": "billing,de",
            "b2b_category": "billing", "u_priority": "5", "u_queue": "billing",
        },
        "clientVariables": { "transferId": TRANSFER },
        "history": [
            { "isBotMessage": false, "displayName": "Test User", "type": "text", "timestamp": "1768211991000", "value": "Card declined" },
            { "isBotMessage": true, "displayName": "Bot", "type": "text", "timestamp": "1768211991000", "value": "Let me get a person" },
        ],
    });
    assert_eq!(call.json(), expected);
    let [token] = stage.script.token_calls().try_into().unwrap();
    assert_eq!(token.line(), "POST /oauth_token.do");
    assert_eq!(token.body, *b"grant_type=client_credentials&client_id=id&client_secret=secret");
    assert_eq!(token.header("content-type"), Some("application/x-www-form-urlencoded"));
}

#[tokio::test]
async fn messages_and_the_end_say_again_who_speaks() {
    let stage = basic(json!({})).remembering(json!({ "emailId": "user@example.com" })).told([success(), success()]);
    stage.send(&message("Yes, that one", &[])).await.unwrap();
    stage.end().await.unwrap();
    let calls = stage.script.calls();
    assert_eq!(calls[0].header("authorization"), Some("Basic YXBpOnBhc3M="));
    let common = json!({ "clientSessionId": TRANSFER, "appInboundId": "acme-ai", "userId": "user-77",
                         "emailId": "user@example.com", "silentMessage": false });
    let sent = json!({ "requestId": format!("{TRANSFER}-7"),
                       "message": { "text": "Yes, that one", "typed": true, "clientMessageId": "m-7" } });
    assert_eq!(calls[0].json(), with(common.clone(), sent));
    let version = stage.session.version;
    let ended = json!({ "requestId": format!("{TRANSFER}-{version}"), "action": "END_CONVERSATION",
                        "message": { "text": "", "typed": true, "clientMessageId": format!("m-{version}") } });
    assert_eq!(calls[1].json(), with(common, ended));
}

#[tokio::test]
async fn of_a_choice_the_value_is_sent_as_what_was_not_typed() {
    let stage = basic(json!({})).told([success()]);
    stage.send(&choice("2", "The second")).await.unwrap();
    let expected = json!({ "text": "2", "typed": false, "clientMessageId": "m-7" });
    assert_eq!(stage.script.only_call().json()["message"], expected);
}

#[tokio::test]
async fn one_attachment_is_a_file_and_the_others_are_links() {
    let stage = basic(json!({})).told([success()]);
    let files = [("https://files.example/x/a.pdf?sig=1", Some("application/pdf")), ("https://files.example/b", None)];
    stage.send(&message("Look", &files)).await.unwrap();
    let expected = json!({ "text": "Look\nhttps://files.example/b", "typed": true, "clientMessageId": "m-7", "attachment": {
        "clientAttachmentId": "a-7", "contentType": "application/pdf", "fileName": "a.pdf", "url": "https://files.example/x/a.pdf?sig=1" } });
    assert_eq!(stage.script.only_call().json()["message"], expected);
}

#[tokio::test]
async fn each_way_of_asking_for_a_human_sends_its_requests() {
    for (extra, expected) in [
        (json!({ "handoffAction": "text" }), vec![("1", "START_CONVERSATION", "Live Agent Support.")]),
        (json!({ "handoffAction": "agent" }), vec![("1", "START_CONVERSATION", ""), ("1-2", "AGENT", "")]),
        (
            json!({ "handoffAction": "create_then_start" }),
            vec![("1", "CREATE_CONVERSATION", ""), ("1-2", "START_CREATED_CONVERSATION", "")],
        ),
        (
            json!({ "handoffAction": "agent", "agentActionRepeat": 2 }),
            vec![("1", "START_CONVERSATION", ""), ("1-2", "AGENT", ""), ("1-3", "AGENT", "")],
        ),
    ] {
        let stage = basic(extra).told(expected.iter().map(|_| success()));
        let mut next = stage.open().await.unwrap().next;
        while let Some(further) = next {
            assert_eq!(further.after, Duration::from_secs(3));
            let before = stage.script.calls().len();
            next = stage.open_further(further.number).await.unwrap();
            assert_eq!(stage.script.calls().len(), before + 1, "one call when its time has come");
        }
        let calls = stage.script.calls();
        assert_eq!(calls.len(), expected.len());
        for (call, (id, action, text)) in calls.iter().zip(expected) {
            let body = call.json();
            assert_eq!((&body["requestId"], &body["action"]), (&json!(format!("{TRANSFER}-{id}")), &json!(action)));
            assert_eq!(body["message"]["text"], text);
            assert_eq!(body.get("history").is_some(), id == "1", "history goes with the first request only");
        }
    }
}

#[tokio::test]
async fn asking_again_stops_once_the_live_chat_is_on() {
    let stage = basic(json!({ "handoffAction": "agent", "agentActionRepeat": 2 }))
        .told([success(), ok_json(json!({ "status": "success", "agentChat": true }))]);
    assert_eq!(stage.open().await.unwrap().next, None);
    assert_eq!(stage.script.calls().len(), 2);
}

#[tokio::test]
async fn an_opening_ends_before_it_asks_again() {
    let stage = basic(json!({ "handoffAction": "agent", "agentActionRepeat": 3 })).told((0..3).map(|_| success()));
    let next = stage.open().await.unwrap().next.unwrap();
    assert_eq!((next.number, stage.script.calls().len()), (3, 2), "it waits for nothing");
    let last = stage.open_further(3).await.unwrap().unwrap();
    assert_eq!((last.number, stage.script.calls().len()), (4, 3));
    stage.script.answers(status_answer(429));
    assert!(matches!(stage.open_further(4).await, Err(CallError::NotSent { .. })), "it may be asked again");
}

#[tokio::test]
async fn half_an_opening_is_never_begun_again() {
    let stage = basic(json!({ "handoffAction": "agent" })).told([success(), status_answer(429)]);
    assert!(matches!(stage.open().await, Err(CallError::Ambiguous { .. })));
    let stage = basic(json!({ "handoffAction": "agent" })).told([status_answer(429)]);
    assert!(matches!(stage.open().await, Err(CallError::NotSent { .. })));
}

#[tokio::test]
async fn a_message_hash_covers_exactly_the_bytes_that_are_sent() {
    let secret = [("messageSecret", "servicenow-test-secret")];
    let stage = Stage::servicenow(json!({ "authMethod": "message_hash" }), &secret).told([success()]);
    stage.send(&message("Grüße \u{1F600} \"q\" \u{2028}", &[])).await.unwrap();
    let call = stage.script.only_call();
    assert_eq!(call.header("x-b2b-signature"), Some(&*transfer_hash(&call.body)));
    let text = std::str::from_utf8(&call.body).unwrap();
    assert!(text.contains("Grüße \u{1F600} \\\"q\\\" \u{2028}"), "as JSON.stringify writes it");
    assert!(text.starts_with("{\"requestId\":"), "in the documented order, compact");
    assert_eq!(call.header("authorization"), None);
}

fn transfer_hash(body: &[u8]) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(b"servicenow-test-secret").unwrap();
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn a_message_token_and_the_other_grants_are_sent_as_documented() {
    let stage =
        Stage::servicenow(json!({ "authMethod": "message_token" }), &[("messageToken", "tok")]).told([success()]);
    stage.end().await.unwrap();
    assert_eq!(stage.script.only_call().header("token"), Some("tok"));
    let password = [OAUTH, BASIC].concat();
    let refresh = [OAUTH, &[("refreshToken", "r&1")]].concat();
    for (grant, credentials, expected) in [
        ("password", password, "grant_type=password&username=api&password=pass&client_id=id&client_secret=secret"),
        ("refresh_token", refresh, "grant_type=refresh_token&refresh_token=r%261&client_id=id&client_secret=secret"),
    ] {
        let stage = Stage::servicenow(json!({ "oauthGrant": grant }), &credentials).told([success()]);
        stage.end().await.unwrap();
        assert_eq!(stage.script.token_calls()[0].body, expected.as_bytes());
    }
}

#[tokio::test]
async fn a_failure_that_comes_with_200_is_a_refusal() {
    let stage =
        basic(json!({})).told([ok_json(json!({ "status": "failure", "error": { "message": "user-77 unknown" } }))]);
    let error = stage.open().await.unwrap_err();
    let expected = CallError::Refused { reason: EndReason::ProviderRejected, what: "200 failure".to_owned() };
    assert_eq!(error, expected);
    let disabled = basic(json!({})).told([status_answer(405)]);
    assert!(matches!(disabled.open().await, Err(CallError::Refused { .. })));
    let asleep = basic(json!({})).told([answer(200, "<html>Your instance is hibernating</html>")]);
    assert!(matches!(asleep.open().await, Err(CallError::Ambiguous { .. })));
}

#[tokio::test]
async fn a_closed_interaction_is_found_by_the_table_interface_only_if_told_to() {
    let stage = basic(json!({}));
    assert_eq!(stage.poll().await, Ok(vec![]));
    assert!(stage.script.calls().is_empty());
    let stage = basic(json!({ "tableLookup": true })).told([
        ok_json(json!({ "result": [{ "sys_id": "c1" }] })),
        ok_json(json!({ "result": [{ "sys_id": "i1", "state": "Closed Complete" }] })),
    ]);
    let events = stage.poll().await.unwrap();
    assert_eq!(events[0].kind, EventKind::Accepted);
    assert_eq!(events[0].correlation.provider_session_id.as_ref().unwrap().as_str(), "i1");
    assert_eq!(events[1].kind, EventKind::Ended { by: EndedBy::System, reason: EndReason::Reconciled });
    assert_eq!(stage.lines(), [
        format!("GET /api/now/table/sys_cs_conversation?sysparm_query=session.device_id%3D{TRANSFER}&sysparm_fields=sys_id&sysparm_limit=1"),
        "GET /api/now/table/interaction?sysparm_query=channel_metadata_document%3Dc1&sysparm_fields=sys_id%2Cstate&sysparm_limit=1".to_owned(),
    ]);
    let stage = basic(json!({ "tableLookup": true })).told([ok_json(json!({ "result": [] }))]);
    assert_eq!(stage.poll().await, Ok(vec![]));
}

#[tokio::test]
async fn ending_what_is_gone_is_a_success() {
    for status in [404, 410] {
        let stage = basic(json!({})).told([status_answer(status)]);
        assert_eq!(stage.end().await, Ok(()), "{status}");
    }
}

#[tokio::test]
async fn typing_and_looking_on_are_actions_with_ids_of_their_own() {
    for (on, action) in [(true, "TYPING"), (false, "VIEWING")] {
        let stage = basic(json!({})).told([success()]);
        stage.typing(on).await.unwrap();
        let call = stage.script.only_call();
        assert_eq!(call.line(), INTEGRATION);
        let body = call.json();
        assert_eq!((&body["action"], &body["message"]["text"]), (&json!(action), &json!("")));
        assert_eq!(body["requestId"], format!("{TRANSFER}-t1768212000000"));
        assert_eq!(body["silentMessage"], false);
    }
}

#[tokio::test]
async fn what_was_shown_is_told_by_the_instances_own_ids() {
    let stage = basic(json!({})).told([success()]);
    let without = "0".repeat(64);
    stage.acknowledge(&["b7", &without, "b8"], ReceiptState::Delivered).await.unwrap();
    let expected = json!({
        "requestId": format!("{TRANSFER}-r1768212000000"), "clientSessionId": TRANSFER, "appInboundId": "acme-ai",
        "action": "UPDATE_MESSAGES", "silentMessage": false, "userId": "user-77",
        "message": [{ "id": "b7", "status": "sent_to_user" }, { "id": "b8", "status": "sent_to_user" }],
    });
    assert_eq!(stage.script.only_call().json(), expected);
    stage.acknowledge(&[&without], ReceiptState::Delivered).await.unwrap();
    assert_eq!(stage.script.calls().len(), 1, "the instance gave it no id");
}
