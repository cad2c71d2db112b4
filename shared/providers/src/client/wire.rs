//! What carries a call to its contact centre: HTTP, or in a test the documents that it would be answered with.

use std::error::Error;
use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use url::{Host, Url};

use super::resolver::{ForbiddenAddress, GuardedResolver};
use super::retry_after::retry_after;
use super::{Answer, Call};
use crate::hosts::may_connect;
use crate::{CallError, HostPolicy};

/// How long a connection may take to come about. A connection that did not is surely without effect, so this is the
/// shorter of the two limits.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// More of an answer is not read.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// Carries calls.
#[async_trait]
pub trait Wire: Send + Sync {
    /// Carries a call once and brings its answer. An error means that there is no answer to judge.
    async fn carry(&self, call: Call, now: DateTime<Utc>) -> Result<Answer, CallError>;
}

/// The wire that there really is. It follows no redirect, uses no proxy, keeps no idle connection (a frozen function would
/// find it dead), unpacks nothing, reads at most 256 KiB, and connects only to addresses that the [`HostPolicy`] allows:
/// they are checked after the name is resolved and used as resolved, so a name cannot change its mind in between.
pub(super) struct Http {
    /// Made at the first call: it reads the roots that the public trusts.
    client: LazyLock<Result<reqwest::Client, reqwest::Error>, MakeClient>,
    hosts: HostPolicy,
}

type MakeClient = Box<dyn FnOnce() -> Result<reqwest::Client, reqwest::Error> + Send>;

impl Http {
    pub(super) fn new(hosts: HostPolicy, timeout: Duration) -> Self {
        let make: MakeClient = Box::new(move || {
            reqwest::Client::builder()
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
        });
        Self { client: LazyLock::new(make), hosts }
    }

    /// The resolver never sees an address that stands in the URL itself.
    fn refuse_literal(&self, url: &Url) -> Result<(), CallError> {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(forbidden()),
        };
        if may_connect(address, self.hosts) { Ok(()) } else { Err(forbidden()) }
    }
}

#[async_trait]
impl Wire for Http {
    async fn carry(&self, call: Call, now: DateTime<Utc>) -> Result<Answer, CallError> {
        self.refuse_literal(&call.url)?;
        let client = self.client.as_ref().map_err(|_| CallError::not_sent("the HTTP client cannot be built"))?;
        let request = client.request(call.method, call.url).headers(call.headers).body(call.body);
        let mut response = request.send().await.map_err(|error| classified(&error))?;
        let status = response.status();
        let retry_after = retry_after(response.headers(), now);
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_BODY_BYTES => body.extend_from_slice(&chunk),
                Ok(None) => return Ok(Answer { status, retry_after, body }),
                // A failure is a failure whatever else it wanted to say; a success must be understood.
                Ok(Some(_)) | Err(_) if !status.is_success() => {
                    return Ok(Answer { status, retry_after, body: Vec::new() });
                }
                Ok(Some(_)) => return Err(CallError::unknown("the answer is too large")),
                Err(_) => return Err(CallError::unknown("the answer was cut off")),
            }
        }
    }
}

/// What a failure without an answer allows. Only a connection that never came about surely had no effect.
fn classified(error: &reqwest::Error) -> CallError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(one) = cause {
        if one.is::<ForbiddenAddress>() {
            return forbidden();
        }
        cause = one.source();
    }
    if error.is_builder() {
        CallError::misconfigured("the request cannot be built for this URL")
    } else if error.is_connect() {
        CallError::not_sent("no connection")
    } else if error.is_timeout() {
        CallError::unknown("timed out")
    } else {
        CallError::unknown("the connection broke")
    }
}

fn forbidden() -> CallError {
    CallError::misconfigured("the host must not be called")
}
