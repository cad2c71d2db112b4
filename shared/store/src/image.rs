//! Stream images: what a row of the table is, for those who follow its changes.

use serde_dynamo::{AttributeValue, Item};
use transfer_domain::{IntegrationHealth, Message, Session, SettledMessage};

use crate::keys::attribute;
use crate::{StoreError, rows};

/// What a row is: the value of its `type` attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowType {
    /// A session's record.
    Session,
    /// What a session's provider told.
    Facts,
    /// What a session was requested with.
    Request,
    /// The history that it was requested with.
    History,
    /// A message.
    Message,
    /// A timeline entry.
    Timeline,
    /// An event as it was published.
    Event,
    /// An identity that was seen.
    Seen,
    /// Which session is open for a conversation.
    Guard,
    /// An idempotency record.
    Idempotency,
    /// Which session a provider's name of a conversation belongs to.
    Link,
    /// Which session a call is of.
    Call,
    /// An event that waits for its link.
    Parked,
    /// A relayed callback that was taken.
    Relayed,
    /// A project's settings.
    Settings,
    /// An integration.
    Integration,
    /// How an integration's contact centre answers.
    Health,
    /// An event endpoint.
    Endpoint,
    /// How an event endpoint answers.
    EndpointHealth,
    /// What became of an event at an endpoint.
    Notice,
    /// Finds an integration by its id or partner event source.
    IntegrationLookup,
    /// An Inbox task.
    Task,
    /// That a session was erased, where its task stood.
    Erased,
}

impl RowType {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Session,
        Self::Facts,
        Self::Request,
        Self::History,
        Self::Message,
        Self::Timeline,
        Self::Event,
        Self::Seen,
        Self::Guard,
        Self::Idempotency,
        Self::Link,
        Self::Call,
        Self::Parked,
        Self::Relayed,
        Self::Settings,
        Self::Integration,
        Self::Health,
        Self::Endpoint,
        Self::EndpointHealth,
        Self::Notice,
        Self::IntegrationLookup,
        Self::Task,
        Self::Erased,
    ];

    /// The word in the table; event source mappings filter by it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Facts => "facts",
            Self::Request => "request",
            Self::History => "history",
            Self::Message => "message",
            Self::Timeline => "timeline",
            Self::Event => "event",
            Self::Seen => "seen",
            Self::Guard => "guard",
            Self::Idempotency => "idempotency",
            Self::Link => "link",
            Self::Call => "call",
            Self::Parked => "parked",
            Self::Relayed => "relayed",
            Self::Settings => "settings",
            Self::Integration => "integration",
            Self::Health => "health",
            Self::Endpoint => "endpoint",
            Self::EndpointHealth => "endpoint_health",
            Self::Notice => "notice",
            Self::IntegrationLookup => "integration_lookup",
            Self::Task => "task",
            Self::Erased => "erased",
        }
    }
}

/// What the row of an image is; `None` if this crate did not write it.
pub fn row_type(item: &Item) -> Option<RowType> {
    match item.get(attribute::TYPE) {
        Some(AttributeValue::S(word)) => RowType::ALL.iter().copied().find(|kind| kind.as_str() == word),
        _ => None,
    }
}

/// The session of an image; `None` if the row is of another type.
pub fn session_from_image(item: Item) -> Result<Option<Session>, StoreError> {
    if row_type(&item) == Some(RowType::Session) { rows::session_of(item).map(Some) } else { Ok(None) }
}

/// How a contact centre answers, by an image; `None` if the row is of another type.
pub fn health_from_image(mut item: Item) -> Result<Option<IntegrationHealth>, StoreError> {
    if row_type(&item) != Some(RowType::Health) {
        return Ok(None);
    }
    rows::take_value(&mut item, rows::value::HEALTH).map(Some)
}

/// The message of an image whose delivery is settled; `None` if the row is of another type or is not settled.
pub fn settled_from_image(mut item: Item) -> Result<Option<SettledMessage>, StoreError> {
    if row_type(&item) != Some(RowType::Message) {
        return Ok(None);
    }
    let settlement = rows::take_optional(&mut item, attribute::SETTLEMENT)?;
    let Some(settlement) = settlement else { return Ok(None) };
    let message: Message = rows::message_of(item)?;
    Ok(Some(SettledMessage { message, settlement }))
}
