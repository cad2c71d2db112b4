//! Rows: how each thing looks as attributes.
//!
//! Sessions and tasks lie open, attribute by attribute, because conditions and the list index name them; the other
//! rows hold their value in one attribute. What callers and providers may fill with anything (metadata, provider
//! data, signals by representative) is kept as JSON text: DynamoDB refuses empty names, numbers beyond 38 digits and
//! more than 32 levels, all of which are legal JSON.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::Item;
use transfer_domain::{Briefing, Message, Session, Task, TimelineEntry, TransferId};

use crate::keys::{Key, ListKind, attribute, list_key, shard};
use crate::{RowType, StoreError};

/// A row as the SDK knows it.
pub(crate) type Row = HashMap<String, AttributeValue>;

/// Attributes that hold the value of their row.
pub(crate) mod value {
    pub(crate) const BRIEFING: &str = "briefing";
    pub(crate) const MESSAGE: &str = "message";
    pub(crate) const ENTRY: &str = "entry";
    pub(crate) const EVENT: &str = "event";
    pub(crate) const SETTINGS: &str = "settings";
    pub(crate) const INTEGRATION: &str = "integration";
    pub(crate) const ANSWER: &str = "answer";
    pub(crate) const FINGERPRINT: &str = "fingerprint";
    pub(crate) const ARRIVAL: &str = "arrival";
    pub(crate) const SEQUENCE: &str = "sequence";
}

const SIGNALS: &str = "signals";
const METADATA: &str = "metadata";
const PROVIDER_DATA: &str = "providerData";
const PROVIDER_STATE: &str = "providerState";

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

pub(crate) fn session_row(session: &Session) -> Result<Row, StoreError> {
    let transfer = session.transfer_id();
    let mut row = open_row(session, RowType::Session)?;
    for (name, json) in [
        (SIGNALS, json(&session.signals)?),
        (METADATA, json(&session.metadata)?),
        (PROVIDER_DATA, json(&session.provider_data)?),
        (PROVIDER_STATE, json(&session.provider_state)?),
    ] {
        row.insert(name.to_owned(), text(json));
    }
    row.extend(bare(Key::session(&session.project_id, transfer), RowType::Session));
    let list = list_key(&session.project_id, ListKind::Session(session.status), shard(transfer));
    row.insert(attribute::LIST_KEY.to_owned(), text(list));
    row.insert(attribute::TRANSFER_ID.to_owned(), text(transfer.to_string()));
    row.insert(attribute::CHANNEL.to_owned(), text(session.channel().as_str()));
    if let Some(queue) = &session.queue {
        row.insert(attribute::QUEUE_NAME.to_owned(), text(&queue.name));
    }
    Ok(row)
}

pub(crate) fn session_of(mut item: Item) -> Result<Session, StoreError> {
    let signals = take_json(&mut item, SIGNALS)?;
    let metadata = take_json(&mut item, METADATA)?;
    let provider_data = take_json(&mut item, PROVIDER_DATA)?;
    let provider_state = take_json(&mut item, PROVIDER_STATE)?;
    let session: Session = serde_dynamo::from_item(item).map_err(|_| StoreError::corrupt("session"))?;
    Ok(Session { signals, metadata, provider_data, provider_state, ..session })
}

pub(crate) fn task_row(task: &Task) -> Result<Row, StoreError> {
    let mut row = open_row(task, RowType::Task)?;
    row.extend(bare(Key::task(&task.project_id, task.task_id), RowType::Task));
    let list = list_key(&task.project_id, ListKind::Task(task.status), shard(task.task_id));
    row.insert(attribute::LIST_KEY.to_owned(), text(list));
    row.insert(attribute::TRANSFER_ID.to_owned(), text(task.task_id.to_string()));
    row.insert(attribute::CHANNEL.to_owned(), text(task.session_id.channel.as_str()));
    Ok(row)
}

pub(crate) fn task_of(item: Item) -> Result<Task, StoreError> {
    serde_dynamo::from_item(item).map_err(|_| StoreError::corrupt("task"))
}

pub(crate) fn message_row(session: &Session, message: &Message) -> Result<Row, StoreError> {
    let (transfer, id) = (session.transfer_id(), &message.message_id);
    let key = Key::message(&session.project_id, transfer, message.sequence, message.direction, id);
    with_value(bare(key, RowType::Message), value::MESSAGE, message)
}

pub(crate) fn timeline_row(session: &Session, entry: &TimelineEntry) -> Result<Row, StoreError> {
    let key = Key::timeline(&session.project_id, session.transfer_id(), entry.sequence);
    with_value(bare(key, RowType::Timeline), value::ENTRY, entry)
}

pub(crate) fn briefing_row(session: &Session, briefing: &Briefing) -> Result<Row, StoreError> {
    let key = Key::briefing(&session.project_id, session.transfer_id());
    with_value(bare(key, RowType::Briefing), value::BRIEFING, briefing)
}

/// A row that names a transfer and nothing else.
pub(crate) fn naming_row(key: Key, kind: RowType, transfer: TransferId) -> Row {
    let mut row = bare(key, kind);
    row.insert(attribute::TRANSFER_ID.to_owned(), text(transfer.to_string()));
    row
}

/// A row that says that something was seen; of a message also where it stands.
pub(crate) fn seen_row(key: Key, sequence: Option<u64>) -> Row {
    let mut row = bare(key, RowType::Seen);
    row.extend(sequence.map(|sequence| (value::SEQUENCE.to_owned(), number(sequence))));
    row
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
    let value = item.remove(name).ok_or(StoreError::corrupt(name))?;
    serde_dynamo::from_attribute_value(value).map_err(|_| StoreError::corrupt(name))
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
