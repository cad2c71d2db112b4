//! `PutTargets`, `RemoveTargets`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::rules::{existing_bus, rule_name};
use crate::error::AwsError;
use crate::eventbridge::target::Target;
use crate::eventbridge::{EventBridge, refusal};

const MAX_ENTRIES: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutInput {
    rule: Option<String>,
    event_bus_name: Option<String>,
    #[serde(default)]
    targets: Vec<Target>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RemoveInput {
    rule: Option<String>,
    event_bus_name: Option<String>,
    #[serde(default)]
    ids: Vec<String>,
}

/// All of them or, with a refusal of the whole call, none.
pub(super) fn put(bridge: &EventBridge, input: PutInput) -> Result<Value, AwsError> {
    let name = rule_name("rule", input.rule.as_deref())?;
    let bus = existing_bus(bridge, input.event_bus_name.as_deref())?;
    check_length("targets", input.targets.len())?;
    input.targets.iter().try_for_each(Target::check)?;
    bridge.change_rules(|rules| Ok(((), vec![rules.put_targets(bus, name, input.targets)?])))?;
    Ok(failures(&[]))
}

pub(super) fn remove(bridge: &EventBridge, input: RemoveInput) -> Result<Value, AwsError> {
    let name = rule_name("rule", input.rule.as_deref())?;
    let bus = existing_bus(bridge, input.event_bus_name.as_deref())?;
    check_length("ids", input.ids.len())?;
    let missing = bridge.change_rules(|rules| {
        let (missing, change) = rules.remove_targets(bus, name, input.ids)?;
        Ok((missing, vec![change]))
    })?;
    let failed = |id: &String| {
        json!({
            "TargetId": id,
            "ErrorCode": "ResourceNotFoundException",
            "ErrorMessage": format!("Rule {name} does not have a target with the Id {id}."),
        })
    };
    Ok(failures(&missing.iter().map(failed).collect::<Vec<_>>()))
}

fn failures(entries: &[Value]) -> Value {
    json!({ "FailedEntryCount": entries.len(), "FailedEntries": entries })
}

fn check_length(field: &str, length: usize) -> Result<(), AwsError> {
    if (1..=MAX_ENTRIES).contains(&length) {
        return Ok(());
    }
    Err(refusal::constraint(field, "length between 1 and 100"))
}
