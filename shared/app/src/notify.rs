//! Events to the endpoints of a project: signed, in order per session and endpoint, again for days.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tracing::Instrument as _;
use transfer_domain::{
    Answered, ENDPOINT_PATIENCE, EndpointHealth, EndpointId, EndpointState, EventEndpoint, HealthState, Notice,
    NoticeRecord, NoticeState, ProjectId,
};
use transfer_providers::{ProviderClient, signed_event};
use transfer_store::Put;

use crate::deliver::{Circuits, Retry};
use crate::{Metric, Service};

/// The most that is kept of why an event did not arrive.
const LONGEST_ERROR: usize = 200;

/// An endpoint among those of all projects.
type Place = (ProjectId, EndpointId);

/// What sends events to endpoints.
#[derive(Debug, Clone)]
pub struct Notifier {
    service: Service,
    client: ProviderClient,
    circuits: Circuits<Place>,
}

/// What came of one request.
struct Sent {
    answered: Answered,
    /// The endpoint says that it is no more.
    gone: bool,
}

impl Notifier {
    /// Over the service's table, with an HTTP client.
    pub fn new(service: Service, client: ProviderClient) -> Self {
        Self { service, client, circuits: Circuits::default() }
    }

    /// Sends a notice, or says when it must come again. `receives`: how often it came, from 1.
    pub async fn notify(&self, notice: &Notice, receives: u32) -> Result<(), Retry> {
        // An error span, because whatever level is logged must say for whom.
        let span = tracing::error_span!(
            "notice",
            project.id = %notice.project_id,
            endpoint.id = %notice.endpoint_id,
            notice.id = notice.notice_id,
        );
        let notified = async {
            Box::pin(self.take(notice, receives)).await.inspect_err(|retry| {
                tracing::warn!(why = retry.why, receives, "an event must come again");
            })
        };
        notified.instrument(span).await
    }

    async fn take(&self, notice: &Notice, receives: u32) -> Result<(), Retry> {
        let now = self.service.now();
        let Some(endpoint) = self.endpoint(notice).await? else { return Ok(()) };
        let record = match self.known(notice, receives).await? {
            Some(record) if record.state != NoticeState::Pending => return Ok(()),
            Some(record) => record,
            None => NoticeRecord::of(notice, now),
        };
        if endpoint.state != EndpointState::On {
            return self
                .record(&endpoint, &NoticeRecord { state: NoticeState::Skipped, next_at: None, ..record })
                .await;
        }
        if let Some(wait) = record.next_at.and_then(|at| (at - now).to_std().ok()).filter(|wait| !wait.is_zero()) {
            return Err(Retry::after("its time has not come", wait));
        }
        let place = (endpoint.project_id.clone(), endpoint.endpoint_id.clone());
        if record.is_tried_at(now)
            && let Err(wait) = self.circuits.admit(&place, now)
        {
            if receives == 1 {
                self.record(&endpoint, &record).await?;
            }
            return Err(Retry::after("other events do not arrive at the endpoint", wait));
        }
        let sent = self.send(&endpoint, notice, now).await?;
        let (asked, now) = (now, self.service.now());
        let record = record.tried(&sent.answered, now, self.service.ids.fraction());
        match &sent.answered {
            Answered::Taken { .. } => {
                if record.attempts == 1 && !notice.again {
                    self.service.metrics.record(Metric::EventDelivered { took: now - notice.event.time });
                }
                if let Some(ended) = notice.hands_back().filter(|_| !notice.again) {
                    self.service.metrics.record(Metric::HandBackDelivered(now - ended));
                }
                let before = self.circuits.answered_after(&place, now, now - asked);
                self.taken(&endpoint, before, &record).await;
                Ok(())
            }
            Answered::Not { why, .. } => self.not_taken(&endpoint, place, record, (why, sent.gone), now).await,
        }
    }

    /// The endpoint as it is known; as it stands if it is unknown.
    async fn endpoint(&self, notice: &Notice) -> Result<Option<EventEndpoint>, Retry> {
        let known = self.service.directory.endpoints(&notice.project_id).await?;
        let of_this = known.iter().find(|endpoint| endpoint.endpoint_id == notice.endpoint_id).cloned();
        if of_this.is_some() {
            return Ok(of_this);
        }
        Ok(self.service.store.endpoint(&notice.project_id, &notice.endpoint_id).await?)
    }

    /// What is known of a notice that came before.
    async fn known(&self, notice: &Notice, receives: u32) -> Result<Option<NoticeRecord>, Retry> {
        if receives <= 1 {
            return Ok(None);
        }
        Ok(self.service.store.notice(&notice.project_id, &notice.endpoint_id, &notice.notice_id).await?)
    }

