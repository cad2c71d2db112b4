//! Five9: the classic callbacks, whose event stands in their path, and the one webhook of Open Messaging.

use http::Method;
use serde_json::{Value, json};
use transfer_domain::{
    Attachment, Author, Correlation, EndReason, EventKind, IncomingMessage, Order, ProviderEvent, Representative,
    Status,
};
use transfer_providers::{FIVE9, IntegrationSecrets, Receipts, Unauthentic, WebhookRequest};

use crate::support::{
    TRANSFER, adapter, asks_for_secret_in, at, bound, ended_by_representative, ended_by_system, kinds, left, note, now,
    only, path_secrets, queued, queued_at, read_body, request, signing, taking, transfer, who, with,
};

const NEWEST: &str = "path-secret-for-tests-0000000000000000000001";
const OLDER: &str = "path-secret-for-tests-0000000000000000000002";
const OLDEST: &str = "path-secret-for-tests-0000000000000000000003";

/// HMAC-SHA256 of the transfer's id under each of them, computed by another program.
const OF_NEWEST: &str = "JXlI2OTImvvdcpyfG17J2C0AX8jqDMmmy2HoZmAakak";
const OF_OLDER: &str = "te7JOrbaGXyUU4wHD_MZ-NIEoA1W_6sa7B7TNpHHRzY";
const OF_OLDEST: &str = "QlnXh__mVaMgIs4-9hSlMJi0oo_iOPbGZzG6Qr3zofk";

fn settings(extra: &Value) -> Value {
    with(json!({ "tenantName": "Acme Inc", "campaignName": "AI Handoff" }), extra)
}

fn chats(extra: &Value) -> Value {
    with(settings(&json!({ "flavor": "open_messaging", "region": "us" })), extra)
}

fn callback(event: &str, body: &Value) -> WebhookRequest {
    request(&[TRANSFER, "conversations", "8f1c", event], &[], body.to_string())
}

fn read_with(extra: &Value, event: &str, body: &Value) -> Vec<ProviderEvent> {
    bound(FIVE9, &settings(extra)).parse_webhook(&callback(event, body), now()).unwrap()
}

fn read(event: &str, body: &Value) -> Vec<EventKind> {
    kinds(read_with(&json!({}), event, body))
}

fn read_chat_with(extra: &Value, body: &Value) -> Vec<ProviderEvent> {
    read_body(FIVE9, &chats(extra), body.to_string())
}

fn chat(event: &str, payload: &Value) -> Vec<ProviderEvent> {
    read_chat_with(&json!({}), &json!({ "chatId": "c-1", "eventType": event, "payload": payload }))
}

fn joined(name: Option<&str>) -> EventKind {
    EventKind::RepresentativeJoined(named(name))
}

fn named(name: Option<&str>) -> Representative {
    who(None, name)
}

fn only_message(events: &[ProviderEvent]) -> &IncomingMessage {
    let [ProviderEvent { kind: EventKind::Message(message), .. }] = events else { panic!("{events:?}") };
    message
}

#[test]
fn each_row_of_the_status_map_is_its_event() {
    let agent = json!({ "correlationId": "8f1c", "displayName": "Agent One", "eventSerialNumber": 2 });
    assert_eq!(read("create", &json!({ "correlationId": "8f1c", "eventSerialNumber": 1 })), [queued(None)]);
    assert_eq!(read("accept", &agent), [joined(Some("Agent One"))]);
    assert_eq!(read("typing", &agent), [EventKind::Typing { on: true }]);
    let terminated = json!({ "correlationId": "8f1c", "eventSerialNumber": 9 });
    assert_eq!(read("terminate", &terminated), [ended_by_representative()]);
    assert_eq!(read("whisper", &agent), []);
    let accepted = json!({ "displayName": "Agent One", "userId": "u", "from": "p-1" });
    let failure = json!({ "errorCode": 42, "errorMessage": "user@example.com is bad" });
    let failed = vec![note("provider_error", Some("42")), ended_by_system(EndReason::ProviderError)];
    for (event, payload, expected) in [
        ("CREATE", json!({ "externalId": TRANSFER, "correlationId": "x" }), vec![queued(None)]),
        ("ACCEPT", accepted, vec![joined(Some("Agent One"))]),
        ("TYPING", json!({ "displayName": "Agent One" }), vec![EventKind::Typing { on: true }]),
        ("TRANSFER_TO_GROUP", json!({ "skillGroup": "Billing" }), vec![queued_at(Some("Billing"), None, None)]),
        ("TRANSFER_TO_AGENT", json!({ "displayName": "Agent Two" }), vec![joined(Some("Agent Two"))]),
        ("TERMINATE", json!({}), vec![ended_by_representative()]),
        ("ERROR", failure, failed),
        ("ADD_PARTICIPANT", json!({}), vec![note("provider_note", Some("ADD_PARTICIPANT"))]),
        ("REMOVE_PARTICIPANT", json!({}), vec![note("provider_note", Some("REMOVE_PARTICIPANT"))]),
        ("UNHEARD_OF", json!({}), vec![]),
    ] {
        assert_eq!(kinds(chat(event, &payload)), expected, "{event}");
    }
}

