//! The servers of a stack: what comes in stops before what is written to.

use std::time::Duration;

use aws_loopback::AwsLoopback;
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::listen;

/// How long requests that are under way are waited for.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// A task that serves until it is told to stop. Dropping it stops it too.
#[derive(Debug)]
struct Server {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    async fn stop(&mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(SHUTDOWN, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// The API and the AWS endpoints.
#[derive(Debug)]
pub(crate) struct Servers {
    api: Server,
    aws: Server,
}

impl Servers {
    pub(crate) fn start(api: TcpListener, router: Router, aws: TcpListener, loopback: &AwsLoopback) -> Self {
        let stop = watch::Sender::new(false);
        let task = tokio::spawn(listen::serve(api, router, stop.subscribe()));
        let api = Server { stop, task };
        let stop = watch::Sender::new(false);
        let (loopback, stopped) = (loopback.clone(), listen::stopped(stop.subscribe()));
        let task = tokio::spawn(async move {
            if let Err(error) = loopback.serve(aws, stopped).await {
                tracing::error!(%error, "the AWS endpoints ended");
            }
        });
        Self { api, aws: Server { stop, task } }
    }

    pub(crate) async fn stop_api(&mut self) {
        self.api.stop().await;
    }

    pub(crate) async fn stop_aws(&mut self) {
        self.aws.stop().await;
    }
}
