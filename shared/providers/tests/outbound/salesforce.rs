//! Requests to Salesforce: the channel of one's own.

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};
use transfer_domain::{Cause, End, EndReason, EndedBy, OrderKey, Phase, ReceiptState};
use transfer_providers::{Answer, CallError};

use crate::support::{
    KeyPair, Seen, Stage, TRANSFER, answer, answer_json, choice, class, key_pair, message, ok_json, start,
    status_answer,
};

const CONVERSATION: &str = "9bc16b48-cd9b-4d8b-b7f2-a376f0a05c09";
const CHANNEL: &str = "72a6a4ec-acbc-44f6-b2b9-e444248ca843";
const INTERACTIONS: &str = "POST /api/v1/interactions";
const SESSION: &str = "POST /api/v1/messagingSession";

fn fresh(extra: Value) -> Stage {
    Stage::salesforce(extra, &[("privateKeyPem", &key_pair().private_pem)])
}

fn opened(extra: Value) -> Stage {
    fresh(extra).named(CONVERSATION)
}

fn accepted() -> Answer {
    let told = json!({ "id": "f7904eb6-1", "conversationIdentifier": CONVERSATION, "workItemIds": ["0MwSG1"], "success": true });
    answer_json(202, &told)
}

/// The one JSON part of a form, after a look at the form itself.
fn json_part(call: &Seen) -> Value {
    let boundary = call.header("content-type").unwrap().strip_prefix("multipart/form-data; boundary=").unwrap();
    assert!((1..=70).contains(&boundary.len()), "RFC 2046, section 5.1.1");
    let body = std::str::from_utf8(&call.body).unwrap();
    let inside = body.strip_prefix(&format!("--{boundary}\r\n")).unwrap();
    let inside = inside.strip_suffix(&format!("\r\n--{boundary}--\r\n")).unwrap();
    let (head, content) = inside.split_once("\r\n\r\n").unwrap();
    assert_eq!(head, "Content-Disposition: form-data; name=\"json\"\r\nContent-Type: application/json");
    serde_json::from_str(content).unwrap()
}