#[test]
fn a_message_proves_the_representative() {
    let body = json!({ "correlationId": "8f1c", "displayName": "Agent One", "text": "Hi, how can I help?",
                       "messageSerialNumber": 1, "eventSerialNumber": 4, "timestamp": 1_768_212_007_000_i64 });
    let events = read_with(&json!({}), "message", &body);
    let message = only_message(&events);
    assert_eq!((message.author, message.text.as_str()), (Author::Representative, "Hi, how can I help?"));
    assert_eq!(message.proves_active, Some(named(Some("Agent One"))));
    assert_eq!(events[0].order, Order::Provider { at: at("2026-01-12T10:00:07Z"), sequence: 4 });
    assert_eq!(events[0].source_id.as_ref(), Some(&message.message_id));
    let unnamed = json!({ "text": "Hi", "agentData": { "displayName": "Agent Two" } });
    assert_eq!(only_message(&read_with(&json!({}), "message", &unnamed)).proves_active, Some(named(Some("Agent Two"))));
    let by_chat = chat("MESSAGE", &json!({ "displayName": "Agent One", "text": "Hi", "from": "p-1" }));
    assert_eq!(only_message(&by_chat).proves_active, Some(named(Some("Agent One"))));
    assert_eq!(read("message", &json!({ "text": "" })), []);
}

#[test]
fn names_in_messages_change_the_representative_only_if_told_to() {
    let body = json!({ "displayName": "Agent Two", "text": "Hi" });
    let events = read_with(&json!({ "agentChangeByName": false }), "message", &body);
    assert_eq!(only_message(&events).proves_active, Some(named(None)));
    assert_eq!(kinds(read_with(&json!({ "agentChangeByName": false }), "accept", &body)), [joined(Some("Agent Two"))]);
}

#[test]
fn a_file_is_an_attachment_and_an_odd_address_stays_text() {
    let file = |url: &str| json!({ "text": url, "fileData": { "category": "IMAGE" }, "eventSerialNumber": 5 });
    let events = read_with(&json!({}), "file", &file("https://files.example/a.png"));
    let image = Some("image/*".to_owned());
    let expected = Attachment { url: "https://files.example/a.png".to_owned(), name: None, content_type: image };
    assert_eq!(only_message(&events).text, "https://files.example/a.png");
    assert_eq!(only_message(&events).attachments, [expected]);
    let odd = read_with(&json!({}), "file", &file("javascript:alert(1)"));
    assert_eq!(only_message(&odd).text, "javascript:alert(1)");
    assert!(only_message(&odd).attachments.is_empty());
    let link = read_with(&json!({}), "message", &json!({ "text": "https://files.example/a.png" }));
    assert_eq!(only_message(&link).text, "https://files.example/a.png");
}

#[test]
fn events_stand_at_their_time_or_number_and_an_opening_without_either_at_the_transfers_own() {
    let order = |event: &str, body: Value| read_with(&json!({}), event, &body)[0].order;
    let iso = json!({ "eventSerialNumber": 2, "timestamp": "2026-01-12T10:00:05Z" });
    assert_eq!(order("accept", iso), Order::Provider { at: at("2026-01-12T10:00:05Z"), sequence: 2 });
    assert_eq!(order("accept", json!({ "timestamp": "1768212005000" })), Order::Provider { at: now(), sequence: 0 });
    assert_eq!(
        order("accept", json!({ "timestamp": "2026-01-12T11:00:05+0100" })),
        order("accept", json!({ "timestamp": "1768212005000" }))
    );
    for number in [json!(2), json!("2")] {
        assert_eq!(order("accept", json!({ "eventSerialNumber": number })), Order::Numbered { sequence: 2 });
    }
    assert_eq!(order("create", json!({ "eventSerialNumber": 1 })), Order::Numbered { sequence: 1 });
    let created = Order::Provider { at: at("2026-01-12T10:00:00Z"), sequence: 0 };
    assert_eq!(order("create", json!({})), created);
    assert_eq!(order("accept", json!({ "eventSerialNumber": "", "timestamp": null })), Order::Arrival);
}

