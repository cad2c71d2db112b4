//! The Lambda entry point.

use std::convert::Infallible;

use event_deliveries::Deliveries;
use lambda_http::lambda_runtime::Runtime;
use lambda_http::{Adapter, Error, service_fn};
use transfer_http::Gateway;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, sdk) = transfer_aws::start().await?;
    let deliveries = Deliveries::new(service.clone(), aws_sdk_sqs::Client::new(&sdk));
    let deliveries = &deliveries;
    let handler =
        service_fn(
            move |request| async move { Ok::<_, Infallible>(event_deliveries::handle(deliveries, request).await) },
        );
    let observed = transfer_aws::observed(&service, env!("CARGO_PKG_NAME"), Gateway::before(Adapter::from(handler)));
    Runtime::new(observed).run().await
}
