//! What the bus told lately, for programs on this machine. There is nothing like it on AWS, where a rule would have been
//! made before.

use aws_loopback::EventBridge;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where it is asked, at the API's address.
pub(crate) const PATH: &str = "/_local/events";
/// How many events are told at most.
const MOST: usize = 1000;

/// The last events of the bus, and where the next ones can be had.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recent {
    /// The address of EventBridge and SQS.
    pub(crate) aws_endpoint: String,
    /// The bus that our events are published to.
    pub(crate) event_bus: String,
    /// Whole envelopes, oldest first.
    pub(crate) events: Vec<Value>,
}

/// The route.
pub(crate) fn router(bridge: EventBridge, aws_endpoint: &str, event_bus: &str) -> Router {
    let asked = Asked { bridge, aws_endpoint: aws_endpoint.to_owned(), event_bus: event_bus.to_owned() };
    Router::new().route(PATH, get(answer)).with_state(asked)
}

#[derive(Clone)]
struct Asked {
    bridge: EventBridge,
    aws_endpoint: String,
    event_bus: String,
}

async fn answer(State(asked): State<Asked>) -> Json<Recent> {
    let events = asked.bridge.last_events(&asked.event_bus, MOST, |_| true);
    Json(Recent { aws_endpoint: asked.aws_endpoint, event_bus: asked.event_bus, events })
}
