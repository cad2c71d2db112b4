//! What the clock brings about for one session, when its moment has come.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use transfer_domain::{ProjectId, Session, TransferId};
use transfer_store::{DueSession, StoreError};

use crate::{Metric, Service, about_project, about_session};

/// That a session is due: a message that its queue keeps back until the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tick {
    /// Whose session it is.
    pub project_id: ProjectId,
    /// Which.
    pub transfer_id: TransferId,
    /// When it is due.
    pub due_at: DateTime<Utc>,
    /// How long the queue keeps it back, in seconds. No part of the message.
    #[serde(skip)]
    pub delay_seconds: u16,
}

/// The longest that a queue keeps a message back.
const MAX_DELAY_SECONDS: u16 = 900;

/// How far the clocks of two machines may be apart: a tick that is this early is waited for.
const CLOCKS_DIFFER: Duration = Duration::from_secs(2);

impl Tick {
    /// Of an entry of the index of what is due.
    pub(crate) fn of_entry(entry: DueSession, now: DateTime<Utc>) -> Self {
        let delay_seconds = delay(entry.at, now);
        Self { project_id: entry.project, transfer_id: entry.transfer, due_at: entry.at, delay_seconds }
    }

    /// Of a session that is due at that moment.
    pub(crate) fn of_session(session: &Session, due_at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let project_id = session.project_id.clone();
        Self { project_id, transfer_id: session.transfer_id(), due_at, delay_seconds: delay(due_at, now) }
    }
}

/// Rather too long than too short: what comes too early finds nothing to do.
fn delay(due_at: DateTime<Utc>, now: DateTime<Utc>) -> u16 {
    let wait = due_at - now;
    let begun = i64::from(wait.subsec_nanos() > 0);
    let seconds = wait.num_seconds().saturating_add(begun).clamp(0, i64::from(MAX_DELAY_SECONDS));
    u16::try_from(seconds).unwrap_or(MAX_DELAY_SECONDS)
}

/// Applies what is due of a session, if anything is. Safe to repeat: it is decided by where the session stands.
pub async fn tick(service: &Service, tick: &Tick) -> Result<(), StoreError> {
    about_project(&tick.project_id);
    about_session(tick.transfer_id);
    wait_for(tick.due_at - service.now()).await;
    let written = service.store.tick(&tick.project_id, tick.transfer_id, service.now()).await?;
    if written.is_some() {
        service.metrics.record(Metric::TickDelay(service.now() - tick.due_at));
    }
    Ok(())
}

async fn wait_for(early: TimeDelta) {
    // Of one that is late there is nothing to wait for.
    let Ok(early) = early.to_std() else { return };
    if early <= CLOCKS_DIFFER {
        tokio::time::sleep(early).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_is_kept_back_until_its_second_and_never_comes_before_it() {
        let now = DateTime::from_timestamp_millis(1_795_341_600_500).unwrap();
        for (millis, seconds) in [
            (0, 0),
            (-5_000, 0),
            (1, 1),
            (1_000, 1),
            (59_500, 60),
            (75_000, 75),
            (900_001, 900),
            (i64::MAX / 1_000_000, 900),
        ] {
            assert_eq!(delay(now + TimeDelta::milliseconds(millis), now), seconds, "{millis} ms");
        }
    }

    #[test]
    fn a_message_tells_whose_session_is_due_and_when_and_reads_back() {
        let text = r#"{"projectId":"demo","transferId":"0193a5c0-7e2b-7abc-8def-0123456789ab","dueAt":"2026-01-12T10:00:00Z"}"#;
        let read: Tick = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&Tick { delay_seconds: 7, ..read }).unwrap(), text);
    }
}
