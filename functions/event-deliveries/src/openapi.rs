//! What this function says about its operations.

use serde_json::{Value, json};
use transfer_domain::NoticeState;
use transfer_http::openapi::{Operation, page_limit, page_position, position};
use transfer_http::{Kind, Scope};
use utoipa::openapi::Required;
use utoipa::openapi::path::HttpMethod;

use crate::wire::{DeliveryPage, Queued, ReplayBody, ReplayRecord};
use crate::{DEFAULT_LIMIT, MAX_LIMIT};

const REPLAY: &str = "Sends up to 100 events again, in their order and with their ids: of a session all that the \
                      endpoint gets, as long as the session is kept; of a time those that were put on their way to it \
                      and whose session is kept. While `next` is there, ask again with it as `after`.";

/// The operations.
pub fn operations() -> Vec<Operation> {
    vec![list(), retry(), replay(), test()]
}

fn list() -> Operation {
    let example = json!({ "items": [{
        "deliveryId": "1795395288100-01a205e5-fa14-70c3-bb74-92af1c04b057-3-transfer.queued",
        "eventId": "01a205e5-fa14-70c3-bb74-92af1c04b057-3-transfer.queued", "eventType": "transfer.queued",
        "sessionId": "agent_transfer:01a205e5-fa14-70c3-bb74-92af1c04b057:conv-1:chat", "state": "pending",
        "attempts": 2, "firstAttemptAt": "2026-11-23T00:54:48.300Z", "lastAttemptAt": "2026-11-23T00:54:53.400Z",
        "nextAttemptAt": "2026-11-23T00:55:23.900Z", "status": 503, "error": "answered 503",
    }], "next": null });
    let description = "What became of the events at an endpoint within the last seven days, the newest first.";
    let path = "/v1/projects/{projectId}/settings/event-endpoints/{endpointId}/deliveries";
    Operation::new(HttpMethod::Get, path, Scope::SettingsRead)
        .named("Events", "listEventDeliveries")
        .does("List deliveries of an event endpoint", description)
        .takes_in_query::<NoticeState>("state", "Only those of this state; pages may then be shorter, or empty.")
        .takes([page_position("after", "`next` of the page before."), page_limit(DEFAULT_LIMIT, MAX_LIMIT)])
        .refuses(&[Kind::InvalidCursor])
        .answers::<DeliveryPage<'_>>(200, "A page.", example)
}

fn retry() -> Operation {
    let path = "/v1/projects/{projectId}/settings/event-endpoints/{endpointId}/deliveries/{deliveryId}/retry";
    Operation::new(HttpMethod::Post, path, Scope::SettingsWrite)
        .named("Events", "retryEventDelivery")
        .does("Send an event again", "Sends an event again that arrived, or is not tried any more.")
        .answers::<Queued<'_>>(202, "It is on its way.", queued())
        .refuses(&[Kind::DeliveryPending, Kind::EventNotKept])
}

fn replay() -> Operation {
    let path = "/v1/projects/{projectId}/settings/event-endpoints/{endpointId}/replay";
    let body = json!({ "from": "2026-11-23T00:00:00Z", "until": "2026-11-23T06:00:00Z" });
    Operation::new(HttpMethod::Post, path, Scope::SettingsWrite)
        .named("Events", "replayEvents")
        .does("Send events of a session or a time again", REPLAY)
        .body::<ReplayBody>(Required::True, body)
        .limit::<ReplayBody>("after", position())
        .answers::<ReplayRecord<'_>>(202, "They are on their way.", json!({ "events": 42, "next": null }))
        .refuses(&[Kind::InvalidCursor, Kind::EventNotKept])
}

fn test() -> Operation {
    let path = "/v1/projects/{projectId}/settings/event-endpoints/{endpointId}/test";
    let description = "Sends an event of the type `event_endpoint.test`, whatever types the endpoint gets.";
    Operation::new(HttpMethod::Post, path, Scope::SettingsWrite)
        .named("Events", "testEventEndpoint")
        .does("Test an event endpoint", description)
        .answers::<Queued<'_>>(202, "It is on its way.", queued())
}

fn queued() -> Value {
    json!({ "deliveryId": "1795395288100-01a205e5-fa14-70c3-bb74-92af1c04b057" })
}
