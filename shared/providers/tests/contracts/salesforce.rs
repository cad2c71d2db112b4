//! Salesforce: platform events by the bus and behind the relay's signature, the stream's frames, the status events.

use serde_json::{Map, Value, json};
use transfer_domain::{Author, Correlation, EventKind, IncomingMessage, Order, ProviderEvent, Representative};
use transfer_providers::relay::Relayed;
use transfer_providers::{Malformed, SALESFORCE};

use crate::support::{
    TRANSFER, adapter, at, bound, ended_by_contact, integration, kinds, left, message, note, now, only, path_secrets,
    read_body, relayed, request, transfer, who, with,
};

pub(crate) const CONVERSATION: &str = "9bc16b48-cd9b-4d8b-b7f2-a376f0a05c09";
const CHANNEL: &str = "72a6a4ec-acbc-44f6-b2b9-e444248ca843";
const SOURCE: &str = "aws.partner/salesforce.com/00Dxx0000000001EAA/0YLxx0000000001EAA";
const AT_MS: i64 = 1_768_212_003_508;

pub(crate) fn settings(extra: &Value) -> Value {
    with(
        json!({
            "orgId15": "00Dxx0000000001", "myDomain": "acme", "consumerKey": "key-1", "username": "bot@example.com",
            "authContext": "acme_Handoff", "channelAddressIdentifier": CHANNEL, "eventApiName": "Handoff_Outbound__e",
            "partnerSource": SOURCE,
        }),
        extra,
    )
}

/// One decoded payload around an entry.
pub(crate) fn payload(entry_type: &str, role: &str, entry_payload: &Value) -> Value {
    json!({
        "conversationIdentifier": CONVERSATION, "channelAddressIdentifier": CHANNEL, "unheardOf": { "x": 1 },
        "recipient": { "appType": "custom", "subject": TRANSFER, "role": "EndUser" },
        "payload": {
            "senderDisplayName": "Agent One", "identifier": "56e10dce-1", "entryType": entry_type,
            "entryPayload": entry_payload, "sender": { "appType": "agent", "subject": "005xx0000012345", "role": role },
            "transcriptedTimestamp": AT_MS, "clientTimestamp": AT_MS - 99, "clientDuration": 0,
        },
    })
}

fn text_message(extra: &Value) -> Value {
    with(
        json!({
            "entryType": "Message", "id": "56e10dce-1", "messageReason": null,
            "abstractMessage": { "messageType": "StaticContentMessage", "id": "56e10dce-1",
                "staticContent": { "formatType": "Text", "text": "Hi, how can I help?" } },
        }),
        extra,
    )
}

fn raw_with(extra: &Value, body: &Value) -> Result<Vec<ProviderEvent>, Malformed> {
    bound(SALESFORCE, &settings(extra)).parse_webhook(&request(&[], &[], body.to_string()), now())
}

pub(crate) fn raw(body: &Value) -> Vec<ProviderEvent> {
    raw_with(&json!({}), body).unwrap()
}

pub(crate) fn envelope(name: &str, fields: &Value) -> Value {
    json!({
        "version": "0", "id": "58fb5dac-f077-4eec-a25f-c638dbdd4368", "detail-type": name, "source": SOURCE,
        "account": "123456789012", "time": "2026-01-12T10:00:04Z", "region": "us-east-1", "resources": [],
        "detail": { "schemaId": "x", "id": "y", "payload": fields },
    })
}

pub(crate) fn bus_with(extra: &Value, event: &Value) -> Result<Vec<ProviderEvent>, Malformed> {
    bound(SALESFORCE, &settings(extra)).parse_bus_event(event, now())
}

fn platform_event(body: &Value) -> Value {
    json!({ "CreatedDate": "2026-01-12T10:00:03.508Z", "CreatedById": "005xx", "EventType__c": "Interaction",
            "Payload__c": body.to_string() })
}

/// What an entry of a type says, through the bus.
pub(crate) fn said_with(extra: &Value, entry_type: &str, role: &str, fields: &Value) -> Vec<EventKind> {
    let entry = with(json!({ "entryType": entry_type, "id": "e-1" }), fields);
    let event = envelope("Handoff_Outbound__e", &platform_event(&payload(entry_type, role, &entry)));
    kinds(bus_with(extra, &event).unwrap())
}

/// A text of the representative.
fn said_by_agent() -> Value {
    payload("Message", "Agent", &text_message(&json!({})))
}

/// What the channel's platform event with these fields says.
fn bus(fields: &Value) -> Vec<ProviderEvent> {
    bus_with(&json!({}), &envelope("Handoff_Outbound__e", fields)).unwrap()
}

pub(crate) fn agent_one() -> Representative {
    who(Some("005xx0000012345"), Some("Agent One"))
}

