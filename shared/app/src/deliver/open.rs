//! Opening the provider's conversation: at most one call whose outcome is not surely nothing.

use std::time::Duration;

use serde_json::{Map, Value};
use transfer_domain::{
    Conversation, EndReason, Names, OpenOutcome, OpenStep, Opening, Session, TransferRequest, Transition, begin_open,
    nobody_there, record_open, settle_open,
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
    pub(crate) request: TransferRequest,
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
        let session = self.conversation(session).await?;
        if session.next_opening_call.is_some() {
            return self.open_further(turn, &session, &desk).await;
        }
        if let Some(reason) = self.turned_away(&session, &desk).await {
            let end = |session: &Conversation, now| nobody_there(session, reason, NOBODY.to_owned(), now);
            return self.write_told(&session, end).await?.session().map(drop);
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
        match self.write_told(session, settle_open).await?.session()? {
            Some(session) if waits(&session) => Err(Retry::because("the opening came back meanwhile")),
            Some(_) | None => Ok(()),
        }
    }

    pub(crate) async fn prepare(
        &self,
        session: &Conversation,
        desk: &Desk,
    ) -> Result<Result<Prepared, CallError>, Retry> {
        let request = self.service.store.request(&session.project_id, session.transfer_id()).await;
        let request = match request {
            Ok(request) => request.unwrap_or_default(),
            Err(error) => {
                let what = error.to_string();
                return Ok(Err(CallError::NotSent { what, retry_after: error.retry_after() }));
            }
        };
        let call = desk.adapter.prepare(desk.connection(self), session);
        let state = self.called(session, ProviderOperation::Prepare, call).await;
        Ok(state.map(|state| Prepared { request, state }).map_err(CallError::before_the_call))
    }

    async fn not_prepared(&self, turn: &Turn, session: &Session, error: &CallError) -> Result<(), Retry> {
        let outcome = outcome(&Err(error.clone()), turn.is_last);
        tracing::info!(transfer.id = %session.transfer_id(), error = %error, "an opening could not be prepared");
        if outcome != OpenOutcome::NotSent {
            self.record(session, &outcome).await?;
        }
        if outcome == OpenOutcome::NotSent || turn.is_last { Err(Retry::after_call(error)) } else { Ok(()) }
    }

    /// Records the attempt, then makes the call.
    async fn begin(&self, turn: &Turn, before: &Conversation, desk: &Desk, prepared: Prepared) -> Result<(), Retry> {
        let Prepared { request, state } = prepared;
        let attempt = |session: &Conversation, now| begin_open(session, &desk.integration, state.clone(), now);
        match self.write_told(before, attempt).await? {
            Wrote::Done(begun) => match *begun {
                (OpenStep::Call, Transition { session, .. }) => {
                    let session = self.conversation(session).await?;
                    self.call(turn, &session, desk, &request).await
                }
                (OpenStep::Settle, _) => Ok(()),
            },
            Wrote::Nothing(_) | Wrote::Gone | Wrote::NameTaken => Ok(()),
        }
    }

    /// Why the provider would take no conversation now, if it says so. A question that is not answered keeps nobody out.
    async fn turned_away(&self, session: &Conversation, desk: &Desk) -> Option<EndReason> {
        if !waits(session) || !desk.adapter.capabilities().availability {
            return None;
        }
        let queue = session.queue().name;
        let call = in_time(ASK_AT_MOST, desk.adapter.availability(desk.connection(self), &queue));
        match self.called(session, ProviderOperation::Availability, call).await {
            Ok(Availability::Unavailable(reason)) => Some(reason),
            Ok(Availability::Available | Availability::Unknown) => None,
            Err(error) => {
                tracing::info!(transfer.id = %session.transfer_id(), error = %error, "availability is not known");
                None
            }
        }
    }

    async fn call(
        &self,
        turn: &Turn,
        session: &Conversation,
        desk: &Desk,
        request: &TransferRequest,
    ) -> Result<(), Retry> {
        let call = desk.adapter.open(desk.connection(self), session, request);
        let opened = self.called(session, ProviderOperation::Open, call).await;
        let outcome = outcome(&opened, turn.is_last);
        let next = opened.as_ref().ok().and_then(|opened| opened.next);
        let recorded = self.record_call(session, &outcome, next).await?;
        tracing::info!(
            transfer.id = %session.transfer_id(),
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
        let next = next.map(|next| next.number);
        let record =
            |outcome: &OpenOutcome, session: &Conversation, now| Some(record_open(session, outcome.clone(), next, now));
        match self.write_told(session, |session, now| record(outcome, session, now)).await? {
            wrote @ (Wrote::Done(_) | Wrote::Nothing(_) | Wrote::Gone) => wrote.session(),
            Wrote::NameTaken => {
                tracing::warn!(transfer.id = %session.transfer_id(), "a conversation has the name of another session's");
                let nameless = outcome.clone().nameless();
                self.write_told(session, |session, now| record(&nameless, session, now)).await?.session()
            }
        }
    }

    async fn record(&self, session: &Session, outcome: &OpenOutcome) -> Result<Option<Session>, Retry> {
        let record = |session: &Conversation, now| Some(record_open(session, outcome.clone(), None, now));
        self.write_told(session, record).await?.session()
    }

    async fn end_orphan(&self, session: &Conversation, opened: Opened, desk: &Desk) -> Result<(), Retry> {
        let mut orphan = session.clone();
        orphan.session.names = opened.provider_session_id.map(Names::from).unwrap_or_default();
        orphan.facts.state.extend(opened.provider_state);
        let call = desk.adapter.end(desk.connection(self), &orphan);
        match self.called(session, ProviderOperation::End, call).await {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::warn!(transfer.id = %session.transfer_id(), error = %error, "an orphaned conversation was not ended");
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
