//! The body of a create request.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
#[cfg(feature = "openapi")]
use transfer_domain::{AgentName, ContactId, ConversationSessionId, SessionId};
use transfer_domain::{
    Briefing, Channel, ContactDetails, FallbackPlan, FallbackStep, HistoryRole, HistoryTurn, Instead, Labels, LinkedBy,
    MAX_HISTORY_TURNS, Metadata, NewTransfer, Outcome, Predecessor, Priority, Provider, QueueName, ReasonCode,
    ResumeToken, Tag, Tags, TransferRequest, Trigger,
};
use transfer_http::{Fields, Problem};

use crate::voice::VoiceBody;

pub(crate) const MAX_LANGUAGE_CHARS: usize = 35;
pub(crate) const MAX_REASON_CHARS: usize = 1_000;
pub(crate) const MAX_SUMMARY_CHARS: usize = 4_000;
pub(crate) const MAX_NAME_CHARS: usize = 256;
pub(crate) const MAX_EMAIL_CHARS: usize = 320;
pub(crate) const MAX_PHONE_CHARS: usize = 32;
pub(crate) const MAX_SKILL_CHARS: usize = 128;
pub(crate) const MAX_TURN_CHARS: usize = 8_000;
pub(crate) const MAX_SKILLS: usize = 50;
const MAX_METADATA_BYTES: usize = 16 * 1024;

/// The wire form. Words and ids are texts here, so that all faults are found at once.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = NewTransfer, description = "A request for a transfer."))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateBody {
    /// The AI agent's own conversation. It has at most one open transfer.
    #[cfg_attr(feature = "openapi", schema(value_type = ConversationSessionId))]
    conversation_session_id: Option<String>,
    /// The end user.
    #[cfg_attr(feature = "openapi", schema(value_type = ContactId))]
    contact_id: Option<String>,
    /// Where the contact talks; decides how long the transfer lives without a message.
    #[cfg_attr(feature = "openapi", schema(value_type = Channel))]
    channel: Option<String>,
    /// The AI agent that hands off.
    #[cfg_attr(feature = "openapi", schema(value_type = AgentName))]
    agent: Option<String>,
    /// What made it hand off.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Trigger>))]
    trigger: Option<String>,
    /// Why, as a code of the caller's. Lists and metrics ask for it, so there should be few.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<ReasonCode>))]
    reason_code: Option<String>,
    /// The caller's tags. Lists and metrics ask for them, so there should be few.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Tag>))]
    tags: Vec<String>,
    /// Where it goes; else the project's default.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Provider>))]
    provider: Option<String>,
    /// The queue; else the project's default.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<QueueName>))]
    queue: Option<String>,
    /// 0 (lowest) to 10; else the project's default.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Priority>))]
    priority: Option<u8>,
    /// Skills that the representative should have.
    #[serde(default)]
    skills: Vec<String>,
    /// The contact's language (BCP 47).
    language: Option<String>,
    /// Why the agent hands off, in its words.
    reason: Option<String>,
    /// What happened so far, in the agent's words.
    summary: Option<String>,
    /// Who the contact is.
    #[serde(default)]
    contact: ContactDetails,
    /// The conversation so far, oldest first.
    #[serde(default)]
    history: Vec<Turn>,
    /// What the caller wants back with the hand-back, to go on where it was: at most 4096 bytes.
    resume_token: Option<String>,
    /// An earlier transfer of the contact that this one follows: it must have ended.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<SessionId>))]
    predecessor_session_id: Option<String>,
    /// Whether the representative is told, behind `history`, what was said in the predecessor.
    #[serde(default)]
    carry_conversation: bool,
    /// What is done, without the caller, when the transfer ends without having served the contact: at most 3 steps. Of those
    /// that are for its outcome, the first that can be done is.
    #[serde(default)]
    fallback: Vec<Step>,
    /// The call that the runtime brings to the contact centre; only of the channel `voice`. No conversation is opened then.
    #[serde(skip_serializing_if = "Option::is_none")]
    voice: Option<VoiceBody>,
    /// The caller's own data, kept and shown as it is: at most 16384 bytes of JSON.
    #[serde(default)]
    metadata: Map<String, Value>,
}

/// One turn of the conversation before the transfer.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = HistoryTurn))]
#[serde(deny_unknown_fields)]
pub(crate) struct Turn {
    /// Who said it.
    role: HistoryRole,
    /// What was said.
    text: String,
    /// When.
    at: Option<DateTime<Utc>>,
}

/// A step of a fallback plan.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = NewFallbackStep))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Step {
    /// For which outcomes; not `served`, `abandoned` and `cancelled`.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Outcome>))]
    on: Vec<String>,
    /// Where it asks again; else at the same contact centre.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Provider>))]
    provider: Option<String>,
    /// The queue there; else the project's default.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<QueueName>))]
    queue: Option<String>,
    /// Instead of asking again: the AI agent goes on.
    #[serde(default)]
    continue_with_agent: bool,
}

