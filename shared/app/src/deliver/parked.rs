//! Events that came before their session was linked.

use transfer_domain::Command;

use super::{Deliver, Retry};

impl Deliver {
    /// Applies the parked events of the session's conversation, then removes them.
    pub(crate) async fn apply_parked(&self, command: &Command) -> Result<(), Retry> {
        let Some(session) = self.live_session(command).await? else { return Ok(()) };
        let Ok(desk) = self.desk(&session).await? else { return Ok(()) };
        let store = &self.service.store;
        let (project, provider) = (&session.project_id, session.provider);
        // Under whichever of its names they came.
        for name in session.names.iter() {
            let parked = store.parked(project, provider, name, self.now()).await?;
            if parked.is_empty() {
                continue;
            }
            self.service.replay(&desk.integration, parked.clone()).await?;
            store.unpark(project, provider, name, &parked).await?;
            tracing::info!(transfer.id = %session.transfer_id(), events = parked.len(), "parked events were applied");
        }
        Ok(())
    }
}
