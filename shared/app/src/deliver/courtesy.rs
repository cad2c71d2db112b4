//! Courtesies: that the contact types, and how far messages came at the contact. They have a group of their own in the
//! queue, a short time, and no effect on the session, whatever comes of them.

use std::time::Duration;

use transfer_domain::{Command, Opening, ReceiptState, Session, SourceId, Typing};
use transfer_providers::Effect;

use super::calls::in_time;
use super::retry::backoff;
use super::{Deliver, Retry, Turn};
use crate::ProviderOperation;

/// A courtesy may share its invocation with commands of other sessions, which wait for it.
const AT_MOST: Duration = Duration::from_secs(2);

/// How often receipts are told: they are worth little when they are old.
const TRIES: u32 = 5;

impl Deliver {
    /// Tells that the contact types, once and only while it is true.
    pub(crate) async fn typing(&self, command: &Command, typing: Typing) {
        let told = match self.live_session(command).await {
            Ok(Some(session)) if typing.holds(&session, self.now()) => self.tell_typing(session, typing).await,
            Ok(_) => Ok(()),
            Err(retry) => Err(retry),
        };
        if let Err(why) = told {
            tracing::info!(transfer.id = %command.transfer_id, why = why.why, "typing was not told");
        }
    }

    async fn tell_typing(&self, session: Session, typing: Typing) -> Result<(), Retry> {
        let Ok(desk) = self.desk(&session).await? else { return Ok(()) };
        let takes = desk.adapter.capabilities().typing_out;
        if !takes || !desk.adapter.takes_messages(session.status()) {
            return Ok(());
        }
        if !self.typed.takes(session.transfer_id(), typing) {
            return Ok(());
        }
        let session = self.conversation(session).await?;
        let call = in_time(AT_MOST, desk.adapter.typing(desk.connection(self), &session, typing.on));
        self.called(&session, ProviderOperation::Typing, call).await.map_err(|error| Retry::because(error.to_string()))
    }

    /// Tells how far messages came, in the words that the provider takes. A repetition says the same, so what may pass
    /// is tried again; what does not is given up.
    pub(crate) async fn acknowledge(
        &self,
        turn: &Turn,
        messages: &[SourceId],
        state: ReceiptState,
    ) -> Result<(), Retry> {
        let Some(session) = self.live_session(&turn.command).await? else { return Ok(()) };
        if session.is_ended() || session.opening != Opening::Opened {
            return Ok(());
        }
        let Ok(desk) = self.desk(&session).await? else { return Ok(()) };
        let Some(state) = desk.adapter.capabilities().receipts.told_as(state) else {
            return Ok(());
        };
        let session = self.conversation(session).await?;
        let call = in_time(AT_MOST, desk.adapter.acknowledge(desk.connection(self), &session, messages, state));
        let error = match self.called(&session, ProviderOperation::Acknowledge, call).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if error.effect() != Effect::Final && turn.receives < TRIES {
            let pause = error.retry_after().unwrap_or_else(|| backoff(turn.receives, Duration::ZERO, 1.0));
            return Err(Retry::after(error.to_string(), pause));
        }
        tracing::info!(transfer.id = %session.transfer_id(), error = %error, "receipts were not told");
        Ok(())
    }
}
