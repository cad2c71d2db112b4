//! SmartAssist: callbacks of the webhook channel, and what an integration takes from the relay.

use serde_json::{Value, json};
use transfer_domain::{
    Author, Correlation, EndReason, EventKind, IncomingMessage, Order, ProviderEvent, SourceId, Status,
};
use transfer_providers::SMARTASSIST;
use transfer_providers::relay::Relayed;

use crate::support::{
    TRANSFER, adapter, asks_for_secret_in, at, bound, ended_by_representative, ended_by_system, integration, joined,
    kinds, left, message, note, only, queued_at, read_body, relayed, request, signing, taking, transfer, who, with,
};

const AT: &str = "2026-01-12T10:00:07.000Z";

fn settings(extra: &Value) -> Value {
    with(json!({ "webhookUrl": "https://platform.kore.ai/chatbot/v2/webhook/st-b3a3" }), extra)
}

fn read_with(extra: &Value, body: &Value) -> Vec<ProviderEvent> {
    read_body(SMARTASSIST, &settings(extra), body.to_string())
}

fn read(body: &Value) -> Vec<ProviderEvent> {
    read_with(&json!({}), body)
}

fn said(val: impl Into<Value>) -> Value {
    json!({ "to": TRANSFER, "data": [{ "type": "text", "val": val.into(), "createdOn": AT }], "_v": "v2" })
}

#[test]
fn the_documented_text_is_a_message_that_proves_no_human() {
    let body = json!({ "to": TRANSFER, "from": "st-b3a3", "_v": "v2", "endOfTask": true, "endReason": "fulfilled",
        "data": [{ "type": "text", "val": "Hi, how can I help?", "createdOn": AT, "messageId": "ms-1653" }] });
    let event = only(read(&body));
    assert_eq!((event.correlation.transfer_id, &event.correlation.provider_session_id), (Some(transfer()), &None));
    assert_eq!(event.order, Order::Provider { at: at(AT), sequence: 0 });
    assert_eq!(event.source_id.as_ref().unwrap().as_str(), "ms-1653");
    let expected = IncomingMessage {
        message_id: SourceId::new("ms-1653").unwrap(),
        author: Author::Representative,
        text: "Hi, how can I help?".to_owned(),
        truncated: false,
        attachments: vec![],
        redacted: transfer_domain::Redacted::default(),
        proves_active: None,
        content: Vec::new(),
    };
    assert_eq!(message(&event), &expected);
}

#[test]
fn the_documented_asynchronous_body_names_nobody_and_is_read_for_nobody() {
    let body = json!({ "data": [{ "type": "text", "val": "Hi, how can I help?", "createdOn": AT }], "_v": "v2" });
    let foreign = json!({ "to": "someone", "data": [{ "type": "text", "val": "Hi" }] });
    for body in [body, foreign, json!({ "to": null, "text": "Hi" })] {
        assert_eq!(only(read(&body)).correlation, Correlation::default(), "{body}");
    }
}

#[test]
fn a_body_of_the_first_version_is_read() {
    for (text, expected) in [(json!("Hi"), "Hi"), (json!(["Hi", "there"]), "Hi\nthere")] {
        let body = json!({ "to": TRANSFER, "from": "st-b3a3", "text": text, "messageId": 7 });
        let event = only(read(&body));
        assert_eq!((message(&event).text.as_str(), message(&event).message_id.as_str()), (expected, "7"));
        assert_eq!(event.correlation.transfer_id, Some(transfer()));
    }
}

#[test]
fn a_broken_item_costs_nothing_beside_it_and_is_told() {
    let body = json!({ "to": TRANSFER, "data": [5, null, { "type": "text", "val": "Hi", "messageId": 7 }, "x"] });
    let events = read(&body);
    let unread = |sort: &str| note("item_not_read", Some(&format!("data: {sort}")));
    let [first, second, EventKind::Message(message), last] = &kinds(events.clone())[..] else { panic!("{events:?}") };
    assert_eq!([first, second, last], [&unread("a number"), &unread("null"), &unread("a text")]);
    assert_eq!((message.message_id.as_str(), message.text.as_str()), ("7", "Hi"));
    assert!(events.iter().all(|event| event.source_id.is_some()), "each is told once");
    assert_eq!(read(&body), events);
    assert_eq!(kinds(read(&json!({ "to": TRANSFER, "data": "text" }))), [unread("a text")]);
}

#[test]
fn our_id_is_found_by_the_configured_pointers() {
    let found = |extra: &Value, body: &Value| read_with(extra, body).first().map(|event| event.correlation.transfer_id);
    let data = json!([{ "type": "text", "val": "Hi", "createdOn": AT }]);
    assert_eq!(found(&json!({}), &json!({ "to": { "id": TRANSFER }, "data": data })), Some(Some(transfer())));
    let own = json!({ "userIdPointer": ["/user/0/key"] });
    assert_eq!(found(&own, &json!({ "user": [{ "key": TRANSFER }], "data": data })), Some(Some(transfer())));
    assert_eq!(found(&own, &json!({ "to": TRANSFER, "data": data })), Some(None));
}

