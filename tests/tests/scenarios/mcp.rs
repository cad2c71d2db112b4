//! Asking for a human by the Model Context Protocol, with the client of its official SDK.

use agent_transfer::Stack;
use rmcp::model::CallToolRequestParams;
use rmcp::service::{RoleClient, RunningService, ServiceExt as _};
use rmcp::transport::StreamableHttpClientTransport;
use serde_json::{Value, json};
use simulators::Act;
use transfer_providers::GENESYS;
use transfer_tests::api::{Api, stack, uuid};

type Client = RunningService<RoleClient, ()>;

async fn over_http(stack: &Stack) -> Client {
    let url = format!("{}/v1/projects/demo/mcp", stack.base_url());
    ().serve(StreamableHttpClientTransport::from_uri(url)).await.unwrap()
}

/// What a tool answers, and whether it failed.
async fn use_tool(client: &Client, name: &'static str, arguments: Value) -> (Value, bool) {
    let arguments = arguments.as_object().cloned().unwrap();
    let result = client.call_tool(CallToolRequestParams::new(name).with_arguments(arguments)).await.unwrap();
    (result.structured_content.unwrap(), result.is_error.unwrap_or(false))
}

fn wanted() -> Value {
    json!({ "conversationSessionId": "conv-1", "contactId": "contact-1", "agent": "billing-agent",
        "summary": "Wants a refund for order 42.", "provider": "genesys" })
}

async fn act(stack: &Stack, session: &str, acts: &[Act]) {
    for one in acts {
        stack.desk(GENESYS).unwrap().act(&uuid(session), one.clone()).unwrap();
        stack.settle().await.unwrap();
    }
}

/// A whole transfer, as a model plays it.
async fn plays(stack: &Stack, api: &Api, client: &Client) {
    let names: Vec<_> = client.list_all_tools().await.unwrap().into_iter().map(|tool| tool.name.to_string()).collect();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(sorted, ["cancel_transfer", "check_transfer", "request_human", "send_to_human"]);
    let (asked, failed) = use_tool(client, "request_human", wanted()).await;
    assert!(!failed, "{asked}");
    let session = asked["sessionId"].as_str().unwrap().to_owned();
    assert_eq!((&asked["alreadyOpen"], &asked["status"]), (&json!(false), &json!("pending")));
    let (again, failed) = use_tool(client, "request_human", wanted()).await;
    assert_eq!((&again["sessionId"], &again["alreadyOpen"], failed), (&asked["sessionId"], &json!(true), false));
    stack.settle().await.unwrap();
    act(stack, &session, &[Act::Accept, Act::Join, Act::Say("How can I help?".to_owned())]).await;
    let (checked, _) = use_tool(client, "check_transfer", json!({ "sessionId": session })).await;
    assert_eq!(checked["status"], "active", "{checked}");
    let happened = checked["happened"].as_array().unwrap();
    let heard = happened.iter().find(|it| it["what"] == "message.received").unwrap();
    assert_eq!((&heard["from"], &heard["text"]), (&json!("representative"), &json!("How can I help?")));
    assert_eq!(heard["late"], false);
    let said = json!({ "sessionId": session, "text": "I want my money back.", "messageId": "m-1" });
    let (sent, failed) = use_tool(client, "send_to_human", said).await;
    assert_eq!((&sent["messageId"], failed), (&json!("m-1"), false));
    stack.settle().await.unwrap();
    let since = json!({ "sessionId": session, "cursor": checked["cursor"] });
    let (news, _) = use_tool(client, "check_transfer", since).await;
    let kinds: Vec<_> = news["happened"].as_array().unwrap().iter().map(|it| it["what"].clone()).collect();
    assert_eq!(kinds, ["message.delivered"], "only what is new");
    let seen = stack.desk(GENESYS).unwrap().conversation(&uuid(&session)).unwrap();
    assert!(format!("{seen:?}").contains("I want my money back."));
    let (ended, failed) = use_tool(client, "cancel_transfer", json!({ "sessionId": session })).await;
    assert_eq!((&ended["status"], failed), (&json!("ended"), false), "{ended}");
    stack.settle().await.unwrap();
    let (last, _) = use_tool(client, "check_transfer", json!({ "sessionId": session })).await;
    assert_eq!((&last["outcome"], &last["next"]), (&json!("served"), &json!("return_to_agent")));
    assert_eq!(api.detail(&session).await.str("endedBy"), "agent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_asks_for_a_human_talks_and_cancels_over_http() {
    let (stack, api) = stack().await;
    let client = over_http(&stack).await;
    plays(&stack, &api, &client).await;
    client.cancel().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_refuses_is_told_to_the_model_as_something_to_mend() {
    let (stack, _api) = stack().await;
    let client = over_http(&stack).await;
    let mut wrong = wanted();
    wrong["channel"] = json!("fax");
    let (told, failed) = use_tool(&client, "request_human", wrong).await;
    assert!(failed);
    assert_eq!(told["errors"][0]["pointer"], "/channel", "{told}");
    for (tool, more) in [
        ("check_transfer", json!({})),
        ("send_to_human", json!({ "text": "?", "messageId": "m-1" })),
        ("cancel_transfer", json!({})),
    ] {
        let mut arguments = json!({ "sessionId": "agent_transfer:none/../x:conv:chat" });
        arguments.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        let (told, failed) = use_tool(&client, tool, arguments).await;
        assert!(failed && told["title"].is_string(), "{tool}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_project_has_no_tools() {
    let (stack, api) = stack().await;
    let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let stranger = api.with_claims(&json!({ "projects": "other", "scope": "transfers:write" }));
    let accept = [("accept", "application/json, text/event-stream")];
    let url = "/mcp";
    let refused = stranger.call(reqwest::Method::POST, url, Some(&asked), &accept).await;
    assert_eq!((refused.status, refused.problem()), (404, "not-found"), "{}", refused.text);
    let reader = api.with_claims(&json!({ "projects": "demo", "scope": "transfers:read" }));
    let refused = reader.call(reqwest::Method::POST, url, Some(&asked), &accept).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    drop(stack);
}

/// The status of a request that calls the service by a name.
async fn asked_as(stack: &Stack, name: &str) -> u16 {
    let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let url = format!("{}/v1/projects/demo/mcp", stack.base_url());
    let request = reqwest::Client::new().post(url).header("host", name).json(&asked);
    let answer = request.header("accept", "application/json, text/event-stream").send().await.unwrap();
    answer.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_name_was_made_to_point_here_has_no_tools() {
    let (stack, _api) = stack().await;
    let port = stack.base_url().rsplit(':').next().unwrap();
    for name in ["rebound.example", "127.0.0.1.example", "localhost.example"] {
        for name in [name.to_owned(), format!("{name}:{port}")] {
            assert_eq!(asked_as(&stack, &name).await, 403, "{name}");
        }
    }
    for name in ["127.0.0.1", "localhost", "[::1]"] {
        assert_eq!(asked_as(&stack, &format!("{name}:{port}")).await, 200, "{name}");
    }
}
