//! What this function says about its operations.

use serde_json::json;
use transfer_http::Kind;
use transfer_http::openapi::{Operation, header};
use transfer_providers::relay::{RelayAnswer, RelayCallback};
use utoipa::openapi::ContentBuilder;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};

const CALLBACK: &str = "A callback in the contact centre's own form. Its address is the integration's `webhookUrl`.

The route takes every method; contact centres use POST, Five9 also PUT. What is not authentic learns nothing: a \
wrong secret, an unknown integration and an unknown path have the same answer.";

const RELAY: &str = "Takes what any code at the customer's side can tell, signed as Standard Webhooks describe. \
                     Repetitions of a `webhook-id` have no further effect. An integration whose `relayAuth` is \
                     `bearer` sends a relay secret as bearer token instead of a signature.";

/// The operations.
pub fn operations() -> Vec<Operation> {
    vec![
        callback(HttpMethod::Post, "/v1/webhooks/{provider}/{target}/{secret}", "receiveCallback"),
        callback(HttpMethod::Put, "/v1/webhooks/{provider}/{target}/{secret}", "receiveCallbackByPut"),
        callback(HttpMethod::Post, "/v1/webhooks/{provider}/{target}/{secret}/{rest}", "receiveCallbackBelow"),
        callback(HttpMethod::Put, "/v1/webhooks/{provider}/{target}/{secret}/{rest}", "receiveCallbackBelowByPut"),
        relay(),
        relay_raw(),
    ]
}

fn callback(method: HttpMethod, path: &'static str, id: &str) -> Operation {
    own_form(Operation::without_token(method, path))
        .named("Webhooks", id)
        .does("Receive a callback of a contact centre", CALLBACK)
        .answers::<RelayAnswer>(200, "It was taken.", json!({ "status": "accepted" }))
        .refuses(&[Kind::Malformed, Kind::Unauthorized, Kind::NotFound, Kind::TooLarge, Kind::TooManyRequests])
}

fn relay() -> Operation {
    let example = json!({
        "v": 1, "type": "queued", "transfer_id": "019ab2c0-5d00-7000-8000-000000000001",
        "occurred_at": "2026-11-23T00:54:48Z", "seq": 1, "queue": { "name": "default" }, "position": 3,
    });
    let mut relay =
        signed("/v1/webhooks/relay/{integrationId}").named("Webhooks", "relayCallback").does("Relay an event", RELAY);
    let schema = relay.schemas.refer::<RelayCallback>();
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example));
    relay.body_of("application/json", content)
}

fn relay_raw() -> Operation {
    own_form(signed("/v1/webhooks/relay/{integrationId}/raw"))
        .named("Webhooks", "relayRawCallback")
        .does("Relay a callback as it is", "The contact centre's own body behind the relay's signature.")
}

/// Described as JSON, which all contact centres send, so that generated clients have the operation; whatever type is
/// named is taken.
fn own_form(mut operation: Operation) -> Operation {
    let form = ObjectBuilder::new()
        .description(Some("A callback in the contact centre's own form."))
        .additional_properties(Some(AdditionalProperties::FreeForm(true)));
    let schema = operation.schemas.define("OwnCallback", Schema::from(form));
    let example = json!({ "id": "m-1", "type": "Text", "text": "Good day", "direction": "Outbound" });
    operation.body_of("application/json", ContentBuilder::new().schema(Some(schema)).example(Some(example)))
}

fn signed(path: &'static str) -> Operation {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    Operation::without_token(HttpMethod::Post, path)
        .takes([
            header("webhook-id", "The event's own id, the same for each repetition.", text()),
            header("webhook-timestamp", "When it is sent, in seconds since the epoch.", text()),
            header("webhook-signature", "`v1,` and the HMAC-SHA256 of id, time and body, in base64.", text()),
        ])
        .answers::<RelayAnswer>(200, "What became of it.", json!({ "status": "accepted" }))
        .refuses(&[Kind::Unauthorized, Kind::TooLarge, Kind::TooManyRequests])
}
