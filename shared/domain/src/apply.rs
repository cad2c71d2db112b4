//! What a provider's events mean for a session.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Map;

use crate::close::{close, revise_end};
use crate::hand_back::HandBackNews;
use crate::names::Naming;
use crate::order::Place;
use crate::tell::{Before, tell_movements};
use crate::{
    Author, CallReport, Cause, Change, Conversation, Correlation, Delivery, Direction, Effect, End, EndReason, EndedBy,
    EventKind, Holds, Ignored, IncomingMessage, Message, MessageWrite, News, Opening, Order, OrderKey, ProviderEvent,
    ProviderFacts, Reported, Representative, Session, Signals, SourceId, Survey, TimelineEntry, Transition, WrapUp,
};

/// Applies events to a live (not expired) session and what its provider told, in the order given.
///
/// Whatever order and however often the same events come, where the session stands afterwards is the same: signals
/// are merged by their order keys ([`crate::Signals`]), an end is never undone, and repetitions are refused by the
/// identities in [`Transition::seen`], which the store checks. What is told of them ends with where the session stands.
/// Each is taken as far as it is kept ([`ProviderEvent::fitted`]).
pub fn apply_events(conversation: &Conversation, events: &[ProviderEvent], now: DateTime<Utc>) -> Transition {
    let transition = Transition::of(&conversation.session);
    let mut applying = Applying { transition, facts: conversation.facts.clone(), cause: Cause::Provider, now };
    for event in events {
        applying.event(event);
    }
    applying.tell_hand_back_again(conversation);
    let Applying { mut transition, facts, .. } = applying;
    transition.tell(&conversation.facts, facts);
    transition.finish(now)
}

/// Takes what a runtime reports of a call, by the rules of a provider's events: what is older than what is known, or
/// contradicts it, is noted and has no effect, and the same again is refused by its identity.
pub fn apply_report(conversation: &Conversation, report: &CallReport, now: DateTime<Utc>) -> Transition {
    let transition = Transition::of(&conversation.session);
    let mut applying = Applying { transition, facts: conversation.facts.clone(), cause: Cause::Api, now };
    applying.report(report);
    applying.tell_hand_back_again(conversation);
    let Applying { mut transition, facts, .. } = applying;
    transition.tell(&conversation.facts, facts);
    transition.finish(now)
}

/// Whether an event can change what its provider told, so that that must be known before the event is applied.
pub fn tells_facts(event: &ProviderEvent) -> bool {
    let aftermath = matches!(event.kind, EventKind::Survey { .. } | EventKind::WrapUp(_));
    aftermath || !event.provider_data.is_empty() || !event.provider_state.is_empty()
}

/// The place of what an event tells beside what happened. A message repeats whose conversation it is of, each time: it
/// yields to every other event, so that the same again is nothing to be written.
fn place_of_facts(event: &ProviderEvent, place: Place) -> OrderKey {
    match event.kind {
        EventKind::Message(_) | EventKind::Typing { .. } => OrderKey::REPEATED,
        EventKind::Accepted
        | EventKind::Queued { .. }
        | EventKind::RepresentativeJoined(_)
        | EventKind::RepresentativeLeft { .. }
        | EventKind::Survey { .. }
        | EventKind::WrapUp(_)
        | EventKind::Ended { .. }
        | EventKind::Concluded { .. }
        | EventKind::Note { .. } => place.key,
    }
}

/// How long after the end a survey or a wrap-up still belongs to the session.
const AFTERMATH_TAKEN_FOR: TimeDelta = TimeDelta::hours(24);

/// What the timeline says of a message with something in it that cannot be shown.
const NOT_SHOWN: &str = "message_not_shown";

struct Applying {
    transition: Transition,
    facts: ProviderFacts,
    /// Who or what says it.
    cause: Cause,
    now: DateTime<Utc>,
}

/// Where an event stands beside the end of its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// There is no end.
    Live,
    /// It happened before the end, and came after it.
    BeforeEnd,
    /// It happened after the end.
    AfterEnd,
}

impl Applying {
    fn report(&mut self, report: &CallReport) {
        let CallReport { outcome, at, provider_session_id } = report.clone();
        let word = outcome.word();
        let identity = at.map_or_else(|| word.to_owned(), |at| format!("{word}:{}", at.timestamp_millis()));
        let event = ProviderEvent {
            // Our words and a number, so this is always an identifier.
            source_id: SourceId::new(format!("report:{identity}")).ok(),
            correlation: Correlation { transfer_id: None, provider_session_id },
            order: at.map_or(Order::Arrival, |at| Order::Provider { at, sequence: 0 }),
            kind: outcome.means(),
            provider_data: Map::new(),
            provider_state: Map::new(),
        };
        let effect = self.take(&event, outcome.is_sign_of_life());
        if let Some(entry) = self.transition.timeline.last_mut() {
            word.clone_into(&mut entry.what);
        }
        let Some(call) = &mut self.transition.session.call else { return };
        if effect == Some(Effect::Applied) || call.reported.is_none() {
            call.reported = Some(Reported { outcome, at: at.unwrap_or(self.now) });
            self.transition.touch();
        }
    }

