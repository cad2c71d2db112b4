//! A token bucket per integration, in this process. Several processes together may exceed the rate; the provider's
//! 429 then says so.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use transfer_domain::{IntegrationId, ProjectId};

use super::{Answer, Call};
use crate::{CallError, Connection};

/// More integrations than this in one process are forgotten rather than remembered.
const MAX_INTEGRATIONS: usize = 4096;

/// For each integration, when its bucket will be full again (the generic cell rate algorithm).
#[derive(Debug, Default)]
pub(super) struct Rates(Mutex<HashMap<(ProjectId, IntegrationId), DateTime<Utc>>>);

impl Connection<'_> {
    /// Makes a call, if the integration's bucket has one left where the call is limited; else says how long to wait.
    pub async fn make(&self, call: Call) -> Result<Answer, CallError> {
        let now = self.now();
        if let Some(per_minute) = call.per_minute {
            let key = (self.integration.project_id.clone(), self.integration.integration_id.clone());
            self.client.inner.rates.admit(key, per_minute, now).map_err(|wait| CallError::NotSent {
                what: "the integration's own rate limit".to_owned(),
                retry_after: Some(wait),
            })?;
        }
        self.client.exchange(call, now).await
    }
}

impl Rates {
    fn admit(&self, key: (ProjectId, IntegrationId), per_minute: u32, now: DateTime<Utc>) -> Result<(), Duration> {
        let bucket = TimeDelta::minutes(1);
        let each = bucket / i32::try_from(per_minute).unwrap_or(i32::MAX).max(1);
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= MAX_INTEGRATIONS {
            full_at.clear();
        }
        let next = full_at.get(&key).copied().unwrap_or(now).max(now) + each;
        match (next - now - bucket).to_std() {
            Ok(wait) if !wait.is_zero() => Err(wait),
            Ok(_) | Err(_) => {
                full_at.insert(key, next);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_bucket_refuses_until_one_call_has_flowed_out() {
        let rates = Rates::default();
        let key = || (ProjectId::new("p").unwrap(), IntegrationId::new("i").unwrap());
        let start = DateTime::UNIX_EPOCH;
        for _ in 0..60 {
            assert_eq!(rates.admit(key(), 60, start), Ok(()));
        }
        assert_eq!(rates.admit(key(), 60, start), Err(Duration::from_secs(1)));
        assert_eq!(rates.admit(key(), 60, start + TimeDelta::seconds(1)), Ok(()));
        assert!(rates.admit(key(), 60, start + TimeDelta::seconds(1)).is_err());
        let other = (ProjectId::new("p").unwrap(), IntegrationId::new("other").unwrap());
        assert_eq!(rates.admit(other, 60, start), Ok(()));
    }
}
