//! Genesys: everything that the documents do not allow is refused with the vendor's error body.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde_json::json;
use simulators::{Effect, Script};

use crate::{
    sites::{GenesysSite, inbound, lacking, message, with},
    support::{answer, refused, status_of},
};

async fn assert_refused(site: &GenesysSite, case: &str, request: RequestBuilder, status: u16) {
    let body = refused(case, request, status).await;
    assert_eq!(body["status"], status, "{case}");
    for field in ["message", "code", "contextId"] {
        assert!(body[field].is_string(), "{case}: {field}");
    }
    let last = site.handle.requests().pop().unwrap();
    assert!(matches!(last.effect, Effect::Refused(_)), "{case}: {:?}", last.effect);
    assert!(site.handle.conversations().is_empty(), "{case}");
}

#[tokio::test]
async fn messages_that_break_the_contract_are_refused() {
    let site = GenesysSite::start(Script::Manual).await;
    let good = message("tr_1", "m-1", "hi");
    let custom = "/channel/metadata/customAttributes/priority";
    let attachment = |kind: &str| json!({ "contentType": "Attachment", "attachment": { "mediaType": kind, "url": "https://example.com/a" } });
    let without_url = json!([{ "contentType": "Attachment", "attachment": { "mediaType": "File" } }]);
    let required = ["/channel", "/channel/from", "/channel/from/id", "/channel/from/idType", "/channel/time", "/text"];
    let cases = [
        ("from.id as number", with(&good, "/channel/from/id", Some(json!(7)))),
        ("from.id with colons", with(&good, "/channel/from/id", Some(json!("agent_transfer:u:c:chat")))),
        ("unknown idType", with(&good, "/channel/from/idType", Some(json!("Nick")))),
        ("nickname as object", with(&good, "/channel/from/nickname", Some(json!({})))),
        ("time that is none", with(&good, "/channel/time", Some(json!("yesterday")))),
        ("time as number", with(&good, "/channel/time", Some(json!(1_768_212_000)))),
        ("messageId as number", with(&good, "/channel/messageId", Some(json!(1)))),
        ("text as number", with(&good, "/text", Some(json!(1)))),
        ("attribute as number", with(&good, custom, Some(json!(5)))),
        ("attributes at the top", with(&good, "/metadata", Some(json!({ "customAttributes": { "a": "b" } })))),
        ("two attachments", with(&good, "/content", Some(json!([attachment("File"), attachment("File")])))),
        ("unknown mediaType", with(&good, "/content", Some(json!([attachment("Paper")])))),
        ("attachment without url", with(&good, "/content", Some(without_url))),
    ];
    let path = format!("{}?prefetchConversationId=true", inbound("message"));
    for (case, body) in lacking(&good, &required).into_iter().chain(cases) {
        assert_refused(&site, case, site.post(&path, &body), 400).await;
    }
    let flat = with(&good, "/metadata", Some(json!({ "note": "flat is accepted" })));
    assert_eq!(status_of(site.post(&path, &flat)).await, 200);
}

#[tokio::test]
async fn events_and_receipts_that_break_the_contract_are_refused() {
    let site = GenesysSite::start(Script::Manual).await;
    let event = json!({
        "channel": { "from": { "id": "tr_1", "idType": "Opaque" }, "time": "2026-11-22T10:00:00Z" },
        "events": [{ "eventType": "Typing" }],
    });
    let receipt = json!({
        "id": "msg-1", "status": "Delivered", "isFinalReceipt": true,
        "channel": { "to": { "id": "tr_1", "idType": "Opaque" }, "time": "2026-11-22T10:00:00Z" },
    });
    let reason = json!([{ "code": "GeneralError" }]);
    let failed = with(&receipt, "/status", Some(json!("Failed")));
    let cases = [
        ("event", with(&event, "/events", None), 400),
        ("event", with(&event, "/events", Some(json!([]))), 400),
        ("event", with(&event, "/events/0/eventType", Some(json!("Disconnect"))), 400),
        ("event", with(&event, "/channel/time", None), 400),
        ("event", event.clone(), 404),
        ("receipt", with(&receipt, "/id", None), 400),
        ("receipt", with(&receipt, "/status", Some(json!("Read"))), 400),
        ("receipt", with(&receipt, "/isFinalReceipt", Some(json!("yes"))), 400),
        ("receipt", with(&receipt, "/isFinalReceipt", None), 400),
        ("receipt", with(&receipt, "/channel/to/idType", None), 400),
        ("receipt", with(&receipt, "/reasons", Some(reason)), 400),
        ("receipt", with(&failed, "/reasons", Some(json!([{ "code": "Tired" }]))), 400),
        ("receipt", receipt.clone(), 404),
    ];
    for (what, body, status) in cases {
        let request = site.post(&inbound(what), &body);
        assert_refused(&site, &format!("{what} {body}"), request, status).await;
    }
}

