//! The functions as they are deployed: each release binary under AWS's Lambda Runtime Interface Emulator, invoked with
//! its samples, and how long each takes to start.
//!
//! Run by `tests/lambda-emulator`, which builds the binaries and finds the emulator. The binaries take their time from
//! `libfaketime`, so that the samples are as old for them as for the world that they meet.

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use transfer_domain::Clock as _;
use transfer_providers::GENESYS;
use transfer_tests::harness::World;
use transfer_tests::samples::{Sample, answer, demo, documented, functions, read, root};

/// How long an emulator is waited for until it listens, and a function until it asks for its first event.
const PATIENCE: Duration = Duration::from_secs(30);
/// Starts of each function that are measured.
const STARTS: usize = 5;

#[expect(clippy::disallowed_methods, reason = "the test's own switches, not configuration of the service")]
fn told(variable: &str) -> PathBuf {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run tests/lambda-emulator")).into()
}

/// Where `cargo lambda build` puts a function.
fn binary(function: &str) -> PathBuf {
    let binary = root().join("target/lambda").join(function).join("bootstrap");
    assert!(binary.exists(), "{} is missing: run tests/release-binaries", binary.display());
    binary
}

/// A command that sees this world, at its time.
fn in_world(world: &World, program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(world.environment())
        .env("SSL_CERT_FILE", told("SSL_CERT_FILE"))
        .env("LD_PRELOAD", told("LIBFAKETIME"))
        .env("FAKETIME", world.clock.now().format("@%Y-%m-%d %H:%M:%S").to_string())
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("TZ", "UTC")
        .env("AWS_LAMBDA_FUNCTION_TIMEOUT", "20")
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null());
    command
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// Ends a process, and with it the function that it runs, at the end of a test however it ends.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let asked = Command::new("kill").arg(self.0.id().to_string()).status();
        drop((asked, self.0.wait()));
    }
}

/// Invokes a function's binary with an event, as Lambda does.
async fn invoke(world: &World, function: &str, event: &Value) -> Value {
    let (address, runtime_api) = (free_address(), free_address());
    let mut emulator = in_world(world, told("AWS_LAMBDA_RIE"));
    emulator.args(["--log-level", "error", "--runtime-interface-emulator-address", &address]);
    emulator.args(["--runtime-api-address", &runtime_api]).arg(binary(function));
    let running = Ends(emulator.env("AWS_LAMBDA_FUNCTION_NAME", function).spawn().unwrap());
    let url = format!("http://{address}/2015-03-31/functions/function/invocations");
    let (client, since) = (reqwest::Client::new(), Instant::now());
    let returned = loop {
        match client.post(&url).body(event.to_string()).send().await {
            Ok(returned) => break returned.text().await.unwrap(),
            Err(error) if error.is_connect() && since.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{function}: {error}"),
        }
    };
    drop(running);
    serde_json::from_str(&returned).unwrap_or(Value::String(returned))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the release binaries and the emulator: tests/lambda-emulator"]
async fn every_release_binary_answers_its_samples_as_documented() {
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for sample in documented().into_iter().filter(|sample| super::is_released(&sample.function)) {
        let world = Box::pin(demo(sample.provider())).await;
        let Sample { file, function, answer: expected } = sample;
        let returned = invoke(&world, &function, &read(&file)).await;
        let answered = answer(&returned);
        rows.push(format!("| `{function}` | `{file}` | {answered} |"));
        if answered != expected {
            wrong.push(format!("{file}: {expected} was expected, this came: {returned}"));
        }
    }
    println!("| function | sample | answer |\n|---|---|---|\n{}", rows.join("\n"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The connection of a process that has come up.
fn asking(runtime_api: &TcpListener, process: &mut Child) -> TcpStream {
    runtime_api.set_nonblocking(true).unwrap();
    loop {
        if let Ok((asking, _)) = runtime_api.accept() {
            asking.set_nonblocking(false).unwrap();
            return asking;
        }
        assert_eq!(process.try_wait().unwrap(), None, "the function ended before it asked for an event");
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// From the start of the process to its first request of the Runtime API, which then ends it.
fn start_of(world: &World, function: &str) -> Duration {
    let runtime_api = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = in_world(world, binary(function));
    command
        .env_remove("LD_PRELOAD")
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api.local_addr().unwrap().to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", function)
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "none")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "none");
    let began = Instant::now();
    let mut running = Ends(command.spawn().unwrap());
    let asking = asking(&runtime_api, &mut running.0);
    let (mut asking, mut request) = (BufReader::new(asking), String::new());
    asking.read_line(&mut request).unwrap();
    let took = began.elapsed();
    // Before its request is dropped, which it would complain about.
    drop(running);
    assert!(request.starts_with("GET /2018-06-01/runtime/invocation/next"), "{function}: {request}");
    took
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the release binaries: tests/lambda-emulator"]
async fn every_release_binary_starts_and_asks_for_its_first_event() {
    let world = World::start(GENESYS).await;
    let mut rows = vec![format!("| function | start to first request, median of {STARTS}, ms |\n|---|---:|")];
    for function in functions().into_iter().filter(|function| super::is_released(function)) {
        let mut starts: Vec<Duration> = (0..STARTS).map(|_| start_of(&world, &function)).collect();
        starts.sort();
        rows.push(format!("| `{function}` | {:.1} |", starts[STARTS / 2].as_secs_f64() * 1000.0));
    }
    println!("{}", rows.join("\n"));
}

/// Without roots of trust every call of a contact centre would fail later and less clearly. AWS is known without them.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the release binaries: tests/lambda-emulator"]
async fn the_binary_that_calls_contact_centres_does_not_start_without_the_certificates_that_it_is_told_of() {
    if !super::is_released("deliver") {
        println!("deliver is not built here: its test runs where all functions are");
        return;
    }
    let world = World::start(GENESYS).await;
    let mut command = in_world(&world, binary("deliver"));
    command.env_remove("LD_PRELOAD").env("SSL_CERT_FILE", "/nowhere/ca-bundle.crt");
    command.env("AWS_LAMBDA_RUNTIME_API", free_address());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success());
    assert!(said.contains("SSL_CERT_FILE") && said.contains("/nowhere/ca-bundle.crt"), "{said}");
}
