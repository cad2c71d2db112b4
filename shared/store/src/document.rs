//! What of a session needs no attribute of its own: one document, kept small, because it is written with every message.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_dynamo::Item;
use transfer_domain::{
    Author, Call, Change, End, FallbackOutcomes, Hold, IntegrationId, Lifetime, Limits, ListShards, Marks,
    MessageCounts, Names, Opening, OrderKey, Phase, PostAgentAction, Priority, ProjectId, Provider, QueueName,
    Representative, SequencedChange, Session, SessionId, Signals, SourceId, Status, Timers, TransferId, Untold,
};

use crate::StoreError;
use crate::columns::{take_handed_back, take_labels};
use crate::keys::attribute;
use crate::rows::{take_contact, take_optional, take_value};

/// What is left out where it is this.
const USUAL_ACTION: PostAgentAction = PostAgentAction::ReturnToAgent;

/// A session without what stands in its row's attributes. The names are short, because they are written each time; what
/// they were before is read, too.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Document<'a> {
    #[serde(rename = "via")]
    integration: Cow<'a, IntegrationId>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    target: Cow<'a, str>,
    #[serde(rename = "sig")]
    signals: Cow<'a, Signals>,
    /// The queue that was asked for, if it is not the one that the row shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queue: Option<Cow<'a, QueueName>>,
    #[serde(default, skip_serializing_if = "no_names")]
    names: Cow<'a, Names>,
    /// Milliseconds since the creation.
    #[serde(rename = "at", alias = "upd")]
    updated: i64,
    /// Milliseconds since the creation.
    #[serde(default, rename = "msg", skip_serializing_if = "Option::is_none")]
    message: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<Cow<'a, End>>,
    /// TTL, retention and threshold of staleness, in minutes.
    #[serde(rename = "life")]
    lifetime: (u32, u32, u32),
    /// The lead of the announcement of the expiry, in seconds.
    #[serde(default, skip_serializing_if = "is_none")]
    warn: u32,
    #[serde(default, skip_serializing_if = "is_usual")]
    limits: Limits,
    #[serde(default, skip_serializing_if = "Timers::is_unset")]
    timers: Timers,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold: Option<Hold>,
    #[serde(default, skip_serializing_if = "Marks::is_unmarked")]
    marks: Marks,
    #[serde(default, skip_serializing_if = "ListShards::is_default")]
    shards: ListShards,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<PostAgentAction>,
    #[serde(default, skip_serializing_if = "is_zero")]
    facts: u64,
    #[serde(default, rename = "e", alias = "newest", skip_serializing_if = "Option::is_none")]
    newest: Option<OrderKey>,
    #[serde(default, rename = "h", skip_serializing_if = "Option::is_none")]
    heard: Option<OrderKey>,
    #[serde(default, rename = "u", skip_serializing_if = "Option::is_none")]
    untold: Option<Untold>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    opening: Option<Opening>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_call: Option<u8>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    closing: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    closed: bool,
    #[serde(default, rename = "o", alias = "last_out", skip_serializing_if = "is_zero")]
    last_out: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waits: Option<u64>,
    /// From the contact, and from representatives.
    #[serde(default, rename = "n", alias = "counts", skip_serializing_if = "Option::is_none")]
    counts: Option<(u64, u64)>,
    #[serde(default, rename = "r", alias = "replied", skip_serializing_if = "Option::is_none")]
    replied: Option<OrderKey>,
    #[serde(default, skip_serializing_if = "<[OrderKey]>::is_empty")]
    unproven: Cow<'a, [OrderKey]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    call: Option<Call>,
    #[serde(default, skip_serializing_if = "<[Provider]>::is_empty")]
    others: Cow<'a, [Provider]>,
    #[serde(default, skip_serializing_if = "<[SequencedChange]>::is_empty")]
    changes: Cow<'a, [SequencedChange]>,
    /// Plain texts of the representative who is shown, which are changes, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    said: Vec<Said<'a>>,
    /// The changes that tell of a message of the representative who is shown: who that is need not be kept twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    shown: Vec<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fallback: Option<FallbackOutcomes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    successor: Option<Cow<'a, SessionId>>,
    /// The change that tells of the end as the session has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<EndTold>,
}