#[test]
fn a_value_of_any_shape_is_flattened_to_its_words() {
    let template = json!({ "type": "template", "payload": { "template_type": "button", "text": "Pick one",
        "buttons": [{ "type": "postback", "title": "Yes", "payload": "y" }, { "title": "No" }] } });
    let table = json!({ "type": "template", "payload": { "template_type": "table", "text": "Orders",
        "columns": [["Number"], ["State"]], "elements": [{ "Values": ["1", "sent"] }] } });
    for (val, expected) in [
        (json!("Hi"), "Hi"),
        (json!(["Hi", "there"]), "Hi\nthere"),
        (json!({ "text": "Hi", "colour": "blue" }), "Hi"),
        (json!([{ "val": "one" }, { "title": "two", "subtitle": "three" }]), "one\ntwo\nthree"),
        (template, "Pick one\n- Yes\n- No"),
        (table, "Orders\nNumber\nState\n1\nsent"),
        (json!(42), "42"),
    ] {
        assert_eq!(message(&read(&said(val.clone()))[0]).text, expected, "{val}");
    }
}

#[test]
fn the_sort_of_a_template_is_the_sort_of_its_file() {
    for (sort, expected) in [("image", Some("image/*")), ("audio", Some("audio/*")), ("message", None)] {
        let val = json!({ "type": sort, "payload": { "url": "https://files.example/a" } });
        let events = read(&said(json!({ "type": "template", "payload": val })));
        assert_eq!(message(&events[0]).attachments[0].content_type.as_deref(), expected, "{sort}");
    }
}

#[test]
fn several_utterances_keep_their_order_and_their_identities() {
    let body = json!({ "to": TRANSFER, "messageId": "shared", "data": [
        { "type": "text", "val": "one", "createdOn": AT }, { "type": "text", "val": "two", "createdOn": AT },
    ] });
    let events = read(&body);
    let order = |sequence| Order::Provider { at: at(AT), sequence };
    assert_eq!(events.iter().map(|event| event.order).collect::<Vec<_>>(), [order(0), order(1)]);
    assert_ne!(events[0].source_id, events[1].source_id);
    assert_eq!(read(&body), events, "a repetition has the same identity");
    let single = json!({ "to": TRANSFER, "data": { "type": "text", "val": "one", "messageId": "ms-1" } });
    assert_eq!(read(&single)[0].source_id.as_ref().unwrap().as_str(), "ms-1");
    assert_eq!(read(&single)[0].order, Order::Arrival);
}

#[test]
fn without_an_id_user_time_and_content_are_the_identity() {
    let id = |body: &Value| read(body)[0].source_id.clone();
    assert_eq!(id(&said("a")), id(&said("a")));
    assert_ne!(id(&said("a")), id(&said("b")));
    let mut later = said("a");
    later["data"][0]["createdOn"] = json!("2026-01-12T10:00:08.000Z");
    assert_ne!(id(&said("a")), id(&later));
    let timeless = json!({ "to": TRANSFER, "data": [{ "type": "text", "val": "yes" }] });
    let second = bound(SMARTASSIST, &settings(&json!({})))
        .parse_webhook(&request(&[], &[], timeless.to_string()), at("2026-01-12T10:01:00Z"))
        .unwrap();
    assert_ne!(second[0].source_id, id(&timeless), "what has no time may be said twice");
}

#[test]
fn the_answer_to_a_closure_is_the_end_and_no_other_event_is() {
    let closure = |kind: &str| {
        json!({ "to": TRANSFER, "_v": "v2", "data": [{ "type": "event", "val": "SESSION_CLOSURE", "eventType": kind,
            "description": "session closed successfully" }] })
    };
    for kind in ["SESSION_CLOSURE_SUCCESS", "SESSION_CLOSURE_IGNORED"] {
        assert_eq!(kinds(read(&closure(kind))), [ended_by_system(EndReason::ProviderDisconnected)], "{kind}");
    }
    assert_eq!(read(&closure("SESSION_CLOSURE_FAILED")), []);
    assert_eq!(read(&closure("")), []);
}

#[test]
fn what_says_nothing_is_no_event() {
    for body in [
        json!({}),
        json!({ "to": TRANSFER }),
        json!({ "to": TRANSFER, "data": [] }),
        json!({ "to": TRANSFER, "data": null }),
        json!({ "to": TRANSFER, "completedTaskId": "dg-1", "completedTaskName": "Transfer", "endOfTask": true }),
        json!({ "to": TRANSFER, "data": [{ "type": "text" }, { "type": "text", "val": " " }] }),
        said(json!({ "colour": "blue" })),
        said(Value::Null),
    ] {
        assert_eq!(read(&body), [], "{body}");
    }
}

