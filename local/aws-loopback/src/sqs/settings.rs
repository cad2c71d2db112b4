//! A queue's settings and their form as attributes on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::refusal;
use crate::error::AwsError;
use crate::{ACCOUNT, REGION};

/// Days, minutes and bytes are AWS's defaults.
const DEFAULT_RETENTION_SECONDS: u32 = 4 * 24 * 3600;
const DEFAULT_VISIBILITY_SECONDS: u32 = 30;
/// The largest message, and the largest batch.
pub(crate) const MAX_MESSAGE_BYTES: u32 = 1024 * 1024;
pub(crate) const MAX_VISIBILITY_SECONDS: u32 = 12 * 3600;
pub(crate) const MAX_DELAY_SECONDS: u32 = 15 * 60;
pub(crate) const MAX_WAIT_SECONDS: u32 = 20;

/// What order a queue keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum QueueKind {
    /// None; delays are per message.
    Standard,
    /// That of sending, within each message group; the queue's name ends in `.fifo`.
    Fifo,
}

/// Where a FIFO queue takes the deduplication id from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deduplication {
    /// The sender names it.
    ById,
    /// The hash of the body, where the sender names none.
    ByContent,
}

/// Within what a deduplication id is unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeduplicationScope {
    /// The whole queue.
    Queue,
    /// One message group.
    MessageGroup,
}

/// Where messages go that were received too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redrive {
    /// The name of the dead-letter queue, of the same kind.
    pub dead_letter_queue: String,
    /// How often a message is handed out before it moves.
    pub max_receive_count: u32,
}

/// The settings of one queue; all times in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueSettings {
    /// Standard or FIFO.
    pub kind: QueueKind,
    /// Only for FIFO queues.
    pub deduplication: Deduplication,
    /// Only for FIFO queues.
    pub deduplication_scope: DeduplicationScope,
    /// How long a received message stays hidden, where the receiver does not say.
    pub visibility_timeout: u32,
    /// How long a new message stays hidden, where the sender does not say.
    pub delay: u32,
    /// How long a receive waits, where the receiver does not say.
    pub receive_wait: u32,
    /// After which time an undeleted message is dropped.
    pub retention: u32,
    /// The largest body with attributes, in bytes.
    pub maximum_message_size: u32,
    /// The dead-letter rule, if there is one.
    pub redrive: Option<Redrive>,
}

impl QueueSettings {
    /// AWS's defaults for the kind.
    pub fn new(kind: QueueKind) -> Self {
        Self {
            kind,
            deduplication: Deduplication::ById,
            deduplication_scope: DeduplicationScope::Queue,
            visibility_timeout: DEFAULT_VISIBILITY_SECONDS,
            delay: 0,
            receive_wait: 0,
            retention: DEFAULT_RETENTION_SECONDS,
            maximum_message_size: MAX_MESSAGE_BYTES,
            redrive: None,
        }
    }

    /// Reads the attributes of `CreateQueue`; refuses unknown names and values out of range.
    pub(crate) fn from_attributes(attributes: &BTreeMap<String, String>) -> Result<Self, AwsError> {
        let kind = match attributes.get("FifoQueue").map(String::as_str) {
            Some("true") => QueueKind::Fifo,
            None | Some("false") => QueueKind::Standard,
            Some(_) => return Err(invalid("FifoQueue")),
        };
        Self::new(kind).with_attributes(attributes)
    }

    /// These settings with some attributes changed. The kind stays: refuses another one, unknown names and values out of
    /// range.
    pub(crate) fn with_attributes(&self, attributes: &BTreeMap<String, String>) -> Result<Self, AwsError> {
        let mut settings = self.clone();
        for (name, value) in attributes {
            settings.set(name, value)?;
        }
        Ok(settings)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), AwsError> {
        let number = |minimum: u32, maximum: u32| {
            let parsed = value.parse().ok();
            parsed.filter(|number| (minimum..=maximum).contains(number)).ok_or_else(|| invalid(name))
        };
        match name {
            "ContentBasedDeduplication" | "DeduplicationScope" | "FifoThroughputLimit" => {
                self.set_fifo(name, value)?;
            }
            "VisibilityTimeout" => self.visibility_timeout = number(0, MAX_VISIBILITY_SECONDS)?,
            "DelaySeconds" => self.delay = number(0, MAX_DELAY_SECONDS)?,
            "ReceiveMessageWaitTimeSeconds" => self.receive_wait = number(0, MAX_WAIT_SECONDS)?,
            "MessageRetentionPeriod" => self.retention = number(60, 14 * 24 * 3600)?,
            "MaximumMessageSize" => self.maximum_message_size = number(1024, MAX_MESSAGE_BYTES)?,
            "RedrivePolicy" => self.redrive = Some(parse_redrive(value)?),
            "FifoQueue" if value == (self.kind == QueueKind::Fifo).to_string() => {}
            "FifoQueue" => return Err(invalid(name)),
            // Encryption and access have no meaning on loopback.
            "SqsManagedSseEnabled"
            | "KmsMasterKeyId"
            | "KmsDataKeyReusePeriodSeconds"
            | "Policy"
            | "RedriveAllowPolicy" => {}
            unknown => return Err(refusal::attribute_name(unknown)),
        }
        Ok(())
    }

