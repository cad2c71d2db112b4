//! Genesys: the webhook, the event bus, the data action.

use serde_json::{Map, Value, json};
use transfer_domain::{Author, Correlation, EndReason, EventKind, Order, ProviderEvent, Status, WrapUp};
use transfer_providers::{GENESYS, IntegrationSecrets, Unauthentic, WebhookRequest};

use crate::support::{
    TRANSFER, at, bound, ended_by_contact, ended_by_representative, ended_by_system, joined, kinds, left, message,
    note, now, only, queued, read_body, request, signing, taking, transfer, who, with,
};

const CONVERSATION: &str = "0b1f8c1e-6a0a-4a0b-9d3e-2c7f4a5b6c7d";
const SOURCE: &str = "aws.partner/genesys.com/cloud/32aa07aa/handoff-prod";
const SECRET: &str = "genesys-test-secret-0001";
const SIGNED_BODY: &str = r#"{"id":"m-1","type":"Text","text":"hi","direction":"Outbound"}"#;
const SIGNATURE: &str = "sha256=K080IWkR9IEc4iGmarSjdfCyUr/rKsLYjQAxbsWoD/4=";

fn settings(extra: &Value) -> Value {
    with(json!({ "env": "usw2.pure.cloud", "integrationId": "int-1", "partnerSource": SOURCE }), extra)
}

fn webhook(body: &Value) -> Vec<ProviderEvent> {
    read_body(GENESYS, &settings(&json!({})), body.to_string())
}

fn envelope(topic: &str, body: &Value) -> Value {
    let event_body = with(
        json!({
            "eventTime": 1_768_212_003_000_i64, "conversationId": CONVERSATION, "participantId": "part-1",
            "sessionId": "sess-1", "mediaType": "MESSAGE", "messageType": "OPEN", "addressTo": TRANSFER,
        }),
        body,
    );
    json!({
        "version": "0", "id": "58fb5dac-f077-4eec-a25f-c638dbdd4368", "source": SOURCE, "account": "123456789012",
        "detail-type": format!("v2.detail.events.conversation.{{id}}.{topic}"), "time": "2026-01-12T10:00:03Z",
        "detail": { "topicName": format!("v2.detail.events.conversation.{CONVERSATION}.{topic}"), "version": "2",
                    "eventBody": event_body },
    })
}

fn bus_with(extra: &Value, topic: &str, body: &Value) -> Vec<ProviderEvent> {
    bound(GENESYS, &settings(extra)).parse_bus_event(&envelope(topic, body), now()).unwrap()
}

fn bus(topic: &str, body: &Value) -> Vec<EventKind> {
    kinds(bus_with(&json!({}), topic, body))
}

fn wrapped_up(note: Option<&str>) -> EventKind {
    EventKind::WrapUp(WrapUp { code: Some("c-1".to_owned()), note: note.map(str::to_owned), promised: None })
}

fn user_left(transferred: bool) -> EventKind {
    left(Some(who(Some("u-1"), None)), transferred)
}

fn user_joined() -> EventKind {
    joined(Some("u-1"), None)
}

/// The end of a user's session, with how long it interacted where that is told.
fn user_end(disconnect: &str, interacted_ms: Option<u64>) -> Value {
    let interacted = interacted_ms.map_or_else(|| json!({}), |ms| json!({ "interactingDurationMs": ms }));
    with(json!({ "userId": "u-1", "disconnectType": disconnect }), &interacted)
}

fn answered() -> Value {
    json!({ "acdOutcome": "ANSWERED", "answeredUserId": "u-1" })
}

fn disconnected(how: &str) -> Value {
    json!({ "disconnectType": how })
}

fn authenticate(secrets: &IntegrationSecrets, request: &WebhookRequest) -> Result<(), Unauthentic> {
    authenticate_with(&json!({}), secrets, request)
}

fn authenticate_with(extra: &Value, secrets: &IntegrationSecrets, request: &WebhookRequest) -> Result<(), Unauthentic> {
    bound(GENESYS, &settings(extra)).authenticate(secrets, request)
}

fn signed(header: &str) -> WebhookRequest {
    request(&[], &[("x-hub-signature-256", header)], SIGNED_BODY)
}

#[test]
fn the_documented_signature_passes_under_either_live_secret() {
    assert_eq!(authenticate(&signing(&[SECRET]), &signed(SIGNATURE)), Ok(()));
    assert_eq!(authenticate(&signing(&["another-secret-00001", SECRET]), &signed(SIGNATURE)), Ok(()));
}

