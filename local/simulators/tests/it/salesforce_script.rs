//! Salesforce, Bring Your Own Channel: what the scripted human looks like from outside.

use serde_json::{Value, json};
use simulators::{
    Act, Attachment, Author, CallbackFault, EndedBy, Fault, Operation, Options, Outcome, Phase, RequestFault, Script,
    Stamp, State, Taken, relay,
    salesforce::{EmptyOpen, EndApi, LateMessages, Package, PayloadShape, ServiceEvents, Transport, WorkItem},
};

use crate::org::{CHANNEL, Org, RELAY_SECRET, entry, entry_id, file, message};

fn greeted(state: &State) -> bool {
    state.conversation("tr_1").is_some_and(|it| !it.texts_by(Author::Representative).is_empty())
}

async fn with_all_events(script: Script) -> Org {
    Org::start_with(|it| it.service_events = ServiceEvents::All, Options::brisk().with_script(script)).await
}

#[tokio::test]
async fn the_default_script_greets_answers_and_ends_on_bye() {
    let org = Org::start(Script::Greet).await;
    let id = org.open("tr_1").await;
    org.wait(greeted).await;
    org.interact(&message("tr_1", 1, "Where is my parcel?")).await;
    org.wait(|it| it.conversation("tr_1").is_some_and(|it| it.texts_by(Author::Representative).len() == 2)).await;
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
    let told: Vec<Value> = org.receiver.received().iter().map(|it| it.json()["type"].clone()).collect();
    assert_eq!(told, ["queued", "agent_joined", "agent_left", "closed"]);
}

#[tokio::test]
async fn relayed_events_have_the_documented_envelope_and_rising_times() {
    let org = with_all_events(Script::Greet).await;
    let id = org.open("tr_1").await;
    org.wait(greeted).await;
    org.interact(&message("tr_1", 1, "bye")).await;
    org.wait(|it| it.callbacks_of("package.closed").next().is_some()).await;
    org.handle.quiet().await;

    for event in org.bus.events() {
        assert!(event.source.starts_with("aws.partner/salesforce.com/00D"));
        assert_eq!(event.detail_type, "Handoff_Outbound__e");
        assert_eq!(event.detail["payload"]["EventType__c"], "Interaction");
        assert!(event.detail["payload"]["CreatedDate"].is_string() && event.detail["schemaId"].is_string());
    }
    let payloads = org.payloads();
    for payload in &payloads {
        assert_eq!(payload["conversationIdentifier"], id.as_str());
        assert_eq!(payload["channelAddressIdentifier"], CHANNEL);
        assert_eq!(payload["recipient"], json!({ "appType": "custom", "subject": "tr_1", "role": "EndUser" }));
        assert_eq!(payload["payload"]["identifier"], payload["payload"]["entryPayload"]["id"]);
    }
    let times: Vec<i64> = payloads.iter().map(|it| it["payload"]["transcriptedTimestamp"].as_i64().unwrap()).collect();
    assert!(times.windows(2).all(|it| it[0] < it[1]), "{times:?}");
    assert_eq!(
        org.entry_types(),
        [
            "RoutingResult",
            "QueuePosition",
            "SessionStatusChanged",
            "RoutingWorkResult",
            "ParticipantChanged",
            "SessionStatusChanged",
            "Message",
            "Message",
            "ParticipantChanged",
            "SessionStatusChanged",
            "RoutingWorkResult",
            "SessionStatusChanged"
        ]
    );
    let ended = &payloads[11]["payload"]["entryPayload"];
    assert_eq!((&ended["sessionStatus"], &ended["sessionEndedByRole"]), (&json!("Ended"), &json!("Agent")));
    assert!(ended["sessionEndTime"].as_i64().unwrap() < 10_000_000_000, "seconds");
}

