//! What the customer's package says about a session: the platform's own relay contract, or a platform event.

use serde_json::{Value, json};

use crate::engine::{EndedBy, Representative, rfc3339, with};

use super::{Case, book::Status, config::Package};

/// A change of a session that the package notices.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// Status Waiting.
    Queued,
    /// Status Active, and the owner is a user.
    Joined,
    /// Status Inactive, or the owner changed away.
    Left(&'static str),
    /// Status Ended.
    Closed(EndedBy, &'static str),
}

impl Change {
    /// The relay's word for it.
    fn word(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Joined => "agent_joined",
            Self::Left(_) => "agent_left",
            Self::Closed(..) => "closed",
        }
    }

    /// What faults and ledgers call it.
    pub(super) fn callback(&self) -> String {
        format!("package.{}", self.word())
    }
}

/// A change with what surrounds it.
pub(super) struct Notice<'a> {
    pub(super) case: &'a Case,
    pub(super) person: &'a Representative,
    pub(super) queue: &'a (String, String),
    pub(super) previous: Status,
    pub(super) at_ms: i64,
}

impl Notice<'_> {
    /// `sf-<session id>-<status>-<SystemModstamp ms>`.
    pub(super) fn id(&self, change: &Change) -> String {
        format!("sf-{}-{}-{}", self.case.own.session.id, change.word(), self.at_ms)
    }
}

/// What leaves the org, or `None` without a package.
pub(super) fn body(package: Package, notice: &Notice<'_>, change: &Change) -> Option<Value> {
    match package {
        Package::Posts => Some(relay_event(notice, change)),
        Package::Publishes => Some(status_event(notice, change)),
        Package::Absent => None,
    }
}

fn relay_event(notice: &Notice<'_>, change: &Change) -> Value {
    let event = json!({
        "v": 1, "type": change.word(), "transfer_id": notice.case.contact,
        "occurred_at": rfc3339(notice.at_ms), "provider_session_id": notice.case.id,
    });
    let (id, name) = notice.queue;
    let fields = match change {
        Change::Queued => json!({
            "queue": { "id": id, "name": name },
            "position": notice.case.own.session.position, "estimated_wait_seconds": 120,
        }),
        Change::Joined => json!({ "agent": notice.person }),
        Change::Left(reason) => json!({ "agent": notice.person, "reason": reason }),
        Change::Closed(by, reason) => json!({ "closed_by": closed_by(*by), "reason": reason }),
    };
    with(event, fields)
}

fn closed_by(by: EndedBy) -> &'static str {
    match by {
        EndedBy::Representative => "agent",
        EndedBy::Contact => "user",
        EndedBy::Provider => "system",
    }
}

/// The fields of `Handoff_Status__e`.
fn status_event(notice: &Notice<'_>, change: &Change) -> Value {
    let status = match change {
        Change::Queued => Status::Waiting,
        Change::Joined => Status::Active,
        // A change of owner alone leaves the status as it was.
        Change::Left("transferred") => notice.previous,
        Change::Left(_) => Status::Inactive,
        Change::Closed(..) => Status::Ended,
    };
    let (queue_id, queue_name) = notice.queue;
    let owned_by_user = matches!(change, Change::Joined) || status == Status::Inactive;
    let (owner, name) = if owned_by_user { (&notice.person.id, &notice.person.name) } else { (queue_id, queue_name) };
    let ended = match change {
        Change::Closed(by, _) => Some(*by),
        Change::Queued | Change::Joined | Change::Left(_) => None,
    };
    json!({
        "ConversationId__c": notice.case.id,
        "SessionId__c": notice.case.own.session.id,
        "Status__c": status,
        "PrevStatus__c": notice.previous,
        "OwnerId__c": owner,
        "OwnerName__c": name,
        "AcceptTime__c": matches!(change, Change::Joined).then(|| rfc3339(notice.at_ms)),
        "EndTime__c": ended.map(|_| rfc3339(notice.at_ms)),
        "EndedBy__c": ended.map(role),
        "TransferId__c": notice.case.contact,
        // When the trigger published it, however late it is carried.
        "CreatedDate": rfc3339(notice.at_ms),
    })
}

/// The role of who ended a session.
pub(super) fn role(by: EndedBy) -> &'static str {
    match by {
        EndedBy::Representative => "Agent",
        EndedBy::Contact => "EndUser",
        EndedBy::Provider => "System",
    }
}
