//! The Lambda entry point.

use std::convert::Infallible;

use lambda_http::lambda_runtime::Runtime;
use lambda_http::{Adapter, Error, service_fn};
use serve_console::{Console, Offer};
use transfer_http::Gateway;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (service, _) = transfer_aws::start().await?;
    let console = &Console::new(service.clone(), &Offer::default());
    let handler =
        service_fn(move |request| async move { Ok::<_, Infallible>(serve_console::handle(console, &request)) });
    let observed = transfer_aws::observed(&service, env!("CARGO_PKG_NAME"), Gateway::before(Adapter::from(handler)));
    Runtime::new(observed).run().await
}
