//! Whole lives of a transfer, through HTTP, against the simulated contact centres.

use agent_transfer::{Centre, Stack};
use serde_json::json;
use simulators::{Act, Conversation, EndedBy, Phase};
use transfer_tests::api::{Api, event_types, events, minutes, stack, uuid};

const PROVIDERS: [&str; 5] = ["genesys", "servicenow", "five9", "smartassist", "salesforce"];

/// The simulated contact centre of a provider.
fn centre<'a>(stack: &'a Stack, provider: &str) -> &'a Centre {
    stack.centre(provider.parse().unwrap()).unwrap()
}

/// Commands the simulated human of whichever contact centre has the conversation.
fn act(stack: &Stack, provider: &str, session: &str, act: Act) {
    centre(stack, provider).desk().act(&uuid(session), act).unwrap();
}

fn conversations(stack: &Stack, provider: &str) -> Vec<Conversation> {
    centre(stack, provider).desk().conversations()
}

async fn act_and_settle(stack: &Stack, provider: &str, session: &str, acts: &[Act]) {
    for one in acts {
        act(stack, provider, session, one.clone());
        stack.settle().await.unwrap();
    }
}

/// A session with a connected representative.
async fn active(stack: &Stack, api: &Api, provider: &str, conversation: &str) -> String {
    let session = api.create(conversation, provider).await;
    stack.settle().await.unwrap();
    act_and_settle(stack, provider, &session, &[Act::Accept, Act::Queue, Act::Join]).await;
    assert_eq!(api.status(&session).await, "active", "{provider}");
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_goes_from_request_to_hand_back_with_messages_both_ways() {
    let (stack, api) = stack().await;
    for provider in PROVIDERS {
        let session = api.create(&format!("conv-{provider}"), provider).await;
        assert_eq!(api.status(&session).await, "pending");
        stack.settle().await.unwrap();
        assert_eq!(conversations(&stack, provider).len(), 1);
        assert_eq!(api.task_status(&session).await, "pending");

        act_and_settle(&stack, provider, &session, &[Act::Accept, Act::Queue]).await;
        assert_eq!(api.status(&session).await, "queued", "{provider}");
        act_and_settle(&stack, provider, &session, &[Act::Join]).await;
        assert_eq!(api.status(&session).await, "active", "{provider}");
        assert_eq!(api.task_status(&session).await, "in_progress");

        act_and_settle(&stack, provider, &session, &[Act::Say("Hello, how can I help?".to_owned())]).await;
        assert_eq!(api.say(&session, "m-1", "I want a refund \u{1F600}").await.status, 202);
        stack.settle().await.unwrap();
        let conversation = conversations(&stack, provider).pop().unwrap();
        assert!(conversation.contact_texts().contains(&"I want a refund \u{1F600}"), "{provider}");
        let mut messages = api.messages(&session).await;
        // What the contact centre's own system says is not the representative's.
        messages.retain(|(_, author, _, _)| author != "provider");
        assert_eq!(
            messages.iter().map(|(way, who, text, state)| [way.as_str(), who, text, state]).collect::<Vec<_>>(),
            [
                ["inbound", "representative", "Hello, how can I help?", "received"],
                ["outbound", "contact", "I want a refund \u{1F600}", "delivered"],
            ],
            "{provider}"
        );

        act_and_settle(&stack, provider, &session, &[Act::Leave, Act::End(EndedBy::Representative)]).await;
        let detail = api.detail(&session).await;
        assert_eq!(detail.str("status"), "ended", "{provider}: {}", detail.text);
        assert_eq!(api.task_status(&session).await, "completed");
        let told = event_types(&stack, &session);
        for kind in [
            "transfer.requested",
            "transfer.accepted",
            "transfer.queued",
            "transfer.representative_joined",
            "message.received",
            "message.delivered",
            "transfer.ended",
        ] {
            assert!(told.iter().any(|it| it == kind), "{provider}: {kind} in {told:?}");
        }
        let ended =
            events(&stack, &session).into_iter().find(|event| event["detail-type"] == "transfer.ended").unwrap();
        assert_eq!(ended["detail"]["postAgentAction"], "return_to_agent");
        assert_eq!(ended["detail"]["messageCounts"], json!({ "fromContact": 1, "fromRepresentative": 1 }));
        // The conversation is free for another transfer.
        api.create(&format!("conv-{provider}"), provider).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_moves_the_ttl_and_silence_expires_the_session() {
    let (stack, api) = stack().await;
    for provider in PROVIDERS {
        let session = active(&stack, &api, provider, &format!("conv-{provider}")).await;
        let first = api.detail(&session).await.str("expiresAt");
        stack.advance(minutes(10));
        act_and_settle(&stack, provider, &session, &[Act::Say("Are you there?".to_owned())]).await;
        let second = api.detail(&session).await.str("expiresAt");
        assert!(second > first, "a representative's message moves it: {first} {second}");
        stack.advance(minutes(10));
        assert_eq!(api.say(&session, "m-1", "Yes").await.status, 202);
        stack.settle().await.unwrap();
        let third = api.detail(&session).await.str("expiresAt");
        assert!(third > second, "a contact's message moves it: {second} {third}");

        stack.advance(minutes(30));
        let over = api.detail(&session).await;
        assert_eq!((over.status, over.str("endReason").as_str()), (200, "expired"), "{provider}: {}", over.text);
        let refused = api.say(&session, "m-2", "Too late").await;
        assert_eq!((refused.status, refused.problem()), (410, "transfer-expired"));
        let ended = api.post(&format!("/transfers/{session}/end"), &json!({})).await;
        assert_eq!(ended.status, 410);
        for (status, listed) in [("active", false), ("ended", true)] {
            let list = api.get(&format!("/transfers?status={status}")).await;
            assert_eq!(list.text.contains(&session), listed, "{status}");
        }
        // What the representative says before the contact centre is told to close.
        centre(&stack, provider).desk().act(&uuid(&session), Act::Say("Hello?".to_owned())).unwrap();
        stack.settle().await.unwrap();
        let late = api.detail(&session).await;
        assert_eq!((late.status, late.str("endReason").as_str()), (200, "expired"), "a webhook does not revive it");
        assert_eq!(late.str("endedAt"), third, "at its expiry");
        assert_eq!(api.task_status(&session).await, "expired");
        assert!(event_types(&stack, &session).contains(&"transfer.expired".to_owned()));
        let conversation =
            conversations(&stack, provider).into_iter().find(|it| it.contact_key == uuid(&session)).unwrap();
        assert_eq!(conversation.phase, Phase::Ended, "{provider} was told to close");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_by_request_tells_the_contact_centre_and_a_repetition_is_harmless() {
    let (stack, api) = stack().await;
    for provider in PROVIDERS {
        let session = active(&stack, &api, provider, &format!("conv-{provider}")).await;
        let end = format!("/transfers/{session}/end");
        let first = api.post(&end, &json!({ "endedBy": "operator" })).await;
        assert_eq!((first.status, first.str("endReason").as_str()), (202, "operator_ended"));
        stack.settle().await.unwrap();
        let second = api.post(&end, &json!({ "endedBy": "contact" })).await;
        assert_eq!((second.status, second.str("endReason").as_str()), (202, "operator_ended"));
        stack.settle().await.unwrap();
        let conversation = conversations(&stack, provider).pop().unwrap();
        assert_eq!(conversation.phase, Phase::Ended, "{provider}");
        let ends = event_types(&stack, &session).into_iter().filter(|kind| kind == "transfer.ended").count();
        assert_eq!(ends, 1);
        assert_eq!(api.say(&session, "m-1", "Hello").await.problem(), "transfer-ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_sent_before_anybody_is_there_arrive_in_order_once() {
    let (stack, api) = stack().await;
    for provider in PROVIDERS {
        let session = api.create(&format!("conv-{provider}"), provider).await;
        for number in 1..=5 {
            assert_eq!(api.say(&session, &format!("m-{number}"), &format!("line {number}")).await.status, 202);
            assert_eq!(api.say(&session, &format!("m-{number}"), &format!("line {number}")).await.status, 202);
        }
        stack.settle().await.unwrap();
        act_and_settle(&stack, provider, &session, &[Act::Accept, Act::Queue, Act::Join]).await;
        let conversation = conversations(&stack, provider).pop().unwrap();
        let lines: Vec<_> = conversation.contact_texts().into_iter().filter(|text| text.starts_with("line")).collect();
        assert_eq!(lines, ["line 1", "line 2", "line 3", "line 4", "line 5"], "{provider}");
        let delivered = event_types(&stack, &session).into_iter().filter(|kind| kind == "message.delivered").count();
        assert_eq!(delivered, 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_is_told_and_changes_nothing_else() {
    let (stack, api) = stack().await;
    let tells = |provider: &&str| {
        transfer_providers::Adapters::inbound().get(provider.parse().unwrap()).unwrap().capabilities().typing_in
    };
    for provider in PROVIDERS.iter().filter(|provider| tells(provider)) {
        let session = active(&stack, &api, provider, &format!("conv-{provider}")).await;
        let before = api.detail(&session).await;
        act_and_settle(&stack, provider, &session, &[Act::StartTyping]).await;
        assert!(event_types(&stack, &session).contains(&"typing".to_owned()), "{provider}");
        let after = api.detail(&session).await;
        assert_eq!(after.str("expiresAt"), before.str("expiresAt"));
        assert_eq!(after.str("status"), "active");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_ends_the_transfer_with_its_reason() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "servicenow").await;
    stack.settle().await.unwrap();
    act_and_settle(&stack, "servicenow", &session, &[Act::Accept, Act::Queue, Act::NoAgents]).await;
    let detail = api.detail(&session).await;
    assert_eq!((detail.str("status").as_str(), detail.str("endReason").as_str()), ("ended", "no_representatives"));
    assert_eq!(api.task_status(&session).await, "failed");
    let [chat] = &conversations(&stack, "servicenow")[..] else { panic!("one chat") };
    assert_eq!(chat.phase, Phase::Ended, "a phrase is no end that the instance knows of: it is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_to_another_queue_goes_back_to_queued_and_on() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, "genesys", "conv-1").await;
    act_and_settle(&stack, "genesys", &session, &[Act::Transfer]).await;
    assert_eq!(api.status(&session).await, "queued");
    act_and_settle(&stack, "genesys", &session, &[Act::Join]).await;
    assert_eq!(api.status(&session).await, "active");
    act_and_settle(&stack, "genesys", &session, &[Act::Leave]).await;
    assert_eq!(api.status(&session).await, "post_agent");
}

#[tokio::test(flavor = "multi_thread")]
async fn voice_never_expires_and_is_marked_stale() {
    let (stack, api) = stack().await;
    let mut body = transfer_tests::api::transfer("conv-1", "genesys");
    body["channel"] = json!("voice");
    let created = api.post("/transfers", &body).await;
    let session = created.str("sessionId");
    assert!(created.body["expiresAt"].is_null());
    stack.advance(minutes(61));
    stack.sweep_expired().await.unwrap();
    let detail = api.detail(&session).await;
    assert_eq!(detail.status, 200);
    assert_eq!(detail.body["stale"], true);
    assert_eq!(detail.body["durationSeconds"], 61 * 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_representative_whom_events_name_by_id_only_is_shown_by_name() {
    let (stack, api) = stack().await;
    let session = active(&stack, &api, "genesys", "conv-1").await;
    let representative = api.detail(&session).await.body["representative"].clone();
    assert_eq!(representative["name"], "Representative One", "{representative}");
    let mut told =
        events(&stack, &session).into_iter().filter(|event| event["detail-type"] == "transfer.representative_joined");
    assert_eq!(told.next_back().unwrap()["detail"]["representative"]["name"], "Representative One");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_reaches_every_contact_centre_and_the_answer_says_how() {
    let (stack, api) = stack().await;
    for (provider, told) in [
        ("genesys", "native"),
        ("servicenow", "native"),
        ("five9", "text"),
        ("smartassist", "native"),
        ("salesforce", "native"),
    ] {
        let session = active(&stack, &api, provider, &format!("conv-{provider}")).await;
        act_and_settle(&stack, provider, &session, &[Act::Say("Blue or red?".to_owned())]).await;
        let path = format!("/transfers/{session}/messages");
        let heard = api.get(&path).await.body["items"].as_array().cloned().unwrap();
        let asked = heard.iter().find(|message| message["text"] == "Blue or red?").unwrap()["messageId"].clone();
        let reply = json!({ "messageId": "m-1", "reply": { "messageId": asked, "value": "Blue" } });
        let answer = api.post(&path, &reply).await;
        assert_eq!((answer.status, answer.str("told").as_str()), (202, told), "{provider}: {}", answer.text);
        assert_eq!(api.post(&path, &reply).await.str("told"), told);
        stack.settle().await.unwrap();
        let conversation = conversations(&stack, provider).pop().unwrap();
        let said = conversation.contact_texts().iter().filter(|text| **text == "Blue").count();
        assert_eq!(said, 1, "{provider}: {:?}", conversation.contact_texts());
        let messages = api.get(&path).await.body["items"].as_array().cloned().unwrap();
        let sent = messages.iter().find(|message| message["messageId"] == "m-1").unwrap();
        assert_eq!(sent["reply"], json!({ "messageId": asked, "value": "Blue" }), "{provider}");
        assert_eq!((&sent["text"], &sent["delivery"]), (&json!("Blue"), &json!("delivered")), "{provider}: {sent}");

        let unknown = json!({ "messageId": "m-2", "reply": { "messageId": "m-1", "value": "Blue" } });
        let refused = api.post(&path, &unknown).await;
        assert_eq!((refused.status, refused.problem()), (422, "invalid-fields"), "{provider}");
        assert_eq!(refused.body["errors"][0]["pointer"], "/reply/messageId");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn content_of_the_contact_is_kept_and_told_as_text() {
    let (stack, api) = stack().await;
    for provider in PROVIDERS {
        let session = active(&stack, &api, provider, &format!("conv-{provider}")).await;
        let path = format!("/transfers/{session}/messages");
        let place = json!({ "type": "location", "latitude": 52.5, "longitude": 13.4, "name": "At the gate" });
        let answer = api.post(&path, &json!({ "messageId": "m-1", "content": [place] })).await;
        assert_eq!((answer.status, answer.str("told").as_str()), (202, "text"), "{provider}: {}", answer.text);
        stack.settle().await.unwrap();
        let conversation = conversations(&stack, provider).pop().unwrap();
        let text = "At the gate\n52.5, 13.4";
        assert!(conversation.contact_texts().contains(&text), "{provider}: {:?}", conversation.contact_texts());
        let messages = api.get(&path).await.body["items"].as_array().cloned().unwrap();
        let sent = messages.iter().find(|message| message["messageId"] == "m-1").unwrap();
        assert_eq!((&sent["text"], &sent["content"]), (&json!(text), &json!([place])), "{provider}");
        let can = api.get(&format!("/integrations/{provider}")).await.body["capabilities"].clone();
        assert_eq!((&can["contentOut"]["location"], &can["contentOut"]["text"]), (&json!("text"), &json!("native")));
        assert_eq!(can["contentIn"]["text"], "native");
    }
}
