//! What the fields may be, and what they are by default.

use serde_json::{Value, json};

use super::Settings;
use crate::draft::{held, validate};
use crate::{HostPolicy, IntegrationDraft};

fn draft(settings: &Value) -> IntegrationDraft {
    let credentials = [("clientId", "id"), ("clientSecret", "secret")];
    IntegrationDraft {
        settings: settings.as_object().cloned().unwrap(),
        credentials: credentials.map(|(name, value)| (name.to_owned(), value.into())).into(),
    }
}

fn minimal() -> Value {
    json!({ "env": "usw2.pure.cloud", "integrationId": "int-1",
            "partnerSource": "aws.partner/genesys.com/cloud/32aa07aa/handoff-prod" })
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut settings = minimal();
    settings.as_object_mut().unwrap().insert(name.to_owned(), value.into());
    settings
}

fn pointers(settings: &Value) -> Vec<String> {
    let faults = validate::<Settings>(&draft(settings), HostPolicy::Public).unwrap_err();
    faults.into_iter().map(|fault| fault.pointer).collect()
}

#[test]
fn settings_and_page_are_those_of_the_table() {
    held::holds::<Settings>("genesys");
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let valid = validate::<Settings>(&draft(&minimal()), HostPolicy::Public).unwrap();
    let expected = json!({
        "env": "usw2.pure.cloud", "integrationId": "int-1",
        "partnerSource": "aws.partner/genesys.com/cloud/32aa07aa/handoff-prod",
        "lifecycleSource": "eventbridge", "tokenFallbackTtlSecs": 3600, "attributeMaxBytes": 1900,
        "openSuccessCodes": [], "resendAmbiguousMessages": true, "endMethod": "participant",
        "endGoneCodes": [404, 409, 410], "lifecycleUserIdField": "none", "promoteOnUserStart": false,
        "ewtSource": "none", "surveySource": "ours", "reconcileIdleSecs": 300, "postAgentTimeoutSecs": 300,
        "ratePerMin": 300, "honourRetryAfter": true, "relayAuth": "signature",
    });
    assert_eq!(Value::Object(valid.settings), expected);
    assert_eq!(valid.partner_source.as_deref(), Some("aws.partner/genesys.com/cloud/32aa07aa/handoff-prod"));
    assert_eq!(valid.warnings, Vec::<String>::new());
}

#[test]
fn validated_settings_are_valid_again() {
    let valid = validate::<Settings>(&draft(&minimal()), HostPolicy::Public).unwrap();
    let again = validate::<Settings>(&draft(&Value::Object(valid.settings.clone())), HostPolicy::Public).unwrap();
    assert_eq!(again, valid);
}

#[test]
fn each_wrong_field_is_pointed_at() {
    for (name, value) in [
        ("env", json!("evil.example")),
        ("integrationId", json!("a/b")),
        ("integrationId", json!("")),
        ("apiUrl", json!("https://api.evil.example")),
        ("apiUrl", json!("http://127.0.0.1:1")),
        ("loginUrl", json!("https://usw2.pure.cloud.evil.example")),
        ("staticHeaderName", json!("no header")),
        ("partnerSource", json!("aws.partner/other.com/cloud/x/y")),
        ("partnerSource", Value::Null),
        ("lifecycleSource", json!("webhook")),
        ("tokenFallbackTtlSecs", json!(1)),
        ("attributeMaxBytes", json!(1)),
        ("endMethod", json!("hangup")),
        ("ratePerMin", json!(0)),
        ("surveySource", json!("theirs")),
        ("reconcileIdleSecs", json!("300")),
        ("unheardOf", json!(1)),
    ] {
        let found = pointers(&with(name, value.clone()));
        assert!(found.contains(&format!("/settings/{name}")), "{name}={value}: {found:?}");
    }
    assert_eq!(pointers(&with("openSuccessCodes", json!([200, 404]))), ["/settings/openSuccessCodes"]);
    assert_eq!(pointers(&with("endGoneCodes", json!([404, "x"]))), ["/settings/endGoneCodes/1"]);
    assert_eq!(pointers(&json!({})), ["/settings/env", "/settings/integrationId", "/settings/partnerSource"]);
}

#[test]
fn a_setting_that_needs_a_secret_asks_for_it() {
    assert_eq!(pointers(&with("lifecycleSource", "data_action")), ["/credentials/dataActionBearer"]);
    assert_eq!(pointers(&with("staticHeaderName", "x-tenant")), ["/credentials/staticHeaderValue"]);
    let mut short = draft(&with("lifecycleSource", "data_action"));
    short.credentials.insert("dataActionBearer".to_owned(), "short".into());
    assert!(validate::<Settings>(&short, HostPolicy::Public).is_err());
    short.credentials.insert("dataActionBearer".to_owned(), "bearer-of-16-chars".into());
    let valid = validate::<Settings>(&short, HostPolicy::Public).unwrap();
    assert_eq!(valid.partner_source, None);
}

#[test]
fn other_hosts_are_allowed_for_the_vendor_and_for_simulations() {
    assert!(validate::<Settings>(&draft(&with("apiUrl", "https://api.mypurecloud.de")), HostPolicy::Public).is_ok());
    assert!(validate::<Settings>(&draft(&with("apiUrl", "http://127.0.0.1:8081")), HostPolicy::Simulated).is_ok());
}
