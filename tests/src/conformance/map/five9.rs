//! Five9, in both generations.

use serde_json::{Value, json};
use simulators::{Act, EndedBy};

use super::{Row, Stage, Tell, end};
use crate::conformance::Transfer;

/// A classic callback. Its serial number is larger than all before it.
fn classic(transfer: &Transfer<'_>, event: &'static str, fields: &Value) -> Vec<Tell> {
    let mut body = json!({ "correlationId": transfer.there().id, "eventSerialNumber": 900 });
    body.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
    vec![Tell::Callback(body, event)]
}

/// A webhook of Open Messaging.
fn chat(transfer: &Transfer<'_>, event: &str, payload: &Value) -> Vec<Tell> {
    let mut payload = payload.clone();
    payload["eventSerialNumber"] = json!(900);
    vec![Tell::Callback(json!({ "chatId": transfer.there().id, "eventType": event, "payload": payload }), "")]
}

pub(in crate::conformance) const CLASSIC: &[Row] = &[
    Row { signal: "create call accepted", from: Stage::Pending, tells: |_| vec![], becomes: "pending", reasons: &[] },
    Row {
        signal: "create",
        from: Stage::Pending,
        tells: |it| classic(it, "create", &json!({ "externalId": it.key })),
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "accept",
        from: Stage::Queued,
        tells: |it| classic(it, "accept", &json!({ "displayName": "Representative One" })),
        becomes: "active",
        reasons: &[],
    },
    Row {
        signal: "message before accept",
        from: Stage::Pending,
        tells: |it| {
            classic(
                it,
                "message",
                &json!({ "displayName": "Representative One", "text": "Hi", "messageSerialNumber": 1 }),
            )
        },
        becomes: "active",
        reasons: &[],
    },
    Row {
        signal: "file before accept",
        from: Stage::Queued,
        tells: |it| {
            let file = json!({ "text": "https://files.example.com/a.png", "fileData": { "category": "IMAGE" } });
            classic(it, "file", &file)
        },
        becomes: "active",
        reasons: &[],
    },
    Row {
        signal: "typing",
        from: Stage::Queued,
        tells: |it| classic(it, "typing", &json!({ "displayName": "Representative One" })),
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "a new displayName",
        from: Stage::Active,
        tells: |_| vec![Tell::Act(Act::Transfer), Tell::Act(Act::Join)],
        becomes: "active",
        reasons: &[],
    },
    Row {
        signal: "terminate",
        from: Stage::Active,
        tells: |_| end(EndedBy::Representative),
        becomes: "ended",
        reasons: &["representative_ended"],
    },
    Row {
        signal: "terminate while waiting",
        from: Stage::Queued,
        tells: |it| classic(it, "terminate", &json!({})),
        becomes: "ended",
        reasons: &["representative_ended"],
    },
    Row {
        signal: "404 on any call",
        from: Stage::Active,
        tells: |_| vec![Tell::Gone],
        becomes: "ended",
        reasons: &["provider_disconnected"],
    },
];

pub(in crate::conformance) const OPEN_MESSAGING: &[Row] = &[
    Row { signal: "create call accepted", from: Stage::Pending, tells: |_| vec![], becomes: "pending", reasons: &[] },
    Row {
        signal: "CREATE",
        from: Stage::Pending,
        tells: |it| chat(it, "CREATE", &json!({ "externalId": it.key })),
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "ACCEPT",
        from: Stage::Queued,
        tells: |it| chat(it, "ACCEPT", &json!({ "displayName": "Representative One", "userId": "u-1", "from": "p-1" })),
        becomes: "active",
        reasons: &[],
    },
    Row {
        signal: "MESSAGE before ACCEPT",
        from: Stage::Pending,
        tells: |it| chat(it, "MESSAGE", &json!({ "displayName": "Representative One", "text": "Hi", "from": "p-1" })),
        becomes: "active",
        reasons: &[],
    },
    Row {
        signal: "TYPING",
        from: Stage::Queued,
        tells: |it| chat(it, "TYPING", &json!({ "displayName": "Representative One" })),
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "TRANSFER_TO_GROUP",
        from: Stage::Active,
        tells: |it| chat(it, "TRANSFER_TO_GROUP", &json!({ "skillGroup": "Billing" })),
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "TRANSFER_TO_AGENT",
        from: Stage::Active,
        tells: |it| chat(it, "TRANSFER_TO_AGENT", &json!({ "displayName": "Representative Two", "userId": "u-2" })),
        becomes: "active",
        reasons: &[],
    },
    Row {
        signal: "ADD_PARTICIPANT, REMOVE_PARTICIPANT",
        from: Stage::Queued,
        tells: |it| {
            chat(it, "ADD_PARTICIPANT", &json!({ "displayName": "Representative One", "participantType": "AGENT" }))
        },
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "TERMINATE",
        from: Stage::Active,
        tells: |_| end(EndedBy::Representative),
        becomes: "ended",
        reasons: &["representative_ended"],
    },
    Row {
        signal: "ERROR",
        from: Stage::Active,
        tells: |it| chat(it, "ERROR", &json!({ "errorCode": 42, "errorMessage": "It broke" })),
        becomes: "ended",
        reasons: &["provider_error"],
    },
    Row {
        signal: "404 on any call",
        from: Stage::Active,
        tells: |_| vec![Tell::Gone],
        becomes: "ended",
        reasons: &["provider_disconnected"],
    },
];
