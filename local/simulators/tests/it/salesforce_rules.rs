//! Salesforce, Bring Your Own Channel: what the documents do not allow is refused.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use simulators::{
    Options, Script, StartError,
    salesforce::{AckTimestamp, ExpiryUnit, Salesforce, SalesforceConfig},
};

use crate::{
    org::{APP, CHANNEL, CONSUMER, Org, STRANGER, USER, entry, entry_id, file, message},
    receiver::Receiver,
    salesforce_script::acknowledgement,
    sites::{listener, with},
    smartassist_sites::hs256,
    support::{answer, refused, status_of},
};

async fn assert_refused(case: &str, request: RequestBuilder, status: u16, code: u32) {
    let body = refused(case, request, status).await;
    assert_eq!(body["code"], code, "{case}: {body}");
}

#[tokio::test]
async fn interactions_that_break_the_contract_are_refused() {
    let org = Org::start(Script::Manual).await;
    let good = message("tr_1", 0, "hi");
    let at = "/interactions/0";
    let payload = "/interactions/0/payload";
    let inner = "/interactions/0/payload/abstractMessage";
    let on = |pointer: &str, field: &str, value: Option<Value>| with(&good, &format!("{pointer}/{field}"), value);
    let two = json!([good["interactions"][0], good["interactions"][0]]);
    let cases = [
        ("no to", with(&good, "/to", None), 10027),
        ("other channel", with(&good, "/to", Some(json!("other"))), 10017),
        ("no from", with(&good, "/from", None), 10028),
        ("colon in from", with(&good, "/from", Some(json!("agent_transfer:1"))), 10028),
        ("attribute as number", with(&good, "/routingAttributes", Some(json!({ "Priority": 5 }))), 10089),
        ("long attribute", with(&good, "/routingAttributes", Some(json!({ "Summary": "x".repeat(256) }))), 10096),
        ("no interactions", with(&good, "/interactions", Some(json!([]))), 10029),
        ("two interactions", with(&good, "/interactions", Some(two)), 10029),
        ("no type", on(at, "interactionType", None), 10029),
        ("seconds", on(at, "timestamp", Some(json!(1_795_341_600))), 10045),
        ("time as text", on(at, "timestamp", Some(json!("1795341600000"))), 10045),
        ("no id", on(payload, "id", None), 10059),
        ("id that is none", on(payload, "id", Some(json!("m-1"))), 10045),
        ("no inner id", on(inner, "id", None), 10059),
        ("other inner id", on(inner, "id", Some(json!(entry_id(9)))), 10060),
        ("entry type", on(payload, "entryType", Some(json!("Note"))), 10045),
        ("message type", on(inner, "messageType", Some(json!("ChoicesMessage"))), 10062),
        ("format", on(inner, "staticContent", Some(json!({ "formatType": "RichLink" }))), 10048),
        ("no text", on(inner, "staticContent", Some(json!({ "formatType": "Text", "text": "" }))), 10045),
    ];
    for (case, body, code) in cases {
        assert_refused(case, org.interaction(&body), 400, code).await;
    }
    let typing = entry("tr_9", 1, "TypingStartedIndicator");
    assert_refused("typing of nobody", org.interaction(&typing), 400, 10036).await;
    assert!(org.handle.conversations().is_empty());
    assert!(org.handle.requests()[1..].iter().all(|it| matches!(it.effect, simulators::Effect::Refused(_))));
}

#[tokio::test]
async fn only_channel_variables_route_where_the_channel_lists_them() {
    let names = vec!["TransferId".to_owned(), "Priority".to_owned()];
    let org = Org::start_with(|it| it.channel_variables = Some(names), Script::Manual).await;
    let unknown = with(&message("tr_1", 0, "hi"), "/routingAttributes", Some(json!({ "Mood": "good" })));
    assert_refused("unknown variable", org.interaction(&unknown), 400, 10089).await;
    org.open("tr_1").await;
}

