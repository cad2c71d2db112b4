//! ServiceNow: what the bot and the scripted human look like from outside.

use serde_json::{Value, json};
use simulators::{
    Act, Effect, EndedBy, Operation, Script, Stamp,
    servicenow::{RepeatedRequests, WebhookAuth},
};

use crate::{
    receiver::Received,
    sites::{HANDOFF_SECRET, ServiceNowSite, plain, start_conversation, with, with_action},
    support::{acts, answer, answers, assert_has, attachment, ended, greeted, say},
};

/// All items of all envelopes, in order.
fn items(all: &[Received]) -> Vec<Value> {
    all.iter().flat_map(|it| it.json()["body"].as_array().unwrap().clone()).collect()
}

fn has_item(all: &[Received], field: &str, value: &str) -> bool {
    items(all).iter().any(|it| it[field] == value)
}

/// Waits for the end of a conversation; answers everything up to it.
async fn completed(site: &ServiceNowSite) -> Vec<Received> {
    site.receiver.wait_until(|all| all.iter().any(|it| it.json()["completed"] == true)).await
}

async fn start(script: Script) -> ServiceNowSite {
    let site = ServiceNowSite::start(script).await;
    site.call(&start_conversation("tr_1")).await;
    site
}

/// One whose conversation a representative has joined.
async fn joined() -> ServiceNowSite {
    let site = start(Script::Manual).await;
    site.handle.act("tr_1", Act::Join).unwrap();
    site
}

/// The start without the wish for a human.
fn start_with_bot() -> Value {
    with(&start_conversation("tr_1"), "/contextVariables/live_agent_only", None)
}

#[tokio::test]
async fn the_default_script_goes_from_queue_to_completed() {
    let site = start(Script::Greet).await;
    site.wait(greeted).await;
    site.call(&plain("tr_1", 2, "Where is my parcel?")).await;
    site.wait(|it| answers(it) == 2).await;
    site.call(&plain("tr_1", 3, "bye")).await;
    let received = completed(&site).await;

    let actions: Vec<String> = items(&received)
        .iter()
        .filter_map(|it| it["actionType"].as_str().map(str::to_owned))
        .filter(|it| !it.contains("Typing"))
        .collect();
    assert_eq!(
        actions,
        [
            "SubscribeToSupportQueue",
            "StartSpinner",
            "EndSpinner",
            "SubscribeToChatPresence",
            "SwitchToLiveAgent",
            "System",
            "System",
            "SwitchToVirtualAgent"
        ]
    );
    let conversation = site.handle.conversation("tr_1").unwrap();
    assert_eq!(conversation.contact_texts(), ["Where is my parcel?", "bye"]);
    assert_eq!(conversation.attributes["b2b_category"], "billing");
    assert_eq!(conversation.history[0]["value"], "Card declined");
    assert_eq!(conversation.ended_by, Some(EndedBy::Representative));
}

#[tokio::test]
async fn envelopes_echo_the_request_and_carry_the_secret_and_the_interaction() {
    let site = start(Script::Idle).await;
    let received = site.receiver.wait_until(|all| all.len() == 3).await;
    let id = site.handle.conversation("tr_1").unwrap().id;
    for one in &received {
        assert_eq!(one.headers["x-handoff-secret"], HANDOFF_SECRET);
        let expected = json!({
            "requestId": "tr_1-0001", "clientSessionId": "tr_1", "userId": "user-77", "interactionId": id,
            "agentChat": true,
        });
        assert_has(&one.json(), &expected);
    }
    let queued = received[0].json();
    assert_eq!(queued["clientVariables"]["transferId"], "tr_1");
    assert_eq!(queued["body"][2]["waitTime"], "8 Seconds");
    let info = &received[2].json()["body"][0]["agentInfo"];
    assert_has(info, &json!({ "sentFromAgent": true, "agentName": "Representative One" }));
}

#[tokio::test]
async fn callbacks_prove_themselves_as_configured() {
    let basic = WebhookAuth::Basic("handoff".to_owned());
    for (auth, header) in [(basic, Some("authorization")), (WebhookAuth::PathSecret, None)] {
        let site = ServiceNowSite::start_with(|it| it.webhook_auth = auth, Script::Greet).await;
        let url = format!("{}/in-the-path", site.receiver.url);
        site.handle.set_webhook(&url, HANDOFF_SECRET);
        site.call(&start_conversation("tr_1")).await;
        let received = site.receiver.wait_until(|all| !all.is_empty()).await;
        let one = &received[0];
        assert_eq!(one.path, "/hook/in-the-path");
        assert!(!one.headers.contains_key("x-handoff-secret"));
        assert_eq!(one.headers.contains_key("authorization"), header.is_some());
    }
}

