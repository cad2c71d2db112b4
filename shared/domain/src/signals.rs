//! What the provider has said about who is connected, and the status that follows from it.
//!
//! Every signal is kept by its order key and the status is computed from all of them, so any order and any
//! repetition of the same signals gives the same status.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::waiting::Waiting;
use crate::{OrderKey, Queue, Representative, Status};

/// More people than this in one session are a broken sender; the ones heard of longest ago are forgotten.
const MAX_REPRESENTATIVES: usize = 32;

/// The key of a representative whom the provider does not identify.
const UNIDENTIFIED: &str = "";

/// The newest signal of each sort.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Signals {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queued: Option<OrderKey>,
    #[serde(default, skip_serializing_if = "Waiting::is_untold")]
    waiting: Waiting,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    everybody_left: Option<Left>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    representatives: BTreeMap<String, Presence>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Presence {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    named: Option<Named>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_joined: Option<OrderKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    joined: Option<OrderKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left: Option<Left>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Named {
    key: OrderKey,
    name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Left {
    key: OrderKey,
    transferred: bool,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Newest {
    Queued,
    Joined,
    Left { transferred: bool },
}

impl Signals {
    /// The conversation is in a queue, of which the signal may tell the name, the contact's place in it from 1, and the
    /// expected wait in seconds.
    pub fn queued(&mut self, name: Option<&str>, position: Option<u32>, wait: Option<u32>, key: OrderKey) {
        self.queued = self.queued.max(Some(key));
        self.waiting.told(name, position, wait, key);
    }

    /// A representative is connected.
    pub fn joined(&mut self, representative: &Representative, key: OrderKey) {
        let presence = self.presence(representative);
        let named = representative.name.clone().map(|name| Named { key, name });
        presence.named = presence.named.take().max(named);
        presence.joined = presence.joined.max(Some(key));
        presence.first_joined = Some(presence.first_joined.map_or(key, |first| first.min(key)));
        self.forget_the_oldest();
    }

    /// The name of a representative who joined is known now.
    pub(crate) fn named(&mut self, id: &str, name: &str) {
        if let Some(presence) = self.representatives.get_mut(id)
            && let Some(key) = presence.joined
        {
            presence.named = presence.named.take().max(Some(Named { key, name: name.to_owned() }));
        }
    }

    /// A representative is gone; `None` or an unidentified one means everybody.
    pub fn left(&mut self, representative: Option<&Representative>, transferred: bool, key: OrderKey) {
        let left = Some(Left { key, transferred });
        match representative.filter(|who| who.id.is_some()) {
            Some(who) => {
                let presence = self.presence(who);
                presence.left = presence.left.max(left);
                self.forget_the_oldest();
            }
            None => self.everybody_left = self.everybody_left.max(left),
        }
    }

    /// The status that all signals together mean, apart from the end.
    pub fn status(&self) -> Status {
        match self.newest().map(|(_, newest)| newest) {
            None => Status::Pending,
            Some(Newest::Queued | Newest::Left { transferred: true }) => Status::Queued,
            Some(Newest::Joined) => Status::Active,
            Some(Newest::Left { transferred: false }) if self.anybody_connected() => Status::Active,
            // Back in a queue before the last one left: it was handed on.
            Some(Newest::Left { transferred: false }) if self.queued > self.newest_join() => Status::Queued,
            Some(Newest::Left { transferred: false }) => Status::PostAgent,
        }
    }

    /// The representative who joined last, unless the conversation went back to a queue since.
    pub fn representative(&self) -> Option<Representative> {
        if matches!(self.status(), Status::Pending | Status::Queued) {
            return None;
        }
        let (id, presence) = self
            .representatives
            .iter()
            .filter(|(_, presence)| presence.joined.is_some())
            .max_by_key(|(id, presence)| (presence.joined, id.as_str()))?;
        Some(Representative {
            id: (id != UNIDENTIFIED).then(|| id.clone()),
            name: presence.named.as_ref().map(|named| named.name.clone()),
        })
    }

    /// The queue, called `requested` until the provider names one; `None` while it told nothing of any.
    pub(crate) fn queue(&self, requested: String) -> Option<Queue> {
        let moved = self.comings_and_goings().map(|(key, _)| key).max();
        self.queued.map(|_| self.waiting.queue(requested, moved))
    }

    /// Whether any representative ever joined.
    pub fn anybody_joined(&self) -> bool {
        self.newest_join().is_some()
    }

    /// Whether a representative had joined by then.
    pub(crate) fn anybody_joined_by(&self, key: OrderKey) -> bool {
        self.representatives.values().filter_map(|presence| presence.first_joined).any(|first| first <= key)
    }

    /// The time of the newest signal, in milliseconds since the epoch; 0 if there was none.
    pub(crate) fn newest_ms(&self) -> i64 {
        self.newest().map_or(0, |(key, _)| key.at_ms)
    }

    fn newest(&self) -> Option<(OrderKey, Newest)> {
        let queued = self.queued.map(|key| (key, Newest::Queued));
        queued.into_iter().chain(self.comings_and_goings()).max()
    }

    fn comings_and_goings(&self) -> impl Iterator<Item = (OrderKey, Newest)> + '_ {
        let everybody = self.everybody_left.map(|left| (left.key, Newest::Left { transferred: left.transferred }));
        let people = self.representatives.values().flat_map(|presence| {
            let joined = presence.joined.map(|key| (key, Newest::Joined));
            let left = presence.left.map(|left| (left.key, Newest::Left { transferred: left.transferred }));
            joined.into_iter().chain(left)
        });
        everybody.into_iter().chain(people)
    }

    fn newest_join(&self) -> Option<OrderKey> {
        self.representatives.values().filter_map(|presence| presence.joined).max()
    }

    fn anybody_connected(&self) -> bool {
        let everybody_left = self.everybody_left.map(|left| left.key);
        // Somebody without an id is one of those with an id, once there are any.
        let identified = self.representatives.keys().any(|id| id != UNIDENTIFIED);
        self.representatives.iter().any(|(id, presence)| {
            !(identified && id == UNIDENTIFIED)
                && presence.joined.is_some()
                && presence.joined > presence.left.map(|left| left.key)
                && presence.joined > everybody_left
        })
    }

    fn presence(&mut self, representative: &Representative) -> &mut Presence {
        let id = representative.id.as_deref().unwrap_or(UNIDENTIFIED);
        self.representatives.entry(id.to_owned()).or_default()
    }

    fn forget_the_oldest(&mut self) {
        while self.representatives.len() > MAX_REPRESENTATIVES {
            let oldest = self
                .representatives
                .iter()
                .min_by_key(|(_, presence)| presence.joined.max(presence.left.map(|left| left.key)))
                .map(|(id, _)| id.clone());
            if let Some(id) = oldest {
                self.representatives.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(at_ms: i64, rank: u8) -> OrderKey {
        OrderKey { at_ms, sequence: 0, rank }
    }

    fn who(id: &str) -> Representative {
        Representative { id: Some(id.to_owned()), name: Some(format!("Agent {id}")) }
    }

    #[test]
    fn nothing_said_means_pending() {
        assert_eq!(Signals::default().status(), Status::Pending);
    }

    #[test]
    fn the_first_of_two_leaving_keeps_the_session_active() {
        let mut signals = Signals::default();
        signals.joined(&who("1"), key(1, 2));
        signals.joined(&who("2"), key(2, 2));
        signals.left(Some(&who("1")), false, key(3, 4));
        assert_eq!(signals.status(), Status::Active);
        signals.left(Some(&who("2")), false, key(4, 4));
        assert_eq!(signals.status(), Status::PostAgent);
    }

    #[test]
    fn leaving_by_transfer_means_queued_and_nobody_is_shown() {
        let mut signals = Signals::default();
        signals.joined(&who("1"), key(1, 2));
        assert_eq!(signals.representative(), Some(who("1")));
        signals.left(Some(&who("1")), true, key(2, 4));
        assert_eq!(signals.status(), Status::Queued);
        assert_eq!(signals.representative(), None);
    }

    #[test]
    fn leaving_after_the_conversation_went_back_to_a_queue_means_queued() {
        let mut signals = Signals::default();
        signals.joined(&who("1"), key(2, 2));
        signals.queued(None, None, None, key(3, 1));
        signals.left(Some(&who("1")), false, key(4, 5));
        assert_eq!(signals.status(), Status::Queued);
    }

    #[test]
    fn somebody_without_an_id_does_not_outlive_the_one_with_an_id() {
        let mut signals = Signals::default();
        signals.joined(&Representative { id: None, name: None }, key(1, 2));
        assert_eq!(signals.status(), Status::Active);
        signals.joined(&who("1"), key(2, 2));
        signals.left(Some(&who("1")), false, key(3, 5));
        assert_eq!(signals.status(), Status::PostAgent);
    }

    #[test]
    fn an_older_signal_never_brings_a_session_back() {
        let mut signals = Signals::default();
        signals.left(None, false, key(9, 4));
        signals.queued(None, None, None, key(3, 1));
        signals.joined(&who("1"), key(5, 2));
        assert_eq!(signals.status(), Status::PostAgent);
        signals.joined(&who("1"), key(10, 2));
        assert_eq!(signals.status(), Status::Active);
    }

    #[test]
    fn who_is_identified_late_is_the_one_who_had_no_id() {
        let mut signals = Signals::default();
        signals.joined(&Representative { id: None, name: None }, key(1, 2));
        signals.joined(&who("1"), key(2, 2));
        signals.joined(&who("2"), key(3, 2));
        signals.left(Some(&who("1")), false, key(4, 5));
        assert_eq!(signals.status(), Status::Active, "the other one is there");
        signals.left(Some(&who("2")), false, key(5, 5));
        assert_eq!(signals.status(), Status::PostAgent);
    }

    #[test]
    fn whether_somebody_had_joined_goes_by_the_first_time() {
        let mut signals = Signals::default();
        assert!(!signals.anybody_joined() && !signals.anybody_joined_by(key(9, 9)));
        signals.joined(&who("1"), key(5, 2));
        signals.joined(&who("1"), key(3, 2));
        assert!(signals.anybody_joined());
        assert!(signals.anybody_joined_by(key(3, 2)));
        assert!(!signals.anybody_joined_by(key(3, 1)));
    }

    #[test]
    fn of_too_many_people_those_heard_of_longest_ago_are_forgotten() {
        let mut signals = Signals::default();
        let count = i64::try_from(MAX_REPRESENTATIVES).unwrap();
        for number in 0..count {
            signals.joined(&who(&number.to_string()), key(number, 2));
        }
        assert_eq!(signals.representatives.len(), MAX_REPRESENTATIVES);
        assert!(signals.representatives.contains_key("0"));
        signals.left(Some(&who("0")), false, key(count, 4));
        signals.joined(&who("new"), key(count + 1, 2));
        assert_eq!(signals.representatives.len(), MAX_REPRESENTATIVES);
        assert!(signals.representatives.contains_key("0") && !signals.representatives.contains_key("1"));
    }

    #[test]
    fn what_was_not_said_is_not_stored() {
        let mut signals = Signals::default();
        assert_eq!(serde_json::to_value(&signals).unwrap(), serde_json::json!({}));
        signals.queued(Some("Support"), None, None, key(1, 1));
        let stored = serde_json::to_value(&signals).unwrap();
        assert_eq!(stored["waiting"]["name"]["value"], "Support");
        assert_eq!(serde_json::from_value::<Signals>(stored).unwrap(), signals);
    }

    #[derive(Debug, Clone)]
    enum Said {
        Queued(Option<String>, Option<u32>, OrderKey),
        Joined(u8, OrderKey),
        Left(Option<u8>, bool, OrderKey),
    }

    fn said() -> impl Strategy<Value = Said> {
        let at = 0..20_i64;
        prop_oneof![
            (proptest::option::of("[ab]"), proptest::option::of(0..3_u32), at.clone())
                .prop_map(|(name, position, at)| Said::Queued(name, position, key(at, 1))),
            (0..3_u8, at.clone()).prop_map(|(id, at)| Said::Joined(id, key(at, 2))),
            (proptest::option::of(0..3_u8), any::<bool>(), at).prop_map(|(id, transferred, at)| Said::Left(
                id,
                transferred,
                key(at, 4)
            )),
        ]
    }

    fn fold(all: &[Said]) -> Signals {
        let mut signals = Signals::default();
        for one in all {
            match one {
                Said::Queued(name, position, key) => signals.queued(name.as_deref(), *position, None, *key),
                Said::Joined(id, key) => signals.joined(&who(&id.to_string()), *key),
                Said::Left(id, transferred, key) => {
                    signals.left(id.map(|id| who(&id.to_string())).as_ref(), *transferred, *key);
                }
            }
        }
        signals
    }

    proptest! {
        #[test]
        fn any_order_and_any_repetition_mean_the_same(
            (first, second) in proptest::collection::vec(said(), 0..12).prop_flat_map(|said| {
                let mut twice = said.clone();
                twice.extend(said.clone());
                (Just(said), Just(twice).prop_shuffle())
            })
        ) {
            prop_assert_eq!(fold(&first), fold(&second));
        }
    }
}
