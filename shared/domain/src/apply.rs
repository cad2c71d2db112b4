//! What a provider's events mean for a session.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Author, Cause, Change, Delivery, Direction, Effect, End, EndReason, EndedBy, EventKind, Ignored, IncomingMessage,
    Message, MessageWrite, Opening, OrderKey, ProviderEvent, Queue, Representative, Session, SourceId, Status,
    TimelineEntry, Transition, fit_text,
};

/// Applies events to a live (not expired) session, in the order given.
///
/// Whatever order and however often the same events come, where the session stands afterwards is the same: signals
/// are merged by their order keys ([`crate::Signals`]), an end is never undone, and repetitions are refused by the
/// identities in [`Transition::seen`], which the store checks.
pub fn apply_events(session: &Session, events: &[ProviderEvent], now: DateTime<Utc>) -> Transition {
    let mut applying = Applying { transition: Transition::of(session), now };
    for (position, event) in (0_u64..).zip(events) {
        applying.event(event, position);
    }
    applying.transition.finish(now)
}

/// How long after the end a survey still belongs to the session.
const SURVEY_TAKEN_FOR: TimeDelta = TimeDelta::hours(24);

struct Applying {
    transition: Transition,
    now: DateTime<Utc>,
}

/// What was there before one event, to tell what it changed.
struct Before {
    status: Status,
    representative: Option<Representative>,
    queue: Option<Queue>,
}

impl Applying {
    fn event(&mut self, event: &ProviderEvent, position: u64) {
        // A session's version rises with every write, so later arrivals get later keys even within a millisecond.
        let arrival = self.transition.based_on.saturating_add(position);
        let key = event.key(self.now.timestamp_millis().max(self.transition.session.signals.newest_ms()), arrival);
        let after_end = self.transition.session.end.as_ref().map(|end| key > end.key);
        self.sign_of_life(event);
        if after_end != Some(true) {
            self.remember(event);
        }
        let effect = match (&event.kind, after_end) {
            (EventKind::Survey { .. }, _) if self.comes_too_late() => Effect::Ignored(Ignored::AfterEnd),
            (EventKind::Survey { rating, scale_max }, _) => self.survey(event, *rating, *scale_max),
            (EventKind::Message(message), None) => self.message(event, message, key),
            (EventKind::Message(message), Some(after_end)) => self.late_message(event, message, key, after_end),
            (_, Some(true)) => Effect::Ignored(Ignored::AfterEnd),
            (kind, Some(false)) => {
                self.signal(kind, key);
                self.refresh_facts();
                Effect::Ignored(Ignored::AfterEnd)
            }
            (EventKind::Typing { on }, None) => {
                self.transition.change(event.occurred_at(self.now), Change::Typing { on: *on });
                return;
            }
            (EventKind::Note { .. } | EventKind::Accepted, None) => Effect::Ignored(Ignored::NoEffect),
            (EventKind::Ended { by, reason }, None) => {
                let end = End { at: event.occurred_at(self.now), reason: *reason, by: *by, key };
                close(&mut self.transition, end, self.now);
                Effect::Applied
            }
            (kind, None) => self.status_signal(event, kind, key),
        };
        if effect == Effect::Ignored(Ignored::AfterEnd) {
            self.transition.after_end += 1;
        }
        self.record(event, key, effect);
    }

    /// An authentic event proves that the provider has the conversation, and may tell its name for it.
    fn sign_of_life(&mut self, event: &ProviderEvent) {
        let transition = &mut self.transition;
        if transition.session.provider_session_id.is_none()
            && let Some(name) = &event.correlation.provider_session_id
        {
            transition.session.provider_session_id = Some(name.clone());
            transition.link = Some(name.clone());
            transition.change(self.now, Change::Linked);
        }
        if transition.session.opening != Opening::Opened {
            let orphaned = transition.session.is_ended() && transition.session.is_unconfirmed();
            let live = !transition.session.is_ended();
            if live || orphaned {
                transition.session.opening = Opening::Opened;
                transition.change(self.now, if live { Change::Accepted } else { Change::Orphaned });
            }
        }
    }

    fn remember(&mut self, event: &ProviderEvent) {
        let session = &mut self.transition.session;
        let before = (session.provider_state.clone(), session.provider_data.clone());
        session.provider_state.extend(event.provider_state.clone());
        session.provider_data.extend(event.provider_data.clone());
        if (&before.0, &before.1) != (&session.provider_state, &session.provider_data) {
            self.transition.touch();
        }
    }

