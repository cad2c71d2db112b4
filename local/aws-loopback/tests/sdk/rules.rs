//! Rules and targets as a user of the SDK makes them.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::types::{
    InputTransformer, PutEventsRequestEntry, RuleState, SqsParameters, Target, builders::TargetBuilder,
};
use serde_json::{Value, json};

use crate::{Running, client, start};

const PATTERN: &str = r#"{"source":["app"],"detail":{"n":[{"numeric":[">",1]}]}}"#;

fn arn(queue: &str) -> String {
    format!("arn:aws:sqs:local:000000000000:{queue}")
}

fn target(id: &str, queue: &str) -> TargetBuilder {
    Target::builder().id(id).arn(arn(queue))
}

async fn put_rule(client: &Client, name: &str, pattern: &str) {
    client.put_rule().name(name).event_pattern(pattern).send().await.unwrap();
}

async fn put_target(client: &Client, rule: &str, target: TargetBuilder) {
    let answer = client.put_targets().rule(rule).targets(target.build().unwrap()).send().await.unwrap();
    assert_eq!(answer.failed_entry_count(), 0);
}

async fn put_event(client: &Client, detail: &Value) {
    let entry = PutEventsRequestEntry::builder().source("app").detail_type("happened").detail(detail.to_string());
    assert_eq!(client.put_events().entries(entry.build()).send().await.unwrap().failed_entry_count(), 0);
}

/// What is in a queue, which is empty then.
async fn bodies(running: &Running, queue: &str) -> Vec<String> {
    let client = client!(aws_sdk_sqs, running);
    let url = client.get_queue_url().queue_name(queue).send().await.unwrap().queue_url.unwrap();
    let received = client.receive_message().queue_url(&url).max_number_of_messages(10).send().await.unwrap();
    let mut bodies = Vec::new();
    for message in received.messages.unwrap_or_default() {
        client.delete_message().queue_url(&url).set_receipt_handle(message.receipt_handle).send().await.unwrap();
        bodies.extend(message.body);
    }
    bodies
}

async fn create_queue(running: &Running, name: &str) {
    use aws_sdk_sqs::types::QueueAttributeName::{ContentBasedDeduplication, FifoQueue};
    let create = client!(aws_sdk_sqs, running).create_queue().queue_name(name);
    let create = if name.strip_suffix(".fifo").is_some() {
        create.attributes(FifoQueue, "true").attributes(ContentBasedDeduplication, "true")
    } else {
        create
    };
    create.send().await.unwrap();
}

#[tokio::test]
async fn an_event_that_fits_a_rule_arrives_in_its_queues_as_the_whole_envelope() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    create_queue(&running, "plain").await;
    create_queue(&running, "ordered.fifo").await;
    put_rule(&client, "large", PATTERN).await;
    put_target(&client, "large", target("plain", "plain")).await;
    let group = SqsParameters::builder().message_group_id("events").build();
    put_target(&client, "large", target("ordered", "ordered.fifo").sqs_parameters(group)).await;
    for n in [1, 2, 3] {
        put_event(&client, &json!({ "n": n })).await;
    }
    let plain = bodies(&running, "plain").await;
    assert_eq!(plain, bodies(&running, "ordered.fifo").await);
    let recorded = running.loopback.event_bridge().recorded_events();
    let arrived: Vec<Value> = plain.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    assert_eq!(arrived, recorded[1..]);
    assert_eq!(
        arrived[0],
        json!({
            "version": "0", "id": arrived[0]["id"], "detail-type": "happened", "source": "app",
            "account": "000000000000", "time": "2027-01-15T08:00:00Z", "region": "local", "resources": [],
            "detail": { "n": 2 },
        })
    );
}