#[test]
fn forged_signatures_are_refused() {
    let tag = SIGNATURE.strip_prefix("sha256=").unwrap();
    for header in [
        "",
        "sha256=",
        tag,
        &format!("sha1={tag}"),
        &format!("SHA256={tag}"),
        &format!("sha256= {tag}"),
        &format!("sha256={}", tag.trim_end_matches('=')),
        &format!("sha256={tag}="),
        &format!("{SIGNATURE},{SIGNATURE}"),
        "sha256=2b4f34216911f4811ce221a66ab4a375f0b252bfeb2ac2d88d00316ec5a80ffe",
        "sha256=L080IWkR9IEc4iGmarSjdfCyUr/rKsLYjQAxbsWoD/4=",
        "sha256=AAAA",
    ] {
        assert_eq!(authenticate(&signing(&[SECRET]), &signed(header)), Err(Unauthentic), "{header}");
    }
    let changed = request(&[], &[("x-hub-signature-256", SIGNATURE)], SIGNED_BODY.replace("hi", "ho"));
    assert_eq!(authenticate(&signing(&[SECRET]), &changed), Err(Unauthentic));
    let twice = request(&[], &[("x-hub-signature-256", SIGNATURE), ("x-hub-signature-256", SIGNATURE)], SIGNED_BODY);
    assert_eq!(authenticate(&signing(&[SECRET]), &twice), Err(Unauthentic));
    assert_eq!(authenticate(&signing(&[SECRET]), &request(&[], &[], SIGNED_BODY)), Err(Unauthentic));
    assert_eq!(authenticate(&signing(&["genesys-test-secret-0002"]), &signed(SIGNATURE)), Err(Unauthentic));
    assert_eq!(authenticate(&signing(&[]), &signed(SIGNATURE)), Err(Unauthentic));
}

#[test]
fn a_configured_static_header_is_asked_for_as_well() {
    let mut secrets = signing(&[SECRET]);
    secrets.credentials.insert("staticHeaderValue".to_owned(), "static-value-000001".into());
    let extra = || json!({ "staticHeaderName": "X-Tenant" });
    let both = |value| request(&[], &[("x-hub-signature-256", SIGNATURE), ("x-tenant", value)], SIGNED_BODY);
    assert_eq!(authenticate_with(&extra(), &secrets, &both("static-value-000001")), Ok(()));
    assert_eq!(authenticate_with(&extra(), &secrets, &both("static-value-000002")), Err(Unauthentic));
    assert_eq!(authenticate_with(&extra(), &secrets, &signed(SIGNATURE)), Err(Unauthentic));
}

#[test]
fn the_lifecycle_route_takes_its_bearer_and_no_signature() {
    let mut secrets = signing(&[SECRET]);
    let with_bearer = |value| request(&["lifecycle"], &[("authorization", value)], "{}");
    assert_eq!(authenticate(&secrets, &with_bearer("Bearer ")), Err(Unauthentic));
    secrets.credentials.insert("dataActionBearer".to_owned(), "bearer-of-the-action".into());
    assert_eq!(authenticate(&secrets, &with_bearer("Bearer bearer-of-the-action")), Ok(()));
    for value in ["Bearer other", "Bearer ", "bearer-of-the-action", "Basic bearer-of-the-action"] {
        assert_eq!(authenticate(&secrets, &with_bearer(value)), Err(Unauthentic), "{value}");
    }
    let signed_only = request(&["lifecycle"], &[("x-hub-signature-256", SIGNATURE)], SIGNED_BODY);
    assert_eq!(authenticate(&secrets, &signed_only), Err(Unauthentic));
}

#[test]
fn a_text_is_a_message_that_proves_no_human() {
    let event = only(webhook(&json!({
        "id": "5c1b", "type": "Text", "text": "Hello, how can I help?", "content": [], "direction": "Outbound",
        "conversationId": CONVERSATION, "unheardOf": { "x": 1 },
        "channel": { "id": "int-1", "platform": "Open", "type": "Private", "messageId": "5c1b", "to": { "id": TRANSFER },
            "from": { "nickname": "Support", "id": "int-1", "idType": "Opaque" }, "time": "2026-01-12T10:05:01.276Z" },
    })));
    assert_eq!(event.correlation.transfer_id, Some(transfer()));
    assert_eq!(event.correlation.provider_session_id.as_ref().unwrap().as_str(), CONVERSATION);
    assert_eq!(event.order, Order::Provider { at: at("2026-01-12T10:05:01.276Z"), sequence: 0 });
    assert_eq!(event.source_id.as_ref().unwrap().as_str(), "int-1:Text:5c1b");
    assert_eq!(event.provider_data, Map::new(), "a message repeats nothing that is known");
    let message = message(&event);
    assert_eq!((message.message_id.as_str(), message.text.as_str()), ("5c1b", "Hello, how can I help?"));
    assert_eq!((message.author, &message.proves_active), (Author::Representative, &None));
}

