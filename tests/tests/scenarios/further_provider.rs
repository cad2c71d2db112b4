//! A provider that the service does not know becomes one by its adapter alone.

use agent_transfer::{Stack, StackOptions, TestClock};
use serde_json::{Value, json};
use transfer_providers::Adapters;
use transfer_tests::api::{Answer, Api, event_types, events, stack_with, uuid};
use transfer_tests::example_desk::{ADAPTER, Desk, EXAMPLE_DESK};

/// A stack whose only contact centre is the further one.
async fn service() -> (Stack, Api, Desk) {
    let options = StackOptions {
        adapters: Adapters::outbound().with(ADAPTER),
        centres: Vec::new(),
        ..StackOptions::stepped(TestClock::standing())
    };
    let (stack, api) = stack_with(options).await;
    (stack, api, Desk::start().await)
}

async fn connect(api: &Api, desk: &Desk) -> Answer {
    let body = json!({ "settings": { "baseUrl": desk.base_url }, "credentials": { "apiKey": "a-key-of-the-desk" } });
    let put = api.put("/integrations/example_desk", &body).await;
    assert_eq!(put.status, 201, "{}", put.text);
    put
}

async fn call_back(url: &str, body: &Value) -> u16 {
    reqwest::Client::new().post(url).json(body).send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_lives_a_whole_transfer() {
    let (stack, api, desk) = service().await;
    let webhook = connect(&api, &desk).await.str("webhookUrl");
    let session = api.create("conv-1", "example_desk").await;
    api.say(&session, "m-1", "before anybody is there").await;
    stack.settle().await.unwrap();
    assert_eq!(desk.conversations().len(), 1);
    assert_eq!(desk.conversations()[0].reference, uuid(&session));
    assert_eq!(desk.conversations()[0].about, "Wants a refund for order 42.");
    assert_eq!(desk.conversations()[0].lines, [], "it takes messages when somebody is there");

    let told = async |fields: Value| {
        let mut body = json!({ "conversation": "c-0", "reference": uuid(&session) });
        body.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
        assert_eq!(call_back(&webhook, &body).await, 200);
        stack.settle().await.unwrap();
    };
    told(json!({ "id": "e-1", "type": "waiting", "queue": "refunds", "place": 3 })).await;
    assert_eq!(api.detail(&session).await.body["queue"]["position"], 3);
    told(json!({ "id": "e-2", "type": "taken", "who": { "id": "r-1", "name": "Representative One" } })).await;
    told(json!({ "id": "e-3", "type": "said", "text": "Hello", "who": { "id": "r-1" } })).await;
    told(json!({ "id": "e-3", "type": "said", "text": "Hello", "who": { "id": "r-1" } })).await;
    told(json!({ "id": "e-4", "type": "a type of tomorrow" })).await;
    assert_eq!(api.status(&session).await, "active");
    assert_eq!(api.task_status(&session).await, "in_progress");
    assert_eq!(desk.conversations()[0].lines, [("m-1".to_owned(), "before anybody is there".to_owned())]);
    told(json!({ "id": "e-5", "type": "closed" })).await;

    let detail = api.detail(&session).await;
    assert_eq!(
        (detail.str("status"), detail.str("endReason")),
        ("ended".to_owned(), "representative_ended".to_owned())
    );
    assert_eq!(detail.str("provider"), EXAMPLE_DESK.as_str());
    let told = event_types(&stack, &session);
    for kind in ["transfer.queued", "transfer.representative_joined", "message.delivered", "transfer.ended"] {
        assert_eq!(told.iter().filter(|it| *it == kind).count(), 1, "{kind} in {told:?}");
    }
    assert_eq!(told.iter().filter(|it| *it == "message.received").count(), 1);
    assert!(events(&stack, &session).iter().all(|event| event["detail"]["provider"] == "example_desk"));
    let listed = api.get("/transfers?provider=example_desk&status=ended").await;
    assert_eq!(listed.body["items"][0]["sessionId"], session);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_conversation_is_closed_when_the_contact_leaves() {
    let (stack, api, desk) = service().await;
    connect(&api, &desk).await;
    let session = api.create("conv-1", "example_desk").await;
    stack.settle().await.unwrap();
    assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({ "endedBy": "contact" })).await.status, 202);
    stack.settle().await.unwrap();
    assert!(desk.conversations()[0].closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_settings_and_callbacks_are_checked_like_those_of_any_other() {
    let (stack, api, desk) = service().await;
    let wrong = json!({ "settings": { "baseUrl": "ftp://desk", "colour": 1 }, "credentials": {} });
    let refused = api.put("/integrations/example_desk", &wrong).await;
    assert_eq!((refused.status, refused.problem()), (422, "invalid-fields"));
    for pointer in ["/settings/baseUrl", "/settings/colour", "/credentials/apiKey"] {
        assert!(refused.text.contains(&format!("\"{pointer}\"")), "{pointer}: {}", refused.text);
    }
    let webhook = connect(&api, &desk).await.str("webhookUrl");
    let session = api.create("conv-1", "example_desk").await;
    stack.settle().await.unwrap();
    let taken = json!({ "id": "e-1", "type": "taken", "reference": uuid(&session), "who": { "id": "r-1" } });
    let (path, _) = webhook.rsplit_once('/').unwrap();
    assert_eq!(call_back(&format!("{path}/another-secret"), &taken).await, 404);
    stack.settle().await.unwrap();
    assert_eq!(api.status(&session).await, "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_can_be_made_of_what_the_list_says_of_each_provider() {
    let (_stack, api, _desk) = service().await;
    let described = api.get("/integrations?describe=true").await;
    assert_eq!(described.status, 200, "{}", described.text);
    let of = |provider: &str, part: &str| described.body["fields"][provider]["properties"][part].clone();
    assert_eq!(of("example_desk", "settings")["required"], json!(["baseUrl"]));
    assert_eq!(of("genesys", "settings")["properties"]["ratePerMin"]["default"], 300);
    assert_eq!(of("genesys", "credentials")["properties"]["clientSecret"]["writeOnly"], true);
    assert_eq!(api.get("/integrations").await.body, json!({ "items": [] }));
    assert_eq!(api.get("/integrations?describe=perhaps").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_without_an_adapter_can_be_neither_configured_nor_asked_for() {
    let (_stack, api, _desk) = service().await;
    assert_eq!(api.put("/integrations/nobody", &json!({})).await.status, 404);
    let asked = api.post("/transfers", &transfer_tests::api::transfer("conv-1", "nobody")).await;
    assert_eq!((asked.status, asked.problem()), (422, "integration-not-configured"));
    let malformed = api.post("/transfers", &transfer_tests::api::transfer("conv-1", "No Body")).await;
    assert_eq!((malformed.status, malformed.problem()), (422, "invalid-fields"));
    let default = json!({ "defaultRouting": { "provider": "nobody" } });
    let refused = api.put("/settings/agent-transfer", &default).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("example_desk"), "it says which there are: {}", refused.text);
}
