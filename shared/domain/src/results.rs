//! What our calls to the provider came to.

use chrono::{DateTime, SubsecRound as _, Utc};
use serde_json::{Map, Value};

use crate::bounds::{self, MAX_NAME_BYTES};
use crate::close::{close, entry_number, entry_of_ours, our_end, our_entry};
use crate::names::Naming;
use crate::{
    Cause, Change, Conversation, EndReason, EndedBy, Facts, Hold, Integration, Opening, OrderKey, ProviderSessionId,
    Representative, Session, SourceId, Status, TimelineEntry, Transition,
};

/// What an opening call came to (`docs/contracts/README.md`, "Outcomes of calls").
#[derive(Debug, Clone, PartialEq)]
pub enum OpenResult {
    /// The provider took it.
    Opened {
        /// Its name of the conversation, if told already.
        provider_session_id: Option<ProviderSessionId>,
        /// What may be shown.
        provider_data: Map<String, Value>,
        /// What later calls need.
        provider_state: Map<String, Value>,
    },
    /// The call surely had no effect and may be repeated.
    NotSent,
    /// Nobody knows whether the provider took it.
    Unknown {
        /// What was answered instead; no personal data.
        why: String,
    },
    /// The provider refused it, or we gave up: the session ends.
    Failed {
        /// Why.
        reason: EndReason,
        /// More, for the timeline; no personal data.
        detail: String,
    },
}

impl OpenResult {
    /// The same without a name of the conversation.
    #[must_use]
    pub fn nameless(self) -> Self {
        match self {
            Self::Opened { provider_data, provider_state, .. } => {
                Self::Opened { provider_session_id: None, provider_data, provider_state }
            }
            other @ (Self::NotSent | Self::Unknown { .. } | Self::Failed { .. }) => other,
        }
    }
}

/// What was answered to a call that was cut off.
const CUT_OFF: &str = "its answer never came";

/// What the timeline says of an opening of which nobody knows what it did.
fn unconfirmed(why: &str) -> String {
    format!(
        "{why}; the contact centre may have taken it, so it is not asked again: that could open a second conversation"
    )
}

/// What must happen with an opening that is to be carried out, once its transition is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenStep {
    /// Make the call.
    Call,
    /// Do not call: there is nothing to open any more, or an earlier call was cut off and its result is unknown.
    Settle,
}

/// Decides what to do with an opening: a call is recorded before it is made, with where it goes and what was prepared
/// for it, because a call whose answer is lost needs both later; one whose result was never recorded is not repeated.
/// `None` if there is nothing to do.
pub fn begin_open(
    conversation: &Conversation,
    integration: &Integration,
    prepared: Map<String, Value>,
    now: DateTime<Utc>,
) -> Option<(OpenStep, Transition)> {
    let Opening::Requested { attempts } = conversation.opening else {
        return Some((OpenStep::Settle, settle_open(conversation, now)?));
    };
    if conversation.is_ended() {
        return Some((OpenStep::Settle, settle_open(conversation, now)?));
    }
    let mut transition = Transition::of(&conversation.session);
    transition.session.opening = Opening::Attempted { attempts: attempts + 1 };
    transition.session.target = integration.targets.first().cloned().unwrap_or_default();
    transition.touch();
    let mut facts = conversation.facts.clone();
    facts.state.extend(prepared);
    transition.tell(&conversation.facts, facts);
    Some((OpenStep::Call, transition.finish(now)))
}

/// Settles an opening that is not to be begun, or was begun before and cut off: it has an outcome already, or never will
/// have one. `None` if there is nothing to settle.
pub fn settle_open(conversation: &Conversation, now: DateTime<Utc>) -> Option<Transition> {
    match conversation.opening {
        Opening::Requested { .. } if conversation.is_ended() => {
            let mut transition = Transition::of(&conversation.session);
            transition.session.opening = Opening::Abandoned;
            transition.touch();
            Some(transition.finish(now))
        }
        Opening::Attempted { .. } => {
            Some(record_open(conversation, OpenResult::Unknown { why: CUT_OFF.to_owned() }, None, now))
        }
        Opening::Requested { .. } | Opening::Opened | Opening::Unconfirmed | Opening::Abandoned => None,
    }
}