#[test]
fn what_a_bot_flow_alone_sends_is_not_the_representatives() {
    let events = webhook(
        &json!({ "id": "s-1", "type": "Structured", "text": "Pick one", "channel": { "to": { "id": TRANSFER } } }),
    );
    let message = message(&events[0]);
    assert_eq!(message.author, Author::Provider);
    assert_eq!(events[0].order, Order::Arrival);
}

#[test]
fn attachments_typing_and_receipts_are_read() {
    let channel = json!({ "to": { "id": TRANSFER }, "time": "2026-01-12T10:05:01Z" });
    let file = json!({ "id": "a-1", "mediaType": "Image", "url": "https://files.example/a.png", "mime": "image/png", "filename": "a.png" });
    let events = webhook(&json!({
        "id": "m-2", "type": "Text", "channel": channel,
        "content": [{ "contentType": "Attachment", "attachment": file }, { "contentType": "Button" },
                    { "contentType": "Attachment", "attachment": { "url": "javascript:alert(1)" } }],
    }));
    let message = message(&events[0]);
    let [attachment] = &message.attachments[..] else { panic!("{message:?}") };
    assert_eq!(attachment.content_type.as_deref(), Some("image/png"));
    let typing = |kind: &str| json!({ "type": "Event", "channel": channel, "events": [{ "eventType": "Typing", "typing": { "type": kind } }] });
    assert_eq!(kinds(webhook(&typing("On"))), [EventKind::Typing { on: true }]);
    assert_eq!(kinds(webhook(&typing("Off"))), [EventKind::Typing { on: false }]);
    assert_eq!(webhook(&typing("On"))[0].source_id, None);
    for direction in ["Outbound", "Inbound"] {
        let receipt = json!({ "id": "p-1", "type": "Receipt", "status": "Delivered", "direction": direction, "channel": channel });
        assert_eq!(kinds(webhook(&receipt)), [note("receipt", Some("Delivered"))]);
    }
    let failed = json!({ "id": "p-1", "type": "Receipt", "status": "Failed", "reasons": [{ "code": "RateLimited" }], "channel": channel });
    assert_eq!(kinds(webhook(&failed)), [note("delivery_failed", Some("Failed RateLimited"))]);
    let delivered = json!({ "id": "p-1", "type": "Receipt", "status": "Delivered", "channel": channel });
    assert_ne!(webhook(&failed)[0].source_id, webhook(&delivered)[0].source_id);
}

#[test]
fn content_that_cannot_be_shown_is_noted() {
    for (content, expected) in [
        (json!([{ "contentType": "Location", "location": {} }]), "something that cannot be shown: Location"),
        (json!([{ "contentType": "Hologram" }]), "something that cannot be shown: Hologram"),
        (
            json!([{ "contentType": "Attachment", "attachment": { "url": "javascript:alert(1)" } }]),
            "a file that cannot be fetched",
        ),
    ] {
        let body = json!({ "id": "m-3", "type": "Text", "content": content, "channel": { "to": { "id": TRANSFER } } });
        let event = only(webhook(&body));
        let message = message(&event);
        assert_eq!(message.text, format!("[{expected}]"));
        assert_eq!(message.not_shown(), Some(format!("not shown: {expected}")));
    }
}

#[test]
fn what_names_no_session_is_read_for_nobody() {
    for body in [
        json!({ "type": "Text", "id": "1", "text": "no session" }),
        json!({ "type": "Text", "id": "1", "text": "no session", "channel": { "to": { "id": "someone" } } }),
    ] {
        assert_eq!(only(webhook(&body)).correlation, Correlation::default(), "{body}");
    }
}

#[test]
fn what_is_unknown_is_no_event() {
    let channel = json!({ "to": { "id": TRANSFER } });
    for body in [
        json!({}),
        json!({ "type": "Carousel", "channel": channel }),
        json!({ "type": "Text", "text": "", "channel": channel }),
        json!({ "type": "Text", "text": 5, "channel": channel }),
        json!({ "type": "Text", "text": "echo", "direction": "Inbound", "channel": channel }),
        json!({ "type": "Event", "events": [{ "eventType": "Presence" }], "channel": channel }),
    ] {
        assert_eq!(webhook(&body), [], "{body}");
    }
}

