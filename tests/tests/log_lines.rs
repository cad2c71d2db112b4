//! Log lines say when they were written and what they are about.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may")]

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};

use chrono::DateTime;
use lambda_http::lambda_runtime::{Context, LambdaEvent, Service as _, service_fn};
use lambda_http::{Body, Response};
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use transfer_aws::{Service, json_lines, observed};
use transfer_providers::GENESYS;
use transfer_tests::api::uuid;
use transfer_tests::harness::{Case, PROJECT, World};

#[derive(Debug, Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Written {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// An invocation as Lambda makes it.
fn invocation() -> LambdaEvent<()> {
    let mut context = Context::default();
    "6d01b155-a8e7-4903-934f-8f4c9b524552".clone_into(&mut context.request_id);
    context.xray_trace_id =
        Some("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0".to_owned());
    LambdaEvent::new((), context)
}

fn assert_names_its_invocation(line: &Value, function: &str) {
    let timestamp = line["timestamp"].as_str().unwrap();
    assert!(timestamp.ends_with('Z') && DateTime::parse_from_rfc3339(timestamp).is_ok(), "{line}");
    assert!(["INFO", "WARN", "ERROR"].contains(&line["level"].as_str().unwrap()), "{line}");
    assert!(line["message"].is_string(), "{line}");
    assert_eq!(line["function"], function);
    assert_eq!(line["request.id"], "6d01b155-a8e7-4903-934f-8f4c9b524552");
    assert_eq!(line["xray_trace_id"], "1-5759e988-bd862e3fe1be46a994272793");
    assert_eq!(line["project.id"], PROJECT);
}

#[tokio::test]
async fn every_line_says_when_and_for_which_request_project_and_session() {
    let world = World::start(GENESYS).await;
    let process = world.steady();
    let written = Written::default();
    let info = tracing_subscriber::filter::LevelFilter::INFO;
    // The process's own, so this test is alone in its file.
    tracing_subscriber::registry().with(info).with(json_lines(written.clone())).init();

    let service: &Service = &process.service;
    let request = Case::create_request(GENESYS, "conv-1");
    let request = Mutex::new(Some(request));
    let create = service_fn(|_: LambdaEvent<()>| async {
        let request = request.lock().unwrap().take().unwrap();
        Ok::<_, Infallible>(create_transfer::handle(service, request).await)
    });
    let mut create = observed(service, "create-transfer", create);
    let answer: Response<Body> = create.call(invocation()).await.unwrap();
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    let session = uuid(body["sessionId"].as_str().unwrap());
    assert_eq!(service.metrics.take(), [], "an invocation prints what it measured");

    world.relay().await;
    let commands = world.receive_commands();
    let batch = Mutex::new(Some(world.command_event(&commands)));
    let deliver = service_fn(|_: LambdaEvent<()>| async {
        let batch = batch.lock().unwrap().take().unwrap();
        Ok::<_, Infallible>(deliver::handle(process.deliver(), batch, process.deliver().deadline()).await)
    });
    let mut deliver = observed(service, "deliver", deliver);
    deliver.call(invocation()).await.unwrap();

    let lines = written.lines();
    let of = |function: &str| lines.iter().filter(|line| line["function"] == function).collect::<Vec<_>>();
    for function in ["create-transfer", "deliver"] {
        assert!(!of(function).is_empty(), "{function} logged something");
        for line in of(function) {
            assert_names_its_invocation(line, function);
            assert_eq!(line["transfer.id"], json!(session), "{line}");
        }
    }
}
