//! What the description of the API shows as an example, the service takes.

use agent_transfer::Stack;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::relay::signature;
use transfer_domain::Clock as _;
use transfer_providers::GENESYS;
use transfer_tests::api::{Api, stack, transfer, uuid};
use transfer_tests::description::{DOCUMENT, hold};

const PROJECT_PATH: &str = "/v1/projects/{projectId}";

/// One example of a request.
struct Example {
    method: Method,
    path: &'static str,
    body: &'static Value,
}

/// The callback whose form is the service's own. The others' examples are of their contact centres.
const RELAYED_PATH: &str = "/v1/webhooks/relay/{integrationId}";

/// Every example of a JSON body that is for the service to say. Those that change the integration that the others need come last.
fn examples() -> Vec<Example> {
    let document: &'static Value = &DOCUMENT;
    let mut examples = Vec::new();
    let ours = |path: &str| path.starts_with(PROJECT_PATH) || path == RELAYED_PATH;
    for (path, item) in document["paths"].as_object().unwrap().iter().filter(|(path, _)| ours(path)) {
        for (method, operation) in item.as_object().unwrap() {
            let content = &operation["requestBody"]["content"]["application/json"];
            let several = content["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
            for body in several.chain(content.get("example")) {
                let method = method.to_uppercase().parse().unwrap();
                examples.push(Example { method, path, body });
            }
        }
    }
    examples.sort_by_key(|example| example.path.contains("/integrations/"));
    examples
}

/// A transfer to which the contact centre said something.
async fn active(stack: &Stack, api: &Api, conversation: &str) -> String {
    let session = api.create(conversation, "genesys").await;
    stack.settle().await.unwrap();
    let desk = stack.desk(GENESYS).unwrap();
    desk.act(&uuid(&session), simulators::Act::FlowText("Hello".to_owned())).unwrap();
    stack.settle().await.unwrap();
    session
}

/// A call that its runtime brings.
async fn call(stack: &Stack, api: &Api) -> String {
    let mut body = transfer("conv-of-a-call", "genesys");
    (body["channel"], body["voice"]) = (json!("voice"), json!({ "callId": "call-1" }));
    let created = api.post("/transfers", &body).await;
    stack.settle().await.unwrap();
    created.str("sessionId")
}

/// The example, with the message that there is where it names one.
async fn of_this_transfer(api: &Api, session: &str, body: &Value) -> Value {
    let messages = api.get(&format!("/transfers/{session}/messages")).await.body;
    let said = messages["items"][0]["messageId"].as_str().unwrap();
    serde_json::from_str(&body.to_string().replace("\"in-1\"", &format!("\"{said}\""))).unwrap()
}

async fn relayed(stack: &Stack, api: &Api, example: &Example) -> u16 {
    let mut own = api.get("/integrations/genesys").await.body;
    let rotated = json!({ "settings": own["settings"].take(), "rotateSecrets": true });
    let integration = api.put("/integrations/genesys", &rotated).await;
    let body = example.body.to_string().into_bytes();
    let now = stack.clock().now().timestamp();
    let proof = signature(&integration.str("relaySecret"), "evt-1", now, &body).unwrap();
    let request = simulators::plain_http().build().unwrap().post(integration.str("relayUrl"));
    let request = request.header("content-type", "application/json").header("webhook-id", "evt-1");
    let request = request.header("webhook-timestamp", now.to_string()).header("webhook-signature", proof);
    let response = request.body(body).send().await.unwrap();
    let status = response.status().as_u16();
    let answer = response.json().await.unwrap();
    hold("POST", example.path, Some(example.body), status, "application/json", &answer);
    status
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_of_a_request_is_taken_by_the_running_stack() {
    let (stack, api) = stack().await;
    let examples = examples();
    assert!(examples.len() >= 10, "{}", examples.len());
    for (number, example) in examples.iter().enumerate() {
        let session = active(&stack, &api, &format!("conv-for-example-{number}")).await;
        let status = match example.path.strip_prefix(PROJECT_PATH) {
            Some(path) => {
                let session = if path.ends_with("/voice/outcome") { call(&stack, &api).await } else { session };
                let filled = [
                    ("sessionId", session.as_str()),
                    ("taskId", &uuid(&session)),
                    ("provider", "genesys"),
                    ("endpointId", "runtime"),
                ];
                let path =
                    filled.iter().fold(path.to_owned(), |it, (name, value)| it.replace(&format!("{{{name}}}"), value));
                let mut body = example.body.clone();
                if !path.ends_with("/voice/outcome") {
                    body = of_this_transfer(&api, &session, &body).await;
                }
                if path.ends_with("/handback") {
                    api.call(Method::POST, &format!("/transfers/{session}/end"), None, &[]).await;
                    body["version"] = api.detail(&session).await.body["handback"]["version"].clone();
                }
                api.call(example.method.clone(), &path, Some(&body), &[]).await.status
            }
            None => relayed(&stack, &api, example).await,
        };
        assert!((200..300).contains(&status), "{} {}: {status} for {}", example.method, example.path, example.body);
    }
}