/// A text of the representative who is shown (or of nobody, if nobody is), of which there is nothing else to say:
/// sequence, milliseconds since the creation, the sender's id of it, text.
type Said<'a> = (u64, i64, Cow<'a, SourceId>, Cow<'a, str>);

/// Where the change stands that tells of the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum EndTold {
    /// Sequence, and time in epoch milliseconds.
    At(u64, i64),
    /// That of the newest hand-back, at the time of the end: a mark that says so.
    WithHandBack(bool),
}

impl EndTold {
    fn of(change: &SequencedChange, session: &Session) -> Self {
        let handed = session.hand_back.map(|handed| handed.version);
        let ended = session.end().map(|end| end.at);
        if handed == Some(change.sequence) && ended == Some(change.occurred_at) {
            Self::WithHandBack(true)
        } else {
            Self::At(change.sequence, change.occurred_at.timestamp_millis())
        }
    }

    fn place(self, session: &Session) -> Option<(u64, DateTime<Utc>)> {
        match self {
            Self::At(sequence, at_ms) => DateTime::from_timestamp_millis(at_ms).map(|at| (sequence, at)),
            Self::WithHandBack(_) => session.hand_back.zip(session.end()).map(|(handed, end)| (handed.version, end.at)),
        }
    }
}

/// Who wrote the message that a change tells of.
fn writer(change: &mut SequencedChange) -> Option<&mut Option<Representative>> {
    match &mut change.change {
        Change::MessageReceived { representative, .. } => Some(representative),
        Change::Requested { .. }
        | Change::Accepted { .. }
        | Change::Linked
        | Change::Queued { .. }
        | Change::RepresentativeJoined { .. }
        | Change::RepresentativeLeft { .. }
        | Change::PostAgent
        | Change::Ended { .. }
        | Change::HandedBack
        | Change::Followed { .. }
        | Change::HandBackOpen
        | Change::Orphaned
        | Change::Expiring { .. }
        | Change::Silent { .. }
        | Change::UnknownThere { .. }
        | Change::Stale
        | Change::Delayed { .. }
        | Change::Checked { .. }
        | Change::MessageAccepted
        | Change::Typing { .. }
        | Change::MessagesAcknowledged { .. }
        | Change::Survey { .. } => None,
    }
}

