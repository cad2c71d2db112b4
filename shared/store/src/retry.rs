//! Waiting before another try.

use std::time::Duration;

use transfer_domain::Ids;

/// A bounded number of tries with waits between them that grow; each is a random part of its ceiling ("full jitter"),
/// so that those who collided do not collide again.
#[derive(Debug)]
pub(crate) struct Backoff {
    tries_left: u32,
    ceiling: Duration,
}

/// No wait is longer.
const LONGEST: Duration = Duration::from_millis(200);

impl Backoff {
    /// For DynamoDB's own conflicts and throttles.
    pub(crate) const fn of_calls() -> Self {
        Self { tries_left: 5, ceiling: Duration::from_millis(5) }
    }

    /// For decisions that others overtook.
    pub(crate) const fn of_decisions() -> Self {
        Self { tries_left: 12, ceiling: Duration::from_millis(2) }
    }

    /// Waits; `false`, at once, if no try is left.
    pub(crate) async fn pause(&mut self, ids: &dyn Ids) -> bool {
        self.tries_left = self.tries_left.saturating_sub(1);
        if self.tries_left == 0 {
            return false;
        }
        tokio::time::sleep(self.ceiling.mul_f64(ids.fraction().clamp(0.0, 1.0))).await;
        self.ceiling = (self.ceiling * 2).min(LONGEST);
        true
    }
}