#[tokio::test]
async fn entries_carry_what_the_contract_says() {
    let org = with_all_events(Script::Manual).await;
    org.open("tr_1").await;
    for act in [Act::Queue, Act::Queue, Act::Offer, Act::Decline, Act::Join] {
        org.handle.act("tr_1", act).unwrap();
    }
    let stamp = Stamp { id: Some(entry_id(7)), at_ms: Some(1_795_341_675_508) };
    org.handle.act_stamped("tr_1", Act::Say("Hi, how can I help?".to_owned()), stamp).unwrap();
    let attachment = Attachment {
        url: "https://example.com/a.png".to_owned(),
        mime: "image/png".to_owned(),
        filename: "a.png".to_owned(),
    };
    org.handle.act("tr_1", Act::SendFile(attachment, String::new())).unwrap();
    org.handle.act("tr_1", Act::FlowText("Please hold".to_owned())).unwrap();
    org.handle.quiet().await;
    let payloads: Vec<Value> = org.payloads().iter().map(|it| it["payload"].clone()).collect();
    let of = |kind: &str| -> Vec<&Value> {
        payloads.iter().filter(|it| it["entryType"] == kind).map(|it| &it["entryPayload"]).collect()
    };
    let routing = of("RoutingResult")[0];
    assert_eq!((&routing["routingType"], &routing["failureType"]), (&json!("Initial"), &json!("None")));
    assert!(routing["recordId"].as_str().unwrap().starts_with("0Mw"));
    let places: Vec<&Value> = of("QueuePosition").iter().map(|it| &it["position"]).collect();
    assert_eq!(places, [3, 2]);
    let work: Vec<&Value> = of("RoutingWorkResult").iter().map(|it| &it["workType"]).collect();
    assert_eq!(work, ["Assigned", "Declined", "Accepted"]);
    assert_eq!(of("ParticipantChanged")[0]["entries"][0]["operation"], "add");
    let messages: Vec<&Value> = payloads.iter().filter(|it| it["entryType"] == "Message").collect();
    assert_eq!(messages[0]["identifier"], entry_id(7));
    assert_eq!(messages[0]["transcriptedTimestamp"], 1_795_341_675_508_i64);
    assert_eq!(messages[0]["sender"]["role"], "Agent");
    assert_eq!(messages[0]["senderDisplayName"], "Agent One");
    let content = |n: usize| &messages[n]["entryPayload"]["abstractMessage"]["staticContent"];
    assert_eq!(content(0)["text"], "Hi, how can I help?");
    assert_eq!(content(1)["attachments"][0]["mimeType"], "image/png");
    assert!(content(1).get("text").is_none());
    assert_eq!(messages[2]["sender"]["role"], "Chatbot");
    assert_eq!(messages[2]["entryPayload"]["messageReason"], "AutomatedResponse");
}

#[tokio::test]
async fn typing_is_published_only_once_enabled() {
    for enabled in [false, true] {
        let change = |it: &mut simulators::salesforce::SalesforceConfig| it.typing_events = enabled;
        let org = Org::start_with(change, Options::brisk().with_script(Script::Manual)).await;
        org.open("tr_1").await;
        for act in [Act::Join, Act::StartTyping, Act::StopTyping] {
            org.handle.act("tr_1", act).unwrap();
        }
        org.handle.quiet().await;
        let indicators = ["TypingStartedIndicator", "TypingStoppedIndicator"];
        assert_eq!(org.entry_types()[1..], indicators[..if enabled { 2 } else { 0 }]);
    }
}

#[tokio::test]
async fn a_transfer_goes_through_the_queue_to_another_representative() {
    let org = with_all_events(Script::Manual).await;
    org.open("tr_1").await;
    for act in [Act::Queue, Act::Join, Act::Transfer, Act::Join] {
        org.handle.act("tr_1", act).unwrap();
    }
    org.handle.quiet().await;
    let payloads = org.payloads();
    let moved: Vec<&Value> = payloads[6..].iter().map(|it| &it["payload"]["entryPayload"]).collect();
    let kinds: Vec<&Value> = moved.iter().map(|it| &it["entryType"]).collect();
    assert_eq!(
        kinds[..5],
        ["RoutingWorkResult", "TransferProgress", "RoutingResult", "ParticipantChanged", "SessionStatusChanged"]
    );
    assert_eq!(moved[2]["routingType"], "Transfer");
    assert_eq!(moved[6]["entries"][0]["displayName"], "Agent Two");
    let told: Vec<Value> = org.receiver.received().iter().map(crate::receiver::Received::json).collect();
    let types: Vec<&Value> = told.iter().map(|it| &it["type"]).collect();
    assert_eq!(types, ["queued", "agent_joined", "agent_left", "queued", "agent_joined"]);
    assert_eq!(told[2]["reason"], "transferred");
    assert_eq!(told[4]["agent"]["name"], "Agent Two");
}

#[tokio::test]
async fn without_representatives_routing_fails_and_the_package_says_why() {
    let org = with_all_events(Script::NoAgents).await;
    org.open("tr_1").await;
    org.wait(|it| it.callbacks_of("package.closed").next().is_some()).await;
    org.handle.quiet().await;
    let failed = &org.payloads()[3]["payload"]["entryPayload"];
    assert_eq!((&failed["failureType"], &failed["routingType"]), (&json!("RoutingError"), &json!("Initial")));
    let closed = org.receiver.received().pop().unwrap().json();
    assert_eq!((&closed["closed_by"], &closed["reason"]), (&json!("system"), &json!("no_agents")));
}