/// Decides whether an opening is followed by a further call, and which. That it is made is recorded before it is made,
/// and one whose result was never recorded is not repeated: the conversation stands without it.
pub fn begin_further_call(session: &Session, now: DateTime<Utc>) -> Option<(u8, Transition)> {
    let call = session.next_opening_call?;
    let mut transition = Transition::of(session);
    transition.session.next_opening_call = None;
    transition.touch();
    // Somebody took the conversation up, or nobody needs it any more.
    let wanted = session.opening == Opening::Opened && session.status() == Status::Pending && !session.is_expired(now);
    wanted.then(|| (call, transition.finish(now)))
}

/// Records that the opening is to be followed by a further call; `None` if nobody needs it any more.
pub fn expect_further_call(session: &Session, call: u8, now: DateTime<Utc>) -> Option<Transition> {
    let mut transition = Transition::of(session);
    transition.session.next_opening_call = Some(call);
    transition.touch();
    (!session.is_ended()).then(|| transition.finish(now))
}

/// Ends a session whose opening was not begun, because the provider said that nobody would take it; `None` if it is not
/// like that any more.
pub fn nobody_there(
    conversation: &Conversation,
    reason: EndReason,
    detail: String,
    now: DateTime<Utc>,
) -> Option<Transition> {
    let waits = matches!(conversation.opening, Opening::Requested { .. }) && !conversation.is_ended();
    waits.then(|| record_open(conversation, OpenResult::Failed { reason, detail }, None, now))
}

/// Records what an opening call came to, and which further call it is to be followed by, if it went well.
pub fn record_open(
    conversation: &Conversation,
    outcome: OpenResult,
    next_call: Option<u8>,
    now: DateTime<Utc>,
) -> Transition {
    let session = &conversation.session;
    let mut facts = conversation.facts.clone();
    let mut transition = Transition::of(session);
    if !session.is_ended() && next_call.is_some() {
        transition.session.next_opening_call = next_call;
        transition.touch();
    }
    let attempts = match session.opening {
        Opening::Requested { attempts } | Opening::Attempted { attempts } => attempts,
        Opening::Opened | Opening::Unconfirmed | Opening::Abandoned => 0,
    };
    match outcome {
        OpenResult::Opened { provider_session_id, provider_data, provider_state } => {
            facts.data.extend(provider_data);
            facts.state.extend(provider_state);
            opened(&mut transition, provider_session_id, now);
            transition.session.called(now);
            transition.session.hold = None;
            transition.touch();
        }
        // A sign of life that came meanwhile knows better than a failed call.
        OpenResult::NotSent | OpenResult::Unknown { .. } | OpenResult::Failed { .. }
            if session.opening == Opening::Opened => {}
        OpenResult::NotSent => {
            transition.session.opening = Opening::Requested { attempts };
            // Nobody was told of it: the next attempt goes where the integration points then, prepared anew.
            transition.session.target.clear();
            facts.state = Facts::default();
            transition.touch();
        }
        OpenResult::Unknown { why } => {
            transition.session.opening = Opening::Unconfirmed;
            transition.session.called(now);
            transition.session.hold = None;
            transition.touch();
            if !session.is_ended() {
                transition.change(now, Change::Delayed { hold: Hold::unconfirmed(&why, now), unconfirmed: true });
            }
            our_entry(&mut transition, "unconfirmed", Cause::Delivery, Some(unconfirmed(&why)), now);
        }
        OpenResult::Failed { reason, detail } => {
            transition.session.opening = Opening::Abandoned;
            transition.touch();
            if !session.is_ended() {
                let end = our_end(&transition, EndedBy::System, reason, Cause::Delivery, now);
                close(&mut transition, end, now);
                our_entry(&mut transition, "ended", Cause::Delivery, Some(detail), now);
            }
        }
    }
    transition.tell(&conversation.facts, facts);
    transition.finish(now)
}

impl Session {
    /// Remembers since when its first event is waited for.
    fn called(&mut self, now: DateTime<Utc>) {
        self.marks.called = self.lifetime.timers.first_event_seconds.map(|_| now.trunc_subsecs(0));
    }
}

fn opened(transition: &mut Transition, name: Option<ProviderSessionId>, now: DateTime<Utc>) {
    if let Some(name) = name
        && transition.session.names.tell(&name, OrderKey::FIRST) == Naming::New
    {
        transition.links.push(name);
        transition.change(now, Change::Linked);
    }
    let known = transition.session.opening == Opening::Opened;
    transition.session.opening = Opening::Opened;
    if !known && !transition.session.is_ended() {
        let provider_session_id = transition.session.provider_session_id().cloned();
        transition.change(now, Change::Accepted { provider_session_id });
        our_entry(transition, "accepted", Cause::Delivery, None, now);
    }
}

