//! Event endpoints: where a project gets its events by webhook, and what became of each.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{EndpointId, EndpointState, Envelope, NoticeState, ProjectId, SecretsInUse, SessionId};

/// How many endpoints a project may have.
pub const MAX_ENDPOINTS: usize = 5;

/// How long an endpoint may fail before it is switched off, and an event be tried.
pub const ENDPOINT_PATIENCE: TimeDelta = TimeDelta::days(3);

/// The pauses between the tries of an event, in seconds; the last one goes on until the patience is over.
const PAUSES: [u32; 9] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800];

/// Where a project gets its events by webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventEndpoint {
    /// The tenant.
    pub project_id: ProjectId,
    /// The project's name of it.
    pub endpoint_id: EndpointId,
    /// Where events are sent.
    pub url: String,
    /// The detail types that it gets; all if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_types: Vec<String>,
    /// Whether it gets any.
    pub state: EndpointState,
    /// Which version of its secrets is in use.
    pub secrets: SecretsInUse,
    /// When it was created.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub updated_at: DateTime<Utc>,
    /// Rises with every change.
    pub version: u64,
}

impl EventEndpoint {
    /// Whether it gets events of this type. One that was switched off for its failures is still told of, so that what it
    /// missed is known.
    pub fn wants(&self, detail_type: &str) -> bool {
        self.chooses(detail_type) && self.state != EndpointState::Off
    }

    /// Whether it is to get events of this type while it is on.
    pub fn chooses(&self, detail_type: &str) -> bool {
        self.event_types.is_empty() || self.event_types.iter().any(|wanted| wanted == detail_type)
    }

    /// The same, switched off for its failures; `None` if it is off already.
    pub fn switched_off(&self, state: EndpointState, now: DateTime<Utc>) -> Option<Self> {
        let version = self.version.saturating_add(1);
        (self.state == EndpointState::On).then(|| Self { state, updated_at: now, version, ..self.clone() })
    }
}

/// How an endpoint answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointHealth {
    /// Since when nothing arrived; `None` = the last event did.
    #[serde(default, with = "chrono::serde::ts_milliseconds_option", skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<DateTime<Utc>>,
    /// What the first failure since then was; no personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// An event on its way to an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// The tenant.
    pub project_id: ProjectId,
    /// Where it goes.
    pub endpoint_id: EndpointId,
    /// Tells it from all others of its endpoint; those sort by time.
    pub notice_id: String,
    /// Whether somebody asked for it once more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// When it was put on its way: from then on it is tried, also while it waits behind another. `None` in those of an
    /// earlier version.
    #[serde(default, with = "chrono::serde::ts_milliseconds_option", skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// The event.
    pub event: Envelope,
}

impl Notice {
    /// Of one group, events arrive in order: of a session at an endpoint.
    pub fn group(&self) -> String {
        format!("{}/{}/{}", self.project_id, self.endpoint_id, self.event.session_id().unwrap_or_default())
    }

    /// The same for every repetition of what was put on its way once.
    pub fn deduplication_id(&self) -> String {
        format!("{}/{}", self.endpoint_id, self.notice_id)
    }

    /// When the session ended, if it hands that back.
    pub fn hands_back(&self) -> Option<DateTime<Utc>> {
        let is_end = matches!(self.event.detail_type.as_str(), "transfer.ended" | "transfer.expired");
        self.event.detail.get("endedAt").and_then(Value::as_str).filter(|_| is_end)?.parse().ok()
    }

    /// Names a notice of this moment, so that those of an endpoint sort by it; `what` tells it from others.
    pub fn id_at(at: DateTime<Utc>, what: &str) -> String {
        format!("{:013}-{what}", at.timestamp_millis().max(0))
    }
}

/// What became of an event at an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NoticeRecord {
    /// Its id.
    pub notice_id: String,
    /// The event's.
    pub event_id: String,
    /// The event's type.
    pub detail_type: String,
    /// The event's session, if it is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The event itself, where no feed has it: of no session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Envelope>,
    /// What became of it.
    pub state: NoticeState,
    /// How often it was sent.
    pub attempts: u32,
    /// From when on its patience counts; `None` = from [`Self::first_at`].
    #[serde(default, with = "chrono::serde::ts_milliseconds_option", skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// When it was sent first.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub first_at: DateTime<Utc>,
    /// When it was sent last.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub last_at: DateTime<Utc>,
    /// When it is sent again.
    #[serde(default, with = "chrono::serde::ts_milliseconds_option", skip_serializing_if = "Option::is_none")]
    pub next_at: Option<DateTime<Utc>>,
    /// The status that it was answered with last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it did not arrive; no personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl NoticeRecord {
    /// Of a notice of which nothing came yet.
    pub fn of(notice: &Notice, now: DateTime<Utc>) -> Self {
        let session_id = notice.event.session_id().and_then(|id| id.parse().ok());
        Self {
            notice_id: notice.notice_id.clone(),
            event_id: notice.event.event_id().to_owned(),
            detail_type: notice.event.detail_type.clone(),
            event: session_id.is_none().then(|| notice.event.clone()),
            session_id,
            state: NoticeState::Pending,
            attempts: 0,
            since: notice.since,
            first_at: now,
            last_at: now,
            next_at: None,
            status: None,
            error: None,
        }
    }

    /// Whether it may still be tried at some time.
    pub fn is_tried_at(&self, at: DateTime<Utc>) -> bool {
        at - self.since.unwrap_or(self.first_at) <= ENDPOINT_PATIENCE
    }

    /// After another try.
    #[must_use]
    pub fn tried(mut self, answer: &Answered, now: DateTime<Utc>, scatter: f64) -> Self {
        self.attempts = self.attempts.saturating_add(1);
        self.last_at = now;
        self.next_at = None;
        match answer {
            Answered::Taken { status } => {
                (self.state, self.status, self.error) = (NoticeState::Delivered, Some(*status), None);
            }
            Answered::Not { status, why, retry_after } => {
                self.status = *status;
                self.error = Some(why.clone());
                let pause = pause_after(self.attempts, scatter).max(*retry_after);
                let again = now + pause;
                let patient = self.is_tried_at(again);
                self.state = if patient { NoticeState::Pending } else { NoticeState::Failed };
                self.next_at = patient.then_some(again);
            }
        }
        self
    }
}

