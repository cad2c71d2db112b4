//! Genesys Cloud.

use serde_json::{Value, json};
use simulators::bus::PartnerEvent;
use simulators::{Act, EndedBy};

use super::{Row, Stage, Tell, end};
use crate::conformance::Transfer;

/// A lifecycle event, as new as everything before it.
pub(in crate::conformance) fn lifecycle(transfer: &Transfer<'_>, topic: &str, fields: &Value) -> Vec<Tell> {
    let (bench, there) = (transfer.bench(), transfer.there());
    let now = bench.desk().timer().stamp_ms();
    let mut body = json!({
        "eventTime": now, "conversationId": there.id, "participantId": "p-1", "sessionId": "s-1",
        "mediaType": "MESSAGE", "messageType": "OPEN",
    });
    body.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
    vec![Tell::Event(PartnerEvent {
        source: bench.partner_source(),
        detail_type: format!("v2.detail.events.conversation.{{id}}.{topic}"),
        detail: json!({ "eventBody": body }),
        time_ms: now,
    })]
}

pub(in crate::conformance) const ROWS: &[Row] = &[
    Row { signal: "open POST accepted", from: Stage::Pending, tells: |_| vec![], becomes: "pending", reasons: &[] },
    Row {
        signal: "customer.start",
        from: Stage::Pending,
        tells: |it| lifecycle(it, "customer.start", &json!({})),
        becomes: "pending",
        reasons: &[],
    },
    Row {
        signal: "flow.start",
        from: Stage::Pending,
        tells: |it| lifecycle(it, "flow.start", &json!({})),
        becomes: "pending",
        reasons: &[],
    },
    Row {
        signal: "acd.start",
        from: Stage::Pending,
        tells: |it| lifecycle(it, "acd.start", &json!({})),
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "acd.start after an agent left by transfer",
        from: Stage::Active,
        tells: |_| vec![Tell::Act(Act::Transfer)],
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "acd.end ANSWERED",
        from: Stage::Queued,
        tells: |it| lifecycle(it, "acd.end", &json!({ "acdOutcome": "ANSWERED", "answeredUserId": "u-1" })),
        becomes: "active",
        reasons: &[],
    },
    Row {
        signal: "acd.end without an answer",
        from: Stage::Queued,
        tells: |it| lifecycle(it, "acd.end", &json!({ "acdOutcome": "OVERFLOW" })),
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "user.start, a hint only",
        from: Stage::Queued,
        tells: |it| lifecycle(it, "user.start", &json!({ "userId": "u-1" })),
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "user.end of a declined alert",
        from: Stage::Queued,
        tells: |it| lifecycle(it, "user.end", &json!({ "userId": "u-1", "interactingDurationMs": 0 })),
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "user.end of a declined alert, beside somebody who is connected",
        from: Stage::Active,
        tells: |it| lifecycle(it, "user.end", &json!({ "userId": "u-9", "disconnectType": "PEER" })),
        becomes: "active",
        reasons: &[],
    },
    Row {
        signal: "user.end by TRANSFER",
        from: Stage::Active,
        tells: |it| {
            let fields = json!({ "userId": id(it), "disconnectType": "TRANSFER", "interactingDurationMs": 9_000 });
            lifecycle(it, "user.end", &fields)
        },
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "user.end by TAKEOVER",
        from: Stage::Active,
        tells: |it| {
            let fields = json!({ "userId": id(it), "disconnectType": "TAKEOVER", "interactingDurationMs": 9_000 });
            lifecycle(it, "user.end", &fields)
        },
        becomes: "queued",
        reasons: &[],
    },
    Row {
        signal: "user.end, no transfer, with interacting time",
        from: Stage::Active,
        tells: |it| {
            let fields = json!({ "userId": id(it), "disconnectType": "PEER", "interactingDurationMs": 9_000 });
            lifecycle(it, "user.end", &fields)
        },
        becomes: "post_agent",
        reasons: &[],
    },
    Row {
        signal: "acw, wrapup",
        from: Stage::PostAgent,
        tells: |it| [lifecycle(it, "acw", &json!({})), lifecycle(it, "wrapup", &json!({}))].concat(),
        becomes: "post_agent",
        reasons: &[],
    },
    Row {
        signal: "customer.end",
        from: Stage::Active,
        tells: |it| lifecycle(it, "customer.end", &json!({ "disconnectType": "PEER" })),
        becomes: "ended",
        reasons: &["representative_ended"],
    },
    Row {
        signal: "customer.end by the contact's side",
        from: Stage::Active,
        tells: |it| lifecycle(it, "customer.end", &json!({ "disconnectType": "CLIENT" })),
        becomes: "ended",
        reasons: &["contact_ended"],
    },
    Row {
        signal: "acd.end ABANDON and customer.end",
        from: Stage::Queued,
        tells: |it| {
            let left = lifecycle(it, "acd.end", &json!({ "acdOutcome": "ABANDON" }));
            [left, lifecycle(it, "customer.end", &json!({ "disconnectType": "CLIENT" }))].concat()
        },
        becomes: "ended",
        reasons: &["contact_ended"],
    },
    Row {
        signal: "its own end of an idle conversation",
        from: Stage::PostAgent,
        tells: |_| end(EndedBy::Provider),
        becomes: "ended",
        reasons: &["provider_disconnected"],
    },
    Row {
        signal: "a text never promotes",
        from: Stage::Pending,
        tells: |_| vec![Tell::Act(Act::FlowText("Please wait".to_owned()))],
        becomes: "pending",
        reasons: &[],
    },
];

/// Who is connected.
fn id(transfer: &Transfer<'_>) -> String {
    transfer.there().representative.unwrap().id
}
