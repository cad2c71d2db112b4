//! The wire form of what the instance sends.

use serde_json::{Map, Value, json};

use crate::{act::Attachment, lane::Callback, options::Representative};

use super::book::{Case, Stage};

/// Whether an envelope answers a request or comes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Pass-through variables are copied into it.
    Answer,
    /// Whether they are there is not known; the simulator leaves them out, which is the harder case.
    Unsolicited,
}

/// One POST in the making.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    kind: &'static str,
    cause: Cause,
    items: Vec<Value>,
    flags: Map<String, Value>,
}

impl Envelope {
    pub(super) fn new(kind: &'static str, cause: Cause, items: Vec<Value>) -> Self {
        Self { kind, cause, items, flags: Map::new() }
    }

    pub(super) fn flag(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.flags.insert(name.to_owned(), value.into());
        self
    }

    /// Addresses it to the conversation's session.
    pub(super) fn for_case(self, interaction: &str, case: &Case) -> Callback {
        let mut body = json!({
            "requestId": case.last_request,
            "clientSessionId": case.session,
            "userId": case.user_id,
            "interactionId": interaction,
            "body": self.items,
        });
        if let Some(fields) = body.as_object_mut() {
            if self.cause == Cause::Answer {
                fields.insert("clientVariables".to_owned(), case.client_variables.clone());
                fields.insert("message".to_owned(), case.last_message.clone());
            }
            let ends = ["completed", "takeControl"];
            let over = ends.iter().any(|it| self.flags.contains_key(*it));
            if case.stage == Stage::AgentChat && !over && self.kind != "left" {
                fields.insert("agentChat".to_owned(), Value::from(true));
            }
            fields.extend(self.flags);
        }
        Callback { id: String::new(), kind: self.kind.to_owned(), conversation: interaction.to_owned(), body }
    }
}

pub(super) fn bot_text(text: &str, message_id: &str) -> Value {
    json!({
        "uiType": "OutputText", "group": "DefaultText", "value": text,
        "maskType": "NONE", "messageId": message_id,
    })
}

pub(super) fn representative_text(text: &str, message_id: &str, who: &Representative) -> Value {
    let mut item = bot_text(text, message_id);
    add_agent_info(&mut item, who);
    item
}

pub(super) fn representative_file(file: &Attachment, message_id: &str, who: &Representative) -> Value {
    let image = file.mime.starts_with("image/");
    let mut item = json!({
        "uiType": if image { "OutputImage" } else { "OutputLink" },
        "group": if image { "DefaultPicture" } else { "DefaultOutputLink" },
        "label": file.filename, "value": file.url, "maskType": "NONE", "messageId": message_id,
    });
    add_agent_info(&mut item, who);
    item
}

fn add_agent_info(item: &mut Value, who: &Representative) {
    if let Some(fields) = item.as_object_mut() {
        let info = json!({
            "sentFromAgent": true, "agentId": who.id, "agentName": who.name,
            "agentAvatar": "https://example.com/avatar.png",
        });
        fields.insert("agentInfo".to_owned(), info);
    }
}

pub(super) fn action(action_type: &str) -> Value {
    json!({ "uiType": "ActionMsg", "actionType": action_type })
}

pub(super) fn system(text: &str) -> Value {
    json!({ "uiType": "ActionMsg", "actionType": "System", "message": text })
}

pub(super) fn waiting(wait_time: &str) -> Value {
    json!({
        "uiType": "ActionMsg", "actionType": "StartSpinner", "spinnerType": "wait_time",
        "message": "Routing you to a live agent...", "waitTime": wait_time,
    })
}
