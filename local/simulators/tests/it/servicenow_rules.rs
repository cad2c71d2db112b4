//! ServiceNow: everything that the documents do not allow is refused, or hidden as documented.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{
    Effect, Script,
    servicenow::{Auth, HiddenFailures, ServiceNowConfig, message_hash},
};

use crate::{
    sites::{ServiceNowSite, lacking, plain, start_conversation, with, with_action},
    support::{answer, refused, status_of},
};

async fn assert_failure(case: &str, request: reqwest::RequestBuilder, status: u16) {
    let body = refused(case, request, status).await;
    assert_eq!(body["status"], "failure", "{case}");
    assert!(body["error"]["message"].is_string() && body["error"]["detail"].is_string(), "{case}");
}

#[tokio::test]
async fn requests_that_break_the_contract_are_refused() {
    let site = ServiceNowSite::start(Script::Manual).await;
    let good = start_conversation("tr_1");
    let history = |field: &str, value: Value| with(&good, &format!("/history/0/{field}"), Some(value));
    let said = plain("tr_1", 2, "hi");
    let mut attachment = said.clone();
    attachment["message"] = json!({ "attachment": {
        "contentType": "application/pdf", "fileName": "x.pdf", "url": "https://example.com/x" } });
    let mut end = with_action("tr_1", 3, "END_CONVERSATION");
    end["message"]["text"] = json!("bye");
    let mut update = with_action("tr_1", 3, "UPDATE_MESSAGES");
    update["message"] = json!([{ "id": "b7", "status": "read" }]);
    let required =
        ["/requestId", "/clientSessionId", "/appInboundId", "/userId", "/message", "/message/text", "/message/typed"];
    let cases = [
        ("requestId as number", with(&good, "/requestId", Some(json!(1)))),
        ("session with colons", with(&good, "/clientSessionId", Some(json!("agent_transfer:u:c:chat")))),
        ("another appInboundId", with(&good, "/appInboundId", Some(json!("other")))),
        ("unknown action", with(&good, "/action", Some(json!("CONNECT_AGENT")))),
        ("action as object", with(&good, "/action", Some(json!({})))),
        ("typed as text", with(&good, "/message/typed", Some(json!("true")))),
        ("silentMessage as text", with(&good, "/silentMessage", Some(json!("false")))),
        ("timestamp as text", with(&good, "/timestamp", Some(json!("1768212000000")))),
        ("contextVariables as list", with(&good, "/contextVariables", Some(json!([])))),
        ("clientVariables as text", with(&good, "/clientVariables", Some(json!("x")))),
        ("history as object", with(&good, "/history", Some(json!({ "a": 1 })))),
        ("history time as number", history("timestamp", json!(1_768_211_990_000_i64))),
        ("history time in seconds", history("timestamp", json!("1768211990"))),
        ("history author as text", history("isBotMessage", json!("no"))),
        ("history later", with(&said, "/history", Some(good["history"].clone()))),
        ("empty plain text", with(&said, "/message/text", Some(json!("")))),
        ("attachment as list", with(&attachment, "/message/attachment", Some(json!([])))),
        ("attachment without url", with(&attachment, "/message/attachment/url", None)),
        ("attachment without fileName", with(&attachment, "/message/attachment/fileName", None)),
        ("attachment without contentType", with(&attachment, "/message/attachment/contentType", None)),
        ("end with text", end),
        ("fault without cause", with_action("tr_1", 3, "FAULT_CONVERSATION")),
        ("start of nothing created", with_action("tr_1", 3, "START_CREATED_CONVERSATION")),
        ("unknown message state", update),
    ];
    for (case, body) in lacking(&good, &required).into_iter().chain(cases) {
        assert_failure(case, site.request(&body), 400).await;
        let last = site.handle.requests().pop().unwrap();
        assert!(matches!(last.effect, Effect::Refused(_)), "{case}");
    }
    assert!(site.handle.conversations().is_empty());
}

#[tokio::test]
async fn callers_and_addresses_that_are_not_known_are_refused() {
    let site = ServiceNowSite::start(Script::Manual).await;
    let body = start_conversation("tr_1");
    let post = || site.http.post(site.endpoint());
    let authed = || post().bearer_auth(&site.token);
    let cases = [
        ("no token", post().json(&body), 401),
        ("unknown token", post().bearer_auth("nope").json(&body), 401),
        ("basic instead", post().basic_auth("integration.user", Some("integration-password")).json(&body), 401),
        ("text body", authed().body(body.to_string()), 400),
        ("wants xml", authed().header("accept", "application/xml").json(&body), 400),
        ("get", site.http.get(site.endpoint()).bearer_auth(&site.token), 405),
        ("elsewhere", site.http.post(site.url("/api/now/table/x")), 404),
    ];
    for (case, request, status) in cases {
        assert_failure(case, request, status).await;
    }
    site.handle.timer().advance(Duration::from_mins(30));
    assert_failure("expired", site.request(&body), 401).await;
}

