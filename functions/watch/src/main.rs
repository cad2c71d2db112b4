//! The Lambda entry point.

use std::time::{Duration, SystemTime};

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::Value;
use watch::Watch;

/// What is left of the function's time for the calls that are under way.
const FOR_LAST_CALLS: Duration = Duration::from_secs(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, sdk) = transfer_aws::start().await?;
    let watch = Watch::new(service.clone(), aws_sdk_sqs::Client::new(&sdk));
    let watch = &watch;
    let handler = service_fn(move |event: LambdaEvent<Value>| async move {
        // Of a time that is over nothing is left.
        let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
        watch::handle(watch, left.saturating_sub(FOR_LAST_CALLS)).await.map_err(Error::from)
    });
    Runtime::new(transfer_aws::observed(&service, env!("CARGO_PKG_NAME"), handler)).run().await
}