/// What an endpoint said to an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It has it.
    Taken {
        /// Its answer's status.
        status: u16,
    },
    /// It does not, or not surely, have it.
    Not {
        /// Its answer's status, if it answered.
        status: Option<u16>,
        /// Why not; no personal data.
        why: String,
        /// How long it wants us to wait.
        retry_after: TimeDelta,
    },
}

/// The pause after so many tries, scattered over a tenth of it.
fn pause_after(attempts: u32, scatter: f64) -> TimeDelta {
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX).min(PAUSES.len() - 1);
    let seconds = PAUSES.get(index).copied().unwrap_or_default();
    let scattered = f64::from(seconds) * (1.0 + 0.1 * scatter.clamp(0.0, 1.0));
    #[expect(clippy::cast_possible_truncation, reason = "below a hundred million")]
    let milliseconds = (scattered * 1000.0) as i64;
    TimeDelta::milliseconds(milliseconds)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_768_212_000 + seconds, 0).unwrap()
    }

    fn notice() -> Notice {
        let detail = Map::from_iter([("eventId".to_owned(), json!("e-1"))]);
        Notice {
            project_id: "demo".parse().unwrap(),
            endpoint_id: "runtime".parse().unwrap(),
            notice_id: Notice::id_at(at(0), "e-1"),
            again: false,
            since: Some(at(0)),
            event: Envelope { detail_type: "transfer.queued".to_owned(), time: at(0), detail },
        }
    }

    fn not(status: u16, retry_after: TimeDelta) -> Answered {
        Answered::Not { status: Some(status), why: status.to_string(), retry_after }
    }

    #[test]
    fn it_is_tried_again_later_and_later_until_three_days_are_over() {
        let mut record = NoticeRecord::of(&notice(), at(0));
        let mut pauses = Vec::new();
        let mut now = at(0);
        loop {
            record = record.tried(&not(500, TimeDelta::zero()), now, 0.0);
            let Some(next) = record.next_at else { break };
            assert_eq!(record.state, NoticeState::Pending);
            pauses.push((next - now).num_seconds());
            now = next;
        }
        assert_eq!(&pauses[..10], [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800]);
        assert_eq!((record.state, record.attempts), (NoticeState::Failed, 17));
        assert!(now - at(0) <= ENDPOINT_PATIENCE && now - at(0) > ENDPOINT_PATIENCE - TimeDelta::hours(8));
    }

    #[test]
    fn what_the_endpoint_asks_for_is_waited_and_a_success_settles_it() {
        let record = NoticeRecord::of(&notice(), at(0)).tried(&not(429, TimeDelta::minutes(7)), at(0), 1.0);
        assert_eq!((record.next_at, record.status), (Some(at(420)), Some(429)));
        let record = record.tried(&Answered::Taken { status: 204 }, at(420), 1.0);
        assert_eq!((record.state, record.attempts, record.next_at), (NoticeState::Delivered, 2, None));
        assert_eq!((record.status, record.error), (Some(204), None));
    }

    #[test]
    fn what_waited_behind_another_is_given_up_when_its_own_days_are_over() {
        let waited = at(0) + ENDPOINT_PATIENCE;
        let record = NoticeRecord::of(&notice(), waited).tried(&not(500, TimeDelta::zero()), waited, 0.0);
        assert_eq!((record.state, record.attempts, record.first_at), (NoticeState::Failed, 1, waited));
        let earlier_version = Notice { since: None, ..notice() };
        let record = NoticeRecord::of(&earlier_version, waited).tried(&not(500, TimeDelta::zero()), waited, 0.0);
        assert_eq!(record.state, NoticeState::Pending);
    }

    #[test]
    fn an_end_is_handed_back_and_nothing_else_is() {
        let of = |detail_type: &str| {
            let mut notice = notice();
            notice.event.detail_type = detail_type.to_owned();
            notice.event.detail.insert("endedAt".to_owned(), json!("2026-01-12T10:00:00.000Z"));
            notice.hands_back()
        };
        assert_eq!((of("transfer.ended"), of("transfer.expired")), (Some(at(0)), Some(at(0))));
        assert_eq!((of("transfer.handback_updated"), notice().hands_back()), (None, None));
    }

    #[test]
    fn notices_of_an_endpoint_sort_by_their_moment() {
        assert!(Notice::id_at(at(0), "z") < Notice::id_at(at(1), "a"));
    }
}
