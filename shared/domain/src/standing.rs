//! Where a session stood after each entry of its timeline, and how that is read from the entries again.
//!
//! An entry keeps where the session stood before and after it, and those of its aspects that changed since the entry
//! before: not everything that changes a session has an entry of its own (a message of a representative proves that one
//! has joined), so the session remembers which aspects the timeline does not tell yet. Folding the entries up to one gives
//! where the session stood right after it.

use serde::{Deserialize, Serialize};

use crate::{
    EndReason, EndedBy, Outcome, ProviderSessionId, Queue, Representative, Session, Status, TimelineEntry, Transition,
};

/// Where a session stands, as far as its timeline tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The status.
    pub status: Status,
    /// The queue it is or was in.
    pub queue: Queue,
    /// The human who is or was connected.
    pub representative: Option<Representative>,
    /// The provider's name of the conversation.
    pub provider_session_id: Option<ProviderSessionId>,
    /// How it ended.
    pub end: Option<EndStanding>,
    /// Whether nobody knows if the provider took it.
    pub unconfirmed: bool,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndStanding {
    /// Why.
    pub reason: EndReason,
    /// Who did it.
    pub by: EndedBy,
    /// What became of it.
    pub outcome: Option<Outcome>,
}

/// One aspect of a standing that an entry tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Aspect {
    Queue(Queue),
    Representative(Option<Representative>),
    ProviderSessionId(Option<ProviderSessionId>),
    End(Option<EndStanding>),
    Unconfirmed(bool),
}

/// What an entry tells of where the session stood. Kept short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The status before what the entry is about.
    pub from: Status,
    /// The status after it.
    pub to: Status,
    /// The aspects that changed since the entry before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    now: Vec<Aspect>,
    /// Whether these are all that there are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    whole: bool,
}

/// Which aspects of a session its timeline does not tell yet, a bit each, in the order of `Aspect`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untold(u8);

impl Untold {
    const ALL: Self = Self(0b1_1111);

    /// In which two standings differ, beside the status.
    fn between(one: &Standing, other: &Standing) -> Self {
        let differs = [
            one.queue != other.queue,
            one.representative != other.representative,
            one.provider_session_id != other.provider_session_id,
            one.end != other.end,
            one.unconfirmed != other.unconfirmed,
        ];
        Self(differs.iter().rev().fold(0, |bits, differs| bits << 1 | u8::from(*differs)))
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn of(self, standing: &Standing) -> Vec<Aspect> {
        let Standing { queue, representative, provider_session_id, end, unconfirmed, .. } = standing.clone();
        let all = [
            Aspect::Queue(queue),
            Aspect::Representative(representative),
            Aspect::ProviderSessionId(provider_session_id),
            Aspect::End(end),
            Aspect::Unconfirmed(unconfirmed),
        ];
        (0..).zip(all).filter(|(bit, _)| self.0 >> bit & 1 == 1).map(|(_, aspect)| aspect).collect()
    }
}

impl Standing {
    /// Where a session stands.
    pub fn of(session: &Session) -> Self {
        Self {
            status: session.status(),
            queue: session.queue(),
            representative: session.representative(),
            provider_session_id: session.provider_session_id().cloned(),
            end: session.end().map(|end| EndStanding { reason: end.reason, by: end.by, outcome: session.outcome() }),
            unconfirmed: session.is_unconfirmed(),
        }
    }

    /// Where it stood when it was requested.
    fn at_creation(session: &Session) -> Self {
        let name = session.requested_queue.as_str().to_owned();
        Self {
            status: Status::Pending,
            queue: Queue { name, position: None, estimated_wait_seconds: None },
            representative: None,
            provider_session_id: None,
            end: None,
            unconfirmed: false,
        }
    }

    fn take(&mut self, step: &Step) {
        self.status = step.to;
        for aspect in &step.now {
            match aspect.clone() {
                Aspect::Queue(queue) => self.queue = queue,
                Aspect::Representative(representative) => self.representative = representative,
                Aspect::ProviderSessionId(name) => self.provider_session_id = name,
                Aspect::End(end) => self.end = end,
                Aspect::Unconfirmed(unconfirmed) => self.unconfirmed = unconfirmed,
            }
        }
    }

    /// Where a session stood right after the last of its first entries, which are in their order and begin with that of
    /// its creation; `None` where one of them was written without telling that.
    pub fn after<'a>(session: &Session, first: impl IntoIterator<Item = &'a TimelineEntry>) -> Option<Self> {
        let mut standing = Some(Self::at_creation(session));
        for entry in first {
            match &entry.step {
                Some(step) if step.whole => standing.insert(Self::at_creation(session)).take(step),
                Some(step) => {
                    if let Some(standing) = &mut standing {
                        standing.take(step);
                    }
                }
                None if entry.is_creation() => {}
                None => standing = None,
            }
        }
        standing
    }
}

impl Transition {
    /// Adds an entry to the timeline, about what was decided since the one before.
    pub(crate) fn enter(&mut self, entry: TimelineEntry) {
        let (now, known) = (Standing::of(&self.session), self.session.untold);
        let untold = known.unwrap_or(Untold::ALL).and(Untold::between(&self.told, &now));
        let step = Step { from: self.told.status, to: now.status, now: untold.of(&now), whole: untold == Untold::ALL };
        self.session.untold = Some(Untold::default());
        self.told = now;
        self.timeline.push(TimelineEntry { step: Some(step), ..entry });
    }

    /// As [`Self::enter`], of an entry whose place the next one of its kind takes: what it tells must be told again.
    pub(crate) fn enter_again(&mut self, entry: TimelineEntry) {
        let now = Standing::of(&self.session);
        let step = Step { from: self.told.status, to: now.status, now: Untold::ALL.of(&now), whole: true };
        self.leave_untold(now);
        self.timeline.push(TimelineEntry { step: Some(step), ..entry });
    }

    /// Remembers what changed without an entry.
    pub(crate) fn leave_untold(&mut self, now: Standing) {
        if let Some(known) = &mut self.session.untold {
            *known = known.and(Untold::between(&self.told, &now));
        }
        self.told = now;
    }
}
