//! HTTP to the providers: one careful exchange at a time, and what its outcome allows (`docs/contracts/README.md`,
//! "Outcomes of calls").

mod exchange;
mod rate;
mod recent;
mod resolver;
mod retry_after;
mod token;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
pub use exchange::{Answer, Call, Shape};
use resolver::GuardedResolver;
pub(crate) use token::{TokenRequest, TokenSource, without_effect};

use crate::HostPolicy;

/// How long a connection may take to come about. A connection that did not is surely without effect, so this is the
/// shorter of the two limits.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The HTTP client of all providers. A clone shares connections' settings, tokens and rate limits.
///
/// It follows no redirect, uses no proxy, keeps no idle connection (a frozen function would find it dead), unpacks
/// nothing, reads at most 256 KiB, and connects only to addresses that the [`HostPolicy`] allows: they are checked
/// after the name is resolved and used as resolved, so a name cannot change its mind in between.
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
    http: reqwest::Client,
    hosts: HostPolicy,
    tokens: token::Tokens,
    rates: rate::Rates,
    recents: recent::Recents,
}

/// The HTTP client could not be built: no TLS roots, for example.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be built")]
pub struct ProviderClientFault(#[source] reqwest::Error);

impl ProviderClient {
    /// How long one exchange may take, from the first byte sent to the last byte read.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(8);

    /// Builds the client. `timeout` bounds each exchange as a whole, so that a trickling answer is cut off too; a call
    /// that needs a token or a look-up first makes several exchanges.
    pub fn new(hosts: HostPolicy, timeout: Duration) -> Result<Self, ProviderClientFault> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .https_only(hosts == HostPolicy::Public)
            .user_agent(concat!("agent-transfer/", env!("CARGO_PKG_VERSION")))
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .timeout(timeout)
            .dns_resolver(GuardedResolver::new(hosts))
            .build()
            .map_err(ProviderClientFault)?;
        let inner = Inner {
            http,
            hosts,
            tokens: token::Tokens::default(),
            rates: rate::Rates::default(),
            recents: recent::Recents::default(),
        };
        Ok(Self { inner: Arc::new(inner), pauses: Arc::new(RealTime) })
    }

    /// With another way to let time pass, for whoever has a clock of his own.
    #[must_use]
    pub fn with_pauses(self, pauses: Arc<dyn Pauses>) -> Self {
        Self { pauses, ..self }
    }

    /// Lets some time pass between two questions of one call. Nothing else in an adapter may wait.
    pub(crate) async fn pause(&self, time: Duration) {
        self.pauses.pass(time).await;
    }

    /// Which hosts it calls.
    pub fn hosts(&self) -> HostPolicy {
        self.inner.hosts
    }
}

impl fmt::Debug for ProviderClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderClient").field("hosts", &self.inner.hosts).finish_non_exhaustive()
    }
}
