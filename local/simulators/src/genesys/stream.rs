//! Stream B: lifecycle events on a partner event source.

use std::sync::{Arc, Mutex};

use crate::{
    bus::{BusError, PartnerBus, PartnerEvent},
    lane::{Callback, Carried, Carrier},
    runtime::locked,
    state::Outcome,
};

use super::lifecycle;

/// Carries lifecycle callbacks to the bus of the moment.
pub(super) struct BusCarrier {
    pub(super) source: String,
    pub(super) bus: Mutex<Option<Arc<dyn PartnerBus>>>,
}

impl Carrier for BusCarrier {
    fn carry<'a>(&'a self, callback: &'a Callback) -> Carried<'a> {
        let bus = locked(&self.bus).clone();
        Box::pin(async move {
            let Some(bus) = bus else {
                return Outcome::NotConfigured;
            };
            let event = PartnerEvent {
                source: self.source.clone(),
                detail_type: lifecycle::detail_type(&callback.kind),
                detail: callback.body.clone(),
                time_ms: lifecycle::event_time(&callback.body),
            };
            match bus.put(event).await {
                Ok(()) => Outcome::Status(200),
                Err(BusError::Status(status)) => Outcome::Status(status),
                Err(error @ (BusError::Unreachable | BusError::Entry)) => {
                    tracing::warn!(%error, "a lifecycle event is lost");
                    Outcome::Failed
                }
            }
        })
    }

    /// Whether the vendor repeats is not known; a lost event is what the platform has to live with.
    fn repeats_after(&self, _outcome: &Outcome) -> u32 {
        0
    }
}
