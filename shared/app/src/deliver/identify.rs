//! Names of representatives whom events identify by id only.

use transfer_domain::{Command, name_representative};

use super::{Deliver, Retry};
use crate::ProviderOperation;

impl Deliver {
    /// Looks the name up once: it is for display, and what waits behind it is more important than a second try.
    pub(crate) async fn identify(&self, command: &Command, id: &str) -> Result<(), Retry> {
        let Some(session) = self.live_session(command).await? else { return Ok(()) };
        let Ok(desk) = self.desk(&session).await? else { return Ok(()) };
        let call = desk.adapter.representative_name(desk.connection(self), id);
        match self.called(&session, ProviderOperation::Identify, call).await {
            Ok(Some(name)) => {
                let record = |session: &_, now| name_representative(session, id, &name, now);
                self.write(&session, record).await?.session().map(drop)
            }
            Ok(None) => Ok(()),
            Err(error) => {
                tracing::info!(transfer.id = %session.transfer_id(), error = %error, "a representative has no name");
                Ok(())
            }
        }
    }
}