#[test]
fn a_representatives_text_is_a_message_that_proves_one() {
    let body = said_by_agent();
    for events in [raw(&body), raw(&platform_event(&body)), bus(&platform_event(&body))] {
        let event = &only(events);
        assert_eq!(event.correlation.transfer_id, Some(transfer()));
        assert_eq!(event.correlation.provider_session_id.as_ref().unwrap().as_str(), CONVERSATION);
        assert_eq!(event.order, Order::Provider { at: at("2026-01-12T10:00:03.508Z"), sequence: 0 });
        assert_eq!(event.source_id.as_ref().unwrap().as_str(), "56e10dce-1");
        assert_eq!(event.provider_data, Map::new(), "a message repeats nothing that is known");
        let message = message(event);
        assert_eq!((message.message_id.as_str(), message.text.as_str()), ("56e10dce-1", "Hi, how can I help?"));
        assert_eq!((message.author, &message.proves_active), (Author::Representative, &Some(agent_one())));
    }
}

#[test]
fn an_entry_may_stand_flat_in_its_payload_and_its_payload_may_be_a_text() {
    let nested = said_by_agent();
    let mut flat = nested.clone();
    let entry = flat.as_object_mut().unwrap().remove("payload").unwrap();
    flat.as_object_mut().unwrap().extend(entry.as_object().cloned().unwrap());
    assert_eq!(raw(&flat), raw(&nested));
    let mut encoded = nested.clone();
    *encoded.pointer_mut("/payload/entryPayload").unwrap() = text_message(&json!({})).to_string().into();
    assert_eq!(raw(&encoded), raw(&nested));
}

#[test]
fn what_no_human_wrote_proves_none() {
    for (role, reason, author) in [
        ("Agent", json!("AutomatedResponse"), Author::Provider),
        ("Agent", json!("Consent"), Author::Provider),
        ("Chatbot", Value::Null, Author::Provider),
        ("System", Value::Null, Author::Provider),
        ("Router", Value::Null, Author::Provider),
        ("Supervisor", Value::Null, Author::Representative),
    ] {
        let events = raw(&payload("Message", role, &text_message(&json!({ "messageReason": reason }))));
        let message = message(&events[0]);
        assert_eq!((message.author, &message.proves_active), (author, &None), "{role} {reason}");
    }
    assert_eq!(raw(&payload("Message", "EndUser", &text_message(&json!({})))), [], "our own comes back");
}

#[test]
fn a_whisper_is_never_forwarded() {
    let whisper = text_message(&json!({ "entryType": "Note", "text": "The customer is difficult", "noteText": "x" }));
    for role in ["Agent", "Supervisor", "System"] {
        assert_eq!(raw(&payload("Note", role, &whisper)), []);
        let mut inner_only = payload("Message", role, &whisper);
        assert_eq!(raw(&inner_only), [], "the inner type counts");
        inner_only.pointer_mut("/payload").unwrap().as_object_mut().unwrap().remove("entryType");
        assert_eq!(raw(&inner_only), []);
    }
    // A type that is said outside only is believed as well.
    let mut outer_only = payload("Note", "Agent", &whisper);
    outer_only.pointer_mut("/payload/entryPayload").unwrap().as_object_mut().unwrap().remove("entryType");
    assert_eq!(raw(&outer_only), []);
    let mut contradicting = payload("Note", "Agent", &text_message(&json!({})));
    assert_eq!(raw(&contradicting), [], "either word is enough");
    *contradicting.pointer_mut("/payload/entryType").unwrap() = "Message".into();
    assert_eq!(raw(&contradicting).len(), 1);
}

#[test]
fn files_links_and_choices_are_shown_as_far_as_they_can_be() {
    let said = |abstract_message: Value| -> IncomingMessage {
        let entry = json!({ "entryType": "Message", "abstractMessage": abstract_message });
        message(&only(raw(&payload("Message", "Agent", &entry)))).clone()
    };
    let file = json!({ "id": "f-1", "name": "a.png", "mimeType": "image/png", "url": "https://files.example/a.png" });
    let unsafe_file = json!({ "url": "javascript:alert(1)" });
    let files = said(json!({ "messageType": "StaticContentMessage",
        "staticContent": { "formatType": "Attachments", "text": "", "attachments": [file, unsafe_file] } }));
    let [attachment] = &files.attachments[..] else { panic!("{files:?}") };
    assert_eq!((attachment.name.as_deref(), attachment.content_type.as_deref()), (Some("a.png"), Some("image/png")));
    let link = said(json!({ "messageType": "StaticContentMessage", "staticContent": {
        "formatType": "RichLink", "linkItem": { "titleItem": { "title": "Help" }, "url": "https://help.example" } } }));
    assert_eq!(link.text, "Help\nhttps://help.example");
    let choice = said(json!({ "messageType": "ChoicesMessage", "choices": { "text": "Which?",
        "optionItems": [{ "titleItem": { "title": "One" } }, { "titleItem": { "title": "Two" } }] } }));
    assert_eq!(choice.text, "Which?\n- One\n- Two");
    let unknown = said(json!({ "messageType": "FormMessage" }));
    assert_eq!(unknown.text, "[something that cannot be shown: FormMessage]");
    assert_eq!(unknown.not_shown().as_deref(), Some("not shown: something that cannot be shown: FormMessage"));
}

