//! What the end user does: opens, writes, types, acknowledges, ends.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use crate::{
    act::{Act, Attachment, EndedBy, Phase, Stamp},
    centre::{Answer, Incoming},
    lane::Callback,
    runtime::locked,
    script::Script,
    shape::{optional_flag, optional_list, optional_object, optional_text, required_choice, required_text},
    state::{Author, Line},
};

use super::{
    super::{
        Salesforce,
        book::{Book, Case, Chat, Guest, Product, Window},
        config::RepeatedMessages,
        entry::{self, Entry, Kind, Sender},
        human,
        multipart::{self, Part},
        opening,
    },
    Denial,
    config::{RepeatedOpens, Stream},
    deny,
};

/// What faults and ledgers call the end user's own messages, which the stream repeats to whoever hears it.
const ECHO: &str = "event.echo";

const LARGEST_FILE: usize = 5 * 1024 * 1024;

/// `POST …/conversation`: routed at once, with the client's id.
pub(super) fn open(org: &Arc<Salesforce>, guest: &Guest, body: &Value) -> Result<Answer, Denial> {
    let config = &org.outside.config.chat;
    let id = uuid(body, "/conversationId")?;
    if *id != id.to_lowercase() {
        return Err(deny(400, "/conversationId must be in lower case"));
    }
    check_deployment(org, required_text(body, "/esDeveloperName")?)?;
    let attributes = attributes(body)?;
    let contact = attributes.get(&config.transfer_attribute).map_or(id, String::as_str);
    let script = org.runtime.script_for(contact);
    if script == Script::Reject {
        return Err(deny(400, "the deployment does not accept conversations"));
    }
    let mut book = locked(&org.book);
    if book.cases.contains_key(id) {
        return match config.repeated_opens {
            RepeatedOpens::Refused => Err(deny(409, "the conversation exists")),
            RepeatedOpens::Accepted => Ok(Answer::ignored(201, None, "repeated conversationId").about(id)),
        };
    }
    let owner = guest.subject.clone();
    let chat = Chat { owner, entries: Vec::new(), written: Window::default(), closed: false };
    opening::open(org, &mut book, id, contact, script, Product::Chat(chat));
    book.by_transfer.insert(contact.to_owned(), id.to_owned());
    org.runtime.update_conversation(id, |it| it.attributes.clone_from(&attributes));
    if let Some(case) = book.cases.get_mut(id) {
        opening::route(org, case, id);
    }
    Ok(Answer::taken(201, None).about(id))
}

fn uuid<'a>(body: &'a Value, pointer: &str) -> Result<&'a str, Denial> {
    let id = required_text(body, pointer)?;
    // Only the hyphenated form is an id here.
    match uuid::Uuid::parse_str(id) {
        Ok(_) if id.len() == 36 => Ok(id),
        Ok(_) | Err(_) => Err(deny(400, format!("{pointer} must be a UUID"))),
    }
}

fn check_deployment(org: &Salesforce, sent: &str) -> Result<(), Denial> {
    if sent == org.outside.config.chat.es_developer_name {
        Ok(())
    } else {
        Err(deny(400, "esDeveloperName is no deployment"))
    }
}

fn attributes(body: &Value) -> Result<BTreeMap<String, String>, Denial> {
    let sent = optional_object(body, "/routingAttributes")?;
    sent.into_iter()
        .flatten()
        .map(|(name, value)| match value.as_str() {
            Some(text) => Ok((name.clone(), text.to_owned())),
            None => Err(deny(400, format!("/routingAttributes/{name} must be a string"))),
        })
        .collect()
}

/// The conversation, unless it has been closed.
fn open_case<'a>(book: &'a mut Book, id: &str) -> Result<&'a mut Case, Denial> {
    let case = book.cases.get_mut(id).ok_or_else(|| deny(404, "the conversation does not exist"))?;
    match &case.product {
        Product::Chat(chat) if !chat.closed => Ok(case),
        Product::Chat(_) | Product::Byoc => Err(deny(404, "the conversation is closed")),
    }
}

