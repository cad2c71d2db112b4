//! The Lambda entry point.

use lambda_http::Error;
use lambda_http::lambda_runtime::Runtime;
use test_integration::Tester;
use transfer_http::answering;
use transfer_providers::{Adapters, ProviderClient};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, _) = transfer_aws::start().await?;
    transfer_aws::check_public_roots()?;
    let client = ProviderClient::new(service.config.host_policy, ProviderClient::DEFAULT_TIMEOUT);
    let tester = &Tester::new(service.clone(), Adapters::outbound(), client);
    let handler = answering(move |request| test_integration::handle(tester, request));
    let observed = transfer_aws::observed(&service, env!("CARGO_PKG_NAME"), handler);
    Runtime::new(observed).run().await
}
