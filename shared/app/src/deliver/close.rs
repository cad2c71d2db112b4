//! Closing the provider's conversation, and forgetting what hangs on a removed session.

use transfer_domain::{Conversation, End, Opening, Session, Transition, mark_closing};
use transfer_providers::Effect;

use super::{Deliver, Retry, Turn, Wrote};
use crate::ProviderOperation;

impl Deliver {
    /// Settles what is undelivered and closes the conversation, unless the provider closed it.
    pub(crate) async fn close(&self, turn: &Turn) -> Result<(), Retry> {
        let Some(session) = self.live_session(&turn.command).await? else { return Ok(()) };
        self.fail_the_rest(&session).await?;
        let closed_there = session.end().is_some_and(End::provider_knows);
        if closed_there {
            return Ok(());
        }
        let conversation = self.conversation(session).await?;
        self.end_remote(turn, conversation).await
    }

    /// The record is gone: by the last image, close the conversation if nobody did, then remove the rest.
    pub(crate) async fn forget(&self, turn: &Turn, last: &Session) -> Result<(), Retry> {
        let ended = if last.is_ended() { Ok(()) } else { self.end_removed(turn, last).await };
        if ended.is_err() && !turn.is_last {
            return ended;
        }
        self.service.store.forget(last).await?;
        ended
    }

    async fn end_removed(&self, turn: &Turn, last: &Session) -> Result<(), Retry> {
        match self.told.conversation(&self.service.store, last.clone()).await? {
            Some(conversation) => self.end_remote(turn, conversation).await,
            // A removal that comes again: it was closed before the rest went.
            None => Ok(()),
        }
    }

    async fn end_remote(&self, turn: &Turn, mut session: Conversation) -> Result<(), Retry> {
        if session.opening != Opening::Opened {
            return Ok(());
        }
        let Ok(desk) = self.desk(&session).await? else { return Ok(()) };
        let says_farewell = desk.adapter.says_farewell();
        if says_farewell {
            session.session.closing_attempted = self.begin_closing(turn, &session).await?;
        }
        let call = desk.adapter.end(desk.connection(self), &session);
        let ended = self.called(&session, ProviderOperation::End, call).await;
        if says_farewell
            && !session.closing_attempted
            && ended.as_ref().is_err_and(|error| error.effect() == Effect::None)
        {
            self.mark_closing(&session, false).await?;
        }
        match ended {
            Ok(()) => Ok(()),
            Err(error) if error.effect() != Effect::Final => Err(Retry::after_call(&error)),
            Err(error) if error.is_gone() => Ok(()),
            Err(error) => {
                tracing::error!(
                    transfer.id = %session.transfer_id(),
                    error = %error,
                    last = turn.is_last,
                    "the provider's conversation could not be closed"
                );
                Ok(())
            }
        }
    }

    /// Records the attempt before the call, as with whatever must not be repeated; says whether there was one before.
    async fn begin_closing(&self, turn: &Turn, session: &Session) -> Result<bool, Retry> {
        match self.mark_closing(session, true).await? {
            Wrote::Done(_) => Ok(false),
            Wrote::Nothing(_) => Ok(true),
            // Nothing can be recorded of a removed session.
            Wrote::Gone | Wrote::NameTaken => Ok(turn.receives > 1),
        }
    }

    async fn mark_closing(&self, session: &Session, attempted: bool) -> Result<Wrote<Transition>, Retry> {
        self.write(session, |session, now| mark_closing(session, attempted, now)).await
    }
}
