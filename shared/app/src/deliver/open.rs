//! Opening the provider's conversation: at most one call whose outcome is not surely nothing.

use std::time::Duration;

use serde_json::{Map, Value};
use transfer_domain::{
    Briefing, EndReason, OpenOutcome, OpenStep, Opening, Session, begin_open, equip_open, follow_open, nobody_there,
    record_open,
};
use transfer_providers::{Availability, CallError, FurtherCall, Opened};

use super::calls::in_time;
use super::further::come_again;
use super::{Deliver, Desk, Retry, Turn, Wrote};
use crate::ProviderOperation;

/// What the timeline says of an end without an opening.
const NOBODY: &str = "the contact centre takes no conversation now; nothing was opened";

/// What is said of a session whose contact centre could not even be called, because something of ours failed.
pub(crate) const NO_CALL: &str = "the contact centre could not be called";

/// How long the question whether somebody is there may hold up an opening.
const ASK_AT_MOST: Duration = Duration::from_secs(3);

/// What an opening needs, got without any effect at the contact centre.
pub(crate) struct Prepared {
    pub(crate) briefing: Briefing,
    state: Map<String, Value>,
}

impl Deliver {
    pub(crate) async fn open(&self, turn: &Turn) -> Result<(), Retry> {
        let command = &turn.command;
        let Some(session) = self.live_session(command).await? else { return Ok(()) };
        let desk = match self.desk(&session).await {
            Ok(Ok(desk)) => desk,
            // What was begun may stand at the contact centre.
            Ok(Err(_)) if !waits(&session) => return self.settle_cut_off(&session).await,
            Ok(Err(none)) => {
                let outcome = failed(EndReason::ProviderRejected, none.why());
                return self.record(&session, &outcome).await.map(drop);
            }
            Err(retry) if turn.is_last && waits(&session) => {
                self.record(&session, &failed(EndReason::ProviderError, NO_CALL)).await?;
                return Err(retry);
            }
            Err(retry) => return Err(retry),
        };
        if session.next_opening_call.is_some() {
            return self.open_further(turn, &session, &desk).await;
        }
        if let Some(reason) = self.turned_away(&session, &desk).await {
            let end = |session: &Session, now| nobody_there(session, reason, NOBODY.to_owned(), now);
            return self.write(&command.project_id, &session, end).await.map(drop);
        }
        if !waits(&session) {
            return self.settle_cut_off(&session).await;
        }
        match self.prepare(&session, &desk).await? {
            Ok(prepared) => self.begin(turn, &session, &desk, prepared).await,
            Err(error) => self.not_prepared(turn, &session, &error).await,
        }
    }

    /// An opening that was begun before has an outcome, or never will have one.
    async fn settle_cut_off(&self, session: &Session) -> Result<(), Retry> {
        let settle = |session: &Session, now| match begin_open(session, now) {
            OpenStep::Settle(transition) => Some(*transition),
            OpenStep::Call(_) | OpenStep::Nothing => None,
        };
        match self.write(&session.project_id, session, settle).await? {
            Some(session) if waits(&session) => Err(Retry::because("the opening came back meanwhile")),
            Some(_) | None => Ok(()),
        }
    }

    pub(crate) async fn prepare(&self, session: &Session, desk: &Desk) -> Result<Result<Prepared, CallError>, Retry> {
        let briefing = self.service.store.briefing(&session.project_id, session.transfer_id()).await;
        let briefing = match briefing {
            Ok(briefing) => briefing.unwrap_or_default(),
            Err(error) => {
                let what = error.to_string();
                return Ok(Err(CallError::NotSent { what, retry_after: error.retry_after() }));
            }
        };
        let call = desk.adapter.prepare(desk.connection(self), session);
        let state = self.called(session, ProviderOperation::Prepare, call).await;
        Ok(state.map(|state| Prepared { briefing, state }).map_err(CallError::before_the_call))
    }

    async fn not_prepared(&self, turn: &Turn, session: &Session, error: &CallError) -> Result<(), Retry> {
        let outcome = outcome(&Err(error.clone()), turn.is_last);
        tracing::info!(session.id = %session.transfer_id(), error = %error, "an opening could not be prepared");
        if outcome != OpenOutcome::NotSent {
            self.record(session, &outcome).await?;
        }
        if outcome == OpenOutcome::NotSent || turn.is_last { Err(Retry::after_call(error)) } else { Ok(()) }
    }

    /// Records the attempt, then makes the call.
    async fn begin(&self, turn: &Turn, session: &Session, desk: &Desk, prepared: Prepared) -> Result<(), Retry> {
        let mut call = false;
        let begun = self
            .write(&session.project_id, session, |session, now| match begin_open(session, now) {
                OpenStep::Call(mut transition) => {
                    call = true;
                    equip_open(&mut transition, &desk.integration, prepared.state.clone());
                    Some(*transition)
                }
                OpenStep::Settle(transition) => {
                    call = false;
                    Some(*transition)
                }
                OpenStep::Nothing => {
                    call = false;
                    None
                }
            })
            .await?;
        match begun {
            Some(session) if call => self.call(turn, &session, desk, &prepared.briefing).await,
            Some(_) | None => Ok(()),
        }
    }

