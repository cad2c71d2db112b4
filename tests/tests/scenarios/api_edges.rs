//! Bad input gets a clear answer, and nothing is lost or changed by it.

use reqwest::Method;
use serde_json::{Value, json};
use transfer_providers::GENESYS;
use transfer_tests::api::{Api, minutes, stack, transfer};

/// Sends a raw body and gives status and problem.
async fn raw(base: &str, path: &str, content_type: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
    let request = reqwest::Client::new().post(format!("{base}/v1/projects/demo{path}"));
    let response = request.header("content-type", content_type).body(body).send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

fn problem(body: &Value) -> &str {
    body["type"].as_str().and_then(|kind| kind.rsplit(':').next()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_cannot_be_read_is_told_why() {
    let (stack, api) = stack().await;
    let base = stack.base_url().to_owned();
    let json_type = "application/json";
    for (content_type, body, status, kind) in [
        (json_type, "{", 400, "malformed-request"),
        (json_type, "", 400, "malformed-request"),
        (json_type, "[]", 400, "malformed-request"),
        (json_type, "null", 400, "malformed-request"),
        (json_type, "{\"contact\":[]}", 400, "malformed-request"),
        (json_type, "{\"history\":[[\"contact\",\"Hi\"]]}", 400, "malformed-request"),
        (json_type, "{\"agent\":\"a\",\"agent\":\"b\"}", 400, "malformed-request"),
        (json_type, "{\"metadata\":{\"a\":[{\"b\":1,\"b\":2}]}}", 400, "malformed-request"),
        (json_type, "\u{feff}{}", 400, "malformed-request"),
        ("text/plain", "{}", 415, "unsupported-media-type"),
        ("application/x-www-form-urlencoded", "a=b", 415, "unsupported-media-type"),
        (json_type, "{\"channel\":1}", 422, "invalid-fields"),
        (json_type, "{\"status\":\"active\"}", 422, "invalid-fields"),
        (json_type, "{\"expiresAt\":1}", 422, "invalid-fields"),
        (json_type, "{}", 422, "invalid-fields"),
    ] {
        let (answered, document) = raw(&base, "/transfers", content_type, body).await;
        assert_eq!((answered, problem(&document)), (status, kind), "{content_type} {body}: {document}");
    }
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(raw(&base, "/transfers", json_type, deep).await.0, 400);
    assert_eq!(raw(&base, "/transfers", json_type, vec![0xff, 0xfe, b'{', b'}']).await.0, 400);
    let large = json!({ "summary": "x".repeat(300 * 1024) }).to_string();
    let (status, document) = raw(&base, "/transfers", json_type, large).await;
    assert_eq!((status, problem(&document)), (413, "too-large"));
    assert!(api.get("/transfers").await.body["items"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_field_of_a_create_is_named_by_its_pointer() {
    let (_stack, api) = stack().await;
    let with = |field: &str, value: Value| {
        let mut body = transfer("conv-1", "genesys");
        body[field] = value;
        body
    };
    for (body, pointer) in [
        (with("conversationSessionId", json!("a:b")), "/conversationSessionId"),
        (with("conversationSessionId", json!("")), "/conversationSessionId"),
        (with("conversationSessionId", json!("x".repeat(129))), "/conversationSessionId"),
        (with("contactId", json!("a\u{0}b")), "/contactId"),
        (with("channel", json!("fax")), "/channel"),
        (with("agent", json!("")), "/agent"),
        (with("trigger", json!("because")), "/trigger"),
        (with("provider", json!("Acme Desk")), "/provider"),
        (with("priority", json!(11)), "/priority"),
        (with("priority", json!(-1)), "/priority"),
        (with("queue", json!("")), "/queue"),
        (with("summary", json!("x".repeat(4_001))), "/summary"),
        (with("history", json!([{ "role": "contact", "text": "x".repeat(8_001) }])), "/history/0/text"),
        (with("history", json!([{ "role": "human", "text": "x" }])), "/history/0/role"),
        (with("contact", json!({ "email": "nobody" })), "/contact/email"),
        (with("metadata", json!({ "blob": "x".repeat(17_000) })), "/metadata"),
        (with("metadata", json!([1])), "/metadata"),
    ] {
        let answer = api.post("/transfers", &body).await;
        assert_eq!((answer.status, answer.problem()), (422, "invalid-fields"), "{pointer}: {}", answer.text);
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_texts_are_kept_verbatim() {
    let (_stack, api) = stack().await;
    let text =
        "\u{202e}right to left\u{202c} e\u{301} \u{1F469}\u{200D}\u{1F4BB} <script> {{pii.card}} ' OR 1=1 __proto__";
    let mut body = transfer("conv-1", "genesys");
    body["summary"] = json!(text);
    body["metadata"] = json!({ "__proto__": { "x": text }, "": 1, "n": 1e300 });
    let session = api.post("/transfers", &body).await.str("sessionId");
    let detail = api.detail(&session).await;
    assert_eq!(detail.body["summary"], text);
    assert_eq!(detail.body["metadata"], body["metadata"]);
    assert_eq!(api.say(&session, "m-1", text).await.status, 202);
    assert_eq!(api.messages(&session).await[0].2, text);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_metadata_come_back_to_the_digit() {
    let (stack, api) = stack().await;
    let metadata = r#"{"iccid":89490200001234567890,"n":{"list":[1e2,-0.0,123456789012345678901234567890]},"x":1.10}"#;
    let body = transfer("conv-1", "genesys").to_string();
    let body = body.replacen('{', &format!(r#"{{"metadata":{metadata},"#), 1);
    let post = async |body: String| {
        let request = reqwest::Client::new().post(format!("{}/v1/projects/demo/transfers", stack.base_url()));
        let request = request.header("content-type", "application/json").header("idempotency-key", "k-1");
        let answer = request.body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let shown = format!(r#""metadata":{metadata}"#);
    let (status, created) = post(body.clone()).await;
    assert!(status == 201 && created.contains(&shown), "{status} {created}");
    let session = serde_json::from_str::<Value>(&created).unwrap()["sessionId"].as_str().unwrap().to_owned();
    assert!(api.detail(&session).await.text.contains(&shown));
    assert_eq!(post(body.clone()).await.0, 200);
    let other = post(body.replace("89490200001234567890", "89490200001234567891")).await;
    assert_eq!(other.0, 422, "another number is another request: {}", other.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_character_is_a_field_that_does_not_fit() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    for (path, body, pointer) in [
        ("/transfers".to_owned(), r#"{"summary":"a \ud83d"}"#, "/summary"),
        ("/transfers".to_owned(), r#"{"metadata":{"a":["\udc00"]}}"#, "/metadata/a/0"),
        (format!("/transfers/{session}/messages"), r#"{"messageId":"m-1","text":"\ud83d"}"#, "/text"),
    ] {
        let (status, document) = raw(stack.base_url(), &path, "application/json", body).await;
        assert_eq!((status, problem(&document)), (422, "invalid-fields"), "{body}: {document}");
        assert_eq!(document["errors"][0]["pointer"], pointer, "{document}");
    }
    let (status, _) = raw(stack.base_url(), "/transfers", "application/json", r#"{"summary":"\ud83d""#).await;
    assert_eq!(status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_field_of_a_message_is_named_by_its_pointer() {
    let (_stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    for (body, pointer) in [
        (json!({ "messageId": "m-1" }), "/text"),
        (json!({ "messageId": "m-1", "content": [] }), "/text"),
        (json!({ "messageId": "m-1", "content": [{ "type": "text", "text": " " }] }), "/content"),
        (json!({ "messageId": "m-1", "content": [{ "type": "text", "text": "a", "bold": 1 }] }), "/content/0/bold"),
        (json!({ "messageId": "m-1", "content": [{ "type": "link", "url": "ftp://x" }] }), "/content/0/url"),
        (json!({ "messageId": "m-1", "attachments": [{ "url": "https://" }] }), "/attachments/0/url"),
        (json!({ "messageId": "m-1", "attachments": [{ "url": "https://a.example/\n" }] }), "/attachments/0/url"),
        (json!({ "messageId": "m-1", "reply": { "messageId": "in-1" } }), "/reply/value"),
        (json!({ "messageId": "m-1", "reply": { "value": "a" } }), "/reply/messageId"),
        (json!({ "messageId": "m-1", "reply": { "messageId": "in-1", "value": "a", "label": "b" } }), "/reply/label"),
    ] {
        let answer = api.post(&format!("/transfers/{session}/messages"), &body).await;
        assert_eq!((answer.status, answer.problem()), (422, "invalid-fields"), "{pointer}: {}", answer.text);
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_not_configured_or_not_named_is_told() {
    let (stack, _api) = stack().await;
    let elsewhere = Api::new(stack.base_url(), "other");
    let unconfigured = elsewhere.post("/transfers", &transfer("conv-1", "genesys")).await;
    assert_eq!((unconfigured.status, unconfigured.problem()), (422, "integration-not-configured"));
    let mut nowhere = transfer("conv-1", "genesys");
    nowhere.as_object_mut().unwrap().remove("provider");
    let undecided = elsewhere.post("/transfers", &nowhere).await;
    assert_eq!(undecided.body["errors"][0]["pointer"], "/provider");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_idempotency_key_is_refused() {
    let (_stack, api) = stack().await;
    for key in ["", " ", &"x".repeat(256), "ä", "k-1,k-2", "k-1, k-2"] {
        let answer = api
            .call(Method::POST, "/transfers", Some(&transfer("conv-1", "genesys")), &[("idempotency-key", key)])
            .await;
        assert_eq!((answer.status, answer.problem()), (400, "malformed-request"), "{key:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_are_checked_parameter_by_parameter() {
    let (_stack, api) = stack().await;
    for query in [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=x",
        "limit=1&limit=2",
        "status=open",
        "status=queued,open",
        "channel=fax",
        "createdAfter=yesterday",
        "nope=1",
        "provider=Acme",
    ] {
        let answer = api.get(&format!("/transfers?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
        assert!(answer.body["errors"][0]["pointer"].as_str().unwrap().starts_with('?'), "{query}: {}", answer.text);
    }
    for query in [
        "status=queued&status=active",
        "status=queued,active",
        "limit=100",
        "agent=a%20b",
        "createdAfter=2026-01-01T00:00:00Z",
    ] {
        assert_eq!(api.get(&format!("/transfers?{query}")).await.status, 200, "{query}");
    }
    let session = api.create("conv-1", "genesys").await;
    for path in ["messages?limit=0", "messages?after=%00", "timeline?after=zzz", "timeline?cursor=x"] {
        assert_eq!(api.get(&format!("/transfers/{session}/{path}")).await.status, 400, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_must_say_something_within_its_limits() {
    let (_stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    let path = format!("/transfers/{session}/messages");
    for (body, pointer) in [
        (json!({ "text": "x" }), "/messageId"),
        (json!({ "messageId": "a b", "text": "x" }), "/messageId"),
        (json!({ "messageId": "m" }), "/text"),
        (json!({ "messageId": "m", "text": "x".repeat(32 * 1024 + 1) }), "/text"),
        (json!({ "messageId": "m", "attachments": [{ "url": "http://a/b" }] }), "/attachments/0/url"),
        (json!({ "messageId": "m", "text": "x", "author": "representative" }), "/author"),
    ] {
        let answer = api.post(&path, &body).await;
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{}", answer.text);
    }
    let largest = json!({ "messageId": "m", "text": "\u{1F600}".repeat(8 * 1024) });
    assert_eq!(api.post(&path, &largest).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_cannot_exist_are_not_found() {
    let (_stack, api) = stack().await;
    for id in [
        "x",
        "agent_transfer:x:y:chat",
        "agent_transfer:01a205e5-fa14-70c3-bb74-92af1c04b057:c:chat",
        "agent_transfer%253A01a205e5-fa14-70c3-bb74-92af1c04b057%253Ac%253Achat",
        "%2e%2e",
        "a%2Fb",
        "%00",
    ] {
        let answer = api.get(&format!("/transfers/{id}")).await;
        assert_eq!(answer.status, 404, "{id}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projects_list_gets_wider_and_stays_so() {
    let (_stack, api) = stack().await;
    let put = async |body: Value| api.put("/settings/agent-transfer", &body).await;
    assert_eq!(put(json!({})).await.body["listShards"], 1);
    assert_eq!(put(json!({ "listShards": 4 })).await.body["listShards"], 4);
    let unsaid = put(json!({ "sessionLifecycle": { "ttlMinutes": { "chat": 5 } } })).await;
    assert_eq!((unsaid.status, &unsaid.body["listShards"]), (200, &json!(4)));
    let lower = put(json!({ "listShards": 3 })).await;
    assert_eq!((lower.status, &lower.body["errors"][0]["pointer"]), (422, &json!("/listShards")));
    let mut at_once = tokio::task::JoinSet::new();
    for body in std::iter::once(json!({ "listShards": 8 })).chain(vec![json!({}); 11]) {
        let api = api.clone();
        at_once.spawn(async move { (api.put("/settings/agent-transfer", &body).await.status, body == json!({})) });
    }
    let answers = at_once.join_all().await;
    assert!(answers.iter().all(|(status, _)| [200, 412].contains(status)), "{answers:?}");
    let expected = if answers.contains(&(200, false)) { 8 } else { 4 };
    assert_eq!(api.get("/settings/agent-transfer").await.body["listShards"], expected, "nobody made it narrower again");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_checked_versioned_and_frozen_into_sessions() {
    let (_stack, api) = stack().await;
    let before = api.create("conv-1", "genesys").await;
    let bad =
        api.put("/settings/agent-transfer", &json!({ "sessionLifecycle": { "ttlMinutes": { "chat": 43_201 } } })).await;
    assert_eq!((bad.status, &bad.body["errors"][0]["pointer"]), (422, &json!("/sessionLifecycle/ttlMinutes/chat")));
    let put = api
        .put("/settings/agent-transfer", &json!({ "sessionLifecycle": { "ttlMinutes": { "chat": 5, "voice": 90 } } }))
        .await;
    assert_eq!(put.status, 200, "{}", put.text);
    let etag = put.headers["etag"].to_str().unwrap().to_owned();
    let stale = api.call(Method::PUT, "/settings/agent-transfer", Some(&json!({})), &[("if-match", "\"999\"")]).await;
    assert_eq!((stale.status, stale.problem()), (412, "version-conflict"));
    let after = api.create("conv-2", "genesys").await;
    let expiry = |answer: transfer_tests::api::Answer| answer.str("expiresAt");
    assert!(expiry(api.detail(&after).await) < expiry(api.detail(&before).await), "the older keeps its rules");
    let fresh = api.call(Method::PUT, "/settings/agent-transfer", Some(&json!({})), &[("if-match", &etag)]).await;
    assert_eq!(fresh.status, 200);
    assert_eq!(fresh.body["sessionLifecycle"]["ttlMinutes"]["voice"], 0, "what is left out has its default");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_go_in_and_never_come_out() {
    let (stack, api) = stack().await;
    let shown = api.get("/integrations").await.text + &api.get("/integrations/genesys").await.text;
    let genesys = stack.centres().iter().find(|centre| centre.provider().as_str() == "genesys").unwrap();
    for secret in genesys.integration()["credentials"].as_object().unwrap().values() {
        assert!(!shown.contains(secret.as_str().unwrap()));
    }
    assert!(shown.contains("{secret}") && !shown.contains("whsec_"));
    let mut rotate = genesys.integration();
    rotate["rotateSecrets"] = json!(true);
    let rotated = api.put("/integrations/genesys", &rotate).await;
    assert_eq!(rotated.status, 200, "{}", rotated.text);
    assert!(!rotated.str("webhookUrl").contains("{secret}") && rotated.str("relaySecret").starts_with("whsec_"));
    // Both the old and the new webhook work while they are rotated.
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    stack
        .desk(GENESYS)
        .unwrap()
        .act(&transfer_tests::api::uuid(&session), simulators::Act::FlowText("Hi".to_owned()))
        .unwrap();
    stack.settle().await.unwrap();
    assert_eq!(api.messages(&session).await.len(), 1, "the old secret is still live");
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_claim_and_resolve_tasks_once() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let task = format!("/inbox/tasks/{}", transfer_tests::api::uuid(&session));
    let claimed = api.post(&format!("{task}/claim"), &json!({ "assignee": "operator-1" })).await;
    assert_eq!((claimed.status, claimed.str("status").as_str()), (200, "in_progress"));
    let taken = api.post(&format!("{task}/claim"), &json!({ "assignee": "operator-2" })).await;
    assert_eq!((taken.status, taken.problem()), (409, "task-conflict"));
    let resolved = api.post(&format!("{task}/resolve"), &json!({ "resolution": "called back" })).await;
    assert_eq!((resolved.status, resolved.str("status").as_str()), (200, "completed"));
    assert_eq!(api.post(&format!("{task}/resolve"), &json!({})).await.status, 409);
    let listed = api.get("/inbox/tasks?status=completed").await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 1);
    stack.advance(minutes(20));
    assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({})).await.status, 202);
    stack.settle().await.unwrap();
    stack.advance(minutes(23 * 60));
    assert_eq!(api.get(&task).await.status, 200);
    stack.advance(minutes(2 * 60));
    assert_eq!(api.get(&task).await.status, 404, "a closed task is kept for the retention time of its session");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_newest_first_filtered_and_paged_without_repeating_or_skipping() {
    let (stack, api) = stack().await;
    let mut created = Vec::new();
    for number in 0..7 {
        let mut body = transfer(&format!("conv-{number}"), if number % 2 == 0 { "genesys" } else { "servicenow" });
        body["contactId"] = json!(format!("contact-{}", number % 3));
        body["queue"] = json!("billing");
        created.push(api.post("/transfers", &body).await.str("sessionId"));
        stack.advance(std::time::Duration::from_millis(5));
    }
    created.reverse();
    let ids = |answer: &transfer_tests::api::Answer| -> Vec<String> {
        answer.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["sessionId"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = api.get(&format!("/transfers?limit=2{cursor}")).await;
        seen.extend(ids(&page));
        // A status that changes between two pages neither repeats nor hides a row.
        api.post(&format!("/transfers/{}/end", created[seen.len() - 1]), &json!({})).await;
        let Some(next) = page.body["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, created);
    let filtered =
        api.get("/transfers?provider=servicenow&contactId=contact-1&queue=billing&agent=billing-agent").await;
    assert_eq!(ids(&filtered), [created[5].clone()]);
    assert_eq!(ids(&api.get("/transfers?status=pending").await).len(), 3);
    assert!(ids(&api.get("/transfers?createdBefore=2020-01-01T00:00:00Z").await).is_empty());
}
