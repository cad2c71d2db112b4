//! What executes the calls that adapters describe: one careful exchange at a time, with its token, within its rate, and
//! what its outcome allows (`docs/contracts/README.md`, "Outcomes of calls").

mod api;
mod exchange;
mod failures;
mod jwt;
mod proof;
mod rate;
mod recent;
mod resolver;
mod retry_after;
mod token;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use api::Api;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
pub use exchange::{Answer, Call, Shape};
pub use failures::{Failure, Failures, Meaning};
pub(crate) use jwt::SigningKey;
pub use proof::{Proof, Signs};
pub use rate::Admission;
pub use token::{ClientIn, TokenRequest, TokenSource};
pub use wire::Wire;

use crate::{CallError, Connection, HostPolicy};

/// What makes the calls to all providers. A clone shares connections' settings, tokens and rate limits.
#[derive(Clone)]
pub struct ProviderClient {
    inner: Arc<Inner>,
    pauses: Arc<dyn Pauses>,
}

/// How time passes.
#[async_trait]
pub trait Pauses: Send + Sync {
    /// Comes back when so much time has passed.
    async fn pass(&self, time: Duration);
}

/// As it does.
struct RealTime;

#[async_trait]
impl Pauses for RealTime {
    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

struct Inner {
    wire: Arc<dyn Wire>,
    exchanges: AtomicU64,
    hosts: HostPolicy,
    tokens: token::Tokens,
    rates: rate::Rates,
    recents: recent::Recents,
}

impl ProviderClient {
    /// How long one exchange may take, from the first byte sent to the last byte read.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(8);

    /// Builds the client. `timeout` bounds each exchange as a whole, so that a trickling answer is cut off too; a call
    /// that needs a token or a look-up first makes several exchanges.
    pub fn new(hosts: HostPolicy, timeout: Duration) -> Self {
        Self::over(Arc::new(wire::Http::new(hosts, timeout)), hosts)
    }

    /// Over another wire than HTTP: a test's documents.
    pub fn over(wire: Arc<dyn Wire>, hosts: HostPolicy) -> Self {
        let inner = Inner {
            wire,
            exchanges: AtomicU64::new(0),
            hosts,
            tokens: token::Tokens::default(),
            rates: rate::Rates::default(),
            recents: recent::Recents::default(),
        };
        Self { inner: Arc::new(inner), pauses: Arc::new(RealTime) }
    }

    /// One that has nothing of what this one got and counted: whatever it needs it asks for.
    #[must_use]
    pub fn fresh(&self) -> Self {
        let fresh = Self::over(Arc::clone(&self.inner.wire), self.inner.hosts);
        fresh.with_pauses(Arc::clone(&self.pauses))
    }

    /// How many exchanges it made.
    pub fn exchanges(&self) -> u64 {
        self.inner.exchanges.load(Ordering::Relaxed)
    }

    /// With another way to let time pass, for whoever has a clock of his own.
    #[must_use]
    pub fn with_pauses(self, pauses: Arc<dyn Pauses>) -> Self {
        Self { pauses, ..self }
    }

    /// Lets some time pass.
    pub(crate) async fn pause(&self, time: Duration) {
        self.pauses.pass(time).await;
    }

    /// Makes a call that is no provider's: once, to a host that may be called.
    pub async fn send(&self, call: Call, now: DateTime<Utc>) -> Result<Answer, CallError> {
        self.exchange(call, now).await
    }

    async fn exchange(&self, call: Call, now: DateTime<Utc>) -> Result<Answer, CallError> {
        self.inner.exchanges.fetch_add(1, Ordering::Relaxed);
        self.inner.wire.carry(call, now).await
    }

    /// Which hosts it calls.
    pub fn hosts(&self) -> HostPolicy {
        self.inner.hosts
    }
}

impl Connection<'_> {
    /// Whether anybody answers at an address, whatever is said there.
    pub async fn reaches(&self, address: &str) -> Result<(), CallError> {
        let url = crate::base(address, "the address")?;
        let answer = self.make(Call::new(http::Method::GET, url)).await?;
        if answer.status.is_server_error() { Err(answer.failure()) } else { Ok(()) }
    }
}

impl fmt::Debug for ProviderClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderClient").field("hosts", &self.inner.hosts).finish_non_exhaustive()
    }
}