#[test]
fn a_repetition_has_the_same_identity_and_another_message_another() {
    let body = |text: &str| json!({ "type": "Text", "text": text, "channel": { "to": { "id": TRANSFER } } });
    assert_eq!(webhook(&body("a"))[0].source_id, webhook(&body("a"))[0].source_id);
    assert_ne!(webhook(&body("a"))[0].source_id, webhook(&body("b"))[0].source_id);
}

#[test]
fn each_row_of_the_status_map_is_its_event() {
    for (topic, body, expected) in [
        ("customer.start", json!({}), EventKind::Accepted),
        ("flow.start", json!({}), EventKind::Accepted),
        ("flow.end", json!({ "exitReason": "TRANSFER" }), note("flow_ended", Some("TRANSFER"))),
        ("acd.start", json!({ "queueId": "q-1" }), queued(None)),
        ("acd.end", answered(), user_joined()),
        ("acd.end", json!({ "acdOutcome": "ABANDON", "disconnectType": "PEER" }), note("abandoned", Some("PEER"))),
        ("acd.end", json!({ "acdOutcome": "FLOW_OUT" }), note("left_queue", Some("FLOW_OUT"))),
        ("acd.end", json!({}), note("left_queue", None)),
        ("user.start", json!({ "userId": "u-1" }), note("alerting", Some("u-1"))),
        ("user.end", user_end("CLIENT", Some(350_000)), user_left(false)),
        ("user.end", user_end("TRANSFER", Some(5)), user_left(true)),
        ("user.end", user_end("CONSULT_TRANSFER", Some(5)), user_left(true)),
        ("user.end", user_end("TAKEOVER", Some(5)), user_left(true)),
        ("user.end", user_end("TRANSFER", None), user_left(true)),
        ("user.end", user_end("CLIENT", Some(0)), note("declined", Some("u-1"))),
        ("user.end", user_end("NO_ANSWER_TRANSFER", Some(0)), note("declined", Some("u-1"))),
        ("user.end", user_end("CLIENT", None), note("declined", Some("u-1"))),
        ("acw", json!({ "wrapupCode": "c-1", "wrapupNotes": "refund issued" }), wrapped_up(Some("refund issued"))),
        ("wrapup", json!({ "wrapupCode": "c-1", "wrapupNotes": " " }), wrapped_up(None)),
        ("customer.end", disconnected("PEER"), ended_by_representative()),
        ("customer.end", disconnected("CLIENT"), ended_by_contact()),
        ("customer.end", disconnected("INACTIVITY"), ended_by_system(EndReason::ProviderDisconnected)),
        ("customer.end", disconnected("ERROR"), ended_by_system(EndReason::ProviderError)),
        ("customer.end", json!({}), ended_by_system(EndReason::ProviderDisconnected)),
    ] {
        assert_eq!(bus(topic, &body), [expected], "{topic} {body}");
    }
    assert_eq!(bus("unheard.of", &json!({})), []);
}

#[test]
fn a_bus_event_is_keyed_by_conversation_topic_and_time() {
    let events = bus_with(&json!({}), "acd.start", &json!({}));
    assert_eq!(events[0].correlation.transfer_id, None);
    assert_eq!(events[0].correlation.provider_session_id.as_ref().unwrap().as_str(), CONVERSATION);
    assert_eq!(events[0].order, Order::Provider { at: at("2026-01-12T10:00:03Z"), sequence: 0 });
    assert_eq!(bus_with(&json!({}), "acd.start", &json!({})), events);
    let later = bus_with(&json!({}), "acd.start", &json!({ "eventTime": 1_768_212_003_001_i64 }));
    assert_ne!(later[0].source_id, events[0].source_id);
}

#[test]
fn other_media_and_other_sources_are_left_alone() {
    assert_eq!(bus("acd.start", &json!({ "mediaType": "VOICE" })), []);
    assert_eq!(bus("acd.start", &json!({ "messageType": "WEBMESSAGING" })), []);
    assert_eq!(bus("acd.start", &json!({ "messageType": null })), []);
    for source in ["data_action", "relay", "poll"] {
        assert_eq!(bus_with(&json!({ "lifecycleSource": source }), "acd.start", &json!({})), [], "{source}");
    }
    let mut foreign = envelope("acd.start", &json!({}));
    foreign["source"] = json!("aws.partner/genesys.com/cloud/other/handoff");
    assert!(bound(GENESYS, &settings(&json!({}))).parse_bus_event(&foreign, now()).is_err());
}

