//! What the end user does: opens, writes, types, acknowledges, ends.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{
    Answer, Attachment, Callback, Incoming, Phase, Refusal, Said, bad, optional_flag, optional_text, refuse,
    required_choice, required_list, required_text, strings,
};

use super::{
    super::{
        book::{self, Chat, Guest, Product, Window},
        entry::{self, Entry, Kind, Sender},
        multipart::{self, Part},
    },
    Book, Case, Org,
    config::{RepeatedOpens, Stream},
};

/// What faults and ledgers call the end user's own messages, which the stream repeats to whoever hears it.
const ECHO: &str = "event.echo";

const LARGEST_FILE: usize = 5 * 1024 * 1024;

/// `POST …/conversation`: routed at once, with the client's id.
pub(super) fn open(org: &Arc<Org>, guest: &Guest, body: &Value) -> Result<Answer, Refusal> {
    let config = &org.config.chat;
    let id = uuid(body, "/conversationId")?;
    if *id != id.to_lowercase() {
        return Err(bad("/conversationId must be in lower case"));
    }
    check_deployment(org, required_text(body, "/esDeveloperName")?)?;
    let attributes = strings(body, "/routingAttributes")?;
    let contact = attributes.get(&config.transfer_attribute).map_or(id, String::as_str);
    if org.rejects(contact) {
        return Err(bad("the deployment does not accept conversations"));
    }
    let mut book = org.book();
    if book.case(id).is_some() {
        return match config.repeated_opens {
            RepeatedOpens::Refused => Err(refuse(409, "the conversation exists")),
            RepeatedOpens::Accepted => Ok(Answer::ignored(201, Value::Null, "repeated conversationId").about(id)),
        };
    }
    let owner = guest.subject.clone();
    let chat = Chat { owner, entries: Vec::new(), written: Window::default(), closed: false };
    let case = book::open(org, &mut book, id.to_owned(), contact, Product::Chat(chat));
    org.runtime.update_conversation(id, |it| it.attributes.clone_from(&attributes));
    org.route(case);
    Ok(Answer::taken(201, Value::Null).about(id))
}

fn uuid<'a>(body: &'a Value, pointer: &str) -> Result<&'a str, Refusal> {
    let id = required_text(body, pointer)?;
    // Only the hyphenated form is an id here.
    match uuid::Uuid::parse_str(id) {
        Ok(_) if id.len() == 36 => Ok(id),
        Ok(_) | Err(_) => Err(bad(format!("{pointer} must be a UUID"))),
    }
}

fn check_deployment(org: &Org, sent: &str) -> Result<(), Refusal> {
    if sent == org.config.chat.es_developer_name { Ok(()) } else { Err(bad("esDeveloperName is no deployment")) }
}

/// The conversation, unless it has been closed.
fn open_case<'a>(book: &'a mut Book, id: &str) -> Result<&'a mut Case, Refusal> {
    let case = book.case(id).ok_or_else(|| refuse(404, "the conversation does not exist"))?;
    match &case.own.product {
        Product::Chat(chat) if !chat.closed => Ok(case),
        Product::Chat(_) | Product::Byoc => Err(refuse(404, "the conversation is closed")),
    }
}

/// `POST …/message`.
pub(super) fn message(org: &Arc<Org>, id: &str, body: &Value) -> Result<Answer, Refusal> {
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
    let attributes = strings(body, "/routingAttributes")?;
    let content = json!({ "formatType": "Text", "text": text });
    let said = Said { message_id: message_id.to_owned(), text: text.to_owned(), attachments: Vec::new() };
    let answer = hear(org, id, said, &content)?;
    org.runtime.update_conversation(id, |it| it.attributes.extend(attributes));
    Ok(answer)
}

/// `POST …/file`.
pub(super) fn file(org: &Arc<Org>, id: &str, request: &Incoming) -> Result<Answer, Refusal> {
    let parts = multipart::parts(request).ok_or_else(|| bad("the body must be multipart/form-data"))?;
    let named = |name: &str| -> Vec<&Part> { parts.iter().filter(|it| it.name == name).collect() };
    let (entries, files) = (named("messageEntry"), named("fileData"));
    let ([entry], [file]) = (entries.as_slice(), files.as_slice()) else {
        return Err(bad("one part messageEntry and one part fileData are required"));
    };
    let entry = entry.json().ok_or_else(|| bad("messageEntry must be application/json"))?;
    let message_id = uuid(&entry, "/message/id")?;
    check_deployment(org, required_text(&entry, "/esDeveloperName")?)?;
    let text = optional_text(&entry, "/message/text")?.unwrap_or_default();
    if file.bytes.len() > LARGEST_FILE {
        return Err(refuse(413, "the file is larger than 5 MB"));
    }
    let mime = file.content_type.clone().unwrap_or_default();
    if !org.config.chat.file_types.contains(&mime) {
        return Err(refuse(415, "files of this type are not accepted"));
    }
    let filename = file.file_name.clone().unwrap_or_default();
    let content = json!({ "formatType": "Attachments", "text": text,
        "attachments": [{ "id": org.uuid(), "name": filename, "mimeType": mime }] });
    let attachment = Attachment { url: String::new(), mime, filename };
    let said = Said { message_id: message_id.to_owned(), text: text.to_owned(), attachments: vec![attachment] };
    hear(org, id, said, &content)
}

