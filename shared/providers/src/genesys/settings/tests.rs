//! What the fields may be, and what they are by default.

use serde_json::{Value, json};

use super::Settings;
use crate::HostPolicy;
use crate::draft::held::Sent;

const SOURCE: &str = "aws.partner/genesys.com/cloud/32aa07aa/handoff-prod";

const CLIENT: [(&str, &str); 2] = [("clientId", "id"), ("clientSecret", "secret")];

fn minimal() -> Sent<Settings> {
    Sent::new(json!({ "env": "usw2.pure.cloud", "integrationId": "int-1", "partnerSource": SOURCE }), &CLIENT)
}

#[test]
fn the_table_is_kept_with_the_defaults_of_the_contract() {
    let defaults = json!({
        "lifecycleSource": "eventbridge", "callEvents": false, "tokenFallbackTtlSecs": 3600, "attributeMaxBytes": 1900,
        "openSuccessCodes": [], "resendAmbiguousMessages": true, "endMethod": "participant",
        "endGoneCodes": [404, 409, 410], "lifecycleUserIdField": "none", "promoteOnUserStart": false,
        "ewtSource": "none", "surveySource": "ours",
        "ratePerMin": 300, "honourRetryAfter": true, "relayAuth": "signature",
    });
    minimal().holds("genesys", &defaults);
    assert_eq!(minimal().valid().partner_source.as_deref(), Some(SOURCE));
    assert_eq!(minimal().valid().warnings, Vec::<String>::new());
}

#[test]
fn each_wrong_field_is_pointed_at() {
    minimal().refuses(&[
        ("apiUrl", json!("https://api.evil.example")),
        ("loginUrl", json!("https://usw2.pure.cloud.evil.example")),
        ("partnerSource", Value::Null),
    ]);
    let wrong = |extra| minimal().with(extra).wrong();
    assert_eq!(wrong(json!({ "openSuccessCodes": [200, 404] })), ["/settings/openSuccessCodes"]);
    assert_eq!(wrong(json!({ "endGoneCodes": [404, "x"] })), ["/settings/endGoneCodes/1"]);
    let nothing = Sent::<Settings>::new(json!({}), &CLIENT).wrong();
    assert_eq!(nothing, ["/settings/env", "/settings/integrationId", "/settings/partnerSource"]);
}

#[test]
fn a_setting_that_needs_a_secret_asks_for_it() {
    let by_action = minimal().with(json!({ "lifecycleSource": "data_action" }));
    assert_eq!(by_action.wrong(), ["/credentials/dataActionBearer"]);
    let header = minimal().with(json!({ "staticHeaderName": "x-tenant" }));
    assert_eq!(header.wrong(), ["/credentials/staticHeaderValue"]);
    let bearer = |value| by_action.by(&[&CLIENT[..], &[("dataActionBearer", value)]].concat());
    assert_eq!(bearer("short").wrong(), ["/credentials/dataActionBearer"]);
    assert_eq!(bearer("bearer-of-16-chars").valid().partner_source, None);
}

#[test]
fn other_hosts_are_allowed_for_the_vendor_and_for_simulations() {
    minimal().takes(&[json!({ "apiUrl": "https://api.mypurecloud.de" })]);
    let simulated = minimal().with(json!({ "apiUrl": "http://127.0.0.1:8081" }));
    assert!(simulated.checked(HostPolicy::Simulated).is_ok());
}
