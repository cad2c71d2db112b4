//! The Lambda entry point.

use std::convert::Infallible;

use aws_lambda_events::dynamodb::Event;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use relay_changes::Relay;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, sdk) = transfer_aws::start().await?;
    let relay = Relay::new(service.clone(), aws_sdk_eventbridge::Client::new(&sdk), aws_sdk_sqs::Client::new(&sdk));
    let relay = &relay;
    let handler = service_fn(move |event: LambdaEvent<Event>| async move {
        Ok::<_, Infallible>(relay_changes::handle(relay, event.payload).await)
    });
    Runtime::new(transfer_aws::observed(&service, env!("CARGO_PKG_NAME"), handler)).run().await
}
