//! Receipt handles: they name one receive of one message.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::message::Message;
use super::refusal;
use crate::error::AwsError;

/// What a handle says; it is valid while the message's receive count is the same.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) sequence: u64,
    pub(crate) message_id: String,
    pub(crate) receive_count: u32,
}

impl Receipt {
    /// The handle of the message's latest receive.
    pub(crate) fn issue(queue: &str, message: &Message) -> String {
        let Message { sequence, receive_count, id, .. } = message;
        URL_SAFE_NO_PAD.encode(format!("{queue}/{sequence}/{receive_count}/{id}"))
    }

    /// Reads a handle; refuses what this queue never issued.
    pub(crate) fn parse(queue: &str, handle: &str) -> Result<Self, AwsError> {
        Self::read(queue, handle).ok_or_else(refusal::receipt)
    }

    fn read(queue: &str, handle: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(handle).ok()?).ok()?;
        let mut parts = text.strip_prefix(queue)?.strip_prefix('/')?.splitn(3, '/');
        Some(Self {
            sequence: parts.next()?.parse().ok()?,
            receive_count: parts.next()?.parse().ok()?,
            message_id: parts.next()?.to_owned(),
        })
    }

    pub(crate) fn is_latest_of(&self, message: &Message) -> bool {
        self.message_id == message.id && self.receive_count == message.receive_count
    }
}
