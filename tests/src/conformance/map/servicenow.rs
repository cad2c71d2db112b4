//! ServiceNow.

use serde_json::{Value, json};
use simulators::{Act, EndedBy};

use super::{Row, Stage, Tell, end};
use crate::conformance::Transfer;

/// An envelope with one item, or none, and these flags.
pub(in crate::conformance) fn envelope(transfer: &Transfer<'_>, item: &Value, flags: &Value) -> Vec<Tell> {
    let items: Vec<&Value> = Some(item).into_iter().filter(|item| item.is_object()).collect();
    let mut body = json!({
        "clientSessionId": transfer.key, "interactionId": transfer.there().id, "requestId": "later", "body": items,
    });
    body.as_object_mut().unwrap().extend(flags.as_object().cloned().unwrap());
    vec![Tell::Callback(body, "")]
}

fn action(transfer: &Transfer<'_>, kind: &str) -> Vec<Tell> {
    envelope(transfer, &json!({ "uiType": "ActionMsg", "actionType": kind }), &json!({}))
}

fn system(transfer: &Transfer<'_>, text: &str) -> Vec<Tell> {
    envelope(transfer, &json!({ "uiType": "ActionMsg", "actionType": "System", "message": text }), &json!({}))
}

fn said(text: &str) -> Value {
    json!({ "uiType": "OutputText", "value": text, "maskType": "NONE", "messageId": "row-1" })
}

pub(in crate::conformance) const ROWS: &[Row] = &[
    Row {
        signal: "synchronous 200 success",
        from: Stage::Pending,
        tells: |_| vec![],
        becomes: "pending",
        reasons: &[],
    },
    Row {
        signal: "SubscribeToSupportQueue",
        from: Stage::Pending,
        tells: |it| action(it, "SubscribeToSupportQueue"),
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "StartSpinner(wait_time)",
        from: Stage::Pending,
        tells: |it| {
            let spinner = json!({
                "uiType": "ActionMsg", "actionType": "StartSpinner", "spinnerType": "wait_time", "waitTime": "8 Seconds",
            });
            envelope(it, &spinner, &json!({}))
        },
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "agentChat without an agent",
        from: Stage::Pending,
        tells: |it| envelope(it, &Value::Null, &json!({ "agentChat": true })),
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "SwitchToLiveAgent",
        from: Stage::Queued,
        tells: |it| action(it, "SwitchToLiveAgent"),
        becomes: "active",
        reasons: &[],
    },
    Row {
        signal: "agentInfo.sentFromAgent",
        from: Stage::Queued,
        tells: |it| {
            let mut item = said("Hello");
            item["agentInfo"] = json!({ "sentFromAgent": true, "agentId": "a-1", "agentName": "Representative One" });
            envelope(it, &item, &json!({ "agentChat": true }))
        },
        becomes: "active",
        reasons: &[],
    },
    Row {
        signal: "System \"entered\"",
        from: Stage::Queued,
        tells: |it| system(it, "Representative One has entered the chat."),
        becomes: "active",
        reasons: &[],
    },
    Row {
        signal: "SwitchToVirtualAgent, a step follows",
        from: Stage::Active,
        tells: |it| action(it, "SwitchToVirtualAgent"),
        becomes: "post_agent",
        reasons: &[],
    },
    Row {
        signal: "\"closed\" together with SwitchToVirtualAgent",
        from: Stage::Active,
        tells: |_| vec![Tell::Act(Act::Leave)],
        becomes: "post_agent",
        reasons: &[],
    },
    Row {
        signal: "completed, beating SwitchToVirtualAgent",
        from: Stage::Active,
        tells: |it| {
            let back = json!({ "uiType": "ActionMsg", "actionType": "SwitchToVirtualAgent" });
            envelope(it, &back, &json!({ "completed": true }))
        },
        becomes: "ended",
        reasons: &["representative_ended", "provider_disconnected"],
    },
    Row {
        signal: "completed",
        from: Stage::Queued,
        tells: |it| envelope(it, &Value::Null, &json!({ "completed": true })),
        becomes: "ended",
        reasons: &["provider_disconnected"],
    },
    Row {
        signal: "takeControl",
        from: Stage::Active,
        tells: |it| envelope(it, &Value::Null, &json!({ "takeControl": true })),
        becomes: "ended",
        reasons: &["provider_disconnected"],
    },
    Row {
        signal: "takeControl before a queue",
        from: Stage::Pending,
        tells: |it| envelope(it, &Value::Null, &json!({ "takeControl": true })),
        becomes: "ended",
        reasons: &["provider_disconnected", "provider_rejected", "no_representatives"],
    },
    Row {
        signal: "score 0 and no agentChat, as the answer to the request for a human",
        from: Stage::Pending,
        tells: |it| {
            let asked = it.bench().desk().state().requests;
            let of_it = asked.iter().rev().find(|one| one.body.to_string().contains(&it.key)).unwrap();
            envelope(it, &said("I do not understand"), &json!({ "requestId": of_it.body["requestId"], "score": 0 }))
        },
        becomes: "ended",
        reasons: &["provider_rejected"],
    },
    Row {
        signal: "a \"no agents\" text",
        from: Stage::Queued,
        tells: |_| vec![Tell::Act(Act::NoAgents)],
        becomes: "ended",
        reasons: &["no_representatives"],
    },
    Row {
        signal: "System \"closed\" without a structural signal",
        from: Stage::Active,
        tells: |it| system(it, "Representative One has closed the support session."),
        becomes: "ended",
        reasons: &["representative_ended"],
    },
    Row {
        signal: "System \"timed out\" without a structural signal",
        from: Stage::Active,
        tells: |it| system(it, "The chat has timed out."),
        becomes: "ended",
        reasons: &["provider_disconnected"],
    },
    Row {
        signal: "the end by the provider",
        from: Stage::PostAgent,
        tells: |_| end(EndedBy::Provider),
        becomes: "ended",
        reasons: &["provider_disconnected"],
    },
];