/// `POST …/message`.
pub(super) fn message(org: &Arc<Salesforce>, id: &str, body: &Value) -> Result<Answer, Denial> {
    let message_id = uuid(body, "/message/id")?;
    check_deployment(org, required_text(body, "/esDeveloperName")?)?;
    let kind = required_choice(body, "/message/messageType", &["StaticContentMessage", "ChoicesResponseMessage"])?;
    let text = if kind == "ChoicesResponseMessage" {
        required_text(body, "/message/inReplyToMessageId")?;
        required_choice(body, "/message/choicesResponse/formatType", &["Selections"])?;
        required_text(body, "/message/choicesResponse/selectedOptions/0/optionIdentifier")?
    } else {
        required_choice(body, "/message/staticContent/formatType", &["Text"])?;
        required_text(body, "/message/staticContent/text")?
    };
    optional_flag(body, "/isNewMessagingSession")?;
    optional_text(body, "/language")?;
    let attributes = attributes(body)?;
    let content = json!({ "formatType": "Text", "text": text });
    let answer = hear(org, id, Written { id: message_id, text, content, attachments: Vec::new() })?;
    org.runtime.update_conversation(id, |it| it.attributes.extend(attributes));
    Ok(answer)
}

/// `POST …/file`.
pub(super) fn file(org: &Arc<Salesforce>, id: &str, request: &Incoming) -> Result<Answer, Denial> {
    let parts = multipart::parts(request).ok_or_else(|| deny(400, "the body must be multipart/form-data"))?;
    let named = |name: &str| -> Vec<&Part> { parts.iter().filter(|it| it.name == name).collect() };
    let (entries, files) = (named("messageEntry"), named("fileData"));
    let ([entry], [file]) = (entries.as_slice(), files.as_slice()) else {
        return Err(deny(400, "one part messageEntry and one part fileData are required"));
    };
    let entry = entry.json().ok_or_else(|| deny(400, "messageEntry must be application/json"))?;
    let message_id = uuid(&entry, "/message/id")?;
    check_deployment(org, required_text(&entry, "/esDeveloperName")?)?;
    let text = optional_text(&entry, "/message/text")?.unwrap_or_default();
    if file.bytes.len() > LARGEST_FILE {
        return Err(deny(413, "the file is larger than 5 MB"));
    }
    let mime = file.content_type.clone().unwrap_or_default();
    if !org.outside.config.chat.file_types.contains(&mime) {
        return Err(deny(415, "files of this type are not accepted"));
    }
    let filename = file.file_name.clone().unwrap_or_default();
    let content = json!({ "formatType": "Attachments", "text": text,
        "attachments": [{ "id": org.runtime.ids.uuid(), "name": filename, "mimeType": mime }] });
    let attachment = Attachment { url: String::new(), mime, filename };
    hear(org, id, Written { id: message_id, text, content, attachments: vec![attachment] })
}

/// Something that the end user wrote.
struct Written<'a> {
    id: &'a str,
    text: &'a str,
    /// `staticContent`.
    content: Value,
    attachments: Vec<Attachment>,
}

/// Shows a message on the desktop and among the entries; after the end, it silently starts a new session.
fn hear(org: &Arc<Salesforce>, id: &str, written: Written<'_>) -> Result<Answer, Denial> {
    let mut book = locked(&org.book);
    let case = open_case(&mut book, id)?;
    let recognised = org.outside.config.repeated_messages == RepeatedMessages::Recognised;
    if let Some(answer) = case.answers.get(written.id).filter(|_| recognised) {
        return Ok(Answer::ignored(202, Some(answer.clone()), "repeated message id").about(id));
    }
    let at_ms = org.runtime.options.timer.stamp_ms();
    record(org, id, case, &written, at_ms)?;
    if case.phase == Phase::Ended {
        opening::reopen(org, case, id);
        opening::route(org, case, id);
    } else if let Some(cues) = &case.cues {
        opening::cue(cues, written.text.to_owned());
    }
    let answer = json!({ "conversationEntries": [{ "id": written.id, "clientTimestamp": at_ms }] });
    case.answers.insert(written.id.to_owned(), answer.clone());
    let (message_id, text) = (written.id.to_owned(), written.text.to_owned());
    let line = Line { author: Author::Contact, message_id, text, attachments: written.attachments, at_ms };
    org.runtime.update_conversation(id, |it| it.transcript.push(line));
    Ok(Answer::taken(202, Some(answer)).about(id))
}