    fn event(&mut self, event: &ProviderEvent) {
        self.take(event, true);
    }

    /// Takes an event; says what it did, unless it is one that is not noted. `is_sign_of_life`: whether it proves that the
    /// provider has the conversation.
    fn take(&mut self, event: &ProviderEvent, is_sign_of_life: bool) -> Option<Effect> {
        let session = &mut self.transition.session;
        let place = event.order.place(session.created_at, session.newest_event, self.now, event.kind.rank());
        let standing = match session.end() {
            None => Standing::Live,
            Some(end) if place.key > end.key => Standing::AfterEnd,
            Some(_) => Standing::BeforeEnd,
        };
        if standing == Standing::BeforeEnd && session.end().is_some_and(|end| end.cause != Cause::Provider) {
            session.newest_event_before_end = session.newest_event_before_end.max(Some(place.key));
        }
        session.newest_event = session.newest_event.max(Some(place.key));
        let closing_needs = self.remember(event, place);
        let settles = is_sign_of_life && self.sign_of_life(event, closing_needs);
        let effect = match (&event.kind, standing) {
            (EventKind::Survey { .. } | EventKind::WrapUp(_), _) if self.comes_too_late() => {
                Effect::Ignored(Ignored::AfterEnd)
            }
            (EventKind::Survey { rating, scale_max }, _) => self.survey(place, *rating, *scale_max),
            (EventKind::WrapUp(wrap_up), _) => self.wrap_up(place, wrap_up),
            (EventKind::Message(message), Standing::Live) => self.message(message, place),
            (EventKind::Message(message), Standing::BeforeEnd | Standing::AfterEnd) => {
                self.late_message(message, place)
            }
            (EventKind::Typing { on }, Standing::Live) => {
                self.transition.change(place.at, Change::Typing { on: *on });
                return None;
            }
            (EventKind::Note { .. } | EventKind::Accepted, Standing::Live) if settles => Effect::Applied,
            (EventKind::Note { .. } | EventKind::Accepted, Standing::Live) => Effect::Ignored(Ignored::NoEffect),
            (EventKind::Ended { by, reason }, standing) => self.end(self.end_at(place, *by, *reason), standing),
            (EventKind::Concluded { holds: Holds::UntilJoined, .. }, _) if self.has_anybody_joined() => {
                Effect::Ignored(Ignored::SomebodyJoined)
            }
            (EventKind::Concluded { by, reason, .. }, standing) => {
                self.end(End { concluded: true, ..self.end_at(place, *by, *reason) }, standing)
            }
            (kind, Standing::Live) => self.status_signal(kind, place),
            (kind, Standing::BeforeEnd | Standing::AfterEnd) => {
                self.keep_signal(kind, place);
                Effect::Ignored(Ignored::AfterEnd)
            }
        };
        if effect == Effect::Ignored(Ignored::AfterEnd) {
            self.transition.after_end += 1;
        }
        self.record(event, place, effect);
        Some(effect)
    }

    fn end_at(&self, place: Place, by: EndedBy, reason: EndReason) -> End {
        End { at: place.at, reason, by, key: place.key, cause: self.cause, concluded: false }
    }

    /// Keeps what an event tells beside what happened; says whether that is something new that closing may need.
    fn remember(&mut self, event: &ProviderEvent, place: Place) -> bool {
        let session = &mut self.transition.session;
        let naming = match &event.correlation.provider_session_id {
            Some(name) => session.names.tell(name, place.key),
            None => Naming::Known,
        };
        let told_at = place_of_facts(event, place);
        let state = self.facts.state.tell(&event.provider_state, told_at);
        self.facts.data.tell(&event.provider_data, told_at);
        if naming != Naming::Known {
            self.transition.touch();
        }
        if let (Naming::New, Some(name)) = (naming, &event.correlation.provider_session_id) {
            self.transition.links.push(name.clone());
            self.transition.change(self.now, Change::Linked);
        }
        naming == Naming::New || state == News::NewName
    }

