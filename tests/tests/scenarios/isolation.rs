//! Nobody reads or changes another project's session: by no route, cursor, key or webhook.

use agent_transfer::{Centre, Stack};
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use simulators::genesys::signature;
use transfer_tests::api::{Api, stack, transfer, uuid};

const ALL_SCOPES: &str = "transfers:read transfers:write transfers:export transfers:erase settings:read settings:write \
                          inbox:read inbox:write";

fn genesys(stack: &Stack) -> &Centre {
    stack.centres().iter().find(|centre| centre.provider().as_str() == "genesys").unwrap()
}

fn routes(session: &str) -> Vec<(Method, String, &'static str, Option<Value>)> {
    let task = uuid(session);
    let at = |method: Method, path: &str, scope, body| (method, path.to_owned(), scope, body);
    let all = "/transfers/export?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z";
    vec![
        at(Method::GET, all, "transfers:export", None),
        at(Method::POST, "/contacts/contact-1/erase", "transfers:erase", None),
        at(Method::POST, "/transfers", "transfers:write", Some(transfer("conv-9", "genesys"))),
        at(Method::GET, "/transfers", "transfers:read", None),
        at(Method::GET, &format!("/transfers/{session}"), "transfers:read", None),
        at(Method::GET, &format!("/transfers/{session}/messages"), "transfers:read", None),
        at(Method::GET, &format!("/transfers/{session}/timeline"), "transfers:read", None),
        at(
            Method::POST,
            &format!("/transfers/{session}/messages"),
            "transfers:write",
            Some(json!({ "messageId": "m", "text": "x" })),
        ),
        at(
            Method::POST,
            &format!("/transfers/{session}/typing"),
            "transfers:write",
            Some(json!({ "state": "started" })),
        ),
        at(
            Method::POST,
            &format!("/transfers/{session}/receipts"),
            "transfers:write",
            Some(json!({ "messageIds": ["m"], "state": "read" })),
        ),
        at(Method::POST, &format!("/transfers/{session}/end"), "transfers:write", Some(json!({}))),
        at(Method::GET, "/settings/agent-transfer", "settings:read", None),
        at(Method::PUT, "/settings/agent-transfer", "settings:write", Some(json!({}))),
        at(Method::GET, "/integrations", "settings:read", None),
        at(Method::GET, "/integrations/genesys", "settings:read", None),
        at(Method::PUT, "/integrations/genesys", "settings:write", Some(json!({}))),
        at(Method::DELETE, "/integrations/genesys", "settings:write", None),
        at(Method::GET, "/inbox/tasks", "inbox:read", None),
        at(Method::GET, &format!("/inbox/tasks/{task}"), "inbox:read", None),
        at(Method::POST, &format!("/inbox/tasks/{task}/claim"), "inbox:write", Some(json!({ "assignee": "x" }))),
        at(Method::POST, &format!("/inbox/tasks/{task}/resolve"), "inbox:write", Some(json!({}))),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_project_finds_nothing_on_any_route_whatever_exists() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let before = api.detail(&session).await.text;
    let stranger = api.with_claims(&json!({ "sub": "s", "projects": "other", "scope": ALL_SCOPES }));
    let nowhere = stranger.in_project("nowhere");
    for (method, path, _, body) in routes(&session) {
        let answer = stranger.call(method.clone(), &path, body.as_ref(), &[]).await;
        assert_eq!((answer.status, answer.problem()), (404, "not-found"), "{method} {path}");
        let unknown = nowhere.call(method.clone(), &path, body.as_ref(), &[]).await;
        assert_eq!(unknown.text, answer.text, "{method} {path}: as if it did not exist");
    }
    assert_eq!(api.detail(&session).await.text, before);
    assert_eq!(api.get("/integrations/genesys").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_id_under_the_callers_own_project_finds_nothing_of_another() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let other = Api::new(stack.base_url(), "other");
    for path in [
        format!("/transfers/{session}"),
        format!("/transfers/{session}/messages"),
        format!("/inbox/tasks/{}", uuid(&session)),
    ] {
        assert_eq!(other.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(other.say(&session, "m-1", "x").await.status, 404);
    let typing = json!({ "state": "started" });
    assert_eq!(other.post(&format!("/transfers/{session}/typing"), &typing).await.status, 404);
    let receipt = json!({ "messageIds": ["m"], "state": "read" });
    assert_eq!(other.post(&format!("/transfers/{session}/receipts"), &receipt).await.status, 404);
    assert_eq!(other.post(&format!("/transfers/{session}/end"), &json!({})).await.status, 404);
    assert!(other.get("/transfers").await.body["items"].as_array().unwrap().is_empty());
    // The same uuid under another conversation is no session either.
    let renamed = session.replace("conv-1", "conv-2");
    assert_eq!(api.detail(&renamed).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_the_routes_scope_is_refused_on_every_route() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    for (method, path, scope, body) in routes(&session) {
        let others: Vec<_> = ALL_SCOPES.split(' ').filter(|word| *word != scope).collect();
        let caller = api.with_claims(&json!({ "sub": "s", "projects": "demo", "scope": others.join(" ") }));
        let answer = caller.call(method.clone(), &path, body.as_ref(), &[]).await;
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_project_or_filter_or_a_damaged_one_is_refused() {
    let (stack, api) = stack().await;
    for number in 0..3 {
        api.create(&format!("conv-{number}"), "genesys").await;
    }
    stack.settle().await.unwrap();
    let page = api.get("/transfers?limit=1").await;
    let cursor = page.str("nextCursor");
    assert!(!cursor.is_empty());
    assert_eq!(api.get(&format!("/transfers?limit=1&cursor={cursor}")).await.status, 200);
    let refused = |answer: &transfer_tests::api::Answer| {
        (answer.status, answer.problem().to_owned()) == (400, "invalid-cursor".to_owned())
    };
    let other = Api::new(stack.base_url(), "other");
    assert!(refused(&other.get(&format!("/transfers?limit=1&cursor={cursor}")).await));
    assert!(refused(&api.get(&format!("/transfers?limit=1&channel=voice&cursor={cursor}")).await));
    for place in 0..cursor.len() {
        let mut damaged: Vec<char> = cursor.chars().collect();
        damaged[place] = if damaged[place] == 'A' { 'B' } else { 'A' };
        let damaged: String = damaged.into_iter().collect();
        let answer = api.get(&format!("/transfers?limit=1&cursor={damaged}")).await;
        assert!(refused(&answer), "{place}: {} {}", answer.status, answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_idempotency_key_in_two_projects_is_two_keys() {
    let (stack, api) = stack().await;
    let other = Api::new(stack.base_url(), "other");
    let mut integration = genesys(&stack).integration();
    if let Some(settings) = integration["settings"].as_object_mut() {
        settings.remove("partnerSource");
        settings.insert("lifecycleSource".to_owned(), json!("poll"));
    }
    let put = other.put("/integrations/genesys", &integration).await;
    assert_eq!(put.status, 201, "{}", put.text);
    let key: &[(&str, &str)] = &[("idempotency-key", "key-1")];
    let here = api.call(Method::POST, "/transfers", Some(&transfer("conv-1", "genesys")), key).await;
    let there = other.call(Method::POST, "/transfers", Some(&transfer("conv-1", "genesys")), key).await;
    assert_eq!((here.status, there.status), (201, 201), "{} {}", here.text, there.text);
    assert_ne!(here.str("sessionId"), there.str("sessionId"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_of_another_projects_integration_cannot_reach_a_session() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let other = Api::new(stack.base_url(), "other");
    let mut integration = genesys(&stack).integration();
    if let Some(settings) = integration["settings"].as_object_mut() {
        settings.remove("partnerSource");
        settings.insert("lifecycleSource".to_owned(), json!("poll"));
    }
    let theirs = other.put("/integrations/genesys", &integration).await;
    assert_eq!(theirs.status, 201, "{}", theirs.text);
    let body = json!({
        "id": "text-1", "type": "Text", "text": "Intruder", "direction": "Outbound",
        "channel": { "id": "x", "platform": "Open", "messageId": "text-1", "to": { "id": uuid(&session) },
            "from": { "id": "x" }, "time": "2026-11-22T10:05:01.276Z" },
    })
    .to_string();
    let client = reqwest::Client::new();
    let send = async |url: &str, proof: &str| {
        let request = client.post(url).header("content-type", "application/json").header("x-hub-signature-256", proof);
        let response = request.body(body.clone()).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    // Authentic for the other project: accepted, and without effect here.
    let (status, _) = send(&theirs.str("webhookUrl"), &signature(&theirs.str("signingSecret"), body.as_bytes())).await;
    assert_eq!(status, 200);
    stack.settle().await.unwrap();
    assert!(api.messages(&session).await.is_empty());

    // Forged: every wrong path has the same answer, a wrong signature another.
    let connected = stack.connected().iter().find(|one| one.provider.as_str() == "genesys").unwrap();
    let ours = connected.webhook_url.expose_secret().to_owned();
    let proof = signature(connected.signing_secret.expose_secret(), body.as_bytes());
    let (base, secret) = ours.rsplit_once('/').unwrap();
    let unknown = base.replace("int-", "int-0");
    let servicenow = base.replace("/genesys/", "/servicenow/");
    let five9 = base.replace("/genesys/", "/five9/");
    let mut answers = Vec::new();
    for url in [
        format!("{base}/wrong"),
        format!("{unknown}/{secret}"),
        format!("{servicenow}/{secret}"),
        format!("{five9}/{secret}"),
    ] {
        answers.push(send(&url, &proof).await);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 404), "{answers:?}");
    assert_eq!(send(&ours, &signature("another secret of ours", body.as_bytes())).await.0, 401);
    assert_eq!(send(&ours, "sha256=").await.0, 401);
    assert!(api.messages(&session).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_source_belongs_to_one_integration() {
    let (stack, _) = stack().await;
    let other = Api::new(stack.base_url(), "other");
    let answer = other.put("/integrations/genesys", &genesys(&stack).integration()).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert_eq!(answer.body["errors"][0]["pointer"], "/settings/partnerSource");
}
