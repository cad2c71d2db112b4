//! How far a stream has been processed, in a file: a restart goes on there.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Why a position cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be read or written.
    #[error("the stream position in {} cannot be read or written: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file's content is not ours.
    #[error("the stream position in {} is damaged; remove the file to read the stream from its beginning", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
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

/// The positions of a stream's shards, kept in a file or, without one, nowhere.
#[derive(Debug)]
pub struct Checkpoint {
    path: Option<PathBuf>,
    kept: Kept,
}

impl Checkpoint {
    /// A position that ends with the process.
    pub fn in_memory() -> Self {
        Self { path: None, kept: Kept::default() }
    }

    /// Goes on where the file says; a missing file is the beginning of the stream.
    pub fn in_file(path: impl Into<PathBuf>) -> Result<Self, CheckpointError> {
        let path = path.into();
        let kept = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| CheckpointError::Damaged { path: path.clone() })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Kept::default(),
            Err(source) => return Err(CheckpointError::Io { path, source }),
        };
        Ok(Self { path: Some(path), kept })
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
        let Some(path) = &self.path else { return Ok(()) };
        let failed = |source| CheckpointError::Io { path: path.clone(), source };
        let bytes = serde_json::to_vec(&self.kept).map_err(|error| failed(error.into()))?;
        replace(path, &bytes).map_err(failed)
    }
}

/// In one step: a kill leaves either the old content or the new one.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let next = path.with_added_extension("next");
    std::fs::write(&next, bytes)?;
    std::fs::rename(&next, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_there_after_reopening_and_only_for_its_stream() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.stream");
        let mut checkpoint = Checkpoint::in_file(&path).unwrap();
        checkpoint.adopt("stream-1");
        let position = Position { after: Some("7".to_owned()), finished: false };
        checkpoint.advance("shard", position.clone()).unwrap();

        let mut checkpoint = Checkpoint::in_file(&path).unwrap();
        checkpoint.adopt("stream-1");
        assert_eq!(checkpoint.position("shard"), position);
        checkpoint.adopt("stream-2");
        assert_eq!(checkpoint.position("shard"), Position::default());
    }

    #[test]
    fn a_damaged_file_is_reported_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.stream");
        std::fs::write(&path, "{").unwrap();
        let error = Checkpoint::in_file(&path).unwrap_err().to_string();
        assert!(error.contains("data.stream") && error.contains("damaged"), "{error}");
    }
}
