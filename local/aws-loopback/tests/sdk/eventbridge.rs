use aws_loopback::{Delivery, MAX_REQUEST_BYTES, QueueKind, QueueSettings, Rule};
use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutPartnerEventsRequestEntry};
use serde_json::json;

use crate::{client, start};

const PARTNER: &str = "aws.partner/example.com/one";

fn entry(detail: &str) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder().source("app").detail_type("something.happened").detail(detail).build()
}

fn rule() -> Rule {
    Rule::matching("default", &json!({ "source": ["app"] })).unwrap()
}

#[tokio::test]
async fn an_accepted_entry_reaches_subscribers_as_a_full_event() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    let mut events = running.loopback.event_bridge().subscribe(rule()).unwrap();
    let answer = client.put_events().entries(entry(r#"{"a":1}"#)).send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.failed_entry_count(), 0);
    let event = events.recv().await.unwrap();
    assert_eq!(
        event,
        json!({
            "version": "0",
            "id": answer.entries()[0].event_id().unwrap(),
            "detail-type": "something.happened",
            "source": "app",
            "account": "000000000000",
            "time": "2027-01-15T08:00:00Z",
            "region": "local",
            "resources": [],
            "detail": { "a": 1 },
        })
    );
    assert_eq!(running.loopback.event_bridge().recorded_events(), [event]);
}

#[tokio::test]
async fn bad_entries_fail_one_by_one_inside_a_successful_answer() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    let missing = PutEventsRequestEntry::builder().source("app").build();
    let reserved = PutEventsRequestEntry::builder().source("aws.fake").detail_type("t").detail("{}").build();
    let lost =
        PutEventsRequestEntry::builder().source("app").detail_type("t").detail("{}").event_bus_name("nowhere").build();
    let answer = client
        .put_events()
        .set_entries(Some(vec![entry("{}"), missing, entry("[1]"), reserved, lost]))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.failed_entry_count(), 4);
    let codes: Vec<_> = answer.entries().iter().map(|e| e.error_code()).collect();
    assert_eq!(
        codes,
        [
            None,
            Some("InvalidArgument"),
            Some("MalformedDetail"),
            Some("NotAuthorizedForSource"),
            Some("ResourceNotFoundException"),
        ]
    );
    assert_eq!(running.loopback.event_bridge().recorded_events().len(), 1);
}

#[tokio::test]
async fn a_request_over_its_limits_is_refused_whole() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    let fixed = "app".len() + "something.happened".len() + r#"{"a":""}"#.len();
    let filled = |bytes: usize| entry(&format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - fixed)));
    let exactly = client.put_events().entries(filled(MAX_REQUEST_BYTES));
    assert_eq!(exactly.send().await.unwrap().failed_entry_count(), 0);
    let over = client.put_events().entries(filled(MAX_REQUEST_BYTES + 1));
    let many = client.put_events().set_entries(Some(vec![entry("{}"); 11]));
    let none = client.put_events().set_entries(Some(Vec::new()));
    for refused in [over, many, none] {
        let error = refused.send().await.unwrap_err();
        assert_eq!(error.code(), Some("ValidationException"));
    }
}

#[tokio::test]
async fn ordered_faults_hit_calls_and_entries_and_then_stop() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    let faults = running.loopback.event_bridge().faults();
    faults.throttle_calls(1);
    let put = || client.put_events().entries(entry("{}")).entries(entry("{}"));
    let error = put().send().await.unwrap_err();
    assert_eq!(error.code(), Some("ThrottlingException"));
    faults.fail_entries(1);
    let answer = put().send().await.unwrap();
    assert_eq!(answer.failed_entry_count(), 1);
    assert_eq!(answer.entries()[0].error_code(), Some("InternalFailure"));
    assert!(answer.entries()[1].event_id().is_some());
    assert_eq!(put().send().await.unwrap().failed_entry_count(), 0);
}

#[tokio::test]
async fn a_partners_event_goes_to_the_bus_named_like_its_source() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    let bridge = running.loopback.event_bridge();
    bridge.create_bus(PARTNER);
    let rule = Rule::matching(PARTNER, &json!({ "source": [{ "prefix": "aws.partner/" }] })).unwrap();
    let mut events = bridge.subscribe(rule).unwrap();
    let entry = |source: &str| {
        PutPartnerEventsRequestEntry::builder().source(source).detail_type("conversation").detail("{}").build()
    };
    let answer = client.put_partner_events().entries(entry(PARTNER)).entries(entry("app")).send().await.unwrap();
    assert_eq!(answer.failed_entry_count(), 1);
    assert_eq!(events.recv().await.unwrap()["source"], PARTNER);
}

#[tokio::test]
async fn deliveries_can_be_repeated_and_reversed() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    let bridge = running.loopback.event_bridge();
    let mut events = bridge.subscribe(rule()).unwrap();
    for (delivery, expected) in
        [(Delivery::Duplicated, vec![1, 1, 2, 2]), (Delivery::Reversed, vec![2, 1]), (Delivery::InOrder, vec![1, 2])]
    {
        bridge.set_delivery(delivery);
        let put = client.put_events().entries(entry(r#"{"n":1}"#));
        put.entries(entry(r#"{"n":2}"#)).send().await.unwrap();
        for number in expected {
            assert_eq!(events.recv().await.unwrap()["detail"]["n"], number);
        }
        assert!(events.try_recv().is_err());
    }
}

#[tokio::test]
async fn a_waiter_sees_an_event_that_comes_later_and_one_that_came_before() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    let bridge = running.loopback.event_bridge();
    let wanted = |event: &serde_json::Value| event["detail"]["n"] == 2;
    let (event, ()) = tokio::join!(bridge.wait_for(wanted), async {
        for n in [1, 2] {
            let detail = json!({ "n": n }).to_string();
            client.put_events().entries(entry(&detail)).send().await.unwrap();
        }
    });
    assert_eq!(event, bridge.wait_for(wanted).await);
    assert_eq!(bridge.events_since(1), [event]);
}

#[tokio::test]
async fn a_queue_can_be_the_target_of_a_rule() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    let settings = QueueSettings::new(QueueKind::Standard);
    let queue = running.loopback.sqs().declare("inbox", settings).unwrap();
    let bridge = running.loopback.event_bridge();
    bridge.deliver_to(rule(), queue.clone()).unwrap();
    client.put_events().entries(entry("{}")).send().await.unwrap();
    let messages = queue.receive(10).unwrap();
    assert_eq!(messages[0].body, bridge.recorded_events()[0].to_string());
}

#[tokio::test]
async fn a_rule_on_a_bus_that_does_not_exist_is_refused() {
    let running = start().await;
    let rule = Rule::every("nowhere");
    let error = running.loopback.event_bridge().subscribe(rule).unwrap_err();
    assert_eq!(error.code(), "ResourceNotFoundException");
}
