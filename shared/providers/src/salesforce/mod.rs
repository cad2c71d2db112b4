//! Salesforce: Bring Your Own Channel for Messaging, or Enhanced Chat by its interface for custom clients. Both speak of
//! the same conversation entries. They come as platform events over a partner event bus, as bodies behind our relay's
//! signature, or are looked for; nothing comes by a webhook of the vendor's own.

mod content;
mod entry;
mod envelope;
mod message;
#[cfg(feature = "outbound")]
mod outbound;
mod settings;
mod status;

use chrono::{DateTime, Utc};
use serde_json::Value;
use settings::Settings;
use transfer_domain::{EndReason, EndedBy, EventKind, Integration, Provider, ProviderEvent, Representative, Status};

use crate::draft::stored;
use crate::reading::{json_object, text};
use crate::{
    Capabilities, Carriage, Carried, FieldFault, HostPolicy, Inbound, IntegrationDraft, IntegrationSecrets, Malformed,
    Receipts, Unauthentic, ValidIntegration, WebhookRequest,
};

/// In the state of a session: the vendor said that the conversation is over. A message would open another one.
const CLOSED_STATE: &str = "closed";

/// The name of the provider.
pub const SALESFORCE: Provider = Provider::named("salesforce");

/// The adapter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Salesforce;

impl Inbound for Salesforce {
    fn provider(&self) -> Provider {
        SALESFORCE
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            typing_in: true,
            typing_out: true,
            receipts: Receipts::DeliveredAndRead,
            availability: false,
            // They are sent as links: the vendor takes uploads only, and we keep no files.
            attachments: 0,
            remote_end: true,
            queue_position: true,
            wait_time: true,
            history_upload: false,
            native_post_agent: true,
            message_promotes: true,
            resends_safely: true,
            content_in: Carriage {
                link: Carried::Native,
                card: Carried::Text,
                choices: Carried::Native,
                form: Carried::Native,
                citation: Carried::Native,
                ..Carriage::PLAIN
            },
            content_out: Carriage::of_contact(0),
            reply: Carried::Native,
        }
    }

    /// Messages have ids of their own; whether that is relied on is a setting.
    fn capabilities_of(&self, integration: &Integration) -> Capabilities {
        let resends_safely = stored::<Settings>(integration).is_ok_and(|settings| settings.resend_ambiguous_messages);
        Capabilities { resends_safely, ..self.capabilities() }
    }

    fn validate(&self, draft: &IntegrationDraft, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>> {
        settings::validate(draft, hosts)
    }

    fn signs_webhooks(&self) -> bool {
        false
    }

    /// The vendor calls no webhook. Bodies of its own form come behind the relay's signature, which is verified there.
    fn authenticate(
        &self,
        _integration: &Integration,
        _secrets: &IntegrationSecrets,
        _request: &WebhookRequest,
    ) -> Result<(), Unauthentic> {
        Err(Unauthentic)
    }

    fn parse_webhook(
        &self,
        integration: &Integration,
        request: &WebhookRequest,
        _now: DateTime<Utc>,
    ) -> Result<Vec<ProviderEvent>, Malformed> {
        let settings = usable(integration)?;
        envelope::from_relay(&settings, &json_object(&request.body)?)
    }

    fn parse_bus_event(
        &self,
        integration: &Integration,
        event: &Value,
        _now: DateTime<Utc>,
    ) -> Result<Vec<ProviderEvent>, Malformed> {
        let settings = usable(integration)?;
        if text(event, "/source").is_none() || text(event, "/source") != integration.partner_source.as_deref() {
            return Err(Malformed { what: "source: not the integration's partner event source".to_owned() });
        }
        envelope::from_bus(&settings, event)
    }

    /// A message opens or continues the conversation, and wakes an inactive one.
    fn takes_messages(&self, status: Status) -> bool {
        match status {
            Status::Pending | Status::Queued | Status::Active | Status::PostAgent => true,
            Status::Ended => false,
        }
    }
}

fn usable(integration: &Integration) -> Result<Settings, Malformed> {
    stored(integration).map_err(|fault| Malformed { what: format!("the integration's own {}", fault.pointer) })
}

fn representative(id: Option<&str>, name: Option<&str>) -> Representative {
    Representative { id: id.map(|id| short_id(id).to_owned()), name: name.map(str::to_owned) }
}

/// A record's id in its 15-character form: some sources add three characters that only repeat its capitals.
fn short_id(id: &str) -> &str {
    let is_long = id.len() == 18 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_long { id.get(..15).unwrap_or(id) } else { id }
}

/// Whether a record's id is a user's, not a queue's.
fn is_user(id: &str) -> bool {
    id.starts_with("005")
}

/// The end of a session, by the role of who ended it.
fn ended_by(role: Option<&str>) -> EventKind {
    let (by, reason) = match role {
        Some("Agent" | "Supervisor") => (EndedBy::Representative, EndReason::RepresentativeEnded),
        Some("EndUser") => (EndedBy::Contact, EndReason::ContactEnded),
        Some(_) | None => (EndedBy::System, EndReason::ProviderDisconnected),
    };
    EventKind::Ended { by, reason }
}

fn note(what: &str, detail: Option<String>) -> EventKind {
    EventKind::Note { what: what.to_owned(), detail }
}

fn queued(position: Option<u32>, estimated_wait_seconds: Option<u32>) -> EventKind {
    // Events name the queue by an id only, which would hide the name that it was asked for by.
    EventKind::Queued { queue: None, position, estimated_wait_seconds }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_users_id_are_one_person() {
        assert_eq!(short_id("005xx0000012345AAB"), "005xx0000012345");
        assert_eq!(short_id("005xx0000012345"), "005xx0000012345");
        assert_eq!(short_id("not an id of 18 ch"), "not an id of 18 ch");
    }
}
