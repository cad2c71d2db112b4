//! What the provider has said about the queue that a conversation waits in.
//!
//! Each fact is kept by the order key of the signal that told it, so any order and any repetition of the same signals
//! gives the same queue.

use serde::{Deserialize, Serialize};

use crate::told::{Told, keep};
use crate::{OrderKey, Queue};

/// The newest of each fact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Waiting {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Told<String>>,
    /// Whether it was called by several names.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    renamed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position: Option<Told<u32>>,
    #[serde(default, rename = "wait", skip_serializing_if = "Option::is_none")]
    estimated_wait_seconds: Option<Told<u32>>,
}

impl Waiting {
    /// Whether nothing was told yet.
    pub(crate) fn is_untold(&self) -> bool {
        *self == Self::default()
    }

    /// Takes what one signal tells; what it does not tell stays as it was.
    pub(crate) fn told(&mut self, name: Option<&str>, position: Option<u32>, wait: Option<u32>, key: OrderKey) {
        self.renamed |= name.is_some_and(|name| self.name.as_ref().is_some_and(|known| known.value != name));
        keep(&mut self.name, name.map(str::to_owned), key);
        keep(&mut self.position, position, key);
        keep(&mut self.estimated_wait_seconds, wait, key);
    }

    /// The queue, called `requested` until the provider names one. Where there were several, a place from before the
    /// last naming may be one in another queue; so may one from before `moved`, when somebody last came or went.
    pub(crate) fn queue(&self, requested: &str, moved: Option<OrderKey>) -> Queue {
        let named = self.name.as_ref().filter(|_| self.renamed).map(|told| told.key);
        let current = |told: &Option<Told<u32>>| {
            told.as_ref().filter(|told| named <= Some(told.key) && moved < Some(told.key)).map(|told| told.value)
        };
        Queue {
            name: self.name.as_ref().map_or(requested, |told| told.value.as_str()).to_owned(),
            position: current(&self.position),
            estimated_wait_seconds: current(&self.estimated_wait_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(at_ms: i64) -> OrderKey {
        OrderKey { at_ms, sequence: 0, rank: 1 }
    }

    /// Name, place, wait and time.
    type Signal<'a> = (Option<&'a str>, Option<u32>, Option<u32>, i64);

    fn waiting(all: &[Signal<'_>]) -> Waiting {
        let mut waiting = Waiting::default();
        for (name, position, wait, at_ms) in all {
            waiting.told(*name, *position, *wait, key(*at_ms));
        }
        waiting
    }

    fn queue(name: &str, position: Option<u32>, estimated_wait_seconds: Option<u32>) -> Queue {
        Queue { name: name.to_owned(), position, estimated_wait_seconds }
    }

    #[test]
    fn what_comes_piece_by_piece_is_put_together_in_any_order() {
        let told = [(Some("Support"), None, None, 1), (None, Some(3), None, 2), (None, None, Some(120), 3)];
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]] {
            let waiting = waiting(&order.map(|index| told[index]));
            assert_eq!(waiting.queue("default", None), queue("Support", Some(3), Some(120)), "{order:?}");
        }
    }

    #[test]
    fn a_newer_place_replaces_an_older_one_and_no_news_keep_it() {
        let told = waiting(&[(None, Some(3), Some(90), 1), (None, Some(2), None, 2), (None, None, None, 3)]);
        assert_eq!(told.queue("default", None), queue("default", Some(2), Some(90)));
    }

    #[test]
    fn a_place_does_not_go_along_to_another_queue() {
        let told = waiting(&[(Some("Support"), Some(3), Some(90), 1), (Some("Billing"), None, None, 2)]);
        assert_eq!(told.queue("default", None), queue("Billing", None, None));
    }

    #[test]
    fn a_queue_that_is_named_late_is_the_one_whose_place_was_told() {
        let told = waiting(&[(None, Some(3), Some(90), 1), (Some("Support"), None, None, 2)]);
        assert_eq!(told.queue("default", None), queue("Support", Some(3), Some(90)));
    }

    #[test]
    fn a_place_is_over_when_somebody_came_or_went() {
        let told = waiting(&[(Some("Support"), Some(3), None, 1)]);
        assert_eq!(told.queue("default", Some(key(2))), queue("Support", None, None));
        assert_eq!(told.queue("default", Some(key(1))), queue("Support", None, None));
        assert_eq!(told.queue("default", Some(key(0))), queue("Support", Some(3), None));
    }
}
