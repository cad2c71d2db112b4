//! The bodies that the webhook channel is sent.

use serde_json::{Value, json};
use transfer_domain::{ContactDetails, HistoryRole, Message, Session, TransferRequest};

use super::super::settings::{OpenEvent, Settings};
use crate::draft::Word as _;
use crate::said::{first_and_last_name, newest_that_fit, present, with_links};

/// No limit is documented; the newest turns of a longer conversation are what a representative needs.
const MAX_TRANSCRIPT_BYTES: usize = 16 * 1024;

/// The first message of a new session. By the custom data the vendor's flow chooses queue, skills, priority and language.
pub(super) fn opening(settings: &Settings, session: &Session, request: &TransferRequest) -> Value {
    let transfer = session.transfer_id();
    let message = match settings.open_event {
        OpenEvent::Text => text(&settings.open_text),
        OpenEvent::OnConnect => event("ON_CONNECT"),
    };
    let language = &request.briefing.language;
    present(json!({
        "session": { "new": true },
        "message": message,
        "from": { "id": transfer, "userInfo": user_info(&request.briefing.contact) },
        "customData": {
            "transferId": transfer,
            "summary": request.summary,
            "reason": request.reason,
            "transcript": transcript(session, request),
            "queue": session.queue().name,
            "skills": request.briefing.skills,
            "priority": session.priority.get(),
            "language": language,
        },
        "metaTags": { "sessionLevelTags": [{ "name": "transferId", "value": transfer }] },
        (settings.language_field.word()): language,
    }))
}

/// One message of the contact, with its files as files.
pub(super) fn message(session: &Session, message: &Message) -> Value {
    let files: Vec<Value> = message.attachments.iter().map(|file| json!({ "url": file.url })).collect();
    // A message without a text is refused.
    let unnamed = || message.attachments.first().map(|file| file.name.as_deref().unwrap_or(&file.url));
    let said = if message.text.is_empty() { unnamed().unwrap_or_default() } else { &message.text };
    asking(session, &json!({ "type": "text", "val": said, "attachments": files }))
}

/// The same message with nothing but text in it; of a choice the value, as buttons send it.
pub(super) fn message_as_text(session: &Session, message: &Message) -> Value {
    match message.choice() {
        Some(reply) => asking(session, &text(&reply.value)),
        None => asking(session, &text(&with_links(&message.text, &message.attachments))),
    }
}

/// The last text to whoever reads on the other side.
pub(super) fn farewell(settings: &Settings, session: &Session) -> Value {
    asking(session, &text(&settings.end_text))
}

/// The end of the session.
pub(super) fn closure(session: &Session, stream: Option<&str>) -> Value {
    let mut closure = asking(session, &event("SESSION_CLOSURE"));
    if let (Some(fields), Some(stream)) = (closure.as_object_mut(), stream) {
        fields.insert("to".to_owned(), json!({ "id": stream }));
    }
    closure
}

/// It is from the transfer, not from the contact: that is all that the channel gives back.
fn asking(session: &Session, message: &Value) -> Value {
    json!({ "session": { "new": false }, "message": message, "from": { "id": session.transfer_id() } })
}

fn text(said: &str) -> Value {
    json!({ "type": "text", "val": said })
}

fn event(name: &str) -> Value {
    json!({ "type": "event", "val": name })
}

fn user_info(contact: &ContactDetails) -> Option<Value> {
    let (first, last) = first_and_last_name(contact);
    let is_known = first.is_some() || contact.email.is_some();
    is_known.then(|| json!({ "firstName": first, "lastName": last, "email": contact.email }))
}

/// The conversation so far, one turn a line; of a long one the newest turns that fit.
fn transcript(session: &Session, request: &TransferRequest) -> Option<String> {
    let contact = request.briefing.contact.name.as_deref().unwrap_or("User");
    let lines = request.briefing.history.iter().rev().map(|turn| {
        let who = match turn.role {
            HistoryRole::Contact => contact,
            HistoryRole::Agent => session.agent.as_str(),
            HistoryRole::Representative => "Representative",
            HistoryRole::System => "System",
        };
        format!("{who}: {}", turn.text)
    });
    // Each line with its end.
    Some(newest_that_fit(lines, MAX_TRANSCRIPT_BYTES - 1)).filter(|transcript| !transcript.is_empty())
}
