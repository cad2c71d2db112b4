//! The store's handle.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use aws_sdk_dynamodb::Client;
use transfer_domain::Ids;

use crate::Meter;

/// One DynamoDB table. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) client: Client,
    pub(crate) table: Arc<str>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) meter: Option<Meter>,
    /// Keeps the order of events that are parked within one millisecond.
    pub(crate) arrivals: Arc<AtomicU64>,
}

impl Store {
    /// A store over a table that exists. Timeouts and retries are the client's; set them below the function's own.
    pub fn new(client: Client, table: impl Into<String>, ids: Arc<dyn Ids>) -> Self {
        Self { client, table: table.into().into(), ids, meter: None, arrivals: Arc::default() }
    }

    /// The same store, with its calls counted.
    pub fn metered(&self) -> (Self, Meter) {
        let meter = Meter::default();
        (Self { meter: Some(meter.clone()), ..self.clone() }, meter)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}
