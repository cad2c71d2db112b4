//! What the webhook channel accepts from the platform.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    act::Attachment,
    shape::{
        Refusal, optional_flag, optional_list, optional_object, optional_text, required_choice, required_object,
        required_text, transfer_id,
    },
};

/// A valid request.
#[derive(Debug)]
pub(super) struct FromChannel {
    /// `session.new`.
    pub(super) new: bool,
    pub(super) from: String,
    pub(super) said: Said,
    /// `customData` with its values as text.
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) custom_data: Value,
}

/// What a request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Text(String, Vec<Attachment>),
    OnConnect,
    Closure,
}

/// Reads a body for the channel of this app.
pub(super) fn read(body: &Value, stream_id: &str) -> Result<FromChannel, Refusal> {
    required_object(body, "/session")?;
    let new = optional_flag(body, "/session/new")?.ok_or_else(|| Refusal("/session/new is required".to_owned()))?;
    let said = said(body)?;
    let from = transfer_id(body, "/from/id")?.to_owned();
    for (name, _) in optional_object(body, "/from/userInfo")?.into_iter().flatten() {
        optional_text(body, &format!("/from/userInfo/{name}"))?;
    }
    let addressed = optional_object(body, "/to")?.is_some();
    if (addressed || said == Said::Closure) && required_text(body, "/to/id")? != stream_id {
        return Err(Refusal("/to/id is another app".to_owned()));
    }
    for field in ["/interactiveLanguage", "/InteractiveLanguage"] {
        optional_text(body, field)?;
    }
    tags(body)?;
    let custom = optional_object(body, "/customData")?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(FromChannel {
        new,
        from,
        said,
        attributes: custom.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect(),
        custom_data: body.get("customData").cloned().unwrap_or_default(),
    })
}

fn said(body: &Value) -> Result<Said, Refusal> {
    match required_choice(body, "/message/type", &["text", "event"])? {
        "event" => match required_choice(body, "/message/val", &["ON_CONNECT", "SESSION_CLOSURE"])? {
            "ON_CONNECT" => Ok(Said::OnConnect),
            _ => Ok(Said::Closure),
        },
        _ => Ok(Said::Text(required_text(body, "/message/val")?.to_owned(), attachments(body)?)),
    }
}

/// Files by address; those by id would have to be uploaded first.
fn attachments(body: &Value) -> Result<Vec<Attachment>, Refusal> {
    optional_list(body, "/message/attachments")?
        .iter()
        .map(|item| {
            let Some(url) = optional_text(item, "/url")? else {
                return Err(Refusal("/message/attachments has a file that was not uploaded".to_owned()));
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