#[tokio::test]
async fn reject_refuses_the_open_and_leaves_no_conversation() {
    let org = Org::start(Script::Reject).await;
    let response = org.interaction(&message("tr_1", 0, "summary")).send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(response.json::<Value>().await.unwrap()["code"], 10031);
    assert!(org.handle.conversations().is_empty());
}

#[tokio::test]
async fn apex_posts_the_payload_verbatim_and_signed_under_raw_and_repeats_it() {
    let change = |it: &mut simulators::salesforce::SalesforceConfig| {
        it.transport = Transport::ApexCallout;
        it.package = Package::Absent;
    };
    let org = Org::start_with(change, Options::brisk().with_script(Script::Manual)).await;
    org.open("tr_1").await;
    org.receiver.answer_next([503, 200]);
    org.handle.act("tr_1", Act::Join).unwrap();
    org.handle.quiet().await;
    let received = org.receiver.received();
    assert_eq!(received.len(), 2);
    for one in &received {
        assert_eq!(one.path, "/hook/raw");
        let header = |name: &str| one.headers[name].to_str().unwrap();
        let body = one.json();
        assert_eq!(header("webhook-id"), body["payload"]["identifier"]);
        let time = header("webhook-timestamp").parse().unwrap();
        let proof = relay::signature(RELAY_SECRET, header("webhook-id"), time, &one.raw).unwrap();
        assert_eq!(header("webhook-signature"), proof);
        assert_eq!(body["payload"]["entryType"], "ParticipantChanged");
    }
    assert_eq!(received[0].raw, received[1].raw);
    assert!(org.bus.events().is_empty());
}

#[tokio::test]
async fn the_package_posts_signed_relay_events_or_publishes_its_own_event() {
    let org = Org::start(Script::Manual).await;
    let id = org.open("tr_1").await;
    org.handle.act("tr_1", Act::Join).unwrap();
    org.handle.quiet().await;
    let one = org.receiver.received().remove(0);
    let body = one.json();
    assert_eq!(one.path, "/hook");
    assert_eq!((&body["v"], &body["type"]), (&json!(1), &json!("agent_joined")));
    assert_eq!((&body["transfer_id"], &body["provider_session_id"]), (&json!("tr_1"), &json!(id)));
    let header = |name: &str| one.headers[name].to_str().unwrap();
    assert!(header("webhook-id").starts_with("sf-0Mw"));
    let time = header("webhook-timestamp").parse().unwrap();
    let proof = relay::signature(RELAY_SECRET, header("webhook-id"), time, &one.raw).unwrap();
    assert_eq!(header("webhook-signature"), proof);

    let change = |it: &mut simulators::salesforce::SalesforceConfig| it.package = Package::Publishes;
    let org = Org::start_with(change, Options::brisk().with_script(Script::Manual)).await;
    org.open("tr_1").await;
    org.handle.act("tr_1", Act::Join).unwrap();
    org.handle.end_from_provider("tr_1").unwrap();
    org.handle.quiet().await;
    let events = org.bus.events();
    let own: Vec<&Value> =
        events.iter().filter(|it| it.detail_type == "Handoff_Status__e").map(|it| &it.detail["payload"]).collect();
    assert_eq!((&own[0]["Status__c"], &own[0]["OwnerName__c"]), (&json!("Active"), &json!("Agent One")));
    assert_eq!((&own[1]["Status__c"], &own[1]["EndedBy__c"]), (&json!("Ended"), &json!("System")));
    assert_eq!(own[1]["TransferId__c"], "tr_1");
    assert!(org.receiver.received().is_empty());
}

