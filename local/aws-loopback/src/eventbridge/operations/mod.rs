//! The wire operations of EventBridge.

mod put_events;
mod rules;
mod targets;

use serde_json::Value;

use self::put_events::Sender;
use super::EventBridge;
use crate::error::AwsError;
use crate::wire::{decode, unknown_operation};

pub(crate) fn call(bridge: &EventBridge, operation: &str, body: &[u8]) -> Result<Value, AwsError> {
    bridge.faults().check_call()?;
    match operation {
        "PutEvents" => put_events::put_events(bridge, Sender::Account, decode(body)?),
        "PutPartnerEvents" => put_events::put_events(bridge, Sender::Partner, decode(body)?),
        "PutRule" => rules::put(bridge, decode(body)?),
        "ListRules" => rules::list(bridge, &decode(body)?),
        "DeleteRule" => rules::delete(bridge, &decode(body)?),
        "PutTargets" => targets::put(bridge, decode(body)?),
        "RemoveTargets" => targets::remove(bridge, decode(body)?),
        unknown => Err(unknown_operation(unknown)),
    }
}
