//! The rules that were made over the wire, and their targets. Unlike those of this process they are kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pattern::EventPattern;
use super::refusal;
use super::target::Target;
use crate::error::AwsError;
use crate::journal::{Change, JournalError, decode};
use crate::{ACCOUNT, REGION};

/// Where they stand in the journal: `events/rules/<name>/<bus>`; a bus's name may have slashes.
const PREFIX: &str = "events/rules/";
/// AWS's quotas.
const MAX_RULES_OF_BUS: usize = 300;
const MAX_TARGETS: usize = 5;

/// Whether a rule takes events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum RuleState {
    Enabled,
    Disabled,
}

/// What `PutRule` says of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RuleSettings {
    pub(super) event_pattern: String,
    pub(super) state: RuleState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role_arn: Option<String>,
}

/// A rule as the journal has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct MadeRule {
    name: String,
    bus: String,
    settings: RuleSettings,
    targets: BTreeMap<String, Target>,
}

impl MadeRule {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its own bus is the default one's without a name in the ARN, as in AWS.
    pub(super) fn arn(&self) -> String {
        let bus = if self.bus == "default" { String::new() } else { format!("{}/", self.bus) };
        format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/{bus}{}", self.name)
    }

    /// The fields that `ListRules` shows.
    pub(super) fn describe(&self) -> Value {
        let mut shown = serde_json::json!(self.settings);
        if let Some(fields) = shown.as_object_mut() {
            fields.insert("Name".to_owned(), self.name.clone().into());
            fields.insert("Arn".to_owned(), self.arn().into());
            fields.insert("EventBusName".to_owned(), self.bus.clone().into());
        }
        shown
    }

    fn change(&self) -> Change {
        Change::put(format!("{PREFIX}{}/{}", self.name, self.bus), self)
    }

    fn removal(&self) -> Change {
        Change::Remove { key: format!("{PREFIX}{}/{}", self.name, self.bus) }
    }
}

/// All of them, by bus and name.
#[derive(Default)]
pub(super) struct MadeRules(BTreeMap<(String, String), (MadeRule, EventPattern)>);

impl MadeRules {
    pub(super) fn restore(kept: &BTreeMap<String, Value>) -> Result<Self, JournalError> {
        let mut rules = Self::default();
        for (key, value) in kept.iter().filter(|(key, _)| key.starts_with(PREFIX)) {
            let rule: MadeRule = decode(key, value)?;
            let pattern = EventPattern::parse(&rule.settings.event_pattern);
            let pattern = pattern.map_err(|_| JournalError::Damaged { record: key.clone() })?;
            rules.0.insert((rule.bus.clone(), rule.name.clone()), (rule, pattern));
        }
        Ok(rules)
    }

    /// Makes a rule or replaces what it says; its targets stay.
    pub(super) fn put(&mut self, bus: &str, name: &str, settings: RuleSettings) -> Result<(String, Change), AwsError> {
        let pattern = EventPattern::parse(&settings.event_pattern)?;
        let key = (bus.to_owned(), name.to_owned());
        if !self.0.contains_key(&key) && self.of_bus(bus).count() >= MAX_RULES_OF_BUS {
            return Err(refusal::limit("The requested resource exceeds the maximum number allowed."));
        }
        let targets = self.0.remove(&key).map(|(rule, _)| rule.targets).unwrap_or_default();
        let rule = MadeRule { name: name.to_owned(), bus: bus.to_owned(), settings, targets };
        let done = (rule.arn(), rule.change());
        self.0.insert(key, (rule, pattern));
        Ok(done)
    }

    /// The rules of a bus, by name.
    pub(super) fn of_bus(&self, bus: &str) -> impl Iterator<Item = &MadeRule> {
        self.0.values().map(|(rule, _)| rule).filter(move |rule| rule.bus == bus)
    }

    /// Adds targets, or replaces those with the same ids.
    pub(super) fn put_targets(&mut self, bus: &str, name: &str, targets: Vec<Target>) -> Result<Change, AwsError> {
        let rule = self.get_mut(bus, name)?;
        let mut all = rule.targets.clone();
        all.extend(targets.into_iter().map(|target| (target.id.clone(), target)));
        if all.len() > MAX_TARGETS {
            return Err(refusal::limit("The requested resource exceeds the maximum number allowed."));
        }
        rule.targets = all;
        Ok(rule.change())
    }

    /// Removes targets; tells the ids that the rule does not have.
    pub(super) fn remove_targets(
        &mut self,
        bus: &str,
        name: &str,
        ids: Vec<String>,
    ) -> Result<(Vec<String>, Change), AwsError> {
        let rule = self.get_mut(bus, name)?;
        let missing = ids.into_iter().filter(|id| rule.targets.remove(id).is_none()).collect();
        Ok((missing, rule.change()))
    }

    /// Removes a rule; one that is not there is gone already. Refused while it has targets.
    pub(super) fn delete(&mut self, bus: &str, name: &str) -> Result<Vec<Change>, AwsError> {
        let key = (bus.to_owned(), name.to_owned());
        let Some((rule, _)) = self.0.get(&key) else { return Ok(Vec::new()) };
        if !rule.targets.is_empty() {
            return Err(refusal::validation("Rule can't be deleted since it has targets."));
        }
        let change = rule.removal();
        self.0.remove(&key);
        Ok(vec![change])
    }

    /// The targets of the enabled rules that take an event.
    pub(super) fn targets_of<'a>(&'a self, bus: &'a str, event: &'a Value) -> impl Iterator<Item = &'a Target> {
        let taking = self.0.values().filter(move |(rule, pattern)| {
            rule.bus == bus && rule.settings.state == RuleState::Enabled && pattern.takes(event)
        });
        taking.flat_map(|(rule, _)| rule.targets.values())
    }

    fn get_mut(&mut self, bus: &str, name: &str) -> Result<&mut MadeRule, AwsError> {
        let found = self.0.get_mut(&(bus.to_owned(), name.to_owned()));
        found.map(|(rule, _)| rule).ok_or_else(|| refusal::no_rule(name, bus))
    }
}
