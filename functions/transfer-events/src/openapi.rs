//! What this function says about its operation.

use serde_json::json;
use transfer_app::follow::LONGEST_WAIT;
use transfer_http::openapi::{Operation, page_limit, page_position, wait_seconds};
use transfer_http::{Kind, Scope};
use utoipa::openapi::path::HttpMethod;

use crate::wire::{EventPage, EventRecord};
use crate::{DEFAULT_LIMIT, MAX_LIMIT};

const DESCRIPTION: &str = "The events of a session in the order in which they were published, each as it is on the bus. \
                           `next` is always there: it goes into `after` of the next request. With `waitSeconds` the \
                           answer comes as soon as there is an event, at the latest after so many seconds, then with \
                           none. An event may come twice; its `id` is the same then.";

/// The operation.
pub fn operations() -> Vec<Operation> {
    let example = json!({ "items": [{
        "id": "01a205e5-fa14-70c3-bb74-92af1c04b057-3-transfer.queued",
        "source": "agent-transfer", "detail-type": "transfer.queued", "time": "2026-11-23T00:54:48.100Z",
        "detail": {
            "eventId": "01a205e5-fa14-70c3-bb74-92af1c04b057-3-transfer.queued", "sequence": 3,
            "occurredAt": "2026-11-23T00:54:48.100Z", "projectId": "demo",
            "sessionId": "agent_transfer:01a205e5-fa14-70c3-bb74-92af1c04b057:conv-1:chat",
            "conversationSessionId": "conv-1", "contactId": "contact-1", "agent": "billing-agent",
            "provider": "genesys", "channel": "chat", "status": "queued", "priority": 5,
            "queue": { "name": "billing", "position": 2, "estimatedWaitSeconds": 90 },
        },
    }], "next": "1795395278100.5c1d2e01", "more": false });
    let path = "/v1/projects/{projectId}/transfers/{sessionId}/events";
    vec![
        Operation::new(HttpMethod::Get, path, Scope::TransfersRead)
            .takes([
                page_position("after", "`next` of the answer before."),
                page_limit(DEFAULT_LIMIT, MAX_LIMIT),
                wait_seconds(LONGEST_WAIT.as_secs()),
            ])
            .refuses(&[Kind::InvalidCursor])
            .named("Events", "listEvents")
            .does("List a transfer's events", DESCRIPTION)
            .mentions::<EventRecord<'_>>()
            .answers::<EventPage<'_>>(200, "What was published after that place.", example),
    ]
}
