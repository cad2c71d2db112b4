//! What `/interactions` accepts from the platform.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::{
    Attachment, Refusal, Said, optional_list, optional_object, optional_text, required_choice, required_object,
    required_text, transfer_id,
};

use super::{
    config::SalesforceConfig,
    multipart::Part,
    refusal::{self, coded, object},
};

/// Message types that an end user may send.
const MESSAGE_TYPES: [&str; 3] = ["StaticContentMessage", "ChoicesResponseMessage", "FormResponseMessage"];
const LARGEST_FILE: usize = 25 * 1024 * 1024;

/// A valid interaction.
#[derive(Debug)]
pub(super) struct Interaction {
    pub(super) from: String,
    pub(super) id: String,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) content: Content,
}

/// What an end user does.
#[derive(Debug)]
pub(super) enum Content {
    /// Writes, or sends files.
    Message(Said),
    /// Begins or stops to type.
    Typing,
    /// Did not get the entry with this identifier.
    DeliveryFailed { entry: String },
}

/// Reads the parts of a request.
pub(super) fn read(parts: &[Part], config: &SalesforceConfig) -> Result<Interaction, Refusal> {
    let stranger = parts.iter().find(|it| !matches!(it.name.as_str(), "json" | "attachments"));
    if let Some(part) = stranger {
        return Err(object(refusal::PARAMETERS, format!("there is no part {}", part.name)));
    }
    let (files, json): (Vec<&Part>, Vec<&Part>) = parts.iter().partition(|it| it.name == "attachments");
    let [json] = json.as_slice() else {
        return Err(object(refusal::PARAMETERS, "one part json is required"));
    };
    let body = json.json().filter(Value::is_object);
    let body = body.ok_or_else(|| object(refusal::PARAMETERS, "the part json must be application/json, an object"))?;
    let to = required_text(&body, "/to").map_err(coded(refusal::TO))?;
    if to != config.channel_address_identifier {
        return Err(object(refusal::CHANNEL, "The channelAddressIdentifier provided does not exist."));
    }
    let from = transfer_id(&body, "/from").map_err(coded(refusal::FROM))?;
    let attributes = attributes(&body, config)?;
    let [interaction] = optional_list(&body, "/interactions").map_err(coded(refusal::INTERACTIONS))? else {
        return Err(object(refusal::INTERACTIONS, "exactly one interaction is allowed"));
    };
    milliseconds(interaction, "/timestamp")?;
    let kinds = ["EntryInteraction", "AttachmentInteraction"];
    let kind = required_choice(interaction, "/interactionType", &kinds).map_err(coded(refusal::INTERACTIONS))?;
    let (id, content) =
        if kind == "EntryInteraction" { entry(interaction, &files)? } else { file(interaction, &files)? };
    Ok(Interaction { from: from.to_owned(), id, attributes, content })
}

/// `routingAttributes`: names of channel variables, values of bounded length.
pub(super) fn attributes(body: &Value, config: &SalesforceConfig) -> Result<BTreeMap<String, String>, Refusal> {
    let sent = optional_object(body, "/routingAttributes").map_err(coded(refusal::PARAMETERS))?;
    sent.into_iter()
        .flatten()
        .map(|(name, value)| {
            let known = config.channel_variables.as_ref().is_none_or(|it| it.contains(name));
            let text = value.as_str().filter(|_| known);
            let text = text.ok_or_else(|| object(refusal::PARAMETERS, format!("{name} is no channel variable")))?;
            if text.chars().count() > config.variable_max_chars {
                return Err(object(refusal::VARIABLE_TOO_LONG, format!("the value of {name} is too long")));
            }
            Ok((name.clone(), text.to_owned()))
        })
        .collect()
}

/// Times of this API are epoch milliseconds; seconds are a mistake that shows by its magnitude.
fn milliseconds(value: &Value, pointer: &str) -> Result<i64, Refusal> {
    let time = value.pointer(pointer).and_then(Value::as_i64).filter(|it| *it > 100_000_000_000);
    time.ok_or_else(|| object(refusal::ENTRY, format!("{pointer} must be epoch milliseconds")))
}

fn uuid(value: &Value, pointer: &str) -> Result<String, Refusal> {
    let id = required_text(value, pointer).map_err(coded(refusal::ID_EMPTY))?;
    match uuid::Uuid::parse_str(id) {
        Ok(_) => Ok(id.to_owned()),
        Err(_) => Err(object(refusal::ENTRY, format!("{pointer} must be a UUID"))),
    }
}

