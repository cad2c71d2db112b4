//! Salesforce: Bring Your Own Channel for Messaging, or Enhanced Chat by its interface for custom clients. Both speak of
//! the same conversation entries. They come as platform events over a partner event bus, as bodies behind our relay's
//! signature, or are looked for; nothing comes by a webhook of the vendor's own.

mod content;
mod entry;
mod envelope;
#[cfg(feature = "outbound")]
mod outbound;
mod settings;
mod status;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
pub(crate) use settings::Settings;
use transfer_domain::{EndReason, EndedBy, EventKind, Provider, ProviderEvent, Representative};

use crate::reading::{json_object, text};
use crate::told::{Meanings, ended, meaning, one};
use crate::{
    Bound, Capabilities, Carriage, Carried, IntegrationSecrets, Malformed, Provides, Receipts, Unauthentic,
    WebhookRequest,
};

/// In the state of a session: the vendor said that the conversation is over. A message would open another one.
const CLOSED_STATE: &str = "closed";

/// The name of the provider.
pub const SALESFORCE: Provider = Provider::named("salesforce");

impl Provides for Settings {
    const PROVIDER: Provider = SALESFORCE;
    const CAPABILITIES: Capabilities = Capabilities {
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
    };
}

impl Bound for Settings {
    /// Messages have ids of their own; whether that is relied on is a setting.
    fn capabilities(&self) -> Capabilities {
        Capabilities { resends_safely: self.resend_ambiguous_messages, ..Self::CAPABILITIES }
    }

    /// The vendor calls no webhook. Bodies of its own form come behind the relay's signature, which is verified there.
    fn authenticate(&self, _secrets: &IntegrationSecrets, _request: &WebhookRequest) -> Result<(), Unauthentic> {
        Err(Unauthentic)
    }

    fn parse_webhook(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Vec<ProviderEvent>, Malformed> {
        envelope::from_relay(self, &json_object(&request.body)?)
    }

    fn parse_bus_event(&self, event: &Value, _now: DateTime<Utc>) -> Result<Vec<ProviderEvent>, Malformed> {
        let source = text(event, "/source");
        if source.is_none() || source != self.partner_source() {
            return Err(Malformed { what: "source: not the integration's partner event source".to_owned() });
        }
        envelope::from_bus(self, event)
    }
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

/// Who ended a session, by role.
const ENDS: &Meanings<(EndedBy, EndReason)> = &[
    (&["Agent", "Supervisor"], (EndedBy::Representative, EndReason::RepresentativeEnded)),
    (&["EndUser"], (EndedBy::Contact, EndReason::ContactEnded)),
];

/// The end of a session, by the role of who ended it.
fn ended_by(role: Option<&str>) -> EventKind {
    ended(role.and_then(|role| meaning(ENDS, role)).unwrap_or((EndedBy::System, EndReason::ProviderDisconnected)))
}

/// What is kept with an event: that the conversation is over.
fn closed_state(kind: &EventKind) -> Map<String, Value> {
    one(CLOSED_STATE, matches!(kind, EventKind::Ended { .. }).then_some(true))
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
