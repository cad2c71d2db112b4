//! Closing the provider's conversation, and forgetting what hangs on a removed session.

use chrono::TimeDelta;
use transfer_domain::{Conversation, Held, Opening, Session, Transition, closed, mark_closing, not_closed};
use transfer_providers::Effect;

use super::persist::Persisted;
use super::{Deliver, Retry, Turn, Wrote};
use crate::ProviderOperation;

/// By how much the contact centre's clock, which tells when it ended a conversation, may be ahead of ours.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(10);

impl Deliver {
    /// Settles what is undelivered and closes the conversation, unless the provider closed it. For as long as the record
    /// stands: its retention may be shorter than closing takes.
    pub(crate) async fn close(&self, turn: &Turn) -> Result<(), Retry> {
        let command = &turn.command;
        let session = self.service.store.session(&command.project_id, command.transfer_id).await?;
        let Some(session) = session.filter(Session::is_ended) else { return Ok(()) };
        self.fail_the_rest(&session).await?;
        if !session.is_to_be_closed() && !self.may_have_come_back(&session).await? {
            return Ok(());
        }
        self.is_due(&session, Held::Closing)?;
        let conversation = self.conversation(session).await?;
        self.end_remote(turn, conversation).await
    }

    /// Whether the contact's last text may have reached the contact centre after it had ended the conversation, and have
    /// brought it back. All that was accepted before the end is settled by now.
    async fn may_have_come_back(&self, session: &Session) -> Result<bool, Retry> {
        let Some(end) = session.end().filter(|end| end.provider_knows()) else { return Ok(false) };
        if session.closed || session.opening != Opening::Opened || session.last_outbound == 0 || session.brings_call() {
            return Ok(false);
        }
        let Ok(desk) = self.desk(session).await? else { return Ok(false) };
        if !desk.adapter.takes_up_again() {
            return Ok(false);
        }
        let (project, id) = (&session.project_id, session.transfer_id());
        let settled_at = self.service.store.settled_at(project, id, session.last_outbound).await?;
        Ok(settled_at.is_some_and(|at| at + CLOCKS_DIFFER >= end.at))
    }

    /// The record is gone: by the last image, close the conversation if nobody did, then remove the rest.
    pub(crate) async fn forget(&self, turn: &Turn, last: &Session) -> Result<(), Retry> {
        self.fail_the_rest(last).await?;
        if last.is_to_be_closed() {
            self.end_removed(turn, last).await?;
        }
        self.service.store.forget(last).await?;
        Ok(())
    }

    async fn end_removed(&self, turn: &Turn, last: &Session) -> Result<(), Retry> {
        match self.told.conversation(&self.service.store, last.clone()).await? {
            Some(conversation) => self.end_remote(turn, conversation).await,
            // A removal that comes again: it was closed before the rest went.
            None => Ok(()),
        }
    }

    async fn end_remote(&self, turn: &Turn, mut session: Conversation) -> Result<(), Retry> {
        let desk = match self.desk(&session).await? {
            Ok(desk) => desk,
            Err(none) => return self.not_closed(&session, none.why()).await,
        };
        match self.admitted(&session, &desk, Held::Closing).await? {
            Some(persisted) => return self.persist_closing(turn, &session, persisted).await,
            None => self.in_time()?,
        }
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
            Ok(()) => self.closed(&session).await,
            Err(error) if error.is_gone() => self.closed(&session).await,
            Err(error) if error.effect() != Effect::Final || error.can_be_mended() => {
                let persisted = self.again(&session, Held::Closing, &error).await?;
                self.persist_closing(turn, &session, persisted).await
            }
            Err(error) => self.not_closed(&session, &error.to_string()).await,
        }
    }

    /// Of a removed session nothing can be recorded, so its end tells for how long closing was tried.
    async fn persist_closing(&self, turn: &Turn, session: &Session, persisted: Persisted) -> Result<(), Retry> {
        let settings = self.service.directory.settings(&session.project_id).await?;
        let patience = settings.patience.with(Held::Closing);
        let is_over = turn.receives > 1 && session.end().is_some_and(|end| self.now() - end.at >= patience);
        match persisted {
            Persisted::Again(retry) if !is_over => Err(retry),
            Persisted::Again(Retry { why, .. }) | Persisted::GivenUp { why } => self.not_closed(session, &why).await,
        }
    }

    async fn not_closed(&self, session: &Session, why: &str) -> Result<(), Retry> {
        tracing::error!(transfer.id = %session.transfer_id(), why, "the provider's conversation could not be closed");
        let record = |session: &Session, now| Some(not_closed(session, why.to_owned(), now));
        self.write(session, record).await?.session().map(drop)
    }

    async fn closed(&self, session: &Session) -> Result<(), Retry> {
        self.write(session, closed).await?.session().map(drop)
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
