//! Stream, queues, bus: what the platform does with what the functions answer.

use aws_lambda_events::dynamodb::EventRecord;
use relay_changes::happened;
use serde_dynamo::AttributeValue;
use serde_yaml_ng::Value;
use test_database::{EmbeddedOnly, skipped};
use transfer_domain::{Clock as _, DETAIL_TYPES, Direction, EVENT_SOURCE, SendResult, settle_message};
use transfer_providers::GENESYS;
use transfer_tests::harness::{Case, Stage, World};

use super::reading::{Template, list, texts, written};

/// DynamoDB throttles a stream that more than two read.
const MAX_READERS: usize = 2;

fn function_with<'a>(template: &'a Template, kind: &str) -> Vec<(&'a str, &'a Value)> {
    let functions = template.functions();
    let mut found = Vec::new();
    for function in functions {
        let events = function.properties["Events"].as_mapping().into_iter().flat_map(serde_yaml_ng::Mapping::values);
        let events = events.filter(|event| event["Type"].as_str() == Some(kind));
        found.extend(events.map(|event| (function.binary, &event["Properties"])));
    }
    found
}

fn stream(template: &Template) -> &Value {
    let readers = function_with(template, "DynamoDB");
    readers.into_iter().find(|(binary, _)| *binary == "relay-changes").unwrap().1
}

#[test]
fn the_stream_has_no_more_readers_than_it_can_serve() {
    let template = Template::read();
    let others = template.of_type("AWS::Lambda::EventSourceMapping").count();
    assert!(function_with(&template, "DynamoDB").len() + others <= MAX_READERS);
}

#[test]
fn a_stream_record_is_repeated_for_as_long_as_it_can_be_read_and_then_told() {
    let template = Template::read();
    let stream = stream(&template);
    assert_eq!(written(&stream["Stream"]), "${Table.StreamArn}");
    assert_eq!(stream["StartingPosition"].as_str(), Some("TRIM_HORIZON"));
    assert_eq!(stream["BisectBatchOnFunctionError"].as_bool(), Some(true));
    let age = template.number(&stream["MaximumRecordAgeInSeconds"]);
    let day = 24 * 60 * 60;
    assert!((day / 2..day).contains(&age), "a record can be read for a day; {age} s");
    assert!(template.number(&stream["MaximumRetryAttempts"]) >= 1000, "a bus that is down for hours loses nothing");
    assert_eq!(written(&stream["DestinationConfig"]["OnFailure"]["Destination"]), "${UnrelayedRecords.Arn}");
}

/// The filter lets through whatever has consequences, and drops what has none.
#[tokio::test]
async fn the_filter_of_the_stream_drops_nothing_that_has_consequences() {
    if skipped(EmbeddedOnly::Sweep) {
        return;
    }
    let template = Template::read();
    let filters = stream(&template)["FilterCriteria"]["Filters"].as_sequence().unwrap();
    let patterns: Vec<serde_json::Value> =
        filters.iter().map(|it| serde_json::from_str(it["Pattern"].as_str().unwrap()).unwrap()).collect();
    let settled = serde_json::json!({ "settlement": { "M": { "at": { "S": [{ "exists": true }] } } } });
    let known = [
        serde_json::json!({ "dynamodb": { "Keys": { "sk": { "S": ["record"] } } } }),
        serde_json::json!({ "dynamodb": { "Keys": { "sk": { "S": [{ "prefix": "health#" }] } } } }),
        serde_json::json!({ "eventName": ["MODIFY"], "dynamodb": { "Keys": { "sk": { "S": [{ "prefix": "endpoint#" }] } } } }),
        serde_json::json!({ "eventName": ["MODIFY"], "dynamodb": { "NewImage": settled } }),
    ];
    assert_eq!(patterns, known, "a condition that this test does not know");
    let passes = |record: &EventRecord| {
        let told_of = |sk: &str| sk == "record" || sk.starts_with("health#");
        let record_row = matches!(record.change.keys.get("sk"), Some(AttributeValue::S(sk)) if told_of(sk));
        let told_at = match record.change.new_image.get("settlement") {
            Some(AttributeValue::M(settlement)) => settlement.contains_key("at"),
            _ => false,
        };
        let endpoint =
            matches!(record.change.keys.get("sk"), Some(AttributeValue::S(sk)) if sk.starts_with("endpoint#"));
        record_row || (record.event_name == "MODIFY" && (told_at || endpoint))
    };

    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "c-1", Stage::Active).await;
    case.send(world.steady(), "m-1", "Hello").await;
    let store = &world.steady().service.store;
    let session = world.session_of("c-1").await;
    let messages = store.messages(&session.project_id, session.transfer_id(), None, 10).await.unwrap().items;
    let sent = messages.iter().find(|message| message.direction == Direction::Outbound).unwrap();
    store.settle(&settle_message(&session, sent, SendResult::Delivered, world.clock.now())).await.unwrap();
    case.end(world.steady()).await;
    world.clock.pass(chrono::TimeDelta::days(2));
    assert!(world.sweep().await > 0);
    let (mut kept, mut dropped) = (0, 0);
    for record in world.changes().await.records {
        let passes = passes(&record);
        let happened = happened(&record).unwrap();
        assert!(passes || happened.is_none(), "dropped: {happened:?}");
        *(if passes { &mut kept } else { &mut dropped }) += 1;
    }
    assert!(kept >= 3 && dropped >= 3, "kept {kept}, dropped {dropped}");
}

