//! When a session can be removed because its contact's data is to be erased.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{End, Opening, Session};

/// Within which time of a session's last write all that follows from it has arrived where it belongs: in its feed, at its
/// task. What arrived after its removal would be left behind.
pub const FOLLOWS_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// How long the removal of an ended session waits at most for its conversation to be closed: longer than closing is
/// tried unless a project says otherwise. After it, what closing needs goes along with the removal.
const CLOSING_WAITED_FOR: TimeDelta = TimeDelta::hours(26);

impl Session {
    /// Whether there is a conversation at the provider that has to be closed, once the session has ended.
    pub fn is_to_be_closed(&self) -> bool {
        let closed_there = self.end().is_some_and(End::provider_knows);
        self.opening == Opening::Opened && !self.closed && !closed_there && !self.brings_call()
    }

    /// Whether it can be removed before its time and leave nothing: it has ended, the provider knows, and nothing that
    /// follows from it is on its way any more.
    pub fn can_be_erased(&self, now: DateTime<Utc>) -> bool {
        let Some(end) = self.end() else { return false };
        let called = matches!(self.opening, Opening::Attempted { .. });
        let waits = (called || self.is_to_be_closed()) && now < end.at + CLOSING_WAITED_FOR;
        !waits && now >= self.updated_at + FOLLOWS_WITHIN
    }
}
