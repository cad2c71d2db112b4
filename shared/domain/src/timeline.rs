//! The timeline: what happened, when, by what cause, and whether it counted.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Session, SourceId, Status, Step};

/// One entry of a session's timeline. Entries stand in the order of their acceptance, so that a reader who goes on from
/// where it stopped misses none; `occurred_at` tells the order in which things happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntry {
    /// Its place: unique within the session and rising.
    pub sequence: u64,
    /// The same for every repetition of the same event.
    pub source_id: SourceId,
    /// What happened, in the words of the events: `requested`, `queued`, `representative_joined` ….
    pub what: String,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// Whether the sender told a time out of bounds, and the nearest bound stands for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub time_adjusted: bool,
    /// When it arrived here.
    pub received_at: DateTime<Utc>,
    /// Who or what made it happen.
    pub cause: Cause,
    /// More, for a person; never a message's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Whether it counted.
    pub effect: Effect,
    /// How many times it happened, in a row and in the same way: they are one entry, with the place and the time of the
    /// last.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u32,
    /// Where the session stood before and after it, where it was written with that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
}

impl TimelineEntry {
    /// Whether it is the one that follows from the session itself.
    pub(crate) const fn is_creation(&self) -> bool {
        self.sequence == FIRST_SEQUENCE
    }

    /// The status before and after what it is about, where that changed it and is known.
    pub fn moved(&self) -> Option<(Option<Status>, Status)> {
        match &self.step {
            None if self.is_creation() => Some((None, Status::Pending)),
            None => None,
            Some(step) => (step.from != step.to).then_some((Some(step.from), step.to)),
        }
    }
}

const fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
const fn is_once(times: &u32) -> bool {
    *times == once()
}

impl Session {
    /// The timeline's first entry, which follows from the session itself and is not kept.
    pub fn requested_entry(&self) -> Option<TimelineEntry> {
        let what = "requested";
        Some(TimelineEntry {
            sequence: FIRST_SEQUENCE,
            source_id: SourceId::new(format!("{what}-{FIRST_SEQUENCE}")).ok()?,
            what: what.to_owned(),
            occurred_at: self.created_at,
            time_adjusted: false,
            received_at: self.created_at,
            cause: Cause::Api,
            detail: None,
            effect: Effect::Applied,
            times: once(),
            step: None,
        })
    }
}

/// The sequence of a session's creation.
const FIRST_SEQUENCE: u64 = 1;

/// Who or what made something happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A request to our API.
    Api,
    /// An event from the provider.
    Provider,
    /// The outcome of a call that we made.
    Delivery,
    /// The clock.
    Clock,
    /// The fallback plan of the request.
    Fallback,
}

/// Whether something counted, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", content = "why", rename_all = "snake_case")]
pub enum Effect {
    /// It changed the session.
    Applied,
    /// It did not change where the session stands.
    Ignored(Ignored),
}

/// Why an event did not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ignored {
    /// A newer event already said where the session stands.
    Older,
    /// The session had ended.
    AfterEnd,
    /// It tells something that has no effect on a session.
    NoEffect,
    /// The end that was read from it can be read only while nobody has joined.
    SomebodyJoined,
}