    fn set_fifo(&mut self, name: &str, value: &str) -> Result<(), AwsError> {
        if self.kind == QueueKind::Standard {
            return Err(refusal::attribute_name(name));
        }
        match (name, value) {
            ("ContentBasedDeduplication", "true") => self.deduplication = Deduplication::ByContent,
            ("ContentBasedDeduplication", "false") => self.deduplication = Deduplication::ById,
            ("DeduplicationScope", "queue") => self.deduplication_scope = DeduplicationScope::Queue,
            ("DeduplicationScope", "messageGroup") => {
                self.deduplication_scope = DeduplicationScope::MessageGroup;
            }
            ("FifoThroughputLimit", "perQueue" | "perMessageGroupId") => {}
            _ => return Err(invalid(name)),
        }
        Ok(())
    }

    /// The attributes of `GetQueueAttributes` that come from the settings.
    pub(crate) fn attributes(&self, queue: &str) -> BTreeMap<&'static str, String> {
        let mut attributes = BTreeMap::from([
            ("QueueArn", arn(queue)),
            ("VisibilityTimeout", self.visibility_timeout.to_string()),
            ("DelaySeconds", self.delay.to_string()),
            ("ReceiveMessageWaitTimeSeconds", self.receive_wait.to_string()),
            ("MessageRetentionPeriod", self.retention.to_string()),
            ("MaximumMessageSize", self.maximum_message_size.to_string()),
        ]);
        if self.kind == QueueKind::Fifo {
            let by_content = self.deduplication == Deduplication::ByContent;
            let scope = match self.deduplication_scope {
                DeduplicationScope::Queue => "queue",
                DeduplicationScope::MessageGroup => "messageGroup",
            };
            attributes.insert("FifoQueue", "true".to_owned());
            attributes.insert("ContentBasedDeduplication", by_content.to_string());
            attributes.insert("DeduplicationScope", scope.to_owned());
        }
        if let Some(redrive) = &self.redrive {
            let policy = json!({
                "deadLetterTargetArn": arn(&redrive.dead_letter_queue),
                "maxReceiveCount": redrive.max_receive_count,
            });
            attributes.insert("RedrivePolicy", policy.to_string());
        }
        attributes
    }
}

/// The attributes that can be asked for; what has no meaning here is not told.
pub(crate) const ATTRIBUTE_NAMES: [&str; 22] = [
    "All",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "ContentBasedDeduplication",
    "CreatedTimestamp",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "LastModifiedTimestamp",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "QueueArn",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
];

/// The ARN of a queue.
pub(crate) fn arn(queue: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")
}

/// Templates write the count as a number, older ones as a string.
fn parse_redrive(policy: &str) -> Result<Redrive, AwsError> {
    let bad = || invalid("RedrivePolicy");
    let policy: Value = serde_json::from_str(policy).map_err(|_| bad())?;
    let target = policy.get("deadLetterTargetArn").and_then(Value::as_str);
    let count = policy
        .get("maxReceiveCount")
        .and_then(|count| count.as_str().map_or_else(|| count.as_u64(), |text| text.parse().ok()));
    let (_, dead_letter_queue) = target.and_then(|arn| arn.rsplit_once(':')).ok_or_else(bad)?;
    let max_receive_count =
        count.filter(|count| (1..=1000).contains(count)).and_then(|count| u32::try_from(count).ok()).ok_or_else(bad)?;
    Ok(Redrive { dead_letter_queue: dead_letter_queue.to_owned(), max_receive_count })
}

fn invalid(name: &str) -> AwsError {
    refusal::attribute_value(format!("Invalid value for the parameter {name}."))
}
