//! Delivering the contact's messages: in order, one at a time, each until its state is final.

use std::ops::RangeInclusive;

use transfer_domain::{
    Conversation, Delivery, EndReason, Message, Opening, SendOutcome, Session, end_by_outcome, settle_message,
};
use transfer_providers::{CallError, Effect};

use super::open::NO_CALL;
use super::{Deliver, Desk, NoDesk, Retry, Turn};
use crate::{Metric, ProviderOperation};

/// What becomes of messages now.
enum Way {
    /// They are delivered.
    Open(Box<Conversation>, Desk),
    /// They wait: the change that opens the way brings a command of its own.
    Waiting,
    /// They fail, for this reason.
    Closed(&'static str),
}

impl Deliver {
    /// Delivers one message.
    pub(crate) async fn message(&self, turn: &Turn, sequence: u64) -> Result<(), Retry> {
        let command = &turn.command;
        let found = self.service.store.session_and_message(&command.project_id, command.transfer_id, sequence).await?;
        let Some((session, Some(message))) = found else { return Ok(()) };
        if session.is_expired(self.now()) {
            return Ok(());
        }
        let messages = Some(message).filter(|message| !message.delivery.is_settled()).into_iter().collect();
        self.messages(turn, session, messages).await
    }

    /// Delivers those messages of the contact in a range that are not settled.
    pub(crate) async fn waiting_messages(&self, turn: &Turn, range: RangeInclusive<u64>) -> Result<(), Retry> {
        let Some(session) = self.live_session(&turn.command).await? else { return Ok(()) };
        let messages = self.unsettled(&session, range).await?;
        self.messages(turn, session, messages).await
    }

    async fn messages(&self, turn: &Turn, session: Session, messages: Vec<Message>) -> Result<(), Retry> {
        if messages.is_empty() {
            return Ok(());
        }
        match self.way(turn, session.clone(), &messages).await? {
            Way::Waiting => Ok(()),
            Way::Closed(why) => self.fail(&session, &messages, why).await,
            Way::Open(conversation, desk) => {
                for message in &messages {
                    self.deliver_one(turn, &conversation, &desk, message).await?;
                }
                Ok(())
            }
        }
    }

    async fn way(&self, turn: &Turn, session: Session, messages: &[Message]) -> Result<Way, Retry> {
        if session.opening != Opening::Opened {
            return Ok(Way::Waiting);
        }
        let desk = match self.desk(&session).await {
            Ok(Ok(desk)) => desk,
            Ok(Err(none)) => return self.no_desk(&session, none).await,
            // It has been tried as often as commands are: the session cannot go on.
            Err(retry) if turn.is_last => {
                self.fail(&session, messages, NO_CALL).await?;
                self.end(&session, EndReason::ProviderError, NO_CALL).await?;
                return Err(retry);
            }
            Err(retry) => return Err(retry),
        };
        if session.end().is_some_and(|end| end.reason.provider_knows()) {
            return Ok(Way::Closed(OVER));
        }
        if !session.is_ended() && !desk.adapter.takes_messages(session.status()) {
            return Ok(Way::Waiting);
        }
        Ok(Way::Open(Box::new(self.conversation(session).await?), desk))
    }

    /// Nothing more can be said. A conversation that stands elsewhere is over for this session, too: nobody could close
    /// or follow it any more.
    async fn no_desk(&self, session: &Session, none: NoDesk) -> Result<Way, Retry> {
        match none {
            NoDesk::Gone | NoDesk::Unreadable => {}
            NoDesk::Elsewhere => self.end(session, EndReason::ProviderDisconnected, none.why()).await?,
        }
        Ok(Way::Closed(none.why()))
    }

