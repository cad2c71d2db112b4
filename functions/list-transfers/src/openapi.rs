//! What this function says about its operation.

use serde_json::json;
use transfer_domain::{
    AgentName, AnyName, CallId, Channel, ContactId, ConversationSessionId, HandBackState, NamedSession, Outcome,
    Provider, ProviderSessionId, ReasonCode, Status, Tag, Trigger,
};
use transfer_http::openapi::{Operation, examples, moment, page_limit, page_position, position, query};
use transfer_http::{Kind, Scope};
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::counts::CountsRecord;
use crate::{DEFAULT_LIMIT, MAX_LIMIT, Page};

const DESCRIPTION: &str = "The project's sessions, newest first, as an operator's table shows them.

Paging is stable while statuses change. A page may have fewer items than `limit` although more follow: go on until \
`nextCursor` is null. A cursor belongs to the filters that it was given out for.

`sessionId`, `conversationSessionId`, `providerSessionId`, `callId`, `contactId` and `q` look sessions up and cost no more than what \
they find. The other filters look at the sessions of the statuses that are asked for, newest first, until \
some are found; `lookedAt` tells how many these were. `updatedAfter` and `stale` are answered by the records, of which \
at most a thousand are read for a page.

The `ETag` does not change because a duration does.";

const COUNTS: &str =
    "How many of the project's sessions fit the filters, as a list would show them, by status and outcome.

Counted in the index, which lags the records by a moment. It is looked at 10,000 sessions at most, at a thousand where \
they must be read (`updatedAfter`, `stale`); if there are more, `complete` is false, and those counted are the newest.";

/// The operation.
pub fn operations() -> Vec<Operation> {
    let list = filtered("/v1/projects/{projectId}/transfers")
        .named("Transfers", "listTransfers")
        .does("List transfers", DESCRIPTION)
        .takes([
            query("include", "What a row tells besides: `expiresAt`.", text().enum_values(Some(["expiresAt"]))),
            page_limit(DEFAULT_LIMIT, MAX_LIMIT),
            page_position("cursor", "`nextCursor` of the page before."),
        ])
        .answers::<Page<'_>>(200, "A page.", json!({ "items": [row()], "nextCursor": null, "lookedAt": 1 }))
        .unless_known()
        .limit::<Page<'_>>("nextCursor", position())
        .refuses(&[Kind::InvalidCursor]);
    let count = filtered("/v1/projects/{projectId}/transfers/counts")
        .named("Transfers", "countTransfers")
        .does("Count transfers", COUNTS)
        .answers::<CountsRecord>(200, "How many there are.", counts())
        .unless_known();
    vec![list, count]
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn filtered(path: &'static str) -> Operation {
    Operation::new(HttpMethod::Get, path, Scope::TransfersRead)
        .takes_several_in_query::<Status>("status", "Only these statuses; may stand several times.")
        .takes_in_query::<Channel>("channel", "Only this channel.")
        .takes_in_query::<Provider>("provider", "Only this provider.")
        .takes_in_query::<AgentName>("agent", "Only this AI agent.")
        .takes_in_query::<Outcome>("outcome", "Only what ended with this outcome.")
        .takes_in_query::<HandBackState>("handback", "Only what ended and whose hand-back is in this state.")
        .takes_in_query::<Trigger>("trigger", "Only what was handed off by this.")
        .takes_in_query::<ReasonCode>("reasonCode", "Only what was asked for by this code.")
        .takes_in_query::<Tag>("tag", "Only what has this tag.")
        .takes_in_query::<ContactId>("contactId", "Only this end user.")
        .takes_in_query::<ConversationSessionId>("conversationSessionId", "Only this conversation of the AI agent.")
        .takes_in_query::<ProviderSessionId>("providerSessionId", "Only what a provider calls so.")
        .takes_in_query::<CallId>("callId", "Only what is of this call: the runtime's id of it, or SIP's.")
        .takes_in_query::<NamedSession>("sessionId", "Only this session: its id, or the uuid in it.")
        .takes([
            query("queue", "Only this queue.", text()),
            query("createdAfter", "Requested at this moment or later.", moment()),
            query("createdBefore", "Requested before this moment.", moment()),
            query("updatedAfter", "Changed at this moment or later. The records are read.", moment()),
            query("unconfirmed", "Only those of which nobody knows if the contact centre took them.", only()),
            query("stale", "Only calls that are silent for too long. The records are read.", only()),
        ])
        .takes_in_query::<AnyName>(
            "q",
            "Only what has this name: a session's id or uuid, a contact, a conversation of \
                                         the AI agent, a call, or what a provider calls it. Not beside one of these.",
        )
}

fn only() -> ObjectBuilder {
    text().enum_values(Some(["true"]))
}

fn counts() -> serde_json::Value {
    json!({
        "total": 7,
        "byStatus": { "pending": 1, "queued": 2, "active": 3, "post_agent": 0, "ended": 1 },
        "byOutcome": { "served": 1, "abandoned": 0 },
        "complete": true,
    })
}

fn row() -> serde_json::Value {
    json!({
        "sessionId": examples::SESSION,
        "contactId": "contact-1",
        "agent": "billing-agent",
        "provider": "genesys",
        "channel": "chat",
        "status": "queued",
        "queue": { "name": "default", "position": 3, "estimatedWaitSeconds": 120 },
        "durationSeconds": 41,
        "endReason": null,
        "outcome": null,
        "handback": null,
        "trigger": "handoff",
        "reasonCode": "refund",
        "tags": ["eu", "vip"],
        "unconfirmed": false,
        "representative": null,
        "priority": 5,
        "stale": false,
        "createdAt": "2026-11-23T00:54:47.120Z",
        "actions": ["refresh", "end"],
    })
}
