//! Requests to Salesforce: enhanced chat.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};
use transfer_domain::{EndReason, EventKind, Opening, ProviderEvent, ReceiptState, Representative};
use transfer_providers::{Answer, CallError};

use crate::support::{
    Stage, TRANSFER, answer, answer_json, choice, class, key_pair, message, ok_json, start, status_answer, with,
};

const API: &str = "/iamessage/api/v2";

fn granted(token: &str) -> Answer {
    ok_json(json!({ "accessToken": token, "lastEventId": "0", "context": { "deviceId": "d", "configuration": {} } }))
}

/// A token in the vendor's form, as far as anybody looks into it.
fn token_until(seconds_from_start: i64) -> String {
    let claims = json!({ "exp": start().timestamp() + seconds_from_start });
    format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

fn fresh(extra: Value) -> Stage {
    Stage::salesforce(with(json!({ "product": "miaw", "eventTransport": "poll" }), extra), &[])
}

fn opened(extra: Value) -> Stage {
    let mut stage = fresh(extra);
    stage.session.session.opening = Opening::Opened;
    let until = start().timestamp() + 3600;
    let known = json!({ "accessToken": "guest-1", "accessTokenUntil": until, "language": "de" });
    stage.remembering(known)
}

#[tokio::test]
async fn an_opening_is_a_guests_token_and_a_conversation_that_bears_our_id() {
    let stage = fresh(json!({}));
    stage.script.answers_token(granted("guest-1")).answers(answer(201, ""));
    let opened = stage.open().await.unwrap();
    assert_eq!(opened.provider_session_id.unwrap().as_str(), TRANSFER);
    assert_eq!(Value::Object(opened.provider_data), json!({ "conversationIdentifier": TRANSFER }));
    let until = start().timestamp() + 3600;
    let kept = json!({ "accessToken": "guest-1", "accessTokenUntil": until, "language": "de" });
    assert_eq!(Value::Object(opened.provider_state), kept);
    let [token] = stage.script.token_calls().try_into().unwrap();
    assert_eq!(token.line(), format!("POST {API}/authorization/unauthenticated/access-token"));
    let expected = json!({
        "orgId": "00Dxx0000000001", "esDeveloperName": "Handoff", "capabilitiesVersion": "1", "platform": "Web",
        "context": { "appName": "agent-transfer", "clientVersion": env!("CARGO_PKG_VERSION") }, "deviceId": TRANSFER,
    });
    assert_eq!(token.json(), expected);
    let call = stage.script.only_call();
    assert_eq!(call.line(), format!("POST {API}/conversation"));
    assert_eq!(call.header("authorization"), Some("Bearer guest-1"));
    let expected = json!({ "conversationId": TRANSFER, "esDeveloperName": "Handoff", "routingAttributes": {
        "_firstName": "Test User", "TransferId": TRANSFER, "Summary": "Refund for order 42, ID checked", "Language": "de", "Priority": "5" } });
    assert_eq!(call.json(), expected);
}

#[tokio::test]
async fn a_verified_contact_proves_itself_by_a_token_that_we_sign() {
    let keys = key_pair();
    let extra = json!({ "product": "miaw", "identityIssuer": "issuer-1", "identityKeyId": "kid-1" });
    let stage = Stage::salesforce(extra, &[("identityKeyPem", &keys.private_pem)]);
    stage.script.answers_token(granted(&token_until(6 * 3600))).answers(status_answer(200));
    let opened = stage.open().await.unwrap();
    assert_eq!(opened.provider_state["accessTokenUntil"], start().timestamp() + 6 * 3600);
    let [token] = stage.script.token_calls().try_into().unwrap();
    assert_eq!(token.line(), format!("POST {API}/authorization/authenticated/access-token"));
    let body = token.json();
    assert_eq!(body["authorizationType"], "JWT");
    let identity = body["customerIdentityToken"].as_str().unwrap();
    assert_eq!(decode_header(identity).unwrap().kid.as_deref(), Some("kid-1"));
    let mut rules = Validation::new(Algorithm::RS256);
    rules.validate_exp = false;
    let key = DecodingKey::from_rsa_pem(keys.public_pem.as_bytes()).unwrap();
    let now = start().timestamp();
    let expected = json!({ "iss": "issuer-1", "sub": "user-77", "iat": now, "exp": now + 180 });
    assert_eq!(decode::<Value>(identity, &key, &rules).unwrap().claims, expected);
}

#[tokio::test]
async fn trouble_with_the_token_never_touches_the_conversation() {
    for (statuses, expected) in [([400, 401, 404], "misconfigured"), ([429, 500, 503], "not sent")] {
        for status in statuses {
            let stage = fresh(json!({}));
            stage.script.answers_token(status_answer(status));
            assert_eq!(class(stage.open().await.map(drop)), expected, "{status}");
            assert!(stage.script.calls().is_empty());
        }
    }
    for body in ["", "{}", "{\"accessToken\":\"\"}"] {
        let stage = fresh(json!({}));
        stage.script.answers_token(answer(200, body));
        assert!(matches!(stage.open().await, Err(CallError::NotSent { .. })), "{body}");
    }
}

#[tokio::test]
async fn each_status_of_a_creation_is_its_class() {
    for (status, expected) in
        [(400, "refused"), (404, "refused"), (408, "outcome unknown"), (429, "not sent"), (503, "outcome unknown")]
    {
        let stage = fresh(json!({}));
        stage.script.answers_token(granted("g"));
        stage.script.answers(answer_json(status, &json!({ "message": "user@example.com", "error": "Bad" })));
        let error = stage.open().await.unwrap_err().to_string();
        assert!(error.starts_with(expected) && error.contains("Bad") && !error.contains("user@"), "{status}: {error}");
    }
}

#[tokio::test]
async fn a_message_is_sent_in_the_documented_form_and_the_same_when_repeated() {
    let taken = || answer_json(202, &json!({ "conversationEntries": [{ "id": "x", "clientTimestamp": 1 }] }));
    let stage = opened(json!({})).told([taken(), taken()]);
    let hi = message("hi", &[("https://files.example/a", None)]);
    stage.send(&hi).await.unwrap();
    stage.send(&hi).await.unwrap();
    let [call, again] = stage.script.calls().try_into().unwrap();
    assert_eq!(call.body, again.body);
    assert_eq!(call.line(), format!("POST {API}/conversation/{TRANSFER}/message"));
    assert_eq!(call.header("authorization"), Some("Bearer guest-1"));
    let id = call.json().pointer("/message/id").unwrap().clone();
    let expected = json!({
        "message": { "id": id, "messageType": "StaticContentMessage", "staticContent": { "formatType": "Text", "text": "hi\nhttps://files.example/a" } },
        "esDeveloperName": "Handoff", "isNewMessagingSession": false, "language": "de",
    });
    assert_eq!(call.json(), expected);
    assert!(stage.script.token_calls().is_empty());
}

#[tokio::test]
async fn a_choice_is_a_response_to_the_message_that_offered_it() {
    let stage = opened(json!({})).told([status_answer(202)]);
    stage.send(&choice("opt-1", "Blue")).await.unwrap();
    let body = stage.script.only_call().json();
    let expected = json!({
        "messageType": "ChoicesResponseMessage", "id": body["message"]["id"],
        "inReplyToMessageId": "3f6c1a52-0000-4000-8000-000000000001",
        "choicesResponse": { "formatType": "Selections", "selectedOptions": [{ "optionIdentifier": "opt-1" }] },
    });
    assert_eq!(body["message"], expected);
}

#[tokio::test]
async fn a_refused_token_is_continued_once_or_asked_for_again() {
    let stage = opened(json!({})).told([status_answer(401), status_answer(202)]);
    stage.script.answers_token(granted("guest-2"));
    assert_eq!(stage.send(&message("hi", &[])).await, Ok(()));
    let [renewal] = stage.script.token_calls().try_into().unwrap();
    assert_eq!(renewal.line(), format!("GET {API}/authorization/continuation-access-token"));
    assert_eq!(renewal.header("authorization"), Some("Bearer guest-1"));
    assert_eq!(stage.script.calls()[1].header("authorization"), Some("Bearer guest-2"));

    let stage = opened(json!({})).told([status_answer(401), status_answer(401)]);
    stage.script.answers_token(status_answer(401)).answers_token(granted("guest-2"));
    assert!(matches!(stage.send(&message("hi", &[])).await, Err(CallError::Gone { .. })), "nobody can speak for it");
    let asked = stage.token_lines();
    assert!(asked[1].ends_with("/unauthenticated/access-token"), "{asked:?}");
}

#[tokio::test]
async fn a_conversation_is_ended_by_its_session_and_itself_even_if_gone() {
    for (first, second) in [(200, 204), (404, 404), (410, 200)] {
        let stage = opened(json!({})).told([status_answer(first), status_answer(second)]);
        assert_eq!(stage.end().await, Ok(()));
        let expected = [
            format!("DELETE {API}/conversation/{TRANSFER}/session?esDeveloperName=Handoff"),
            format!("DELETE {API}/conversation/{TRANSFER}?esDeveloperName=Handoff"),
        ];
        assert_eq!(stage.lines(), expected);
    }
    let stage = opened(json!({})).told([status_answer(503)]);
    assert!(matches!(stage.end().await, Err(CallError::Ambiguous { .. })));
}

#[tokio::test]
async fn received_messages_are_acknowledged() {
    for (state, word) in [(ReceiptState::Delivered, "Delivery"), (ReceiptState::Read, "Read")] {
        let stage = opened(json!({})).told([status_answer(200)]);
        stage.acknowledge(&["entry-1"], state).await.unwrap();
        let call = stage.script.only_call();
        assert_eq!(call.line(), format!("POST {API}/conversation/{TRANSFER}/acknowledge-entries"));
        assert_eq!(call.json().pointer("/acks/0/conversationEntryId"), Some(&json!("entry-1")));
        assert_eq!(call.json().pointer("/acks/0/entryType"), Some(&json!(word)));
        stage.acknowledge(&[], state).await.unwrap();
        assert_eq!(stage.script.calls().len(), 1);
    }
}

#[tokio::test]
async fn typing_is_an_entry_of_its_own() {
    for (on, kind) in [(true, "TypingStartedIndicator"), (false, "TypingStoppedIndicator")] {
        let stage = opened(json!({})).told([status_answer(202)]);
        stage.typing(on).await.unwrap();
        let call = stage.script.only_call();
        assert_eq!(call.line(), format!("POST {API}/conversation/{TRANSFER}/entry"));
        assert_eq!(call.json()["entryType"], kind);
        assert!(uuid::Uuid::parse_str(call.json()["id"].as_str().unwrap()).is_ok());
    }
}

fn entry(id: &str, kind: &str, role: &str, seconds: i64, fields: Value) -> Value {
    let payload = with(json!({ "entryType": kind, "id": id }), fields);
    json!({ "identifier": id, "entryType": kind, "entryPayload": payload, "senderDisplayName": "Agent One",
            "sender": { "role": role, "subject": "005xx0000012345", "appType": "agent" },
            "transcriptedTimestamp": (start() + TimeDelta::seconds(seconds)).timestamp_millis() })
}

fn text_entry(id: &str, role: &str, seconds: i64) -> Value {
    let message = json!({ "abstractMessage": { "messageType": "StaticContentMessage", "staticContent": { "formatType": "Text", "text": id } } });
    entry(id, "Message", role, seconds, message)
}

fn removed(seconds: i64) -> Value {
    let participant = json!({ "role": "Agent", "subject": "005xx0000012345", "appType": "agent" });
    let change =
        json!({ "entries": [{ "operation": "remove", "displayName": "Agent One", "participant": participant }] });
    entry("left-1", "ParticipantChanged", "System", seconds, change)
}

fn status(routing: &str) -> Answer {
    ok_json(json!({ "conversationId": TRANSFER, "routingStatus": routing }))
}

fn entries(entries: &[Value]) -> Answer {
    ok_json(json!({ "conversationEntries": entries }))
}

fn kinds(events: &[ProviderEvent]) -> Vec<EventKind> {
    events.iter().map(|event| event.kind.clone()).collect()
}

fn state(events: &[ProviderEvent]) -> Value {
    let mut all = serde_json::Map::new();
    for event in events {
        all.extend(event.provider_state.clone());
    }
    Value::Object(all)
}

#[tokio::test]
async fn looking_reads_what_came_since_and_remembers_how_far() {
    let said = || entries(&[text_entry("own", "EndUser", 1), text_entry("Hello", "Agent", 2)]);
    let stage = opened(json!({})).told([status("ROUTED"), said()]);
    let events = stage.poll().await.unwrap();
    let [hello, _] = &events[..] else { panic!("{events:?}") };
    let EventKind::Message(message) = &hello.kind else { panic!("{hello:?}") };
    assert_eq!((message.text.as_str(), message.proves_active.is_some()), ("Hello", true));
    assert_eq!(hello.correlation.transfer_id.unwrap().to_string(), TRANSFER);
    let since = (start() + TimeDelta::seconds(1)).timestamp_millis();
    assert_eq!(state(&events), json!({ "entriesSince": since }));
    let expected = [
        format!("GET {API}/conversation/{TRANSFER}"),
        format!(
            "GET {API}/conversation/{TRANSFER}/entries?limit=50&startTimestamp=0&direction=FromStart&entryTypeFilter=Message%2CParticipantChanged%2CRoutingResult"
        ),
    ];
    assert_eq!(stage.lines(), expected);

    let stage = opened(json!({})).remembering(json!({ "entriesSince": since })).told([status("ROUTED"), said()]);
    let events = stage.poll().await.unwrap();
    assert!(stage.script.calls()[1].line().contains(&format!("startTimestamp={since}&")));
    assert_eq!((events.len(), state(&events)), (1, json!({})), "repeated, and nothing new to remember");
}

#[tokio::test]
async fn a_removed_representative_is_judged_by_the_routing() {
    let agent = Representative { id: Some("005xx0000012345".to_owned()), name: Some("Agent One".to_owned()) };
    let left = |transferred| EventKind::RepresentativeLeft { representative: Some(agent.clone()), transferred };
    let kept = EventKind::Note { what: "participant_removed".to_owned(), detail: Some("005xx0000012345".to_owned()) };
    for (routing, expected) in
        [("TRANSFER", left(true)), ("INITIAL", kept), ("NEEDS_ROUTING", left(false)), ("ROUTED", left(false))]
    {
        let stage = opened(json!({})).told([status(routing), entries(&[removed(3)])]);
        assert_eq!(kinds(&stage.poll().await.unwrap())[0], expected, "{routing}");
    }
}

#[tokio::test]
async fn looking_settles_an_opening_of_unknown_outcome() {
    let mut stage = fresh(json!({}));
    stage.session.session.opening = Opening::Unconfirmed;
    stage.script.answers_token(granted("guest-9"));
    stage.script.answers(status("INITIAL")).answers(ok_json(json!({})));
    let events = stage.poll().await.unwrap();
    assert_eq!(events[0].kind, EventKind::Accepted);
    assert_eq!(state(&events)["accessToken"], "guest-9", "the token that was lost is replaced");
    let [token] = stage.script.token_calls().try_into().unwrap();
    assert_eq!(token.json()["deviceId"], TRANSFER, "as the same device");
    let mut never = fresh(json!({}));
    never.session.session.opening = Opening::Unconfirmed;
    never.script.answers_token(granted("guest-9")).answers(status_answer(404));
    assert!(matches!(never.poll().await, Err(CallError::Gone { .. })));
}

#[tokio::test]
async fn looking_renews_a_token_before_it_expires_and_remembers_it() {
    let stage = opened(json!({}));
    stage.clock.advance(TimeDelta::minutes(49));
    stage.script.answers(status("ROUTED")).answers(entries(&[]));
    assert_eq!(stage.poll().await, Ok(vec![]));
    assert!(stage.script.token_calls().is_empty());
    stage.clock.advance(TimeDelta::minutes(1));
    stage.script.answers_token(granted("guest-2"));
    stage.script.answers(status("ROUTED")).answers(entries(&[]));
    let events = stage.poll().await.unwrap();
    let until = (start() + TimeDelta::minutes(110)).timestamp();
    assert_eq!(state(&events), json!({ "accessToken": "guest-2", "accessTokenUntil": until }));
    assert!(!format!("{:?}", stage.poll().await).contains("guest-1"));
}

#[tokio::test]
async fn full_pages_are_followed_but_not_for_ever() {
    let page =
        |from: i64| entries(&(from..from + 50).map(|n| text_entry(&format!("m-{n}"), "Agent", n)).collect::<Vec<_>>());
    let stage = opened(json!({})).told([status("ROUTED"), page(0), page(49), entries(&[])]);
    let events = stage.poll().await.unwrap();
    assert_eq!(events.len(), 101, "two pages and what to remember");
    let endless = opened(json!({})).told([status("ROUTED")]).told((0..10).map(|from| page(from * 49)));
    endless.poll().await.unwrap();
    assert_eq!(endless.script.calls().len(), 5);
    let same = || entries(&vec![text_entry("m", "Agent", 1); 50]);
    let stuck = opened(json!({})).told([status("ROUTED"), same(), same(), same()]);
    stuck.poll().await.unwrap();
    assert_eq!(stuck.script.calls().len(), 3, "a page that leads nowhere is the last");
}

#[tokio::test]
async fn a_conversation_that_is_not_there_is_gone_for_a_message_and_refused_for_an_opening() {
    let stage = opened(json!({})).told([status_answer(404)]);
    assert!(matches!(stage.send(&message("hi", &[])).await, Err(CallError::Gone { .. })));
    let refused = fresh(json!({}));
    refused.script.answers_token(granted("g")).answers(status_answer(404));
    let error = refused.open().await.unwrap_err();
    assert_eq!(error, CallError::Refused { reason: EndReason::ProviderRejected, what: "404".to_owned() });
}
