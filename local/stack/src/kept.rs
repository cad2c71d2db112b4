//! What survives the process beside the table: queues, rules, secrets, and how far the stream was followed.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use aws_loopback::{Change, Journal, JournalError};
use embedded_dynamodb::Beside;
use serde_json::Value;

use crate::stream::POSITIONS;

/// The services' state, in the data's file. The stream's position stands there, too, under a name of its own.
#[derive(Debug)]
pub(crate) struct Kept(pub(crate) Arc<Beside>);

impl Journal for Kept {
    fn load(&self) -> Result<BTreeMap<String, Value>, JournalError> {
        let all = self.0.all().map_err(io::Error::other)?;
        let read = |(key, text): (String, String)| match serde_json::from_str(&text) {
            Ok(value) => Ok((key, value)),
            // The error of serde would quote the text.
            Err(_) => Err(JournalError::Damaged { record: key }),
        };
        all.into_iter().filter(|(key, _)| !key.starts_with(POSITIONS)).map(read).collect()
    }

    fn commit(&self, changes: &[Change]) -> Result<(), JournalError> {
        let texts = changes.iter().map(|change| match change {
            Change::Put { key, value } => (key.as_str(), Some(value.to_string())),
            Change::Remove { key } => (key.as_str(), None),
        });
        Ok(self.0.write(texts).map_err(io::Error::other)?)
    }
}
