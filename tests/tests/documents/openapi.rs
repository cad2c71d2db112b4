//! `docs/openapi.json` is the API: of the types, of the template and of what the functions ask for.
//!
//! `UPDATE_OPENAPI=1 cargo test -p transfer-tests --test documents openapi` writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::template::scope_of;
use agent_transfer::routes::{RouteTable, TEMPLATE};
use serde_json::Value;
use transfer_domain::{
    AgentName, ContactId, ConversationSessionId, IdempotencyKey, IntegrationId, ProjectId, Provider, ProviderSessionId,
    SourceId,
};
use transfer_http::Kind;
use transfer_tests::description::{DOCUMENT, faults, resolved};

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/openapi.json")
}

/// The operations by `METHOD path`.
fn operations() -> BTreeMap<String, &'static Value> {
    let document: &'static Value = &DOCUMENT;
    let paths = document["paths"].as_object().unwrap().iter();
    let of_path = |(path, item): (&'static String, &'static Value)| {
        let operations = item.as_object().unwrap().iter();
        operations.map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    };
    paths.flat_map(of_path).collect()
}

#[test]
fn the_document_that_is_checked_in_is_that_of_the_types() {
    let text = openapi::text().unwrap();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(file(), &text).unwrap();
    }
    let kept = std::fs::read_to_string(file()).unwrap_or_default();
    assert!(kept == text, "docs/openapi.json is out of date: run this test with UPDATE_OPENAPI=1");
}

#[test]
fn template_and_document_have_the_same_routes_and_scopes() {
    let of_template = RouteTable::from_template(TEMPLATE).unwrap();
    let mut expected: BTreeMap<String, Option<Vec<String>>> = BTreeMap::new();
    // The Model Context Protocol is described by itself.
    for route in of_template.routes().iter().filter(|route| !route.key.ends_with("/mcp")) {
        let (method, path) = route.key.split_once(' ').unwrap();
        // The console's own files are no part of the API.
        if !path.starts_with("/v1/") {
            continue;
        }
        // The methods that contact centres use stand for any.
        let methods = if method == "ANY" { vec!["POST", "PUT"] } else { vec![method] };
        for method in methods {
            let scopes = scope_of(&route.key).map(|scope| vec![scope.as_str().to_owned()]);
            expected.insert(format!("{method} {}", path.replace("+}", "}")), scopes);
        }
    }
    let described = operations().into_iter().map(|(key, operation)| {
        let security = operation["security"].as_array().unwrap();
        let scopes = security.first().map(|needed| {
            needed["token"].as_array().unwrap().iter().map(|scope| scope.as_str().unwrap().to_owned()).collect()
        });
        (key, scopes)
    });
    assert_eq!(described.collect::<BTreeMap<_, Option<Vec<String>>>>(), expected);
}

