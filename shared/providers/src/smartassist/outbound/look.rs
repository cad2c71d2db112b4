//! How a conversation stands, by what the REST interface shows of it (`docs/contracts/smartassist.md`, "Looking" and
//! "Status").

use chrono::{DateTime, Utc};
use serde_json::Value;
use transfer_domain::{
    Conversation, Correlation, EndReason, EndedBy, EventKind, ProviderEvent, ProviderSessionId, Representative,
    Session, WrapUp,
};

use super::super::settings::{MappedStatus, Settings};
use crate::reading::{id, name, rfc3339, source_id, text};
use crate::told::{self, Meanings, first, left, meaning, place};

/// What the conversation says, each thing at its own time, so that it takes its place among the relay's events. The
/// top-level status is asked first: a closed conversation still shows an active participant.
pub(super) fn events(settings: &Settings, conversation: &Value, session: &Conversation) -> Vec<ProviderEvent> {
    let word = text(conversation, "/status").unwrap_or_default();
    let mapped = settings.rest_status_map.get(word).copied().unwrap_or(MappedStatus::Keep);
    let look = Look { conversation, session, word };
    let mut found = vec![look.event(None, EventKind::Accepted)];
    match mapped {
        MappedStatus::Ended => found.extend(look.wrapped_up().into_iter().chain([look.ended()])),
        MappedStatus::Active => found.extend(look.requeued().into_iter().chain(look.connected())),
        MappedStatus::Requeued => found.push(look.requeued().unwrap_or_else(|| look.taken_away(None))),
        MappedStatus::Queued => found.push(look.queued()),
        MappedStatus::Keep => {}
    }
    found
}

/// Who ended it, and why, by its disposition.
const ENDS: &Meanings<(EndedBy, EndReason)> = &[
    (&["SYSTEM_DROP_OFF"], (EndedBy::System, EndReason::NoRepresentatives)),
    (&["AGENT_CLOSED"], (EndedBy::Representative, EndReason::RepresentativeEnded)),
];

struct Look<'a> {
    conversation: &'a Value,
    session: &'a Session,
    /// The status in the vendor's word.
    word: &'a str,
}

impl Look<'_> {
    fn ended(&self) -> ProviderEvent {
        let disposition = first(self.conversation, &["/dispositions/metaStatus", "/dispositions/0/metaStatus"]);
        let end = disposition.and_then(|word| meaning(ENDS, word));
        let end = end.unwrap_or((EndedBy::System, EndReason::Reconciled));
        self.event(moment(self.conversation, "/endTime"), told::ended(end))
    }

    /// What the representative noted when closing it.
    fn wrapped_up(&self) -> Option<ProviderEvent> {
        let noted = |pointers: &[&str]| first(self.conversation, pointers).filter(|text| !text.trim().is_empty());
        let code = noted(&["/dispositions/status/0", "/dispositions/status", "/dispositions/0/status"]);
        let note = noted(&["/dispositions/remarks", "/dispositions/0/remarks"]);
        let wrap_up = WrapUp { code: code.map(str::to_owned), note: note.map(str::to_owned), promised: None };
        let is_told = wrap_up != WrapUp::default();
        is_told.then(|| self.event(moment(self.conversation, "/endTime"), EventKind::WrapUp(wrap_up)))
    }

    /// The participants who are there, those who came and did not go, and that the others went. Before that, it waits for
    /// one.
    fn connected(&self) -> Vec<ProviderEvent> {
        let has = |one: &Value, field: &str| one.get(field).is_some_and(is_told);
        let came: Vec<&Value> = self.participants().filter(|one| has(one, "startTimeStamp")).collect();
        let (gone, there): (Vec<_>, Vec<_>) = came.into_iter().partition(|one| has(one, "endTimeStamp"));
        if there.is_empty() {
            let waits = self.conversation.get("acceptedAt").is_none_or(|at| !is_told(at))
                && self.participants().any(|one| has(one, "queueStartTime"));
            return waits.then(|| self.queued()).into_iter().collect();
        }
        // Without an id, nobody could tell who of them went.
        let gone = gone
            .into_iter()
            .filter(|one| id(one, "/agentId").is_some())
            .map(|one| self.event(moment(one, "/endTimeStamp"), left(Some(who(one)), false)));
        let joined = there
            .iter()
            .map(|one| self.event(moment(one, "/startTimeStamp"), EventKind::RepresentativeJoined(who(one))));
        gone.chain(joined).collect()
    }

    /// The last time that the vendor took it from a representative who did not answer.
    fn requeued(&self) -> Option<ProviderEvent> {
        let details = self.conversation.get("transferDetails").and_then(Value::as_array)?;
        let overdue = details.iter().rfind(|one| text(one, "/systemTransferReason") == Some("OVERDUE"))?;
        let at = moment(overdue, "/transferredAt")?;
        Some(self.taken_away(Some(at)))
    }

    fn taken_away(&self, at: Option<DateTime<Utc>>) -> ProviderEvent {
        self.event(at, left(None, true))
    }

    fn queued(&self) -> ProviderEvent {
        let waiting = self.participants().rfind(|one| one.get("queueStartTime").is_some_and(is_told));
        let queue = waiting.and_then(|one| text(one, "/queueName")).map(str::to_owned);
        let at = waiting.and_then(|one| moment(one, "/queueStartTime"));
        self.event(at, EventKind::Queued { queue, position: None, estimated_wait_seconds: None })
    }

    fn participants(&self) -> impl DoubleEndedIterator<Item = &Value> {
        self.conversation.get("participants").and_then(Value::as_array).into_iter().flatten()
    }

    fn event(&self, at: Option<DateTime<Utc>>, kind: EventKind) -> ProviderEvent {
        let transfer = self.session.transfer_id();
        let told = at.map_or_else(|| self.word.to_owned(), |at| at.timestamp_millis().to_string());
        let about = if let EventKind::RepresentativeJoined(who)
        | EventKind::RepresentativeLeft { representative: Some(who), .. } = &kind
        {
            who.id.clone()
        } else {
            None
        };
        let who = about.unwrap_or_default();
        // That it is there is told once; the rest once for each time that it happened.
        let told = if matches!(kind, EventKind::Accepted) { String::new() } else { told };
        let source_id = source_id(&["poll", kind.word(), &transfer.to_string(), &who, &told]);
        let correlation = Correlation { transfer_id: Some(transfer), provider_session_id: self.name() };
        told::event(correlation, place(at), source_id, kind)
    }

    fn name(&self) -> Option<ProviderSessionId> {
        let told = || first(self.conversation, &["/conversationId", "/_id", "/id"]);
        let known = self.session.provider_session_id().cloned();
        known.or_else(|| told().and_then(|id| ProviderSessionId::new(id).ok()))
    }
}

fn who(participant: &Value) -> Representative {
    Representative { id: id(participant, "/agentId"), name: name(participant, "/name").map(str::to_owned) }
}

/// Whether there is something where a time would stand.
fn is_told(value: &Value) -> bool {
    !value.is_null() && value.as_str() != Some("")
}

/// A time as text or as milliseconds.
fn moment(value: &Value, pointer: &str) -> Option<DateTime<Utc>> {
    let told = value.pointer(pointer)?;
    told.as_str().and_then(rfc3339).or_else(|| told.as_i64().and_then(DateTime::from_timestamp_millis))
}