/// A request whose fields all fit.
pub(crate) struct ValidBody {
    pub(crate) provider: Option<Provider>,
    pub(crate) carry: bool,
    pub(crate) transfer: NewTransfer,
    /// Of what was understood: neither spacing nor the order of fields matters.
    pub(crate) fingerprint: String,
}

impl CreateBody {
    /// `metadata` is the field of this name as it was written.
    pub(crate) fn validate(mut self, metadata: Metadata) -> Result<ValidBody, Problem> {
        let mut fields = Fields::default();
        let conversation = fields.required("/conversationSessionId", self.conversation_session_id.as_deref());
        let contact = fields.required("/contactId", self.contact_id.as_deref());
        let channel: Option<Channel> = fields.required("/channel", self.channel.as_deref());
        let agent = fields.required("/agent", self.agent.as_deref());
        let trigger: Option<Trigger> = fields.optional("/trigger", self.trigger.as_deref());
        let reason_code: Option<ReasonCode> = fields.optional("/reasonCode", self.reason_code.as_deref());
        let tags = self.read_tags(&mut fields);
        let resume_token: Option<ResumeToken> = fields.optional("/resumeToken", self.resume_token.as_deref());
        let provider: Option<Provider> = fields.optional("/provider", self.provider.as_deref());
        let queue: Option<QueueName> = fields.optional("/queue", self.queue.as_deref());
        let predecessor = fields.optional("/predecessorSessionId", self.predecessor_session_id.as_deref());
        let asked = self.carry_conversation && self.predecessor_session_id.is_none();
        fields.rule(!asked, "/carryConversation", "needs predecessorSessionId");
        let fallback = self.read_fallback(&mut fields);
        let priority = self.priority.map(Priority::try_from);
        fields.rule(!matches!(priority, Some(Err(_))), "/priority", "must be 0 to 10");
        let priority = priority.and_then(Result::ok);
        let voice = self.voice.as_ref().map(|voice| voice.read(channel, &mut fields));
        self.check_texts(&mut fields);
        self.check_sizes(&mut fields);
        fields.rule(metadata.as_str().len() <= MAX_METADATA_BYTES, "/metadata", "must be at most 16384 bytes of JSON");
        self.metadata = Map::new();
        let fingerprint = self.fingerprint(&metadata).map_err(|error| Problem::of_failure(&error, None))?;
        let required = conversation.zip(contact).zip(channel).zip(agent);
        let (((conversation_session_id, contact_id), channel), agent) = fields.complete(required)?;
        let history =
            self.history.into_iter().map(|turn| HistoryTurn { role: turn.role, text: turn.text, at: turn.at });
        let briefing = Briefing {
            skills: self.skills,
            language: self.language,
            contact: self.contact,
            history: history.collect(),
        };
        let request = TransferRequest {
            reason: self.reason,
            summary: self.summary,
            metadata,
            resume_token,
            predecessor: predecessor.map(|session_id| Predecessor { session_id, by: LinkedBy::Caller }),
            fallback,
            voice,
            briefing,
        };
        let labels = Labels { trigger, reason_code, tags };
        let transfer =
            NewTransfer { conversation_session_id, contact_id, channel, agent, queue, priority, labels, request };
        Ok(ValidBody { provider, carry: self.carry_conversation, transfer, fingerprint })
    }

    fn read_tags(&self, fields: &mut Fields) -> Tags {
        let mut tags = BTreeSet::new();
        for (index, tag) in self.tags.iter().enumerate() {
            let pointer = format!("/tags/{index}");
            if let Some(tag) = fields.optional::<Tag>(&pointer, Some(tag)) {
                fields.rule(tags.insert(tag), &pointer, "stands twice");
            }
        }
        Tags::try_from(tags).unwrap_or_else(|error| {
            fields.fault("/tags", error.to_string());
            Tags::default()
        })
    }

    fn read_fallback(&self, fields: &mut Fields) -> FallbackPlan {
        let steps: Vec<_> = self.fallback.iter().enumerate().map(|(place, step)| step.read(place, fields)).collect();
        FallbackPlan::try_from(steps).unwrap_or_else(|error| {
            fields.fault("/fallback", error.to_string());
            FallbackPlan::default()
        })
    }

