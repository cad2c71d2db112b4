//! Salesforce, in both products: one table of entries, in the wrapping of either.

use serde_json::{Value, json};
use simulators::EndedBy;

use super::{Row, Stage, Tell, end, relayed};
use crate::conformance::Transfer;

/// Who writes an entry.
#[derive(Debug, Clone, Copy)]
pub(in crate::conformance) struct Writing<'a> {
    pub(in crate::conformance) role: &'a str,
    pub(in crate::conformance) subject: &'a str,
    pub(in crate::conformance) name: &'a str,
}

fn entry(transfer: &Transfer<'_>, role: &str, payload: &Value) -> Vec<Tell> {
    let id = json!(format!("row-{}", transfer.bench().next()));
    entry_of(transfer, &id, Writing { role, subject: AGENT_ONE, name: "Representative One" }, payload)
}

/// An entry, in whatever carries it.
pub(in crate::conformance) fn entry_of(
    transfer: &Transfer<'_>,
    id: &Value,
    writing: Writing<'_>,
    payload: &Value,
) -> Vec<Tell> {
    let bench = transfer.bench();
    let now = bench.desk().timer().stamp_ms();
    let mut payload = payload.clone();
    payload["id"] = id.clone();
    let kind = payload["entryType"].clone();
    let mut entry = json!({
        "identifier": id, "entryType": kind, "entryPayload": payload, "senderDisplayName": writing.name,
        "sender": { "appType": "agent", "subject": writing.subject, "role": writing.role },
        "transcriptedTimestamp": now, "clientTimestamp": now,
    });
    let conversation = transfer.there().id;
    let body = if bench.settings()["product"] == "miaw" {
        entry["entryPayload"] = json!(payload.to_string());
        json!({ "data": { "conversationId": conversation, "conversationEntry": entry } })
    } else {
        let recipient = json!({ "appType": "custom", "subject": transfer.key, "role": "EndUser" });
        json!({ "conversationIdentifier": conversation, "recipient": recipient, "payload": entry })
    };
    vec![Tell::Callback(body, "")]
}

/// The first of the simulated representatives.
const AGENT_ONE: &str = "005xx0000012345";

fn participant(transfer: &Transfer<'_>, operation: &str, role: &str) -> Vec<Tell> {
    let participant = json!({ "appType": "agent", "subject": AGENT_ONE, "role": role });
    participants(
        transfer,
        &json!([{ "operation": operation, "displayName": "Representative One", "participant": participant }]),
    )
}

pub(in crate::conformance) fn participants(transfer: &Transfer<'_>, changes: &Value) -> Vec<Tell> {
    entry(transfer, "System", &json!({ "entryType": "ParticipantChanged", "entries": changes }))
}

fn routing(transfer: &Transfer<'_>, kind: &str, failure: &str) -> Vec<Tell> {
    let payload = json!({ "entryType": "RoutingResult", "routingType": kind, "failureType": failure });
    entry(transfer, "Router", &payload)
}

fn work(transfer: &Transfer<'_>, kind: &str) -> Vec<Tell> {
    entry(transfer, "Router", &json!({ "entryType": "RoutingWorkResult", "workType": kind }))
}

fn session(transfer: &Transfer<'_>, fields: &Value) -> Vec<Tell> {
    let mut payload = json!({ "entryType": "SessionStatusChanged" });
    payload.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
    entry(transfer, "System", &payload)
}

fn message(transfer: &Transfer<'_>, role: &str) -> Vec<Tell> {
    let content = json!({ "formatType": "Text", "text": "Hello" });
    let inner = json!({ "messageType": "StaticContentMessage", "id": "m", "staticContent": content });
    entry(transfer, role, &json!({ "entryType": "Message", "abstractMessage": inner }))
}

