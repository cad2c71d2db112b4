//! Stream images: what a row of the table is, for those who follow its changes.

use serde_dynamo::Item;
use transfer_domain::Session;

use crate::StoreError;

/// What a row is: the value of its `type` attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowType {
    /// A session's record.
    Session,
    /// What the representative is told at the opening.
    Briefing,
    /// A message.
    Message,
    /// A timeline entry.
    Timeline,
    /// An identity that was seen.
    Seen,
    /// Which session is open for a conversation.
    Guard,
    /// An idempotency record.
    Idempotency,
    /// Which session a provider's name of a conversation belongs to.
    Link,
    /// An event that waits for its link.
    Parked,
    /// A project's settings.
    Settings,
    /// An integration.
    Integration,
    /// Finds an integration by its id or partner event source.
    IntegrationLookup,
    /// An Inbox task.
    Task,
}

/// What the row of an image is; `None` if this crate did not write it.
pub fn row_type(item: &Item) -> Option<RowType> {
    let _ = item;
    None
}

/// The session of an image; `None` if the row is of another type.
pub fn session_from_image(item: Item) -> Result<Option<Session>, StoreError> {
    let _ = item;
    Err(StoreError::unavailable())
}
