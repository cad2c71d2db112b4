//! With a data file everything goes on where it stopped: sessions, secrets, and what was on its way.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use agent_transfer::{DEMO_PROJECT, Elsewhere, Stack, StackError, StackOptions, Storage, TestClock};
use embedded_dynamodb::Beside;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use simulators::Fault;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use transfer_providers::{GENESYS, SERVICENOW};

async fn start(data: &Path) -> Stack {
    let storage = Storage::File(data.to_owned());
    Stack::start(StackOptions { storage, ..StackOptions::stepped(TestClock::standing()) }).await.unwrap()
}

async fn create(stack: &Stack, conversation: &str) -> String {
    create_at(stack.base_url(), conversation).await
}

async fn create_at(address: &str, conversation: &str) -> String {
    let body = json!({
        "conversationSessionId": conversation, "contactId": "u-1", "channel": "chat", "agent": "billing",
        "provider": "servicenow",
    });
    let url = format!("{address}/v1/projects/{DEMO_PROJECT}/transfers");
    let response = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 201);
    response.json::<Value>().await.unwrap()["sessionId"].as_str().unwrap().to_owned()
}

async fn record(stack: &Stack, session: &str) -> Value {
    let url = format!("{}/v1/projects/{DEMO_PROJECT}/transfers/{session}", stack.base_url());
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

/// The paths with the secrets, without the address, which differs from start to start.
fn secrets(stack: &Stack) -> Vec<(String, String, String)> {
    let address = stack.base_url();
    let told = stack.connected().iter().map(|connected| {
        let webhook = connected.webhook_url.expose_secret().replace(address, "");
        let signing = connected.signing_secret.expose_secret().to_owned();
        (webhook, signing, connected.relay_secret.expose_secret().to_owned())
    });
    told.collect()
}

#[tokio::test]
async fn sessions_and_secrets_are_kept_and_an_accepted_request_is_carried_out_later() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.db");
    let stack = start(&data).await;
    let session = create(&stack, "c-1").await;
    let told = secrets(&stack);
    assert_eq!(stack.desk(SERVICENOW).unwrap().conversations().len(), 0);
    stack.shutdown().await.unwrap();

    let stack = start(&data).await;
    assert_eq!(secrets(&stack), told);
    assert_eq!(record(&stack, &session).await["status"], "pending");
    stack.settle().await.unwrap();
    assert_eq!(stack.desk(SERVICENOW).unwrap().conversations().len(), 1);
    stack.shutdown().await.unwrap();

    // What was done is not done again.
    let stack = start(&data).await;
    stack.settle().await.unwrap();
    assert_eq!(stack.desk(SERVICENOW).unwrap().conversations().len(), 0);
    let again = stack.recorded_events().iter().filter(|event| event["detail-type"] == "transfer.requested").count();
    assert_eq!(again, 0);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn one_whose_event_source_was_given_to_another_project_stays_there() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.db");
    let stack = start(&data).await;
    let all: Vec<_> = stack.connected().iter().map(|one| one.provider).collect();
    assert!(all.contains(&GENESYS));
    let client = reqwest::Client::new();
    let url = |project: &str| format!("{}/v1/projects/{project}/integrations/genesys", stack.base_url());
    let kept: Value = reqwest::get(url(DEMO_PROJECT)).await.unwrap().json().await.unwrap();
    let mut without = kept["settings"].clone();
    without["partnerSource"] = Value::Null;
    without["lifecycleSource"] = json!("poll");
    let credentials = json!({ "clientId": "local-client", "clientSecret": "local-client-secret" });
    for (project, body) in [
        (DEMO_PROJECT, json!({ "settings": without })),
        ("newcomer", json!({ "settings": kept["settings"], "credentials": credentials })),
    ] {
        let answer = client.put(url(project)).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{project}: {}", answer.text().await.unwrap());
    }
    stack.shutdown().await.unwrap();

    let stack = start(&data).await;
    let connected: Vec<_> = stack.connected().iter().map(|one| one.provider).collect();
    let others: Vec<_> = all.into_iter().filter(|provider| *provider != GENESYS).collect();
    assert_eq!(connected, others);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_record_that_the_bus_refuses_for_good_stops_nobody_before_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.db");
    let stack = start(&data).await;
    let refuse = |stack: &Stack| {
        stack.loopback().event_bridge().faults().refuse_calls_with("c-poison", "ValidationException");
    };
    refuse(&stack);
    create(&stack, "c-poison").await;
    create(&stack, "c-1").await;
    stack.shutdown().await.unwrap();

    let stack = start(&data).await;
    refuse(&stack);
    create(&stack, "c-2").await;
    stack.settle().await.unwrap();
    assert_eq!(stack.desk(SERVICENOW).unwrap().conversations().len(), 3, "its opening was not refused");
    let told = stack.recorded_events();
    let requested = told.iter().filter(|event| event["detail-type"] == "transfer.requested");
    let mut requested: Vec<_> = requested.map(|event| event["detail"]["conversationSessionId"].clone()).collect();
    requested.sort_by_key(Value::to_string);
    assert_eq!(requested, ["c-1", "c-2"]);
    let parked = stack.parked_records().counts().unwrap().visible;
    assert!(parked >= 1, "each of its records that has an event");
    stack.shutdown().await.unwrap();

    let stack = start(&data).await;
    stack.settle().await.unwrap();
    assert_eq!(stack.parked_records().counts().unwrap().visible, parked, "kept for people, and not parked again");
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_command_that_waits_for_its_next_try_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.db");
    let stack = start(&data).await;
    let fault: Fault = serde_json::from_value(json!({
        "on": "request", "operation": "token", "times": 100, "fault": { "kind": "status", "status": 429, "retryAfter": 30 },
    }))
    .unwrap();
    stack.desk(SERVICENOW).unwrap().faults([fault]);
    create(&stack, "c-1").await;
    stack.settle().await.unwrap();
    let counts = stack.commands().counts().unwrap();
    assert_eq!((counts.visible, counts.in_flight), (0, 1));
    stack.shutdown().await.unwrap();

    let stack = start(&data).await;
    for _ in 0..8 {
        stack.advance(Duration::from_secs(5));
        stack.settle().await.unwrap();
    }
    assert_eq!(stack.desk(SERVICENOW).unwrap().conversations().len(), 1);
    stack.shutdown().await.unwrap();
}