#[tokio::test]
async fn callers_and_addresses_that_are_not_known_are_refused() {
    let site = GenesysSite::start(Script::Manual).await;
    let base = site.handle.base_url();
    let body = message("tr_1", "m-1", "hi");
    let url = format!("{base}{}", inbound("message"));
    let unknown = "/api/v2/conversations/messages/0b1f8c1e-6a0a-4a0b-9d3e-2c7f4a5b6c7d";
    let state = json!({ "state": "disconnected" });
    let cases = [
        ("no token", site.http.post(&url).json(&body), 401),
        ("wrong token", site.http.post(&url).bearer_auth("nope").json(&body), 401),
        ("basic", site.http.post(&url).basic_auth("client-1", Some("client-secret-1")).json(&body), 401),
        ("text body", site.http.post(&url).bearer_auth(&site.token).body(body.to_string()), 415),
        ("no json", site.post(&inbound("message"), &json!([])), 400),
        ("integration", site.post("/api/v2/conversations/messages/other/inbound/open/message", &body), 404),
        ("deprecated", site.post("/api/v2/conversations/messages/inbound/open", &body), 404),
        ("conversation", site.http.get(format!("{base}{unknown}")).bearer_auth(&site.token), 404),
        ("user", site.http.get(format!("{base}/api/v2/users/x")).bearer_auth(&site.token), 404),
        ("participant", site.patch(&format!("{unknown}/participants/x"), &state), 404),
        ("state", site.patch(unknown, &json!({ "state": "connected" })), 400),
        ("end", site.patch(unknown, &state), 404),
        ("teardown", site.post(&unknown.replace("messages/", "").replace("6c7d", "6c7d/disconnect"), &json!({})), 404),
    ];
    for (case, request, status) in cases {
        assert_refused(&site, case, request, status).await;
    }
}

#[tokio::test]
async fn the_token_endpoint_takes_basic_and_a_form_only() {
    let site = GenesysSite::start(Script::Manual).await;
    let url = site.url("/oauth/token");
    let grant = json!({ "grant_type": "client_credentials" });
    let form = [("grant_type", "client_credentials")];
    let wrong_grant = [("grant_type", "password")];
    let post = || site.http.post(&url);
    let right = || post().basic_auth("client-1", Some("client-secret-1"));
    let cases = [
        (right().json(&grant), 400, "invalid_request"),
        (right().form(&wrong_grant), 400, "unsupported_grant_type"),
        (post().form(&form), 401, "invalid_client"),
        (post().basic_auth("client-1", Some("other")).form(&form), 401, "invalid_client"),
    ];
    for (request, status, error) in cases {
        assert_eq!(answer(request, status).await["error"], error);
    }
}

#[tokio::test]
async fn several_tokens_live_until_they_expire_or_are_revoked() {
    let site = GenesysSite::start_with(|it| it.token_seconds = 300, Script::Manual).await;
    let second = site.fetch_token().await;
    let status = async |token: &str| status_of(site.http.get(site.url("/api/v2/users/x")).bearer_auth(token)).await;
    assert_eq!((status(&site.token).await, status(&second).await), (404, 404));
    site.handle.timer().advance(Duration::from_secs(301));
    assert_eq!(status(&second).await, 401);
    let third = site.fetch_token().await;
    assert_eq!(status(&third).await, 404);
    site.handle.revoke_tokens();
    assert_eq!(status(&third).await, 401);
}

#[tokio::test]
async fn the_ledger_does_not_show_credentials() {
    let site = GenesysSite::start(Script::Manual).await;
    let ledger = serde_json::to_string(&site.handle.requests()).unwrap();
    assert!(ledger.contains("client_credentials"));
    assert!(!ledger.contains("client-secret-1"));
}
