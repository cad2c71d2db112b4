//! The Lambda entry point.

use std::convert::Infallible;

use lambda_http::{Error, run, service_fn};
use transfer_aws::{Service, start_logs};
use transfer_providers::Adapters;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    start_logs();
    let (service, _) = Service::from_env().await?;
    let (service, adapters) = (&service, &Adapters::inbound());
    run(service_fn(move |request| async move {
        Ok::<_, Infallible>(send_message::handle(service, adapters, request).await)
    }))
    .await
}