/// The event of a call, as the vendor's models of the topics have it: an address where a message has its user.
fn of_call(topic: &str, extra: &Value) -> Vec<ProviderEvent> {
    let body = with(
        json!({ "mediaType": "VOICE", "messageType": null, "provider": "Edge", "direction": "INBOUND",
                "addressTo": "sip:+49300000000@edge.example", "addressFrom": "tel:+491510000000",
                "ani": "tel:+491510000000", "dnis": "tel:+49300000000" }),
        extra,
    );
    bus_with(&json!({ "callEvents": true }), topic, &body)
}

#[test]
fn lifecycle_events_of_calls_are_taken_where_they_are_asked_for() {
    for (topic, body, expected) in [
        ("acd.start", json!({ "queueId": "q-1" }), queued(None)),
        ("acd.end", answered(), user_joined()),
        ("voicemail.start", json!({}), note("voicemail", None)),
        ("user.end", user_end("PEER", Some(61_000)), user_left(false)),
        ("customer.end", disconnected("ENDPOINT"), ended_by_contact()),
        ("customer.end", disconnected("SYSTEM"), ended_by_system(EndReason::ProviderDisconnected)),
        ("customer.end", disconnected("TRANSPORT_FAILURE"), ended_by_system(EndReason::ProviderError)),
    ] {
        assert_eq!(kinds(of_call(topic, &body)), [expected], "{topic} {body}");
        assert_eq!(bus(topic, &with(body, &json!({ "mediaType": "VOICE" }))), [], "{topic}: not asked for");
    }
    for beginning in ["customer.start", "flow.start", "flow.end"] {
        assert_eq!(of_call(beginning, &json!({})), [], "{beginning} is told of every call of the organisation");
    }
}

#[test]
fn a_call_names_its_transfer_by_an_attribute_once() {
    let attributes = |attributes: Value, at: i64| {
        let body = json!({ "eventTime": at, "attributes": attributes, "mediaType": null, "messageType": null,
                           "communications": [{ "id": "s-1", "mediaType": "VOICE" }] });
        bus_with(&json!({ "callEvents": true }), "attributes", &body)
    };
    let told = attributes(json!({ "transferId": TRANSFER, "language": "de" }), 1_768_212_003_000);
    let named = only(told.clone());
    assert_eq!(named.correlation.transfer_id, Some(transfer()));
    assert_eq!(named.correlation.provider_session_id.as_ref().unwrap().as_str(), CONVERSATION);
    assert_eq!(named.kind, EventKind::Accepted);
    let again = attributes(json!({ "transferId": TRANSFER, "language": "en" }), 1_768_212_009_000);
    assert_eq!(again[0].source_id, told[0].source_id);
    assert_eq!(attributes(json!({ "language": "de" }), 1_768_212_003_000), []);
    let message = json!({ "attributes": { "transferId": TRANSFER } });
    assert_eq!(bus_with(&json!({ "callEvents": true }), "attributes", &message), [], "a message names it itself");
}

#[test]
fn a_data_action_tells_of_calls_by_the_same_rules() {
    let post = |calls: bool, extra: &Value| {
        let body = with(
            json!({ "eventName": "acd.end", "mediaType": "VOICE", "conversationId": CONVERSATION, "userId": "u-1",
                    "acdOutcome": "ANSWERED", "eventTime": 1_768_212_003_000_i64, "transferId": TRANSFER }),
            extra,
        );
        let settings = settings(&json!({ "lifecycleSource": "data_action", "callEvents": calls }));
        bound(GENESYS, &settings).parse_webhook(&request(&["lifecycle"], &[], body.to_string()), now()).unwrap()
    };
    let answered = only(post(true, &json!({})));
    assert_eq!(answered.kind, user_joined());
    assert_eq!(answered.correlation.transfer_id, Some(transfer()));
    assert_eq!(post(false, &json!({})), []);
    assert_eq!(post(true, &json!({ "mediaType": "CALLBACK" })), []);
}

