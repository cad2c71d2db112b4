//! What the Virtual Agent API accepts from the platform.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::engine::{
    Attachment, Refusal, Said, bad, optional_flag, optional_list, optional_object, optional_text, optional_texts,
    required_choice, required_flag, required_list, required_object, required_text, transfer_id, values,
};

const MESSAGE_STATES: [&str; 2] = ["external_error", "sent_to_user"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Action {
    StartConversation,
    CreateConversation,
    StartCreatedConversation,
    Agent,
    Switch,
    Typing,
    Viewing,
    SendHistory,
    UpdateMessages,
    EndConversation,
    FaultConversation,
}

impl Action {
    pub(super) fn named(name: &str) -> Option<Self> {
        serde_json::from_value(Value::from(name)).ok()
    }

    fn may_carry_history(self) -> bool {
        matches!(self, Self::StartConversation | Self::CreateConversation | Self::SendHistory)
    }

    fn needs_message(self) -> bool {
        matches!(
            self,
            Self::StartConversation
                | Self::CreateConversation
                | Self::StartCreatedConversation
                | Self::Agent
                | Self::EndConversation
        )
    }
}

/// A valid request.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) action: Option<Action>,
    pub(super) request_id: String,
    pub(super) session: String,
    pub(super) user_id: String,
    pub(super) said: Said,
    pub(super) silent: Option<bool>,
    pub(super) context: BTreeMap<String, String>,
    pub(super) client_variables: Value,
    pub(super) history: Value,
    /// `UPDATE_MESSAGES`: message id and new state.
    pub(super) updates: Vec<(String, String)>,
    /// The message as sent, for the echo.
    pub(super) message: Value,
}

impl Call {
    /// Reads and checks a body.
    pub(super) fn read(body: &Value, app_inbound_id: &str) -> Result<Self, Refusal> {
        let action = match optional_text(body, "/action")? {
            None => None,
            Some(name) => Some(Action::named(name).ok_or_else(|| bad("/action is not known"))?),
        };
        if required_text(body, "/appInboundId")? != app_inbound_id {
            return Err(bad("/appInboundId is not known"));
        }
        common_fields(body)?;
        let mut call = Self {
            action,
            request_id: required_text(body, "/requestId")?.to_owned(),
            session: transfer_id(body, "/clientSessionId")?.to_owned(),
            user_id: required_text(body, "/userId")?.to_owned(),
            said: Said::default(),
            silent: optional_flag(body, "/silentMessage")?,
            context: values(body, "/contextVariables")?,
            client_variables: body.get("clientVariables").cloned().unwrap_or_default(),
            history: history(body, action)?,
            updates: Vec::new(),
            message: body.get("message").cloned().unwrap_or_default(),
        };
        if action == Some(Action::UpdateMessages) {
            call.updates = updates(body)?;
        } else if action.is_none_or(Action::needs_message) || !call.message.is_null() {
            call.read_message(body)?;
        }
        if action == Some(Action::EndConversation) && !call.said.text.is_empty() {
            return Err(bad("/message/text must be empty"));
        }
        if action == Some(Action::FaultConversation) {
            required_text(body, "/cause")?;
        }
        Ok(call)
    }

    fn read_message(&mut self, body: &Value) -> Result<(), Refusal> {
        required_object(body, "/message")?;
        let text = optional_text(body, "/message/text")?;
        let message_id = optional_text(body, "/message/clientMessageId")?;
        message_id.unwrap_or_default().clone_into(&mut self.said.message_id);
        if optional_object(body, "/message/attachment")?.is_some() {
            self.said.attachments.push(Attachment {
                url: required_text(body, "/message/attachment/url")?.to_owned(),
                mime: required_text(body, "/message/attachment/contentType")?.to_owned(),
                filename: required_text(body, "/message/attachment/fileName")?.to_owned(),
            });
            optional_object(body, "/message/attachment/headers")?;
        } else {
            let missing = || bad("/message/text is required");
            let text = text.ok_or_else(missing)?;
            required_flag(body, "/message/typed")?;
            if self.action.is_none() && text.is_empty() {
                return Err(missing());
            }
        }
        text.unwrap_or_default().clone_into(&mut self.said.text);
        Ok(())
    }
}

fn common_fields(body: &Value) -> Result<(), Refusal> {
    optional_texts(body, "", &["emailId", "timezone", "topic", "intent", "cause"])?;
    optional_flag(body, "/botToBot")?;
    optional_object(body, "/clientVariables")?;
    match body.get("timestamp") {
        Some(time) if !time.is_null() && !time.is_i64() && !time.is_u64() => {
            Err(bad("/timestamp must be epoch milliseconds"))
        }
        Some(_) | None => Ok(()),
    }
}

/// An array whose times are 13 digits in a string; only with the first request.
fn history(body: &Value, action: Option<Action>) -> Result<Value, Refusal> {
    let entries = optional_list(body, "/history")?;
    if entries.is_empty() {
        return Ok(Value::Null);
    }
    if !action.is_some_and(Action::may_carry_history) {
        return Err(bad("/history goes with the first request only"));
    }
    for entry in entries {
        required_flag(entry, "/isBotMessage")?;
        optional_text(entry, "/displayName")?;
        required_text(entry, "/type")?;
        required_text(entry, "/value")?;
        let time = required_text(entry, "/timestamp")?;
        if time.len() != 13 || !time.bytes().all(|it| it.is_ascii_digit()) {
            return Err(bad("/history/timestamp must be 13 digits in a string"));
        }
    }
    Ok(Value::from(entries))
}

fn updates(body: &Value) -> Result<Vec<(String, String)>, Refusal> {
    required_list(body, "/message")?
        .iter()
        .map(|entry| {
            let id = required_text(entry, "/id")?;
            let state = required_choice(entry, "/status", &MESSAGE_STATES)?;
            optional_text(entry, "/text")?;
            Ok((id.to_owned(), state.to_owned()))
        })
        .collect()
}
