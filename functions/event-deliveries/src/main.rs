//! The Lambda entry point.

use event_deliveries::Deliveries;
use lambda_http::Error;
use lambda_http::lambda_runtime::Runtime;
use transfer_http::answering;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, sdk) = transfer_aws::start().await?;
    let deliveries = Deliveries::new(service.clone(), aws_sdk_sqs::Client::new(&sdk));
    let deliveries = &deliveries;
    let handler = answering(move |request| event_deliveries::handle(deliveries, request));
    let observed = transfer_aws::observed(&service, env!("CARGO_PKG_NAME"), handler);
    Runtime::new(observed).run().await
}
