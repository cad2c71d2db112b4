//! Closing the provider's conversation, and forgetting what hangs on a removed session.

use transfer_domain::{Conversation, End, Opening, Session};
use transfer_providers::CallError;

use super::{Deliver, Retry, Turn};
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
        self.end_remote(turn, &conversation).await
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
            Some(conversation) => self.end_remote(turn, &conversation).await,
            // A removal that comes again: it was closed before the rest went.
            None => Ok(()),
        }
    }

    async fn end_remote(&self, turn: &Turn, session: &Conversation) -> Result<(), Retry> {
        if session.opening != Opening::Opened {
            return Ok(());
        }
        let Ok(desk) = self.desk(session).await? else { return Ok(()) };
        let call = desk.adapter.end(desk.connection(self), session);
        match self.called(session, ProviderOperation::End, call).await {
            Ok(()) | Err(CallError::Gone { .. }) => Ok(()),
            Err(error @ (CallError::NotSent { .. } | CallError::Ambiguous { .. })) => Err(Retry::after_call(&error)),
            Err(error @ (CallError::Refused { .. } | CallError::Misconfigured { .. })) => {
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
}
