//! The Lambda entry point.

use std::convert::Infallible;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use notify::{ANSWERS_WITHIN, Notify};
use transfer_providers::ProviderClient;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, sdk) = transfer_aws::start().await?;
    transfer_aws::check_public_roots()?;
    let client = ProviderClient::new(service.config.host_policy, ANSWERS_WITHIN);
    let notify = Notify::new(service.clone(), client, aws_sdk_sqs::Client::new(&sdk));
    let notify = &notify;
    let handler = service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Infallible>(notify::handle(notify, event.payload).await)
    });
    Runtime::new(transfer_aws::observed(&service, env!("CARGO_PKG_NAME"), handler)).run().await
}
