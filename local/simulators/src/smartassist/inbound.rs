//! What the webhook channel accepts from the platform.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::{
    Attachment, Refusal, Said, bad, optional_list, optional_object, optional_text, optional_texts, required_choice,
    required_flag, required_object, required_text, transfer_id, values,
};

/// A valid request.
#[derive(Debug)]
pub(super) struct FromChannel {
    /// `session.new`.
    pub(super) new: bool,
    pub(super) from: String,
    pub(super) content: Content,
    /// `customData` with its values as text.
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) custom_data: Value,
}

/// What a request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Text(Said),
    OnConnect,
    Closure,
}

/// Reads a body for the channel of this app.
pub(super) fn read(body: &Value, stream_id: &str) -> Result<FromChannel, Refusal> {
    required_object(body, "/session")?;
    let new = required_flag(body, "/session/new")?;
    let content = content(body)?;
    let from = transfer_id(body, "/from/id")?.to_owned();
    for (name, _) in optional_object(body, "/from/userInfo")?.into_iter().flatten() {
        optional_text(body, &format!("/from/userInfo/{name}"))?;
    }
    let addressed = optional_object(body, "/to")?.is_some();
    if (addressed || content == Content::Closure) && required_text(body, "/to/id")? != stream_id {
        return Err(bad("/to/id is another app"));
    }
    optional_texts(body, "", &["interactiveLanguage", "InteractiveLanguage"])?;
    tags(body)?;
    Ok(FromChannel {
        new,
        from,
        content,
        attributes: values(body, "/customData")?,
        custom_data: body.get("customData").cloned().unwrap_or_default(),
    })
}

fn content(body: &Value) -> Result<Content, Refusal> {
    if required_choice(body, "/message/type", &["text", "event"])? == "text" {
        let text = required_text(body, "/message/val")?.to_owned();
        return Ok(Content::Text(Said { message_id: String::new(), text, attachments: attachments(body)? }));
    }
    match required_choice(body, "/message/val", &["ON_CONNECT", "SESSION_CLOSURE"])? {
        "ON_CONNECT" => Ok(Content::OnConnect),
        _ => Ok(Content::Closure),
    }
}

/// Files by address; those by id would have to be uploaded first.
fn attachments(body: &Value) -> Result<Vec<Attachment>, Refusal> {
    optional_list(body, "/message/attachments")?
        .iter()
        .map(|item| {
            let Some(url) = optional_text(item, "/url")? else {
                return Err(bad("/message/attachments has a file that was not uploaded"));
            };
            let name = optional_text(item, "/fileName")?;
            Ok(Attachment { url: url.to_owned(), mime: String::new(), filename: name.unwrap_or_default().to_owned() })
        })
        .collect()
}

fn tags(body: &Value) -> Result<(), Refusal> {
    optional_object(body, "/metaTags")?;
    for list in ["/metaTags/sessionLevelTags", "/metaTags/userLevelTags", "/metaTags/messageLevelTags"] {
        for tag in optional_list(body, list)? {
            required_text(tag, "/name")?;
            required_text(tag, "/value")?;
        }
    }
    Ok(())
}
