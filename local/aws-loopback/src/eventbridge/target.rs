//! The target of a rule that was made over the wire: a queue, and what of an event it gets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::refusal;
use crate::error::AwsError;
use crate::sqs::NewMessage;
use crate::{ACCOUNT, REGION};

const MAX_ID_LENGTH: usize = 64;
const MAX_INPUT_BYTES: usize = 8192;

/// A target as `PutTargets` gives it and the journal has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Target {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    arn: String,
    /// Without a meaning on loopback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role_arn: Option<String>,
    /// What the queue gets instead of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input: Option<String>,
    /// Which part of the event it gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input_path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sqs_parameters: Option<SqsParameters>,
    /// Without a meaning on loopback, where a delivery succeeds at once or never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_policy: Option<Value>,
    /// What else AWS knows is refused.
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SqsParameters {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message_group_id: Option<String>,
}

impl Target {
    /// Refuses what is not valid, and what is not offered here.
    pub(super) fn check(&self) -> Result<(), AwsError> {
        let id = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        if !(1..=MAX_ID_LENGTH).contains(&self.id.len()) || !self.id.chars().all(id) {
            return Err(refusal::constraint("targets.member.id", r"[\.\-_A-Za-z0-9]{1,64}"));
        }
        if let Some(name) = self.others.keys().next() {
            return Err(self.invalid(format_args!("the parameter {name} is not offered here")));
        }
        let Some(queue) = self.queue() else {
            let form = format_args!("the Arn must be one of a queue here, arn:aws:sqs:{REGION}:{ACCOUNT}:<name>");
            return Err(self.invalid(form));
        };
        if queue.strip_suffix(".fifo").is_some() && self.group().is_none() {
            return Err(self.invalid("a FIFO queue needs SqsParameters with a MessageGroupId"));
        }
        self.check_input()
    }

    fn check_input(&self) -> Result<(), AwsError> {
        match (&self.input, &self.input_path) {
            (Some(_), Some(_)) => Err(self.invalid("only one of Input and InputPath can be given")),
            (Some(input), None) if input.len() > MAX_INPUT_BYTES => Err(self.invalid("the Input is longer than 8192")),
            (Some(input), None) => match serde_json::from_str::<Value>(input) {
                Ok(_) => Ok(()),
                Err(_) => Err(self.invalid("the Input is not valid JSON")),
            },
            (None, Some(path)) if steps(path).is_none() => {
                Err(self.invalid("the InputPath must be of the form $.name.name, other paths are not offered here"))
            }
            (None, Some(_) | None) => Ok(()),
        }
    }

    fn invalid(&self, why: impl std::fmt::Display) -> AwsError {
        refusal::validation(format!("The target {} is not valid: {why}.", self.id))
    }

    /// The name of the queue, which need not exist yet.
    pub(super) fn queue(&self) -> Option<&str> {
        let name = self.arn.strip_prefix("arn:aws:sqs:")?.strip_prefix(REGION)?.strip_prefix(':')?;
        name.strip_prefix(ACCOUNT)?.strip_prefix(':').filter(|name| !name.is_empty() && !name.contains(':'))
    }

    fn group(&self) -> Option<&str> {
        self.sqs_parameters.as_ref()?.message_group_id.as_deref().filter(|group| !group.is_empty())
    }

    /// What the queue gets of an event with this text; nothing if the event has no such part.
    pub(super) fn message(&self, event: &Value, text: &str) -> Option<NewMessage> {
        let body = match (&self.input, &self.input_path) {
            (Some(input), _) => input.clone(),
            (None, Some(path)) => steps(path)?.into_iter().try_fold(event, |value, name| value.get(name))?.to_string(),
            (None, None) => text.to_owned(),
        };
        let mut message = NewMessage::new(body);
        message.group = self.group().map(str::to_owned);
        Some(message)
    }
}

/// The names of a path of the form `$.name.name`.
fn steps(path: &str) -> Option<Vec<&str>> {
    let rest = path.strip_prefix('$')?;
    if rest.is_empty() {
        return Some(Vec::new());
    }
    let names: Vec<&str> = rest.strip_prefix('.')?.split('.').collect();
    let letter = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    names.iter().all(|name| !name.is_empty() && name.chars().all(letter)).then_some(names)
}
