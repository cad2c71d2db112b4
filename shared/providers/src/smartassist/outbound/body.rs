//! The bodies that the webhook channel is sent.

use serde::Serialize;
use transfer_domain::{ContactDetails, HistoryRole, Message, Session, TransferRequest};

use super::super::settings::{LanguageField, OpenEvent, Settings};

/// No limit is documented; the newest turns of a longer conversation are what a representative needs.
const MAX_TRANSCRIPT_BYTES: usize = 16 * 1024;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request<'a> {
    session: Begins,
    message: Said<'a>,
    from: Sender<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Receiver<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_data: Option<CustomData<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta_tags: Option<MetaTags>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interactive_language: Option<&'a str>,
    #[serde(rename = "InteractiveLanguage", skip_serializing_if = "Option::is_none")]
    interactive_language_upper: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Begins {
    new: bool,
}

#[derive(Debug, Serialize)]
struct Said<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    val: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<File<'a>>,
}

#[derive(Debug, Serialize)]
struct File<'a> {
    url: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Sender<'a> {
    /// Of the transfer, not of the contact: it is all that the channel gives back.
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_info: Option<UserInfo<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserInfo<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Receiver<'a> {
    id: &'a str,
}

/// What the vendor's flow chooses queue, skills, priority and language by.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomData<'a> {
    transfer_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    transcript: String,
    queue: String,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    skills: &'a [String],
    priority: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MetaTags {
    session_level_tags: [Tag; 1],
}

#[derive(Debug, Serialize)]
struct Tag {
    name: &'static str,
    value: String,
}

/// The first message of a new session.
pub(super) fn opening<'a>(settings: &'a Settings, session: &'a Session, request: &'a TransferRequest) -> Request<'a> {
    let transfer_id = session.transfer_id().to_string();
    let message = match settings.open_event {
        OpenEvent::Text => text(settings.open_text.clone()),
        OpenEvent::OnConnect => event("ON_CONNECT"),
    };
    let language = request.briefing.language.as_deref();
    let (lower, upper) = match settings.language_field {
        LanguageField::Lower => (language, None),
        LanguageField::Upper => (None, language),
    };
    Request {
        session: Begins { new: true },
        from: Sender { id: transfer_id.clone(), user_info: user_info(&request.briefing.contact) },
        custom_data: Some(custom_data(session, request)),
        meta_tags: Some(MetaTags { session_level_tags: [Tag { name: "transferId", value: transfer_id }] }),
        interactive_language: lower,
        interactive_language_upper: upper,
        ..asking(session, message)
    }
}

/// One message of the contact, with its files as files.
pub(super) fn message<'a>(session: &Session, message: &'a Message) -> Request<'a> {
    let attachments: Vec<_> = message.attachments.iter().map(|attachment| File { url: &attachment.url }).collect();
    // A message without a text is refused.
    let unnamed = || message.attachments.first().map(|file| file.name.as_deref().unwrap_or(&file.url));
    let val = if message.text.is_empty() { unnamed().unwrap_or_default() } else { &message.text };
    asking(session, Said { attachments, ..text(val.to_owned()) })
}

/// The same message with nothing but text in it; of a choice the value, as buttons send it.
pub(super) fn message_as_text<'a>(session: &Session, message: &'a Message) -> Request<'a> {
    if let Some(reply) = message.choice() {
        return asking(session, text(reply.value.clone()));
    }
    let urls = message.attachments.iter().map(|attachment| attachment.url.as_str());
    let lines = std::iter::once(message.text.as_str()).chain(urls).filter(|line| !line.is_empty());
    asking(session, text(lines.collect::<Vec<_>>().join("\n")))
}

/// The last text to whoever reads on the other side.
pub(super) fn farewell<'a>(settings: &'a Settings, session: &Session) -> Request<'a> {
    asking(session, text(settings.end_text.clone()))
}

/// The end of the session.
pub(super) fn closure<'a>(session: &Session, stream: Option<&'a str>) -> Request<'a> {
    Request { to: stream.map(|id| Receiver { id }), ..asking(session, event("SESSION_CLOSURE")) }
}

fn asking<'a>(session: &Session, message: Said<'a>) -> Request<'a> {
    Request {
        session: Begins { new: false },
        message,
        from: Sender { id: session.transfer_id().to_string(), user_info: None },
        to: None,
        custom_data: None,
        meta_tags: None,
        interactive_language: None,
        interactive_language_upper: None,
    }
}

fn text<'a>(val: String) -> Said<'a> {
    Said { kind: "text", val, attachments: Vec::new() }
}

fn event<'a>(name: &str) -> Said<'a> {
    Said { kind: "event", val: name.to_owned(), attachments: Vec::new() }
}

fn user_info(contact: &ContactDetails) -> Option<UserInfo<'_>> {
    let name = contact.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let (first_name, last_name) = match name.map(|name| name.rsplit_once(char::is_whitespace)) {
        Some(Some((first, last))) => (Some(first.trim_end()), Some(last)),
        Some(None) => (name, None),
        None => (None, None),
    };
    let email = contact.email.as_deref();
    (first_name.is_some() || email.is_some()).then_some(UserInfo { first_name, last_name, email })
}

fn custom_data<'a>(session: &'a Session, request: &'a TransferRequest) -> CustomData<'a> {
    CustomData {
        transfer_id: session.transfer_id().to_string(),
        summary: request.summary.as_deref(),
        reason: request.reason.as_deref(),
        transcript: transcript(session, request),
        queue: session.queue().name,
        skills: &request.briefing.skills,
        priority: session.priority.get(),
        language: request.briefing.language.as_deref(),
    }
}

/// The conversation so far, one turn a line; of a long one the newest turns that fit.
fn transcript(session: &Session, request: &TransferRequest) -> String {
    let contact = request.briefing.contact.name.as_deref().unwrap_or("User");
    let mut lines = Vec::new();
    let mut size = 0;
    for turn in request.briefing.history.iter().rev() {
        let who = match turn.role {
            HistoryRole::Contact => contact,
            HistoryRole::Agent => session.agent.as_str(),
            HistoryRole::System => "System",
        };
        let line = format!("{who}: {}", turn.text);
        size += line.len() + 1;
        if size > MAX_TRANSCRIPT_BYTES {
            break;
        }
        lines.push(line);
    }
    lines.reverse();
    lines.join("\n")
}
