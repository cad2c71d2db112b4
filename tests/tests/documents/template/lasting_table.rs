//! The table of a deployment is never replaced, and its indexes change one a deployment. See
//! `docs/decisions/changing-the-table.md`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use serde_yaml_ng::Value as Yaml;

use super::reading::Template;
use super::table::names;

/// A table as far as a deployment cannot change it in place.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Shape {
    keys: Vec<(String, String)>,
    indexes: BTreeMap<String, IndexShape>,
    time_to_live: String,
    stream: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct IndexShape {
    keys: Vec<(String, String)>,
    projection: String,
    projected: BTreeSet<String>,
}

fn file(name: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(name)).unwrap()
}

fn released() -> Shape {
    serde_json::from_str(include_str!("released_table.json")).unwrap()
}

/// Keys with their types, the partition key first.
fn keys(table: &Yaml, schema: &Yaml) -> Vec<(String, String)> {
    let definitions = table["AttributeDefinitions"].as_sequence().unwrap();
    let kind = |name: &str| {
        let own = definitions.iter().find(|it| it["AttributeName"].as_str() == Some(name)).unwrap();
        own["AttributeType"].as_str().unwrap().to_owned()
    };
    names(schema).into_iter().map(|name| (name.to_owned(), kind(name))).collect()
}

fn shape(table: &Yaml) -> Shape {
    let text = |value: &Yaml| value.as_str().unwrap().to_owned();
    let index = |index: &Yaml| IndexShape {
        keys: keys(table, &index["KeySchema"]),
        projection: text(&index["Projection"]["ProjectionType"]),
        projected: index["Projection"]["NonKeyAttributes"].as_sequence().into_iter().flatten().map(text).collect(),
    };
    let indexes = table["GlobalSecondaryIndexes"].as_sequence().unwrap().iter();
    Shape {
        keys: keys(table, &table["KeySchema"]),
        indexes: indexes.map(|it| (text(&it["IndexName"]), index(it))).collect(),
        time_to_live: text(&table["TimeToLiveSpecification"]["AttributeName"]),
        stream: text(&table["StreamSpecification"]["StreamViewType"]),
    }
}

/// What no deployment can do to a table in place, or only by another one's side.
fn refusals(before: &Shape, after: &Shape) -> Vec<String> {
    let mut refusals = Vec::new();
    if before.keys != after.keys {
        refusals.push("other keys: the table would be replaced by an empty one".to_owned());
    }
    if (&before.time_to_live, &before.stream) != (&after.time_to_live, &after.stream) {
        refusals.push("another stream or time to live: not in one deployment".to_owned());
    }
    let names: BTreeSet<&String> = before.indexes.keys().chain(after.indexes.keys()).collect();
    let mut changes = 0;
    for name in names {
        match (before.indexes.get(name), after.indexes.get(name)) {
            (Some(was), Some(is)) if was != is => refusals.push(format!("{name}: an index cannot be changed")),
            (Some(_), Some(_)) => {}
            (None, _) | (_, None) => changes += 1,
        }
    }
    if changes > 1 {
        refusals.push(format!("{changes} indexes come or go: one a deployment"));
    }
    refusals
}

#[test]
fn a_deployment_over_the_released_one_keeps_its_table_and_changes_one_index_at_most() {
    let template = Template::read();
    assert_eq!(refusals(&released(), &shape(template.properties("Table"))), Vec::<String>::new());
}

#[test]
fn what_would_lose_the_table_or_fail_at_its_deployment_is_told() {
    let before = released();
    let changed = |change: fn(&mut Shape)| {
        let mut after = before.clone();
        change(&mut after);
        refusals(&before, &after).len()
    };
    let another = |shape: &mut Shape, name: &str| {
        let like = shape.indexes["list"].clone();
        shape.indexes.insert(name.to_owned(), like);
    };
    let (mut one, mut two) = (before.clone(), before.clone());
    another(&mut one, "agent");
    another(&mut two, "agent");
    another(&mut two, "queue");
    assert_eq!((refusals(&before, &one).len(), refusals(&one, &before).len()), (0, 0), "one comes, one goes");
    assert_eq!((refusals(&before, &two).len(), refusals(&two, &before).len()), (1, 1), "two come, two go");
    assert_eq!(changed(|it| it.keys.reverse()), 1);
    assert_eq!(changed(|it| "ttl".clone_into(&mut it.time_to_live)), 1);
    assert_eq!(changed(|it| "KEYS_ONLY".clone_into(&mut it.stream)), 1);
    let wider = |it: &mut Shape| assert!(it.indexes.get_mut("list").unwrap().projected.insert("more".to_owned()));
    assert_eq!(changed(wider), 1);
}

/// A name or another logical id would be another table.
#[test]
fn the_table_has_no_name_that_would_have_to_change() {
    let template = Template::read();
    assert!(template.properties("Table")["TableName"].is_null());
}

#[test]
fn the_stack_policy_refuses_to_replace_or_delete_what_is_worth_keeping() {
    let template = Template::read();
    let policy: Value = serde_json::from_str(&file("stack-policy.json")).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let denied: BTreeSet<&str> = statements
        .iter()
        .filter(|it| it["Effect"] == "Deny" && it["Principal"] == "*")
        .filter(|it| it["Action"] == serde_json::json!(["Update:Replace", "Update:Delete"]))
        .map(|it| it["Resource"].as_str().unwrap())
        .collect();
    let resources = template.section("Resources").as_mapping().unwrap().iter();
    let kept = resources.filter(|(_, resource)| resource["DeletionPolicy"].as_str() == Some("Retain"));
    let kept = kept.map(|(name, _)| format!("LogicalResourceId/{}", name.as_str().unwrap())).collect::<BTreeSet<_>>();
    assert_eq!(denied, kept.iter().map(String::as_str).collect());
    assert!(!kept.is_empty());
    // Without it nothing at all could be updated.
    assert!(statements.iter().any(|it| it["Effect"] == "Allow" && it["Action"] == "Update:*" && it["Resource"] == "*"));
}

#[test]
fn the_guide_sets_the_stack_policy_in_each_command_that_makes_a_stack() {
    let guide = file("docs/deploy.md");
    let first = guide.split("## Deploy\n").nth(1).unwrap().split("```").nth(1).unwrap();
    let set =
        |stack: &str| format!("set-stack-policy --stack-name {stack} --stack-policy-body file://stack-policy.json");
    assert!(first.contains(&set("agent-transfer-dev")), "{first}");
    for line in file("samconfig.toml").lines().filter_map(|line| line.strip_prefix("stack_name = ")) {
        assert!(guide.contains(&set(line.trim_matches('"'))), "{line}");
    }
}
