//! What the functions cost in instructions, as they are deployed: from their start to their first request for work, for
//! the first invocation and for a later one. Counts, not times, so that they are gates: `GATES`.
//!
//! Run by `tests/instructions`, which builds the binaries and finds Valgrind.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::Notify;
use transfer_aws::SystemClock;
use transfer_domain::Clock as _;
use transfer_providers::GENESYS;
use transfer_tests::harness::{ApiRequest, Case, PROJECT, Stage, World};
use transfer_tests::samples::{functions, root};

/// In millions: the most that it may take, which is some 15 percent above what it takes (processors differ a little), and what is
/// aimed at.
struct Gate {
    what: &'static str,
    most: f64,
    goal: f64,
}

const START: Gate = Gate { what: "exec to the first request for work", most: 2.5, goal: 2.5 };
/// What has clients of more of AWS, or of the contact centres, than the table's.
const STARTS: &[(&str, f64)] = &[("deliver", 3.9), ("relay-changes", 4.5)];
const FIRST_DETAIL: Gate = Gate { what: "exec to the end of the first detail", most: 3.5, goal: 4.0 };
const DETAIL: Gate = Gate { what: "a detail, warm", most: 1.12, goal: 0.9 };
const MESSAGE: Gate = Gate { what: "a message of the contact, warm", most: 1.8, goal: 1.6 };
const CALLBACK: Gate = Gate { what: "a text of the representative, warm", most: 2.1, goal: 1.8 };
const CREATE: Gate = Gate { what: "a transfer is created, warm", most: 1.45, goal: 1.8 };
const LIST: Gate = Gate { what: "a list of ten of one status, warm", most: 1.9, goal: 1.8 };
const LIST_ALL: Gate = Gate { what: "a list of ten over all statuses, warm", most: 4.1, goal: 4.0 };

/// Invocations of which the average is a warm one.
const WARM: usize = 10;

#[expect(clippy::disallowed_methods, reason = "the test's own switches, not configuration of the service")]
fn told(variable: &str) -> PathBuf {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run tests/instructions")).into()
}

/// The variable by which the C library is tuned.
const TUNABLES: &str = "GLIBC_TUNABLES";

/// What the template sets a variable to.
fn deployed(variable: &str) -> String {
    let template = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let set = template.lines().find_map(|line| line.trim().strip_prefix(&format!("{variable}: ")).map(str::to_owned));
    set.unwrap_or_else(|| panic!("the template does not set {variable}"))
}

/// Lambda's Runtime API for one process: it hands out events, and keeps the answers.
#[derive(Default)]
struct RuntimeApi {
    events: Mutex<VecDeque<Value>>,
    answers: Mutex<Vec<Value>>,
    /// The process asks, and there is nothing.
    idle: Notify,
}

async fn next(State(api): State<Arc<RuntimeApi>>) -> Response {
    let event = api.events.lock().unwrap().pop_front();
    let Some(event) = event else {
        api.idle.notify_one();
        return std::future::pending().await;
    };
    let deadline = (SystemClock.now().timestamp_millis() + 20_000).to_string();
    let headers = [
        ("lambda-runtime-aws-request-id", "6d01b155-a8e7-4903-934f-8f4c9b524552".to_owned()),
        ("lambda-runtime-deadline-ms", deadline),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:123456789012:function:f".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    (axum::response::AppendHeaders(headers), event.to_string()).into_response()
}

async fn answered(State(api): State<Arc<RuntimeApi>>, body: String) -> StatusCode {
    api.answers.lock().unwrap().push(serde_json::from_str(&body).unwrap_or(Value::String(body)));
    StatusCode::ACCEPTED
}

/// Runs a function until it has handled the events and asks for one more: the instructions in millions, and the answers.
async fn count(world: &World, function: &str, events: &[Value]) -> (f64, Vec<Value>) {
    let api = Arc::new(RuntimeApi { events: Mutex::new(events.iter().cloned().collect()), ..RuntimeApi::default() });
    let routes = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(answered))
        .with_state(Arc::clone(&api));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
    let binary = root().join("target/lambda").join(function).join("bootstrap");
    assert!(binary.exists(), "{} is missing: run tests/release-binaries", binary.display());
    let mut running = Command::new(told("VALGRIND"))
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(binary)
        .env_clear()
        .envs(world.environment())
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .env("AWS_LAMBDA_FUNCTION_NAME", function)
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "none")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "none")
        .env("SSL_CERT_FILE", told("SSL_CERT_FILE"))
        .env(TUNABLES, deployed(TUNABLES))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    tokio::select! {
        () = api.idle.notified() => {}
        ended = running.wait() => panic!("{function} ended: {ended:?}"),
    }
    let asked = Command::new("kill").arg(running.id().unwrap().to_string()).status().await.unwrap();
    assert!(asked.success());
    let said = running.wait_with_output().await.unwrap();
    serving.abort();
    let said = String::from_utf8_lossy(&said.stderr);
    let refs = said.lines().find_map(|line| line.split_once("I refs:").or_else(|| line.split_once("I   refs:")));
    let refs = refs.unwrap_or_else(|| panic!("{function}: {said}")).1.trim().replace(',', "");
    let answers = std::mem::take(&mut *api.answers.lock().unwrap());
    (refs.parse::<f64>().unwrap() / 1e6, answers)
}