#[tokio::test]
async fn a_flat_payload_and_a_single_work_item_are_possible() {
    let change = |it: &mut simulators::salesforce::SalesforceConfig| {
        it.payload_shape = PayloadShape::Flat;
        it.work_item = WorkItem::Single;
    };
    let org = Org::start_with(change, Options::brisk().with_script(Script::Manual)).await;
    let answer = org.interact(&message("tr_1", 0, "summary")).await;
    assert!(answer["workItemId"].as_str().unwrap().starts_with("0Mw"));
    org.handle.act("tr_1", Act::Join).unwrap();
    org.handle.quiet().await;
    let payload = &org.payloads()[0];
    assert_eq!(payload["entryType"], "ParticipantChanged");
    assert!(payload.get("payload").is_none());
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
        let change = |it: &mut simulators::salesforce::SalesforceConfig| it.late_messages = late;
        let org = Org::start_with(change, Options::brisk().with_script(Script::Manual)).await;
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
        let change = |it: &mut simulators::salesforce::SalesforceConfig| it.empty_open = routed;
        let org = Org::start_with(change, Options::brisk().with_script(Script::QueueForever)).await;
        let response = org.post("conversation", &body).await;
        assert_eq!(response.status(), 202);
        let opened: Value = response.json().await.unwrap();
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
    let upload = org.interaction_with(&file("tr_1", 3, 5), &[b"hello"]).send().await.unwrap();
    assert_eq!(upload.status(), 202);
    let mut failed = entry("tr_1", 4, "MessageDeliveryFailed");
    let payload = &mut failed["interactions"][0]["payload"];
    payload["failedConversationEntryIdentifier"] = json!(entry_id(50));
    payload["recipient"] = json!({ "appType": "custom", "role": "EndUser", "subject": "tr_1" });
    payload["errorCode"] = json!("500");
    org.interact(&failed).await;
    let acknowledged = org.post("acknowledgement", &acknowledgement(&id)).await;
    assert_eq!(acknowledged.status(), 200);
    assert_eq!(acknowledged.json::<Value>().await.unwrap()["success"], true);

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
        let change = |it: &mut simulators::salesforce::SalesforceConfig| it.end_api = api;
        let org = Org::start_with(change, Options::brisk().with_script(Script::Manual)).await;
        let id = org.open("tr_1").await;
        let end = json!({
            "channelAddressIdentifier": CHANNEL, "endUserClientId": "tr_1", "conversationIdentifier": id,
            "operation": "End", "operationBy": "EndUser",
        });
        let statuses = [org.post("messagingSession", &end).await, org.post("messagingSession", &end).await];
        let works = api == EndApi::Works;
        assert_eq!(statuses.map(|it| it.status().as_u16()), if works { [200, 400] } else { [400, 400] });
        let ended_by = org.handle.conversation(&id).unwrap().ended_by;
        assert_eq!(ended_by, works.then_some(EndedBy::Contact));
    }
}

#[tokio::test]
async fn faults_strike_requests_and_events_by_their_names() {
    let org = Org::start(Script::Manual).await;
    let status = RequestFault::Status { status: 429, retry_after: Some(2), taken: Taken::No };
    let drop = CallbackFault::Drop;
    let twice = CallbackFault::Duplicate { copies: 1 };
    org.handle.faults([
        Fault::Request { operation: Some(Operation::Open), skip: 0, times: 1, fault: status },
        Fault::Request { operation: Some(Operation::Send), skip: 0, times: 1, fault: RequestFault::RevokeTokens },
        Fault::Callback { kind: "event.participant_changed".to_owned(), skip: 0, times: 1, fault: drop },
        Fault::Callback { kind: "event.message".to_owned(), skip: 0, times: 1, fault: twice },
    ]);
    let limited = org.interaction(&message("tr_1", 0, "summary")).send().await.unwrap();
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str().unwrap()), (429, "2"));
    assert!(org.handle.conversations().is_empty());
    org.open("tr_1").await;
    let revoked = org.interaction(&message("tr_1", 1, "hi")).send().await.unwrap();
    assert_eq!(revoked.status(), 401);
    assert_eq!(revoked.json::<Value>().await.unwrap()["code"], 10004);
    org.handle.act("tr_1", Act::Join).unwrap();
    org.handle.act("tr_1", Act::Say("Hello".to_owned())).unwrap();
    org.handle.quiet().await;
    assert_eq!(org.entry_types(), ["Message", "Message"]);
    let state = org.handle.state();
    assert_eq!(state.callbacks_of("event.participant_changed").next().unwrap().outcome, Outcome::Dropped);
}

#[tokio::test]
async fn any_event_can_be_sent_and_the_addresses_can_be_set_later() {
    let change = |it: &mut simulators::salesforce::SalesforceConfig| {
        it.bus = None;
        it.relay_url = None;
    };
    let org = Org::start_with(change, Options::brisk().with_script(Script::Manual)).await;
    org.handle.send_raw_event(json!({ "oops": 1 }));
    org.handle.send_raw_relay("evt_1", json!({ "v": 1 }));
    org.handle.quiet().await;
    assert!(org.handle.callbacks().iter().all(|it| it.outcome == Outcome::NotConfigured));
    org.handle.set_bus(org.bus.clone());
    org.handle.set_webhook(&org.receiver.url, RELAY_SECRET);
    org.handle.send_raw_event(json!({ "oops": 2 }));
    org.handle.send_raw_relay("evt_2", json!({ "v": 1, "type": "csat" }));
    org.handle.quiet().await;
    assert_eq!(org.payloads(), [json!({ "oops": 2 })]);
    let received = org.receiver.received();
    assert_eq!(received[0].headers["webhook-id"], "evt_2");
}
