//! The services as the real SDKs see them, over a loopback listener.

#![expect(clippy::unwrap_used, reason = "the helpers beside the tests fail a test by panicking, too")]

mod eventbridge;
mod persistence;
mod queues;
mod rules;
mod secretsmanager;
mod sqs;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_loopback::{AwsLoopback, Clock};
use chrono::DateTime;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A clock that stands still until a test moves it.
#[derive(Clone)]
struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_800_000_000)))
    }

    fn clock(&self) -> Clock {
        let seconds = self.0.clone();
        Arc::new(move || DateTime::from_timestamp(seconds.load(Ordering::SeqCst), 0).unwrap())
    }

    fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

/// A running loopback; it stops when this is dropped.
struct Running {
    loopback: AwsLoopback,
    clock: ManualClock,
    endpoint: String,
    _stop: oneshot::Sender<()>,
}

async fn start() -> Running {
    let clock = ManualClock::new();
    serve(AwsLoopback::new(clock.clock()), clock).await
}

async fn serve(loopback: AwsLoopback, clock: ManualClock) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let served = loopback.clone();
    tokio::spawn(async move {
        let shutdown = async {
            stopped.await.ok();
        };
        served.serve(listener, shutdown).await.unwrap();
    });
    Running { loopback, clock, endpoint, _stop: stop }
}

/// The same configuration for each SDK crate; attempts are not repeated, so faults are visible.
macro_rules! client {
    ($sdk:ident, $running:expr) => {{
        let config = $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .region($sdk::config::Region::new("local"))
            .credentials_provider($sdk::config::Credentials::new("test", "test", None, None, "test"))
            .retry_config($sdk::config::retry::RetryConfig::disabled())
            .endpoint_url(&$running.endpoint)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        $sdk::Client::from_conf(config)
    }};
}
pub(crate) use client;
