//! What Salesforce tells: over a partner event bus, or behind the signature of our relay.

mod content;
pub(super) mod entry;
mod envelope;
mod status;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use transfer_domain::{EndReason, EndedBy, EventKind, ProviderEvent, Representative};

use super::CLOSED_STATE;
use super::settings::Settings;
use crate::reading::{json_object, text};
use crate::told::{Meanings, ended, meaning, one};
use crate::{Bound, Capabilities, IntegrationSecrets, Malformed, Provides, Unauthentic, WebhookRequest};

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
