//! Queues and rules are those of the template.

use agent_transfer::queues::QueueNumbers;
use agent_transfer::routes::TEMPLATE;
use agent_transfer::{Stack, StackOptions, TestClock};
use reqwest::Client;
use serde_json::json;

#[tokio::test]
async fn the_inbox_gets_the_events_that_the_templates_rule_takes_and_no_others() {
    let stack = Stack::start(StackOptions::stepped(TestClock::standing())).await.unwrap();
    let inbox = stack.loopback().sqs().queue("agent-transfer-inbox-events").unwrap();
    let put = async |source: &str, kind: &str| {
        let entry = json!({
            "EventBusName": "agent-transfer", "Source": source, "DetailType": kind, "Detail": "{}",
        });
        let request = Client::new().post(stack.aws_endpoint()).header("x-amz-target", "AWSEvents.PutEvents");
        let answer = request.json(&json!({ "Entries": [entry] })).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        let arrived = inbox.counts().unwrap().visible;
        inbox.purge().unwrap();
        arrived
    };
    assert_eq!(put("agent-transfer", "transfer.queued").await, 1);
    for kind in ["message.received", "message.delivered", "typing"] {
        assert_eq!(put("agent-transfer", kind).await, 0, "{kind}");
    }
    assert_eq!(put("somebody", "transfer.queued").await, 0);
    stack.shutdown().await.unwrap();
}

#[test]
fn a_batch_is_as_large_as_the_template_says() {
    let size = |queue| QueueNumbers::from_template(TEMPLATE, queue).unwrap().batch_size;
    assert_eq!(["CommandQueue", "InboxQueue", "PartnerQueue"].map(size), [1, 10, 10]);
}
