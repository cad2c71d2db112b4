//! The delivery state of a message while it is under way.

use transfer_domain::{Message, ProjectId, TransferId};

use crate::{Store, StoreError};

impl Store {
    /// Records that a call for this message is about to be made, and gives the message as it then stands.
    /// `None` if its delivery state is no longer the one in `message`, or is final: somebody else has it.
    pub async fn begin_delivery(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        message: &Message,
    ) -> Result<Option<Message>, StoreError> {
        let _ = (project, transfer, message);
        Err(StoreError::unavailable())
    }

    /// Puts an attempted message back to pending, after a call that surely had no effect; `message` is what
    /// [`Self::begin_delivery`] gave. `None` if somebody else moved it meanwhile.
    pub async fn retract_delivery(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        message: &Message,
    ) -> Result<Option<Message>, StoreError> {
        let _ = (project, transfer, message);
        Err(StoreError::unavailable())
    }
}
