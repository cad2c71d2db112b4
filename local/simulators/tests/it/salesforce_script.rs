//! Salesforce, Bring Your Own Channel: what the scripted human looks like from outside.

use serde_json::{Value, json};
use simulators::{
    Act, Author, EndedBy, Operation, Phase, Script,
    salesforce::{EmptyOpen, EndApi, LateMessages, ServiceEvents},
};

use crate::{
    org::{CHANNEL, Org, entry, entry_id, file, message},
    support::{answer, answers, assert_has, greeted, status_of},
};

pub async fn with_all_events(script: Script) -> Org {
    Org::start_with(|it| it.service_events = ServiceEvents::All, script).await
}

#[tokio::test]
async fn the_default_script_greets_answers_and_ends_on_bye() {
    let org = Org::start(Script::Greet).await;
    let id = org.open("tr_1").await;
    org.wait(greeted).await;
    org.interact(&message("tr_1", 1, "Where is my parcel?")).await;
    org.wait(|it| answers(it) == 2).await;
    org.interact(&message("tr_1", 2, "bye")).await;
    org.wait(|it| it.callbacks_of("package.closed").next().is_some()).await;
    org.handle.quiet().await;

    let conversation = org.handle.conversation(&id).unwrap();
    assert_eq!(conversation.contact_texts(), ["summary", "Where is my parcel?", "bye"]);
    assert!(conversation.texts_by(Author::Representative)[1].contains("Where is my parcel?"));
    assert_eq!(conversation.attributes["Priority"], "5");
    assert_eq!(conversation.ended_by, Some(EndedBy::Representative));
    assert_eq!(
        org.entry_types(),
        ["ParticipantChanged", "Message", "Message", "Message", "ParticipantChanged"],
        "only what is documented as delivered"
    );
    let told: Vec<Value> = org.told().iter().map(|it| it["type"].clone()).collect();
    assert_eq!(told, ["queued", "agent_joined", "agent_left", "closed"]);
}

#[tokio::test]
async fn a_transfer_goes_through_the_queue_to_another_representative() {
    let org = with_all_events(Script::Manual).await;
    org.open("tr_1").await;
    org.play([Act::Queue, Act::Join, Act::Transfer, Act::Join]).await;
    let payloads = org.payloads();
    let moved: Vec<&Value> = payloads[6..].iter().map(|it| &it["payload"]["entryPayload"]).collect();
    let kinds: Vec<&Value> = moved.iter().map(|it| &it["entryType"]).collect();
    assert_eq!(
        kinds[..5],
        ["RoutingWorkResult", "TransferProgress", "RoutingResult", "ParticipantChanged", "SessionStatusChanged"]
    );
    assert_eq!(moved[2]["routingType"], "Transfer");
    assert_eq!(moved[6]["entries"][0]["displayName"], "Representative Two");
    let told = org.told();
    let types: Vec<&Value> = told.iter().map(|it| &it["type"]).collect();
    assert_eq!(types, ["queued", "agent_joined", "agent_left", "queued", "agent_joined"]);
    assert_eq!(told[2]["reason"], "transferred");
    assert_eq!(told[4]["agent"]["name"], "Representative Two");
}

#[tokio::test]
async fn without_representatives_routing_fails_and_the_package_says_why() {
    let org = with_all_events(Script::NoAgents).await;
    org.open("tr_1").await;
    org.wait(|it| it.callbacks_of("package.closed").next().is_some()).await;
    org.handle.quiet().await;
    let failed = &org.payloads()[3]["payload"]["entryPayload"];
    assert_has(failed, &json!({ "failureType": "RoutingError", "routingType": "Initial" }));
    assert_has(org.told().last().unwrap(), &json!({ "closed_by": "system", "reason": "no_agents" }));
}

#[tokio::test]
async fn reject_refuses_the_open_and_leaves_no_conversation() {
    let org = Org::start(Script::Reject).await;
    assert_eq!(answer(org.interaction(&message("tr_1", 0, "summary")), 400).await["code"], 10031);
    assert!(org.handle.conversations().is_empty());
}

#[tokio::test]
async fn a_repeated_open_doubles_the_first_text_and_a_repeated_message_is_recognised() {
    let org = Org::start(Script::Manual).await;
    let id = org.open("tr_1").await;
    assert_eq!(org.open("tr_1").await, id);
    assert_ne!(org.open("tr_2").await, id);
    let first = org.interact(&message("tr_1", 1, "hi")).await;
    assert_eq!(org.interact(&message("tr_1", 1, "hi")).await, first);
    assert_eq!(first["workItemIds"].as_array().unwrap().len(), 1);
    let state = org.handle.state();
    assert_eq!(state.conversation(&id).unwrap().contact_texts(), ["summary", "summary", "hi"]);
    assert_eq!(state.requests_for(Operation::Open).count(), 3);
    assert_eq!(state.requests_for(Operation::Send).count(), 2);
}

