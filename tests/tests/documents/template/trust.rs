//! Who may act for us, and for whom: AWS's services, on behalf of this stack's own resources.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml_ng::Value;

use super::reading::{Template, list, written};

fn queue_arn(name: &str) -> String {
    format!("arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{name}")
}

/// The statements that let EventBridge do something here.
fn of_event_bridge(template: &Template) -> Vec<(&str, &Value)> {
    let documents = template
        .of_type("AWS::IAM::Role")
        .map(|(name, role)| (name, &role["AssumeRolePolicyDocument"]))
        .chain(template.of_type("AWS::SQS::QueuePolicy").map(|(name, policy)| (name, &policy["PolicyDocument"])));
    documents
        .flat_map(|(name, document)| document["Statement"].as_sequence().unwrap().iter().map(move |it| (name, it)))
        .filter(|(_, statement)| statement["Principal"]["Service"].as_str() == Some("events.amazonaws.com"))
        .collect()
}

#[test]
fn event_bridge_acts_for_rules_and_buses_of_this_account_alone() {
    let template = Template::read();
    let statements = of_event_bridge(&template);
    assert_eq!(statements.len(), 5, "each queue that a rule feeds, and the role of the rule that calls the runtime");
    for (name, statement) in statements {
        let conditions = statement["Condition"].as_mapping().unwrap();
        let sources: Vec<String> =
            conditions.values().map(|it| &it["aws:SourceArn"]).filter(|it| !it.is_null()).flat_map(list).collect();
        assert!(!sources.is_empty(), "{name} does not say for whom");
        for source in sources {
            let own_rule = source.ends_with("Rule.Arn}");
            let of_account = source.starts_with("arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:");
            assert!(own_rule || of_account, "{name}: {source}");
        }
    }
}

/// An account that bounds what its deployers may make refuses a role without the boundary.
#[test]
fn every_role_is_bounded_where_the_account_asks_for_it() {
    let template = Template::read();
    for (name, role) in template.of_type("AWS::IAM::Role") {
        let bound = written(&role["PermissionsBoundary"]);
        assert_eq!(bound, "if HasPermissionsBoundary, ${PermissionsBoundaryArn}, ${AWS::NoValue}", "{name}");
    }
    for function in template.functions() {
        assert!(!function.properties["Role"].is_null(), "{} gets a role that nothing bounds", function.name);
    }
}

fn document(name: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(name)).unwrap()
}

/// Whether a policy's action with its asterisks means an action.
fn means(pattern: &str, action: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == action,
        Some((start, rest)) => {
            action.strip_prefix(start).is_some_and(|left| (0..=left.len()).any(|at| means(rest, &left[at..])))
        }
    }
}

/// A boundary that lets less through than a role grants makes a function fail that deploys well.
#[test]
fn the_boundary_of_the_guide_lets_through_what_the_roles_grant() {
    let template = Template::read();
    let guide = document("docs/deploy/pipeline.md");
    let boundary = guide.split("```json\n").find(|block| block.contains("\"dynamodb:*Item\"")).unwrap();
    let boundary: serde_json::Value = serde_json::from_str(boundary.split("```").next().unwrap()).unwrap();
    let allowed = boundary["Statement"][0]["Action"].as_array().unwrap();
    for (name, role) in template.of_type("AWS::IAM::Role") {
        for policy in role["Policies"].as_sequence().unwrap() {
            for statement in policy["PolicyDocument"]["Statement"].as_sequence().unwrap() {
                for action in list(&statement["Action"]) {
                    let through = allowed.iter().any(|pattern| means(pattern.as_str().unwrap(), &action));
                    assert!(through, "{name}: {action}");
                }
            }
        }
    }
}

/// IAM takes 6,144 characters without white space, and a deployer that may do anything needs no list.
#[test]
fn the_deployers_rights_fit_into_one_policy_and_name_what_they_are_for() {
    let policy: serde_json::Value = serde_json::from_str(&document("deploy/policy.json")).unwrap();
    assert!(policy.to_string().len() <= 6144);
    let statements = policy["Statement"].as_array().unwrap();
    let actions = statements.iter().flat_map(|statement| {
        let action = &statement["Action"];
        action.as_array().cloned().unwrap_or_else(|| vec![action.clone()])
    });
    for action in actions {
        let action = action.as_str().unwrap();
        assert!(action.contains(':') && !action.ends_with(":*"), "{action}");
    }
}

#[test]
fn a_dead_letter_queue_takes_from_the_queues_that_name_it_and_no_other() {
    let template = Template::read();
    let mut feeding: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, queue) in template.of_type("AWS::SQS::Queue") {
        if !queue["RedrivePolicy"].is_null() {
            let dead = written(&queue["RedrivePolicy"]["deadLetterTargetArn"]);
            let own = queue_arn(&written(&queue["QueueName"]));
            assert!(feeding.entry(dead).or_default().insert(own), "{name}");
        }
    }
    for (name, queue) in template.of_type("AWS::SQS::Queue").filter(|(_, queue)| queue["RedrivePolicy"].is_null()) {
        let allowed = &queue["RedriveAllowPolicy"];
        match feeding.remove(&format!("${{{name}.Arn}}")) {
            Some(sources) => {
                assert_eq!(allowed["redrivePermission"].as_str(), Some("byQueue"), "{name}");
                assert_eq!(list(&allowed["sourceQueueArns"]).into_iter().collect::<BTreeSet<_>>(), sources, "{name}");
            }
            None => assert_eq!(allowed["redrivePermission"].as_str(), Some("denyAll"), "{name}"),
        }
    }
    assert!(feeding.is_empty(), "{feeding:?}");
}
