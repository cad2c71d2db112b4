//! A look at a data file before the engine opens it, because the engine writes into whatever `SQLite` can read.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::EmbeddedError;

/// The table in which the engine keeps its list of tables.
const ENGINE_TABLE: &str = "_tables";

/// The table of [`crate::Beside`].
pub(crate) const BESIDE_TABLE: &str = "agent_transfer_beside";

/// Refuses a file that is damaged or not the engine's; a missing or empty one is fine.
pub(crate) fn inspect(path: &Path) -> Result<(), EmbeddedError> {
    if std::fs::metadata(path).map_or(true, |file| file.len() == 0) {
        return Ok(());
    }
    let tables = healthy_tables(path).map_err(|error| read_failure(path, &error))?;
    match tables {
        Err(detail) => Err(EmbeddedError::Damaged { path: path.to_owned(), detail }),
        Ok(tables)
            if tables.is_empty() || tables.iter().any(|name| [ENGINE_TABLE, BESIDE_TABLE].contains(&name.as_str())) =>
        {
            Ok(())
        }
        Ok(_) => Err(EmbeddedError::Foreign { path: path.to_owned() }),
    }
}

/// The file holds what people wrote: nobody but its owner reads it. The engine's files beside it take over its mode.
pub(crate) fn keep_private(path: &Path) -> Result<(), EmbeddedError> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path);
    // One that was there before may have another mode.
    #[cfg(unix)]
    let opened = opened.and_then(|file| file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600)));
    opened.map(drop).map_err(|error| EmbeddedError::Unopenable { path: path.to_owned(), detail: error.to_string() })
}

/// The names of the tables, or what `SQLite` finds damaged.
fn healthy_tables(path: &Path) -> rusqlite::Result<Result<Vec<String>, String>> {
    // Not read-only: after a crash SQLite must be able to recover the file from its write-ahead log.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    let finding: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if finding != "ok" {
        return Ok(Err(one_line(&finding)));
    }
    let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let names = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(Ok(names))
}

fn read_failure(path: &Path, error: &rusqlite::Error) -> EmbeddedError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => EmbeddedError::Foreign { path },
        Some(ErrorCode::DatabaseCorrupt) => EmbeddedError::Damaged { path, detail: one_line(&error.to_string()) },
        Some(ErrorCode::CannotOpen) => EmbeddedError::Unopenable { path, detail: one_line(&error.to_string()) },
        _ => EmbeddedError::Engine(format!("{}: {}", path.display(), one_line(&error.to_string()))),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
