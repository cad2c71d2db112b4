//! `mcp`: the tools of the Model Context Protocol over standard input and output, for a client that starts this program.

use std::error::Error;

use ::mcp::{ApiCaller, Tools};
use clap::Args;
use lambda_http::http::HeaderValue;
use rmcp::ServiceExt as _;
use rmcp::transport::stdio;

use crate::setup::DEMO_PROJECT;

/// Where the tools ask for a human.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// The project
    #[arg(long, default_value = DEMO_PROJECT)]
    project: String,
    /// Address of a deployed API [default: the stack that runs at --port]
    #[arg(long, value_name = "URL")]
    api: Option<String>,
    /// The caller's token at that API
    #[arg(long, env = "AGENT_TRANSFER_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// Serves until the client closes its end.
pub(super) async fn serve(choice: &Choice, local: &str) -> Result<(), Box<dyn Error>> {
    let token = choice.token.as_ref().map(|token| HeaderValue::try_from(format!("Bearer {token}"))).transpose()?;
    let api = ApiCaller::new()?.at(choice.api.as_deref().unwrap_or(local), &choice.project, token)?;
    let serving = Tools::over(api).serve(stdio()).await?;
    serving.waiting().await?;
    Ok(())
}
