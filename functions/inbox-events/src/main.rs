//! The Lambda entry point.

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, _) = transfer_aws::start().await?;
    let service = &service;
    let handler = service_fn(move |event: LambdaEvent<Value>| async move {
        Box::pin(inbox_events::handle(service, event.payload)).await.map_err(Error::from)
    });
    Runtime::new(transfer_aws::observed(service, env!("CARGO_PKG_NAME"), handler)).run().await
}
