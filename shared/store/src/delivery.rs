//! The delivery state of a message while it is under way, and once it is settled.

use chrono::{DateTime, Utc};
use serde_dynamo::{AttributeValue, Item};
use transfer_domain::{Delivery, Message, ProjectId, SettledMessage, Settlement, TransferId};

use crate::call::{Condition, Updated};
use crate::keys::{Key, attribute};
use crate::rows::{attribute_of, message_of, take_optional, text, value};
use crate::{Store, StoreError};

/// Who moved a message last, so that a try whose answer was lost is known from somebody else's.
const CLAIM: &str = "claim";

impl Store {
    /// Records that a call for this message is about to be made, and gives the message as it then stands.
    /// `None` if its delivery state is no longer the one in `message`, or is final: somebody else has it.
    pub async fn begin_delivery(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        message: &Message,
    ) -> Result<Option<Message>, StoreError> {
        let attempts = match message.delivery {
            Delivery::Pending => 1,
            Delivery::Attempted { attempts } => attempts.saturating_add(1),
            Delivery::Delivered | Delivery::Failed { .. } | Delivery::Received => return Ok(None),
        };
        self.move_delivery(project, transfer, message, Delivery::Attempted { attempts }).await
    }

    /// Puts an attempted message back to pending, after a call that surely had no effect; `message` is what
    /// [`Self::begin_delivery`] gave. `None` if somebody else moved it meanwhile, or no attempt was recorded.
    pub async fn retract_delivery(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        message: &Message,
    ) -> Result<Option<Message>, StoreError> {
        match message.delivery {
            Delivery::Attempted { .. } => self.move_delivery(project, transfer, message, Delivery::Pending).await,
            Delivery::Pending | Delivery::Delivered | Delivery::Failed { .. } | Delivery::Received => Ok(None),
        }
    }

    /// Records the final delivery state of a message with what is told of it; nothing if it is settled already or gone.
    pub async fn settle(&self, settled: &SettledMessage) -> Result<(), StoreError> {
        let SettledMessage { message, settlement } = settled;
        let key = Key::message(&settlement.project_id, settlement.session_id.transfer, message.sequence);
        let unsettled = Condition::new(
            "#message.#delivery.#state IN (:pending, :attempted)",
            [
                (":pending", text("pending")),
                (":attempted", text("attempted")),
                (":to", attribute_of(value::MESSAGE, &message.delivery)?),
                (":settlement", attribute_of(attribute::SETTLEMENT, settlement)?),
            ],
        );
        let update = "SET #message.#delivery = :to, #settlement = :settlement";
        match self.update_if(&key, update, &unsettled, |request| request).await? {
            Updated::Done(_) | Updated::Refused(_) => Ok(()),
        }
    }

    /// When the delivery of a message became final; `None` if it is not, or there is no such message.
    pub async fn settled_at(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        sequence: u64,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let Some(mut row) = self.get(&Key::message(project, transfer, sequence)).await? else { return Ok(None) };
        let settlement: Option<Settlement> = take_optional(&mut row, attribute::SETTLEMENT)?;
        Ok(settlement.map(|settlement| settlement.at))
    }

    async fn move_delivery(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        message: &Message,
        to: Delivery,
    ) -> Result<Option<Message>, StoreError> {
        let key = Key::message(project, transfer, message.sequence);
        let claim = self.ids.secret();
        let unmoved = Condition::new(
            "#message.#delivery = :from",
            [
                (":from", attribute_of(value::MESSAGE, &message.delivery)?),
                (":to", attribute_of(value::MESSAGE, &to)?),
                (":claim", text(&claim)),
            ],
        );
        let update = "SET #message.#delivery = :to, #claim = :claim";
        match self.update_if(&key, update, &unmoved, |request| request).await? {
            Updated::Done(_) => Ok(Some(Message { delivery: to, ..message.clone() })),
            Updated::Refused(Some(row)) if claimed_by(&row, &claim) => message_of(row).map(Some),
            Updated::Refused(_) => Ok(None),
        }
    }
}

fn claimed_by(row: &Item, claim: &str) -> bool {
    matches!(row.get(CLAIM), Some(AttributeValue::S(stored)) if stored == claim)
}