#[test]
fn a_repetition_has_the_same_identity_with_and_without_a_serial_number() {
    let id = |event: &str, body: &Value| read_with(&json!({}), event, body)[0].source_id.clone().unwrap();
    let numbered = json!({ "eventSerialNumber": 4, "text": "Hi" });
    let rewritten = json!({ "eventSerialNumber": "4", "text": "Hi", "later": true });
    assert_eq!(id("message", &numbered), id("message", &rewritten));
    assert_ne!(id("message", &numbered), id("message", &json!({ "eventSerialNumber": 5, "text": "Hi" })));
    let bare = json!({ "text": "Hi" });
    assert_eq!(id("message", &bare), id("message", &bare));
    assert_ne!(id("message", &bare), id("accept", &bare));
    assert_ne!(id("message", &bare), id("message", &json!({ "text": "Ho" })));
    let failed = chat("ERROR", &json!({ "eventSerialNumber": 7 }));
    assert_ne!(failed[0].source_id, failed[1].source_id);
    let of_other = json!({ "chatId": "c-2", "eventType": "ERROR", "payload": { "eventSerialNumber": 7 } });
    assert_ne!(failed[0].source_id, read_chat_with(&json!({}), &of_other)[0].source_id);
}

#[test]
fn the_same_words_twice_are_two_messages_unless_something_says_that_they_are_one() {
    let id = |event: &str, body: &Value, second: i64| {
        let at = now() + chrono::TimeDelta::seconds(second);
        let events = bound(FIVE9, &settings(&json!({}))).parse_webhook(&callback(event, body), at).unwrap();
        events[0].source_id.clone().unwrap()
    };
    assert_ne!(id("message", &json!({ "text": "ok" }), 0), id("message", &json!({ "text": "ok" }), 9));
    for told in ["eventSerialNumber", "messageSerialNumber", "timestamp"] {
        let body = json!({ "text": "ok", told: 1_768_212_005_000_i64 });
        assert_eq!(id("message", &body, 0), id("message", &body, 9), "{told}");
    }
    assert_eq!(id("accept", &json!({}), 0), id("accept", &json!({}), 9), "nobody comes twice");
}

