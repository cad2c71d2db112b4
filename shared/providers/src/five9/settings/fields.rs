//! The names of Five9's fields. None of them comes from the vendor's own documentation, so each can be replaced by a
//! setting: `fieldAliases` maps a field's meaning to its name (`docs/contracts/five9.md`).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
#[cfg(feature = "outbound")]
use serde_json::Map;
use serde_json::Value;

use crate::reading::rfc3339;

/// The last millisecond of the year 9999, the last one that RFC 3339 can say.
const LAST_MS: i64 = 253_402_300_799_999;

macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident = $path:literal),+ $(,)?) => {
        /// A field by its meaning. Its default name is a path with dots, relative to the object that it stands in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub(crate) enum Field { $($(#[$doc])* $field),+ }

        impl Field {
            const fn default_path(self) -> &'static str {
                match self { $(Self::$field => $path),+ }
            }
        }
    };
}

fields! {
    // The anonymous session.
    TenantName = "tenantName",
    TokenId = "tokenId",
    OrgId = "orgId",
    FarmId = "context.farmId",
    CloudUrl = "context.cloudClientUrl",
    DataCenters = "metadata.dataCenters",
    DataCenterActive = "active",
    DataCenterApiUrls = "apiUrls",
    DataCenterHost = "host",
    DataCenterPort = "port",
    // An opening.
    CampaignName = "campaignName",
    TenantId = "tenantId",
    Type = "type",
    ContentType = "contentType",
    ExternalId = "externalId",
    Priority = "priority",
    CallbackUrl = "callbackUrl",
    Contact = "contact",
    ContactFirstName = "firstName",
    ContactLastName = "lastName",
    ContactEmail = "email",
    ContactPhone = "number1",
    Attributes = "attributes",
    /// The name of an attribute, not a path; so are the ones below it.
    AttributeQuestion = "Question",
    AttributeSummary = "Custom.summary",
    AttributeHistory = "Custom.external_history",
    /// Not sent unless named: a call variable that does not exist in Five9 may be refused.
    AttributeLanguage = "",
    AttributeSkills = "",
    AttributeQueue = "",
    // What calls are answered with.
    ConversationId = "id",
    Status = "status",
    ErrorCode = "five9ExceptionDetail.errorCode",
    ErrorFarmId = "five9ExceptionDetail.context.farmId",
    // A message of the contact.
    MessageType = "messageType",
    Message = "message",
    MessageAttachments = "attachments",
    Acknowledged = "messages",
    AcknowledgedType = "type",
    AcknowledgedId = "messageId",
    // Files.
    FileAccessToken = "access_token",
    FileName = "fileName",
    FileId = "id",
    FileUploadUrl = "uploadUrl",
    FileDownloadId = "fileDownloadId",
    // What Five9 tells.
    CorrelationId = "correlationId",
    Text = "text",
    DisplayName = "displayName",
    AgentDisplayName = "agentData.displayName",
    Timestamp = "timestamp",
    EventSerialNumber = "eventSerialNumber",
    MessageSerialNumber = "messageSerialNumber",
    FileData = "fileData",
    // Open Messaging.
    ChatId = "chatId",
    EventType = "eventType",
    Payload = "payload",
    From = "from",
    SkillGroup = "skillGroup",
    ChatErrorCode = "errorCode",
}

impl Field {
    /// Whether it names an attribute: one without a name is not sent.
    pub(crate) const fn is_attribute(self) -> bool {
        matches!(
            self,
            Self::AttributeQuestion
                | Self::AttributeSummary
                | Self::AttributeHistory
                | Self::AttributeLanguage
                | Self::AttributeSkills
                | Self::AttributeQueue
        )
    }
}

/// Names that replace the default ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Names(pub(crate) BTreeMap<Field, String>);

impl Names {
    /// The name of a field; empty if it is not to be sent.
    pub(crate) fn path(&self, field: Field) -> &str {
        self.0.get(&field).map_or(field.default_path(), String::as_str)
    }

    /// What stands in a field; `null` stands for nothing.
    pub(crate) fn value<'v>(&self, object: &'v Value, field: Field) -> Option<&'v Value> {
        let found = self.path(field).split('.').try_fold(object, |object, name| object.get(name));
        found.filter(|value| !value.is_null())
    }

    /// A text, or a number as text: ids come as either.
    pub(crate) fn text(&self, object: &Value, field: Field) -> Option<String> {
        match self.value(object, field)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// A whole number, or a text of one.
    pub(crate) fn number(&self, object: &Value, field: Field) -> Option<u64> {
        self.text(object, field)?.parse().ok()
    }

    /// A time: RFC 3339, or milliseconds since the epoch.
    pub(crate) fn time(&self, object: &Value, field: Field) -> Option<DateTime<Utc>> {
        let text = self.text(object, field)?;
        match text.parse::<i64>() {
            Ok(at) => DateTime::from_timestamp_millis(at).filter(|_| (0..=LAST_MS).contains(&at)),
            Err(_) => rfc3339(&text),
        }
    }

    /// Writes a field, with the objects around it.
    #[cfg(feature = "outbound")]
    pub(crate) fn put(&self, object: &mut Map<String, Value>, field: Field, value: impl Into<Value>) {
        put(object, self.path(field), value.into());
    }
}

#[cfg(feature = "outbound")]
fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = object.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_read_under_its_own_name_or_its_alias() {
        let body = json!({ "tokenId": "t", "context": { "farmId": "f", "other": 7 }, "orgId": null });
        let mut names = Names::default();
        assert_eq!(names.text(&body, Field::FarmId).as_deref(), Some("f"));
        assert_eq!(names.text(&body, Field::OrgId), None);
        names.0.insert(Field::OrgId, "context.other".to_owned());
        assert_eq!(names.text(&body, Field::OrgId).as_deref(), Some("7"));
        assert_eq!(names.number(&body, Field::OrgId), Some(7));
        assert_eq!(names.number(&body, Field::TokenId), None);
    }

    #[test]
    fn a_time_is_a_text_or_milliseconds() {
        let names = Names::default();
        let at = |value: Value| names.time(&json!({ "timestamp": value }), Field::Timestamp).map(|at| at.to_rfc3339());
        let expected = Some("2026-01-12T10:00:00+00:00".to_owned());
        for value in [json!(1_768_212_000_000_i64), json!("1768212000000"), json!("2026-01-12T11:00:00+01:00")] {
            assert_eq!(at(value.clone()), expected, "{value}");
        }
        for value in [json!(-1), json!(i64::MAX), json!(1.5), json!(""), json!("soon"), json!(null), json!({})] {
            assert_eq!(at(value.clone()), None, "{value}");
        }
    }

    #[cfg(feature = "outbound")]
    #[test]
    fn a_field_is_written_with_the_objects_around_it() {
        let names = Names([(Field::Priority, "routing.level".to_owned())].into());
        let mut body = Map::new();
        names.put(&mut body, Field::Priority, 5);
        names.put(&mut body, Field::Type, "Generic");
        assert_eq!(Value::Object(body), json!({ "routing": { "level": 5 }, "type": "Generic" }));
    }
}
