//! The status of a messaging session, as entries and our status event tell it: what the customer's package tells on the
//! same bus (`docs/contracts/salesforce.md`, "In short" and "Status").

use chrono::{DateTime, Utc};
use serde_json::Value;
use transfer_domain::{EndReason, EndedBy, EventKind, ProviderEvent};

use super::{closed_state, ended_by, is_user, representative, short_id};
use crate::reading::{name, source_id, text};
use crate::salesforce::settings::{LifecycleRelay, Settings};
use crate::told::{self, correlation, ended, left, one, place, queued};

/// What is told of a session's status.
pub(super) struct Told<'v> {
    pub(super) status: &'v str,
    pub(super) owner: Option<&'v str>,
    pub(super) owner_name: Option<&'v str>,
    pub(super) ended_by: Option<&'v str>,
}

impl Told<'_> {
    /// What it means, if the status is known. Active alone may be a bot's doing; only a user as owner is a human.
    pub(super) fn kind(&self, active_without_human: impl FnOnce() -> EventKind) -> Option<EventKind> {
        Some(match (self.status, self.owner.filter(|owner| is_user(owner))) {
            ("New" | "Consent", _) => EventKind::Accepted,
            ("Waiting", _) => queued(None, None),
            ("Active", owner @ Some(_)) => EventKind::RepresentativeJoined(representative(owner, self.owner_name)),
            ("Active", None) => active_without_human(),
            ("Inactive" | "Paused", _) => left(None, false),
            ("Ended", _) => ended_by(self.ended_by),
            ("Error", _) => ended((EndedBy::System, EndReason::ProviderError)),
            _ => return None,
        })
    }
}

/// The event of one status event; none if the package is not listened to, or the status is unknown.
pub(super) fn events(settings: &Settings, fields: &Value, sent_at: Option<DateTime<Utc>>) -> Vec<ProviderEvent> {
    match settings.lifecycle_relay {
        LifecycleRelay::Off => Vec::new(),
        LifecycleRelay::Required | LifecycleRelay::Optional => event(fields, sent_at).into_iter().collect(),
    }
}

fn event(fields: &Value, sent_at: Option<DateTime<Utc>>) -> Option<ProviderEvent> {
    let status = text(fields, "/Status__c")?;
    let owner = text(fields, "/OwnerId__c");
    let (owner_name, ended_by) = (name(fields, "/OwnerName__c"), text(fields, "/EndedBy__c"));
    // Owned by a queue: nobody has it yet.
    let kind = Told { status, owner, owner_name, ended_by }.kind(|| queued(None, None))?;
    let correlation = correlation(text(fields, "/TransferId__c"), text(fields, "/ConversationId__c"));
    let session = text(fields, "/SessionId__c").map(short_id);
    let conversation = text(fields, "/ConversationId__c").unwrap_or_default();
    let at = sent_at.map(|at| at.timestamp_millis().to_string()).unwrap_or_default();
    let parts = ["status", session.unwrap_or_default(), conversation, status, owner.unwrap_or_default(), &at];
    Some(ProviderEvent {
        provider_data: one("messagingSessionId", session),
        provider_state: closed_state(&kind),
        ..told::event(correlation, place(sent_at), source_id(&parts), kind)
    })
}
