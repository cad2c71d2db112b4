//! The Lambda entry point.

use std::convert::Infallible;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, _) = transfer_aws::start().await?;
    let service = &service;
    let handler = service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        Ok::<_, Infallible>(Box::pin(tick::handle(service, event.payload)).await)
    });
    Runtime::new(transfer_aws::observed(service, env!("CARGO_PKG_NAME"), handler)).run().await
}
