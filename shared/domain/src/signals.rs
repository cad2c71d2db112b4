//! What the provider has said about who is connected, and the status that follows from it.
//!
//! Every signal is kept by its order key and the status is computed from all of them, so any order and any
//! repetition of the same signals gives the same status.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::told::{Told, keep};
use crate::waiting::Waiting;
use crate::{OrderKey, Queue, Representative, Status};

/// More people than this in one session are a broken sender; the ones heard of longest ago are forgotten.
const MAX_REPRESENTATIVES: usize = 32;

/// The key of a representative whom the provider does not identify.
const UNIDENTIFIED: &str = "";

/// The newest signal of each sort.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "KeptSignals", into = "KeptSignals")]
pub struct Signals {
    first_queued: Option<OrderKey>,
    queued: Option<OrderKey>,
    waiting: Waiting,
    everybody_left: Option<Left>,
    representatives: BTreeMap<String, Presence>,
}

/// How signals are kept, in short: what was not said, and what is the same, is left out.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptSignals {
    /// If it is not the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_queued: Option<OrderKey>,
    #[serde(default, rename = "q", alias = "queued", skip_serializing_if = "Option::is_none")]
    queued: Option<OrderKey>,
    #[serde(default, skip_serializing_if = "Waiting::is_untold")]
    waiting: Waiting,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    everybody_left: Option<Left>,
    #[serde(default, rename = "p", alias = "people", skip_serializing_if = "BTreeMap::is_empty")]
    people: BTreeMap<String, Presence>,
}

impl From<Signals> for KeptSignals {
    fn from(signals: Signals) -> Self {
        let Signals { first_queued, queued, waiting, everybody_left, representatives: people } = signals;
        let first_queued = first_queued.filter(|first| Some(*first) != queued);
        Self { first_queued, queued, waiting, everybody_left, people }
    }
}

impl From<KeptSignals> for Signals {
    fn from(kept: KeptSignals) -> Self {
        let KeptSignals { first_queued, queued, waiting, everybody_left, people: representatives } = kept;
        Self { first_queued: first_queued.or(queued), queued, waiting, everybody_left, representatives }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "KeptPresence", into = "KeptPresence")]
struct Presence {
    named: Option<Told<String>>,
    /// The first sign of the person.
    first_joined: Option<OrderKey>,
    /// The last time that the provider said in so many words that the person came.
    entered: Option<OrderKey>,
    /// The last sign of the person.
    joined: Option<OrderKey>,
    left: Option<Left>,
}

/// How a presence is kept, in short: what is the same as the last sign is left out.
#[derive(Serialize, Deserialize)]
struct KeptPresence {
    #[serde(default, rename = "n", alias = "named", skip_serializing_if = "Option::is_none")]
    named: Option<Told<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<OrderKey>,
    #[serde(default, rename = "e", alias = "entered", skip_serializing_if = "Entered::is_never")]
    entered: Entered,
    #[serde(default, rename = "l", alias = "last", skip_serializing_if = "Option::is_none")]
    last: Option<OrderKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left: Option<Left>,
}

/// When the provider last said in so many words that a person came: kept as nothing, `null`, or a place.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
#[serde(from = "Option<OrderKey>", into = "Option<OrderKey>")]
enum Entered {
    #[default]
    Never,
    WithTheLastSign,
    At(OrderKey),
}

impl Entered {
    fn is_never(&self) -> bool {
        matches!(self, Self::Never)
    }

    fn beside(entered: Option<OrderKey>, last: Option<OrderKey>) -> Self {
        match entered {
            None => Self::Never,
            Some(_) if entered == last => Self::WithTheLastSign,
            Some(key) => Self::At(key),
        }
    }

    fn key(self, last: Option<OrderKey>) -> Option<OrderKey> {
        match self {
            Self::Never => None,
            Self::WithTheLastSign => last,
            Self::At(key) => Some(key),
        }
    }
}

impl From<Option<OrderKey>> for Entered {
    fn from(kept: Option<OrderKey>) -> Self {
        kept.map_or(Self::WithTheLastSign, Self::At)
    }
}

impl From<Entered> for Option<OrderKey> {
    fn from(entered: Entered) -> Self {
        entered.key(None)
    }
}

impl From<Presence> for KeptPresence {
    fn from(presence: Presence) -> Self {
        let last = presence.joined;
        let other = |key: OrderKey| Some(key).filter(|key| Some(*key) != last);
        Self {
            named: presence.named,
            first: presence.first_joined.and_then(other),
            entered: Entered::beside(presence.entered, last),
            last,
            left: presence.left,
        }
    }
}

