//! The Lambda entry point.

use std::convert::Infallible;

use aws_lambda_events::sqs::SqsEvent;
use deliver::Deliver;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use transfer_providers::{Adapters, ProviderClient};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, sdk) = transfer_aws::start().await?;
    transfer_aws::check_public_roots()?;
    let client = ProviderClient::new(service.config.host_policy, ProviderClient::DEFAULT_TIMEOUT);
    let deliver = Deliver::new(service.clone(), Adapters::outbound(), client, aws_sdk_sqs::Client::new(&sdk));
    let deliver = &deliver;
    let handler = service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        let deadline = event.context.deadline();
        Ok::<_, Infallible>(deliver::handle(deliver, event.payload, deadline.into()).await)
    });
    Runtime::new(transfer_aws::observed(&service, env!("CARGO_PKG_NAME"), handler)).run().await
}
