//! The journal in one file: a line per commit, rewritten when most of it is history.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;

use super::{Change, Journal, JournalError};
use crate::core::lock;

/// Below this size history is not worth a rewrite.
const SMALL_BYTES: u64 = 1024 * 1024;
/// The file is rewritten when it has grown to this many times its size after the last rewrite.
const GROWTH: u64 = 4;

/// Appends every commit as one line before it returns.
///
/// A line is in the kernel's hands when `commit` returns, so a killed process loses nothing; a
/// power failure may lose the last moments. A line torn by a kill is dropped at the next opening.
/// The file is readable by its owner only, because it holds secrets.
pub struct FileJournal {
    path: PathBuf,
    state: Mutex<State>,
    /// Held open for its lock alone.
    _lock: File,
}

struct State {
    file: File,
    live: BTreeMap<String, Value>,
    length: u64,
    rewritten_length: u64,
    /// A failed append may have left part of a line behind `length`.
    torn: bool,
}

impl FileJournal {
    /// Opens or creates the journal and takes it for this process alone.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, JournalError> {
        let path = path.into();
        let lock_file = take(&path)?;
        let live = read(&path)?;
        let (file, length) = rewrite(&path, &live)?;
        let state = State { file, live, length, rewritten_length: length, torn: false };
        Ok(Self { path, state: Mutex::new(state), _lock: lock_file })
    }
}

impl Journal for FileJournal {
    fn load(&self) -> Result<BTreeMap<String, Value>, JournalError> {
        Ok(lock(&self.state).live.clone())
    }

    fn commit(&self, changes: &[Change]) -> Result<(), JournalError> {
        let mut state = lock(&self.state);
        state.append(&line(changes)?)?;
        apply(&mut state.live, changes.iter().cloned());
        if state.length > SMALL_BYTES.max(state.rewritten_length.saturating_mul(GROWTH)) {
            // The commit itself is safe already: a failed rewrite only leaves the file long.
            match rewrite(&self.path, &state.live) {
                Ok((file, length)) => {
                    state.file = file;
                    state.length = length;
                    state.rewritten_length = length;
                }
                Err(error) => {
                    tracing::warn!(error = %error, "the journal could not be shortened");
                    state.rewritten_length = state.length;
                }
            }
        }
        Ok(())
    }
}

impl State {
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.torn {
            self.file.set_len(self.length)?;
            self.torn = false;
        }
        if let Err(error) = self.file.write_all(line) {
            self.torn = true;
            return Err(error);
        }
        self.length = self.length.saturating_add(line.len() as u64);
        Ok(())
    }
}

impl fmt::Debug for FileJournal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FileJournal").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The lock stands beside the journal, because a rewrite replaces the journal's own file.
fn take(path: &Path) -> Result<File, JournalError> {
    let file = private(OpenOptions::new().create(true).append(true)).open(path.with_added_extension("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::InUse),
        Err(TryLockError::Error(error)) => Err(JournalError::Io(error)),
    }
}

fn read(path: &Path) -> Result<BTreeMap<String, Value>, JournalError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(JournalError::Io(error)),
    };
    let mut live = BTreeMap::new();
    for (number, record) in text.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let Some(record) = record.strip_suffix(b"\n") else {
            // Only the last line can lack its end: the process was killed while writing it, and
            // the commit was never acknowledged.
            break;
        };
        let changes: Vec<Change> =
            serde_json::from_slice(record).map_err(|_| JournalError::Damaged { record: (number + 1).to_string() })?;
        apply(&mut live, changes);
    }
    Ok(live)
}

fn apply(live: &mut BTreeMap<String, Value>, changes: impl IntoIterator<Item = Change>) {
    for change in changes {
        match change {
            Change::Put { key, value } => {
                live.insert(key, value);
            }
            Change::Remove { key } => {
                live.remove(&key);
            }
        }
    }
}

/// Replaces the file by one that holds the living values only; the old one stays until then.
fn rewrite(path: &Path, live: &BTreeMap<String, Value>) -> Result<(File, u64), JournalError> {
    let next = path.with_added_extension("next");
    if let Err(error) = fs::remove_file(&next)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(JournalError::Io(error));
    }
    let mut file = private(OpenOptions::new().create_new(true).append(true)).open(&next)?;
    let mut length = 0_u64;
    let mut writer = io::BufWriter::new(&mut file);
    for (key, value) in live {
        let record = line(&[Change::put(key.clone(), value)])?;
        writer.write_all(&record)?;
        length = length.saturating_add(record.len() as u64);
    }
    writer.flush()?;
    drop(writer);
    file.sync_all()?;
    fs::rename(&next, path)?;
    Ok((file, length))
}

fn line(changes: &[Change]) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(changes)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn put(key: &str, value: &str) -> Change {
        Change::put(key.to_owned(), &value)
    }

    #[test]
    fn what_was_committed_is_there_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let journal = FileJournal::open(&path).unwrap();
        journal.commit(&[put("a", "1"), put("b", "2")]).unwrap();
        let removal = Change::Remove { key: "a".into() };
        journal.commit(&[removal, put("b", "3")]).unwrap();
        drop(journal);

        let live = FileJournal::open(&path).unwrap().load().unwrap();
        assert_eq!(live, BTreeMap::from([("b".to_owned(), json!("3"))]));
    }

    #[test]
    fn a_commit_torn_by_a_kill_is_dropped_whole_and_the_next_one_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        FileJournal::open(&path).unwrap().commit(&[put("a", "1")]).unwrap();
        let mut torn = fs::read(&path).unwrap();
        let half = line(&[put("b", "2"), put("c", "3")]).unwrap();
        torn.extend(&half[..half.len() - 3]);
        fs::write(&path, torn).unwrap();

        let journal = FileJournal::open(&path).unwrap();
        journal.commit(&[put("d", "4")]).unwrap();
        drop(journal);
        let live = FileJournal::open(&path).unwrap().load().unwrap();
        assert_eq!(live.keys().collect::<Vec<_>>(), ["a", "d"]);
    }

    #[test]
    fn damage_before_the_last_line_is_reported_and_not_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        fs::write(&path, "nonsense\n[]\n").unwrap();
        let error = FileJournal::open(&path).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { record } if record == "1"));
    }

    #[test]
    fn a_second_opening_is_refused_while_the_first_lives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let _first = FileJournal::open(&path).unwrap();
        assert!(matches!(FileJournal::open(&path), Err(JournalError::InUse)));
    }

    #[test]
    fn history_is_dropped_while_running_without_losing_what_lives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let journal = FileJournal::open(&path).unwrap();
        let long = "x".repeat(64 * 1024);
        for round in 0..40 {
            journal.commit(&[put("a", &format!("{round}{long}"))]).unwrap();
        }
        assert!(fs::metadata(&path).unwrap().len() < 2 * SMALL_BYTES);
        drop(journal);
        let live = FileJournal::open(&path).unwrap().load().unwrap();
        assert_eq!(live.get("a"), Some(&json!(format!("39{long}"))));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let _journal = FileJournal::open(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }

    #[test]
    fn debug_of_a_change_hides_the_value() {
        assert!(!format!("{:?}", put("a", "hidden")).contains("hidden"));
    }
}