#[tokio::test]
async fn files_must_be_one_not_empty_of_the_size_that_is_said() {
    let org = Org::start(Script::Manual).await;
    let body = file("tr_1", 1, 5);
    let too_large = vec![b'x'; 25 * 1024 * 1024 + 1];
    let cases: [(&str, Value, Vec<&[u8]>, u32); 6] = [
        ("no file", body.clone(), vec![], 10011),
        ("two files", body.clone(), vec![b"hello", b"hello"], 10011),
        ("file beside a text", message("tr_1", 1, "hi"), vec![b"hello"], 10011),
        ("empty", body.clone(), vec![b""], 10009),
        ("other size", body.clone(), vec![b"hello!"], 10051),
        ("too large", file("tr_1", 1, too_large.len()), vec![&too_large], 10008),
    ];
    for (case, body, files, code) in cases {
        assert_refused(case, org.interaction_with(&body, &files), 400, code).await;
    }
    let unsaid = with(&body, "/interactions/0/contentLength", None);
    assert_refused("no size", org.interaction_with(&unsaid, &[b"hello"]), 400, 10010).await;
}

#[tokio::test]
async fn callers_without_the_right_headers_are_refused() {
    let org = Org::start(Script::Manual).await;
    let url = org.url("/api/v1/acknowledgement");
    let request = |token: &str, org_id: &str, context: &str, id: &str| {
        let request = org.http.post(&url).bearer_auth(token).header("OrgId", org_id);
        request.header("AuthorizationContext", context).header("RequestId", id).json(&json!({}))
    };
    let (context, id) = ("handoff_Support", entry_id(1));
    let cases = [
        ("no token", org.http.post(&url).json(&json!({})), 401, 10004),
        ("wrong token", request("nope", "00Dxx0000000001", context, &id), 401, 10004),
        ("18 characters", request(&org.token, "00Dxx0000000001EAA", context, &id), 400, 10016),
        ("request id", request(&org.token, "00Dxx0000000001", context, "1"), 400, 10016),
        ("prefix", request(&org.token, "00Dxx0000000001", "other_Support", &id), 400, 10005),
        ("no body", request(&org.token, "00Dxx0000000001", context, &id), 400, 10036),
        ("json for a form", org.call("interactions").json(&message("tr_1", 0, "hi")), 400, 10089),
        ("history", org.call("conversationHistory").json(&json!({})), 400, 10057),
        ("unknown", org.call("dance").json(&json!({})), 404, 404),
    ];
    for (case, request, status, code) in cases {
        assert_refused(case, request, status, code).await;
    }
}

#[tokio::test]
async fn opens_and_acknowledgements_that_break_the_contract_are_refused() {
    let org = Org::start(Script::Manual).await;
    let open = json!({
        "channelAddressIdentifier": CHANNEL,
        "participants": [{ "subject": "tr_1", "role": "EndUser", "appType": "custom" }],
    });
    let id = org.open("tr_1").await;
    let ack = acknowledgement(&id);
    let item = |field: &str, value: Option<Value>| with(&ack, &format!("/acknowledgements/0/{field}"), value);
    let many: Vec<Value> = vec![ack["acknowledgements"][0].clone(); 26];
    let cases = [
        ("conversation", with(&open, "/channelAddressIdentifier", None), 10052),
        ("conversation", with(&open, "/channelAddressIdentifier", Some(json!("other"))), 10017),
        ("conversation", with(&open, "/participants", Some(json!([]))), 10053),
        ("conversation", with(&open, "/participants/0/role", Some(json!("Chatbot"))), 10038),
        ("conversation", with(&open, "/participants/0/appType", Some(json!("agent"))), 10037),
        ("acknowledgement", with(&ack, "/sender/subject", None), 10036),
        ("acknowledgement", with(&ack, "/sender/subject", Some(json!("tr_2"))), 10018),
        ("acknowledgement", with(&ack, "/conversationIdentifier", Some(json!("other"))), 10018),
        ("acknowledgement", with(&ack, "/acknowledgements", Some(json!([]))), 10089),
        ("acknowledgement", with(&ack, "/acknowledgements", Some(json!(many))), 10089),
        ("acknowledgement", item("acknowledgementType", Some(json!("Seen"))), 10089),
        ("acknowledgement", item("acknowledgementTimestamp", Some(json!("1795341700000"))), 10089),
        ("acknowledgement", item("acknowledgmentCreatedConversationEntryIdentifier", None), 10089),
        ("acknowledgement", item("acknowledgedConversationEntryIdentifier", None), 10089),
    ];
    for (endpoint, body, code) in cases {
        assert_refused(&format!("{endpoint} {body}"), org.call(endpoint).json(&body), 400, code).await;
    }
    assert!(org.handle.conversation(&id).unwrap().receipts.is_empty());
}