    fn check_texts(&self, fields: &mut Fields) {
        fields.text("/language", self.language.as_deref(), MAX_LANGUAGE_CHARS);
        fields.text("/reason", self.reason.as_deref(), MAX_REASON_CHARS);
        fields.text("/summary", self.summary.as_deref(), MAX_SUMMARY_CHARS);
        fields.text("/contact/name", self.contact.name.as_deref(), MAX_NAME_CHARS);
        fields.text("/contact/email", self.contact.email.as_deref(), MAX_EMAIL_CHARS);
        fields.text("/contact/phone", self.contact.phone.as_deref(), MAX_PHONE_CHARS);
        if let Some(email) = &self.contact.email {
            fields.rule(email.contains('@'), "/contact/email", "must be an e-mail address");
        }
        for (index, skill) in self.skills.iter().enumerate() {
            fields.text(&format!("/skills/{index}"), Some(skill), MAX_SKILL_CHARS);
        }
        for (index, turn) in self.history.iter().enumerate() {
            fields.text(&format!("/history/{index}/text"), Some(&turn.text), MAX_TURN_CHARS);
        }
    }

    fn check_sizes(&self, fields: &mut Fields) {
        fields.rule(self.skills.len() <= MAX_SKILLS, "/skills", "must be at most 50");
        fields.rule(self.history.len() <= MAX_HISTORY_TURNS, "/history", "must be at most 500 turns");
    }

    fn fingerprint(&self, metadata: &Metadata) -> Result<String, serde_json::Error> {
        let mut canonical = serde_json::to_value(self)?;
        canonical.sort_all_objects();
        Ok(hex::encode(Sha256::digest(canonical.to_string() + metadata.as_str())))
    }
}

impl Step {
    fn read(&self, place: usize, fields: &mut Fields) -> FallbackStep {
        let pointer = |name: &str| format!("/fallback/{place}{name}");
        let mut on = BTreeSet::new();
        for (index, word) in self.on.iter().enumerate() {
            let pointer = pointer(&format!("/on/{index}"));
            if let Some(outcome) = fields.optional::<Outcome>(&pointer, Some(word)) {
                fields.rule(outcome.can_fall_back(), &pointer, "is nothing to fall back from");
                fields.rule(on.insert(outcome), &pointer, "stands twice");
            }
        }
        fields.rule(!self.on.is_empty(), &pointer("/on"), "must be at least one outcome");
        let provider = fields.optional(&pointer("/provider"), self.provider.as_deref());
        let queue = fields.optional(&pointer("/queue"), self.queue.as_deref());
        let elsewhere = self.provider.is_some() || self.queue.is_some();
        fields.rule(
            elsewhere != self.continue_with_agent,
            &pointer(""),
            "must name a provider or a queue, or continueWithAgent",
        );
        let instead =
            if self.continue_with_agent { Instead::ContinueWithAgent } else { Instead::Transfer { provider, queue } };
        FallbackStep { on, instead }
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

    fn read(body: &str) -> Result<ValidBody, Problem> {
        let metadata = Metadata::within(body.as_bytes()).unwrap();
        serde_json::from_str::<CreateBody>(body).unwrap().validate(metadata)
    }

    fn validate(body: &Value) -> Result<ValidBody, Problem> {
        read(&body.to_string())
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let body = json!({ "channel": "fax", "priority": 11, "contact": { "email": "nobody" }, "queue": "" });
        let response = validate(&body).err().unwrap().into_response();
        let lambda_http::Body::Text(text) = response.into_body() else { panic!("text") };
        for pointer in
            ["/conversationSessionId", "/contactId", "/channel", "/agent", "/priority", "/contact/email", "/queue"]
        {
            assert!(text.contains(&format!("\"{pointer}\"")), "{pointer} in {text}");
        }
    }

    #[test]
    fn the_order_of_fields_does_not_change_the_fingerprint() {
        let one =
            r#"{"agent":"a","channel":"chat","contactId":"u","conversationSessionId":"c","metadata":{"x":1,"y":2}}"#;
        let other = r#"{ "metadata": {"y":2, "x":1}, "conversationSessionId":"c", "contactId":"u", "channel":"chat", "agent":"a" }"#;
        assert_eq!(read(one).unwrap().fingerprint, read(other).unwrap().fingerprint);
    }

    #[test]
    fn metadata_is_kept_to_the_digit_and_so_is_its_fingerprint() {
        let with = |number: &str| {
            let metadata = format!(r#"{{"iccid":{number},"x":1.10}}"#);
            let body = minimal().to_string().replacen('{', &format!(r#"{{"metadata":{metadata},"#), 1);
            let valid = read(&body).unwrap();
            assert_eq!(valid.transfer.request.metadata.as_str(), metadata);
            valid.fingerprint
        };
        assert_ne!(with("89490200001234567890"), with("89490200001234567891"));
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
            let first = validate(&minimal()).unwrap().fingerprint;
            prop_assert_ne!(first, validate(&other).unwrap().fingerprint);
        }
    }
}
