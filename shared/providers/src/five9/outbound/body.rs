//! The bodies that Five9 is sent.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};
use transfer_domain::{ContactDetails, HistoryRole, HistoryTurn, Session, TransferRequest};

use super::super::settings::Settings;
use super::super::settings::fields::Field;
use crate::said::{first_and_last_name, newest_that_fit};

/// What tells the representative that the contact is gone, where there is no call for it.
pub(super) const GOODBYE: &str = "The customer ended the chat.";

/// The opening of a classic conversation.
pub(super) fn classic_opening(
    settings: &Settings,
    session: &Session,
    request: &TransferRequest,
    org: Option<&str>,
    callback_url: &str,
) -> Value {
    let names = &settings.field_aliases;
    let mut body = settings.routing_fields.clone();
    names.put(&mut body, Field::CampaignName, settings.campaign_name.as_str());
    if let Some(org) = org {
        // It comes as text and is wanted as a number.
        let number = org.parse::<u64>().map(Value::from);
        names.put(&mut body, Field::TenantId, number.unwrap_or_else(|_| org.into()));
    }
    let kind = match settings.conversation_type.as_str() {
        "Generic" | "RCS" => Field::Type,
        _ => Field::ContentType,
    };
    names.put(&mut body, kind, settings.conversation_type.as_str());
    names.put(&mut body, Field::ExternalId, session.transfer_id().to_string());
    if settings.send_priority {
        names.put(&mut body, Field::Priority, session.priority.get());
    }
    names.put(&mut body, Field::CallbackUrl, callback_url);
    names.put(&mut body, Field::Contact, contact(settings, &request.briefing.contact));
    let attributes = attributes(settings, session, request);
    names.put(&mut body, Field::Attributes, json!(attributes));
    Value::Object(body)
}

/// The opening of a chat of Open Messaging.
pub(super) fn chat_opening(settings: &Settings, session: &Session, request: &TransferRequest) -> Value {
    let attributes = attributes(settings, session, request);
    let attribute = |(name, value)| json!({ "attributeName": name, "attributeValue": value });
    json!({
        "channel": "GENERIC",
        "campaignSource": { "campaignName": settings.campaign_name, "campaignHandle": settings.campaign_handle },
        "contactSource": { "clientHandle": session.transfer_id().to_string() },
        "attributes": attributes.iter().map(attribute).collect::<Vec<_>>(),
    })
}

/// A text of the contact in a classic conversation, with files that Five9 has already.
pub(super) fn classic_message(settings: &Settings, text: &str, files: Vec<String>) -> Value {
    let names = &settings.field_aliases;
    let mut body = Map::new();
    names.put(&mut body, Field::MessageType, "TEXT");
    names.put(&mut body, Field::Message, text);
    if !files.is_empty() {
        names.put(&mut body, Field::MessageAttachments, files);
    }
    Value::Object(body)
}

/// A text of the contact in a chat of Open Messaging.
pub(super) fn chat_message(text: &str, at: chrono::DateTime<chrono::Utc>) -> Value {
    json!({ "type": "RICHTEXT", "timestamp": at.to_rfc3339_opts(SecondsFormat::Secs, true), "text": text })
}

/// That the representative's message arrived.
pub(super) fn acknowledgement(settings: &Settings, messages: &[&str]) -> Value {
    let names = &settings.field_aliases;
    let acknowledged = |message: &&str| {
        let mut one = Map::new();
        names.put(&mut one, Field::AcknowledgedType, "DELIVERED");
        names.put(&mut one, Field::AcknowledgedId, *message);
        Value::Object(one)
    };
    let mut body = Map::new();
    names.put(&mut body, Field::Acknowledged, messages.iter().map(acknowledged).collect::<Vec<_>>());
    Value::Object(body)
}

fn contact(settings: &Settings, details: &ContactDetails) -> Map<String, Value> {
    let names = &settings.field_aliases;
    let mut contact = Map::new();
    let mut set = |field, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            names.put(&mut contact, field, value);
        }
    };
    let (first, last) = first_and_last_name(details);
    set(Field::ContactFirstName, first);
    set(Field::ContactLastName, last);
    set(Field::ContactEmail, details.email.as_deref());
    set(Field::ContactPhone, details.phone.as_deref());
    contact
}

/// Call variables by name, as the customer made them in Five9.
fn attributes(settings: &Settings, session: &Session, request: &TransferRequest) -> BTreeMap<String, String> {
    let told = [
        (Field::AttributeQuestion, request.reason.clone().or_else(|| request.summary.clone())),
        (Field::AttributeSummary, request.summary.clone()),
        (Field::AttributeHistory, history(&request.briefing.history, settings.history_max_bytes)),
        (Field::AttributeLanguage, request.briefing.language.clone()),
        (Field::AttributeSkills, Some(request.briefing.skills.join(","))),
        (Field::AttributeQueue, Some(session.queue().name)),
    ];
    let named = told.into_iter().map(|(field, value)| (settings.field_aliases.path(field).to_owned(), value));
    named
        .filter_map(|(name, value)| Some((name, value?)))
        .filter(|(name, value)| !name.is_empty() && !value.is_empty())
        .collect()
}

/// The last turns that fit, oldest first; of a last turn that does not fit by itself, its beginning.
fn history(turns: &[HistoryTurn], max_bytes: usize) -> Option<String> {
    let lines = turns.iter().rev().enumerate().map(|(at, turn)| {
        let who = match turn.role {
            HistoryRole::Contact => "user",
            HistoryRole::Agent => "bot",
            HistoryRole::Representative => "agent",
            HistoryRole::System => "system",
        };
        let mut line = format!("{who}: {}", turn.text);
        if at == 0 {
            line.truncate(line.floor_char_boundary(max_bytes));
        }
        line
    });
    Some(newest_that_fit(lines, max_bytes)).filter(|history| !history.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_turns_that_fit_are_told_oldest_first() {
        let turn = |role, text: &str| HistoryTurn { role, text: text.to_owned(), at: None };
        let turns =
            [turn(HistoryRole::Contact, "hi"), turn(HistoryRole::Agent, "yes"), turn(HistoryRole::System, "end")];
        let told = |max| history(&turns, max);
        assert_eq!(told(4000).as_deref(), Some("user: hi\nbot: yes\nsystem: end"));
        assert_eq!(told(29).as_deref(), Some("user: hi\nbot: yes\nsystem: end"));
        assert_eq!(told(28).as_deref(), Some("bot: yes\nsystem: end"));
        assert_eq!(told(5).as_deref(), Some("syste"));
        assert_eq!(told(0), None);
        assert_eq!(history(&[], 4000), None);
        let wide = [turn(HistoryRole::Contact, "\u{e9}\u{e9}")];
        assert_eq!(history(&wide, 9).as_deref(), Some("user: \u{e9}"));
    }
}
