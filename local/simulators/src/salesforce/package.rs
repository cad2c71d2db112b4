//! What the customer's package says about a session: the platform's own relay contract, or a platform event.

use serde_json::{Map, Value, json};

use crate::{act::EndedBy, options::Representative, timer::rfc3339};

use super::{
    book::{Case, Session, Status},
    config::Package,
};

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
    pub(super) conversation: &'a str,
    pub(super) case: &'a Case,
    pub(super) person: &'a Representative,
    pub(super) queue: &'a (String, String),
    pub(super) previous: Status,
    pub(super) at_ms: i64,
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
    let mut event = Map::new();
    let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
    put("v", json!(1));
    put("type", json!(change.word()));
    put("transfer_id", json!(notice.case.contact));
    put("occurred_at", json!(rfc3339(notice.at_ms)));
    put("provider_session_id", json!(notice.conversation));
    let agent = json!({ "id": notice.person.id, "name": notice.person.name });
    match change {
        Change::Queued => {
            let (id, name) = notice.queue;
            put("queue", json!({ "id": id, "name": name }));
            put("position", json!(notice.case.session.position));
            put("estimated_wait_seconds", json!(120));
        }
        Change::Joined => {
            put("agent", agent);
        }
        Change::Left(reason) => {
            put("agent", agent);
            put("reason", json!(reason));
        }
        Change::Closed(by, reason) => {
            put("closed_by", json!(closed_by(*by)));
            put("reason", json!(reason));
        }
    }
    Value::Object(event)
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
    let session: &Session = &notice.case.session;
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
        "ConversationId__c": notice.conversation,
        "SessionId__c": session.id,
        "Status__c": status.word(),
        "PrevStatus__c": notice.previous.word(),
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
