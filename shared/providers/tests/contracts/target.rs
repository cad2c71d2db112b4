//! What an integration points to, and whether it may repeat a message: both follow from its settings alone.

use http::Method;
use serde_json::{Value, json};
use transfer_domain::Provider;
use transfer_providers::{
    FIVE9, GENESYS, HostPolicy, IntegrationDraft, SALESFORCE, SERVICENOW, SMARTASSIST, ValidIntegration, WebhookRequest,
};

use crate::support::{TRANSFER, adapter, bound, now, path_secrets, request, with};

/// In the form of a key, without being one.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMAAA\nAAAA\n-----END PRIVATE KEY-----\n";

fn valid(provider: Provider, settings: &Value, change: &Value) -> ValidIntegration {
    let settings = with(settings.clone(), change).as_object().cloned().unwrap();
    let credentials = match provider {
        GENESYS | SERVICENOW | SMARTASSIST => vec!["clientId", "clientSecret"],
        FIVE9 => vec!["clientKey", "clientSecret"],
        _ => vec!["privateKeyPem"],
    };
    let value = |name: &str| if name.ends_with("Pem") { KEY } else { "a-secret-of-some-length" };
    let credentials = credentials.into_iter().map(|name| (name.to_owned(), value(name).into())).collect();
    adapter(provider).validate(&IntegrationDraft { settings, credentials }, HostPolicy::Public).unwrap()
}

fn genesys() -> Value {
    json!({ "env": "mypurecloud.ie", "integrationId": "9a58c219-0000-4000-8000-0000000000a1",
            "lifecycleSource": "relay" })
}

fn servicenow() -> Value {
    json!({ "instanceUrl": "https://acme.service-now.com", "appInboundId": "acme-ai" })
}

fn smartassist() -> Value {
    json!({ "webhookUrl": "https://platform.kore.ai/chatbot/v2/webhook/st-b3a3" })
}

fn classic() -> Value {
    json!({ "tenantName": "Acme Inc", "campaignName": "AI Handoff" })
}

fn open_messaging() -> Value {
    json!({ "flavor": "open_messaging", "region": "eu", "domainId": "131096", "deliveryProfileId": "dp-1",
            "campaignName": "AI Handoff", "campaignHandle": "Chat" })
}

fn salesforce() -> Value {
    json!({ "orgId15": "00Dxx0000000001", "myDomain": "acme", "consumerKey": "key-1", "username": "bot@example.com",
            "authContext": "acme_Handoff", "eventApiName": "Handoff_Outbound__e",
            "channelAddressIdentifier": "72a6a4ec-acbc-44f6-b2b9-e444248ca843", "eventTransport": "apex_callout" })
}

#[test]
fn another_organisation_instance_tenant_or_host_is_another_target() {
    for (provider, settings, change) in [
        (GENESYS, genesys(), json!({ "env": "mypurecloud.de" })),
        (GENESYS, genesys(), json!({ "apiUrl": "https://api.mypurecloud.de" })),
        (GENESYS, genesys(), json!({ "integrationId": "9a58c219-0000-4000-8000-0000000000a2" })),
        (SERVICENOW, servicenow(), json!({ "instanceUrl": "https://other.service-now.com" })),
        (SERVICENOW, servicenow(), json!({ "appInboundId": "other" })),
        (SMARTASSIST, smartassist(), json!({ "webhookUrl": "https://platform.kore.ai/chatbot/v2/webhook/st-0000" })),
        (FIVE9, classic(), json!({ "tenantName": "Other Inc" })),
        (FIVE9, classic(), json!({ "host": "app.nld1.eu.five9.com" })),
        (FIVE9, open_messaging(), json!({ "region": "us" })),
        (FIVE9, open_messaging(), json!({ "domainId": "131097" })),
        (SALESFORCE, salesforce(), json!({ "orgId15": "00Dxx0000000002" })),
        (SALESFORCE, salesforce(), json!({ "myDomain": "other" })),
        (SALESFORCE, salesforce(), json!({ "channelAddressIdentifier": "72a6a4ec-acbc-44f6-b2b9-e444248ca844" })),
    ] {
        let (before, after) = (valid(provider, &settings, &json!({})), valid(provider, &settings, &change));
        assert!(!before.targets.is_empty());
        assert_ne!(before.targets.first(), after.targets.first(), "{provider} {change}");
    }
}

