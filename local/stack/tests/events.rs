//! Events as a user of the SDKs and of the command line sees them on a laptop.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::process::{Output, Stdio};
use std::time::Duration;

use agent_transfer::{DEMO_PROJECT, Stack, StackError, StackOptions, TestClock};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long a program may take to start or to tell something.
const PATIENCE: Duration = Duration::from_mins(1);

/// A stack on any ports whose queues and stream move by themselves.
async fn moving() -> Stack {
    Stack::start(StackOptions { port: 0, ..StackOptions::interactive() }).await.unwrap()
}

async fn create(stack: &Stack, conversation: &str) -> String {
    let body = json!({
        "conversationSessionId": conversation, "contactId": "u-1", "channel": "chat", "agent": "billing",
        "provider": "servicenow",
    });
    let url = format!("{}/v1/projects/{DEMO_PROJECT}/transfers", stack.base_url());
    let response = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 201);
    response.json::<Value>().await.unwrap()["sessionId"].as_str().unwrap().to_owned()
}

/// The bus has told an event of this kind about the session.
async fn told(stack: &Stack, session: &str, kind: &str) -> Value {
    let wanted = |event: &Value| event["detail-type"] == kind && event["detail"]["sessionId"] == session;
    tokio::time::timeout(PATIENCE, stack.loopback().event_bridge().wait_for(wanted)).await.unwrap()
}

fn events(stack: &Stack, arguments: &[&str]) -> Command {
    let port = stack.base_url().rsplit(':').next().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_agent-transfer"));
    command.args(["events", "--port", port]).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    command
}

async fn output(stack: &Stack, arguments: &[&str]) -> Output {
    tokio::time::timeout(PATIENCE, events(stack, arguments).output()).await.unwrap().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn next(lines: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
    serde_json::from_str(&line).unwrap()
}

#[tokio::test]
async fn the_recent_past_is_a_line_of_json_each_and_can_be_narrowed() {
    let stack = moving().await;
    let (one, two) = (create(&stack, "c-1").await, create(&stack, "c-2").await);
    for session in [&one, &two] {
        told(&stack, session, "transfer.accepted").await;
    }
    let uuid = one.split(':').nth(1).unwrap();
    let kinds = ["--type", "transfer.requested", "--type", "transfer.accepted"];
    let narrowed = lines(&output(&stack, &[["--session", uuid].as_slice(), &kinds].concat()).await);
    let seen: Vec<_> = narrowed.iter().map(|event| (&event["detail-type"], &event["detail"]["sessionId"])).collect();
    assert_eq!(seen, [(&json!("transfer.requested"), &json!(one)), (&json!("transfer.accepted"), &json!(one))]);
    let recorded = stack.recorded_events();
    assert!(narrowed.iter().all(|event| recorded.contains(event)), "they are the envelopes of the bus");
    assert!(lines(&output(&stack, &["--session", &two]).await).iter().all(|it| it["detail"]["sessionId"] == two));
    let unknown = output(&stack, &["--type", "transfer.exploded"]).await;
    assert!(!unknown.status.success() && String::from_utf8_lossy(&unknown.stderr).contains("transfer.ended"));
    stack.shutdown().await.unwrap();
}

/// The rules on our bus and the queues that are not of the stack.
async fn left_behind(stack: &Stack) -> (Value, Value) {
    let ask = async |target: &str, body: Value| {
        let request = reqwest::Client::new().post(stack.aws_endpoint()).header("x-amz-target", target);
        request.json(&body).send().await.unwrap().json::<Value>().await.unwrap()
    };
    let rules = ask("AWSEvents.ListRules", json!({ "EventBusName": "agent-transfer" })).await;
    let queues = ask("AmazonSQS.ListQueues", json!({ "QueueNamePrefix": "events-" })).await;
    (rules["Rules"].clone(), queues["QueueUrls"].clone())
}

async fn interrupt(child: &mut Child) {
    let pid = child.id().unwrap().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status().await.unwrap();
    assert!(sent.success());
    let ended = tokio::time::timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert!(ended.success());
}

#[tokio::test]
async fn what_follows_is_shown_once_after_the_past_until_ctrl_c_and_leaves_nothing_behind() {
    let stack = moving().await;
    let before = create(&stack, "c-1").await;
    told(&stack, &before, "transfer.requested").await;
    let mut child = events(&stack, &["--follow", "--type", "transfer.requested"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(next(&mut lines).await["detail"]["sessionId"], before);
    for conversation in ["c-2", "c-3"] {
        let session = create(&stack, conversation).await;
        let event = next(&mut lines).await;
        assert_eq!(event, told(&stack, &session, "transfer.requested").await);
    }
    assert_ne!(left_behind(&stack).await, (json!([]), Value::Null));
    interrupt(&mut child).await;
    assert_eq!(left_behind(&stack).await, (json!([]), Value::Null));
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn without_a_stack_it_is_said_that_there_is_none() {
    let stack = moving().await;
    let mut without = events(&stack, &[]);
    stack.shutdown().await.unwrap();
    let output = tokio::time::timeout(PATIENCE, without.output()).await.unwrap().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("no stack runs at http://127.0.0.1:") && said.contains("cargo run"), "{said}");
}

#[tokio::test]
async fn the_aws_endpoints_have_the_port_that_was_chosen_or_say_that_it_is_taken() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    let options = || StackOptions { aws_port: Some(port), demo: false, ..StackOptions::stepped(TestClock::standing()) };
    let error = Stack::start(options()).await.unwrap_err();
    assert!(matches!(error, StackError::AwsPortInUse { port: named } if named == port), "{error}");
    drop(free);
    let stack = Stack::start(options()).await.unwrap();
    assert_eq!(stack.aws_endpoint(), format!("http://127.0.0.1:{port}"));
    stack.shutdown().await.unwrap();
}
