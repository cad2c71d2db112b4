//! Delivering the contact's messages: in order, one at a time, each until its state is final.

use std::ops::RangeInclusive;
use std::slice;

use transfer_domain::{
    Conversation, Delivery, End, EndReason, EndedBy, Held, Message, Opening, SendResult, Session, end_by_result,
    not_delivered, settle_message,
};
use transfer_providers::{CallError, Effect};

use super::persist::Persisted;
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

/// What happens with the messages behind one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// They are delivered.
    GoOn,
    /// The session has ended, and its end settles them.
    Stop,
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
        self.messages(session, messages).await
    }

    /// Delivers those messages of the contact in a range that are not settled.
    pub(crate) async fn waiting_messages(&self, turn: &Turn, range: RangeInclusive<u64>) -> Result<(), Retry> {
        let Some(session) = self.live_session(&turn.command).await? else { return Ok(()) };
        let messages = self.unsettled(&session, range).await?;
        self.messages(session, messages).await
    }

    async fn messages(&self, session: Session, messages: Vec<Message>) -> Result<(), Retry> {
        let Some(first) = messages.first() else { return Ok(()) };
        self.is_due(&session, Held::Message(first.sequence))?;
        match self.way(session.clone()).await? {
            Way::Waiting => Ok(()),
            Way::Closed(why) => self.fail(&session, &messages, why).await,
            Way::Open(conversation, desk) => {
                for message in &messages {
                    self.in_time()?;
                    desk.admission.renew();
                    if self.deliver_one(&conversation, &desk, message).await? == Then::Stop {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    async fn way(&self, session: Session) -> Result<Way, Retry> {
        if session.opening != Opening::Opened {
            return Ok(Way::Waiting);
        }
        if session.end().is_some_and(no_more_is_said) {
            return Ok(Way::Closed(OVER));
        }
        let desk = match self.desk(&session).await? {
            Ok(desk) => desk,
            Err(none) => return self.no_desk(&session, none).await,
        };
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
    async fn deliver_one(&self, session: &Conversation, desk: &Desk, message: &Message) -> Result<Then, Retry> {
        let what = Held::Message(message.sequence);
        let repeats = may_repeat(desk);
        let cut_off = matches!(message.delivery, Delivery::Attempted { .. });
        if cut_off && !repeats {
            let reason = "whether the provider has it is unknown, and a repetition could double it";
            self.fail(session, slice::from_ref(message), reason).await?;
            return Ok(Then::GoOn);
        }
        if let Some(persisted) = self.admitted(session, desk, what).await? {
            return self.persist_message(session, message, persisted).await;
        }
        if let Err(error) = self.prepare_send(session, desk, message).await {
            return self.not_delivered(session, desk, message, &error).await;
        }
        self.in_time()?;
        let attempted = if repeats { message.clone() } else { self.attempt(session, message).await? };
        match self.say(session, desk, &attempted).await {
            Ok(()) => {
                let took = self.now() - attempted.accepted_at;
                self.settle(session, &attempted, SendResult::Delivered).await?;
                self.service.metrics.record(Metric::RelayLatencyOutbound(took));
                self.release(session, what).await?;
                Ok(Then::GoOn)
            }
            Err(error) => self.not_delivered(session, desk, &attempted, &error).await,
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
        session: &Session,
        desk: &Desk,
        message: &Message,
        error: &CallError,
    ) -> Result<Then, Retry> {
        let repeatable = match error.effect() {
            Effect::None => true,
            Effect::Unknown => may_repeat(desk),
            // A conversation goes on when the credentials are mended.
            Effect::Final => error.can_be_mended(),
        };
        // Once the session has ended, closing waits behind its last messages.
        if repeatable && !session.is_ended() {
            if error.effect() != Effect::Unknown {
                let (project, id) = (&session.project_id, session.transfer_id());
                self.service.store.retract_delivery(project, id, message).await?;
            }
            let persisted = self.again(session, Held::Message(message.sequence), error).await?;
            return self.persist_message(session, message, persisted).await;
        }
        self.fail(session, slice::from_ref(message), &error.to_string()).await?;
        self.release(session, Held::Message(message.sequence)).await?;
        match error {
            CallError::Gone { what } => {
                self.end(session, EndReason::ProviderDisconnected, what).await?;
                Ok(Then::Stop)
            }
            CallError::NotSent { .. }
            | CallError::NotYet { .. }
            | CallError::Ambiguous { .. }
            | CallError::Refused { .. }
            | CallError::Misconfigured { .. } => Ok(Then::GoOn),
        }
    }

    /// A message that the contact centre could not be given for so long ends its session, and what waits behind it fails
    /// with it.
    async fn persist_message(&self, session: &Session, message: &Message, persisted: Persisted) -> Result<Then, Retry> {
        match persisted {
            Persisted::Again(retry) => Err(retry),
            Persisted::GivenUp { why } => {
                self.settle(session, message, failed(&why)).await?;
                self.end(session, EndReason::ProviderError, &why).await?;
                Ok(Then::Stop)
            }
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
        if let Some(first) = messages.first() {
            let times = u32::try_from(messages.len()).unwrap_or(u32::MAX);
            let note = |session: &Session, now| not_delivered(session, first.sequence, times, reason, now);
            self.write(session, note).await?.session()?;
        }
        for message in messages {
            self.settle(session, message, failed(reason)).await?;
        }
        Ok(())
    }

    async fn unsettled(&self, session: &Session, range: RangeInclusive<u64>) -> Result<Vec<Message>, Retry> {
        let (project, id) = (&session.project_id, session.transfer_id());
        Ok(self.service.store.undelivered(project, id, *range.start(), *range.end()).await?)
    }

    async fn settle(&self, session: &Session, message: &Message, outcome: SendResult) -> Result<(), Retry> {
        let settled = settle_message(session, message, outcome, self.now());
        Ok(self.service.store.settle(&settled).await?)
    }

    async fn end(&self, session: &Session, reason: EndReason, detail: &str) -> Result<(), Retry> {
        let end = |session: &Session, now| end_by_result(session, reason, detail.to_owned(), now);
        self.write(session, end).await?.session().map(drop)
    }
}

/// Whether nothing may be said any more after this end: the conversation is closed, or it was our own system that gave it
/// up. What was accepted before somebody ended it is still said.
fn no_more_is_said(end: &End) -> bool {
    end.provider_knows() || end.by == EndedBy::System
}

/// Why a message fails whose conversation is over.
const OVER: &str = "the conversation has ended";

/// Whether a message whose call had no known result is sent again: asked before a call, after such a call, and after one
/// whose result was never recorded.
fn may_repeat(desk: &Desk) -> bool {
    desk.adapter.capabilities().resends_safely
}

fn failed(reason: &str) -> SendResult {
    SendResult::Failed { reason: reason.to_owned() }
}