    /// An authentic event proves that the provider has the conversation. After an end that the provider did not bring
    /// about, it must be closed there: now, if closing was not possible before. Says whether it is the first proof.
    fn sign_of_life(&mut self, event: &ProviderEvent, closing_needs: bool) -> bool {
        let session = &mut self.transition.session;
        let first = session.opening != Opening::Opened;
        session.opening = Opening::Opened;
        let change = match session.end() {
            None => first.then(|| Change::Accepted { provider_session_id: session.provider_session_id().cloned() }),
            Some(end) => {
                let is_ours = !session.brings_call() && !end.provider_knows();
                let stays_open = is_ours && !matches!(event.kind, EventKind::Ended { .. });
                (stays_open && (first || closing_needs)).then_some(Change::Orphaned)
            }
        };
        if first {
            self.transition.touch();
        }
        if let Some(change) = change {
            // What was closed before may not have been all.
            self.transition.session.closed = false;
            self.transition.change(self.now, change);
        }
        first
    }

    fn message(&mut self, message: &IncomingMessage, place: Place) -> Effect {
        let before = Before::of(&self.transition.session);
        self.prove(message, place);
        tell_movements(&mut self.transition, &before, place.at);
        self.keep(message, place, false);
        let session = &mut self.transition.session;
        session.expires_at = later_expiry(session, self.now);
        Effect::Applied
    }

    /// After the end a message is kept and told, since the contact has not seen it, and nothing else happens.
    fn late_message(&mut self, message: &IncomingMessage, place: Place) -> Effect {
        self.prove(message, place);
        self.keep(message, place, true);
        Effect::Ignored(Ignored::AfterEnd)
    }

    fn keep(&mut self, message: &IncomingMessage, place: Place, late: bool) {
        let kept = self.kept(message, place);
        let change = Change::MessageReceived {
            message_id: kept.message_id.clone(),
            author: kept.author_in(&self.transition.session),
            text: kept.text.clone(),
            truncated: kept.truncated,
            attachments: kept.attachments.clone(),
            content: kept.content.clone(),
            representative: self.writer(message),
            late,
        };
        let sequence = self.transition.change(place.at, change);
        self.transition.messages.push(MessageWrite::New(Message { sequence, late, ..kept }));
    }

    /// Takes what a message is and proves, and counts it.
    fn prove(&mut self, message: &IncomingMessage, place: Place) {
        let session = &mut self.transition.session;
        session.last_message_at = Some(self.now);
        match (&message.proves_active, message.author) {
            (Some(who), author) => {
                session.signals.heard(who, place.key);
                if author == Author::Representative {
                    session.counts.from_representative += 1;
                    session.replied(place.key);
                }
                session.settle_unproven();
            }
            (None, Author::Representative) => session.count_unproven(place.key),
            (None, Author::Contact | Author::Provider) => {}
        }
    }

    fn kept(&self, message: &IncomingMessage, place: Place) -> Message {
        let claimed = message.author == Author::Representative && message.proves_active.is_none();
        Message {
            sequence: 0,
            message_id: message.message_id.clone(),
            direction: Direction::Inbound,
            author: message.author,
            unproven: claimed.then_some(place.key),
            text: message.text.clone(),
            truncated: message.truncated,
            attachments: message.attachments.clone(),
            content: message.content.clone(),
            reply: None,
            delivery: Delivery::Received,
            accepted_at: self.now,
            sent_at: Some(place.at),
            late: false,
            redacted: message.redacted.clone(),
            receipt: None,
        }
    }

    fn writer(&self, message: &IncomingMessage) -> Option<Representative> {
        let session = &self.transition.session;
        match &message.proves_active {
            Some(who) if who.id.is_some() => Some(session.signals.known(who)),
            Some(_) | None => session.representative(),
        }
    }

    /// After the end, what came may have changed what the agent has to go on with.
    fn tell_hand_back_again(&mut self, before: &Conversation) {
        let session = &self.transition.session;
        let is_told = before.hand_back.is_none() || session.hand_back != before.hand_back;
        if !is_told && HandBackNews::of(session, &self.facts) != HandBackNews::of(before, &before.facts) {
            self.transition.hand_back_again(self.now);
        }
    }

    fn comes_too_late(&self) -> bool {
        self.transition.session.end().is_some_and(|end| self.now - end.at > AFTERMATH_TAKEN_FOR)
    }

    fn survey(&mut self, place: Place, rating: i64, scale_max: i64) -> Effect {
        match self.facts.data.tell(&Survey { rating, scale_max }.facts(), place.key) {
            News::NewName | News::NewValue => {
                self.transition.change(place.at, Change::Survey { rating, scale_max });
                Effect::Applied
            }
            News::NewPlace | News::None => Effect::Ignored(Ignored::Older),
        }
    }

