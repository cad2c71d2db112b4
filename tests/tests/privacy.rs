//! Personal data and secrets never reach logs or metrics, whatever is done.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may")]

use std::io;
use std::sync::{Arc, Mutex};

use agent_transfer::{StackOptions, TestClock};
use secrecy::ExposeSecret as _;
use serde_json::json;
use simulators::{Act, EndedBy, Fault, Operation, RequestFault, Taken};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use transfer_providers::{GENESYS, SERVICENOW};
use transfer_tests::api::{stack_with, uuid};

#[derive(Debug, Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

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

#[tokio::test(flavor = "multi_thread")]
async fn canaries_in_every_input_are_in_no_log_line_and_no_metric() {
    let written = Written::default();
    let info = tracing_subscriber::filter::LevelFilter::INFO;
    tracing_subscriber::registry().with(info).with(transfer_aws::json_lines(written.clone())).init();
    let (stack, api) =
        stack_with(StackOptions { measured: true, ..StackOptions::stepped(TestClock::standing()) }).await;
    for provider in ["genesys", "servicenow"] {
        let mut body = transfer_tests::api::transfer(&format!("conv-{provider}"), provider);
        body["contactId"] = json!("canary-contact");
        body["summary"] = json!("canary-summary");
        body["reason"] = json!("canary-reason");
        body["contact"] = json!({ "name": "canary-name", "email": "canary@example.com", "phone": "canary-phone" });
        body["history"] = json!([{ "role": "contact", "text": "canary-history" }]);
        body["resumeToken"] = json!("canary-token");
        body["metadata"] = json!({ "canary-key": "canary-value" });
        let session = api.post("/transfers", &body).await.str("sessionId");
        stack.settle().await.unwrap();
        let act = |act: Act| match provider {
            "genesys" => stack.desk(GENESYS).unwrap().act(&uuid(&session), act).unwrap(),
            _ => stack.desk(SERVICENOW).unwrap().act(&uuid(&session), act).unwrap(),
        };
        for one in [Act::Accept, Act::Queue, Act::Join, Act::Say("canary-said".to_owned())] {
            act(one);
            stack.settle().await.unwrap();
        }
        let refusal = RequestFault::Status { status: 400, retry_after: None, taken: Taken::No };
        let fault = Fault::Request { operation: Some(Operation::Send), skip: 0, times: 1, fault: refusal };
        match provider {
            "genesys" => stack.desk(GENESYS).unwrap().faults([fault]),
            _ => stack.desk(SERVICENOW).unwrap().faults([fault]),
        }
        api.say(&session, "m-1", "canary-message").await;
        api.say(&session, "m-2", "canary-message").await;
        stack.settle().await.unwrap();
        act(Act::End(EndedBy::Representative));
        stack.settle().await.unwrap();
    }
    for connected in stack.connected() {
        let forged = format!("{}x", connected.webhook_url.expose_secret());
        let client = reqwest::Client::new();
        client.post(forged).header("x-hub-signature-256", "canary-signature").body("canary-body").send().await.unwrap();
    }
    let mut call = transfer_tests::api::transfer("conv-call", "genesys");
    call["channel"] = json!("voice");
    call["voice"] =
        json!({ "callId": "canary-call", "sipCallId": "canary-sip", "from": "canary-from", "to": "canary-to" });
    let call = api.post("/transfers", &call).await.str("sessionId");
    let report = json!({ "outcome": "busy", "providerSessionId": "canary-conversation" });
    assert_eq!(api.post(&format!("/transfers/{call}/voice/outcome"), &report).await.status, 202);
    stack.settle().await.unwrap();
    api.get("/transfers?callId=canary-call").await;
    api.post("/transfers", &json!({ "canary-field": "canary-value" })).await;
    let mut log = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let metrics = transfer_aws::emf_documents(&stack.service().metrics, "test", "all", stack.service().now());
    assert!(metrics.iter().any(|document| document.get("WebhookOutcomes").is_some()), "something was measured");
    log.extend(metrics.iter().map(|document| format!("{document}\n")));
    assert!(log.contains("a transfer was created"), "something was logged");
    assert!(!log.contains("canary"), "{}", log.lines().find(|line| line.contains("canary")).unwrap());
    for connected in stack.connected() {
        for secret in [&connected.signing_secret, &connected.relay_secret] {
            assert!(!log.contains(secret.expose_secret()));
        }
        let path = connected.webhook_url.expose_secret().rsplit('/').next().unwrap().to_owned();
        assert!(!log.contains(&path));
    }
}