impl From<KeptPresence> for Presence {
    fn from(kept: KeptPresence) -> Self {
        let last = kept.last;
        Self {
            named: kept.named,
            first_joined: kept.first.or(last),
            entered: kept.entered.key(last),
            joined: last,
            left: kept.left,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "KeptLeft", into = "KeptLeft")]
struct Left {
    key: OrderKey,
    transferred: bool,
}

/// How a leaving is kept, in short: most hand nothing on.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum KeptLeft {
    Gone(OrderKey),
    Said { key: OrderKey, transferred: bool },
}

impl From<Left> for KeptLeft {
    fn from(Left { key, transferred }: Left) -> Self {
        if transferred { Self::Said { key, transferred } } else { Self::Gone(key) }
    }
}

impl From<KeptLeft> for Left {
    fn from(kept: KeptLeft) -> Self {
        match kept {
            KeptLeft::Gone(key) => Self { key, transferred: false },
            KeptLeft::Said { key, transferred } => Self { key, transferred },
        }
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Newest {
    Queued,
    Joined,
    Left { transferred: bool },
}

/// Whether a representative was there, and where the conversation was afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attendance {
    /// Nobody ever came.
    Never,
    /// Somebody is connected.
    Connected,
    /// Whoever was there is gone.
    Left,
    /// Somebody was there, and it waits in a queue again.
    WaitedAgain,
}

/// Who came and went between two states of the signals.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Movements {
    /// Came and are gone already: the news of both came in the wrong order.
    pub(crate) passed: Vec<Representative>,
    /// Were connected and are not any more.
    pub(crate) left: Vec<Representative>,
    /// Are connected now, or have a name now.
    pub(crate) joined: Vec<Representative>,
}

impl Signals {
    /// The conversation is in a queue, of which the signal may tell the name, the contact's place in it from 1, and the
    /// expected wait in seconds.
    pub fn queued(&mut self, name: Option<&str>, position: Option<u32>, wait: Option<u32>, key: OrderKey) {
        self.queue_told(key);
        let name = name.filter(|name| !name.trim().is_empty());
        self.waiting.told(name, position, wait, key);
    }

    fn queue_told(&mut self, key: OrderKey) {
        self.first_queued = Some(self.first_queued.map_or(key, |first| first.min(key)));
        self.queued = self.queued.max(Some(key));
    }

    /// A representative is connected: the provider says that the person came.
    pub fn joined(&mut self, representative: &Representative, key: OrderKey) {
        let presence = self.presence(representative.id.as_deref());
        presence.entered = presence.entered.max(Some(key));
        self.heard(representative, key);
    }

    /// A representative is connected: something came from the person.
    pub fn heard(&mut self, representative: &Representative, key: OrderKey) {
        let presence = self.presence(representative.id.as_deref());
        // A blank is no name, and does not stand in front of one.
        let name = representative.name.clone().filter(|name| !name.trim().is_empty());
        keep(&mut presence.named, name, key);
        presence.sign(key);
        self.forget_the_oldest();
    }

    /// The name of a representative who joined is known now.
    pub(crate) fn named(&mut self, id: &str, name: &str) {
        if let Some(presence) = self.representatives.get_mut(id)
            && let Some(key) = presence.joined
        {
            keep(&mut presence.named, Some(name.to_owned()), key);
        }
    }

