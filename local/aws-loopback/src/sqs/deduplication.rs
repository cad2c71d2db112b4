//! The window in which a FIFO queue takes a repeated send for the first one.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Five minutes, fixed by SQS.
pub(crate) const WINDOW_SECONDS: u32 = 300;

/// The first send under a deduplication id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FirstSend {
    pub(crate) message_id: String,
    pub(crate) sequence: u64,
    pub(crate) ends_at: DateTime<Utc>,
}

/// The open windows of one queue; it counts even when the message is deleted already.
#[derive(Default)]
pub(crate) struct Deduplicator {
    windows: HashMap<String, FirstSend>,
    by_end: VecDeque<(DateTime<Utc>, String)>,
}

impl Deduplicator {
    /// Continues with windows in any order.
    pub(crate) fn restore(mut windows: Vec<(String, FirstSend)>) -> Self {
        windows.sort_by_key(|(_, first)| first.ends_at);
        let by_end = windows.iter().map(|(key, first)| (first.ends_at, key.clone())).collect();
        Self { windows: windows.into_iter().collect(), by_end }
    }

    pub(crate) fn find(&self, key: &str, now: DateTime<Utc>) -> Option<&FirstSend> {
        self.windows.get(key).filter(|first| first.ends_at > now)
    }

    /// Opens a window; the key must not have an open one.
    pub(crate) fn open(&mut self, key: String, first: FirstSend) {
        self.by_end.push_back((first.ends_at, key.clone()));
        self.windows.insert(key, first);
    }

    /// The keys of the windows that were not forgotten.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.windows.keys().map(String::as_str)
    }

    /// Forgets windows that are over and returns their keys.
    pub(crate) fn close_ended(&mut self, now: DateTime<Utc>) -> Vec<String> {
        let mut closed = Vec::new();
        while let Some((_, key)) = self.by_end.pop_front_if(|(ends_at, _)| *ends_at <= now) {
            self.windows.remove(&key);
            closed.push(key);
        }
        closed
    }
}
