//! Typing, receipts and availability, through HTTP, with every contact centre.

use std::time::Duration;

use agent_transfer::Stack;
use serde_json::{Value, json};
use simulators::{Act, Conversation, Script};
use transfer_tests::api::{Answer, Api, event_types, events, stack, uuid};

const PROVIDERS: [&str; 5] = ["genesys", "servicenow", "five9", "smartassist", "salesforce"];

async fn active(stack: &Stack, api: &Api, provider: &str, conversation: &str) -> String {
    let session = api.create(conversation, provider).await;
    stack.settle().await.unwrap();
    for act in [Act::Accept, Act::Queue, Act::Join, Act::Say("Hello".to_owned())] {
        stack.centre(provider.parse().unwrap()).unwrap().desk().act(&uuid(&session), act).unwrap();
        stack.settle().await.unwrap();
    }
    assert_eq!(api.status(&session).await, "active", "{provider}");
    session
}

fn there(stack: &Stack, provider: &str) -> Conversation {
    stack.centre(provider.parse().unwrap()).unwrap().desk().conversations().pop().unwrap()
}

async fn capabilities(api: &Api, provider: &str) -> Value {
    let one = api.get(&format!("/integrations/{provider}")).await.body["capabilities"].clone();
    let all = api.get("/integrations").await.body["items"].clone();
    let listed = all.as_array().unwrap().iter().find(|item| item["provider"] == provider).unwrap();
    assert_eq!(listed["capabilities"], one, "{provider}");
    one
}

async fn types(api: &Api, session: &str, state: &str) -> Answer {
    api.post(&format!("/transfers/{session}/typing"), &json!({ "state": state })).await
}

async fn acknowledges(api: &Api, session: &str, ids: &[&str], state: &str) -> Answer {
    api.post(&format!("/transfers/{session}/receipts"), &json!({ "messageIds": ids, "state": state })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_contact_centre_can_be_told_is_known_in_advance_and_true() {
    let (stack, api) = stack().await;
    for provider in PROVIDERS {
        let session = active(&stack, &api, provider, &format!("conv-{provider}")).await;
        let can = capabilities(&api, provider).await;
        let types_out = can["typingOut"].as_bool().unwrap();
        let answer = types(&api, &session, "started").await;
        stack.settle().await.unwrap();
        assert_eq!(answer.status, if types_out { 202 } else { 422 }, "{provider}: {}", answer.text);
        assert_eq!(there(&stack, provider).contact_typing, u32::from(types_out), "{provider}");

        let page = api.get(&format!("/transfers/{session}/messages")).await;
        let heard = page.body["items"].as_array().unwrap().iter().find(|it| it["text"] == "Hello").unwrap().clone();
        assert_eq!(heard["receipt"], Value::Null);
        let answer = acknowledges(&api, &session, &[heard["messageId"].as_str().unwrap()], "read").await;
        stack.settle().await.unwrap();
        let told = match can["receipts"].as_str().unwrap() {
            "none" => Value::Null,
            "delivered" => json!("delivered"),
            _ => json!("read"),
        };
        assert_eq!((answer.status, &answer.body["providerTold"]), (202, &told), "{provider}: {}", answer.text);
        assert_eq!(there(&stack, provider).receipts.len(), usize::from(!told.is_null()), "{provider}");
        let page = api.get(&format!("/transfers/{session}/messages")).await;
        assert!(page.text.contains(r#""receipt":"read","receiptAt":"2"#), "{}", page.text);
    }
    assert_eq!(stack.dead_commands().counts().unwrap().visible, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_courtesy_changes_nothing_that_anybody_else_sees() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, "genesys", "conv-1").await;
    let (before, told) = (api.detail(&session).await, event_types(&stack, &session));
    stack.advance(Duration::from_mins(1));
    for state in ["started", "started", "stopped", "stopped"] {
        assert_eq!(types(&api, &session, state).await.status, 202);
    }
    stack.settle().await.unwrap();
    let after = api.detail(&session).await;
    let version = |answer: &Answer| answer.body["version"].as_u64().unwrap();
    assert_eq!(version(&after), version(&before), "nothing is written of it");
    for field in ["status", "expiresAt", "statusChangedAt", "lastMessageAt"] {
        assert_eq!(after.str(field), before.str(field), "{field}");
    }
    assert_eq!(event_types(&stack, &session), told);
    assert_eq!(there(&stack, "genesys").contact_typing, 1, "what was just told is not told again");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_wrong_are_told_where() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, "genesys", "conv-1").await;
    for body in [json!({}), json!({ "state": "paused" }), json!({ "state": "started", "more": 1 })] {
        let answer = api.post(&format!("/transfers/{session}/typing"), &body).await;
        assert!(matches!(answer.status, 400 | 422), "{}", answer.text);
    }
    let many: Vec<String> = (0..26).map(|number| format!("m-{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (ids, pointer) in [
        (&[][..], "/messageIds"),
        (&many[..], "/messageIds"),
        (&["a", "a"], "/messageIds/1"),
        (&["a b"], "/messageIds/0"),
        (&["unknown"], "/messageIds/0"),
    ] {
        let answer = acknowledges(&api, &session, ids, "read").await;
        assert_eq!((answer.status, answer.problem()), (422, "invalid-fields"), "{}", answer.text);
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{}", answer.text);
    }
    assert_eq!(api.post(&format!("/transfers/{session}/end"), &json!({})).await.status, 202);
    assert_eq!(types(&api, &session, "started").await.problem(), "transfer-ended");
    let heard = api.get(&format!("/transfers/{session}/messages")).await.body["items"][0]["messageId"].clone();
    let late = acknowledges(&api, &session, &[heard.as_str().unwrap()], "read").await;
    assert_eq!((late.status, &late.body["providerTold"]), (202, &Value::Null), "kept, but nobody is told");
    stack.advance(Duration::from_hours(25));
    assert_eq!(types(&api, &session, "started").await.problem(), "not-found");
    let gone = acknowledges(&api, &session, &[heard.as_str().unwrap()], "read").await;
    assert_eq!(gone.problem(), "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_is_there_nothing_is_opened_and_the_agent_learns_what_else_it_can_do() {
    let (stack, api) = stack().await;
    stack.centre("smartassist".parse().unwrap()).unwrap().desk().script(Script::NoAgents);
    let session = api.create("conv-1", "smartassist").await;
    stack.settle().await.unwrap();
    let detail = api.detail(&session).await;
    assert_eq!((detail.str("status").as_str(), detail.str("endReason").as_str()), ("ended", "no_representatives"));
    assert!(stack.centre("smartassist".parse().unwrap()).unwrap().desk().conversations().is_empty());
    let alternatives = &detail.body["alternatives"];
    assert_eq!(alternatives[0], json!({ "kind": "continue_with_agent" }));
    assert_eq!(alternatives[1], json!({ "kind": "try_later" }));
    assert_eq!(alternatives[2]["kind"], "try_provider");
    let others: Vec<&str> =
        alternatives[2]["providers"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    for provider in PROVIDERS {
        assert_eq!(others.contains(&provider), provider != "smartassist", "{others:?}");
    }
    let told = events(&stack, &session).into_iter().find(|event| event["detail-type"] == "transfer.ended").unwrap();
    assert_eq!(&told["detail"]["alternatives"], alternatives);
    // The alternative works: the conversation is free for another contact centre.
    api.create("conv-1", others[0]).await;
}
