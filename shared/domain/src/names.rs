//! The provider's names of a conversation.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::told::Told;
use crate::{OrderKey, ProviderSessionId};

/// More names than this for one conversation are a broken sender; the others are not known.
const MAX_OTHERS: usize = 8;

/// What the provider calls the conversation. The name that was told first, by the order of the events, is the one for
/// calls; a session is found by all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Names {
    first: Option<Told<ProviderSessionId>>,
    others: BTreeSet<ProviderSessionId>,
}

/// How names are kept, in short: the first with its place, then the others.
type Kept = (Option<Told<ProviderSessionId>>, BTreeSet<ProviderSessionId>);

impl From<Kept> for Names {
    fn from((first, others): Kept) -> Self {
        Self { first, others }
    }
}

impl From<Names> for Kept {
    fn from(names: Names) -> Self {
        (names.first, names.others)
    }
}

/// What telling a name changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// Nothing.
    Known,
    /// Only when, or in which order.
    Moved,
    /// The name is new: the session can be found by it now.
    New,
}

impl Names {
    /// Whether none was told.
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// The name for calls.
    pub fn first(&self) -> Option<&ProviderSessionId> {
        self.first.as_ref().map(|told| &told.value)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &ProviderSessionId> {
        self.first().into_iter().chain(&self.others)
    }

    /// Takes a name.
    pub(crate) fn tell(&mut self, name: &ProviderSessionId, key: OrderKey) -> Naming {
        let Some(first) = &mut self.first else {
            self.first = Some(Told { key, value: name.clone() });
            return Naming::New;
        };
        let earlier = Told { key, value: name.clone() } < *first;
        if first.value == *name {
            first.key = first.key.min(key);
            return if earlier { Naming::Moved } else { Naming::Known };
        }
        let known = self.others.contains(name);
        if !known && self.others.len() >= MAX_OTHERS {
            return Naming::Known;
        }
        let other = if earlier {
            self.others.remove(name);
            std::mem::replace(first, Told { key, value: name.clone() }).value
        } else {
            name.clone()
        };
        self.others.insert(other);
        match (known, earlier) {
            (false, _) => Naming::New,
            (true, true) => Naming::Moved,
            (true, false) => Naming::Known,
        }
    }
}

impl From<ProviderSessionId> for Names {
    /// A name from before every event.
    fn from(name: ProviderSessionId) -> Self {
        Self { first: Some(Told { key: OrderKey::FIRST, value: name }), others: BTreeSet::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ProviderSessionId {
        ProviderSessionId::new(text).unwrap()
    }

    fn key(at_ms: i64) -> OrderKey {
        OrderKey { at_ms, sequence: 0, rank: 0 }
    }

    #[test]
    fn the_name_that_was_told_first_holds_in_any_order_and_the_session_is_found_by_all() {
        let told = [("b", 2), ("a", 1), ("c", 3), ("b", 4), ("a", 5)];
        for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [1, 3, 0, 4, 2]] {
            let mut names = Names::default();
            for index in order.into_iter().chain(order) {
                names.tell(&name(told[index].0), key(told[index].1));
            }
            assert_eq!(names.first(), Some(&name("a")), "{order:?}");
            assert_eq!(names.iter().map(ProviderSessionId::as_str).collect::<Vec<_>>(), ["a", "b", "c"], "{order:?}");
        }
    }

    #[test]
    fn only_a_name_that_was_not_known_is_new() {
        let mut names = Names::default();
        assert_eq!(names.tell(&name("b"), key(5)), Naming::New);
        assert_eq!(names.tell(&name("b"), key(6)), Naming::Known);
        assert_eq!(names.tell(&name("b"), key(4)), Naming::Moved);
        assert_eq!(names.tell(&name("a"), key(9)), Naming::New);
        assert_eq!(names.tell(&name("a"), key(8)), Naming::Known);
        assert_eq!(names.tell(&name("a"), key(1)), Naming::Moved);
        assert_eq!(names.first(), Some(&name("a")));
    }

    #[test]
    fn names_beyond_the_bound_are_not_kept() {
        let mut names = Names::from(name("first"));
        for number in 0..20 {
            names.tell(&name(&format!("n-{number}")), key(number));
        }
        assert_eq!(names.iter().count(), 1 + MAX_OTHERS);
        assert_eq!(names.first(), Some(&name("first")));
    }
}