#[test]
fn what_leaves_the_contact_centre_the_same_leaves_the_target_the_same() {
    for (provider, settings, change) in [
        (GENESYS, genesys(), json!({ "ratePerMin": 7, "resendAmbiguousMessages": false })),
        (GENESYS, genesys(), json!({ "apiUrl": "https://api.mypurecloud.ie/" })),
        (
            SERVICENOW,
            servicenow(),
            json!({ "instanceUrl": "https://ACME.service-now.com/", "tokenFallbackTtlSecs": 600 }),
        ),
        (SMARTASSIST, smartassist(), json!({ "jwtTtlSecs": 60 })),
        (FIVE9, classic(), json!({ "campaignName": "Another queue", "host": "app.five9.com:443", "waitActive": 1 })),
        (FIVE9, open_messaging(), json!({ "campaignHandle": "Other", "ratePerMin": 7 })),
        (SALESFORCE, salesforce(), json!({ "consumerKey": "key-2", "username": "other@example.com" })),
    ] {
        let targets = |change: &Value| valid(provider, &settings, change).targets;
        assert_eq!(targets(&json!({})), targets(&change), "{provider} {change}");
    }
}

#[test]
fn a_five9_integration_of_either_flavour_still_speaks_for_the_other_as_long_as_its_fields_are_there() {
    let (old, new) = (valid(FIVE9, &classic(), &json!({})), valid(FIVE9, &classic(), &open_messaging()));
    assert_eq!(new.targets.len(), 2);
    assert_eq!(new.targets.last(), old.targets.first());
    assert_eq!(valid(FIVE9, &open_messaging(), &json!({})).targets.len(), 1, "no tenant, so no classic interface");
}

#[test]
fn callbacks_of_the_old_five9_flavour_are_heard_after_a_change_and_no_others() {
    let secrets = path_secrets(&[PATH_SECRET]);
    let of_transfer = request(&[TRANSFER, "conversations", "8f1c", "terminate"], &[], "");
    let of_all = request(&[], &[], json!({ "eventType": "TERMINATE", "chatId": "c-1" }).to_string());
    let heard = |settings: &Value, secret: &str, request: &WebhookRequest| {
        bound(FIVE9, settings).verify_path(&secrets, secret, request).is_ok()
            && !bound(FIVE9, settings).parse_webhook(request, now()).unwrap().is_empty()
    };
    let mut both = with(classic(), &open_messaging());
    assert!(heard(&classic(), &transfer_secret(), &of_transfer) && heard(&both, &transfer_secret(), &of_transfer));
    assert!(heard(&open_messaging(), PATH_SECRET, &of_all) && heard(&both, PATH_SECRET, &of_all));
    both["flavor"] = json!("classic");
    assert!(heard(&both, &transfer_secret(), &of_transfer) && heard(&both, PATH_SECRET, &of_all));
    assert!(!heard(&classic(), PATH_SECRET, &of_all), "there is no Open Messaging");
    assert!(!heard(&both, PATH_SECRET, &of_transfer), "a transfer has a secret of its own");
    assert_eq!(of_transfer.method, Method::POST);
}

const PATH_SECRET: &str = "path-secret-of-the-integration-0001";

fn transfer_secret() -> String {
    use base64::Engine as _;
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(PATH_SECRET.as_bytes()).unwrap();
    mac.update(TRANSFER.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

#[test]
fn messages_are_repeated_where_the_product_makes_it_safe_and_the_integration_allows_it() {
    let allowed = json!({ "resendAmbiguousMessages": true });
    let forbidden = json!({ "resendAmbiguousMessages": false });
    for (provider, settings) in [(GENESYS, genesys()), (SERVICENOW, servicenow()), (SALESFORCE, salesforce())] {
        for (change, expected) in [(json!({}), true), (allowed.clone(), true), (forbidden.clone(), false)] {
            let settings = Value::Object(valid(provider, &settings, &change).settings);
            let can = bound(provider, &settings).capabilities();
            assert_eq!(can.resends_safely, expected, "{provider} {change}");
        }
    }
    for (provider, settings) in [(FIVE9, classic()), (FIVE9, open_messaging()), (SMARTASSIST, smartassist())] {
        let settings = Value::Object(valid(provider, &settings, &json!({})).settings);
        assert!(!bound(provider, &settings).capabilities().resends_safely, "{provider}");
    }
}