#[test]
fn half_a_text_and_blanks_cost_nothing_beside_them() {
    let read = |event: &str, body: &str| {
        let request = request(&[TRANSFER, "conversations", "8f1c", event], &[], body);
        bound(FIVE9, &settings(&json!({}))).parse_webhook(&request, now()).unwrap()
    };
    let half = read(
        "message",
        r#"{"text":"Bye \ud83d","displayName":" ","agentData":{"displayName":"Agent One"},"eventSerialNumber":"7"}"#,
    );
    assert_eq!(only_message(&half).text, "Bye \u{fffd}");
    assert_eq!(only_message(&half).proves_active, Some(named(Some("Agent One"))));
    assert_eq!(kinds(read("accept", r#"{"displayName":"","eventSerialNumber":null,"fileData":null}"#)), [joined(None)]);
}

#[test]
fn a_conversations_id_is_remembered_but_never_shown() {
    let events = read_with(&json!({}), "message", &json!({ "correlationId": "8f1c", "text": "Hi" }));
    let event = &events[0];
    assert_eq!(event.correlation.transfer_id, Some(transfer()));
    assert_eq!(event.correlation.provider_session_id, None);
    assert_eq!(Value::Object(event.provider_state.clone()), json!({ "conversationId": "8f1c" }));
    assert!(event.provider_data.is_empty());
    assert!(!event.source_id.as_ref().unwrap().as_str().contains("8f1c"));
}

#[test]
fn a_chat_is_found_by_our_id_where_it_is_echoed_and_by_its_own() {
    let created = chat("CREATE", &json!({ "externalId": TRANSFER }));
    assert_eq!(created[0].correlation.transfer_id, Some(transfer()));
    let accepted = chat("ACCEPT", &json!({ "externalId": "foreign", "from": "p-1" }));
    assert_eq!(accepted[0].correlation.transfer_id, None);
    assert_eq!(accepted[0].correlation.provider_session_id.as_ref().unwrap().as_str(), "c-1");
    assert_eq!(Value::Object(accepted[0].provider_data.clone()), json!({ "chatId": "c-1" }));
    assert_eq!(Value::Object(accepted[0].provider_state.clone()), json!({ "participantId": "p-1" }));
    assert_eq!(read_chat_with(&json!({}), &json!({ "chatId": "c-1" })), []);
    for body in [json!({ "eventType": "ACCEPT" }), json!({ "chatId": "", "eventType": "ACCEPT" })] {
        let event = only(read_chat_with(&json!({}), &body));
        assert_eq!(event.correlation, Correlation::default(), "for nobody: {body}");
    }
}

#[test]
fn events_mean_what_the_setting_says() {
    for (meaning, expected) in [
        ("accepted", EventKind::Accepted),
        ("queued", queued(None)),
        ("agent_joined", joined(None)),
        ("typing", EventKind::Typing { on: true }),
        ("agent_left", left(None, false)),
        ("closed", ended_by_representative()),
        ("annotation", note("provider_note", Some("terminate"))),
    ] {
        let extra = json!({ "eventMap": { "terminate": meaning } });
        assert_eq!(kinds(read_with(&extra, "terminate", &json!({}))), [expected], "{meaning}");
    }
    let extra = json!({ "eventMap": { "whisper": "provider_message", "say": "agent_message", "boom": "failed" } });
    let said = |event: &str| read_with(&extra, event, &json!({ "text": "Hi" }));
    assert_eq!(only_message(&said("whisper")).author, Author::Provider);
    assert_eq!(only_message(&said("whisper")).proves_active, None);
    assert_eq!(only_message(&said("say")).author, Author::Representative);
    assert_eq!(said("boom").len(), 2);
}

#[test]
fn fields_are_read_under_the_names_of_the_setting() {
    let extra = json!({ "fieldAliases": { "text": "content.body", "displayName": "who", "eventSerialNumber": "n" } });
    let body = json!({ "content": { "body": "Hi" }, "who": "Agent One", "n": 3, "timestamp": 1_768_212_005_000_i64 });
    let events = read_with(&extra, "message", &body);
    assert_eq!(only_message(&events).text, "Hi");
    assert_eq!(only_message(&events).proves_active, Some(named(Some("Agent One"))));
    assert_eq!(events[0].order, Order::Provider { at: now(), sequence: 3 });
}

#[test]
fn a_message_bears_the_number_by_which_it_is_acknowledged_only_if_told_to() {
    let body = json!({ "text": "Hi", "messageSerialNumber": 1 });
    let id = |extra: &Value| only_message(&read_with(extra, "message", &body)).message_id.to_string();
    assert!(!id(&json!({})).contains(':'));
    assert_eq!(id(&json!({ "sendAcks": true })), format!("{}:1", id(&json!({}))));
}

#[test]
fn receipts_and_files_are_taken_where_the_settings_switch_them_on() {
    let can = |extra: &Value| {
        let can = bound(FIVE9, &settings(extra)).capabilities();
        (can.receipts, can.attachments)
    };
    assert_eq!(can(&json!({})), (Receipts::None, 0));
    assert_eq!(can(&json!({ "sendAcks": true, "attachments": "upload" })), (Receipts::Delivered, 10));
}

#[test]
fn put_is_as_good_as_post_and_get_only_looks() {
    let parsed = |method: Method, body: &str| {
        let request =
            WebhookRequest { method, ..request(&[TRANSFER, "conversations", "8f1c", "terminate"], &[], body) };
        bound(FIVE9, &settings(&json!({}))).parse_webhook(&request, now())
    };
    for method in [Method::POST, Method::PUT] {
        assert_eq!(kinds(parsed(method.clone(), "{}").unwrap()), [ended_by_representative()], "{method}");
    }
    assert_eq!(parsed(Method::GET, ""), Ok(vec![]));
    assert_eq!(kinds(parsed(Method::POST, "").unwrap()), [ended_by_representative()], "the path says it all");
    assert!(parsed(Method::POST, "[]").is_err());
    assert!(parsed(Method::POST, "{").is_err());
}

#[test]
fn a_path_without_conversation_and_event_says_nothing() {
    let foreign = ["not-a-transfer", "conversations", "8f1c", "terminate"];
    for rest in [&[][..], &[TRANSFER], &[TRANSFER, "terminate"], &foreign] {
        let parsed = bound(FIVE9, &settings(&json!({}))).parse_webhook(&request(rest, &[], "{}"), now());
        assert_eq!(parsed, Ok(vec![]), "{rest:?}");
    }
}

#[test]
fn a_classic_path_has_the_secret_of_its_transfer_under_any_live_path_secret() {
    let secrets = path_secrets(&[NEWEST, OLDER, OLDEST]);
    let verify = |secret: &str, rest: &[&str]| {
        bound(FIVE9, &settings(&json!({}))).verify_path(&secrets, secret, &request(rest, &[], "{}"))
    };
    let path = &[TRANSFER, "conversations", "8f1c", "accept"][..];
    assert_eq!(verify(OF_NEWEST, path), Ok(()));
    assert_eq!(verify(OF_OLDER, path), Ok(()));
    let other = ["019bb1a5-ed00-7abc-8def-0123456789ac", "conversations", "8f1c", "accept"];
    let upper = TRANSFER.to_uppercase();
    for (secret, rest) in [
        (OF_OLDEST, path),
        (NEWEST, path),
        ("", path),
        (&OF_NEWEST[1..], path),
        (&format!("{OF_NEWEST}="), path),
        (OF_NEWEST, &other[..]),
        (OF_NEWEST, &[upper.as_str(), "conversations", "8f1c", "accept"][..]),
        (OF_NEWEST, &[][..]),
    ] {
        assert_eq!(verify(secret, rest), Err(Unauthentic), "{secret} {rest:?}");
    }
    let (bound, callback) = (bound(FIVE9, &settings(&json!({}))), callback("accept", &json!({})));
    assert_eq!(bound.verify_path(&IntegrationSecrets::default(), OF_NEWEST, &callback), Err(Unauthentic));
}

#[test]
fn open_messaging_has_one_path_secret_for_all_chats() {
    let secrets = path_secrets(&[NEWEST, OLDER]);
    let verify =
        |secret: &str| bound(FIVE9, &chats(&json!({}))).verify_path(&secrets, secret, &request(&[], &[], "{}"));
    assert_eq!((verify(NEWEST), verify(OLDER)), (Ok(()), Ok(())));
    for secret in [OLDEST, "", OF_NEWEST] {
        assert_eq!(verify(secret), Err(Unauthentic), "{secret}");
    }
}

#[test]
fn path_and_body_must_name_the_same_conversation() {
    let check = |extra: &Value, body: &Value| {
        bound(FIVE9, &settings(extra)).authenticate(&IntegrationSecrets::default(), &callback("accept", body))
    };
    assert_eq!(check(&json!({}), &json!({ "correlationId": "8f1c" })), Ok(()));
    assert_eq!(check(&json!({}), &json!({})), Ok(()));
    assert_eq!(check(&json!({}), &json!({ "correlationId": "other" })), Err(Unauthentic));
    let aliased = json!({ "fieldAliases": { "correlationId": "conversation.id" } });
    assert_eq!(check(&aliased, &json!({ "correlationId": "other", "conversation": { "id": "8f1c" } })), Ok(()));
}

#[test]
fn a_header_and_the_senders_address_are_checked_as_configured() {
    const SECRET: &str = "header-secret-0000001";
    let check = |extra: &Value, headers: &[(&str, &str)]| {
        let request = request(&[TRANSFER, "conversations", "8f1c", "accept"], headers, "{}");
        bound(FIVE9, &settings(extra)).authenticate(&signing(&[SECRET]), &request)
    };
    let header = json!({ "webhookAuth": "header_secret" });
    asks_for_secret_in("x-handoff-secret", SECRET, |headers| check(&header, headers));
    let renamed = json!({ "webhookAuth": "header_secret", "webhookHeaderName": "X-Other" });
    assert_eq!(check(&renamed, &[("x-other", SECRET)]), Ok(()));
    let listed = json!({ "ipAllowList": ["198.51.100.0/24", "2001:db8::1"] });
    for from in ["198.51.100.9", "10.0.0.1, 198.51.100.9", "2001:db8::1", "::ffff:198.51.100.9"] {
        assert_eq!(check(&listed, &[("x-forwarded-for", from)]), Ok(()), "{from}");
    }
    for headers in [
        &[][..],
        &[("x-forwarded-for", "203.0.113.9")],
        &[("x-forwarded-for", "198.51.100.9, 203.0.113.9")],
        &[("x-forwarded-for", "198.51.100.9"), ("x-forwarded-for", "203.0.113.9")],
        &[("x-forwarded-for", "localhost")],
    ] {
        assert_eq!(check(&listed, headers), Err(Unauthentic), "{headers:?}");
    }
    assert!(!adapter(FIVE9).signs_webhooks());
}

#[test]
fn messages_are_taken_until_the_end() {
    assert_eq!(taking(FIVE9), [Status::Pending, Status::Queued, Status::Active, Status::PostAgent]);
    let can = adapter(FIVE9).capabilities();
    assert!(!can.resends_safely && can.message_promotes && !can.native_post_agent);
}