#[test]
fn commands_keep_the_order_of_their_session_and_wait_for_no_other() {
    let template = Template::read();
    let queue = template.properties("CommandQueue");
    assert_eq!(queue["FifoQueue"].as_bool(), Some(true));
    assert_eq!(queue["DeduplicationScope"].as_str(), Some("messageGroup"));
    assert_eq!(queue["FifoThroughputLimit"].as_str(), Some("perMessageGroupId"));
    assert_eq!(queue["RedrivePolicy"]["maxReceiveCount"], 1000);
    assert_eq!(template.properties("DeadCommands")["FifoQueue"].as_bool(), Some(true));
    let deliver = function_with(&template, "SQS").into_iter().find(|(binary, _)| *binary == "deliver").unwrap().1;
    assert_eq!(written(&deliver["Queue"]), "${CommandQueue.Arn}");
    assert_eq!(deliver["BatchSize"].as_u64(), Some(1), "a slow contact centre would hold up the batch");
}

#[test]
fn ticks_are_kept_back_one_by_one_and_found_again_by_the_next_look() {
    let template = Template::read();
    let queue = template.properties("TickQueue");
    assert!(queue["FifoQueue"].is_null(), "a queue with an order knows no delay of one message");
    assert!(template.number(&queue["RedrivePolicy"]["maxReceiveCount"]) >= 50);
    let tick = function_with(&template, "SQS").into_iter().find(|(binary, _)| *binary == "tick").unwrap().1;
    assert_eq!(written(&tick["Queue"]), "${TickQueue.Arn}");
    let [(watch, _)] = function_with(&template, "Schedule").try_into().unwrap();
    assert_eq!(watch, "watch");
}

#[test]
fn every_queue_is_encrypted_and_every_rule_has_a_retry_policy_and_somewhere_to_leave_its_event() {
    let template = Template::read();
    for (name, queue) in template.of_type("AWS::SQS::Queue") {
        let own_key = written(&queue["KmsMasterKeyId"]);
        assert_eq!(own_key, "if HasKmsKey, ${KmsKeyArn}, ${AWS::NoValue}", "{name}");
        assert_eq!(written(&queue["SqsManagedSseEnabled"]), "if HasKmsKey, ${AWS::NoValue}, true", "{name}");
    }
    for (name, rule) in template.of_type("AWS::Events::Rule") {
        for target in rule["Targets"].as_sequence().unwrap() {
            assert!(template.number(&target["RetryPolicy"]["MaximumRetryAttempts"]) <= 185, "{name}");
            assert!(template.number(&target["RetryPolicy"]["MaximumEventAgeInSeconds"]) <= 86400, "{name}");
            let dead = written(&target["DeadLetterConfig"]["Arn"]);
            assert!(dead.starts_with("${Undelivered"), "{name}: {dead}");
        }
    }
}