#[test]
fn the_settings_of_reading_are_followed() {
    let closed = json!({ "workType": "Closed" });
    let post_agent = json!({ "useWorkClosed": "post_agent" });
    assert_eq!(said_with(&post_agent, "RoutingWorkResult", "System", &closed), [left(None, false)]);
    let typing = |extra: &Value, role| said_with(extra, "TypingStartedIndicator", role, &json!({}));
    assert_eq!(typing(&json!({}), "Agent"), []);
    let on = json!({ "outboundTyping": true });
    assert_eq!(typing(&on, "Agent"), [EventKind::Typing { on: true }]);
    assert_eq!(said_with(&on, "TypingStoppedIndicator", "Agent", &json!({})), [EventKind::Typing { on: false }]);
    assert_eq!(typing(&on, "EndUser"), []);
    let from_relay = json!({ "agentTextSource": "relay" });
    assert_eq!(raw_with(&from_relay, &said_by_agent()), Ok(vec![]));
    let moved = json!({ "relayPayloadPointer": "/detail", "eventTypeField": "Kind__c", "payloadField": "Body__c" });
    let body = said_by_agent();
    let mut event = envelope("Handoff_Outbound__e", &json!({}));
    event["detail"] = json!({ "Kind__c": "Interaction", "Body__c": body.to_string() });
    assert_eq!(bus_with(&moved, &event).unwrap(), raw(&body));
    event["detail"]["Kind__c"] = "RoutingRequested".into();
    assert_eq!(bus_with(&moved, &event), Ok(vec![]));
}

#[test]
fn other_sources_events_and_channels_are_left_alone() {
    let body = said_by_agent();
    let event = envelope("Handoff_Outbound__e", &platform_event(&body));
    for source in [json!("aws.partner/salesforce.com/other/x"), Value::Null, json!(5)] {
        let mut foreign = event.clone();
        foreign["source"] = source;
        assert!(bus_with(&json!({}), &foreign).is_err());
    }
    let without_source = integration(SALESFORCE, &settings(&json!({ "partnerSource": null })));
    let mut nameless = event.clone();
    nameless.as_object_mut().unwrap().remove("source");
    assert!(adapter(SALESFORCE).bind(&without_source).unwrap().parse_bus_event(&nameless, now()).is_err());
    assert_eq!(bus_with(&json!({}), &envelope("Other__e", &platform_event(&body))), Ok(vec![]));
    let mut other_channel = body.clone();
    other_channel["channelAddressIdentifier"] = "another".into();
    assert_eq!(raw(&other_channel), []);
    let mut unaddressed = body.clone();
    unaddressed["recipient"] = json!({ "subject": "someone" });
    assert_eq!(raw(&unaddressed)[0].correlation.transfer_id, None, "found by the conversation");
    unaddressed.as_object_mut().unwrap().remove("conversationIdentifier");
    assert_eq!(raw(&unaddressed)[0].correlation, Correlation::default(), "for nobody");
    for fields in [
        json!({}),
        json!({ "EventType__c": "Interaction" }),
        json!({ "EventType__c": "Interaction", "Payload__c": "{" }),
    ] {
        assert!(bus_with(&json!({}), &envelope("Handoff_Outbound__e", &fields)).is_err(), "{fields}");
    }
    assert!(bus_with(&json!({}), &envelope("Handoff_Outbound__e", &Value::Null)).is_err());
}

#[test]
fn the_relay_is_listened_to_as_the_settings_say() {
    let said = |extra: &Value, kind: &str, fields: &Value| {
        matches!(relayed(&integration(SALESFORCE, &settings(extra)), kind, fields), Relayed::Event(_))
    };
    let defaults = json!({ "lifecycleRelay": "required", "agentTextSource": "provider" });
    let message = json!({ "message": { "id": "m", "text": "hi" } });
    assert!(said(&defaults, "queued", &json!({})));
    assert!(!said(&defaults, "agent_message", &message));
    assert!(said(&json!({ "agentTextSource": "relay" }), "agent_message", &message));
    assert!(!said(&json!({ "lifecycleRelay": "off" }), "queued", &json!({})));
    assert!(said(&json!({ "lifecycleRelay": "off" }), "csat", &json!({ "rating": 4, "scale_max": 5 })));
}

