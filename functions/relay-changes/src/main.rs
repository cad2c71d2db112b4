//! The Lambda entry point.

use std::convert::Infallible;

use aws_lambda_events::dynamodb::Event;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use relay_changes::Relay;
use transfer_aws::{Service, start_logs};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logs();
    let (service, sdk) = Service::from_env().await?;
    let relay = Relay::new(service, aws_sdk_eventbridge::Client::new(&sdk), aws_sdk_sqs::Client::new(&sdk));
    let relay = &relay;
    run(service_fn(move |event: LambdaEvent<Event>| async move {
        Ok::<_, Infallible>(relay_changes::handle(relay, event.payload).await)
    }))
    .await
}
