//! Looking how a conversation stands at its provider, where the provider can be asked: what was told by callbacks may have
//! been lost on its way, and some providers tell nothing by themselves.

use std::time::Duration;

use transfer_domain::{CHECKED_EVERY, Opening, Session, unknown_there};

use super::{Deliver, Retry, Turn};
use crate::ProviderOperation;

impl Deliver {
    /// Asks and applies what is told, by the same way as a callback. Where the provider is polled, the command comes again
    /// until the session is looked after the next time, which sends another one. What fails is asked again then.
    pub(crate) async fn look(&self, turn: &Turn, only_polled: bool) -> Result<(), Retry> {
        let Some(session) = self.live_session(&turn.command).await? else { return Ok(()) };
        // Of a call that was brought nothing can be asked by any name but the contact centre's, and not everywhere.
        if session.brings_call() && !session.can_be_asked_for() {
            return Ok(());
        }
        if session.is_ended() || matches!(session.opening, Opening::Requested { .. } | Opening::Abandoned) {
            return Ok(());
        }
        let Ok(desk) = self.desk(&session).await? else { return Ok(()) };
        let every = desk.adapter.polled_every(session.status());
        if only_polled && every.is_none() {
            return Ok(());
        }
        let session = self.conversation(session).await?;
        let call = desk.adapter.poll(desk.connection(self), &session);
        match self.called(&session, ProviderOperation::Look, call).await {
            Ok(events) if events.is_empty() => {}
            Ok(events) => self.service.replay(&desk.integration, events).await.map(drop)?,
            Err(error) if error.is_gone() && session.opening == Opening::Opened => {
                tracing::warn!(transfer.id = %session.transfer_id(), error = %error, "a contact centre does not know a conversation");
                let what = error.to_string();
                let note = |session: &Session, now| unknown_there(session, &what, now);
                self.write(&session, note).await?.session().map(drop)?;
            }
            Err(error) => {
                tracing::info!(transfer.id = %session.transfer_id(), error = %error, "how a conversation stands is not known");
            }
        }
        match every {
            Some(every) if every * turn.receives < CHECKED_EVERY.to_std().unwrap_or(Duration::ZERO) => {
                Err(Retry::after("the provider is polled", every))
            }
            Some(_) | None => Ok(()),
        }
    }
}