    async fn send(&self, endpoint: &EventEndpoint, notice: &Notice, now: DateTime<Utc>) -> Result<Sent, Retry> {
        let secrets = self.service.secrets.signing(endpoint).await?;
        let call = match signed_event(&endpoint.url, &notice.event, &secrets, now) {
            Ok(call) => call,
            Err(error) => return Ok(Sent { answered: not(None, &error.to_string(), None), gone: false }),
        };
        Ok(match self.client.send(call, now).await {
            Ok(answer) if answer.status.is_success() => {
                Sent { answered: Answered::Taken { status: answer.status.as_u16() }, gone: false }
            }
            Ok(answer) => {
                let status = answer.status.as_u16();
                let why = format!("answered {status}");
                Sent { answered: not(Some(status), &why, answer.retry_after), gone: status == 410 }
            }
            Err(error) => Sent { answered: not(None, &error.to_string(), None), gone: false },
        })
    }

    async fn taken(&self, endpoint: &EventEndpoint, before: HealthState, record: &NoticeRecord) {
        // It has the event, so it must not come again, whatever the table says now.
        if let Err(retry) = self.record(endpoint, record).await {
            tracing::warn!(why = retry.why, "an event arrived, which could not be recorded");
        }
        if matches!(before, HealthState::Degraded | HealthState::Failing) || self.was_failing(endpoint).await {
            let answers = self.service.store.endpoint_answers(&endpoint.project_id, &endpoint.endpoint_id).await;
            if let Err(error) = answers {
                tracing::warn!(%error, "it could not be recorded that an endpoint answers again");
            }
            self.service.directory.forget_endpoints();
        }
    }

    async fn was_failing(&self, endpoint: &EventEndpoint) -> bool {
        let health = self.service.directory.endpoint_health(&endpoint.project_id, &endpoint.endpoint_id).await;
        health.is_ok_and(|health| health.failing_since.is_some())
    }

    async fn not_taken(
        &self,
        endpoint: &EventEndpoint,
        place: Place,
        mut record: NoticeRecord,
        (why, gone): (&str, bool),
        now: DateTime<Utc>,
    ) -> Result<(), Retry> {
        self.service.metrics.record(Metric::EventNotDelivered);
        let health = EndpointHealth { failing_since: Some(now), last_error: Some(why.to_owned()) };
        let (project, id) = (&endpoint.project_id, &endpoint.endpoint_id);
        let health = self.service.store.endpoint_fails(project, id, health).await?;
        let failing_for = health.failing_since.map_or(TimeDelta::zero(), |since| now - since);
        let failed_for = failing_for.to_std().unwrap_or_default();
        self.circuits.in_vain(&place, now, why, failed_for, self.service.ids.fraction());
        let state = if gone { EndpointState::Gone } else { EndpointState::Failing };
        if gone || failing_for >= ENDPOINT_PATIENCE {
            self.switch_off(endpoint, state, now).await?;
            (record.state, record.next_at) = (NoticeState::Failed, None);
        }
        self.record(endpoint, &record).await?;
        if let Some(pause) = record.next_at.and_then(|at| (at - now).to_std().ok()) {
            return Err(Retry::after(why, pause));
        }
        tracing::error!(why, attempts = record.attempts, "an event is given up");
        Ok(())
    }

    /// Switches off what takes no events any more, unless its project just changed it.
    async fn switch_off(&self, known: &EventEndpoint, state: EndpointState, now: DateTime<Utc>) -> Result<(), Retry> {
        let endpoint = self.service.store.endpoint(&known.project_id, &known.endpoint_id).await?;
        let Some(off) = endpoint.as_ref().and_then(|endpoint| endpoint.switched_off(state, now)) else { return Ok(()) };
        match self.service.store.put_endpoint(&off, Some(off.version - 1)).await? {
            Put::Stored { .. } => tracing::error!(state = state.as_str(), "an event endpoint is switched off"),
            Put::Stale => tracing::info!("an event endpoint was changed meanwhile"),
        }
        self.service.directory.forget_endpoints();
        Ok(())
    }

    async fn record(&self, endpoint: &EventEndpoint, record: &NoticeRecord) -> Result<(), Retry> {
        Ok(self.service.store.put_notice(&endpoint.project_id, &endpoint.endpoint_id, record).await?)
    }
}

fn not(status: Option<u16>, why: &str, retry_after: Option<Duration>) -> Answered {
    let mut why = why.to_owned();
    why.truncate(why.floor_char_boundary(LONGEST_ERROR));
    let asked = retry_after.and_then(|time| TimeDelta::from_std(time).ok()).unwrap_or_else(TimeDelta::zero);
    // Longer than a day nobody is waited for: the patience would be over before the next try.
    Answered::Not { status, why, retry_after: asked.min(TimeDelta::days(1)) }
}
