use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::Router;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::core::Core;
use crate::eventbridge::EventBridge;
use crate::journal::{Journal, JournalError};
use crate::secrets::Secrets;
use crate::sqs::Sqs;
use crate::wire;

/// The three services together; cheap to clone, all clones share the state.
#[derive(Clone)]
pub struct AwsLoopback {
    pub(crate) core: Arc<Core>,
    event_bridge: EventBridge,
    sqs: Sqs,
    secrets: Secrets,
}

impl AwsLoopback {
    /// Empty services whose state ends with the process.
    pub fn new(clock: Clock) -> Self {
        let core = Arc::new(Core::new(clock, None));
        let sqs = Sqs::new(core.clone());
        Self {
            event_bridge: EventBridge::new(core.clone(), sqs.clone()),
            sqs,
            secrets: Secrets::new(core.clone()),
            core,
        }
    }

    /// Services that go on where `journal` ends and write every further change to it.
    ///
    /// Messages that were in flight are visible again, in their order; delays and the
    /// deduplication window go on by the clock. Rules that were made over the wire are kept; buses, the rules of this
    /// process and recorded events are not.
    /// Refuses a journal it cannot understand.
    pub fn restore(clock: Clock, journal: Arc<dyn Journal>) -> Result<Self, JournalError> {
        let kept: BTreeMap<String, Value> = journal.load()?;
        let core = Arc::new(Core::new(clock, Some(journal)));
        let sqs = Sqs::restore(core.clone(), &kept)?;
        Ok(Self {
            event_bridge: EventBridge::restore(core.clone(), sqs.clone(), &kept)?,
            sqs,
            secrets: Secrets::restore(core.clone(), &kept)?,
            core,
        })
    }

    /// The buses.
    pub fn event_bridge(&self) -> &EventBridge {
        &self.event_bridge
    }

    /// The queues.
    pub fn sqs(&self) -> &Sqs {
        &self.sqs
    }

    /// The secrets.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Lets everything that waits look at the clock again; for tests that move it.
    pub fn time_changed(&self) {
        self.sqs.wake_all();
    }

    /// The wire protocol of all three services on any path.
    pub fn router(&self) -> Router {
        wire::router(self.clone())
    }

    /// Serves the wire protocol until `shutdown` completes; long polls end early then.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let sqs = self.sqs.clone();
        let shutdown = async move {
            shutdown.await;
            sqs.end_long_polls();
        };
        axum::serve(listener, self.router()).with_graceful_shutdown(shutdown).await
    }
}

/// Shows neither messages, events nor secrets.
impl fmt::Debug for AwsLoopback {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AwsLoopback")
            .field("event_bridge", &self.event_bridge)
            .field("sqs", &self.sqs)
            .field("secrets", &self.secrets)
            .finish_non_exhaustive()
    }
}