#[tokio::test]
async fn without_agents_the_text_comes_first_and_completed_last() {
    let site = start(Script::NoAgents).await;
    let received = completed(&site).await;
    let text = received[1].json()["body"][0]["value"].clone();
    assert!(text.as_str().unwrap().starts_with("There are no agents"));
}

#[tokio::test]
async fn a_survey_comes_as_bot_text_after_the_representative_left() {
    let site = start(Script::WrapUp).await;
    site.wait(greeted).await;
    site.call(&plain("tr_1", 2, "bye")).await;
    let received = completed(&site).await;
    let switch = received
        .iter()
        .position(|it| has_item(std::slice::from_ref(it), "actionType", "SwitchToVirtualAgent"))
        .unwrap();
    let survey = received[switch + 1].json();
    assert!(survey["body"][0]["value"].as_str().unwrap().contains("1 to 5"));
    assert!(survey["body"][0].get("agentInfo").is_none());
    assert!(survey.get("agentChat").is_none());
}

#[tokio::test]
async fn a_change_of_representatives_shows_only_in_the_agent_id() {
    let site = start(Script::TransferToQueue).await;
    site.wait(greeted).await;
    site.call(&plain("tr_1", 2, "Somebody else, please")).await;
    let named = |all: &[Received], name: &str| items(all).iter().any(|it| it["agentInfo"]["agentName"] == name);
    let received = site.receiver.wait_until(|all| named(all, "Representative Two")).await;
    let joins = items(&received).iter().filter(|it| it["actionType"] == "SwitchToLiveAgent").count();
    assert_eq!(joins, 1);
}

#[tokio::test]
async fn while_the_bot_works_messages_and_repeats_are_ignored() {
    let site = start(Script::Manual).await;
    site.call(&start_conversation("tr_1")).await;
    site.call(&plain("tr_1", 2, "lost")).await;
    assert_eq!(site.handle.conversations().len(), 1);
    let effects: Vec<Effect> = site.handle.requests()[2..].iter().map(|it| it.effect.clone()).collect();
    assert_eq!(
        effects,
        [Effect::Ignored("repeated requestId".to_owned()), Effect::Ignored("the bot is busy".to_owned())]
    );
    site.handle.act("tr_1", Act::Queue).unwrap();
    site.call(&plain("tr_1", 3, "heard")).await;
    let conversation = site.handle.conversation("tr_1").unwrap();
    assert_eq!(conversation.contact_texts(), ["heard"]);
}

#[tokio::test]
async fn later_a_second_start_opens_a_second_conversation() {
    let site = start(Script::Manual).await;
    site.handle.act("tr_1", Act::Queue).unwrap();
    site.call(&start_conversation("tr_1")).await;
    assert_eq!(site.handle.conversations().len(), 2);
}

#[tokio::test]
async fn repeated_messages_are_shown_twice_unless_always_recognised() {
    for (policy, shown) in [(RepeatedRequests::WhileBotWorks, 2), (RepeatedRequests::Always, 1)] {
        let site = ServiceNowSite::start_with(|it| it.repeated_requests = policy, Script::Manual).await;
        site.call(&start_conversation("tr_1")).await;
        site.handle.act("tr_1", Act::Join).unwrap();
        site.call(&plain("tr_1", 2, "hi")).await;
        site.call(&plain("tr_1", 2, "hi")).await;
        let conversation = site.handle.conversation("tr_1").unwrap();
        assert_eq!(conversation.contact_texts().len(), shown, "{policy:?}");
    }
}

#[tokio::test]
async fn a_silent_message_silences_the_following_ones() {
    let site = joined().await;
    site.call(&with(&plain("tr_1", 2, "silent"), "/silentMessage", Some(json!(true)))).await;
    site.call(&with(&plain("tr_1", 3, "still silent"), "/silentMessage", None)).await;
    site.call(&plain("tr_1", 4, "loud")).await;
    let conversation = site.handle.conversation("tr_1").unwrap();
    assert_eq!(conversation.contact_texts(), ["loud"]);
}

#[tokio::test]
async fn the_contact_ends_and_a_second_end_is_a_success_without_effect() {
    let site = joined().await;
    site.call(&with_action("tr_1", 99, "END_CONVERSATION")).await;
    site.call(&with_action("tr_1", 100, "END_CONVERSATION")).await;
    let received = completed(&site).await;
    assert!(received.last().unwrap().json()["body"][0]["value"].is_string());
    let state = site.handle.state();
    assert_eq!(state.conversations[0].ended_by, Some(EndedBy::Contact));
    let ends: Vec<&Effect> = state.requests_for(Operation::End).map(|it| &it.effect).collect();
    assert_eq!(ends[0], &Effect::Taken);
    assert!(matches!(ends[1], Effect::Ignored(_)));
}

