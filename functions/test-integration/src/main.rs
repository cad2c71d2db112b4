//! The Lambda entry point.

use std::convert::Infallible;

use lambda_http::lambda_runtime::Runtime;
use lambda_http::{Adapter, Error, service_fn};
use test_integration::Tester;
use transfer_http::Gateway;
use transfer_providers::{Adapters, ProviderClient};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, _) = transfer_aws::start().await?;
    transfer_aws::check_public_roots()?;
    let client = ProviderClient::new(service.config.host_policy, ProviderClient::DEFAULT_TIMEOUT);
    let tester = &Tester::new(service.clone(), Adapters::outbound(), client);
    let handler =
        service_fn(move |request| async move { Ok::<_, Infallible>(test_integration::handle(tester, request).await) });
    let observed = transfer_aws::observed(&service, env!("CARGO_PKG_NAME"), Gateway::before(Adapter::from(handler)));
    Runtime::new(observed).run().await
}
