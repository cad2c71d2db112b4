//! How far a stream has been processed, beside the table: a restart goes on there.

use std::collections::BTreeMap;
use std::sync::Arc;

use embedded_dynamodb::{Beside, EmbeddedError};
use serde::{Deserialize, Serialize};

/// Under what the positions stand beside the table.
pub(crate) const KEY: &str = "stream/positions";

/// Why a position cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be read or written.
    #[error("the stream position cannot be read or written")]
    File(#[from] EmbeddedError),
    /// What is kept is not ours.
    #[error("the stream position is damaged; move the data file away to start with an empty one")]
    Damaged,
}

/// How far one shard has been processed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Position {
    /// The last sequence number up to which everything is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<String>,
    /// Whether the shard is closed and done.
    #[serde(default)]
    pub(super) finished: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    stream_arn: String,
    shards: BTreeMap<String, Position>,
}

/// The positions of a stream's shards, kept in the data's file or, without one, nowhere.
#[derive(Debug, Default)]
pub struct Checkpoint {
    beside: Option<Arc<Beside>>,
    kept: Kept,
}

impl Checkpoint {
    /// A position that ends with the process.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// Goes on where the file says; where it says nothing is the beginning of the stream.
    pub fn in_file(beside: Arc<Beside>) -> Result<Self, CheckpointError> {
        let kept = match beside.all()?.get(KEY) {
            Some(text) => serde_json::from_str(text).map_err(|_| CheckpointError::Damaged)?,
            None => Kept::default(),
        };
        Ok(Self { beside: Some(beside), kept })
    }

    /// The positions are of this stream from now on; those of another one are forgotten.
    pub(super) fn adopt(&mut self, stream_arn: &str) {
        if self.kept.stream_arn != stream_arn {
            self.kept = Kept { stream_arn: stream_arn.to_owned(), shards: BTreeMap::new() };
        }
    }

    pub(super) fn position(&self, shard: &str) -> Position {
        self.kept.shards.get(shard).cloned().unwrap_or_default()
    }

    /// Forgets shards that the stream does not have any more.
    pub(super) fn retain(&mut self, lives: impl Fn(&str) -> bool) {
        self.kept.shards.retain(|shard, _| lives(shard));
    }

    pub(super) fn rewind(&mut self) -> Result<(), CheckpointError> {
        self.kept.shards.clear();
        self.write()
    }

    /// Written before it is answered: what was done is not done again after a kill.
    pub(super) fn advance(&mut self, shard: &str, position: Position) -> Result<(), CheckpointError> {
        self.kept.shards.insert(shard.to_owned(), position);
        self.write()
    }

    fn write(&self) -> Result<(), CheckpointError> {
        let Some(beside) = &self.beside else { return Ok(()) };
        let text = serde_json::to_string(&self.kept).map_err(|_| CheckpointError::Damaged)?;
        Ok(beside.write([(KEY, Some(text))])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside(folder: &tempfile::TempDir) -> Arc<Beside> {
        Arc::new(Beside::open(&folder.path().join("data.db")).unwrap())
    }

    #[test]
    fn a_position_is_there_after_reopening_and_only_for_its_stream() {
        let folder = tempfile::tempdir().unwrap();
        let mut checkpoint = Checkpoint::in_file(beside(&folder)).unwrap();
        checkpoint.adopt("stream-1");
        let position = Position { after: Some("7".to_owned()), finished: false };
        checkpoint.advance("shard", position.clone()).unwrap();
        drop(checkpoint);

        let mut checkpoint = Checkpoint::in_file(beside(&folder)).unwrap();
        checkpoint.adopt("stream-1");
        assert_eq!(checkpoint.position("shard"), position);
        checkpoint.adopt("stream-2");
        assert_eq!(checkpoint.position("shard"), Position::default());
    }

    #[test]
    fn a_damaged_position_is_reported_with_its_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let beside = beside(&folder);
        beside.write([(KEY, Some("{".to_owned()))]).unwrap();
        let error = Checkpoint::in_file(beside).unwrap_err().to_string();
        assert!(error.contains("damaged") && error.contains("move the data file away"), "{error}");
    }
}