    /// A representative is gone; `None` or an unidentified one means everybody.
    pub fn left(&mut self, representative: Option<&Representative>, transferred: bool, key: OrderKey) {
        let left = Some(Left { key, transferred });
        match representative.and_then(|who| who.id.as_deref()).filter(|id| !id.trim().is_empty()) {
            Some(id) => {
                let presence = self.presence(Some(id));
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
            Some(Newest::Joined) => Status::Active,
            Some(Newest::Left { .. }) if self.anybody_connected() => Status::Active,
            // Back in a queue before the last one left: it was handed on.
            Some(Newest::Left { transferred: false }) if self.queued > self.newest_join() => Status::Queued,
            Some(Newest::Left { transferred: false }) => Status::PostAgent,
            Some(Newest::Queued | Newest::Left { transferred: true }) => Status::Queued,
        }
    }

    /// The place of the signal since which the signals that are kept mean the status that they mean now; `None` if
    /// there was none. They are looked at in their own order, so the order in which they came does not matter.
    pub(crate) fn since(&self) -> Option<OrderKey> {
        let mut replayed = Self::default();
        let (mut status, mut since) = (Status::Pending, None);
        for (key, step) in self.steps() {
            replayed.take(key, step);
            let then = replayed.status();
            if then != status {
                (status, since) = (then, Some(key));
            }
        }
        since
    }

    /// What was to be seen of them at a place: those that are kept from before it.
    pub(crate) fn until(&self, last: OrderKey) -> Self {
        let mut replayed = Self::default();
        self.steps().into_iter().take_while(|(key, _)| *key <= last).for_each(|(key, step)| replayed.take(key, step));
        for (id, presence) in &mut replayed.representatives {
            presence.named = self.representatives.get(id).and_then(|known| known.named.clone());
            presence.entered = self.representatives.get(id).and_then(|known| known.entered.filter(|key| *key <= last));
        }
        replayed
    }

    /// The signals that are kept, in their order.
    fn steps(&self) -> Vec<(OrderKey, Step<'_>)> {
        let queued = self.first_queued.into_iter().chain(self.queued).map(|key| (key, Step::Queued));
        let everybody = self.everybody_left.map(|left| (left.key, Step::Left(None, left.transferred)));
        let people = self.representatives.iter().flat_map(|(id, presence)| {
            let signs = presence.first_joined.into_iter().chain(presence.entered).chain(presence.joined);
            let left = presence.left.map(|left| (left.key, Step::Left(Some(id), left.transferred)));
            signs.map(|key| (key, Step::Sign(id))).chain(left)
        });
        let mut steps: Vec<_> = queued.chain(everybody).chain(people).collect();
        steps.sort_unstable();
        steps
    }

    fn take(&mut self, key: OrderKey, step: Step<'_>) {
        match step {
            Step::Queued => self.queue_told(key),
            Step::Sign(id) => self.representatives.entry(id.to_owned()).or_default().sign(key),
            Step::Left(Some(id), transferred) => {
                let presence = self.representatives.entry(id.to_owned()).or_default();
                presence.left = presence.left.max(Some(Left { key, transferred }));
            }
            Step::Left(None, transferred) => {
                self.everybody_left = self.everybody_left.max(Some(Left { key, transferred }));
            }
        }
    }

    /// Of those who are connected the one who came last, else the one who was there last; nobody, once the
    /// conversation went back to a queue.
    pub fn representative(&self) -> Option<Representative> {
        if matches!(self.status(), Status::Pending | Status::Queued) {
            return None;
        }
        self.who_was_there_last()
    }

    /// The same, also once the conversation went back to a queue.
    pub(crate) fn who_was_there_last(&self) -> Option<Representative> {
        let connected = self.connected();
        let came_last = connected.iter().max_by_key(|(id, presence)| (presence.came(), **id));
        let there_last = || {
            let people = self.representatives.iter().filter(|(_, presence)| presence.joined.is_some());
            people.max_by_key(|(id, presence)| (id.as_str() != UNIDENTIFIED, presence.last(), id.as_str()))
        };
        came_last.map(|(id, presence)| presence.who(id)).or_else(|| there_last().map(|(id, presence)| presence.who(id)))
    }

    /// Whether anybody was there, and where it stands since.
    pub fn attendance(&self) -> Attendance {
        Attendance::of(self.anybody_joined(), self.status())
    }

    /// Who wrote something: the person as far as known, also by name.
    pub(crate) fn known(&self, representative: &Representative) -> Representative {
        let id = representative.id.as_deref().unwrap_or(UNIDENTIFIED);
        self.representatives.get(id).map_or_else(|| representative.clone(), |presence| presence.who(id))
    }

    /// Whether this person is connected.
    pub(crate) fn is_connected(&self, id: &str) -> bool {
        self.connected().contains_key(id)
    }

    /// Who came and went since `before`.
    pub(crate) fn movements_since(&self, before: &Self) -> Movements {
        let (then, now) = (before.connected(), self.connected());
        let had_come = |id: &str| before.representatives.get(id).is_some_and(|presence| presence.joined.is_some());
        let renamed = |id: &str, presence: &Presence| {
            // One without an id and with another name is somebody else.
            let news = |known: &Told<String>| id == UNIDENTIFIED && presence.is_called() != Some(known.value.as_str());
            then.get(id).is_some_and(|known| known.named.as_ref().is_none_or(news)) && presence.named.is_some()
        };
        let identified = self.representatives.iter().any(|(id, it)| id != UNIDENTIFIED && it.joined.is_some());
        let people = self.representatives.iter().map(|(id, presence)| (id.as_str(), presence));
        let passed = people.filter(|(id, presence)| {
            // Somebody without an id is one of those with an id, once there are any.
            let counts = *id != UNIDENTIFIED || !identified;
            counts && presence.joined.is_some() && !had_come(id) && !now.contains_key(id)
        });
        let left = then.iter().filter(|(id, _)| !now.contains_key(*id) && (**id != UNIDENTIFIED || now.is_empty()));
        let joined = now.iter().filter(|(id, presence)| !then.contains_key(*id) || renamed(id, presence));
        Movements {
            passed: passed.map(|(id, presence)| presence.who(id)).collect(),
            left: left.map(|(id, presence)| presence.who(id)).collect(),
            joined: joined.map(|(id, presence)| presence.who(id)).collect(),
        }
    }

    /// The queue, called `requested` until the provider names one.
    pub(crate) fn queue(&self, requested: &str) -> Queue {
        let moved = self.comings_and_goings().map(|(key, _)| key).max();
        self.waiting.queue(requested, moved)
    }

    /// Whether any representative ever joined.
    pub fn anybody_joined(&self) -> bool {
        self.newest_join().is_some()
    }

    /// Whether a representative had joined by then.
    pub(crate) fn anybody_joined_by(&self, key: OrderKey) -> bool {
        self.first_join().is_some_and(|first| first <= key)
    }

    /// The first sign of anybody.
    pub(crate) fn first_join(&self) -> Option<OrderKey> {
        self.representatives.values().filter_map(|presence| presence.first_joined).min()
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
        !self.connected().is_empty()
    }

    /// Who is connected: those with an id, or else one without.
    fn connected(&self) -> BTreeMap<&str, &Presence> {
        let everybody_left = self.everybody_left.map(|left| left.key);
        let stays = |presence: &Presence| {
            presence.joined.is_some()
                && presence.joined > presence.left.map(|left| left.key)
                && presence.joined > everybody_left
        };
        let people = self.representatives.iter().map(|(id, presence)| (id.as_str(), presence));
        let identified: BTreeMap<_, _> =
            people.filter(|(id, presence)| *id != UNIDENTIFIED && stays(presence)).collect();
        if !identified.is_empty() {
            return identified;
        }
        // Whoever of the identified left last may have been the one without an id.
        let anybody_left = self.representatives.values().filter_map(|presence| presence.left).max();
        let unidentified = self.representatives.get(UNIDENTIFIED);
        let unidentified =
            unidentified.filter(|presence| stays(presence) && presence.joined > anybody_left.map(|left| left.key));
        unidentified.map(|presence| (UNIDENTIFIED, presence)).into_iter().collect()
    }

    fn presence(&mut self, id: Option<&str>) -> &mut Presence {
        let id = id.filter(|id| !id.trim().is_empty()).unwrap_or(UNIDENTIFIED);
        self.representatives.entry(id.to_owned()).or_default()
    }

    fn forget_the_oldest(&mut self) {
        while self.representatives.len() > MAX_REPRESENTATIVES {
            let oldest =
                self.representatives.iter().min_by_key(|(_, presence)| presence.last()).map(|(id, _)| id.clone());
            if let Some(id) = oldest {
                self.representatives.remove(&id);
            }
        }
    }
}

/// One signal that is kept. Of two at the same place the later one stands later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step<'a> {
    Queued,
    Sign(&'a str),
    Left(Option<&'a str>, bool),
}

impl Presence {
    fn sign(&mut self, key: OrderKey) {
        self.joined = self.joined.max(Some(key));
        self.first_joined = Some(self.first_joined.map_or(key, |first| first.min(key)));
    }

    /// When the person came: as it was said, else the first sign.
    fn came(&self) -> Option<OrderKey> {
        self.entered.or(self.first_joined)
    }

    /// When the person was heard of last.
    fn last(&self) -> Option<OrderKey> {
        self.joined.max(self.left.map(|left| left.key))
    }

    fn is_called(&self) -> Option<&str> {
        self.named.as_ref().map(|named| named.value.as_str())
    }

    fn who(&self, id: &str) -> Representative {
        Representative { id: (id != UNIDENTIFIED).then(|| id.to_owned()), name: self.is_called().map(str::to_owned) }
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
        assert_eq!(stored["waiting"]["name"][1], "Support");
        assert_eq!(serde_json::from_value::<Signals>(stored).unwrap(), signals);
    }

    #[test]
    fn a_leaving_reads_back_as_it_was_kept_also_at_length() {
        for transferred in [false, true] {
            let left = Left { key: key(1, 5), transferred };
            let text = serde_json::to_string(&left).unwrap();
            assert_eq!(serde_json::from_str::<Left>(&text).unwrap(), left, "{text}");
            let at_length = serde_json::json!({ "key": key(1, 5), "transferred": transferred });
            assert_eq!(serde_json::from_value::<Left>(at_length).unwrap(), left);
        }
    }

    #[test]
    fn a_presence_reads_back_as_it_was_kept_whatever_of_it_is_the_same() {
        let keys = [None, Some(key(1, 2)), Some(key(2, 2))];
        for first_joined in keys {
            for entered in keys {
                for joined in keys {
                    // Whoever joined had a first sign.
                    if first_joined.is_none() && joined.is_some() {
                        continue;
                    }
                    let presence = Presence { named: None, first_joined, entered, joined, left: None };
                    let text = serde_json::to_string(&presence).unwrap();
                    assert_eq!(serde_json::from_str::<Presence>(&text).unwrap(), presence, "{text}");
                }
            }
        }
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
