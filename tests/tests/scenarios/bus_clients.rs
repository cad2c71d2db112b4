//! Whoever makes a rule and a queue with an SDK of AWS gets our events as they are on AWS: whole, each as its schema says.

use std::path::Path;

use agent_transfer::Stack;
use aws_credential_types::Credentials;
use aws_sdk_eventbridge::config::{BehaviorVersion, Region};
use aws_sdk_eventbridge::types::Target;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use simulators::Act;
use transfer_providers::GENESYS;
use transfer_tests::api::{event_types, events, stack, uuid};

/// A rule on the service's bus with a queue, made as a program would on AWS.
struct Listener {
    queues: aws_sdk_sqs::Client,
    url: String,
}

impl Listener {
    async fn start(stack: &Stack, pattern: &Value) -> Self {
        macro_rules! client {
            ($sdk:ident) => {
                $sdk::Client::from_conf(
                    $sdk::Config::builder()
                        .behavior_version(BehaviorVersion::latest())
                        .region(Region::new("local"))
                        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
                        .endpoint_url(stack.aws_endpoint())
                        .http_client(aws_smithy_http_client::Builder::new().build_http())
                        .build(),
                )
            };
        }
        let (rules, queues) = (client!(aws_sdk_eventbridge), client!(aws_sdk_sqs));
        let url = queues.create_queue().queue_name("mine").send().await.unwrap().queue_url.unwrap();
        let asked = queues.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::QueueArn);
        let arn = asked.send().await.unwrap().attributes.unwrap().remove(&QueueAttributeName::QueueArn).unwrap();
        let (name, bus) = ("mine", "agent-transfer");
        rules.put_rule().name(name).event_bus_name(bus).event_pattern(pattern.to_string()).send().await.unwrap();
        let target = Target::builder().id("1").arn(arn).build().unwrap();
        let put = rules.put_targets().rule(name).event_bus_name(bus).targets(target).send().await.unwrap();
        assert_eq!(put.failed_entry_count(), 0);
        Self { queues, url }
    }

    /// Everything that is in the queue, which is deleted from it.
    async fn take(&self) -> Vec<Value> {
        let mut taken = Vec::new();
        loop {
            let receive = self.queues.receive_message().queue_url(&self.url).max_number_of_messages(10);
            let messages = receive.send().await.unwrap().messages.unwrap_or_default();
            if messages.is_empty() {
                return taken;
            }
            for message in messages {
                taken.push(serde_json::from_str(message.body().unwrap()).unwrap());
                let delete = self.queues.delete_message().queue_url(&self.url);
                delete.set_receipt_handle(message.receipt_handle).send().await.unwrap();
            }
        }
    }
}

fn assert_fits_its_schema(event: &Value) {
    let kind = event["detail-type"].as_str().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../events/schemas/{kind}.json"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let faults: Vec<String> = validator.iter_errors(&event["detail"]).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{kind}: {faults:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_arrives_in_a_queue_of_ones_own_complete_and_as_the_schemas_say() {
    let (stack, api) = stack().await;
    let listener = Listener::start(&stack, &json!({ "source": ["agent-transfer"] })).await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    for act in [Act::Accept, Act::Queue, Act::Join, Act::Say("Hello".to_owned())] {
        stack.desk(GENESYS).unwrap().act(&uuid(&session), act).unwrap();
        stack.settle().await.unwrap();
    }
    assert_eq!(api.say(&session, "m-1", "Where is my order?").await.status, 202);
    stack.settle().await.unwrap();
    assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({})).await.status, 202);
    stack.settle().await.unwrap();

    let arrived = listener.take().await;
    assert_eq!(arrived, events(&stack, &session), "all of them, as the bus got them");
    let told = event_types(&stack, &session);
    for kind in ["transfer.requested", "transfer.representative_joined", "message.received", "transfer.ended"] {
        assert!(told.iter().any(|it| it == kind), "{kind} in {told:?}");
    }
    for event in &arrived {
        let envelope = event.as_object().unwrap();
        for name in ["version", "id", "account", "time", "region", "resources"] {
            assert!(envelope.contains_key(name), "{name}");
        }
        assert_fits_its_schema(event);
    }
    stack.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_narrows_the_events_by_kind_and_by_what_their_detail_says() {
    let (stack, api) = stack().await;
    let pattern = json!({
        "detail-type": [{ "prefix": "transfer." }],
        "detail": { "channel": ["chat"], "endReason": [{ "exists": true }], "contactId": [{ "anything-but": "nobody" }] },
    });
    let listener = Listener::start(&stack, &pattern).await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    assert!(listener.take().await.is_empty());
    assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({})).await.status, 202);
    stack.settle().await.unwrap();
    let kinds: Vec<Value> = listener.take().await.into_iter().map(|event| event["detail-type"].clone()).collect();
    assert_eq!(kinds, ["transfer.ended"]);
    stack.shutdown().await.unwrap();
}