/// The program on a data file, with the address that it tells.
async fn program(data: &Path) -> (tokio::process::Child, String) {
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_agent-transfer"))
        .args(["--port", "0", "--data"])
        .arg(data)
        // What is kept in the file is what this is about.
        .env_remove("AWS_ENDPOINT_URL_DYNAMODB")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some(address) = line.split_whitespace().find(|word| line.contains("API ") && word.starts_with("http://"))
        {
            return (child, address.to_owned());
        }
    }
    panic!("the program told no address");
}

#[tokio::test]
async fn a_request_that_was_accepted_before_a_kill_is_carried_out_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.db");
    let (mut child, address) = program(&data).await;
    let session = create_at(&address, "c-1").await;
    child.kill().await.unwrap();

    let stack = start(&data).await;
    stack.settle().await.unwrap();
    // It was opened before the kill or is opened now; either way the session knows its provider's name for it, or
    // waits for a provider whose answer nobody saw.
    let record = record(&stack, &session).await;
    let opened_now = stack.desk(SERVICENOW).unwrap().conversations().len();
    assert!(!record["providerSessionId"].is_null() || opened_now == 1 || record["unconfirmed"] == true, "{record}");
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.db");
    let stack = start(&data).await;
    stack.settle().await.unwrap();
    stack.shutdown().await.unwrap();
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left, ["data.db"], "everything is in one file");
    let kept = std::fs::read(&data).unwrap();
    for rubbish in [b"rubbish".to_vec(), kept[..kept.len() / 2].to_vec()] {
        std::fs::write(&data, &rubbish).unwrap();
        let storage = Storage::File(data.clone());
        let options = StackOptions { storage, ..StackOptions::stepped(TestClock::standing()) };
        let error = Stack::start(options).await.unwrap_err();
        assert!(error.to_string().contains(data.to_str().unwrap()), "{error}");
        assert_eq!(std::fs::read(&data).unwrap(), rubbish);
    }
    std::fs::write(&data, kept).unwrap();
    for key in ["sqs/agent-transfer-commands.fifo", "stream/positions"] {
        let beside = Beside::open(&data).unwrap();
        let before = beside.all().unwrap().remove(key);
        beside.write([(key, Some("{".to_owned()))]).unwrap();
        drop(beside);
        let storage = Storage::File(data.clone());
        let options = StackOptions { storage, ..StackOptions::stepped(TestClock::standing()) };
        let error = Stack::start(options).await.unwrap_err();
        assert!(error.to_string().contains("move"), "{key}: {error}");
        Beside::open(&data).unwrap().write([(key, before)]).unwrap();
    }
    let running = start(&data).await;
    let storage = Storage::File(data.clone());
    let second = StackOptions { storage, ..StackOptions::stepped(TestClock::standing()) };
    let error = Stack::start(second).await.unwrap_err().to_string();
    assert!(error.contains("in use") && error.contains(data.to_str().unwrap()), "{error}");
    running.shutdown().await.unwrap();
    start(&data).await.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let options = StackOptions { port, ..StackOptions::stepped(TestClock::standing()) };
    let error = Stack::start(options).await.unwrap_err();
    assert!(matches!(error, StackError::PortInUse { port: named } if named == port), "{error}");
}

#[tokio::test]
async fn a_dynamodb_elsewhere_gets_the_table_and_the_same_stack_runs_on_it() {
    let owner = Stack::start(StackOptions::stepped(TestClock::standing())).await.unwrap();
    let elsewhere = Elsewhere {
        endpoint: owner.dynamodb_endpoint().to_owned(),
        region: None,
        table: "other-table".to_owned(),
        access_key: None,
        beside: None,
    };
    let storage = Storage::Elsewhere(elsewhere);
    let stack = Stack::start(StackOptions { storage, ..StackOptions::stepped(TestClock::standing()) }).await.unwrap();
    let session = create(&stack, "c-1").await;
    stack.settle().await.unwrap();
    assert_eq!(stack.desk(SERVICENOW).unwrap().conversations().len(), 1);
    assert_eq!(record(&stack, &session).await["status"], "pending");
    // The owner's own table knows nothing of it.
    assert_eq!(record(&owner, &session).await["status"], 404);
    assert!(!stack.sweeps());
    stack.shutdown().await.unwrap();
    owner.shutdown().await.unwrap();
}

#[tokio::test]
async fn aws_itself_needs_a_region() {
    let elsewhere = Elsewhere {
        endpoint: "https://dynamodb.eu-west-1.amazonaws.com".to_owned(),
        region: None,
        table: "any-table".to_owned(),
        access_key: None,
        beside: None,
    };
    let options =
        StackOptions { storage: Storage::Elsewhere(elsewhere), ..StackOptions::stepped(TestClock::standing()) };
    let error = Stack::start(options).await.unwrap_err();
    assert_eq!(error.to_string(), "the environment variable AWS_REGION is not set");
}