fn entry(interaction: &Value, files: &[&Part]) -> Result<(String, Content), Refusal> {
    if !files.is_empty() {
        return Err(object(refusal::ATTACHMENT_COUNT, "an entry has no attachment"));
    }
    required_object(interaction, "/payload").map_err(coded(refusal::ENTRY))?;
    let id = uuid(interaction, "/payload/id")?;
    let kinds = ["Message", "TypingStartedIndicator", "TypingStoppedIndicator", "MessageDeliveryFailed"];
    let content = match required_choice(interaction, "/payload/entryType", &kinds).map_err(coded(refusal::ENTRY))? {
        "Message" => message(interaction, &id)?,
        "MessageDeliveryFailed" => delivery_failed(interaction)?,
        _ => {
            milliseconds(interaction, "/payload/timestamp")?;
            Content::Typing
        }
    };
    Ok((id, content))
}

fn message(interaction: &Value, id: &str) -> Result<Content, Refusal> {
    const AT: &str = "/payload/abstractMessage";
    required_object(interaction, AT).map_err(coded(refusal::ENTRY))?;
    let inner = required_text(interaction, &format!("{AT}/id")).map_err(coded(refusal::ID_EMPTY))?;
    if inner != id {
        return Err(object(refusal::ID_MISMATCH, "Interaction ID and Message ID are mismatched."));
    }
    let types = required_choice(interaction, &format!("{AT}/messageType"), &MESSAGE_TYPES);
    let kind = types.map_err(coded(refusal::MESSAGE_TYPE))?;
    let text = if kind == "StaticContentMessage" {
        let format = format!("{AT}/staticContent/formatType");
        required_choice(interaction, &format, &["Text"]).map_err(coded(refusal::FORMAT_TYPE))?;
        required_text(interaction, &format!("{AT}/staticContent/text")).map_err(coded(refusal::ENTRY))?.to_owned()
    } else if kind == "ChoicesResponseMessage" {
        required_text(interaction, &format!("{AT}/inReplyToMessageId")).map_err(coded(refusal::ENTRY))?;
        let option = format!("{AT}/choicesResponse/selectedOptions/0/optionIdentifier");
        required_text(interaction, &option).map_err(coded(refusal::ENTRY))?.to_owned()
    } else {
        String::new()
    };
    Ok(Content::Message(Said { message_id: id.to_owned(), text, attachments: Vec::new() }))
}

fn delivery_failed(interaction: &Value) -> Result<Content, Refusal> {
    let text = |field: &str| required_text(interaction, &format!("/payload/{field}")).map_err(coded(refusal::ENTRY));
    let entry = text("failedConversationEntryIdentifier")?.to_owned();
    text("errorCode")?;
    end_user(interaction, "/payload/recipient")?;
    Ok(Content::DeliveryFailed { entry })
}

/// A participant that is the channel's end user; answers its subject.
pub(super) fn end_user(body: &Value, pointer: &str) -> Result<String, Refusal> {
    let subject = transfer_id(body, &format!("{pointer}/subject")).map_err(coded(refusal::PARTICIPANT))?;
    required_choice(body, &format!("{pointer}/appType"), &["custom"]).map_err(coded(refusal::APP_TYPE))?;
    required_choice(body, &format!("{pointer}/role"), &["EndUser"]).map_err(coded(refusal::ROLE))?;
    Ok(subject.to_owned())
}

fn file(interaction: &Value, files: &[&Part]) -> Result<(String, Content), Refusal> {
    let [file] = files else {
        return Err(object(refusal::ATTACHMENT_COUNT, "one attachment is required"));
    };
    let id = uuid(interaction, "/id")?;
    if interaction.get("attachmentIndex").and_then(Value::as_u64) != Some(0) {
        return Err(object(refusal::ATTACHMENT_COUNT, "/attachmentIndex must be 0"));
    }
    let length = interaction.get("contentLength").and_then(Value::as_u64);
    let length = length.ok_or_else(|| object(refusal::NO_CONTENT_LENGTH, "/contentLength is required"))?;
    match file.bytes.len() {
        0 => return Err(object(refusal::FILE_EMPTY, "The file is empty or doesn't exist.")),
        size if size > LARGEST_FILE => {
            return Err(object(refusal::FILE_TOO_LARGE, "The file size exceeds the maximum limit of 25 MB."));
        }
        size if u64::try_from(size) != Ok(length) => {
            return Err(object(refusal::FILE_SIZE, "the file does not have the size that contentLength says"));
        }
        _ => {}
    }
    let text = optional_text(interaction, "/text").map_err(coded(refusal::ENTRY))?.unwrap_or_default().to_owned();
    let attachment = Attachment {
        url: String::new(),
        mime: file.content_type.clone().unwrap_or_default(),
        filename: file.file_name.clone().unwrap_or_default(),
    };
    let said = Said { message_id: id.clone(), text, attachments: vec![attachment] };
    Ok((id, Content::Message(said)))
}