    /// Where a repetition could double a message, that it is attempted is recorded before the call.
    async fn deliver_one(
        &self,
        turn: &Turn,
        session: &Conversation,
        desk: &Desk,
        message: &Message,
    ) -> Result<(), Retry> {
        let repeats = may_repeat(desk);
        let cut_off = matches!(message.delivery, Delivery::Attempted { .. });
        if cut_off && !repeats {
            let reason = "whether the provider has it is unknown, and a repetition could double it";
            return self.settle(session, message, failed(reason)).await;
        }
        if let Err(error) = self.prepare_send(session, desk, message).await {
            return self.not_delivered(turn, session, desk, message, &error).await;
        }
        let attempted = if repeats { message.clone() } else { self.attempt(session, message).await? };
        match self.say(session, desk, &attempted).await {
            Ok(()) => {
                let took = self.now() - attempted.accepted_at;
                self.settle(session, &attempted, SendOutcome::Delivered).await?;
                self.service.metrics.record(Metric::RelayLatencyOutbound(took));
                Ok(())
            }
            Err(error) => self.not_delivered(turn, session, desk, &attempted, &error).await,
        }
    }

    /// Sends a message; a choice that the provider refuses as one is told as text.
    async fn say(&self, session: &Conversation, desk: &Desk, message: &Message) -> Result<(), CallError> {
        let call = desk.adapter.send(desk.connection(self), session, message);
        match self.called(session, ProviderOperation::Send, call).await {
            Err(CallError::Refused { .. }) if message.choice().is_some() => {
                let as_text = Message { reply: None, ..message.clone() };
                let call = desk.adapter.send(desk.connection(self), session, &as_text);
                self.called(session, ProviderOperation::Send, call).await
            }
            sent => sent,
        }
    }

    async fn attempt(&self, session: &Session, message: &Message) -> Result<Message, Retry> {
        let (project, id) = (&session.project_id, session.transfer_id());
        let attempted = self.service.store.begin_delivery(project, id, message).await?;
        attempted.ok_or_else(|| Retry::because("the message is being delivered by somebody else"))
    }

    async fn prepare_send(&self, session: &Conversation, desk: &Desk, message: &Message) -> Result<(), CallError> {
        let call = desk.adapter.prepare_send(desk.connection(self), session, message);
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
        let repeatable = match error.effect() {
            Effect::None => true,
            Effect::Unknown => may_repeat(desk),
            Effect::Final => false,
        };
        if repeatable && !turn.is_last {
            if error.effect() == Effect::None {
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

    /// Whatever of the contact's messages is not settled when the conversation is over.
    pub(crate) async fn fail_the_rest(&self, session: &Session) -> Result<(), Retry> {
        if session.last_outbound == 0 {
            return Ok(());
        }
        let rest = self.unsettled(session, 0..=session.last_outbound).await?;
        self.fail(session, &rest, OVER).await
    }

    async fn fail(&self, session: &Session, messages: &[Message], reason: &str) -> Result<(), Retry> {
        for message in messages {
            self.settle(session, message, failed(reason)).await?;
        }
        Ok(())
    }

    async fn unsettled(&self, session: &Session, range: RangeInclusive<u64>) -> Result<Vec<Message>, Retry> {
        let (project, id) = (&session.project_id, session.transfer_id());
        Ok(self.service.store.undelivered(project, id, *range.start(), *range.end()).await?)
    }

    async fn settle(&self, session: &Session, message: &Message, outcome: SendOutcome) -> Result<(), Retry> {
        let settled = settle_message(session, message, outcome, self.now());
        Ok(self.service.store.settle(&settled).await?)
    }

    async fn end(&self, session: &Session, reason: EndReason, detail: &str) -> Result<(), Retry> {
        let end = |session: &Session, now| end_by_outcome(session, reason, detail.to_owned(), now);
        self.write(session, end).await?.session().map(drop)
    }
}

/// Why a message fails whose conversation is over.
const OVER: &str = "the conversation has ended";

/// Whether a message whose call had no known result is sent again: asked before a call, after such a call, and after one
/// whose result was never recorded.
fn may_repeat(desk: &Desk) -> bool {
    desk.adapter.capabilities().resends_safely
}

fn failed(reason: &str) -> SendOutcome {
    SendOutcome::Failed { reason: reason.to_owned() }
}
