//! What this function says about its operation.

use serde_json::json;
use transfer_domain::{
    AgentName, CallId, Channel, ContactId, ConversationSessionId, HandBackState, NamedSession, Outcome, Provider,
    ProviderSessionId, ReasonCode, Status, Tag, Trigger,
};
use transfer_http::openapi::{Operation, examples, moment, page_limit, page_position, position, query};
use transfer_http::{Kind, Scope};
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::{DEFAULT_LIMIT, MAX_LIMIT, Page};

const DESCRIPTION: &str = "The project's sessions, newest first, as an operator's table shows them.

Paging is stable while statuses change. A page may have fewer items than `limit` although more follow: go on until \
`nextCursor` is null. A cursor belongs to the filters that it was given out for.

`sessionId`, `conversationSessionId`, `providerSessionId`, `callId` and `contactId` look sessions up and cost no more than what \
they find. The other filters look at the sessions of the statuses that are asked for, newest first, until \
some are found; `lookedAt` tells how many these were.";

/// The operation.
pub fn operations() -> Vec<Operation> {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let list = Operation::new(HttpMethod::Get, "/v1/projects/{projectId}/transfers", Scope::TransfersRead)
        .named("Transfers", "listTransfers")
        .does("List transfers", DESCRIPTION)
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
            query("include", "What a row tells besides: `expiresAt`.", text().enum_values(Some(["expiresAt"]))),
            page_limit(DEFAULT_LIMIT, MAX_LIMIT),
            page_position("cursor", "`nextCursor` of the page before."),
        ])
        .answers::<Page<'_>>(200, "A page.", json!({ "items": [row()], "nextCursor": null, "lookedAt": 1 }))
        .limit::<Page<'_>>("nextCursor", position())
        .refuses(&[Kind::InvalidCursor]);
    vec![list]
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
