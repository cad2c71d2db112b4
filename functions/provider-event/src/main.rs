//! The Lambda entry point.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use transfer_aws::{Service, start_logs};
use transfer_providers::Adapters;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logs();
    let (service, _) = Service::from_env().await?;
    let (service, adapters) = (&service, &Adapters::inbound());
    run(service_fn(move |event: LambdaEvent<Value>| async move {
        Box::pin(provider_event::handle(service, adapters, event.payload)).await.map_err(Error::from)
    }))
    .await
}
