//! The Lambda entry point.

use lambda_http::Error;
use lambda_http::lambda_runtime::Runtime;
use serve_console::{Console, Offer};
use transfer_http::answering;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, _) = transfer_aws::start().await?;
    let console = &Console::new(service.clone(), &Offer::default());
    let handler = answering(move |request| async move { serve_console::handle(console, &request) });
    let observed = transfer_aws::observed(&service, env!("CARGO_PKG_NAME"), handler);
    Runtime::new(observed).run().await
}