    /// Why the provider would take no conversation now, if it says so. A question that is not answered keeps nobody out.
    async fn turned_away(&self, session: &Session, desk: &Desk) -> Option<EndReason> {
        if !waits(session) || !desk.adapter.capabilities_of(&desk.integration).availability {
            return None;
        }
        let queue = session.queue.as_ref().map(|queue| queue.name.as_str()).unwrap_or_default();
        let call = in_time(ASK_AT_MOST, desk.adapter.availability(desk.connection(self), queue));
        match self.called(session, ProviderOperation::Availability, call).await {
            Ok(Availability::Unavailable(reason)) => Some(reason),
            Ok(Availability::Available | Availability::Unknown) => None,
            Err(error) => {
                tracing::info!(session.id = %session.transfer_id(), error = %error, "availability is not known");
                None
            }
        }
    }

    async fn call(&self, turn: &Turn, session: &Session, desk: &Desk, briefing: &Briefing) -> Result<(), Retry> {
        let call = desk.adapter.open(desk.connection(self), session, briefing);
        let opened = self.called(session, ProviderOperation::Open, call).await;
        let outcome = outcome(&opened, turn.is_last);
        let next = opened.as_ref().ok().and_then(|opened| opened.next);
        let recorded = self.record_call(session, &outcome, next).await?;
        tracing::info!(
            session.id = %session.transfer_id(),
            provider = %session.provider,
            outcome = opened.as_ref().err().map_or("opened".to_owned(), ToString::to_string),
            "a conversation was opened or not"
        );
        match (opened, recorded) {
            // The session's time ran out during the call: nobody else knows that there is a conversation.
            (Ok(opened), None) => self.end_orphan(session, opened, desk).await,
            (Err(error), Some(_)) if outcome == OpenOutcome::NotSent || turn.is_last => Err(Retry::after_call(&error)),
            (Ok(_), Some(session)) => come_again(turn, &session, next),
            (Err(_), _) => Ok(()),
        }
    }

    /// Records what the call came to. Where the name that it gave the conversation is another session's, it counts without
    /// the name: what it opened must not be forgotten.
    async fn record_call(
        &self,
        session: &Session,
        outcome: &OpenOutcome,
        next: Option<FurtherCall>,
    ) -> Result<Option<Session>, Retry> {
        let record = |outcome: &OpenOutcome, session: &Session, now| {
            let mut transition = record_open(session, outcome.clone(), now);
            follow_open(&mut transition, next.map(|next| next.number));
            Some(transition)
        };
        let named = |session: &Session, now| record(outcome, session, now);
        match self.write_naming(&session.project_id, session, named).await? {
            Wrote::Session(session) => Ok(Some(*session)),
            Wrote::Gone => Ok(None),
            Wrote::NameTaken => {
                tracing::warn!(session.id = %session.transfer_id(), "a conversation has the name of another session's");
                let nameless = outcome.clone().nameless();
                self.write(&session.project_id, session, |session, now| record(&nameless, session, now)).await
            }
        }
    }

    async fn record(&self, session: &Session, outcome: &OpenOutcome) -> Result<Option<Session>, Retry> {
        self.write(&session.project_id, session, |session, now| Some(record_open(session, outcome.clone(), now))).await
    }

    async fn end_orphan(&self, session: &Session, opened: Opened, desk: &Desk) -> Result<(), Retry> {
        let mut orphan = session.clone();
        orphan.provider_session_id = opened.provider_session_id;
        orphan.provider_state.extend(opened.provider_state);
        let call = desk.adapter.end(desk.connection(self), &orphan);
        match self.called(session, ProviderOperation::End, call).await {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::warn!(session.id = %session.transfer_id(), error = %error, "an orphaned conversation was not ended");
                Ok(())
            }
        }
    }
}

/// Whether nothing was begun, and something is to be.
fn waits(session: &Session) -> bool {
    matches!(session.opening, Opening::Requested { .. }) && !session.is_ended()
}

fn outcome(opened: &Result<Opened, CallError>, is_last: bool) -> OpenOutcome {
    match opened {
        Ok(opened) => OpenOutcome::Opened {
            provider_session_id: opened.provider_session_id.clone(),
            provider_data: opened.provider_data.clone(),
            provider_state: opened.provider_state.clone(),
        },
        Err(CallError::NotSent { what, .. }) if is_last => failed(EndReason::ProviderError, what),
        Err(CallError::NotSent { .. }) => OpenOutcome::NotSent,
        Err(CallError::Ambiguous { .. }) => OpenOutcome::Unknown,
        Err(CallError::Refused { reason, what }) => failed(*reason, what),
        Err(CallError::Gone { what } | CallError::Misconfigured { what }) => failed(EndReason::ProviderRejected, what),
    }
}

fn failed(reason: EndReason, detail: &str) -> OpenOutcome {
    OpenOutcome::Failed { reason, detail: detail.to_owned() }
}