#[test]
fn texts_come_from_the_channel_or_from_the_relay_never_from_both() {
    let by_relay = json!({ "agentTextSource": "relay" });
    assert_eq!(read_with(&by_relay, &said("Hi")), []);
    let closure = json!({ "to": TRANSFER, "data": [{ "type": "event", "eventType": "SESSION_CLOSURE_SUCCESS" }] });
    assert_eq!(read_with(&by_relay, &closure).len(), 1, "an end is no text");
    let text = json!({ "agent": { "id": "a-1", "name": "Agent One" }, "message": { "id": "ms-1", "text": "Hi" } });
    assert_eq!(relayed_with(&json!({}), "agent_message", &text), None);
    let said = relayed_with(&by_relay, "agent_message", &text).unwrap();
    let EventKind::Message(message) = said else { panic!("no message") };
    assert_eq!(message.proves_active, Some(who(Some("a-1"), Some("Agent One"))), "a relayed text promotes");
}

fn relayed_with(extra: &Value, kind: &str, fields: &Value) -> Option<EventKind> {
    let valid =
        adapter(SMARTASSIST).validate(&draft(&settings(extra)), transfer_providers::HostPolicy::Public).unwrap();
    let integration = integration(SMARTASSIST, &Value::Object(valid.settings));
    match relayed(&integration, kind, &with(json!({ "seq": 3, "provider_session_id": "c-ab4e" }), fields)) {
        Relayed::Event(event) => {
            assert_eq!(event.correlation.provider_session_id.as_ref().unwrap().as_str(), "c-ab4e");
            Some(event.kind)
        }
        Relayed::Ignored => None,
    }
}

fn draft(settings: &Value) -> transfer_providers::IntegrationDraft {
    let credentials = ["clientId", "clientSecret"].map(|name| (name.to_owned(), "value".into())).into();
    transfer_providers::IntegrationDraft { settings: settings.as_object().cloned().unwrap(), credentials }
}

#[test]
fn each_row_of_the_status_map_that_the_relay_tells_is_its_event() {
    let agent = json!({ "id": "a-1", "name": "Agent One" });
    let agent_left = |transferred| left(Some(who(Some("a-1"), Some("Agent One"))), transferred);
    let closed = |by: &str, reason: &str| json!({ "closed_by": by, "reason": reason });
    for (kind, fields, expected) in [
        (
            "queued",
            json!({ "queue": { "id": "qu-a820", "name": "Default Queue" }, "position": 3, "estimated_wait_seconds": 90 }),
            queued_at(Some("Default Queue"), Some(3), Some(90)),
        ),
        ("agent_joined", json!({ "agent": agent }), joined(Some("a-1"), Some("Agent One"))),
        ("agent_left", json!({ "agent": agent, "reason": "transferred" }), agent_left(true)),
        ("agent_left", json!({ "agent": agent, "reason": "left" }), agent_left(false)),
        ("agent_left", json!({ "agent": agent, "reason": "timeout" }), agent_left(false)),
        ("closed", closed("agent", "resolved"), ended_by_representative()),
        ("closed", closed("system", "no_agents"), ended_by_system(EndReason::NoRepresentatives)),
        ("csat", json!({ "rating": 4, "scale_max": 5 }), EventKind::Survey { rating: 4, scale_max: 5 }),
    ] {
        for extra in [json!({}), json!({ "lifecycleSource": "relay" })] {
            assert_eq!(relayed_with(&extra, kind, &fields), Some(expected.clone()), "{kind} {fields} {extra}");
        }
    }
}

#[test]
fn what_is_polled_for_is_not_taken_from_the_relay_but_a_survey_is() {
    let integration = integration(SMARTASSIST, &settings(&json!({ "lifecycleSource": "poll" })));
    let taken = |kind: &str, fields: Value| matches!(relayed(&integration, kind, &fields), Relayed::Event(_));
    assert!(!taken("queued", json!({})));
    assert!(!taken("closed", json!({ "closed_by": "agent" })));
    assert!(taken("csat", json!({ "rating": 4, "scale_max": 5 })));
}

#[test]
fn a_channel_callback_may_have_to_carry_a_header() {
    const SECRET: &str = "channel-secret-0000001";
    let check = |extra: &Value, headers: &[(&str, &str)]| {
        let secrets = signing(&["another-secret-00001", SECRET]);
        bound(SMARTASSIST, &settings(extra)).authenticate(&secrets, &request(&[], headers, "{}"))
    };
    assert_eq!(check(&json!({}), &[]), Ok(()), "the path's secret is checked before");
    let header = json!({ "postUrlHeader": "X-Handoff-Secret" });
    asks_for_secret_in("x-handoff-secret", SECRET, |headers| check(&header, headers));
    assert!(!adapter(SMARTASSIST).signs_webhooks());
}

#[test]
fn messages_are_taken_in_every_live_status_and_never_sent_twice() {
    assert_eq!(taking(SMARTASSIST), [Status::Pending, Status::Queued, Status::Active, Status::PostAgent]);
    let can = adapter(SMARTASSIST).capabilities();
    assert!(!can.resends_safely && !can.message_promotes);
}
