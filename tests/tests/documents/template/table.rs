//! The table is the one that the store's keys are written for.

use std::collections::BTreeSet;

use embedded_dynamodb::table_from_template;
use serde_yaml_ng::Value;
use transfer_providers::GENESYS;
use transfer_store::keys::{CONTACT_INDEX, DUE_INDEX, LIST_COLUMNS, LIST_INDEX, attribute};
use transfer_tests::harness::{ApiRequest, Case, Row, Stage, World, answer_of};

use super::reading::{Template, texts, written};

/// The names of a key schema: partition key, then sort key.
pub(crate) fn names(schema: &Value) -> Vec<&str> {
    let of_type = |kind: &str| {
        let elements = schema.as_sequence().unwrap().iter();
        elements
            .filter(|it| it["KeyType"].as_str() == Some(kind))
            .map(|it| it["AttributeName"].as_str().unwrap())
            .collect()
    };
    let mut both: Vec<&str> = of_type("HASH");
    both.extend::<Vec<&str>>(of_type("RANGE"));
    both
}

fn table(template: &Template) -> &Value {
    template.properties("Table")
}

#[test]
fn keys_indexes_and_time_to_live_are_those_of_the_store() {
    let template = Template::read();
    let table = table(&template);
    assert_eq!(names(&table["KeySchema"]), [attribute::PK, attribute::SK]);
    assert_eq!(table["TimeToLiveSpecification"]["AttributeName"].as_str(), Some(attribute::EXPIRES_AT));
    assert_eq!(table["TimeToLiveSpecification"]["Enabled"].as_bool(), Some(true));
    let indexes = table["GlobalSecondaryIndexes"].as_sequence().unwrap();
    let keys: Vec<_> = indexes.iter().map(|it| (it["IndexName"].as_str().unwrap(), names(&it["KeySchema"]))).collect();
    assert_eq!(
        keys,
        [
            (LIST_INDEX, vec![attribute::LIST_KEY, attribute::PK]),
            (CONTACT_INDEX, vec![attribute::CONTACT_KEY, attribute::PK]),
            (DUE_INDEX, vec![attribute::DUE_KEY, attribute::DUE_AT]),
        ],
        "each index makes each write dearer"
    );
    for index in &indexes[1..] {
        assert_eq!(index["Projection"]["ProjectionType"].as_str(), Some("KEYS_ONLY"));
    }
    assert_eq!(table["StreamSpecification"]["StreamViewType"].as_str(), Some("NEW_AND_OLD_IMAGES"));
}

/// An attribute that lists filter by and the index does not hold would filter everything out.
#[tokio::test]
async fn the_list_index_holds_what_lists_show_and_filter_by_and_nothing_that_a_message_changes() {
    let definition = table_from_template(agent_transfer::routes::TEMPLATE).unwrap();
    let list = definition.indexes().iter().find(|index| index.name == LIST_INDEX).unwrap();
    let projected: BTreeSet<&str> = list.projected.iter().map(String::as_str).collect();
    assert_eq!(projected, LIST_COLUMNS.iter().copied().collect());
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "c-1", Stage::Active).await;
    let before = session_row(&world, &case).await;
    let session = format!("sessionId={}", case.session);
    let filters = [
        "channel=chat",
        "provider=genesys",
        "agent=billing-agent",
        "contactId=contact-1",
        "queue=default",
        "status=active",
        "conversationSessionId=c-1",
        &session,
    ];
    for filter in filters {
        let request = ApiRequest::of("GET /v1/projects/{projectId}/transfers").query(filter);
        let answer = answer_of(list_transfers::handle(&world.steady().service, request.build()).await);
        let found = answer.body["items"].as_array().unwrap();
        assert_eq!(found.len(), 1, "{filter}: {}", answer.body);
    }
    case.send(world.steady(), "m-1", "Hello").await;
    let after = session_row(&world, &case).await;
    assert_ne!(before, after);
    let keys = [attribute::LIST_KEY, attribute::CONTACT_KEY, attribute::DUE_KEY, attribute::DUE_AT];
    for name in projected.iter().copied().chain(keys) {
        assert_eq!(before.get(name), after.get(name), "a message changes {name}");
    }
}

async fn session_row(world: &World, case: &Case) -> Row {
    let rows = world.rows_about(&case.session.transfer.to_string()).await;
    let session = |row: &Row| row.get(attribute::TYPE).and_then(|it| it.as_s().ok()).is_some_and(|it| it == "session");
    rows.into_iter().find(session).unwrap()
}

#[test]
fn the_table_is_kept_encrypted_and_restorable() {
    let template = Template::read();
    let table = table(&template);
    assert_eq!(table["BillingMode"].as_str(), Some("PAY_PER_REQUEST"));
    assert_eq!(table["SSESpecification"]["SSEEnabled"].as_bool(), Some(true));
    assert_eq!(table["SSESpecification"]["SSEType"].as_str(), Some("KMS"));
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"].as_bool(), Some(true));
    assert_eq!(written(&table["DeletionProtectionEnabled"]), "${DeletionProtection}");
    let mut warm = Vec::new();
    texts(&table["WarmThroughput"], &mut warm);
    let wanted = ["ReadUnitsPerSecond", "WarmReadUnits", "WriteUnitsPerSecond", "WarmWriteUnits", "AWS::NoValue"];
    assert_eq!(warm[0], "HasWarmThroughput", "it cannot be taken back, so nobody gets it unasked");
    assert_eq!(warm[1..], wanted);
    let resource = &template.section("Resources")["Table"];
    for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
        assert_eq!(resource[policy].as_str(), Some("Retain"), "{policy}");
    }
}
