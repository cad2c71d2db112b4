//! The Lambda entry point.

use lambda_http::Error;
use lambda_http::lambda_runtime::Runtime;
use transfer_http::answering;
use transfer_providers::Adapters;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, _) = transfer_aws::start().await?;
    let (service, adapters) = (&service, &Adapters::inbound());
    let handler = answering(move |request| settings::handle(service, adapters, request));
    let observed = transfer_aws::observed(service, env!("CARGO_PKG_NAME"), handler);
    Runtime::new(observed).run().await
}
