//! The events that were accepted, as far back as the record reaches.

use std::collections::VecDeque;

use serde_json::Value;

/// How many events the record keeps; older ones are forgotten.
const LENGTH: usize = 10_000;
/// How many bytes of JSON they have together.
const BYTES: usize = 64 * 1024 * 1024;

#[derive(Default)]
pub(super) struct Record {
    kept: VecDeque<Recorded>,
    bytes: usize,
}

struct Recorded {
    bus: String,
    event: Value,
    bytes: usize,
}

impl Record {
    /// Adds an event whose JSON has this many bytes.
    pub(super) fn add(&mut self, bus: String, event: Value, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.kept.push_back(Recorded { bus, event, bytes });
        while self.kept.len() > LENGTH || self.bytes > BYTES {
            let Some(forgotten) = self.kept.pop_front() else { return };
            self.bytes = self.bytes.saturating_sub(forgotten.bytes);
        }
    }

    /// How many events there are.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// The events of all buses, oldest first.
    pub(super) fn events(&self) -> impl Iterator<Item = &Value> {
        self.kept.iter().map(|recorded| &recorded.event)
    }

    /// The last events of one bus that are `wanted`, oldest first.
    pub(super) fn last(&self, bus: &str, most: usize, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let of_bus = self.kept.iter().rev().filter(|recorded| recorded.bus == bus).map(|recorded| &recorded.event);
        let mut last: Vec<Value> = of_bus.filter(|event| wanted(event)).take(most).cloned().collect();
        last.reverse();
        last
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_record_forgets_the_oldest_by_their_number_and_by_their_bytes() {
        let mut record = Record::default();
        for number in 0..=LENGTH {
            record.add("bus".to_owned(), json!(number), 1);
        }
        assert_eq!((record.len(), record.events().next()), (LENGTH, Some(&json!(1))));
        record.add("bus".to_owned(), json!("large"), BYTES);
        assert_eq!(record.events().collect::<Vec<_>>(), [&json!("large")]);
    }

    #[test]
    fn the_last_events_are_those_of_one_bus() {
        let mut record = Record::default();
        for (bus, number) in [("a", 1), ("a", 2), ("b", 3), ("a", 4), ("a", 5)] {
            record.add(bus.to_owned(), json!(number), 1);
        }
        assert_eq!(record.last("a", 2, |event| *event != json!(4)), [json!(2), json!(5)]);
    }
}
