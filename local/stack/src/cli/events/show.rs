//! Events on standard output: a line of JSON each for programs, a readable one for people.

use std::io::{self, IsTerminal as _, Write as _, stdout};

use chrono::{DateTime, Local};
use serde_json::Value;

use crate::cli::words;

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Screen {
    Program,
    Person,
}

impl Screen {
    pub(super) fn standard() -> Self {
        if stdout().is_terminal() { Self::Person } else { Self::Program }
    }

    /// Shows one event; false when nobody reads any more.
    pub(super) fn show(self, event: &Value) -> io::Result<bool> {
        let line = match self {
            Self::Program => event.to_string(),
            Self::Person => readable(event),
        };
        let mut output = stdout().lock();
        match writeln!(output, "{line}").and_then(|()| output.flush()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Time, kind, session and what matters. What people wrote cannot move the cursor.
fn readable(event: &Value) -> String {
    let at = words::text(event, "/detail/occurredAt");
    let at = DateTime::parse_from_rfc3339(at)
        .map_or_else(|_| at.to_owned(), |at| at.with_timezone(&Local).format("%H:%M:%S").to_string());
    let session = words::text(event, "/detail/sessionId").split(':').nth(1).unwrap_or("-");
    let line = format!("{at}  {:<30}  {session:<36}  {}", words::kind(event), words::of(event));
    line.trim_end().chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_person_sees_kind_session_and_what_matters_on_one_line() {
        let event = json!({
            "detail-type": "message.received",
            "detail": {
                "occurredAt": "2026-01-12T10:00:05.000Z", "sessionId": "agent_transfer:uuid:conversation:chat",
                "message": { "author": "representative", "text": "Hello\n\u{1b}[2Jthere" },
                "representative": { "name": "Representative One" },
            },
        });
        let line = readable(&event);
        assert!(line.contains("message.received") && line.contains("  uuid  "), "{line}");
        assert!(line.ends_with("Representative One: Hello  [2Jthere"), "{line}");
        assert!(!line.contains(char::is_control));
    }
}
