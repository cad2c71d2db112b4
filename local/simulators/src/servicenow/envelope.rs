//! The wire form of what the instance sends.

use serde_json::{Map, Value, json};

use crate::engine::{Attachment, Callback, Representative, with};

use super::{Case, Stage};

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

    /// Sends it, addressed to the conversation's session.
    pub(super) fn send(self, case: &Case) {
        let own = &case.own;
        let mut body = json!({
            "requestId": own.last_request,
            "clientSessionId": case.contact,
            "userId": own.user_id,
            "interactionId": case.id,
            "body": self.items,
        });
        if let (Cause::Answer, Some(fields)) = (self.cause, body.as_object_mut()) {
            fields.insert("clientVariables".to_owned(), own.client_variables.clone());
            fields.insert("message".to_owned(), own.last_message.clone());
        }
        let over = ["completed", "takeControl"].iter().any(|it| self.flags.contains_key(*it));
        let chats = own.stage == Stage::AgentChat && !over && self.kind != "left";
        let body = with(body, json!({ "agentChat": chats.then_some(true) }));
        own.callbacks.push(Callback::new(self.kind, &case.id, with(body, Value::Object(self.flags))));
    }
}

pub(super) fn bot_text(text: &str, message_id: &str) -> Value {
    json!({
        "uiType": "OutputText", "group": "DefaultText", "value": text,
        "maskType": "NONE", "messageId": message_id,
    })
}

pub(super) fn representative_text(text: &str, message_id: &str, who: &Representative) -> Value {
    with_agent_info(bot_text(text, message_id), who)
}

pub(super) fn representative_file(file: &Attachment, message_id: &str, who: &Representative) -> Value {
    let image = file.mime.starts_with("image/");
    let item = json!({
        "uiType": if image { "OutputImage" } else { "OutputLink" },
        "group": if image { "DefaultPicture" } else { "DefaultOutputLink" },
        "label": file.filename, "value": file.url, "maskType": "NONE", "messageId": message_id,
    });
    with_agent_info(item, who)
}

fn with_agent_info(item: Value, who: &Representative) -> Value {
    let info = json!({
        "sentFromAgent": true, "agentId": who.id, "agentName": who.name,
        "agentAvatar": "https://example.com/avatar.png",
    });
    with(item, json!({ "agentInfo": info }))
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