    fn message(&mut self, event: &ProviderEvent, message: &IncomingMessage, key: OrderKey) -> Effect {
        let now = self.now;
        let (text, truncated) = fit_text(message.text.clone());
        let change = Change::MessageReceived {
            message_id: message.message_id.clone(),
            author: self.author(message, key),
            text,
            truncated,
            attachments: message.attachments.clone(),
        };
        if let Some(representative) = &message.proves_active {
            self.status_signal(event, &EventKind::RepresentativeJoined(representative.clone()), key);
        }
        let sequence = self.transition.change(event.occurred_at(now), change);
        let session = &mut self.transition.session;
        session.last_message_at = Some(now);
        session.expires_at = later_expiry(session, now);
        self.count(message, key);
        self.keep(event, message, key, sequence, false);
        Effect::Applied
    }

    /// After the end a message is kept to be read, and nothing else happens; one from before the end still counts.
    fn late_message(
        &mut self,
        event: &ProviderEvent,
        message: &IncomingMessage,
        key: OrderKey,
        after_end: bool,
    ) -> Effect {
        if !after_end {
            self.count(message, key);
            self.transition.touch();
        }
        let sequence = self.transition.session.version;
        self.keep(event, message, key, sequence, true);
        Effect::Ignored(Ignored::AfterEnd)
    }

    /// A provider that cannot tell a flow's text from a human's names a representative; before one joined, it was the
    /// flow.
    fn author(&self, message: &IncomingMessage, key: OrderKey) -> Author {
        let nobody_joined = message.proves_active.is_none() && !self.transition.session.signals.anybody_joined_by(key);
        match message.author {
            Author::Representative if nobody_joined => Author::Provider,
            author @ (Author::Contact | Author::Representative | Author::Provider) => author,
        }
    }

    fn count(&mut self, message: &IncomingMessage, key: OrderKey) {
        match self.author(message, key) {
            Author::Representative => self.transition.session.counts.from_representative += 1,
            Author::Contact | Author::Provider => {}
        }
    }

    fn keep(&mut self, event: &ProviderEvent, message: &IncomingMessage, key: OrderKey, sequence: u64, late: bool) {
        let (text, truncated) = fit_text(message.text.clone());
        self.transition.messages.push(MessageWrite::New(Message {
            sequence,
            message_id: message.message_id.clone(),
            direction: Direction::Inbound,
            author: self.author(message, key),
            text,
            truncated,
            attachments: message.attachments.clone(),
            delivery: Delivery::Received,
            accepted_at: self.now,
            sent_at: Some(event.occurred_at(self.now)),
            late,
            receipt: None,
        }));
    }

    fn comes_too_late(&self) -> bool {
        self.transition.session.end.as_ref().is_some_and(|end| self.now - end.at > SURVEY_TAKEN_FOR)
    }

    fn survey(&mut self, event: &ProviderEvent, rating: i64, scale_max: i64) -> Effect {
        let session = &mut self.transition.session;
        let survey = serde_json::json!({ "rating": rating, "scaleMax": scale_max });
        session.provider_data.insert("survey".to_owned(), survey);
        self.transition.change(event.occurred_at(self.now), Change::Survey { rating, scale_max });
        Effect::Applied
    }

    /// Merges one signal and emits what it changed about where the session stands.
    fn status_signal(&mut self, event: &ProviderEvent, kind: &EventKind, key: OrderKey) -> Effect {
        let before = self.before();
        let signals = self.transition.session.signals.clone();
        self.signal(kind, key);
        self.refresh_facts();
        let session = &mut self.transition.session;
        session.status = session.signals.status();
        if session.status != before.status {
            session.status_changed_at = event.occurred_at(self.now);
        }
        let changes = what_changed(kind, &before, session);
        if changes.is_empty() {
            if signals != session.signals {
                self.transition.touch();
            }
            return Effect::Ignored(Ignored::Older);
        }
        for change in changes {
            self.transition.change(event.occurred_at(self.now), change);
        }
        Effect::Applied
    }

    fn before(&self) -> Before {
        let session = &self.transition.session;
        Before { status: session.status, representative: session.representative.clone(), queue: session.queue.clone() }
    }

    fn signal(&mut self, kind: &EventKind, key: OrderKey) {
        let session = &mut self.transition.session;
        match kind {
            EventKind::Queued { queue, position, estimated_wait_seconds } => {
                session.signals.queued(queue.as_deref(), *position, *estimated_wait_seconds, key);
            }
            EventKind::RepresentativeJoined(who) => session.signals.joined(who, key),
            EventKind::RepresentativeLeft { representative, transferred } => {
                session.signals.left(representative.as_ref(), *transferred, key);
            }
            EventKind::Accepted
            | EventKind::Message(_)
            | EventKind::Typing { .. }
            | EventKind::Survey { .. }
            | EventKind::Ended { .. }
            | EventKind::Note { .. } => {}
        }
    }

