//! The timeline: what happened, when, by what cause, and whether it counted.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{OrderKey, SourceId};

/// One entry of a session's timeline. Entries stand in the order of their keys, not of their arrival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntry {
    /// Its place.
    pub key: OrderKey,
    /// Tells entries at the same place apart; the same for every repetition of the same event.
    pub source_id: SourceId,
    /// What happened, in the words of the events: `requested`, `queued`, `representative_joined` ….
    pub what: String,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// When it arrived here.
    pub received_at: DateTime<Utc>,
    /// Who or what made it happen.
    pub cause: Cause,
    /// More, for a person; never a message's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Whether it counted.
    pub effect: Effect,
}

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
}