/// Adds the end user's own message to what can be read and heard, as often as the org's limit allows.
fn record(org: &Salesforce, id: &str, case: &mut Case, written: &Written<'_>, at_ms: i64) -> Result<(), Denial> {
    let Product::Chat(chat) = &mut case.product else {
        return Err(deny(404, "the conversation does not exist"));
    };
    if !chat.written.admits(at_ms, org.outside.config.chat.messages_per_minute) {
        return Err(deny(429, "Too many requests"));
    }
    let fields = json!({ "abstractMessage": {
        "messageType": "StaticContentMessage", "id": written.id, "staticContent": written.content,
    }});
    let sender = Sender::guest(&chat.owner);
    let entry = Entry { id: written.id.to_owned(), kind: Kind::Message, fields, sender, at_ms };
    if org.outside.config.chat.stream == Stream::Relayed {
        let body = entry::frame(id, &entry);
        case.events.push(Callback { id: String::new(), kind: ECHO.to_owned(), conversation: id.to_owned(), body });
    }
    chat.entries.push(entry);
    Ok(())
}

/// `POST …/entry`.
pub(super) fn typing(org: &Salesforce, id: &str, body: &Value) -> Result<Answer, Denial> {
    required_choice(body, "/entryType", &["TypingStartedIndicator", "TypingStoppedIndicator"])?;
    uuid(body, "/id")?;
    open_case(&mut locked(&org.book), id)?;
    org.runtime.update_conversation(id, |it| it.contact_typing += 1);
    Ok(Answer::taken(202, None).about(id))
}

/// `POST …/acknowledge-entries`.
pub(super) fn acknowledge(org: &Salesforce, id: &str, body: &Value) -> Result<Answer, Denial> {
    let acknowledgements = optional_list(body, "/acks")?;
    if acknowledgements.is_empty() {
        return Err(deny(400, "/acks is required"));
    }
    let read = acknowledgements.iter().map(|item| {
        uuid(item, "/id")?;
        let kind = required_choice(item, "/entryType", &["Delivery", "Read"])?;
        Ok((required_text(item, "/conversationEntryId")?.to_owned(), kind.to_owned()))
    });
    let receipts = read.collect::<Result<Vec<_>, Denial>>()?;
    open_case(&mut locked(&org.book), id)?;
    org.runtime.update_conversation(id, |it| it.receipts.extend(receipts));
    Ok(Answer::taken(202, None).about(id))
}

/// `DELETE …/session`: the session ends, the conversation stays.
pub(super) fn end_session(org: &Salesforce, id: &str, request: &Incoming) -> Result<Answer, Denial> {
    check_deployment(org, &request.query_parameter("esDeveloperName").unwrap_or_default())?;
    let mut book = locked(&org.book);
    let gone = org.outside.config.chat.gone_status;
    if open_case(&mut book, id).is_err() {
        return Err(deny(gone, "the conversation is closed"));
    }
    match human::perform(org, &mut book, id, Act::End(EndedBy::Contact), Stamp::default()) {
        Ok(()) => Ok(Answer::taken(204, None).about(id)),
        Err(error) => Err(deny(gone, error.to_string())),
    }
}

/// `DELETE …/conversation/{id}`: closed for good.
pub(super) fn close(org: &Salesforce, id: &str, request: &Incoming) -> Result<Answer, Denial> {
    check_deployment(org, &request.query_parameter("esDeveloperName").unwrap_or_default())?;
    let mut book = locked(&org.book);
    let case = open_case(&mut book, id).map_err(|it| deny(org.outside.config.chat.gone_status, it.message))?;
    if let Product::Chat(chat) = &mut case.product {
        chat.closed = true;
    }
    match human::perform(org, &mut book, id, Act::End(EndedBy::Contact), Stamp::default()) {
        Ok(()) => Ok(Answer::taken(204, None).about(id)),
        Err(_) => Ok(Answer::ignored(204, None, "the session had ended before").about(id)),
    }
}
