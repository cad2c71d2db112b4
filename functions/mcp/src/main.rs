//! The Lambda entry point.

use std::convert::Infallible;

use lambda_http::lambda_runtime::Runtime;
use lambda_http::{Adapter, Error, service_fn};
use transfer_http::Gateway;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, _) = transfer_aws::start().await?;
    transfer_aws::check_public_roots()?;
    let caller = mcp::ApiCaller::new()?;
    let (service, caller) = (&service, &caller);
    let handler =
        service_fn(move |request| async move { Ok::<_, Infallible>(mcp::handle(service, caller, request).await) });
    let observed = transfer_aws::observed(service, env!("CARGO_PKG_NAME"), Gateway::before(Adapter::from(handler)));
    Runtime::new(observed).run().await
}
