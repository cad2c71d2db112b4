//! The provider's names of conversations, and events that come before their name is known.

use chrono::{DateTime, Utc};
use transfer_domain::{ProjectId, Provider, ProviderEvent, ProviderSessionId, TransferId};

use crate::{Store, StoreError};

/// What became of an event for an unknown conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parking {
    /// It is kept until the conversation is linked, for 15 minutes at most.
    Parked,
    /// The conversation is linked: apply the event to this session.
    Linked(TransferId),
}

impl Store {
    /// The session that a provider's name of a conversation belongs to.
    pub async fn find_linked(
        &self,
        project: &ProjectId,
        provider: Provider,
        name: &ProviderSessionId,
    ) -> Result<Option<TransferId>, StoreError> {
        let _ = (project, provider, name);
        Err(StoreError::unavailable())
    }

    /// Keeps an event for a conversation that is not linked yet; the same event again is kept once. Never both
    /// parked and linked: of a link and a parking at the same moment, one sees the other.
    pub async fn park(
        &self,
        project: &ProjectId,
        provider: Provider,
        name: &ProviderSessionId,
        event: &ProviderEvent,
        now: DateTime<Utc>,
    ) -> Result<Parking, StoreError> {
        let _ = (project, provider, name, event, now);
        Err(StoreError::unavailable())
    }

    /// The parked events of a conversation, in the order of their arrival.
    pub async fn parked(
        &self,
        project: &ProjectId,
        provider: Provider,
        name: &ProviderSessionId,
        now: DateTime<Utc>,
    ) -> Result<Vec<ProviderEvent>, StoreError> {
        let _ = (project, provider, name, now);
        Err(StoreError::unavailable())
    }

    /// Removes parked events that have been applied.
    pub async fn unpark(
        &self,
        project: &ProjectId,
        provider: Provider,
        name: &ProviderSessionId,
        events: &[ProviderEvent],
    ) -> Result<(), StoreError> {
        let _ = (project, provider, name, events);
        Err(StoreError::unavailable())
    }
}
