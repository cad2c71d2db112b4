//! What a test cannot ask of a DynamoDB elsewhere.

use std::fmt;
use std::io::Write as _;

/// What only the embedded engine does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmbeddedOnly {
    /// To remove what has expired at a moment of the test's choosing.
    Sweep,
    /// To take hundreds of transactions on the same rows at once.
    Crowd,
    /// To stop.
    Shutdown,
    /// To count capacity as AWS bills it.
    Capacity,
}

impl fmt::Display for EmbeddedOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sweep => "it removes expired items by its own clock only",
            Self::Crowd => "it lets transactions wait for one lock, and fails those that wait for ten seconds",
            Self::Shutdown => "other tests use it at the same time",
            Self::Capacity => "it counts the units of transactions and indexes in another way",
        })
    }
}

/// Whether a test, or the rest of one, must be left out because the database is not embedded. Says so on standard
/// error, past the capture of test output.
#[must_use]
pub fn skipped(needs: EmbeddedOnly) -> bool {
    let is_skipped = crate::elsewhere().is_some();
    if is_skipped {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("a test");
        let line = format!("skipped on DynamoDB Local: {name}: {needs}\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    is_skipped
}