fn said(call: &Seen) -> String {
    let body = json_part(call);
    body.pointer("/interactions/0/payload/abstractMessage/staticContent/text").unwrap().as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_opening_is_the_first_interaction_with_its_attributes() {
    let stage = fresh(json!({})).told([accepted()]);
    let opened = stage.open().await.unwrap();
    assert_eq!(opened.provider_session_id.unwrap().as_str(), CONVERSATION);
    let shown = json!({ "conversationIdentifier": CONVERSATION, "messagingSessionId": "0MwSG1" });
    assert_eq!(Value::Object(opened.provider_data), shown);
    assert!(opened.provider_state.is_empty());
    let call = stage.script.only_call();
    assert_eq!(call.line(), INTERACTIONS);
    for (name, value) in
        [("authorization", "Bearer token-1"), ("orgid", "00Dxx0000000001"), ("authorizationcontext", "acme_Handoff")]
    {
        assert_eq!(call.header(name), Some(value));
    }
    assert!(uuid::Uuid::parse_str(call.header("requestid").unwrap()).is_ok());
    let body = json_part(&call);
    let id = body.pointer("/interactions/0/payload/id").unwrap().clone();
    assert!(uuid::Uuid::parse_str(id.as_str().unwrap()).is_ok());
    let expected = json!({
        "to": CHANNEL, "from": TRANSFER,
        "routingAttributes": { "TransferId": TRANSFER, "Summary": "Refund for order 42, ID checked", "Language": "de", "Priority": "5" },
        "interactions": [{ "timestamp": 1_768_212_000_000_i64, "interactionType": "EntryInteraction",
            "payload": { "id": id, "entryType": "Message", "abstractMessage": { "messageType": "StaticContentMessage", "id": id,
                "staticContent": { "formatType": "Text", "text": "AI summary: Refund for order 42, ID checked" } } } }],
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_token_is_asked_for_with_a_signed_assertion_of_three_minutes() {
    let KeyPair { public_pem, .. } = key_pair();
    let now = start().timestamp();
    for (extra, audience, expiry) in [
        (json!({}), "https://login.salesforce.com", now + 180),
        (json!({ "loginHost": "test.salesforce.com" }), "https://test.salesforce.com", now + 180),
        (json!({ "loginHost": "acme--qa.sandbox.my.salesforce.com" }), "https://test.salesforce.com", now + 180),
        (json!({ "loginHost": "acme.my.salesforce.com" }), "https://login.salesforce.com", now + 180),
        (json!({ "jwtExpUnit": "millis" }), "https://login.salesforce.com", (now + 180) * 1000),
    ] {
        let stage = opened(extra).told([accepted()]);
        stage.send(&message("hi", &[])).await.unwrap();
        let [token] = stage.script.token_calls().try_into().unwrap();
        assert_eq!(token.line(), "POST /services/oauth2/token");
        assert_eq!(token.header("content-type"), Some("application/x-www-form-urlencoded"));
        let form = std::str::from_utf8(&token.body).unwrap();
        let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
        let assertion = form.strip_prefix(grant).unwrap();
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_audience(&[audience]);
        rules.validate_exp = false;
        let key = DecodingKey::from_rsa_pem(public_pem.as_bytes()).unwrap();
        let claims = decode::<Value>(assertion, &key, &rules).unwrap().claims;
        assert_eq!(claims, json!({ "iss": "key-1", "sub": "bot@example.com", "aud": audience, "exp": expiry }));
    }
}

#[tokio::test]
async fn a_token_is_kept_as_long_as_the_setting_says_and_renewed_when_it_is_refused() {
    let stage = opened(json!({ "tokenCacheSecs": 600 }));
    let token = || ok_json(json!({ "access_token": "t", "token_type": "Bearer", "scope": "interaction_api" }));
    stage.script.answers_token(token()).answers_token(token());
    let stage = stage.told((0..3).map(|_| accepted()));
    stage.send(&message("hi", &[])).await.unwrap();
    stage.clock.advance(TimeDelta::seconds(539));
    stage.send(&message("hi", &[])).await.unwrap();
    assert_eq!(stage.script.token_calls().len(), 1);
    stage.clock.advance(TimeDelta::seconds(1));
    stage.send(&message("hi", &[])).await.unwrap();
    assert_eq!(stage.script.token_calls().len(), 2);
    for refusal in [
        status_answer(401),
        answer_json(400, &json!({ "code": 10003, "message": "x" })),
        answer_json(403, &json!({ "code": "10004" })),
    ] {
        let stage = opened(json!({})).told([refusal, accepted()]);
        assert_eq!(stage.send(&message("hi", &[])).await, Ok(()));
        assert_eq!(stage.headers("authorization"), ["Bearer token-1", "Bearer token-2"]);
    }
    let refusal = || answer_json(400, &json!({ "code": 10003 }));
    let stage = opened(json!({})).told([refusal(), refusal()]);
    let refused = stage.send(&message("hi", &[])).await.unwrap_err();
    assert!(refused.refuses_credentials(), "{refused}");
    assert_eq!(refused.to_string(), "misconfigured: the provider refuses the credentials: 400 10003");
}

#[tokio::test]
async fn a_key_that_is_no_key_is_named_and_nothing_is_sent() {
    for credentials in [&[("privateKeyPem", "nonsense")][..], &[]] {
        let stage = Stage::salesforce(json!({}), credentials);
        let misconfigured = CallError::Misconfigured { what: "/credentials/privateKeyPem".to_owned() };
        assert_eq!(stage.open().await, Err(misconfigured));
        assert!(stage.script.calls().is_empty() && stage.script.token_calls().is_empty());
    }
}

#[tokio::test]
async fn an_opening_may_be_a_conversation_before_its_first_message() {
    let first = json!({ "conversationIdentifier": CONVERSATION, "messagingSessionId": "0MwSG1", "success": true });
    let stage = fresh(json!({ "openMode": "conversation_first" }))
        .told([answer_json(202, &first), answer_json(202, &json!({ "id": "x", "success": true }))]);
    let opened = stage.open().await.unwrap();
    assert_eq!(opened.provider_session_id.unwrap().as_str(), CONVERSATION);
    assert_eq!(opened.provider_data["messagingSessionId"], "0MwSG1");
    assert_eq!(stage.lines(), ["POST /api/v1/conversation", INTERACTIONS]);
    let calls = stage.script.calls();
    let expected = json!({
        "channelAddressIdentifier": CHANNEL,
        "routingAttributes": { "TransferId": TRANSFER, "Summary": "Refund for order 42, ID checked", "Language": "de", "Priority": "5" },
        "participants": [{ "subject": TRANSFER, "role": "EndUser", "appType": "custom" }],
    });
    assert_eq!(calls[0].json(), expected);
    assert_eq!(json_part(&calls[1]).get("routingAttributes"), None);

    let half = fresh(json!({ "openMode": "conversation_first" })).told([answer_json(202, &first), status_answer(429)]);
    let what = "half open: 429".to_owned();
    assert_eq!(half.open().await, Err(CallError::Ambiguous { what }), "not to be begun again");
    let limited = fresh(json!({ "openMode": "conversation_first" })).told([status_answer(429)]);
    assert!(matches!(limited.open().await, Err(CallError::NotSent { .. })));
}

#[tokio::test]
async fn the_chosen_attributes_are_sent_and_cut() {
    let all = json!({ "routingAttributes": ["Queue", "Skills", "Reason", "Summary"], "routingAttributeMaxChars": 64 });
    let mut stage = fresh(all);
    stage.request.summary = Some("\u{e9}".repeat(100));
    stage.script.answers(accepted());
    stage.open().await.unwrap();
    let expected = json!({ "Queue": "billing", "Skills": "billing,de", "Reason": "Card declined", "Summary": "\u{e9}".repeat(64) });
    assert_eq!(json_part(&stage.script.only_call())["routingAttributes"], expected);
}

#[tokio::test]
async fn both_spellings_of_the_records_name_are_read_and_an_answer_without_success_is_none() {
    for record in [json!({ "workItemIds": ["0MwSG1"] }), json!({ "workItemId": "0MwSG1" })] {
        let stage = fresh(json!({})).told([answer_json(202, &record)]);
        let opened = stage.open().await.unwrap();
        assert_eq!((opened.provider_session_id, &opened.provider_data["messagingSessionId"]), (None, &json!("0MwSG1")));
    }
    let stage = fresh(json!({})).told([answer_json(202, &json!({ "success": false }))]);
    assert!(matches!(stage.open().await, Err(CallError::Refused { .. })));
    let stage = fresh(json!({})).told([answer(202, "<html>")]);
    assert!(matches!(stage.open().await, Err(CallError::Ambiguous { .. })));
}

#[tokio::test]
async fn a_message_keeps_its_ids_and_time_when_it_is_repeated() {
    let stage = opened(json!({})).told([accepted(), accepted()]);
    let file = message("Gr\u{fc}\u{df}e --x\r\n\r\n", &[("https://files.example/a.png", Some("image/png"))]);
    stage.send(&file).await.unwrap();
    stage.clock.advance(TimeDelta::seconds(5));
    stage.send(&file).await.unwrap();
    let [first, second] = stage.script.calls().try_into().unwrap();
    assert_eq!(first.body, second.body);
    assert_ne!(first.header("requestid"), second.header("requestid"), "each request has its own id");
    let body = json_part(&first);
    assert_eq!(body.pointer("/interactions/0/timestamp"), Some(&json!(1_768_212_030_000_i64)));
    assert_eq!(body.get("routingAttributes"), None);
    assert_eq!(said(&first), "Gr\u{fc}\u{df}e --x\r\n\r\n\nhttps://files.example/a.png");
}

#[tokio::test]
async fn a_choice_is_a_response_to_the_message_that_offered_it() {
    let stage = opened(json!({})).told([accepted()]);
    stage.send(&choice("opt-1", "Blue")).await.unwrap();
    let body = json_part(&stage.script.only_call());
    let payload = body.pointer("/interactions/0/payload").unwrap();
    let expected = json!({
        "messageType": "ChoicesResponseMessage", "id": payload["id"],
        "inReplyToMessageId": "3f6c1a52-0000-4000-8000-000000000001",
        "choicesResponse": { "formatType": "Selections", "selectedOptions": [{ "optionIdentifier": "opt-1" }] },
    });
    assert_eq!(payload["abstractMessage"], expected);
}

#[tokio::test]
async fn each_code_is_its_class_for_sends_and_for_opens() {
    let coded = |status, code: u64| (status, json!({ "code": code, "message": "user@example.com" }));
    let mut rows = vec![
        ((404, json!({})), "gone", "refused"),
        ((503, json!({})), "ambiguous", "ambiguous"),
        ((429, json!({ "code": 1 })), "not sent", "not sent"),
        ((400, json!({ "message": "Interaction request rate limit exceeded" })), "not sent", "not sent"),
        ((400, json!({ "code": 7, "message": "Interaction request rate limit exceeded" })), "not sent", "not sent"),
        (coded(400, 500), "ambiguous", "ambiguous"),
        (coded(400, 10019), "not sent", "refused"),
        (coded(400, 10060), "refused", "refused"),
        (coded(400, 10096), "refused", "refused"),
    ];
    rows.extend([10055, 10056, 10094, 20002, 20004].map(|code| (coded(400, code), "ambiguous", "refused")));
    let configuration = [10001, 10002, 10005, 10006, 10017, 10026, 10031, 10035, 10050, 10069, 10070, 15103, 15104];
    rows.extend(configuration.map(|code| (coded(400, code), "misconfigured", "misconfigured")));
    for ((status, body), send, open) in rows {
        let stage = opened(json!({})).told([answer_json(status, &body), answer_json(status, &body)]);
        let sent = stage.send(&message("hi", &[])).await;
        assert!(!format!("{sent:?}").contains("user@example.com"));
        assert_eq!((class(sent), class(stage.open().await.map(drop))), (send, open), "{status} {body}");
        assert_eq!(stage.script.calls().len(), 2, "nothing is repeated blindly");
    }
}

#[tokio::test]
async fn a_conversation_is_ended_by_the_call_or_by_a_last_text() {
    let stage = opened(json!({})).told([ok_json(json!({ "success": true }))]);
    stage.end().await.unwrap();
    let call = stage.script.only_call();
    assert_eq!(call.line(), SESSION);
    let expected = json!({ "channelAddressIdentifier": CHANNEL, "endUserClientId": TRANSFER,
        "conversationIdentifier": CONVERSATION, "operation": "End", "operationBy": "EndUser" });
    assert_eq!(call.json(), expected);

    for no_such_call in [
        status_answer(405),
        answer_json(405, &json!({ "code": "METHOD_NOT_ALLOWED" })),
        answer_json(501, &json!({ "code": "" })),
        status_answer(501),
        answer_json(403, &json!({ "code": 10005 })),
        answer_json(400, &json!({ "code": 10050 })),
    ] {
        let stage = opened(json!({})).told([no_such_call, accepted(), accepted()]);
        stage.end().await.unwrap();
        assert_eq!(stage.lines(), [SESSION, INTERACTIONS, INTERACTIONS], "it is asked, and said");
        assert_eq!(said(&stage.script.calls()[2]), "The customer has left the chat.");
    }

    let mut stage = opened(json!({ "endMode": "text_only", "endText": "Bye." }));
    let key = OrderKey { at_ms: 0, sequence: 0, rank: 0 };
    let (reason, by, cause) = (EndReason::ContactEnded, EndedBy::Contact, Cause::Api);
    stage.session.session.phase = Phase::Over(End { at: start(), reason, by, key, cause, concluded: false });
    stage.script.answers(accepted()).answers(accepted());
    stage.end().await.unwrap();
    assert_eq!(said(&stage.script.calls()[1]), "Bye.");

    let never_told = fresh(json!({})).told([accepted(), accepted()]);
    never_told.end().await.unwrap();
    assert_eq!(never_told.lines(), [INTERACTIONS, INTERACTIONS]);
}

fn is_farewell(call: &Seen) -> bool {
    String::from_utf8_lossy(&call.body).contains("The customer has left the chat.")
}

#[tokio::test]
async fn an_end_that_is_refused_because_all_is_over_opens_no_new_conversation() {
    let over = |code: u64| answer_json(400, &json!({ "code": code, "message": "x" }));
    for refusal in [over(10018), over(10036), over(10089), status_answer(404)] {
        let stage = opened(json!({})).told([refusal]);
        assert_eq!(stage.end().await, Ok(()));
        assert_eq!(stage.lines(), [SESSION]);
    }
    for refusal in [status_answer(400), ok_json(json!({ "success": false }))] {
        let stage = opened(json!({})).told([refusal]);
        assert_eq!(class(stage.end().await), "refused", "nobody knows why, so nothing is said");
        assert_eq!(stage.script.calls().len(), 1);
    }
    let stage = opened(json!({})).told([over(10050), over(10036)]);
    assert_eq!(stage.end().await, Ok(()), "the representative was faster, and the event is on its way");
    assert!(!stage.script.calls().iter().any(is_farewell));
}

#[tokio::test]
async fn a_farewell_is_said_once_and_never_to_a_session_that_rests() {
    let stage = opened(json!({ "endMode": "text_only" })).told([accepted(), status_answer(503)]);
    assert_eq!(stage.end().await, Ok(()), "it may have been said, so it is not said again");
    assert_eq!(stage.script.calls().iter().filter(|call| is_farewell(call)).count(), 1);

    for mode in ["text_only", "try_end_api"] {
        let again = opened(json!({ "endMode": mode })).closing().told([status_answer(405)]);
        assert_eq!(again.end().await, Ok(()));
        assert!(!again.script.calls().iter().any(is_farewell), "{mode}");
    }
    let mut rests = opened(json!({ "endMode": "text_only" })).active();
    rests.session.session.signals.left(None, false, OrderKey { at_ms: 1, sequence: 0, rank: 2 });
    assert_eq!((rests.end().await, rests.script.calls().len()), (Ok(()), 0));
}

#[tokio::test]
async fn ending_what_is_gone_is_a_success_and_trouble_is_not() {
    for status in [404, 410] {
        let stage = opened(json!({})).told([status_answer(status)]);
        assert_eq!(stage.end().await, Ok(()), "{status}");
        assert_eq!(stage.script.calls().len(), 1);
    }
    let stage = opened(json!({})).told([status_answer(503)]);
    assert_eq!(class(stage.end().await), "ambiguous");
    assert_eq!(stage.script.calls().len(), 1);
}

#[tokio::test]
async fn a_conversation_that_the_vendor_closed_is_never_woken_again() {
    let stage = opened(json!({})).remembering(json!({ "closed": true }));
    assert_eq!(stage.end().await, Ok(()));
    assert_eq!(class(stage.send(&message("late", &[])).await), "gone");
    assert!(stage.script.calls().is_empty());
}

#[tokio::test]
async fn received_messages_are_acknowledged_in_either_form_and_by_25() {
    let ids: Vec<String> = (0..26).map(|n| format!("entry-{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for (form, at, state, word) in [
        ("number", json!(1_768_212_000_000_i64), ReceiptState::Delivered, "Delivered"),
        ("string", json!("1768212000000"), ReceiptState::Read, "Read"),
    ] {
        let stage = opened(json!({ "ackTimestampFormat": form })).told([ok_json(json!({ "success": true }))]);
        stage.acknowledge(&ids[..1], state).await.unwrap();
        let call = stage.script.only_call();
        assert_eq!(call.line(), "POST /api/v1/acknowledgement");
        let body = call.json();
        let made = body.pointer("/acknowledgements/0/acknowledgmentCreatedConversationEntryIdentifier").unwrap();
        assert!(uuid::Uuid::parse_str(made.as_str().unwrap()).is_ok());
        let expected = json!({
            "sender": { "appType": "custom", "subject": TRANSFER, "role": "EndUser" }, "conversationIdentifier": CONVERSATION,
            "acknowledgements": [{ "acknowledgementTimestamp": at, "acknowledgementType": word,
                "acknowledgedConversationEntryIdentifier": "entry-0", "acknowledgmentCreatedConversationEntryIdentifier": made }],
        });
        assert_eq!(body, expected);
    }
    let stage = opened(json!({})).told([status_answer(200), status_answer(200)]);
    stage.acknowledge(&ids, ReceiptState::Delivered).await.unwrap();
    let counts: Vec<_> =
        stage.script.calls().iter().map(|call| call.json()["acknowledgements"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [25, 1]);
}

#[tokio::test]
async fn typing_is_an_interaction_of_its_own_each_time() {
    for (on, kind) in [(true, "TypingStartedIndicator"), (false, "TypingStoppedIndicator")] {
        let stage = opened(json!({})).told([answer_json(202, &json!({ "success": true }))]);
        stage.typing(on).await.unwrap();
        let call = stage.script.only_call();
        assert_eq!(call.line(), INTERACTIONS);
        let payload = json_part(&call).pointer("/interactions/0/payload").unwrap().clone();
        let expected = json!({ "id": payload["id"], "entryType": kind, "timestamp": 1_768_212_000_000_i64 });
        assert_eq!(payload, expected);
    }
}

#[tokio::test]
async fn there_is_nothing_to_ask() {
    let stage = opened(json!({}));
    assert_eq!(stage.poll().await, Ok(vec![]));
    assert_eq!(stage.bound().representative_name(stage.connection(), "005").await, Ok(None));
    let availability = stage.bound().availability(stage.connection(), "billing").await;
    assert_eq!(availability, Ok(transfer_providers::Availability::Unknown));
    assert!(stage.script.calls().is_empty());
}