fn no_names(names: &Names) -> bool {
    names.is_empty()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
fn is_none(seconds: &u32) -> bool {
    *seconds == 0
}

fn is_usual(limits: &Limits) -> bool {
    *limits == Limits::default()
}

impl<'a> Document<'a> {
    pub(crate) fn of(session: &'a Session) -> Self {
        let Lifetime { ttl_minutes, retention_minutes, stale_after_minutes, warning_seconds, limits, timers } =
            session.lifetime;
        let MessageCounts { from_contact, from_representative } = session.counts;
        let Changes { kept: changes, said, shown, ended } = Changes::of(session);
        let since_creation = |at: DateTime<Utc>| (at - session.created_at).num_milliseconds();
        Self {
            integration: Cow::Borrowed(&session.integration_id),
            target: Cow::Borrowed(&session.target),
            signals: Cow::Borrowed(&session.signals),
            queue: Some(&session.requested_queue)
                .filter(|asked| asked.as_str() != session.queue().name)
                .map(Cow::Borrowed),
            names: Cow::Borrowed(&session.names),
            updated: since_creation(session.updated_at),
            message: session.last_message_at.map(since_creation),
            end: session.end().map(Cow::Borrowed),
            lifetime: (ttl_minutes, retention_minutes, stale_after_minutes),
            warn: warning_seconds,
            limits,
            timers,
            hold: session.hold.clone(),
            marks: session.marks,
            shards: session.list_shards,
            after: Some(session.post_agent_action).filter(|action| *action != USUAL_ACTION),
            facts: session.facts_version,
            newest: session.newest_event,
            heard: session.newest_event_before_end,
            untold: session.untold,
            opening: Some(session.opening).filter(|opening| *opening != Opening::Opened),
            next_call: session.next_opening_call,
            closing: session.closing_attempted,
            closed: session.closed,
            last_out: session.last_outbound,
            waits: session.waiting_from,
            counts: Some((from_contact, from_representative)).filter(|counts| *counts != (0, 0)),
            replied: session.first_reply,
            unproven: Cow::Borrowed(&session.unproven),
            call: session.call,
            others: Cow::Borrowed(&session.other_providers),
            changes,
            said,
            shown,
            fallback: Some(&session.fallback).filter(|fallback| !fallback.is_empty()).cloned(),
            successor: session.successor.as_ref().map(Cow::Borrowed),
            ended,
        }
    }

    /// The session of a document and the attributes beside it.
    pub(crate) fn session(
        self,
        project: &ProjectId,
        transfer: TransferId,
        mut beside: Item,
    ) -> Result<Session, StoreError> {
        let (ttl_minutes, retention_minutes, stale_after_minutes) = self.lifetime;
        let (from_contact, from_representative) = self.counts.unwrap_or_default();
        let row = &mut beside;
        let created_at = milliseconds(row, attribute::CREATED_AT)?.ok_or(StoreError::corrupt(attribute::CREATED_AT))?;
        let at = |since_creation| created_at + TimeDelta::milliseconds(since_creation);
        let requested_queue = match self.queue {
            Some(asked) => asked.into_owned(),
            None => take_value(row, attribute::QUEUE_NAME)?,
        };
        let mut session = Session {
            project_id: project.clone(),
            session_id: session_id(row, transfer)?,
            contact_id: take_contact(row, project)?,
            agent: take_value(row, attribute::AGENT)?,
            labels: take_labels(row)?,
            provider: take_value(row, attribute::PROVIDER)?,
            integration_id: self.integration.into_owned(),
            target: self.target.into_owned(),
            signals: self.signals.into_owned(),
            requested_queue,
            names: self.names.into_owned(),
            priority: take_optional(row, attribute::PRIORITY)?.unwrap_or(Priority::USUAL),
            created_at,
            updated_at: at(self.updated),
            last_message_at: self.message.map(at),
            phase: self.end.map_or(Phase::Open, |end| Phase::Over(end.into_owned())),
            hand_back: take_handed_back(row, created_at)?,
            fallback: self.fallback.unwrap_or_default(),
            successor: self.successor.map(Cow::into_owned),
            expires_at: seconds(row, attribute::EXPIRES_AT)?,
            due_at: seconds(row, attribute::DUE_AT)?,
            lifetime: Lifetime {
                ttl_minutes,
                retention_minutes,
                stale_after_minutes,
                warning_seconds: self.warn,
                limits: self.limits,
                timers: self.timers,
            },
            list_shards: self.shards,
            post_agent_action: self.after.unwrap_or(USUAL_ACTION),
            facts_version: self.facts,
            newest_event: self.newest,
            newest_event_before_end: self.heard,
            untold: self.untold,
            opening: self.opening.unwrap_or(Opening::Opened),
            next_opening_call: self.next_call,
            closing_attempted: self.closing,
            closed: self.closed,
            hold: self.hold,
            marks: self.marks,
            last_outbound: self.last_out,
            waiting_from: self.waits,
            counts: MessageCounts { from_contact, from_representative },
            first_reply: self.replied,
            unproven: self.unproven.into_owned(),
            call: self.call,
            other_providers: self.others.into_owned(),
            version: take_value(row, attribute::VERSION)?,
            changes: self.changes.into_owned(),
        };
        let representative = session.representative();
        let shown = session.changes.iter_mut().filter(|change| self.shown.contains(&change.sequence));
        shown.filter_map(writer).for_each(|writer| writer.clone_from(&representative));
        let status = session.status();
        for (sequence, since_creation, message_id, text) in self.said {
            let change = plain(message_id.into_owned(), text.into_owned(), representative.clone());
            insert(&mut session.changes, SequencedChange { sequence, occurred_at: at(since_creation), status, change });
        }
        if let Some(told) = self.ended {
            let (sequence, occurred_at) = told.place(&session).ok_or(StoreError::corrupt("ended"))?;
            let change = end_of(&session).ok_or(StoreError::corrupt("ended"))?;
            insert(&mut session.changes, SequencedChange { sequence, occurred_at, status: Status::Ended, change });
        }
        Ok(session)
    }
}

/// The change that tells of the end as the session has it.
fn end_of(session: &Session) -> Option<Change> {
    let end = session.end()?.clone();
    Some(Change::Ended { end, counts: session.counts, representative: session.representative() })
}

/// The change that tells of a text and nothing besides.
fn plain(message_id: SourceId, text: String, representative: Option<Representative>) -> Change {
    let author = Author::Representative;
    let (truncated, late, attachments, content) = (false, false, Vec::new(), Vec::new());
    Change::MessageReceived { message_id, author, text, truncated, attachments, content, representative, late }
}

/// Puts a change where it stands among the others.
fn insert(changes: &mut Vec<SequencedChange>, change: SequencedChange) {
    let place = changes.partition_point(|other| other.sequence < change.sequence);
    changes.insert(place, change);
}

/// The changes without what the session itself says.
struct Changes<'a> {
    kept: Cow<'a, [SequencedChange]>,
    said: Vec<Said<'a>>,
    shown: Vec<u64>,
    ended: Option<EndTold>,
}

