//! Rows: how each thing looks as attributes.
//!
//! Of a session stands in attributes of their own what conditions and indexes need; the rest is one document. What
//! callers and providers may fill with anything is kept as JSON text: DynamoDB refuses empty names, numbers beyond 38
//! digits and more than 32 levels, all of which are legal JSON.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::Item;
use transfer_domain::{
    Conversation, HistoryTurn, Message, ProjectId, ProviderFacts, Representative, Session, Task, TimelineEntry,
    TransferId, TransferRequest,
};

use crate::columns::{handed_back, labels};
use crate::document::Document;
use crate::keys::{
    BACKSTOP, DUE_SHARDS, Key, ListKind, SEEN_FOR, attribute, contact_key, contact_prefix, due_key, list_key, shard,
    transfer_of,
};
use crate::packed::{take_packed, with_packed};
use crate::{RowType, StoreError};

/// A row as the SDK knows it.
pub(crate) type Row = HashMap<String, AttributeValue>;

/// Attributes that hold the value of their row.
pub(crate) mod value {
    pub(crate) const SESSION: &str = "session";
    pub(crate) const FACTS: &str = "facts";
    pub(crate) const REQUEST: &str = "request";
    pub(crate) const HISTORY: &str = "history";
    pub(crate) const MESSAGE: &str = "message";
    pub(crate) const ENTRY: &str = "entry";
    pub(crate) const EVENT: &str = "event";
    pub(crate) const SETTINGS: &str = "settings";
    pub(crate) const INTEGRATION: &str = "integration";
    pub(crate) const HEALTH: &str = "health";
    pub(crate) const ENDPOINT: &str = "endpoint";
    pub(crate) const NOTICE: &str = "notice";
    pub(crate) const FINGERPRINT: &str = "fingerprint";
    pub(crate) const ARRIVAL: &str = "arrival";
    pub(crate) const SEQUENCE: &str = "sequence";
    pub(crate) const EARLIER: &str = "earlier";
    pub(crate) const IDEMPOTENCY: &str = "idempotency";
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A row with nothing but its key and type.
pub(crate) fn bare(key: Key, kind: RowType) -> Row {
    HashMap::from([
        (attribute::PK.to_owned(), text(key.pk)),
        (attribute::SK.to_owned(), text(key.sk)),
        (attribute::TYPE.to_owned(), text(kind.as_str())),
    ])
}

/// A row that is removed with its session, written at this moment.
pub(crate) fn hanging(key: Key, kind: RowType, now: DateTime<Utc>) -> Row {
    let mut row = bare(key, kind);
    row.insert(attribute::EXPIRES_AT.to_owned(), number((now + BACKSTOP).timestamp()));
    row
}

pub(crate) fn session_row(session: &Session) -> Result<Row, StoreError> {
    let transfer = session.transfer_id();
    let project = &session.project_id;
    let mut row = bare(Key::session(project, transfer), RowType::Session);
    row.extend(columns(session)?);
    if !session.is_shown_to_nobody() {
        let list_shard = shard(transfer, session.list_shards.get());
        let list = list_key(project, ListKind::Session(session.status()), list_shard);
        row.insert(attribute::LIST_KEY.to_owned(), text(list));
    }
    if session.is_watched() {
        row.insert(attribute::DUE_KEY.to_owned(), text(due_key(shard(transfer, DUE_SHARDS))));
    }
    if let Some(at) = session.due_at {
        row.insert(attribute::DUE_AT.to_owned(), number(at.timestamp()));
    }
    Ok(row)
}

/// What tells all of a session, and what lists show of it.
pub(crate) fn columns(session: &Session) -> Result<Row, StoreError> {
    let queue = session.queue();
    let mut row = labels(&session.labels);
    row.extend([
        (attribute::VERSION.to_owned(), number(session.version)),
        (attribute::CONTACT_KEY.to_owned(), text(contact_key(&session.project_id, &session.contact_id))),
        (attribute::AGENT.to_owned(), text(session.agent.as_str())),
        (attribute::PROVIDER.to_owned(), text(session.provider.as_str())),
        (attribute::CONVERSATION.to_owned(), text(session.session_id.conversation.as_str())),
        (attribute::CHANNEL.to_owned(), text(session.channel().as_str())),
        (attribute::QUEUE_NAME.to_owned(), text(&queue.name)),
        (attribute::CREATED_AT.to_owned(), number(session.created_at.timestamp_millis())),
        (value::SESSION.to_owned(), text(json(&Document::of(session))?)),
    ]);
    let mut put = |name: &str, value: Option<AttributeValue>| row.extend(value.map(|value| (name.to_owned(), value)));
    put(attribute::QUEUE_POSITION, queue.position.map(number));
    put(attribute::QUEUE_WAIT, queue.estimated_wait_seconds.map(number));
    put(attribute::ENDED_AT, session.end().map(|end| number(end.at.timestamp_millis())));
    put(attribute::END_REASON, session.end().map(|end| text(end.reason.as_str())));
    put(attribute::OUTCOME, session.outcome().map(|outcome| text(outcome.as_str())));
    put(attribute::HAND_BACK, session.hand_back.map(|handed| handed_back(&handed, session.created_at)));
    put(attribute::UNCONFIRMED, session.is_unconfirmed().then_some(AttributeValue::Bool(true)));
    put(attribute::REPRESENTATIVE, session.representative().and_then(shown_name).map(text));
    put(attribute::PRIORITY, Some(number(session.priority.get())));
    put(attribute::EXPIRES_AT, session.expires_at.map(|at| number(at.timestamp())));
    Ok(row)
}

/// How a list names somebody.
fn shown_name(representative: Representative) -> Option<String> {
    representative.name.or(representative.id)
}

pub(crate) fn session_of(mut item: Item) -> Result<Session, StoreError> {
    let (project, transfer) = owner(&mut item)?;
    session_from(&project, transfer, item)
}

/// The session of its columns, which may stand in another row than its own.
pub(crate) fn session_from(project: &ProjectId, transfer: TransferId, mut item: Item) -> Result<Session, StoreError> {
    let document: Document<'static> = take_json(&mut item, value::SESSION)?;
    document.session(project, transfer, item)
}

/// Whose session a row of a session's partition belongs to, by its key.
pub(crate) fn owner(item: &mut Item) -> Result<(ProjectId, TransferId), StoreError> {
    let pk: String = take_value(item, attribute::PK)?;
    let corrupt = StoreError::corrupt(attribute::PK);
    let project = pk.split('#').next().and_then(|project| project.parse().ok());
    project.zip(transfer_of(&pk)).ok_or(corrupt)
}

/// As [`owner`], of a row that holds nothing else that matters.
pub(crate) fn owner_of(mut item: Item) -> Result<(ProjectId, TransferId), StoreError> {
    owner(&mut item)
}

/// The contact of a session's columns.
pub(crate) fn take_contact<T: std::str::FromStr>(item: &mut Item, project: &ProjectId) -> Result<T, StoreError> {
    let key: String = take_value(item, attribute::CONTACT_KEY)?;
    let contact = key.strip_prefix(&contact_prefix(project)).and_then(|contact| contact.parse().ok());
    contact.ok_or(StoreError::corrupt(attribute::CONTACT_KEY))
}

pub(crate) fn facts_row(session: &Session, facts: &ProviderFacts) -> Result<Row, StoreError> {
    let key = Key::facts(&session.project_id, session.transfer_id());
    let mut row = hanging(key, RowType::Facts, session.updated_at);
    row.insert(attribute::VERSION.to_owned(), number(session.facts_version));
    with_packed(row, value::FACTS, facts)
}

/// The facts that a session was written with, or newer ones. Of a transaction that is just being written, one row may be
/// seen before the other.
pub(crate) fn facts_with(session: &Session, mut item: Item) -> Result<ProviderFacts, StoreError> {
    let version: u64 = take_value(&mut item, attribute::VERSION)?;
    if version < session.facts_version { Err(StoreError::unavailable()) } else { facts_of(item) }
}

pub(crate) fn facts_of(mut item: Item) -> Result<ProviderFacts, StoreError> {
    take_packed(&mut item, value::FACTS)
}

/// What a session was requested with, without the history, which only its opening needs.
pub(crate) fn request_row(session: &Session, request: &TransferRequest) -> Result<Row, StoreError> {
    let key = Key::request(&session.project_id, session.transfer_id());
    let mut kept = request.clone();
    kept.briefing.history = Vec::new();
    with_packed(hanging(key, RowType::Request, session.created_at), value::REQUEST, &kept)
}

pub(crate) fn request_of(mut item: Item) -> Result<TransferRequest, StoreError> {
    take_packed(&mut item, value::REQUEST)
}

/// The history; `None` if there is none.
pub(crate) fn history_row(session: &Session, history: &[HistoryTurn]) -> Result<Option<Row>, StoreError> {
    if history.is_empty() {
        return Ok(None);
    }
    let key = Key::history(&session.project_id, session.transfer_id());
    with_packed(hanging(key, RowType::History, session.created_at), value::HISTORY, &history).map(Some)
}

pub(crate) fn task_row(task: &Task) -> Result<Row, StoreError> {
    let mut row = open_row(task, RowType::Task)?;
    row.extend(bare(Key::task(&task.project_id, task.task_id), RowType::Task));
    let list_shard = shard(task.task_id, task.list_shards.get());
    let list = list_key(&task.project_id, ListKind::Task(task.status), list_shard);
    row.insert(attribute::LIST_KEY.to_owned(), text(list));
    Ok(row)
}

pub(crate) fn task_of(item: Item) -> Result<Task, StoreError> {
    serde_dynamo::from_item(item).map_err(|_| StoreError::corrupt("task"))
}

pub(crate) fn message_row(session: &Session, message: &Message) -> Result<Row, StoreError> {
    let key = Key::message(&session.project_id, session.transfer_id(), message.sequence);
    with_value(hanging(key, RowType::Message, session.updated_at), value::MESSAGE, message)
}

pub(crate) fn message_of(mut item: Item) -> Result<Message, StoreError> {
    take_value(&mut item, value::MESSAGE)
}

pub(crate) fn timeline_row(session: &Session, entry: &TimelineEntry) -> Result<Row, StoreError> {
    let key = Key::timeline(&session.project_id, session.transfer_id(), &entry.source_id);
    with_value(hanging(key, RowType::Timeline, session.updated_at), value::ENTRY, entry)
}

/// A row that names a transfer and nothing else, and is removed with it.
pub(crate) fn naming_row(key: Key, kind: RowType, transfer: TransferId, now: DateTime<Utc>) -> Row {
    let mut row = hanging(key, kind, now);
    row.insert(attribute::TRANSFER_ID.to_owned(), text(transfer.to_string()));
    row
}

/// A row that says that a message was seen, and where it stands.
pub(crate) fn seen_row(key: Key, sequence: u64, now: DateTime<Utc>) -> Row {
    let mut row = bare(key, RowType::Seen);
    row.insert(attribute::EXPIRES_AT.to_owned(), number((now + SEEN_FOR).timestamp()));
    row.insert(value::SEQUENCE.to_owned(), number(sequence));
    row
}

/// Puts a session together with what its provider told, of which there is none before it told anything.
pub(crate) fn conversation_of(session: Session, facts: Option<Item>) -> Result<Conversation, StoreError> {
    let facts = facts.map(|facts| facts_with(&session, facts)).transpose()?;
    // Written together: where the session says so, there is a row, or will be in a moment.
    match facts {
        None if session.facts_version > 0 => Err(StoreError::unavailable()),
        facts => Ok(Conversation { session, facts: facts.unwrap_or_default() }),
    }
}

/// Adds a value as attributes of its own.
pub(crate) fn with_value<T: Serialize>(mut row: Row, name: &'static str, value: &T) -> Result<Row, StoreError> {
    row.insert(name.to_owned(), attribute_of(name, value)?);
    Ok(row)
}

pub(crate) fn attribute_of<T: Serialize>(name: &'static str, value: &T) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(value).map_err(|_| StoreError::corrupt(name))
}

/// Adds a value as JSON text.
pub(crate) fn with_json<T: Serialize>(mut row: Row, name: &'static str, value: &T) -> Result<Row, StoreError> {
    row.insert(name.to_owned(), text(json(value)?));
    Ok(row)
}

pub(crate) fn take_value<T: DeserializeOwned>(item: &mut Item, name: &'static str) -> Result<T, StoreError> {
    take_optional(item, name)?.ok_or(StoreError::corrupt(name))
}

pub(crate) fn take_optional<T: DeserializeOwned>(item: &mut Item, name: &'static str) -> Result<Option<T>, StoreError> {
    let Some(value) = item.remove(name) else { return Ok(None) };
    serde_dynamo::from_attribute_value(value).map(Some).map_err(|_| StoreError::corrupt(name))
}

pub(crate) fn take_json<T: DeserializeOwned>(item: &mut Item, name: &'static str) -> Result<T, StoreError> {
    let json: String = take_value(item, name)?;
    serde_json::from_str(&json).map_err(|_| StoreError::corrupt(name))
}

pub(crate) fn take_transfer(item: &mut Item) -> Result<TransferId, StoreError> {
    take_value(item, attribute::TRANSFER_ID)
}

/// Whether a row's time is over at `now`, in epoch seconds; whether DynamoDB removed it yet does not matter.
pub(crate) fn is_expired(item: &Item, now: i64) -> bool {
    match item.get(attribute::EXPIRES_AT) {
        Some(serde_dynamo::AttributeValue::N(at)) => at.parse::<i64>().is_ok_and(|at| at <= now),
        _ => false,
    }
}

fn open_row<T: Serialize>(value: &T, kind: RowType) -> Result<Row, StoreError> {
    let item: Item = serde_dynamo::to_item(value).map_err(|_| StoreError::corrupt(kind.as_str()))?;
    Ok(item.into())
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::corrupt("value"))
}