#[test]
fn alternatives_of_the_settings_change_the_reading() {
    let promoting = || json!({ "promoteOnUserStart": true });
    let alert = json!({ "userId": "u-1" });
    assert_eq!(kinds(bus_with(&promoting(), "user.start", &alert)), [user_joined()]);
    assert_eq!(kinds(bus_with(&promoting(), "user.end", &alert)), [user_left(true)]);
    let by_to = bus_with(&json!({ "lifecycleUserIdField": "addressTo" }), "acd.start", &json!({}));
    assert_eq!(by_to[0].correlation.transfer_id, Some(transfer()));
    let by_from =
        bus_with(&json!({ "lifecycleUserIdField": "addressFrom" }), "acd.start", &json!({ "addressFrom": TRANSFER }));
    assert_eq!(by_from[0].correlation.transfer_id, Some(transfer()));
}

#[test]
fn the_data_action_is_read_by_the_same_rules() {
    let post = |source: &str, body: &Value| {
        let request = request(&["lifecycle"], &[], body.to_string());
        bound(GENESYS, &settings(&json!({ "lifecycleSource": source, "lifecycleUserIdField": "addressTo" })))
            .parse_webhook(&request, now())
            .unwrap()
    };
    let body = json!({ "eventName": "acd.end", "conversationId": CONVERSATION, "userId": "u-1", "queueId": "q", "to": TRANSFER,
                       "disconnectType": "", "acdOutcome": "ANSWERED", "eventTime": "1768212003000" });
    let events = post("data_action", &body);
    assert_eq!(events[0].kind, user_joined());
    assert_eq!(events[0].correlation.transfer_id, Some(transfer()));
    assert_eq!(events[0].order, Order::Provider { at: at("2026-01-12T10:00:03Z"), sequence: 0 });
    assert_eq!(post("eventbridge", &body), []);
    let of_call = json!({ "eventName": "acd.end", "mediaType": "VOICE", "conversationId": CONVERSATION });
    assert_eq!(post("data_action", &of_call), []);
}

#[test]
fn messages_are_taken_in_every_live_status() {
    assert_eq!(taking(GENESYS), [Status::Pending, Status::Queued, Status::Active, Status::PostAgent]);
}

#[test]
fn a_final_receipt_that_comes_twice_is_one() {
    let receipt = |extra: &Value| {
        let body = with(
            json!({ "id": "m-1", "type": "Receipt", "status": "Delivered", "isFinalReceipt": true,
            "channel": { "to": { "id": TRANSFER }, "time": "2026-01-12T10:00:03.000Z" } }),
            extra,
        );
        only(webhook(&body))
    };
    let (first, again) = (receipt(&json!({})), receipt(&json!({ "isFinalReceipt": true, "direction": "Outbound" })));
    assert!(first.source_id.is_some());
    assert_eq!((first.source_id, &first.kind), (again.source_id, &note("receipt", Some("Delivered"))));
    assert_eq!(again.kind, note("receipt", Some("Delivered")));
}

#[test]
fn half_a_text_a_number_for_an_id_and_nothing_for_a_list_are_read() {
    let body = format!(
        r#"{{"id":17,"type":"Text","text":"Bye \ud83d","content":null,"conversationId":null,
            "channel":{{"to":{{"id":"{TRANSFER}"}},"time":"2026-01-12T10:00:05+0000"}}}}"#
    );
    let event = only(read_body(GENESYS, &settings(&json!({})), body));
    assert_eq!(event.order, Order::Provider { at: now(), sequence: 0 });
    let message = message(&event);
    assert_eq!((message.message_id.as_str(), message.text.as_str()), ("17", "Bye \u{fffd}"));
    let typing = json!({ "type": "Event", "events": null, "channel": { "to": { "id": TRANSFER } } });
    assert_eq!(webhook(&typing), []);
    let by_number = json!({ "acdOutcome": "ANSWERED", "answeredUserId": 7 });
    assert_eq!(bus("acd.end", &by_number), [joined(Some("7"), None)]);
    let quoted = bus_with(&json!({}), "acd.start", &json!({ "eventTime": "2026-01-12T10:00:05.000+0000" }));
    assert_eq!(quoted[0].order, Order::Provider { at: now(), sequence: 0 });
}

#[test]
fn an_item_of_another_type_costs_the_others_nothing_and_is_told() {
    let body = json!({ "id": "m-1", "type": "Structured", "text": "Choose", "channel": { "to": { "id": TRANSFER } },
        "content": [null, 5, { "contentType": "QuickReply", "quickReply": { "text": "Yes", "payload": "y" } }] });
    let event = only(webhook(&body));
    let message = message(&event);
    assert!(message.text.contains("Choose") && message.text.contains("- Yes"), "{}", message.text);
    assert!(message.not_shown().is_some());
}