#[tokio::test]
async fn acknowledgement_times_can_be_wanted_as_text() {
    let org = Org::start_with(|it| it.ack_timestamp = AckTimestamp::Text, Script::Manual).await;
    let number = acknowledgement(&org.open("tr_1").await);
    assert_eq!(status_of(org.submit("acknowledgement", &number)).await, 400);
    let text = with(&number, "/acknowledgements/0/acknowledgementTimestamp", Some(json!("1795341700000")));
    assert_eq!(status_of(org.submit("acknowledgement", &text)).await, 200);
}

#[tokio::test]
async fn assertions_of_others_for_others_or_out_of_time_get_no_token() {
    let org = Org::start(Script::Manual).await;
    let good = org.claims();
    let claim = |name: &str, value: Value| APP.sign(&with(&good, &format!("/{name}"), Some(value)));
    let unsigned = format!("{}.", APP.sign(&good).rsplit_once('.').unwrap().0);
    let hmac = hs256(&APP.public, &good);
    let cases = [
        ("issuer", claim("iss", json!("other")), "invalid_client_id"),
        ("subject", claim("sub", json!("other@example.com")), "invalid_grant"),
        ("audience", claim("aud", json!("https://test.salesforce.com")), "invalid_grant"),
        ("past", claim("exp", json!(org.now() - 1)), "invalid_grant"),
        ("far future", claim("exp", json!(org.now() + 3600)), "invalid_grant"),
        ("milliseconds", claim("exp", json!((org.now() + 180) * 1000)), "invalid_grant"),
        ("no exp", APP.sign(&with(&good, "/exp", None)), "invalid_grant"),
        ("other key", STRANGER.sign(&good), "invalid_grant"),
        ("no signature", unsigned, "invalid_grant"),
        ("HMAC with the public key", hmac, "invalid_grant"),
        ("no token", "nonsense".to_owned(), "invalid_grant"),
    ];
    for (case, assertion, error) in cases {
        assert_eq!(answer(org.token_request(&assertion), 400).await["error"], error, "{case}");
    }
    let url = org.url("/services/oauth2/token");
    let grant = org.http.post(&url).form(&[("grant_type", "client_credentials")]);
    assert_eq!(answer(grant, 400).await["error"], "unsupported_grant_type");
    assert_eq!(answer(org.http.post(&url).json(&good), 400).await["error"], "invalid_request");
}

#[tokio::test]
async fn an_org_can_read_the_expiry_in_milliseconds() {
    let config =
        SalesforceConfig { expiry_unit: ExpiryUnit::Millis, ..SalesforceConfig::new(CONSUMER, USER, &APP.public) };
    let handle = Salesforce::start(config, listener().await, Options::brisk()).unwrap();
    let org = Org::new(handle, Receiver::start().await);
    for (exp, status) in [((org.now() + 180) * 1000, 200), (org.now() + 180, 400)] {
        let claims = with(&org.claims(), "/exp", Some(json!(exp)));
        assert_eq!(status_of(org.token_request(&APP.sign(&claims))).await, status);
    }
}

#[tokio::test]
async fn tokens_live_until_they_expire_and_the_ledger_does_not_show_assertions() {
    let org = Org::start_with(|it| it.token_seconds = 300, Script::Manual).await;
    org.open("tr_1").await;
    org.handle.timer().advance(Duration::from_secs(301));
    assert_refused("expired", org.interaction(&message("tr_1", 1, "hi")), 401, 10004).await;
    let ledger = serde_json::to_string(&org.handle.requests()).unwrap();
    assert!(ledger.contains("jwt-bearer"));
    assert!(!ledger.contains("eyJ"));
}

#[tokio::test]
async fn an_org_does_not_start_without_a_public_key() {
    let config = SalesforceConfig::new(CONSUMER, USER, "no key");
    let refused = Salesforce::start(config, listener().await, Options::brisk());
    assert!(matches!(refused, Err(StartError::PublicKey)));
}