impl<'a> Changes<'a> {
    fn of(session: &'a Session) -> Self {
        let repeats =
            |change: &SequencedChange| matches!(change.change, Change::MessageReceived { .. } | Change::Ended { .. });
        let (mut said, mut shown, mut ended) = (Vec::new(), Vec::new(), None);
        if !session.changes.iter().any(repeats) {
            return Self { kept: Cow::Borrowed(&session.changes), said, shown, ended };
        }
        let (who, end) = (session.representative(), end_of(session));
        let mut kept = Vec::new();
        for change in &session.changes {
            if ended.is_none() && Some(&change.change) == end.as_ref() && change.status == Status::Ended {
                ended = Some(EndTold::of(change, session));
                continue;
            }
            if let Some(plain) = said_plainly(change, session, who.as_ref()) {
                said.push(plain);
                continue;
            }
            let mut change = change.clone();
            if let Some(writer) = writer(&mut change).filter(|writer| writer.is_some() && **writer == who) {
                *writer = None;
                shown.push(change.sequence);
            }
            kept.push(change);
        }
        Self { kept: Cow::Owned(kept), said, shown, ended }
    }
}

/// What a change says, if it is but a text of who is shown.
fn said_plainly<'a>(
    change: &'a SequencedChange,
    session: &Session,
    shown: Option<&Representative>,
) -> Option<Said<'a>> {
    let Change::MessageReceived {
        message_id,
        author: Author::Representative,
        text,
        truncated: false,
        attachments,
        content,
        representative,
        late: false,
    } = &change.change
    else {
        return None;
    };
    let nothing_else = attachments.is_empty() && content.is_empty();
    let as_shown = change.status == session.status() && representative.as_ref() == shown;
    let since_creation = change.occurred_at.timestamp_millis() - session.created_at.timestamp_millis();
    let said = (change.sequence, since_creation, Cow::Borrowed(message_id), Cow::Borrowed(text.as_str()));
    (nothing_else && as_shown).then_some(said)
}

/// The public id of the session with these columns.
pub(crate) fn session_id(row: &mut Item, transfer: TransferId) -> Result<SessionId, StoreError> {
    let conversation = take_value(row, attribute::CONVERSATION)?;
    Ok(SessionId { transfer, conversation, channel: take_value(row, attribute::CHANNEL)? })
}

/// A moment in epoch seconds.
pub(crate) fn seconds(row: &mut Item, name: &'static str) -> Result<Option<DateTime<Utc>>, StoreError> {
    let number: Option<i64> = take_optional(row, name)?;
    number.map(|at| DateTime::from_timestamp(at, 0).ok_or(StoreError::corrupt(name))).transpose()
}

/// A moment in epoch milliseconds.
pub(crate) fn milliseconds(row: &mut Item, name: &'static str) -> Result<Option<DateTime<Utc>>, StoreError> {
    let number: Option<i64> = take_optional(row, name)?;
    number.map(|at| DateTime::from_timestamp_millis(at).ok_or(StoreError::corrupt(name))).transpose()
}