#[tokio::test]
async fn the_token_endpoint_takes_forms_of_three_grants_only() {
    let site = ServiceNowSite::start(Script::Manual).await;
    let client = [("client_id", "servicenow-client"), ("client_secret", "servicenow-client-secret")];
    let with_client = |more: &[(&'static str, &'static str)]| [&client[..], more].concat();
    let password = with_client(&[
        ("grant_type", "password"),
        ("username", "integration.user"),
        ("password", "integration-password"),
    ]);
    let body = answer(site.token_request(&password), 200).await;
    assert_eq!(body["expires_in"], 1799);
    let refresh = body["refresh_token"].as_str().unwrap();
    let form = [&client[..], &[("grant_type", "refresh_token"), ("refresh_token", refresh)]].concat();
    assert_eq!(status_of(site.token_request(&form)).await, 200);

    let cases = [
        (with_client(&[("grant_type", "password"), ("username", "x"), ("password", "y")]), 401),
        (with_client(&[("grant_type", "refresh_token"), ("refresh_token", "x")]), 401),
        (with_client(&[("grant_type", "implicit")]), 400),
        (vec![("grant_type", "client_credentials"), ("client_id", "servicenow-client")], 401),
    ];
    for (form, status) in cases {
        assert!(refused(&format!("{form:?}"), site.token_request(&form), status).await["error"].is_string());
    }
    let url = site.url("/oauth_token.do");
    let json = json!({ "grant_type": "client_credentials" });
    assert_eq!(status_of(site.http.post(url).json(&json)).await, 400);
}

async fn site_with(auth: Auth, hidden: HiddenFailures) -> ServiceNowSite {
    let change = |it: &mut ServiceNowConfig| (it.auth, it.hidden_failures) = (auth, hidden);
    ServiceNowSite::start_with(change, Script::Manual).await
}

#[tokio::test]
async fn basic_authentication_names_the_integration_user() {
    let site = site_with(Auth::Basic, HiddenFailures::Silent).await;
    let body = start_conversation("tr_1");
    let request = |password| {
        let post = site.http.post(site.endpoint());
        post.basic_auth("integration.user", Some(password)).json(&body)
    };
    assert_failure("wrong password", request("x"), 401).await;
    assert_eq!(status_of(request("integration-password")).await, 200);
    assert_eq!(site.handle.conversations().len(), 1);
}

#[tokio::test]
async fn a_wrong_message_token_is_answered_with_success_but_nothing_happens() {
    let site = site_with(Auth::MessageToken("token-1".to_owned()), HiddenFailures::Silent).await;
    let body = start_conversation("tr_1");
    let post = |token| site.http.post(site.endpoint()).header("token", token).json(&body);
    assert_eq!(answer(post("wrong"), 200).await["status"], "success");
    assert!(site.handle.conversations().is_empty());
    assert!(matches!(site.handle.requests()[1].effect, Effect::Ignored(_)));
    // The header wins over the body.
    let mut in_body = body.clone();
    in_body["token"] = json!("token-1");
    let request = site.http.post(site.endpoint()).header("token", "wrong").json(&in_body);
    request.send().await.unwrap();
    assert!(site.handle.conversations().is_empty());
    site.http.post(site.endpoint()).json(&in_body).send().await.unwrap();
    assert_eq!(site.handle.conversations().len(), 1);
}

#[tokio::test]
async fn a_message_hash_must_be_over_the_compact_body() {
    let secret = "servicenow-test-secret";
    let site = site_with(Auth::MessageHash(secret.to_owned()), HiddenFailures::Loud).await;
    let body = start_conversation("tr_1");
    let post = |text: String, hash: String| {
        let request = site.http.post(site.endpoint()).header("content-type", "application/json");
        request.header("x-b2b-signature", hash).body(text)
    };
    let compact = body.to_string();
    let pretty = serde_json::to_string_pretty(&body).unwrap();
    let right = message_hash(secret, compact.as_bytes());
    let over_pretty = message_hash(secret, pretty.as_bytes());
    assert_failure("not compact", post(pretty, over_pretty), 401).await;
    assert_failure("wrong secret", post(compact.clone(), message_hash("x", b"")), 401).await;
    assert_eq!(status_of(post(compact, right)).await, 200);
    assert_eq!(site.handle.conversations().len(), 1);
}

#[tokio::test]
async fn a_body_that_is_not_json_shows_only_in_the_instance_log() {
    let site = ServiceNowSite::start(Script::Manual).await;
    let request = site.http.post(site.endpoint()).bearer_auth(&site.token);
    let request = request.header("content-type", "application/json").body("{\"requestId\":");
    assert_eq!(answer(request, 200).await["status"], "success");
    assert!(matches!(site.handle.requests()[1].effect, Effect::Ignored(_)));
}

#[tokio::test]
async fn delivery_states_need_third_party_chat() {
    let site = ServiceNowSite::start_with(|it| it.third_party_chat = false, Script::Manual).await;
    site.call(&start_conversation("tr_1")).await;
    let mut update = with_action("tr_1", 2, "UPDATE_MESSAGES");
    update["message"] = json!([{ "id": "b7", "status": "sent_to_user" }]);
    assert_failure("not enabled", site.request(&update), 400).await;
}

#[tokio::test]
async fn reject_refuses_the_start() {
    let site = ServiceNowSite::start(Script::Reject).await;
    assert_failure("reject", site.request(&start_conversation("tr_1")), 400).await;
    assert!(site.handle.conversations().is_empty());
}
