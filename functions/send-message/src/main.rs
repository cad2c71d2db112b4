//! The Lambda entry point.

use std::convert::Infallible;

use lambda_http::lambda_runtime::Runtime;
use lambda_http::{Adapter, Error, service_fn};
use transfer_aws::commands::Commands;
use transfer_http::Gateway;
use transfer_providers::Adapters;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, sdk) = transfer_aws::start().await?;
    let commands = Commands::at_first_use(&sdk, &service.config.command_queue_url);
    let (service, adapters, commands) = (&service, &Adapters::inbound(), &commands);
    let handler = service_fn(move |request| async move {
        Ok::<_, Infallible>(send_message::handle(service, adapters, commands, request).await)
    });
    let observed = transfer_aws::observed(service, env!("CARGO_PKG_NAME"), Gateway::before(Adapter::from(handler)));
    Runtime::new(observed).run().await
}
