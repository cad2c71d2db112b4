//! The Lambda entry point.

use std::convert::Infallible;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use transfer_aws::{Service, start_logs};
use transfer_providers::Adapters;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logs();
    let (service, _) = Service::from_env().await?;
    let (service, adapters) = (&service, &Adapters::inbound());
    run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Infallible>(Box::pin(provider_event::handle_batch(service, adapters, event.payload)).await)
    }))
    .await
}