#[tokio::test]
async fn a_target_can_get_a_part_of_the_event_or_a_text_of_its_own() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    for queue in ["part", "text", "none"] {
        create_queue(&running, queue).await;
    }
    put_rule(&client, "r", r#"{"source":["app"]}"#).await;
    put_target(&client, "r", target("part", "part").input_path("$.detail.inner")).await;
    put_target(&client, "r", target("text", "text").input(r#"{"wake":"up"}"#)).await;
    put_target(&client, "r", target("none", "none").input_path("$.detail.absent")).await;
    put_event(&client, &json!({ "inner": { "a": [1] } })).await;
    assert_eq!(bodies(&running, "part").await, [r#"{"a":[1]}"#]);
    assert_eq!(bodies(&running, "text").await, [r#"{"wake":"up"}"#]);
    assert!(bodies(&running, "none").await.is_empty());
}

#[tokio::test]
async fn a_rule_takes_events_of_its_own_bus_and_only_while_it_is_enabled() {
    let running = start().await;
    running.loopback.event_bridge().create_bus("other");
    let client = client!(aws_sdk_eventbridge, running);
    create_queue(&running, "plain").await;
    let put_as = async |state: RuleState| {
        let put = client.put_rule().name("r").event_bus_name("other").event_pattern(r#"{"source":["app"]}"#);
        put.state(state.clone()).send().await.unwrap();
        let listed = client.list_rules().event_bus_name("other").send().await.unwrap();
        assert_eq!(listed.rules()[0].state(), Some(&state));
    };
    put_as(RuleState::Disabled).await;
    let bus = "arn:aws:events:local:000000000000:event-bus/other";
    let targets = client.put_targets().rule("r").event_bus_name(bus).targets(target("1", "plain").build().unwrap());
    targets.send().await.unwrap();
    let put_on = async |bus: &str| {
        let entry = PutEventsRequestEntry::builder().source("app").detail_type("t").detail("{}").event_bus_name(bus);
        client.put_events().entries(entry.build()).send().await.unwrap();
        bodies(&running, "plain").await.len()
    };
    assert_eq!(put_on("other").await, 0);
    put_as(RuleState::Enabled).await;
    assert_eq!((put_on("other").await, put_on("default").await), (1, 0));
    put_as(RuleState::Disabled).await;
    assert_eq!(put_on("other").await, 0);
}

#[tokio::test]
async fn rules_are_listed_as_they_were_put_last_and_in_pages_and_keep_their_targets() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    let put =
        client.put_rule().name("a-1").event_pattern(PATTERN).description("words").role_arn("arn:aws:iam::1:role/x");
    assert_eq!(put.send().await.unwrap().rule_arn(), Some("arn:aws:events:local:000000000000:rule/a-1"));
    for name in ["a-2", "a-3", "b-1"] {
        put_rule(&client, name, PATTERN).await;
    }
    let first = async || client.list_rules().name_prefix("a-1").send().await.unwrap().rules()[0].clone();
    let listed = first().await;
    assert_eq!((listed.event_pattern(), listed.description()), (Some(PATTERN), Some("words")));
    assert_eq!((listed.state(), listed.event_bus_name()), (Some(&RuleState::Enabled), Some("default")));
    create_queue(&running, "plain").await;
    put_target(&client, "a-1", target("t", "plain")).await;
    put_rule(&client, "a-1", r#"{"source":["app"]}"#).await;
    let listed = first().await;
    assert_eq!((listed.event_pattern(), listed.description()), (Some(r#"{"source":["app"]}"#), None));
    put_event(&client, &json!({ "n": 1 })).await;
    assert_eq!(bodies(&running, "plain").await.len(), 1, "a rule that is put again keeps its targets");

    let page = async |token: Option<String>| {
        let list = client.list_rules().name_prefix("a-").limit(2).set_next_token(token).send().await.unwrap();
        let names: Vec<String> = list.rules().iter().filter_map(|rule| rule.name().map(str::to_owned)).collect();
        (names, list.next_token)
    };
    let (names, next) = page(None).await;
    assert_eq!(names, ["a-1", "a-2"]);
    assert_eq!(page(next).await, (vec!["a-3".to_owned()], None));
}

#[tokio::test]
async fn a_rule_goes_when_its_targets_have_gone() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    put_rule(&client, "r", PATTERN).await;
    put_target(&client, "r", target("t", "plain")).await;
    let error = client.delete_rule().name("r").send().await.unwrap_err();
    assert_eq!(error.code(), Some("ValidationException"));
    assert_eq!(error.message(), Some("Rule can't be deleted since it has targets."));
    let removed = client.remove_targets().rule("r").ids("t").ids("none").send().await.unwrap();
    let failed: Vec<_> = removed.failed_entries().iter().map(|entry| (entry.target_id(), entry.error_code())).collect();
    assert_eq!((removed.failed_entry_count(), failed), (1, vec![(Some("none"), Some("ResourceNotFoundException"))]));
    client.delete_rule().name("r").send().await.unwrap();
    assert!(client.list_rules().send().await.unwrap().rules().is_empty());
    client.delete_rule().name("r").send().await.expect("what is not there is gone");
}

#[tokio::test]
async fn a_rule_that_is_not_valid_is_refused_by_the_right_error() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    let put = |name: &str, pattern: &str| client.put_rule().name(name).event_pattern(pattern);
    for pattern in ["{", "{}", r#"{"source":"app"}"#, r#"{"source":[{"matches":"a"}]}"#] {
        let error = put("r", pattern).send().await.unwrap_err().into_service_error();
        assert!(error.is_invalid_event_pattern_exception(), "{pattern}");
    }
    let long = format!(r#"{{"source":["{}"]}}"#, "x".repeat(4096));
    for refused in [
        put("no spaces", PATTERN),
        put(&"r".repeat(65), PATTERN),
        put("r", &long),
        put("r", PATTERN).state(RuleState::from("SOMETIMES")),
        client.put_rule().name("r"),
        client.put_rule().name("r").schedule_expression("rate(1 minute)"),
    ] {
        assert_eq!(refused.send().await.unwrap_err().code(), Some("ValidationException"));
    }
    let error = put("r", PATTERN).event_bus_name("nowhere").send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());
    let list = client.list_rules();
    assert!(list.clone().send().await.unwrap().rules().is_empty(), "what was refused is not there");
    assert_eq!(list.clone().limit(0).send().await.unwrap_err().code(), Some("ValidationException"));
    assert_eq!(list.next_token("?").send().await.unwrap_err().code(), Some("ValidationException"));
}

#[tokio::test]
async fn a_target_that_is_not_valid_is_refused_with_the_whole_call() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    put_rule(&client, "r", PATTERN).await;
    let transformer = InputTransformer::builder().input_template("x").build().unwrap();
    for refused in [
        Target::builder().id("t").arn("arn:aws:lambda:local:000000000000:function:f"),
        Target::builder().id("t").arn("arn:aws:sqs:eu-west-1:000000000000:plain"),
        target("a b", "plain"),
        target("t", "ordered.fifo"),
        target("t", "plain").input("not JSON"),
        target("t", "plain").input_path("$.detail[0]"),
        target("t", "plain").input("{}").input_path("$"),
        target("t", "plain").input_transformer(transformer),
    ] {
        let call = client.put_targets().rule("r").targets(target("good", "plain").build().unwrap());
        let error = call.targets(refused.build().unwrap()).send().await.unwrap_err();
        assert_eq!(error.code(), Some("ValidationException"), "{error:?}");
    }
    let many = (0..6).map(|n| target(&n.to_string(), "plain").build().unwrap()).collect();
    let error = client.put_targets().rule("r").set_targets(Some(many)).send().await.unwrap_err().into_service_error();
    assert!(error.is_limit_exceeded_exception());
    let none = client.put_targets().rule("r").set_targets(Some(Vec::new())).send().await.unwrap_err();
    assert_eq!(none.code(), Some("ValidationException"));
    client.delete_rule().name("r").send().await.expect("it has no target");
    for error in [
        client
            .put_targets()
            .rule("none")
            .targets(target("t", "plain").build().unwrap())
            .send()
            .await
            .unwrap_err()
            .code(),
        client.remove_targets().rule("none").ids("t").send().await.unwrap_err().code(),
    ] {
        assert_eq!(error, Some("ResourceNotFoundException"));
    }
}

#[tokio::test]
async fn a_bus_takes_300_rules() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    for n in 0..300 {
        put_rule(&client, &format!("r-{n}"), PATTERN).await;
    }
    let more = client.put_rule().name("more").event_pattern(PATTERN).send().await.unwrap_err().into_service_error();
    assert!(more.is_limit_exceeded_exception());
    put_rule(&client, "r-1", PATTERN).await;
}

#[tokio::test]
async fn an_event_whose_queue_is_gone_or_refuses_it_is_accepted_all_the_same() {
    let running = start().await;
    let client = client!(aws_sdk_eventbridge, running);
    put_rule(&client, "r", r#"{"source":["app"]}"#).await;
    put_target(&client, "r", target("t", "nowhere")).await;
    put_event(&client, &json!({})).await;
    assert_eq!(running.loopback.event_bridge().recorded_events().len(), 1);
}
