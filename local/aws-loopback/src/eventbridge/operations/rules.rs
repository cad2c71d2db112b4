//! `PutRule`, `ListRules`, `DeleteRule`.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::AwsError;
use crate::eventbridge::entry::bus_named;
use crate::eventbridge::made::{MadeRule, RuleSettings, RuleState};
use crate::eventbridge::{EventBridge, refusal};
use crate::page::{Cut, page};

const MAX_NAME_LENGTH: usize = 64;
const MAX_PATTERN_LENGTH: usize = 4096;
/// The largest page, and the one where none is asked for.
const MAX_LIMIT: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutInput {
    name: Option<String>,
    event_bus_name: Option<String>,
    event_pattern: Option<String>,
    schedule_expression: Option<String>,
    state: Option<String>,
    description: Option<String>,
    role_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    name: Option<String>,
    event_bus_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    name_prefix: Option<String>,
    event_bus_name: Option<String>,
    #[serde(flatten)]
    cut: Cut,
}

pub(super) fn put(bridge: &EventBridge, input: PutInput) -> Result<Value, AwsError> {
    let name = rule_name("name", input.name.as_deref())?;
    let bus = existing_bus(bridge, input.event_bus_name.as_deref())?;
    if input.schedule_expression.is_some() {
        return Err(refusal::validation("Parameter ScheduleExpression is not offered here."));
    }
    let event_pattern = input
        .event_pattern
        .ok_or_else(|| refusal::validation("Parameter(s) EventPattern or ScheduleExpression must be specified."))?;
    if event_pattern.len() > MAX_PATTERN_LENGTH {
        return Err(refusal::constraint("eventPattern", "length less than or equal to 4096"));
    }
    let state = match input.state.as_deref() {
        None | Some("ENABLED") => RuleState::Enabled,
        Some("DISABLED") => RuleState::Disabled,
        Some(_) => return Err(refusal::constraint("state", "enum value set: [ENABLED, DISABLED]")),
    };
    let settings = RuleSettings { event_pattern, state, description: input.description, role_arn: input.role_arn };
    let arn = bridge.change_rules(|rules| {
        let (arn, change) = rules.put(bus, name, settings)?;
        Ok((arn, vec![change]))
    })?;
    Ok(json!({ "RuleArn": arn }))
}

pub(super) fn list(bridge: &EventBridge, input: &ListInput) -> Result<Value, AwsError> {
    let bus = existing_bus(bridge, input.event_bus_name.as_deref())?;
    let prefix = input.name_prefix.as_deref().unwrap_or_default();
    bridge.read_rules(|rules| {
        let fitting = rules.of_bus(bus).filter(|rule| rule.name().starts_with(prefix));
        let limit = input.cut.limit(MAX_LIMIT);
        let limit = limit.ok_or_else(|| refusal::constraint("limit", "value between 1 and 100"))?;
        let page = page(fitting, MadeRule::name, limit, &input.cut);
        let page = page.ok_or_else(|| refusal::validation("Parameter NextToken is not valid."))?;
        let shown: Vec<Value> = page.items.into_iter().map(MadeRule::describe).collect();
        Ok(page.next.into_answer(json!({ "Rules": shown })))
    })
}

pub(super) fn delete(bridge: &EventBridge, input: &DeleteInput) -> Result<Value, AwsError> {
    let name = rule_name("name", input.name.as_deref())?;
    let bus = existing_bus(bridge, input.event_bus_name.as_deref())?;
    bridge.change_rules(|rules| Ok((json!({}), rules.delete(bus, name)?)))
}

/// The name of a rule, as a field of a request gives it.
pub(super) fn rule_name<'a>(field: &str, name: Option<&'a str>) -> Result<&'a str, AwsError> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    name.filter(|name| (1..=MAX_NAME_LENGTH).contains(&name.len()) && name.chars().all(allowed))
        .ok_or_else(|| refusal::constraint(field, r"[\.\-_A-Za-z0-9]{1,64}"))
}

pub(super) fn existing_bus<'a>(bridge: &EventBridge, named: Option<&'a str>) -> Result<&'a str, AwsError> {
    let bus = bus_named(named);
    bridge.check_bus(bus).map(|()| bus)
}
