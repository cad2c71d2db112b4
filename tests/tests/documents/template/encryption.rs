//! A key of the customer, where one is given: everything that holds texts of contacts is encrypted with it, and whoever
//! works there may use it.

use std::collections::BTreeSet;

use transfer_app::Secrets as _;
use transfer_aws::{Config, SecretStore};
use transfer_domain::{Integration, IntegrationId, SecretsInUse};
use transfer_providers::{GENESYS, IntegrationSecrets, SecretHalves};
use transfer_store::Stage;
use transfer_tests::harness::World;

use super::reading::{Template, list, written};

const OWN_KEY: &str = "if HasKmsKey, ${KmsKeyArn}, ${AWS::NoValue}";

/// Where each kind of resource names its key. Everything else of the template keeps no text of a contact.
const ENCRYPTED: [(&str, &str); 4] = [
    ("AWS::SQS::Queue", "KmsMasterKeyId"),
    ("AWS::Events::EventBus", "KmsKeyIdentifier"),
    ("AWS::Events::Archive", "KmsKeyIdentifier"),
    ("AWS::Logs::LogGroup", "KmsKeyId"),
];

#[test]
fn what_is_kept_is_encrypted_with_the_customers_key_if_there_is_one() {
    let template = Template::read();
    assert_eq!(written(&template.properties("Table")["SSESpecification"]["KMSMasterKeyId"]), OWN_KEY);
    for (kind, property) in ENCRYPTED {
        let mut seen = 0;
        for (name, properties) in template.of_type(kind) {
            assert_eq!(written(&properties[property]), OWN_KEY, "{name}");
            seen += 1;
        }
        assert!(seen > 0, "{kind}");
    }
    assert_eq!(template.section("Parameters")["KmsKeyArn"]["Default"].as_str(), Some(""));
}

#[test]
fn every_function_that_calls_anything_may_use_that_key_through_the_services_that_hold_our_data_and_not_by_itself() {
    let template = Template::read();
    let (_, policy) = template.of_type("AWS::IAM::Policy").next().unwrap();
    let roles: BTreeSet<String> = list(&policy["Roles"]).into_iter().collect();
    let calling = template.functions().into_iter().filter(|function| function.binary != "serve-console");
    let of_functions = calling.map(|function| format!("${{{}Role}}", function.name));
    assert_eq!(roles, of_functions.collect());
    let statements = policy["PolicyDocument"]["Statement"].as_sequence().unwrap();
    assert_eq!(statements.len(), 1);
    assert_eq!(list(&statements[0]["Resource"]), ["${KmsKeyArn}"]);
    let services = list(&statements[0]["Condition"]["StringEquals"]["kms:ViaService"]);
    let wanted =
        ["dynamodb", "secretsmanager", "sqs"].map(|name| format!("{name}.${{AWS::Region}}.${{AWS::URLSuffix}}"));
    assert_eq!(services, wanted);
    for action in list(&statements[0]["Action"]) {
        assert!(action.starts_with("kms:") && !action.contains('*') && !action.contains("Grant"), "{action}");
    }
}

#[tokio::test]
async fn a_new_secret_is_encrypted_with_that_key() {
    let key = "arn:aws:kms:eu-west-1:123456789012:key/own";
    let world = World::start(GENESYS).await;
    let (client, world_client) = (world.secrets_client(), world.secrets_client());
    let integration = Integration {
        integration_id: IntegrationId::new("int-1").unwrap(),
        secrets: SecretsInUse::default().followed_by("00000000-0000-4000-8000-000000000001".to_owned()),
        ..world.integration.clone()
    };
    let halves = SecretHalves { outbound: IntegrationSecrets::default(), inbound: IntegrationSecrets::default() };
    let config = Config { secrets_key_arn: Some(key.to_owned()), ..Config::clone(&world.service().config) };
    let store = SecretStore::new(move || world_client, &config, world.clock.clone());
    store.write(Stage::Preparing, &integration, &halves).await.unwrap();
    for half in ["credentials", "webhooks"] {
        let kept =
            client.describe_secret().secret_id(format!("agent-transfer/demo/int-1/{half}")).send().await.unwrap();
        assert_eq!(kept.kms_key_id(), Some(key), "{half}");
    }
}
