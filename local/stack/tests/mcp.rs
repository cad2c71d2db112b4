//! `agent-transfer mcp`: the tools on standard input and output, as a client starts them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may")]

use std::process::Stdio;

use agent_transfer::{Stack, StackOptions, TestClock};
use rmcp::model::CallToolRequestParams;
use rmcp::service::ServiceExt as _;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_starts_the_program_finds_the_tools_and_asks_for_a_human() {
    let stack = Stack::start(StackOptions::stepped(TestClock::standing())).await.unwrap();
    let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_agent-transfer"));
    program.args(["mcp", "--port", stack.base_url().rsplit(':').next().unwrap()]);
    let mut program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let ends = (program.stdout.take().unwrap(), program.stdin.take().unwrap());
    let client = ().serve(ends).await.unwrap();
    assert_eq!(client.list_all_tools().await.unwrap().len(), 4);
    let wanted = json!({ "conversationSessionId": "conv-1", "contactId": "contact-1", "agent": "billing-agent",
        "summary": "Wants a refund for order 42.", "provider": "genesys" });
    let call = async |name: &'static str, arguments: Value| {
        let arguments = arguments.as_object().cloned().unwrap();
        let result = client.call_tool(CallToolRequestParams::new(name).with_arguments(arguments)).await.unwrap();
        assert_eq!(result.is_error, Some(false), "{result:?}");
        result.structured_content.unwrap()
    };
    let asked = call("request_human", wanted).await;
    stack.settle().await.unwrap();
    let checked = call("check_transfer", json!({ "sessionId": asked["sessionId"] })).await;
    assert_eq!(checked["happened"][0]["what"], "transfer.requested", "{checked}");
    client.cancel().await.unwrap();
}
