//! Our status event: what the customer's package tells about a messaging session on the same bus
//! (`docs/contracts/salesforce.md`, "In short" and "Status").

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use transfer_domain::{EndReason, EndedBy, EventKind, Order, ProviderEvent};

use super::envelope::correlation;
use super::settings::{LifecycleRelay, Settings};
use super::{CLOSED_STATE, ended_by, is_user, queued, representative, short_id};
use crate::reading::{name, source_id, text};

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
    let kind = kind(status, owner, name(fields, "/OwnerName__c"), text(fields, "/EndedBy__c"))?;
    let correlation = correlation(text(fields, "/TransferId__c"), text(fields, "/ConversationId__c"));
    let session = text(fields, "/SessionId__c").map(short_id).unwrap_or_default();
    let conversation = text(fields, "/ConversationId__c").unwrap_or_default();
    let at = sent_at.map(|at| at.timestamp_millis().to_string()).unwrap_or_default();
    let state = matches!(kind, EventKind::Ended { .. }).then(|| (CLOSED_STATE.to_owned(), Value::from(true)));
    Some(ProviderEvent {
        source_id: source_id(&["status", session, conversation, status, owner.unwrap_or_default(), &at]),
        correlation,
        order: sent_at.map_or(Order::Arrival, |at| Order::Provider { at, sequence: 0 }),
        kind,
        provider_data: provider_data(session),
        provider_state: state.into_iter().collect(),
    })
}

fn kind(status: &str, owner: Option<&str>, owner_name: Option<&str>, ended: Option<&str>) -> Option<EventKind> {
    let kind = match status {
        "New" | "Consent" => EventKind::Accepted,
        "Waiting" => queued(None, None),
        "Active" => match owner.filter(|owner| is_user(owner)) {
            Some(owner) => EventKind::RepresentativeJoined(representative(Some(owner), owner_name)),
            // Owned by a queue: nobody has it yet.
            None => queued(None, None),
        },
        "Inactive" | "Paused" => EventKind::RepresentativeLeft { representative: None, transferred: false },
        "Ended" => ended_by(ended),
        "Error" => EventKind::Ended { by: EndedBy::System, reason: EndReason::ProviderError },
        _ => return None,
    };
    Some(kind)
}

fn provider_data(session: &str) -> Map<String, Value> {
    (!session.is_empty()).then(|| ("messagingSessionId".to_owned(), Value::from(session))).into_iter().collect()
}
