//! The Lambda entry point.

use lambda_http::Error;
use lambda_http::lambda_runtime::Runtime;
use transfer_aws::commands::Commands;
use transfer_http::answering;
use transfer_providers::Adapters;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, sdk) = transfer_aws::start().await?;
    let commands = Commands::at_first_use(&sdk, &service.config.command_queue_url);
    let (service, adapters, commands) = (&service, &Adapters::inbound(), &commands);
    let handler = answering(move |request| send_message::handle(service, adapters, commands, request));
    let observed = transfer_aws::observed(service, env!("CARGO_PKG_NAME"), handler);
    Runtime::new(observed).run().await
}
