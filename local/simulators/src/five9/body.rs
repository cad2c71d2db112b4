//! What the classic API accepts from the platform.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use crate::engine::{
    Refusal, bad, optional_object, optional_text, required_choice, required_list, required_text, strings, transfer_id,
};

use super::config::Five9Config;

const CREATE_FIELDS: [&str; 9] = [
    "campaignName",
    "tenantId",
    "type",
    "contentType",
    "externalId",
    "priority",
    "callbackUrl",
    "contact",
    "attributes",
];
const CONTACT_FIELDS: [&str; 16] = [
    "firstName",
    "lastName",
    "email",
    "number1",
    "number2",
    "number3",
    "company",
    "street",
    "city",
    "state",
    "zip",
    "gender",
    "socialAccountHandle",
    "socialAccountName",
    "socialAccountImageUrl",
    "socialAccountProfileUrl",
];

/// A valid create request.
#[derive(Debug)]
pub(super) struct Create {
    pub(super) external_id: String,
    pub(super) callback_url: String,
    pub(super) attributes: BTreeMap<String, String>,
}

/// Reads `POST …/conversations`.
pub(super) fn create(body: &Value, config: &Five9Config) -> Result<Create, Refusal> {
    known_fields(body, config)?;
    if required_text(body, "/campaignName")? != config.campaign_name {
        return Err(bad("/campaignName is not an active campaign that is enabled for chat"));
    }
    if body.get("tenantId").and_then(Value::as_u64) != Some(config.org_id) {
        return Err(bad("/tenantId must be the tenant's number"));
    }
    if optional_text(body, "/contentType")?.is_none() {
        required_choice(body, "/type", &["Generic", "RCS"])?;
    }
    match body.get("priority") {
        Some(priority) if !priority.is_i64() && !priority.is_u64() => Err(bad("/priority must be an integer")),
        Some(_) | None => Ok(()),
    }?;
    contact(body)?;
    Ok(Create {
        external_id: transfer_id(body, "/externalId")?.to_owned(),
        callback_url: callback_url(body)?,
        attributes: attributes(body, config)?,
    })
}

fn known_fields(body: &Value, config: &Five9Config) -> Result<(), Refusal> {
    let known = |name: &str| CREATE_FIELDS.contains(&name) || config.routing_fields.iter().any(|it| it == name);
    match optional_object(body, "")?.into_iter().flatten().find(|(name, _)| !known(name)) {
        Some((name, _)) => Err(bad(format!("/{name} is not known"))),
        None => Ok(()),
    }
}

fn contact(body: &Value) -> Result<(), Refusal> {
    for (name, _) in optional_object(body, "/contact")?.into_iter().flatten() {
        if !CONTACT_FIELDS.contains(&name.as_str()) {
            return Err(bad(format!("/contact/{name} is not known")));
        }
        optional_text(body, &format!("/contact/{name}"))?;
    }
    Ok(())
}

/// The path of an event is appended to it, so nothing may follow its path.
fn callback_url(body: &Value) -> Result<String, Refusal> {
    let text = required_text(body, "/callbackUrl")?;
    let Ok(url) = Url::parse(text) else {
        return Err(bad("/callbackUrl must be a URL"));
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("/callbackUrl must be http or https"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("/callbackUrl may have no query and no fragment"));
    }
    Ok(text.to_owned())
}

/// A flat map of strings; custom variables must exist.
fn attributes(body: &Value, config: &Five9Config) -> Result<BTreeMap<String, String>, Refusal> {
    let exists = |name: &String| config.call_variables.as_ref().is_none_or(|all| all.contains(name));
    let attributes = strings(body, "/attributes")?;
    match attributes.keys().find(|name| name.contains('.') && !exists(name)) {
        Some(name) => Err(bad(format!("/attributes/{name} is not a call variable of this tenant"))),
        None => Ok(attributes),
    }
}

/// Reads `POST …/messages`; answers the text.
pub(super) fn message(body: &Value) -> Result<&str, Refusal> {
    required_choice(body, "/messageType", &["TEXT"])?;
    if body.get("attachments").is_some() {
        return Err(bad("/attachments needs uploads, which this tenant does not have"));
    }
    required_text(body, "/message")
}

/// Reads `PUT …/messages/acknowledge`; answers message ids and states.
pub(super) fn acknowledgements(body: &Value) -> Result<Vec<(String, String)>, Refusal> {
    required_list(body, "/messages")?
        .iter()
        .map(|entry| {
            let state = required_choice(entry, "/type", &["DELIVERED"])?;
            Ok((required_text(entry, "/messageId")?.to_owned(), state.to_owned()))
        })
        .collect()
}