    /// It is told with the hand-back: here only kept.
    fn wrap_up(&mut self, place: Place, wrap_up: &WrapUp) -> Effect {
        match self.facts.data.tell(&wrap_up.facts(), place.key) {
            News::NewName | News::NewValue => Effect::Applied,
            News::NewPlace | News::None => Effect::Ignored(Ignored::Older),
        }
    }

    /// At any place: it is here that nobody is cut off from a human, whenever that one is told to have come.
    fn has_anybody_joined(&self) -> bool {
        self.transition.session.signals.anybody_joined()
    }

    fn end(&mut self, end: End, standing: Standing) -> Effect {
        // Two ends at one place are told apart, so that in any order the same one holds.
        let place_of = |end: &End| (end.key, end.reason, end.by, end.concluded);
        let is_earlier = self
            .transition
            .session
            .end()
            .is_some_and(|known| known.cause == Cause::Provider && place_of(&end) < place_of(known));
        match standing {
            Standing::Live => close(&mut self.transition, end, self.now),
            Standing::BeforeEnd if is_earlier && self.cause == Cause::Provider => {
                revise_end(&mut self.transition, end, self.now);
            }
            Standing::BeforeEnd | Standing::AfterEnd => return Effect::Ignored(Ignored::AfterEnd),
        }
        Effect::Applied
    }

    /// Merges one signal and tells what it changed about where the session stands.
    fn status_signal(&mut self, kind: &EventKind, place: Place) -> Effect {
        let before = Before::of(&self.transition.session);
        self.keep_signal(kind, place);
        if tell_movements(&mut self.transition, &before, place.at) {
            Effect::Applied
        } else {
            Effect::Ignored(Ignored::Older)
        }
    }

    fn keep_signal(&mut self, kind: &EventKind, place: Place) {
        let session = &mut self.transition.session;
        let before = session.signals.clone();
        signal(&mut session.signals, kind, place);
        if before != session.signals {
            session.settle_unproven();
            self.transition.touch();
        }
    }

    fn record(&mut self, event: &ProviderEvent, place: Place, effect: Effect) {
        let Some(source_id) = &event.source_id else { return };
        let (detail, is_message) = (detail(&event.kind), matches!(event.kind, EventKind::Message(_)));
        // A message stands among the messages, where its own identity is checked; here only what of it cannot be shown.
        if is_message && detail.is_none() {
            return;
        }
        if !is_message {
            self.transition.seen.push(source_id.clone());
        }
        let sequence = self.transition.number();
        self.transition.enter(TimelineEntry {
            sequence,
            source_id: source_id.clone(),
            what: if is_message { NOT_SHOWN } else { event.kind.word() }.to_owned(),
            occurred_at: place.at,
            time_adjusted: place.adjusted,
            received_at: self.now,
            cause: self.cause,
            detail,
            effect,
            times: 1,
            step: None,
        });
    }
}

fn signal(signals: &mut Signals, kind: &EventKind, place: Place) {
    match kind {
        EventKind::Queued { queue, position, estimated_wait_seconds } => {
            signals.queued(queue.as_deref(), *position, *estimated_wait_seconds, place.key);
        }
        EventKind::RepresentativeJoined(who) => signals.joined(who, place.key),
        EventKind::RepresentativeLeft { representative, transferred } => {
            signals.left(representative.as_ref(), *transferred, place.key);
        }
        EventKind::Accepted
        | EventKind::Message(_)
        | EventKind::Typing { .. }
        | EventKind::Survey { .. }
        | EventKind::WrapUp(_)
        | EventKind::Ended { .. }
        | EventKind::Concluded { .. }
        | EventKind::Note { .. } => {}
    }
}

/// Messages only ever move the expiry forward.
pub(crate) fn later_expiry(session: &Session, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    session.lifetime.expiry_after_activity(now).max(session.expires_at)
}

/// What the timeline shows of an event beside its word.
fn detail(kind: &EventKind) -> Option<String> {
    match kind {
        EventKind::Note { detail, .. } => detail.clone(),
        EventKind::Ended { reason, .. } | EventKind::Concluded { reason, .. } => Some(reason.as_str().to_owned()),
        EventKind::Queued { queue, .. } => queue.clone(),
        EventKind::RepresentativeJoined(who) => who.id.clone(),
        EventKind::RepresentativeLeft { representative, .. } => representative.as_ref().and_then(|who| who.id.clone()),
        // The representative's words are not for the timeline.
        EventKind::WrapUp(wrap_up) => wrap_up.code.clone(),
        EventKind::Survey { rating, scale_max } => Some(format!("{rating} of {scale_max}")),
        EventKind::Message(message) => message.not_shown(),
        EventKind::Accepted | EventKind::Typing { .. } => None,
    }
}
