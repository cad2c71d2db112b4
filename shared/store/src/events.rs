//! Applying a provider's events, each once.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use transfer_domain::{
    Conversation, EventKind, Integration, ProviderEvent, Session, SourceId, TransferId, tells_facts,
};

use crate::{Store, StoreError, Transacted};

/// What became of a provider's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// How many were applied now.
    pub applied: usize,
    /// How many of these came from beyond the session's end: recorded, without effect on where it stands.
    pub after_end: usize,
    /// How many had been applied before.
    pub duplicates: usize,
    /// What they came upon.
    pub outcome: AppliedTo,
}

/// What a provider's events came upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppliedTo {
    /// A live session.
    Live,
    /// A session that had ended: recorded, without effect on where it stands.
    AfterEnd,
    /// A session whose time was over, or ran out before the last event: the rest was not recorded.
    Gone,
    /// No record.
    Missing,
}

/// How much goes into one transaction, well below DynamoDB's 100 items. Each event adds at most two rows.
const EVENTS_AT_ONCE: usize = 40;
/// In bytes of JSON. A message stands in its own row and in the session's changes, and an item holds 400 KB.
const BYTES_AT_ONCE: usize = 128 * 1024;

/// The events of one application, on their way.
struct Progress {
    applied: usize,
    after_end: usize,
    duplicates: usize,
    ended: Option<bool>,
}

/// The session was opened by another integration, or its conversation is at another contact centre than the
/// integration points to now.
struct NotItsSession;

/// How a chunk went.
enum Chunk {
    Done,
    Stopped(AppliedTo),
}

impl Store {
    /// Applies events to a session in the order given, dropping those that were applied before. Where a name that an
    /// event tells for the conversation belongs to another session, the event counts and the name does not. A session
    /// that the integration does not speak for is none of its own: for it there is no record.
    pub async fn apply_events(
        &self,
        integration: &Integration,
        transfer: TransferId,
        events: Vec<ProviderEvent>,
        now: DateTime<Utc>,
    ) -> Result<Applied, StoreError> {
        let given = events.len();
        let events = without_repetitions(events);
        let mut progress = Progress { applied: 0, after_end: 0, duplicates: given - events.len(), ended: None };
        for chunk in chunks(events) {
            if let Chunk::Stopped(outcome) = self.apply_chunk(integration, transfer, chunk, now, &mut progress).await? {
                return Ok(progress.applied_to(outcome));
            }
        }
        let outcome = if progress.ended == Some(true) { AppliedTo::AfterEnd } else { AppliedTo::Live };
        Ok(progress.applied_to(outcome))
    }

    async fn apply_chunk(
        &self,
        integration: &Integration,
        transfer: TransferId,
        mut events: Vec<ProviderEvent>,
        now: DateTime<Utc>,
        progress: &mut Progress,
    ) -> Result<Chunk, StoreError> {
        let project = &integration.project_id;
        loop {
            let decided = if events.iter().any(tells_facts) {
                let decide = |conversation: &Conversation| {
                    if !integration.speaks_for(&conversation.session) {
                        return Err(NotItsSession);
                    }
                    let transition = transfer_domain::apply_events(conversation, &events, now);
                    Ok(Some(Box::new((conversation.is_ended(), transition))))
                };
                self.transact_conversation(project, transfer, now, decide).await?
            } else {
                // What the provider told stays what it is, so it need not be known.
                let decide = |session: &Session| {
                    if !integration.speaks_for(session) {
                        return Err(NotItsSession);
                    }
                    let conversation = Conversation::untold(session.clone());
                    let transition = transfer_domain::apply_events(&conversation, &events, now);
                    Ok(Some(Box::new((session.is_ended(), transition))))
                };
                self.transact(project, transfer, now, decide).await?
            };
            match decided {
                Transacted::Committed(decision) => {
                    let (had_ended, transition) = &**decision;
                    progress.add(events.len(), transition.after_end, *had_ended);
                    return Ok(Chunk::Done);
                }
                Transacted::Unchanged(session) => {
                    progress.add(events.len(), 0, session.is_ended());
                    return Ok(Chunk::Done);
                }
                Transacted::Seen { events: seen, messages, session } => {
                    progress.ended.get_or_insert(session.is_ended());
                    let before = events.len();
                    events.retain(|event| !was_seen(event, &seen, &messages));
                    progress.duplicates += before - events.len();
                    if events.is_empty() {
                        return Ok(Chunk::Done);
                    }
                    if events.len() == before {
                        return Err(StoreError::corrupt("identity"));
                    }
                }
                Transacted::LinkTaken => events.iter_mut().for_each(|it| it.correlation.provider_session_id = None),
                Transacted::Missing | Transacted::Refused(NotItsSession) => {
                    return Ok(Chunk::Stopped(AppliedTo::Missing));
                }
            }
        }
    }
}

impl Progress {
    fn add(&mut self, applied: usize, after_end: usize, had_ended: bool) {
        self.applied += applied;
        self.after_end += after_end;
        self.ended.get_or_insert(had_ended);
    }

    fn applied_to(&self, outcome: AppliedTo) -> Applied {
        Applied { applied: self.applied, after_end: self.after_end, duplicates: self.duplicates, outcome }
    }
}

/// What a repetition of an event is recognised by.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Identity {
    Message(SourceId),
    Event(SourceId),
}

/// What a repetition of the event is recognised by: a message by its own id, anything else by the event's.
fn identity(event: &ProviderEvent) -> Option<Identity> {
    match &event.kind {
        EventKind::Message(message) => Some(Identity::Message(message.message_id.clone())),
        EventKind::Accepted
        | EventKind::Queued { .. }
        | EventKind::RepresentativeJoined(_)
        | EventKind::Typing { .. }
        | EventKind::RepresentativeLeft { .. }
        | EventKind::Survey { .. }
        | EventKind::WrapUp(_)
        | EventKind::Ended { .. }
        | EventKind::Concluded { .. }
        | EventKind::Note { .. } => event.source_id.clone().map(Identity::Event),
    }
}

fn was_seen(event: &ProviderEvent, events: &[SourceId], messages: &[SourceId]) -> bool {
    match identity(event) {
        Some(Identity::Event(id)) => events.contains(&id),
        Some(Identity::Message(id)) => messages.contains(&id),
        None => false,
    }
}

fn without_repetitions(mut events: Vec<ProviderEvent>) -> Vec<ProviderEvent> {
    let mut once = HashSet::new();
    events.retain(|event| identity(event).is_none_or(|identity| once.insert(identity)));
    events
}

fn chunks(events: Vec<ProviderEvent>) -> Vec<Vec<ProviderEvent>> {
    if events.len() == 1 {
        return vec![events];
    }
    let mut chunks: Vec<Vec<ProviderEvent>> = Vec::new();
    let mut bytes = 0;
    for event in events {
        // An event that is no JSON could not be written either; the write says so.
        let size = serde_json::to_vec(&event).map_or(0, |json| json.len());
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < EVENTS_AT_ONCE && bytes + size <= BYTES_AT_ONCE => {
                bytes += size;
                chunk.push(event);
            }
            Some(_) | None => {
                bytes = size;
                chunks.push(vec![event]);
            }
        }
    }
    chunks
}
