//! A count of everything that moved, so that quiet can be told from a pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// Counts, and wakes whoever waits for news. Clones share the count.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    count: AtomicU64,
    news: Notify,
}

impl Progress {
    /// Something moved.
    pub fn note(&self) {
        self.0.count.fetch_add(1, Ordering::SeqCst);
        self.0.news.notify_one();
    }

    /// How often something moved.
    pub fn count(&self) -> u64 {
        self.0.count.load(Ordering::SeqCst)
    }

    /// Waits until something moves. For one waiter.
    pub(crate) async fn news(&self) {
        self.0.news.notified().await;
    }
}
