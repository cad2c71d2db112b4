//! What a stack keeps beside its table, in the same file.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use crate::EmbeddedError;
use crate::file::{BESIDE_TABLE, inspect, keep_private};

/// The engine writes to the same file.
const PATIENCE: Duration = Duration::from_secs(10);

/// Texts by key, each change written before it is answered: a process that is killed loses none.
pub struct Beside {
    path: PathBuf,
    connection: Mutex<Connection>,
    _lock: Lock,
}

impl Beside {
    /// In a file of its own, where the table is elsewhere.
    pub fn open(path: &Path) -> Result<Self, EmbeddedError> {
        let lock = Lock::take(path)?;
        inspect(path)?;
        keep_private(path)?;
        Self::in_file(path, lock)
    }

    /// In a file that is this process's alone, behind the lock.
    pub(crate) fn in_file(path: &Path, lock: Lock) -> Result<Self, EmbeddedError> {
        let connect = || {
            let connection = Connection::open(path)?;
            connection.busy_timeout(PATIENCE)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            // A kill loses nothing; a power failure may lose the last moments.
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            connection.execute_batch(&format!(
                "CREATE TABLE IF NOT EXISTS {BESIDE_TABLE} (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
            ))?;
            Ok(connection)
        };
        let connection = Mutex::new(connect().map_err(|error: rusqlite::Error| failed(path, &error))?);
        Ok(Self { path: path.to_owned(), connection, _lock: lock })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Everything that was written and not removed.
    pub fn all(&self) -> Result<BTreeMap<String, String>, EmbeddedError> {
        let connection = self.lock();
        let read = || {
            let mut all = connection.prepare(&format!("SELECT key, value FROM {BESIDE_TABLE}"))?;
            let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<_>>()
        };
        read().map_err(|error: rusqlite::Error| failed(&self.path, &error))
    }

    /// Writes all of these, or none; `None` removes.
    pub fn write<'a>(&self, changes: impl IntoIterator<Item = (&'a str, Option<String>)>) -> Result<(), EmbeddedError> {
        let mut connection = self.lock();
        let write = || {
            let transaction = connection.transaction()?;
            for (key, value) in changes {
                match value {
                    Some(value) => transaction
                        .prepare_cached(&format!("INSERT OR REPLACE INTO {BESIDE_TABLE} VALUES (?1, ?2)"))?
                        .execute((key, value))?,
                    None => transaction
                        .prepare_cached(&format!("DELETE FROM {BESIDE_TABLE} WHERE key = ?1"))?
                        .execute([key])?,
                };
            }
            transaction.commit()
        };
        write().map_err(|error| failed(&self.path, &error))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beside").field("path", &self.path).finish_non_exhaustive()
    }
}

fn failed(path: &Path, error: &rusqlite::Error) -> EmbeddedError {
    EmbeddedError::Engine(format!("{}: {error}", path.display()))
}

/// Says that the file is this process's. It stands beside the file, whose own locks are the engine's.
pub(crate) struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    pub(crate) fn take(data: &Path) -> Result<Self, EmbeddedError> {
        let path = data.with_added_extension("stack-lock");
        let cannot =
            |error: std::io::Error| EmbeddedError::Unopenable { path: data.to_owned(), detail: error.to_string() };
        loop {
            // Nothing that stands there is touched.
            let file = File::options().append(true).create(true).open(&path).map_err(cannot)?;
            match file.try_lock() {
                // Whoever had it may have taken it away in this moment, and somebody else may have another one.
                Ok(()) if stands_at(&file, &path) => return Ok(Self { path, file }),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(EmbeddedError::InUse { path: data.to_owned() }),
                Err(TryLockError::Error(error)) => return Err(cannot(error)),
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // One that stays locks nobody out.
        if self.file.metadata().is_ok_and(|file| file.len() == 0) {
            drop(std::fs::remove_file(&self.path));
        }
    }
}

#[cfg(unix)]
fn stands_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let name = |file: std::fs::Metadata| (file.dev(), file.ino());
    let (own, there) = (file.metadata().map(name), std::fs::metadata(path).map(name));
    own.ok().zip(there.ok()).is_some_and(|(own, there)| own == there)
}

/// Elsewhere a file that is open is not taken away.
#[cfg(not(unix))]
fn stands_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_there_after_reopening_and_what_was_removed_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.db");
        let beside = Beside::open(&path).unwrap();
        beside.write([("a", Some("1".to_owned())), ("b", Some("2".to_owned()))]).unwrap();
        beside.write([("a", None), ("b", Some("3".to_owned())), ("c", None)]).unwrap();
        drop(beside);
        assert_eq!(Beside::open(&path).unwrap().all().unwrap(), BTreeMap::from([("b".to_owned(), "3".to_owned())]));
    }

    #[test]
    fn a_second_opening_is_refused_while_the_first_lives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.db");
        let first = Beside::open(&path).unwrap();
        let refused = Beside::open(&path).unwrap_err();
        assert_eq!(refused.to_string(), format!("the data file {} is in use by another stack", path.display()));
        drop(first);
        drop(Beside::open(&path).unwrap());
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(left, ["data.db"], "nothing stays beside it");
        let theirs = path.with_added_extension("stack-lock");
        std::fs::write(&theirs, "of somebody").unwrap();
        drop(Beside::open(&path).unwrap());
        assert_eq!(std::fs::read_to_string(&theirs).unwrap(), "of somebody");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_what_is_kept() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.db");
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let beside = Beside::open(&path).unwrap();
        beside.write([("a", Some("1".to_owned()))]).unwrap();
        let files = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
        for file in files.filter(|file| !file.file_name().to_string_lossy().ends_with(".stack-lock")) {
            let others = file.metadata().unwrap().permissions().mode() & 0o077;
            assert_eq!(others, 0, "{file:?}");
        }
    }
}