#[test]
fn a_frame_of_the_stream_is_read_with_and_without_its_event() {
    let miaw = json!({ "product": "miaw", "scrtUrl": "https://acme.my.salesforce-scrt.com", "esDeveloperName": "Handoff", "eventTransport": "sse" });
    let data = json!({
        "channelType": "embedded_messaging", "channelAddressIdentifier": "another", "conversationId": TRANSFER,
        "conversationEntry": { "identifier": "s-1", "entryType": "Message", "senderDisplayName": "Agent One",
            "sender": { "role": "Agent", "appType": "agent", "subject": "005xx0000012345", "clientIdentifier": "x" },
            "entryPayload": text_message(&json!({})).to_string(), "transcriptedTimestamp": AT_MS },
    });
    let alone = raw_with(&miaw, &data).unwrap();
    assert_eq!(alone[0].correlation.transfer_id, Some(transfer()));
    assert!(matches!(&alone[0].kind, EventKind::Message(message) if message.text == "Hi, how can I help?"));
    let frame = |event: &str, data: &Value| json!({ "event": event, "id": "42", "data": data });
    assert_eq!(raw_with(&miaw, &frame("CONVERSATION_MESSAGE", &data)).unwrap(), alone);
    let close = frame("CONVERSATION_CLOSE_CONVERSATION", &json!({ "conversationId": TRANSFER }));
    assert_eq!(kinds(raw_with(&miaw, &close).unwrap()), [ended_by_contact()]);
    assert_eq!(raw_with(&miaw, &frame("ping", &json!({}))), Ok(vec![]));
    let token = frame("CONVERSATION_STREAMING_TOKEN", &json!({ "conversationId": TRANSFER }));
    assert_eq!(raw_with(&miaw, &token), Ok(vec![]));
}

#[test]
fn no_webhook_of_the_vendors_own_is_let_in() {
    let secrets = path_secrets(&["path-secret-of-16-chars"]);
    let body = said_by_agent().to_string();
    assert!(bound(SALESFORCE, &settings(&json!({}))).authenticate(&secrets, &request(&[], &[], body)).is_err());
}

#[test]
fn a_change_of_participants_that_cannot_be_read_costs_the_others_nothing_and_is_noted() {
    let came = json!({ "operation": "add", "displayName": "Agent One",
                       "participant": { "subject": "005xx0000012345", "role": "Agent", "appType": "agent" } });
    let unreadable = || note("unreadable", Some("ParticipantChanged"));
    let said = |entries: Value| said_with(&json!({}), "ParticipantChanged", "System", &json!({ "entries": entries }));
    let kinds = said(json!([null, "x", came, { "operation": 5 }]));
    assert_eq!(kinds, [unreadable(), unreadable(), EventKind::RepresentativeJoined(agent_one()), unreadable()]);
    for nothing in [Value::Null, json!(""), json!([])] {
        assert_eq!(said(nothing), []);
    }
}

#[test]
fn half_a_text_is_read_through_every_wrapping() {
    let whole = text_message(&json!({})).to_string();
    let half = whole.replace("Hi, how can I help?", "Bye \\ud83d");
    let mut body = payload("Message", "Agent", &Value::Null);
    body["payload"]["entryPayload"] = half.clone().into();
    body["payload"]["senderDisplayName"] = " ".into();
    let by_bus = bus(&platform_event(&body));
    let plain = payload("Message", "Agent", &json!("HERE")).to_string().replace("\"HERE\"", &half);
    let by_relay = read_body(SALESFORCE, &settings(&json!({})), plain);
    for events in [&by_bus, &by_relay] {
        assert_eq!(message(&only(events.clone())).text, "Bye \u{fffd}");
    }
    assert_eq!(message(&by_bus[0]).proves_active.as_ref().unwrap().name, None, "a blank is no name");
}

#[test]
fn an_entry_whose_payload_cannot_be_read_is_noted() {
    let body = payload("RoutingWorkResult", "Agent", &json!("{ broken"));
    let noted = note("unreadable", Some("RoutingWorkResult"));
    assert_eq!(kinds(raw(&body)), std::slice::from_ref(&noted));
    let product = json!({ "product": "miaw", "orgId15": "00Dxx0000000001", "esDeveloperName": "Handoff",
                          "scrtUrl": "https://acme.my.salesforce-scrt.com" });
    let frame = json!({ "event": "CONVERSATION_ROUTING_WORK_RESULT",
        "data": { "conversationId": TRANSFER, "conversationEntry": body["payload"] } });
    let events = read_body(SALESFORCE, &product, frame.to_string());
    assert_eq!(kinds(events), [noted]);
}
