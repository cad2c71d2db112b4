//! Opening the provider's conversation: at most one call whose outcome is not surely nothing.

use std::time::Duration;

use serde_json::{Map, Value};
use transfer_domain::{
    Conversation, EndReason, Held, Names, OpenResult, OpenStep, Opening, Session, TransferRequest, Transition,
    begin_open, nobody_there, record_open, settle_open,
};
use transfer_providers::{Availability, CallError, Effect, FurtherCall, Opened};

use super::calls::in_time;
use super::further::come_again;
use super::persist::Persisted;
use super::{Deliver, Desk, Retry, Turn, Wrote};
use crate::ProviderOperation;

/// What the timeline says of an end without an opening.
const NOBODY: &str = "the contact centre takes no conversation now; nothing was opened";

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
        if waits(&session) {
            self.is_due(&session, Held::Opening)?;
        }
        let desk = match self.desk(&session).await? {
            Ok(desk) => desk,
            // What was begun may stand at the contact centre.
            Err(_) if !waits(&session) => return self.settle_cut_off(&session).await,
            Err(none) => {
                let outcome = failed(EndReason::ProviderRejected, none.why());
                return self.record(&session, &outcome).await.map(drop);
            }
        };
        let session = self.conversation(session).await?;
        if session.next_opening_call.is_some() {
            return self.open_further(turn, &session, &desk).await;
        }
        if waits(&session)
            && let Some(persisted) = self.admitted(&session, &desk, Held::Opening).await?
        {
            return self.persist(&session, persisted).await;
        }
        self.in_time()?;
        if let Some(reason) = self.turned_away(&session, &desk).await {
            let end = |session: &Conversation, now| nobody_there(session, reason, NOBODY.to_owned(), now);
            return self.write_told(&session, end).await?.session().map(drop);
        }
        if !waits(&session) {
            return self.settle_cut_off(&session).await;
        }
        match self.prepare(&session, &desk).await? {
            Ok(prepared) => {
                self.in_time()?;
                self.begin(turn, &session, &desk, prepared).await
            }
            Err(error) => self.not_opened(&session, &error).await,
        }
    }

    /// After a call that surely opened nothing: it comes again, or the session ends.
    async fn not_opened(&self, session: &Session, error: &CallError) -> Result<(), Retry> {
        tracing::info!(transfer.id = %session.transfer_id(), error = %error, "a conversation was not opened");
        if error.effect() != Effect::None {
            return self.record(session, &outcome(&Err(error.clone()))).await.map(drop);
        }
        let persisted = self.again(session, Held::Opening, error).await?;
        self.persist(session, persisted).await
    }

    async fn persist(&self, session: &Session, persisted: Persisted) -> Result<(), Retry> {
        match persisted {
            Persisted::Again(retry) => Err(retry),
            Persisted::GivenUp { why } => self.record(session, &failed(EndReason::ProviderError, &why)).await.map(drop),
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
        let request = self.service.store.request(&session.project_id, session.transfer_id()).await?;
        let request = request.ok_or_else(|| Retry::because("what was requested is removed"))?;
        let call = desk.adapter.prepare(desk.connection(self), session);
        let state = self.called(session, ProviderOperation::Prepare, call).await;
        Ok(state.map(|state| Prepared { request, state }).map_err(CallError::before_the_call))
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
        let outcome = outcome(&opened);
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
            (Err(error), Some(session)) if outcome == OpenResult::NotSent => self.not_opened(&session, &error).await,
            (Ok(_), Some(session)) => come_again(turn, &session, next),
            (Err(_), _) => Ok(()),
        }
    }

    /// Records what the call came to. Where the name that it gave the conversation is another session's, it counts without
    /// the name: what it opened must not be forgotten.
    async fn record_call(
        &self,
        session: &Session,
        outcome: &OpenResult,
        next: Option<FurtherCall>,
    ) -> Result<Option<Session>, Retry> {
        let next = next.map(|next| next.number);
        let record =
            |outcome: &OpenResult, session: &Conversation, now| Some(record_open(session, outcome.clone(), next, now));
        match self.write_told(session, |session, now| record(outcome, session, now)).await? {
            wrote @ (Wrote::Done(_) | Wrote::Nothing(_) | Wrote::Gone) => wrote.session(),
            Wrote::NameTaken => {
                tracing::warn!(transfer.id = %session.transfer_id(), "a conversation has the name of another session's");
                let nameless = outcome.clone().nameless();
                self.write_told(session, |session, now| record(&nameless, session, now)).await?.session()
            }
        }
    }

    async fn record(&self, session: &Session, outcome: &OpenResult) -> Result<Option<Session>, Retry> {
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

fn outcome(opened: &Result<Opened, CallError>) -> OpenResult {
    match opened {
        Ok(opened) => OpenResult::Opened {
            provider_session_id: opened.provider_session_id.clone(),
            provider_data: opened.provider_data.clone(),
            provider_state: opened.provider_state.clone(),
        },
        Err(CallError::NotSent { .. } | CallError::NotYet { .. }) => OpenResult::NotSent,
        Err(error @ CallError::Ambiguous { .. }) => OpenResult::Unknown { why: error.to_string() },
        Err(CallError::Refused { reason, what }) => failed(*reason, what),
        Err(CallError::Gone { what } | CallError::Misconfigured { what }) => failed(EndReason::ProviderRejected, what),
    }
}

fn failed(reason: EndReason, detail: &str) -> OpenResult {
    OpenResult::Failed { reason, detail: detail.to_owned() }
}
