//! The end of a session, and what we ourselves write into its timeline.

use chrono::{DateTime, Utc};

use crate::{
    Cause, Change, Effect, End, EndReason, EndedBy, EventKind, HandedBack, OrderKey, Phase, SourceId, TimelineEntry,
    Transition, bounds,
};

/// Closes a live session. The record is kept for its retention time, from `now`; whoever ended holds no conversation.
pub(crate) fn close(transition: &mut Transition, end: End, now: DateTime<Utc>) {
    let session = &mut transition.session;
    session.newest_event_before_end = session.newest_event.filter(|_| end.cause != Cause::Provider);
    session.newest_event = session.newest_event.max(Some(end.key));
    session.expires_at = Some(session.lifetime.expiry_after_end(now));
    // Whatever was due before the end is due no more, and nobody waits for what was held up, unless closing waits for it.
    session.due_at = None;
    session.hold = None;
    revise_end(transition, end, now);
}

/// Puts an earlier end, of which the provider told later, in the place of the end. It is told again if that
/// changes what the agent has to go on with.
pub(crate) fn revise_end(transition: &mut Transition, end: End, now: DateTime<Utc>) {
    let session = &mut transition.session;
    let hand_back = |end: &End| (end.reason, end.by, session.trouble_with(end), session.representative_at(end));
    let is_same = |known: &End| hand_back(known) == hand_back(&end) && session.came_to(known) == session.came_to(&end);
    let is_told = session.end().is_some_and(is_same);
    session.phase = Phase::Over(end.clone());
    if is_told {
        transition.touch();
        return;
    }
    let (at, counts) = (end.at, session.counts);
    let representative = session.representative_at(&end);
    let version = transition.change(at, Change::Ended { end, counts, representative });
    transition.session.hand_back = Some(HandedBack { version, told_at: now, acknowledged_at: None });
}

/// The end that a request or an outcome of ours brings about: after all that is known, whatever the provider's clock says.
pub(crate) fn our_end(
    transition: &Transition,
    by: EndedBy,
    reason: EndReason,
    cause: Cause,
    now: DateTime<Utc>,
) -> End {
    let rank = EventKind::Ended { by, reason }.rank();
    let key = OrderKey::arriving(now, transition.session.newest_event, rank);
    End { at: now, reason, by, key, cause, concluded: false }
}

/// A timeline entry of something that we did or were asked to do. Where a change was told of it, it is that change's:
/// both have one number.
pub(crate) fn our_entry(
    transition: &mut Transition,
    what: &str,
    cause: Cause,
    detail: Option<String>,
    now: DateTime<Utc>,
) {
    let sequence = entry_number(transition);
    // The words are ours and the sequence a number, so this is always an identifier.
    let Ok(source_id) = SourceId::new(format!("{what}-{sequence}")) else { return };
    transition.enter(entry_of_ours(sequence, source_id, what, cause, detail, now));
}

/// An entry about something that we did or found.
pub(crate) fn entry_of_ours(
    sequence: u64,
    source_id: SourceId,
    what: &str,
    cause: Cause,
    detail: Option<String>,
    now: DateTime<Utc>,
) -> TimelineEntry {
    TimelineEntry {
        sequence,
        source_id,
        what: what.to_owned(),
        occurred_at: now,
        time_adjusted: false,
        received_at: now,
        cause,
        detail: detail.map(bounds::detail),
        effect: Effect::Applied,
        times: 1,
        step: None,
    }
}

/// The number of an entry about the change that was told last, or one of its own.
pub(crate) fn entry_number(transition: &mut Transition) -> u64 {
    match transition.session.changes.last() {
        Some(told) if told.sequence == transition.session.version => told.sequence,
        Some(_) | None => transition.number(),
    }
}
