//! Delivering the contact's messages: in order, one at a time, each until its state is final.

use transfer_domain::{Delivery, EndReason, Message, Opening, SendOutcome, Session, end_by_outcome, record_delivery};
use transfer_providers::CallError;

use super::open::NO_CALL;
use super::{Deliver, Desk, NoDesk, Retry, Turn};
use crate::{Metric, ProviderOperation};

impl Deliver {
    /// Delivers everything up to `through`. While the provider takes no messages they wait: the change that opens
    /// the way brings a command of its own.
    pub(crate) async fn messages(&self, turn: &Turn, through: u64) -> Result<(), Retry> {
        let Some(session) = self.live_session(&turn.command).await? else { return Ok(()) };
        if session.opening != Opening::Opened || session.settled_through >= through {
            return Ok(());
        }
        let desk = match self.desk(&session).await {
            Ok(Ok(desk)) => desk,
            Ok(Err(none)) => return self.no_desk(&session, through, none).await,
            // It has been tried as often as commands are: the session cannot go on.
            Err(retry) if turn.is_last => {
                self.fail_all(&session, through, NO_CALL).await?;
                self.end(&session, EndReason::ProviderError, NO_CALL).await?;
                return Err(retry);
            }
            Err(retry) => return Err(retry),
        };
        let closed_there = session.end.as_ref().is_some_and(|end| end.reason.provider_knows());
        if closed_there {
            return self.fail_all(&session, through, "the conversation has ended").await;
        }
        if !session.is_ended() && !desk.adapter.takes_messages(session.status) {
            return Ok(());
        }
        for message in self.waiting(&session, through).await? {
            self.deliver_one(turn, &session, &desk, &message).await?;
        }
        Ok(())
    }

    /// Nothing more can be said. A conversation that stands elsewhere is over for this session, too: nobody could close
    /// or follow it any more.
    async fn no_desk(&self, session: &Session, through: u64, none: NoDesk) -> Result<(), Retry> {
        self.fail_all(session, through, none.why()).await?;
        match none {
            NoDesk::Gone => Ok(()),
            NoDesk::Elsewhere => self.end(session, EndReason::ProviderDisconnected, none.why()).await,
        }
    }

    async fn deliver_one(&self, turn: &Turn, session: &Session, desk: &Desk, message: &Message) -> Result<(), Retry> {
        let cut_off = matches!(message.delivery, Delivery::Attempted { .. });
        if cut_off && !may_repeat(desk) {
            let reason = "whether the provider has it is unknown, and a repetition could double it";
            return self.settle(session, message, failed(reason)).await;
        }
        if let Err(error) = self.prepare_send(session, desk).await {
            return self.not_delivered(turn, session, desk, message, &error).await;
        }
        let store = &self.service.store;
        let (project, id) = (&session.project_id, session.transfer_id());
        let Some(attempted) = store.begin_delivery(project, id, message).await? else {
            return Err(Retry::because("the message is being delivered by somebody else"));
        };
        let call = desk.adapter.send(desk.connection(self), session, &attempted);
        match self.called(session, ProviderOperation::Send, call).await {
            Ok(()) => {
                let took = self.now() - attempted.accepted_at;
                self.settle(session, &attempted, SendOutcome::Delivered).await?;
                self.service.metrics.record(Metric::RelayLatencyOutbound(took));
                Ok(())
            }
            Err(error) => self.not_delivered(turn, session, desk, &attempted, &error).await,
        }
    }

    async fn prepare_send(&self, session: &Session, desk: &Desk) -> Result<(), CallError> {
        let call = desk.adapter.prepare_send(desk.connection(self), session);
        self.called(session, ProviderOperation::Prepare, call).await.map_err(CallError::before_the_call)
    }

    async fn not_delivered(
        &self,
        turn: &Turn,
        session: &Session,
        desk: &Desk,
        message: &Message,
        error: &CallError,
    ) -> Result<(), Retry> {
        let repeatable = match error {
            CallError::NotSent { .. } => true,
            CallError::Ambiguous { .. } => may_repeat(desk),
            CallError::Refused { .. } | CallError::Gone { .. } | CallError::Misconfigured { .. } => false,
        };
        if repeatable && !turn.is_last {
            if matches!(error, CallError::NotSent { .. }) {
                let (project, id) = (&session.project_id, session.transfer_id());
                self.service.store.retract_delivery(project, id, message).await?;
            }
            return Err(Retry::after_call(error));
        }
        self.settle(session, message, failed(&error.to_string())).await?;
        match error {
            CallError::Gone { what } => self.end(session, EndReason::ProviderDisconnected, what).await,
            // It has been tried as often as commands are: the session cannot go on.
            CallError::NotSent { what, .. } => {
                self.end(session, EndReason::ProviderError, what).await?;
                Err(Retry::after_call(error))
            }
            CallError::Ambiguous { .. } | CallError::Refused { .. } | CallError::Misconfigured { .. } => Ok(()),
        }
    }

    pub(crate) async fn fail_all(&self, session: &Session, through: u64, reason: &str) -> Result<(), Retry> {
        for message in self.waiting(session, through).await? {
            self.settle(session, &message, failed(reason)).await?;
        }
        Ok(())
    }

    async fn waiting(&self, session: &Session, through: u64) -> Result<Vec<Message>, Retry> {
        let (project, id) = (&session.project_id, session.transfer_id());
        Ok(self.service.store.undelivered(project, id, session.settled_through, through).await?)
    }

    async fn settle(&self, session: &Session, message: &Message, outcome: SendOutcome) -> Result<(), Retry> {
        let settle = |session: &Session, now| Some(record_delivery(session, message, outcome.clone(), now));
        self.write(&session.project_id, session, settle).await.map(drop)
    }

    async fn end(&self, session: &Session, reason: EndReason, detail: &str) -> Result<(), Retry> {
        let end = |session: &Session, now| end_by_outcome(session, reason, detail.to_owned(), now);
        self.write(&session.project_id, session, end).await.map(drop)
    }
}

/// Whether a message whose call had no known result is sent again: asked after such a call, and after one whose result
/// was never recorded.
fn may_repeat(desk: &Desk) -> bool {
    desk.adapter.capabilities_of(&desk.integration).resends_safely
}

fn failed(reason: &str) -> SendOutcome {
    SendOutcome::Failed { reason: reason.to_owned() }
}
