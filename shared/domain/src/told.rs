//! Facts that a provider told, each with the order key of what told it.
//!
//! Of several the newest holds, whichever arrives first, so any order and any repetition leaves the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::OrderKey;
use crate::bounds::{self, MAX_FACTS, MAX_NAME_BYTES};

/// A value and the place of the event that told it. The derived order compares the place first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(OrderKey, T)", into = "(OrderKey, T)", bound(serialize = "T: Clone + Serialize"))]
pub(crate) struct Told<T> {
    pub(crate) key: OrderKey,
    pub(crate) value: T,
}

impl<T> From<(OrderKey, T)> for Told<T> {
    fn from((key, value): (OrderKey, T)) -> Self {
        Self { key, value }
    }
}

impl<T> From<Told<T>> for (OrderKey, T) {
    fn from(told: Told<T>) -> Self {
        (told.key, told.value)
    }
}

/// Keeps the newer of what was told and what is told now.
pub(crate) fn keep<T: Ord>(kept: &mut Option<Told<T>>, value: Option<T>, key: OrderKey) {
    *kept = kept.take().max(value.map(|value| Told { key, value }));
}

/// Named facts, the newest of each name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<String, Told<Value>>);

impl Facts {
    /// The newest value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).map(|told| &told.value)
    }

    /// Whether nothing was told.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The newest values, without their places.
    pub fn values(&self) -> Map<String, Value> {
        self.0.iter().map(|(name, told)| (name.clone(), told.value.clone())).collect()
    }

    /// Takes what an event tells, as far as it is kept; says what that changed.
    pub fn tell(&mut self, facts: &Map<String, Value>, key: OrderKey) -> News {
        facts.iter().map(|(name, value)| self.tell_one(name, value, key)).max().unwrap_or(News::None)
    }

    /// More names than the bound are a broken sender; the others are not known.
    fn is_full(&self) -> bool {
        self.0.len() >= MAX_FACTS
    }

    fn tell_one(&mut self, name: &str, value: &Value, key: OrderKey) -> News {
        let full = self.is_full();
        match self.0.get_mut(name) {
            None if full => News::None,
            None => {
                self.0.insert(name.to_owned(), Told { key, value: value.clone() });
                News::NewName
            }
            Some(told) if told.is_older_than(key, value) => {
                let news = if told.value == *value { News::None } else { News::NewValue };
                *told = Told { key, value: value.clone() };
                // A newer place counts, too: what arrives between the two must lose.
                news.max(News::NewPlace)
            }
            Some(_) => News::None,
        }
    }
}

impl Told<Value> {
    fn is_older_than(&self, key: OrderKey, value: &Value) -> bool {
        // Two values of one place differ only where a sender contradicts itself; their texts settle it for every order.
        let (known, told) = (self.value.to_string(), value.to_string());
        (self.key, known) < (key, told)
    }
}

impl From<Map<String, Value>> for Facts {
    fn from(facts: Map<String, Value>) -> Self {
        let mut kept = Self::default();
        kept.extend(facts);
        kept
    }
}

impl Extend<(String, Value)> for Facts {
    /// Adds what our own calls were answered: it replaces earlier answers, and yields to every event.
    fn extend<I: IntoIterator<Item = (String, Value)>>(&mut self, facts: I) {
        for (mut name, value) in facts {
            bounds::cut(&mut name, MAX_NAME_BYTES);
            if self.is_full() && !self.0.contains_key(&name) {
                continue;
            }
            let value = bounds::fact(&value);
            let told = self.0.entry(name).or_insert_with(|| Told { key: OrderKey::FIRST, value: Value::Null });
            if told.key == OrderKey::FIRST {
                told.value = value;
            }
        }
    }
}

/// What telling facts changed, the later the more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// Nothing.
    None,
    /// Only that they are newer now.
    NewPlace,
    /// A value.
    NewValue,
    /// Something that was not known at all.
    NewName,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(at_ms: i64) -> OrderKey {
        OrderKey { at_ms, sequence: 0, rank: 0 }
    }

    fn facts(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn the_newest_value_of_each_name_holds_in_any_order() {
        let told = [
            (json!({ "a": 1, "b": 1 }), key(1)),
            (json!({ "a": 3 }), key(3)),
            (json!({ "a": 2, "c": null }), key(2)),
            (json!({ "a": "x" }), key(3)),
        ];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
            let mut kept = Facts::default();
            for index in order {
                kept.tell(&facts(&told[index].0), told[index].1);
                kept.tell(&facts(&told[index].0), told[index].1);
            }
            assert_eq!(Value::Object(kept.values()), json!({ "a": 3, "b": 1, "c": null }), "{order:?}");
        }
    }

    #[test]
    fn an_answer_replaces_an_earlier_one_and_yields_to_every_event() {
        let mut kept = Facts::default();
        kept.extend(facts(&json!({ "token": "z", "host": "one" })));
        kept.tell(&facts(&json!({ "host": "told" })), key(1));
        kept.extend(facts(&json!({ "token": "a", "host": "two", "farm": 1 })));
        assert_eq!(Value::Object(kept.values()), json!({ "token": "a", "host": "told", "farm": 1 }));
    }

    #[test]
    fn what_is_news_is_told_apart() {
        let mut kept = Facts::from(facts(&json!({ "a": 1 })));
        assert_eq!(kept.tell(&facts(&json!({ "a": 1 })), OrderKey::FIRST), News::None);
        assert_eq!(kept.tell(&facts(&json!({ "a": 1 })), key(1)), News::NewPlace);
        assert_eq!(kept.tell(&facts(&json!({ "a": 2 })), key(2)), News::NewValue);
        assert_eq!(kept.tell(&facts(&json!({ "a": 3 })), key(1)), News::None);
        assert_eq!(kept.tell(&facts(&json!({ "a": 3, "b": 1 })), key(3)), News::NewName);
        assert_eq!(kept.tell(&Map::new(), key(4)), News::None);
    }
}