#[tokio::test]
async fn the_provider_ends_an_idle_chat() {
    let site = joined().await;
    site.handle.end_from_provider("tr_1").unwrap();
    let received = completed(&site).await;
    assert!(has_item(&received, "message", "The chat has timed out."));
}

#[tokio::test]
async fn a_fault_gives_control_back() {
    let site = start(Script::Manual).await;
    site.handle.act("tr_1", Act::Queue).unwrap();
    let mut fault = with_action("tr_1", 9, "FAULT_CONVERSATION");
    fault["cause"] = json!("EXTERNAL_FAILURE");
    site.call(&fault).await;
    let received = site.receiver.wait_until(|all| all.len() == 2).await;
    assert_has(&received[1].json(), &json!({ "takeControl": true, "body": [] }));
    assert!(ended(&site.handle.state()));
}

#[tokio::test]
async fn without_the_wish_for_a_human_the_bot_has_it_until_asked() {
    let site = ServiceNowSite::start(Script::Idle).await;
    site.call(&start_with_bot()).await;
    site.call(&plain("tr_1", 2, "help")).await;
    let received = site.receiver.wait_until(|all| all.len() == 2).await;
    assert!(received[0].json().get("agentChat").is_none());
    assert_eq!(received[1].json()["score"], 0);
    site.call(&with_action("tr_1", 3, "AGENT")).await;
    site.wait(greeted).await;
}

#[tokio::test]
async fn the_documented_text_reaches_a_human_as_well() {
    let site = ServiceNowSite::start(Script::Idle).await;
    site.call(&start_with_bot()).await;
    site.call(&plain("tr_1", 2, "Live Agent Support.")).await;
    site.wait(greeted).await;
}

#[tokio::test]
async fn created_conversations_are_started_in_a_second_step() {
    let site = ServiceNowSite::start(Script::Idle).await;
    let create = with(&start_conversation("tr_1"), "/action", Some(json!("CREATE_CONVERSATION")));
    site.call(&create).await;
    let received = site.receiver.wait_until(|all| !all.is_empty()).await;
    let created = received[0].json();
    assert_eq!(created["body"][0]["actionType"], "CreateConversation");
    assert_eq!(created["body"][0]["interactionId"], created["interactionId"]);
    site.call(&with_action("tr_1", 2, "START_CREATED_CONVERSATION")).await;
    site.wait(greeted).await;
}

#[tokio::test]
async fn a_message_after_the_end_gets_an_improper_response() {
    let site = start(Script::NoAgents).await;
    site.wait(ended).await;
    site.call(&plain("tr_1", 2, "hello?")).await;
    let received = site.receiver.wait_until(|all| all.last().is_some_and(|it| it.json()["score"] == 0)).await;
    assert!(received.last().unwrap().json().get("agentChat").is_none());
    assert!(site.handle.conversation("tr_1").unwrap().contact_texts().is_empty());
}

#[tokio::test]
async fn typing_and_delivery_states_reach_the_conversation() {
    let site = joined().await;
    let typing = with(&with_action("tr_1", 2, "TYPING"), "/message", None);
    site.call(&typing).await;
    let mut update = with_action("tr_1", 3, "UPDATE_MESSAGES");
    update["message"] = json!([{ "id": "b7", "status": "external_error" }]);
    assert_eq!(answer(site.request(&update), 200).await["message"], "Message Processed Successfully");
    let conversation = site.handle.conversation("tr_1").unwrap();
    assert_eq!(conversation.contact_typing, 1);
    assert_eq!(conversation.receipts, [("b7".to_owned(), "external_error".to_owned())]);
}

#[tokio::test]
async fn files_and_given_message_ids_appear_on_the_wire() {
    let site = joined().await;
    let stamp = Stamp { id: Some("b42".to_owned()), at_ms: None };
    site.handle.act_stamped("tr_1", say("Hello"), stamp).unwrap();
    acts(&site.handle, [Act::SendFile(attachment("a.png", "image/png"), String::new())]);
    let received = site.receiver.wait_until(|all| all.len() == 3).await;
    assert!(has_item(&received, "messageId", "b42"));
    assert!(has_item(&received, "value", "https://example.com/a.png"));
}

#[tokio::test]
async fn a_failed_callback_is_not_repeated() {
    let site = start(Script::Manual).await;
    site.receiver.answer_next([500]);
    acts(&site.handle, [Act::Queue, Act::Join]);
    site.wait(|it| it.callbacks_of("joined").next().is_some()).await;
    assert_eq!(site.handle.state().callbacks_of("queued").count(), 1);
    assert_eq!(site.receiver.received().len(), 2);
}
