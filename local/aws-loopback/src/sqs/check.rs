//! What SQS refuses before it looks at the queue's messages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::message::{AttributeValue, NewMessage};
use super::refusal;
use super::settings::{Deduplication, MAX_DELAY_SECONDS, QueueKind, QueueSettings};
use crate::error::AwsError;

const MAX_ID_LENGTH: usize = 128;
const MAX_ATTRIBUTES: usize = 10;

/// A queue's name: up to 80 letters, digits, hyphens and underscores; `.fifo` exactly for FIFO.
pub(crate) fn queue_name(name: &str, kind: QueueKind) -> Result<(), AwsError> {
    let stem = match kind {
        QueueKind::Standard => Some(name),
        QueueKind::Fifo => name.strip_suffix(".fifo"),
    };
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    match stem {
        Some(stem) if !stem.is_empty() && name.len() <= 80 && stem.chars().all(allowed) => Ok(()),
        _ => Err(refusal::parameter(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in \
             length, and the name of a FIFO queue ends in .fifo.",
        )),
    }
}

/// The dead-letter queue exists and is of the same kind.
pub(crate) fn dead_letter_queue(target: Option<QueueKind>, kind: QueueKind) -> Result<(), AwsError> {
    if target == Some(kind) {
        return Ok(());
    }
    let reason = if target.is_none() {
        "Dead letter target does not exist."
    } else {
        "Dead-letter queue must be same type of queue as the source."
    };
    Err(refusal::parameter(format!("Value for parameter RedrivePolicy is invalid. Reason: {reason}")))
}

/// Checks a message against the queue and fills in the content-based deduplication id.
pub(crate) fn message(mut new: NewMessage, settings: &QueueSettings) -> Result<NewMessage, AwsError> {
    if new.body.is_empty() {
        return Err(refusal::missing("MessageBody"));
    }
    let attributes_texts = new.attributes.values().filter_map(|value| value.string_value.as_deref());
    if !attributes_texts.chain([new.body.as_str()]).flat_map(str::chars).all(is_allowed) {
        return Err(refusal::contents());
    }
    if new.size() > settings.maximum_message_size as usize {
        return Err(refusal::parameter(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {} bytes.",
            settings.maximum_message_size
        )));
    }
    attributes(&new)?;
    for (name, id) in [("MessageGroupId", &new.group), ("MessageDeduplicationId", &new.deduplication_id)] {
        if id.as_ref().is_some_and(|id| !is_id(id)) {
            return Err(refusal::parameter(format!(
                "Value for parameter {name} is invalid. Reason: {name} can only include \
                 alphanumeric and punctuation characters. 1 to 128 in length."
            )));
        }
    }
    match settings.kind {
        QueueKind::Standard => standard(&new)?,
        QueueKind::Fifo => fifo(&mut new, settings)?,
    }
    Ok(new)
}

fn standard(new: &NewMessage) -> Result<(), AwsError> {
    if new.deduplication_id.is_some() {
        return Err(refusal::parameter(
            "The request includes a parameter that is not valid for this queue type: \
             MessageDeduplicationId.",
        ));
    }
    if new.delay.is_some_and(|delay| delay > MAX_DELAY_SECONDS) {
        return Err(refusal::parameter(
            "Value for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and \
             <= 900.",
        ));
    }
    Ok(())
}

fn fifo(new: &mut NewMessage, settings: &QueueSettings) -> Result<(), AwsError> {
    if new.group.is_none() {
        return Err(refusal::missing("MessageGroupId"));
    }
    if new.delay.is_some_and(|delay| delay > 0) {
        return Err(refusal::parameter(
            "Value for parameter DelaySeconds is invalid. Reason: The request include parameter \
             that is not valid for this queue type.",
        ));
    }
    new.delay = None;
    if new.deduplication_id.is_none() {
        match settings.deduplication {
            Deduplication::ById => {
                return Err(refusal::parameter(
                    "The queue should either have ContentBasedDeduplication enabled or \
                     MessageDeduplicationId provided explicitly",
                ));
            }
            Deduplication::ByContent => {
                new.deduplication_id = Some(hex::encode(Sha256::digest(&new.body)));
            }
        }
    }
    Ok(())
}

fn attributes(new: &NewMessage) -> Result<(), AwsError> {
    if new.attributes.len() > MAX_ATTRIBUTES {
        return Err(refusal::parameter("Number of message attributes exceeds the allowed maximum (10)."));
    }
    match new.attributes.iter().find(|(_, value)| !is_whole(value)) {
        None => Ok(()),
        Some((name, _)) => Err(refusal::parameter(format!(
            "The message attribute '{name}' must have a type of String, Number or Binary and a \
             value of that type."
        ))),
    }
}

fn is_whole(value: &AttributeValue) -> bool {
    let kind = value.data_type.split('.').next().unwrap_or_default();
    let text = value.string_value.as_deref().unwrap_or_default();
    match kind {
        "String" => !text.is_empty(),
        "Number" => text.parse::<f64>().is_ok(),
        "Binary" => value
            .binary_value
            .as_ref()
            .is_some_and(|binary| STANDARD.decode(binary).is_ok_and(|bytes| !bytes.is_empty())),
        _ => false,
    }
}

fn is_id(id: &str) -> bool {
    (1..=MAX_ID_LENGTH).contains(&id.len()) && id.chars().all(|letter| letter.is_ascii_graphic())
}

/// The characters XML 1.0 allows.
fn is_allowed(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
