//! The Lambda entry point.

use std::convert::Infallible;

use aws_lambda_events::sqs::SqsEvent;
use deliver::Deliver;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use transfer_aws::{Service, start_logs};
use transfer_providers::{Adapters, Caller};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logs();
    let (service, sdk) = Service::from_env().await?;
    let caller = Caller::new(service.config.host_policy, Caller::DEFAULT_TIMEOUT)?;
    let deliver = Deliver::new(service, Adapters::outbound(), caller, aws_sdk_sqs::Client::new(&sdk));
    let deliver = &deliver;
    run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Infallible>(deliver::handle(deliver, event.payload).await)
    }))
    .await
}
