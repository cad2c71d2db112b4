//! What providers tell, in our words: what the events of all adapters have in common.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use transfer_domain::{
    Choice, Correlation, EndReason, EndedBy, EventKind, Order, Part, ProviderEvent, ProviderSessionId, Representative,
    SourceId, TransferId,
};

#[cfg(feature = "outbound")]
use transfer_domain::Session;

use crate::reading::text;

/// An event, with nothing to show or to keep beside it.
pub fn event(correlation: Correlation, order: Order, source_id: Option<SourceId>, kind: EventKind) -> ProviderEvent {
    let (provider_data, provider_state) = (Map::new(), Map::new());
    ProviderEvent { source_id, correlation, order, kind, provider_data, provider_state }
}

/// The place of an event that happened at this time; without one, it is that of its arrival.
pub fn place(at: Option<DateTime<Utc>>) -> Order {
    at.map_or(Order::Arrival, |at| Order::Provider { at, sequence: 0 })
}

/// Which session something is for: our id where it is echoed, and the provider's name of the conversation.
pub fn correlation(ours: Option<&str>, conversation: Option<&str>) -> Correlation {
    let transfer_id = ours.and_then(|id| id.parse::<TransferId>().ok());
    let provider_session_id = conversation.and_then(|id| ProviderSessionId::new(id).ok());
    Correlation { transfer_id, provider_session_id }
}

/// The session itself, for what is found out about it by asking.
#[cfg(feature = "outbound")]
pub(crate) fn of_session(session: &Session) -> Correlation {
    Correlation {
        transfer_id: Some(session.transfer_id()),
        provider_session_id: session.provider_session_id().cloned(),
    }
}

/// One thing to show or to keep, by its name.
pub(crate) fn one<V: Into<Value>>(name: &str, value: Option<V>) -> Map<String, Value> {
    value.map(|value| (name.to_owned(), value.into())).into_iter().collect()
}

/// Something for the timeline alone.
pub(crate) fn note(what: &str, detail: Option<String>) -> EventKind {
    EventKind::Note { what: what.to_owned(), detail }
}

/// It waits. Where events name the queue by an id only, that would hide the name that it was asked for by.
pub(crate) fn queued(position: Option<u32>, estimated_wait_seconds: Option<u32>) -> EventKind {
    EventKind::Queued { queue: None, position, estimated_wait_seconds }
}

/// A representative is gone, who may have handed the conversation on.
pub(crate) fn left(representative: Option<Representative>, transferred: bool) -> EventKind {
    EventKind::RepresentativeLeft { representative, transferred }
}

/// It is over.
pub(crate) fn ended((by, reason): (EndedBy, EndReason)) -> EventKind {
    EventKind::Ended { by, reason }
}

/// What a provider's words mean.
pub(crate) type Meanings<M> = [(&'static [&'static str], M)];

/// What a word means, if it is known.
pub(crate) fn meaning<M: Copy>(meanings: &Meanings<M>, word: &str) -> Option<M> {
    meanings.iter().find(|(words, _)| words.contains(&word)).map(|(_, meaning)| *meaning)
}

/// The first text that is there at one of these pointers.
pub(crate) fn first<'v>(value: &'v Value, pointers: &[&str]) -> Option<&'v str> {
    pointers.iter().find_map(|at| text(value, at))
}

/// The same, to keep.
pub(crate) fn own(value: &Value, pointers: &[&str]) -> Option<String> {
    first(value, pointers).map(str::to_owned)
}

/// The texts that are there at these pointers, one under the other.
pub(crate) fn lines(value: &Value, pointers: &[&str]) -> Option<String> {
    let lines: Vec<&str> = pointers.iter().filter_map(|at| text(value, at)).collect();
    Some(lines.join("\n")).filter(|text| !text.is_empty())
}

/// Where an option says what is read, what is sent back, and where it leads.
pub(crate) struct OptionAt {
    pub(crate) label: &'static [&'static str],
    pub(crate) value: &'static [&'static str],
    pub(crate) url: &'static [&'static str],
}

impl OptionAt {
    /// The option, if it can be read by somebody. What is sent back is told where it is something else.
    pub(crate) fn read(&self, option: &Value) -> Option<Choice> {
        let label = first(option, self.label)?;
        let value = first(option, self.value).filter(|value| *value != label);
        let (label, value) = (label.to_owned(), value.map(str::to_owned));
        Some(Choice { label, value, url: own(option, self.url) })
    }
}

/// Options to choose from, if there are any.
pub(crate) fn choices(text: Option<String>, options: impl Iterator<Item = Choice>) -> Option<Part> {
    let choices: Vec<Choice> = options.collect();
    (!choices.is_empty()).then_some(Part::Choices { text, choices })
}

/// Says that there was something of this sort, which cannot be shown.
pub(crate) fn not_shown(sort: &str) -> Part {
    Part::notice(format!("something that cannot be shown: {sort}"))
}