#[test]
fn every_operation_has_a_name_of_its_own_words_and_only_described_tags() {
    let tags: BTreeSet<&str> =
        DOCUMENT["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut names = BTreeSet::new();
    for (key, operation) in operations() {
        assert!(names.insert(operation["operationId"].as_str().unwrap()), "{key}");
        for field in ["summary", "description"] {
            assert!(operation[field].as_str().is_some_and(|text| !text.is_empty()), "{key}: {field}");
        }
        assert!(tags.contains(operation["tags"][0].as_str().unwrap()), "{key}");
    }
}

#[test]
fn all_operations_mean_the_same_by_the_name_of_a_schema() {
    for operation in openapi::operations() {
        for (name, schema) in operation.schemas {
            let schema = serde_json::to_value(schema).unwrap();
            assert_eq!(schema, DOCUMENT["components"]["schemas"][&name], "{name} at {}", operation.path);
        }
    }
}

/// Every content of requests and answers, with where it stands.
fn contents() -> Vec<(String, &'static Value)> {
    let mut contents = Vec::new();
    for (key, operation) in operations() {
        let responses = operation["responses"].as_object().unwrap().iter();
        let bodies = responses.map(|(status, response)| (format!("{key} {status}"), resolved(response)));
        for (at, body) in bodies.chain([(format!("{key} body"), &operation["requestBody"])]) {
            let all = body["content"].as_object().into_iter().flatten();
            contents.extend(all.map(|(media_type, content)| (format!("{at} {media_type}"), content)));
        }
    }
    contents
}

#[test]
fn every_example_is_what_its_schema_describes() {
    let mut seen = 0;
    for (at, content) in contents() {
        let several = content["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
        for example in several.chain(content.get("example")) {
            seen += 1;
            assert_eq!(faults(&content["schema"], example), Vec::<String>::new(), "{at}: {example:#}");
        }
    }
    assert!(seen > operations().len());
}

#[test]
fn every_json_has_a_schema_and_an_example() {
    for (at, content) in contents() {
        assert!(content["schema"].is_object(), "{at}");
        assert!(content["example"].is_object() || content["examples"].is_object(), "{at}");
    }
}

/// A generator skips an operation whose body it cannot write.
#[test]
fn every_body_is_of_a_type_that_clients_are_generated_for() {
    let bodies: Vec<_> = contents().into_iter().map(|(at, _)| at).filter(|at| at.contains(" body ")).collect();
    let written: Vec<_> = bodies.iter().filter(|at| at.ends_with(" application/json")).collect();
    assert!(!bodies.is_empty() && written.len() == bodies.len(), "{bodies:?}");
}

#[test]
fn every_problem_is_described_under_its_status() {
    let text = DOCUMENT.to_string();
    let missing: Vec<_> = Kind::ALL.iter().filter(|kind| !text.contains(&kind.urn())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// A generator makes one type of what is one schema, and names by itself what has no name.
#[test]
fn every_failure_is_the_one_problem_and_no_schema_is_named_by_itself() {
    let mut failures = 0;
    for (key, operation) in operations() {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let content = resolved(response)["content"].as_object();
            if !status.starts_with(['4', '5']) && status != "default" {
                continue;
            }
            failures += 1;
            let content = content.unwrap_or_else(|| panic!("{key} {status} has no body"));
            assert!(!content.is_empty(), "{key} {status}");
            for (media_type, body) in content {
                let of = match media_type.as_str() {
                    "application/problem+json" => "Problem",
                    // What the gateway refuses by itself.
                    "application/json" => "GatewayAnswer",
                    other => panic!("{key} {status}: {other}"),
                };
                let expected = serde_json::json!({ "$ref": format!("#/components/schemas/{of}") });
                assert_eq!(body["schema"], expected, "{key} {status}");
            }
        }
    }
    assert!(failures > operations().len());
    let schemas = DOCUMENT["components"]["schemas"].as_object().unwrap();
    let others: Vec<_> = schemas.keys().filter(|name| name.contains("Problem") && *name != "Problem").collect();
    assert!(others.is_empty() && schemas.keys().all(|name| !name.starts_with("Inline")), "{others:?}");
    assert!(!DOCUMENT.to_string().contains("Inline"), "a name that a generator made up");
    // The title of a schema would become another name of its type.
    for (name, schema) in schemas {
        assert_eq!(title_below(schema), None, "{name}");
    }
}

/// The first title of a schema or of one in it.
fn title_below(schema: &Value) -> Option<&str> {
    let own = schema.get("title").and_then(Value::as_str);
    let within = match schema {
        Value::Object(members) => {
            let mut members = members.iter().filter(|(name, _)| !["example", "default"].contains(&name.as_str()));
            members.find_map(|(_, member)| title_below(member))
        }
        Value::Array(items) => items.iter().find_map(title_below),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    own.or(within)
}

/// Texts around the edges of every grammar: each character alone and in the middle, and every length.
fn texts() -> impl Iterator<Item = String> {
    let characters = (0..0x250_u32).chain([0x2028, 0xFFFD, 0x1_F600]).filter_map(char::from_u32);
    let lengths = [0, 1, 24, 25, 64, 65, 128, 129, 255, 256, 257].into_iter().map(|length| "a".repeat(length));
    characters.flat_map(|c| [c.to_string(), format!("a{c}b")]).chain(lengths)
}

macro_rules! agree {
    ($($id:ident),+) => {$(
        let schema = serde_json::json!({ "$ref": concat!("#/components/schemas/", stringify!($id)) });
        let schema = if DOCUMENT["components"]["schemas"].get(stringify!($id)).is_some() {
            schema
        } else {
            serde_json::to_value(<$id as utoipa::PartialSchema>::schema()).unwrap()
        };
        for text in texts() {
            let allowed = faults(&schema, &Value::from(text.clone())).is_empty();
            assert_eq!(allowed, text.parse::<$id>().is_ok(), "{} {text:?}", stringify!($id));
        }
    )+};
}

#[test]
fn the_grammars_of_the_document_are_those_of_the_parsers() {
    agree!(
        AgentName,
        ContactId,
        ConversationSessionId,
        IdempotencyKey,
        IntegrationId,
        ProjectId,
        Provider,
        ProviderSessionId,
        SourceId
    );
}