#[test]
fn rules_of_our_bus_match_the_events_that_we_emit() {
    let template = Template::read();
    for (name, rule) in template.of_type("AWS::Events::Rule") {
        if written(&rule["EventBusName"]) == "${EventBus}" {
            assert_eq!(list(&rule["EventPattern"]["source"]), [EVENT_SOURCE], "{name}");
        }
    }
    let kinds = &template.properties("InboxRule")["EventPattern"]["detail-type"];
    let prefix = kinds[0]["prefix"].as_str().unwrap();
    let matched: Vec<_> = DETAIL_TYPES.iter().filter(|kind| kind.starts_with(prefix)).collect();
    let others = ["message.", "typing", "integration.", "event_endpoint."];
    let transfers = DETAIL_TYPES.iter().filter(|kind| others.iter().all(|other| !kind.starts_with(other)));
    assert_eq!(matched, transfers.collect::<Vec<_>>(), "what makes or changes a task");
}

/// What a small account must make smaller is a parameter, and never less than AWS takes.
#[test]
fn how_much_happens_at_the_same_time_is_a_parameter() {
    let template = Template::read();
    let mut limits = Vec::new();
    for (binary, source) in function_with(&template, "SQS") {
        limits.push((binary, written(&source["ScalingConfig"]["MaximumConcurrency"]), 2));
    }
    limits.push(("relay-changes", written(&stream(&template)["ParallelizationFactor"]), 1));
    for (binary, limit, least) in limits {
        let parameter = limit.trim_start_matches("${").trim_end_matches('}');
        let parameter = &template.section("Parameters")[parameter];
        assert_eq!(parameter["MinValue"].as_u64(), Some(least), "{binary}: {limit}");
    }
    let rate = &template.properties("RuntimeDestination")["InvocationRateLimitPerSecond"];
    assert_eq!(written(rate), "${RuntimeRateLimit}");
}

/// The alarm of the way to the agent runtime looks for its rule by name.
#[test]
fn the_alarm_of_the_way_to_the_agent_runtime_names_its_rule() {
    let template = Template::read();
    let name = written(&template.properties("RuntimeRule")["Name"]);
    let alarm = template.properties("RuntimeFailing")["Metrics"].as_sequence().unwrap();
    for metric in alarm.iter().filter(|it| !it["MetricStat"].is_null()) {
        let dimensions = &metric["MetricStat"]["Metric"]["Dimensions"];
        assert_eq!(written(&dimensions[0]["Value"]), "${EventBus}");
        assert_eq!(written(&dimensions[1]["Value"]), name);
    }
}

/// Another stage would be another prefix of every secret, so nobody gets one by leaving it out.
#[test]
fn each_deployment_says_its_stage() {
    let template = Template::read();
    assert!(template.section("Parameters")["Stage"]["Default"].is_null());
}

/// A policy that allows everything would make the test of what is used pointless.
#[test]
fn no_policy_allows_any_action_or_any_resource() {
    let template = Template::read();
    let statements = template.of_type("AWS::IAM::Role").flat_map(|(name, role)| {
        let policies = role["Policies"].as_sequence().unwrap().iter();
        policies.flat_map(move |policy| {
            policy["PolicyDocument"]["Statement"].as_sequence().unwrap().iter().map(move |it| (name, it))
        })
    });
    for (name, statement) in statements {
        let actions = list(&statement["Action"]);
        assert!(actions.iter().all(|action| !action.contains('*')), "{name}: {actions:?}");
        if list(&statement["Resource"]).contains(&"*".to_owned()) {
            assert!(actions.iter().all(|action| action.starts_with("xray:")), "{name}: {actions:?} on everything");
        }
        assert_eq!(statement["Effect"].as_str(), Some("Allow"));
    }
    for (name, role) in template.of_type("AWS::IAM::Role") {
        assert!(role["ManagedPolicyArns"].is_null(), "{name} has a policy that somebody else may change");
    }
    for function in template.functions() {
        assert_eq!(written(&function.properties["Role"]), format!("${{{}Role.Arn}}", function.name));
        assert!(function.properties["Policies"].is_null(), "{}", function.name);
    }
}

#[test]
fn nothing_secret_stands_in_the_template() {
    let template = Template::read();
    let connection = template.properties("RuntimeConnection");
    let value = written(&connection["AuthParameters"]["ApiKeyAuthParameters"]["ApiKeyValue"]);
    assert!(value.starts_with("{{resolve:secretsmanager:"), "{value}");
    let mut found = Vec::new();
    texts(template.section("Outputs"), &mut found);
    assert!(!found.iter().any(|text| text.contains("resolve:")), "an output tells a secret");
}
