//! The Lambda entry point.

use std::convert::Infallible;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use transfer_aws::{Service, start_logs};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logs();
    let (service, _) = Service::from_env().await?;
    let service = &service;
    run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Infallible>(Box::pin(inbox_events::handle_batch(service, event.payload)).await)
    }))
    .await
}