/// Shows a message on the desktop and among the entries; after the end, it silently starts a new session. `content` is
/// its `staticContent`.
fn hear(org: &Arc<Org>, id: &str, said: Said, content: &Value) -> Result<Answer, Refusal> {
    let mut book = org.book();
    let case = open_case(&mut book, id)?;
    if let Some(answer) = case.own.answers.get(&said.message_id) {
        return Ok(Answer::ignored(202, answer.clone(), "repeated message id").about(id));
    }
    let at_ms = org.stamp_ms();
    record(org, case, &said.message_id, content, at_ms)?;
    if case.phase == Phase::Ended {
        book::reopen(org, case);
        org.route(case);
    } else {
        case.cue(&said.text);
    }
    let answer = json!({ "conversationEntries": [{ "id": said.message_id, "clientTimestamp": at_ms }] });
    case.own.answers.insert(said.message_id.clone(), answer.clone());
    org.hear(case, said);
    Ok(Answer::taken(202, answer).about(id))
}

/// Adds the end user's own message to what can be read and heard, as often as the org's limit allows.
fn record(org: &Org, case: &mut Case, message_id: &str, content: &Value, at_ms: i64) -> Result<(), Refusal> {
    let Product::Chat(chat) = &mut case.own.product else {
        return Err(refuse(404, "the conversation does not exist"));
    };
    if !chat.written.admits(at_ms, org.config.chat.messages_per_minute) {
        return Err(refuse(429, "Too many requests"));
    }
    let fields = json!({ "abstractMessage": {
        "messageType": "StaticContentMessage", "id": message_id, "staticContent": content,
    }});
    let sender = Sender::guest(&chat.owner);
    let entry = Entry { id: message_id.to_owned(), kind: Kind::Message, fields, sender, at_ms };
    if org.config.chat.stream == Stream::Relayed {
        let frame = Callback::new(ECHO, &case.id, entry::frame(&case.id, &entry));
        case.own.events.push(frame.identified(message_id));
    }
    chat.entries.push(entry);
    Ok(())
}

/// `POST …/entry`.
pub(super) fn typing(org: &Org, id: &str, body: &Value) -> Result<Answer, Refusal> {
    required_choice(body, "/entryType", &["TypingStartedIndicator", "TypingStoppedIndicator"])?;
    uuid(body, "/id")?;
    open_case(&mut org.book(), id)?;
    org.runtime.update_conversation(id, |it| it.contact_typing += 1);
    Ok(Answer::taken(202, Value::Null).about(id))
}

/// `POST …/acknowledge-entries`.
pub(super) fn acknowledge(org: &Org, id: &str, body: &Value) -> Result<Answer, Refusal> {
    let read = required_list(body, "/acks")?.iter().map(|item| {
        uuid(item, "/id")?;
        let kind = required_choice(item, "/entryType", &["Delivery", "Read"])?;
        Ok((required_text(item, "/conversationEntryId")?.to_owned(), kind.to_owned()))
    });
    let receipts = read.collect::<Result<Vec<_>, Refusal>>()?;
    open_case(&mut org.book(), id)?;
    org.runtime.update_conversation(id, |it| it.receipts.extend(receipts));
    Ok(Answer::taken(202, Value::Null).about(id))
}

/// `DELETE …/session`: the session ends, the conversation stays.
pub(super) fn end_session(org: &Org, id: &str, request: &Incoming) -> Result<Answer, Refusal> {
    check_deployment(org, &request.query_parameter("esDeveloperName").unwrap_or_default())?;
    let mut book = org.book();
    let gone = |problem: String| refuse(org.config.chat.gone_status, problem);
    let case = open_case(&mut book, id).map_err(|_| gone("the conversation is closed".to_owned()))?;
    org.end(case).map_err(|error| gone(error.to_string()))?;
    Ok(Answer::taken(204, Value::Null).about(id))
}

/// `DELETE …/conversation/{id}`: closed for good.
pub(super) fn close(org: &Org, id: &str, request: &Incoming) -> Result<Answer, Refusal> {
    check_deployment(org, &request.query_parameter("esDeveloperName").unwrap_or_default())?;
    let mut book = org.book();
    let case = open_case(&mut book, id).map_err(|it| refuse(org.config.chat.gone_status, it.problem))?;
    if let Product::Chat(chat) = &mut case.own.product {
        chat.closed = true;
    }
    Ok(match org.end(case) {
        Ok(()) => Answer::taken(204, Value::Null),
        Err(_) => Answer::ignored(204, Value::Null, "the session had ended before"),
    }
    .about(id))
}