/// What was counted, and what exceeded its gate.
#[derive(Default)]
struct Report {
    rows: Vec<String>,
    wrong: Vec<String>,
}

impl Report {
    fn add(&mut self, function: &str, gate: &Gate, counted: f64) {
        let Gate { what, most, goal } = gate;
        let row = format!("| `{function}` | {what} | {counted:.2} | {most:.2} | {goal:.1} |");
        if counted > *most {
            self.wrong.push(row.clone());
        }
        self.rows.push(row);
    }

    /// Counts a first invocation and later ones, all of which must be answered with `status`.
    async fn invocations(&mut self, world: &World, function: &str, status: u64, events: &[Value], warm: &Gate) -> f64 {
        assert_eq!(events.len(), WARM + 2);
        let (first, many) = events.split_at(1);
        let (once, mut answers) = count(world, function, first).await;
        let (often, more) = count(world, function, many).await;
        answers.extend(more);
        assert!(answers.iter().all(|answer| answer["statusCode"] == status), "{function}: {answers:?}");
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        self.add(function, warm, (often - once) / WARM as f64);
        once
    }
}

/// As many different events as a count takes.
fn events(one: impl Fn(usize) -> ApiRequest) -> Vec<Value> {
    (0..WARM + 2).map(|number| one(number).event()).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the release binaries and Valgrind: tests/instructions"]
async fn no_function_takes_more_instructions_than_its_gate() {
    let world = World::start(GENESYS).await;
    // The functions have the machine's clock.
    world.clock.pass(SystemClock.now() - world.clock.now());
    let case = Case::at(&world, "conv-1", Stage::Active).await;
    for number in 0..10 {
        Case::at(&world, &format!("further-{number}"), Stage::Created).await;
    }
    let mut report = Report::default();
    for function in functions().into_iter().filter(|function| super::is_released(function)) {
        let most = STARTS.iter().find(|(name, _)| *name == function).map_or(START.most, |(_, most)| *most);
        report.add(&function, &Gate { most, ..START }, count(&world, &function, &[]).await.0);
    }
    let of_session = |route: &str| ApiRequest::of(route).parameter("sessionId", case.session.to_string());
    let detail = events(|_| of_session("GET /v1/projects/{projectId}/transfers/{sessionId}"));
    let first = report.invocations(&world, "get-transfer", 200, &detail, &DETAIL).await;
    report.add("get-transfer", &FIRST_DETAIL, first);
    let messages = events(|number| {
        of_session("POST /v1/projects/{projectId}/transfers/{sessionId}/messages")
            .json(&json!({ "messageId": format!("m-{number}"), "text": "Where is my order?" }))
    });
    report.invocations(&world, "send-message", 202, &messages, &MESSAGE).await;
    let texts = events(|number| case.text_callback(&world, &format!("in-{number}"), "On its way.", &json!({})));
    report.invocations(&world, "provider-webhook", 200, &texts, &CALLBACK).await;
    let creates = events(|number| Case::request(GENESYS, &format!("new-{number}")));
    report.invocations(&world, "create-transfer", 201, &creates, &CREATE).await;
    let list =
        |query: &'static str| events(move |_| ApiRequest::of("GET /v1/projects/{projectId}/transfers").query(query));
    report.invocations(&world, "list-transfers", 200, &list("status=pending&limit=10"), &LIST).await;
    report.invocations(&world, "list-transfers", 200, &list("limit=10"), &LIST_ALL).await;
    println!(
        "| function | what | instructions, millions | gate | goal |\n|---|---|---:|---:|---:|\n{}",
        report.rows.join("\n")
    );
    assert!(report.wrong.is_empty(), "of {PROJECT}, more than their gates:\n{}", report.wrong.join("\n"));
}