    fn refresh_facts(&mut self) {
        let session = &mut self.transition.session;
        let requested = session.queue.as_ref().map(|queue| queue.name.clone()).unwrap_or_default();
        let queue = session.signals.queue(requested).or_else(|| session.queue.clone());
        let facts = (session.signals.representative(), queue);
        if (&session.representative, &session.queue) != (&facts.0, &facts.1) {
            (session.representative, session.queue) = facts;
            self.transition.touch();
        }
    }

    fn record(&mut self, event: &ProviderEvent, key: OrderKey, effect: Effect) {
        let Some(source_id) = &event.source_id else { return };
        // A message stands among the messages, where its own identity is checked.
        if matches!(event.kind, EventKind::Message(_)) {
            return;
        }
        self.transition.seen.push(source_id.clone());
        let detail = match &event.kind {
            EventKind::Note { detail, .. } => detail.clone(),
            EventKind::Ended { reason, .. } => Some(reason.as_str().to_owned()),
            EventKind::Queued { queue, .. } => queue.clone(),
            EventKind::RepresentativeJoined(who) => who.id.clone(),
            EventKind::RepresentativeLeft { representative, .. } => {
                representative.as_ref().and_then(|who| who.id.clone())
            }
            EventKind::Survey { rating, scale_max } => Some(format!("{rating} of {scale_max}")),
            EventKind::Accepted | EventKind::Message(_) | EventKind::Typing { .. } => None,
        };
        self.transition.timeline.push(TimelineEntry {
            key,
            source_id: source_id.clone(),
            what: event.kind.word().to_owned(),
            occurred_at: event.occurred_at(self.now),
            received_at: self.now,
            cause: Cause::Provider,
            detail,
            effect,
        });
    }
}

/// What everybody outside must know of one signal.
fn what_changed(kind: &EventKind, before: &Before, after: &Session) -> Vec<Change> {
    let moved = before.status != after.status;
    let mut changes = Vec::new();
    match kind {
        EventKind::Queued { .. } => {
            if after.status == Status::Queued && (moved || before.queue != after.queue) {
                changes.push(Change::Queued);
            }
        }
        EventKind::RepresentativeJoined(_) => {
            if after.status == Status::Active && (moved || before.representative != after.representative) {
                changes.push(Change::RepresentativeJoined);
            }
        }
        EventKind::RepresentativeLeft { representative, .. } => {
            if moved {
                let representative = representative.clone().or_else(|| before.representative.clone());
                changes.push(Change::RepresentativeLeft { representative });
                match after.status {
                    Status::PostAgent => changes.push(Change::PostAgent),
                    Status::Queued => changes.push(Change::Queued),
                    Status::Pending | Status::Active | Status::Ended => {}
                }
            }
        }
        EventKind::Accepted
        | EventKind::Message(_)
        | EventKind::Typing { .. }
        | EventKind::Survey { .. }
        | EventKind::Ended { .. }
        | EventKind::Note { .. } => {}
    }
    changes
}

/// Messages only ever move the expiry forward.
pub(crate) fn later_expiry(session: &Session, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    session.lifetime.expiry_after_activity(now).max(session.expires_at)
}

/// Closes a live session. The record is kept for its retention time, and the conversation is free again.
pub(crate) fn close(transition: &mut Transition, end: End, now: DateTime<Utc>) {
    let session = &mut transition.session;
    session.status = Status::Ended;
    session.status_changed_at = end.at;
    session.expires_at = Some(session.lifetime.expiry_after_end(now));
    let at = end.at;
    session.end = Some(end);
    transition.frees_conversation = true;
    transition.change(at, Change::Ended);
}

/// The end that a request or an outcome of ours brings about.
pub(crate) fn our_end(transition: &Transition, by: EndedBy, reason: EndReason, now: DateTime<Utc>) -> End {
    let key = OrderKey {
        at_ms: now.timestamp_millis(),
        sequence: transition.based_on,
        rank: EventKind::Ended { by, reason }.rank(),
    };
    End { at: now, reason, by, key }
}

/// A timeline entry of something that we did or were asked to do.
pub(crate) fn our_entry(
    transition: &Transition,
    what: &str,
    cause: Cause,
    detail: Option<String>,
    now: DateTime<Utc>,
) -> Option<TimelineEntry> {
    let sequence = transition.session.version;
    let key = OrderKey { at_ms: now.timestamp_millis(), sequence, rank: 0 };
    // The words are ours and the sequence a number, so this is always an identifier.
    let source_id = SourceId::new(format!("{what}-{sequence}")).ok()?;
    Some(TimelineEntry {
        key,
        source_id,
        what: what.to_owned(),
        occurred_at: now,
        received_at: now,
        cause,
        detail,
        effect: Effect::Applied,
    })
}