/// A row in which the session goes on.
const fn goes_on(
    signal: &'static str,
    from: Stage,
    tells: fn(&Transfer<'_>) -> Vec<Tell>,
    becomes: &'static str,
) -> Row {
    Row { signal, from, tells, becomes, reasons: &[] }
}

/// A row in which it ends.
const fn ends(
    signal: &'static str,
    from: Stage,
    tells: fn(&Transfer<'_>) -> Vec<Tell>,
    reasons: &'static [&'static str],
) -> Row {
    Row { signal, from, tells, becomes: "ended", reasons }
}

/// The rows that both products have.
macro_rules! both {
    ($($own:expr),* $(,)?) => {
        &[
            goes_on("the opening's 2xx", Stage::Pending, |_| vec![], "pending"),
            goes_on("sessionStatus New", Stage::Pending, |it| session(it, &json!({ "sessionStatus": "New" })), "pending"),
            goes_on(
                "sessionStatus Consent",
                Stage::Pending,
                |it| session(it, &json!({ "sessionStatus": "Consent" })),
                "pending",
            ),
            goes_on("RoutingResult None, Initial", Stage::Pending, |it| routing(it, "Initial", "None"), "queued"),
            goes_on("sessionStatus Waiting", Stage::Pending, |it| session(it, &json!({ "sessionStatus": "Waiting" })), "queued"),
            goes_on(
                "QueuePosition",
                Stage::Pending,
                |it| entry(it, "Router", &json!({ "entryType": "QueuePosition", "position": 3 })),
                "queued",
            ),
            goes_on("relay queued", Stage::Pending, |it| relayed(it, "queued", &json!({ "position": 1 })), "queued"),
            goes_on("ParticipantChanged add Agent", Stage::Queued, |it| participant(it, "add", "Agent"), "active"),
            goes_on("ParticipantChanged add Chatbot", Stage::Queued, |it| participant(it, "add", "Chatbot"), "queued"),
            goes_on("ParticipantChanged add System", Stage::Queued, |it| participant(it, "add", "System"), "queued"),
            goes_on("ParticipantChanged add Router", Stage::Queued, |it| participant(it, "add", "Router"), "queued"),
            goes_on(
                "sessionStatus Active, owned by a user",
                Stage::Queued,
                |it| session(it, &json!({ "sessionStatus": "Active", "ownerId": "005xx0000012345", "ownerName": "Representative One" })),
                "active",
            ),
            goes_on(
                "sessionStatus Active, owned by a queue",
                Stage::Queued,
                |it| session(it, &json!({ "sessionStatus": "Active", "ownerId": "00Gxx0000012345" })),
                "queued",
            ),
            goes_on("first Message of an Agent", Stage::Queued, |it| message(it, "Agent"), "active"),
            goes_on("Message of a Chatbot", Stage::Queued, |it| message(it, "Chatbot"), "queued"),
            goes_on(
                "relay agent_joined",
                Stage::Queued,
                |it| relayed(it, "agent_joined", &json!({ "agent": { "id": "005xx0000012345", "name": "Representative One" } })),
                "active",
            ),
            goes_on("RoutingResult None, Transfer", Stage::Active, |it| routing(it, "Transfer", "None"), "queued"),
            goes_on(
                "TransferProgress",
                Stage::Active,
                |it| entry(it, "Router", &json!({ "entryType": "TransferProgress" })),
                "active",
            ),
            goes_on("ParticipantChanged remove Agent", Stage::Active, |it| participant(it, "remove", "Agent"), "post_agent"),
            goes_on(
                "sessionStatus Inactive",
                Stage::Active,
                |it| session(it, &json!({ "sessionStatus": "Inactive" })),
                "post_agent",
            ),
            goes_on("sessionStatus Paused", Stage::Active, |it| session(it, &json!({ "sessionStatus": "Paused" })), "post_agent"),
            goes_on("relay agent_left", Stage::Active, |it| relayed(it, "agent_left", &json!({ "reason": "left" })), "post_agent"),
            ends(
                "sessionStatus Ended by the Agent",
                Stage::Active,
                |it| session(it, &json!({ "sessionStatus": "Ended", "sessionEndedByRole": "Agent" })),
                &["representative_ended"],
            ),
            ends(
                "sessionStatus Ended by the EndUser",
                Stage::Active,
                |it| session(it, &json!({ "sessionStatus": "Ended", "sessionEndedByRole": "EndUser" })),
                &["contact_ended"],
            ),
            ends("sessionStatus Error", Stage::Active, |it| session(it, &json!({ "sessionStatus": "Error" })), &["provider_error"]),
            ends(
                "RoutingResult RoutingError, Initial",
                Stage::Pending,
                |it| routing(it, "Initial", "RoutingError"),
                &["no_representatives"],
            ),
            ends(
                "RoutingResult SubmissionError, Initial",
                Stage::Pending,
                |it| routing(it, "Initial", "SubmissionError"),
                &["provider_error"],
            ),
            ends("our end", Stage::Active, |_| vec![Tell::End], &["contact_ended"]),
            ends("relay closed", Stage::Active, |_| end(EndedBy::Representative), &["representative_ended"]),
            $($own),*
        ]
    };
}

pub(in crate::conformance) const BYOC: &[Row] = both![
    goes_on("workType Assigned", Stage::Pending, |it| work(it, "Assigned"), "queued"),
    goes_on("workType Declined", Stage::Queued, |it| work(it, "Declined"), "queued"),
    goes_on("workType Accepted", Stage::Queued, |it| work(it, "Accepted"), "active"),
];

pub(in crate::conformance) const CHAT: &[Row] = both![ends(
    "CLOSE_CONVERSATION",
    Stage::Active,
    |it| {
        let data = json!({ "conversationId": it.there().id });
        vec![Tell::Callback(json!({ "event": "CONVERSATION_CLOSE_CONVERSATION", "data": data }), "")]
    },
    &["contact_ended"],
)];
