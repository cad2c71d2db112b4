//! Which events are asked for.

use clap::Args;
use serde_json::{Map, Value, json};
use transfer_domain::DETAIL_TYPES;

/// The options of `events`.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct Choice {
    /// Go on with what happens, until Ctrl-C
    #[arg(long)]
    pub(super) follow: bool,
    /// Only this transfer, by its session id or the uuid in it; may be given again
    #[arg(long = "session", value_name = "ID")]
    sessions: Vec<String>,
    /// Only this kind, such as `transfer.ended`; may be given again
    #[arg(long = "type", value_name = "TYPE", value_parser = known)]
    kinds: Vec<String>,
}

impl Choice {
    /// The event pattern of what is asked for.
    pub(super) fn pattern(&self) -> Value {
        let mut pattern = Map::from_iter([("source".to_owned(), json!(["agent-transfer"]))]);
        if !self.kinds.is_empty() {
            pattern.insert("detail-type".to_owned(), json!(self.kinds));
        }
        if !self.sessions.is_empty() {
            let sessions: Vec<Value> = self.sessions.iter().map(|session| wanted(session)).collect();
            pattern.insert("detail".to_owned(), json!({ "sessionId": sessions }));
        }
        pattern.into()
    }
}

/// A session id has colons; what has none is the uuid in it.
fn wanted(session: &str) -> Value {
    if session.contains(':') { json!(session) } else { json!({ "prefix": format!("agent_transfer:{session}:") }) }
}

fn known(kind: &str) -> Result<String, String> {
    if DETAIL_TYPES.contains(&kind) {
        return Ok(kind.to_owned());
    }
    Err(format!("there are {}", DETAIL_TYPES.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_an_event_pattern() {
        assert_eq!(Choice::default().pattern(), json!({ "source": ["agent-transfer"] }));
        let choice = Choice {
            follow: false,
            sessions: vec!["agent_transfer:a:b:chat".to_owned(), "uuid".to_owned()],
            kinds: vec!["transfer.ended".to_owned()],
        };
        let wanted = json!({
            "source": ["agent-transfer"],
            "detail-type": ["transfer.ended"],
            "detail": { "sessionId": ["agent_transfer:a:b:chat", { "prefix": "agent_transfer:uuid:" }] },
        });
        assert_eq!(choice.pattern(), wanted);
    }
}