/// Ends a live session because of something that we found: the provider has no such conversation any more, or a
/// command kept failing.
pub fn end_by_result(session: &Session, reason: EndReason, detail: String, now: DateTime<Utc>) -> Option<Transition> {
    if session.is_ended() || session.is_expired(now) {
        return None;
    }
    let mut transition = Transition::of(session);
    let end = our_end(&transition, EndedBy::System, reason, Cause::Delivery, now);
    close(&mut transition, end, now);
    our_entry(&mut transition, "ended", Cause::Delivery, Some(detail), now);
    Some(transition.finish(now))
}

/// Records that the provider's conversation is about to be closed, or that an attempt at it surely had no effect; `None`
/// if that is recorded already.
pub fn mark_closing(session: &Session, attempted: bool, now: DateTime<Utc>) -> Option<Transition> {
    if session.closing_attempted == attempted {
        return None;
    }
    let mut transition = Transition::of(session);
    transition.session.closing_attempted = attempted;
    if attempted {
        let detail = "the contact centre is told that the conversation is over".to_owned();
        our_entry(&mut transition, "closing", Cause::Delivery, Some(detail), now);
    } else {
        transition.touch();
    }
    Some(transition.finish(now))
}

/// Tells, once, that the provider says it does not know the conversation of an open session. It is not ended for that:
/// what may be asked and what may be said are two rights at some providers.
pub fn unknown_there(session: &Session, what: &str, now: DateTime<Utc>) -> Option<Transition> {
    if session.marks.unknown_there || session.is_ended() {
        return None;
    }
    let mut transition = Transition::of(session);
    transition.session.marks.unknown_there = true;
    transition.change(now, Change::UnknownThere { why: what.to_owned() });
    our_entry(&mut transition, "unknown_there", Cause::Delivery, Some(what.to_owned()), now);
    Some(transition.finish(now))
}

/// Notes that so many messages of the contact, of which this is the first, are not delivered and will not be. Repeated, it
/// is one entry.
pub fn not_delivered(session: &Session, first: u64, times: u32, why: &str, now: DateTime<Utc>) -> Option<Transition> {
    let mut transition = Transition::of(session);
    let sequence = entry_number(&mut transition);
    let source_id = SourceId::new(format!("not-delivered-{first}")).ok()?;
    let detail = Some(why.to_owned());
    let entry = entry_of_ours(sequence, source_id, "messages_failed", Cause::Delivery, detail, now);
    transition.enter_again(TimelineEntry { times, ..entry });
    Some(transition.finish(now))
}

/// Records that nothing is to be closed at the provider any more; `None` if that is known.
pub fn closed(session: &Session, now: DateTime<Utc>) -> Option<Transition> {
    if session.closed || !session.is_ended() {
        return None;
    }
    let mut transition = Transition::of(session);
    transition.session.closed = true;
    let hold = transition.session.hold.take();
    transition.touch();
    if hold.is_none() {
        return Some(transition.finish_unseen(now));
    }
    our_entry(&mut transition, "closed", Cause::Delivery, None, now);
    Some(transition.finish(now))
}

/// Records that the provider's conversation could not be closed, and is not tried to be any more.
pub fn not_closed(session: &Session, why: String, now: DateTime<Utc>) -> Transition {
    let mut transition = Transition::of(session);
    transition.session.closed = true;
    transition.session.hold = None;
    transition.touch();
    our_entry(&mut transition, "not_closed", Cause::Delivery, Some(why), now);
    transition.finish(now)
}

/// Records the name of a representative whom the provider's events identified by id only; `None` if that changes
/// nothing. It is told only while the person is connected.
pub fn name_representative(session: &Session, id: &str, name: &str, now: DateTime<Utc>) -> Option<Transition> {
    let mut transition = Transition::of(session);
    let session = &mut transition.session;
    let known = session.signals.clone();
    let mut name = name.to_owned();
    bounds::cut(&mut name, MAX_NAME_BYTES);
    session.signals.named(id, &name);
    if session.is_ended() || session.signals == known {
        return None;
    }
    transition.touch();
    if transition.session.signals.is_connected(id) {
        let who = Representative { id: Some(id.to_owned()), name: None };
        let representative = Some(transition.session.signals.known(&who));
        transition.change(now, Change::RepresentativeJoined { representative });
    }
    Some(transition.finish(now))
}
