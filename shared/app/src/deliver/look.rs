//! Looking how a conversation stands at its provider, where the provider can be asked: what was told by callbacks may have
//! been lost on its way.

use transfer_domain::{Command, Opening};

use super::{Deliver, Retry};
use crate::ProviderOperation;

impl Deliver {
    /// Asks once and applies what is told, by the same way as a callback. It is asked again when the session is looked
    /// after the next time, so what fails is given up.
    pub(crate) async fn look(&self, command: &Command) -> Result<(), Retry> {
        let Some(session) = self.live_session(command).await? else { return Ok(()) };
        if session.is_ended() || matches!(session.opening, Opening::Requested { .. } | Opening::Abandoned) {
            return Ok(());
        }
        let Ok(desk) = self.desk(&session).await? else { return Ok(()) };
        let session = self.conversation(session).await?;
        let call = desk.adapter.poll(desk.connection(self), &session);
        match self.called(&session, ProviderOperation::Look, call).await {
            Ok(events) if events.is_empty() => Ok(()),
            Ok(events) => Ok(self.service.replay(&desk.integration, events).await.map(drop)?),
            Err(error) => {
                tracing::info!(transfer.id = %session.transfer_id(), error = %error, "how a conversation stands is not known");
                Ok(())
            }
        }
    }
}
