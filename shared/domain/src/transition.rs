//! A decision, before it is written: what one conditional write will change.

use chrono::{DateTime, Utc};

use crate::{
    Change, Conversation, Message, ProviderFacts, ProviderSessionId, SequencedChange, Session, SourceId, Standing,
    Status, TimelineEntry,
};

/// Everything that one write commits. The store expresses it as one transaction that holds only if the session
/// is still at `based_on` and has not expired.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    /// The version that the decision was made on.
    pub based_on: u64,
    /// The session after it.
    pub session: Session,
    /// Whether the session itself changes; else the write only adds the rows below.
    pub touches_session: bool,
    /// What the provider told, where the decision was made on it and changed it.
    pub facts: Option<ProviderFacts>,
    /// New or acknowledged messages.
    pub messages: Vec<MessageWrite>,
    /// New timeline entries.
    pub timeline: Vec<TimelineEntry>,
    /// Identities that must not have been seen before.
    pub seen: Vec<SourceId>,
    /// The provider's names of the conversation that became known.
    pub links: Vec<ProviderSessionId>,
    /// How many of the events came from beyond the session's end, so that they change nothing that it stands for.
    pub after_end: usize,
    /// Whether it is the end of a session whose time is over: the one thing that is written to it then.
    pub ends_expired: bool,
    /// Where the session stood at the newest entry of the timeline, else before the decision.
    pub(crate) told: Standing,
}

/// One message row of a transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageWrite {
    /// A new message; its identity must be new in its direction.
    New(Message),
    /// A message that came further at the contact.
    Acknowledged(Message),
}

impl Transition {
    /// A decision that so far changes nothing.
    pub(crate) fn of(session: &Session) -> Self {
        let told = Standing::of(session);
        let mut session = session.clone();
        let based_on = session.version;
        session.changes.clear();
        Self {
            based_on,
            session,
            touches_session: false,
            facts: None,
            messages: Vec::new(),
            timeline: Vec::new(),
            seen: Vec::new(),
            links: Vec::new(),
            after_end: 0,
            ends_expired: false,
            told,
        }
    }

    /// Adds a change and gives it the next sequence.
    pub(crate) fn change(&mut self, occurred_at: DateTime<Utc>, change: Change) -> u64 {
        self.change_while(self.session.status(), occurred_at, change)
    }

    /// Adds a change from when the session stood elsewhere than it does now.
    pub(crate) fn change_while(&mut self, status: Status, occurred_at: DateTime<Utc>, change: Change) -> u64 {
        let sequence = self.number();
        self.session.changes.push(SequencedChange { sequence, occurred_at, status, change });
        sequence
    }

    /// The next number of the session, for something that nothing else is to have the number of: what is accepted
    /// later has a higher one, so a reader who has read up to a number misses nothing.
    pub(crate) fn number(&mut self) -> u64 {
        self.touches_session = true;
        self.session.version += 1;
        self.session.version
    }

    /// Notes that the session's record changes without a change that anybody outside must know.
    pub(crate) fn touch(&mut self) {
        self.touches_session = true;
    }

    /// Changes what the provider told; it was `before` so far, and is kept where it is if it stays that.
    pub(crate) fn tell(&mut self, before: &ProviderFacts, facts: ProviderFacts) {
        if facts != *before {
            self.facts = Some(facts);
            self.touch();
        }
    }

    /// Closes the decision: a touched session gets its time, its next moment to be looked at and, if no change did, a
    /// new version.
    pub(crate) fn finish(mut self, now: DateTime<Utc>) -> Self {
        if self.touches_session {
            self.session.updated_at = now;
        }
        self.finish_unseen(now)
    }

    /// As [`Self::finish`], of a decision that is nobody's news: its time is not that of a change.
    pub(crate) fn finish_unseen(mut self, now: DateTime<Utc>) -> Self {
        if self.touches_session {
            if self.session.version == self.based_on {
                self.session.version += 1;
            }
            self.leave_untold(Standing::of(&self.session));
            if self.facts.is_some() {
                self.session.facts_version = self.session.version;
            }
            self.session.arm(now);
        }
        self
    }

    /// The conversation after the decision, which was made on `before`.
    pub fn conversation(&self, before: &ProviderFacts) -> Conversation {
        let facts = self.facts.clone().unwrap_or_else(|| before.clone());
        Conversation { session: self.session.clone(), facts }
    }

    /// Whether there is anything to write.
    pub fn is_empty(&self) -> bool {
        !self.touches_session && self.messages.is_empty() && self.timeline.is_empty() && self.seen.is_empty()
    }
}