#[tokio::test]
async fn a_late_message_starts_a_new_session_or_a_new_conversation() {
    for late in [LateMessages::SameConversation, LateMessages::NewConversation] {
        let org = Org::start_with(|it| it.late_messages = late, Script::Manual).await;
        let first = org.interact(&message("tr_1", 0, "summary")).await;
        org.handle.end_from_provider("tr_1").unwrap();
        let second = org.interact(&message("tr_1", 1, "one more thing")).await;
        let same = late == LateMessages::SameConversation;
        assert_eq!(first["conversationIdentifier"] == second["conversationIdentifier"], same);
        assert_ne!(first["workItemIds"], second["workItemIds"]);
        assert_eq!(org.handle.conversation("tr_1").unwrap().reopened, u32::from(same));
        assert_eq!(org.handle.conversation("tr_1").unwrap().phase, Phase::New);
    }
}

#[tokio::test]
async fn an_open_without_a_message_is_routed_when_the_org_says_so() {
    let body = json!({
        "channelAddressIdentifier": CHANNEL, "routingAttributes": { "TransferId": "tr_1" },
        "participants": [{ "subject": "tr_1", "role": "EndUser", "appType": "custom" }],
    });
    for routed in [EmptyOpen::RoutedWithMessage, EmptyOpen::RoutedAtOnce] {
        let org = Org::start_with(|it| it.empty_open = routed, Script::QueueForever).await;
        let opened = answer(org.submit("conversation", &body), 202).await;
        assert!(opened["messagingSessionId"].as_str().unwrap().starts_with("0Mw"));
        org.handle.quiet().await;
        let phase = org.handle.conversation("tr_1").unwrap().phase;
        assert_eq!(phase == Phase::Queued, routed == EmptyOpen::RoutedAtOnce);
        let answer = org.interact(&message("tr_1", 1, "summary")).await;
        assert_eq!(answer["conversationIdentifier"], opened["conversationIdentifier"]);
        org.wait(|it| it.conversations[0].phase == Phase::Queued).await;
        assert_eq!(org.handle.conversations().len(), 1);
    }
}

#[tokio::test]
async fn typing_files_failed_deliveries_and_acknowledgements_reach_the_conversation() {
    let org = Org::start(Script::Manual).await;
    let id = org.open("tr_1").await;
    for (n, kind) in [(1, "TypingStartedIndicator"), (2, "TypingStoppedIndicator")] {
        org.interact(&entry("tr_1", n, kind)).await;
    }
    assert_eq!(status_of(org.interaction_with(&file("tr_1", 3, 5), &[b"hello"])).await, 202);
    let mut failed = entry("tr_1", 4, "MessageDeliveryFailed");
    let payload = &mut failed["interactions"][0]["payload"];
    payload["failedConversationEntryIdentifier"] = json!(entry_id(50));
    payload["recipient"] = json!({ "appType": "custom", "role": "EndUser", "subject": "tr_1" });
    payload["errorCode"] = json!("500");
    org.interact(&failed).await;
    let acknowledged = answer(org.submit("acknowledgement", &acknowledgement(&id)), 200).await;
    assert_eq!(acknowledged["success"], true);

    let conversation = org.handle.conversation(&id).unwrap();
    assert_eq!(conversation.contact_typing, 2);
    let line = &conversation.transcript[1];
    assert_eq!((line.text.as_str(), line.attachments[0].filename.as_str()), ("see here", "a.txt"));
    let receipts = [(entry_id(50), "Failed".to_owned()), (entry_id(51), "Delivered".to_owned())];
    assert_eq!(conversation.receipts, receipts);
    let shown = org.handle.requests().into_iter().find(|it| it.body.get("attachments").is_some()).unwrap();
    assert_eq!(shown.body["attachments"]["bytes"], 5);
}

pub fn acknowledgement(conversation: &str) -> Value {
    json!({
        "sender": { "appType": "custom", "subject": "tr_1", "role": "EndUser" },
        "conversationIdentifier": conversation,
        "acknowledgements": [{
            "acknowledgementTimestamp": 1_795_341_700_000_i64, "acknowledgementType": "Delivered",
            "acknowledgedConversationEntryIdentifier": entry_id(51),
            "acknowledgmentCreatedConversationEntryIdentifier": entry_id(52),
        }],
    })
}

#[tokio::test]
async fn the_end_call_is_refused_unless_the_org_has_it() {
    for api in [EndApi::Refused, EndApi::Works] {
        let org = Org::start_with(|it| it.end_api = api, Script::Manual).await;
        let id = org.open("tr_1").await;
        let end = json!({
            "channelAddressIdentifier": CHANNEL, "endUserClientId": "tr_1", "conversationIdentifier": id,
            "operation": "End", "operationBy": "EndUser",
        });
        let call = || org.submit("messagingSession", &end);
        let works = api == EndApi::Works;
        assert_eq!([status_of(call()).await, status_of(call()).await], if works { [200, 400] } else { [400, 400] });
        let ended_by = org.handle.conversation(&id).unwrap().ended_by;
        assert_eq!(ended_by, works.then_some(EndedBy::Contact));
    }
}
