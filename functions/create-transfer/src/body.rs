//! The body of a create request.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use transfer_domain::{Briefing, Channel, ContactDetails, HistoryRole, HistoryTurn, NewTransfer, Provider, Trigger};
use transfer_http::{Fields, Problem};

const MAX_HISTORY_TURNS: usize = 500;
const MAX_SKILLS: usize = 50;
const MAX_METADATA_BYTES: usize = 16 * 1024;

/// The wire form. Words and ids are texts here, so that all faults are found at once.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateBody {
    conversation_session_id: Option<String>,
    contact_id: Option<String>,
    channel: Option<String>,
    agent: Option<String>,
    trigger: Option<String>,
    provider: Option<String>,
    queue: Option<String>,
    priority: Option<u8>,
    #[serde(default)]
    skills: Vec<String>,
    language: Option<String>,
    reason: Option<String>,
    summary: Option<String>,
    #[serde(default)]
    contact: ContactDetails,
    #[serde(default)]
    history: Vec<Turn>,
    #[serde(default)]
    metadata: Map<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    role: HistoryRole,
    text: String,
    at: Option<DateTime<Utc>>,
}

/// A request whose fields all fit.
pub(crate) struct ValidBody {
    pub(crate) provider: Option<Provider>,
    pub(crate) transfer: NewTransfer,
    /// Of what was understood: neither spacing nor the order of fields matters.
    pub(crate) fingerprint: String,
}

impl CreateBody {
    pub(crate) fn validate(self) -> Result<ValidBody, Problem> {
        let mut fields = Fields::default();
        let conversation = fields.required("/conversationSessionId", self.conversation_session_id.as_deref());
        let contact = fields.required("/contactId", self.contact_id.as_deref());
        let channel: Option<Channel> = fields.required("/channel", self.channel.as_deref());
        let agent = fields.required("/agent", self.agent.as_deref());
        let trigger: Option<Trigger> = fields.optional("/trigger", self.trigger.as_deref());
        let provider: Option<Provider> = fields.optional("/provider", self.provider.as_deref());
        self.check_texts(&mut fields);
        self.check_sizes(&mut fields);
        let fingerprint = self.fingerprint();
        let required = conversation.zip(contact).zip(channel).zip(agent);
        let (((conversation_session_id, contact_id), channel), agent) = fields.complete(required)?;
        let history =
            self.history.into_iter().map(|turn| HistoryTurn { role: turn.role, text: turn.text, at: turn.at });
        let transfer = NewTransfer {
            conversation_session_id,
            contact_id,
            channel,
            agent,
            trigger,
            queue: self.queue,
            priority: self.priority,
            reason: self.reason,
            summary: self.summary,
            metadata: self.metadata,
            briefing: Briefing {
                skills: self.skills,
                language: self.language,
                contact: self.contact,
                history: history.collect(),
            },
        };
        Ok(ValidBody { provider, transfer, fingerprint })
    }

    fn check_texts(&self, fields: &mut Fields) {
        fields.text("/queue", self.queue.as_deref(), 128);
        fields.rule(self.queue.as_deref() != Some(""), "/queue", "must not be empty");
        fields.text("/language", self.language.as_deref(), 35);
        fields.text("/reason", self.reason.as_deref(), 1_000);
        fields.text("/summary", self.summary.as_deref(), 4_000);
        fields.text("/contact/name", self.contact.name.as_deref(), 256);
        fields.text("/contact/email", self.contact.email.as_deref(), 320);
        fields.text("/contact/phone", self.contact.phone.as_deref(), 32);
        if let Some(email) = &self.contact.email {
            fields.rule(email.contains('@'), "/contact/email", "must be an e-mail address");
        }
        for (index, skill) in self.skills.iter().enumerate() {
            fields.text(&format!("/skills/{index}"), Some(skill), 128);
        }
        for (index, turn) in self.history.iter().enumerate() {
            fields.text(&format!("/history/{index}/text"), Some(&turn.text), 8_000);
        }
    }

    fn check_sizes(&self, fields: &mut Fields) {
        fields.rule(self.priority.is_none_or(|priority| priority <= 10), "/priority", "must be 0 to 10");
        fields.rule(self.skills.len() <= MAX_SKILLS, "/skills", "must be at most 50");
        fields.rule(self.history.len() <= MAX_HISTORY_TURNS, "/history", "must be at most 500 turns");
        let metadata = serde_json::to_vec(&self.metadata).map_or(usize::MAX, |bytes| bytes.len());
        fields.rule(metadata <= MAX_METADATA_BYTES, "/metadata", "must be at most 16384 bytes of JSON");
    }

    fn fingerprint(&self) -> String {
        let mut canonical = serde_json::to_value(self).unwrap_or_default();
        canonical.sort_all_objects();
        hex::encode(Sha256::digest(canonical.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn minimal() -> Value {
        json!({ "conversationSessionId": "c-1", "contactId": "u-1", "channel": "chat", "agent": "billing" })
    }

    fn validate(body: Value) -> Result<ValidBody, Problem> {
        serde_json::from_value::<CreateBody>(body).unwrap().validate()
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let body = json!({ "channel": "fax", "priority": 11, "contact": { "email": "nobody" }, "queue": "" });
        let response = validate(body).err().unwrap().into_response();
        let lambda_http::Body::Text(text) = response.into_body() else { panic!("text") };
        for pointer in
            ["/conversationSessionId", "/contactId", "/channel", "/agent", "/priority", "/contact/email", "/queue"]
        {
            assert!(text.contains(&format!("\"{pointer}\"")), "{pointer} in {text}");
        }
    }

    #[test]
    fn the_order_of_fields_does_not_change_the_fingerprint() {
        let one: CreateBody = serde_json::from_str(
            r#"{"agent":"a","channel":"chat","contactId":"u","conversationSessionId":"c","metadata":{"x":1,"y":2}}"#,
        )
        .unwrap();
        let other: CreateBody =
            serde_json::from_str(r#"{ "metadata": {"y":2, "x":1}, "conversationSessionId":"c", "contactId":"u", "channel":"chat", "agent":"a" }"#).unwrap();
        assert_eq!(one.validate().unwrap().fingerprint, other.validate().unwrap().fingerprint);
    }

    proptest! {
        #[test]
        fn any_other_value_of_any_field_changes_the_fingerprint(
            field in prop::sample::select(vec!["contactId", "agent", "reason", "summary", "queue", "language"]),
            text in "[a-z]{1,20}",
        ) {
            let mut other = minimal();
            let before = other.get(field).cloned();
            other[field] = json!(text);
            prop_assume!(before != Some(json!(text)));
            let first = validate(minimal()).unwrap().fingerprint;
            prop_assert_ne!(first, validate(other).unwrap().fingerprint);
        }
    }
}
