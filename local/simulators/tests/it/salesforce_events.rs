//! Salesforce, Bring Your Own Channel: what leaves the org, and by which way.

use serde_json::{Value, json};
use simulators::{
    Act, CallbackFault, Operation, Outcome, RequestFault, Script, Stamp, Taken, relay,
    salesforce::{Package, PayloadShape, RelayEnvelope, SalesforceConfig, Transport, WorkItem},
};

use crate::{
    org::{CHANNEL, Org, RELAY_SECRET, entry_id, message},
    receiver::Received,
    salesforce_script::with_all_events,
    support::{acts, answer, assert_has, attachment, by_status, greeted, on_callback, on_request, say},
};

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
        let expected = json!({
            "conversationIdentifier": id, "channelAddressIdentifier": CHANNEL,
            "recipient": { "appType": "custom", "subject": "tr_1", "role": "EndUser" },
        });
        assert_has(payload, &expected);
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
    assert_has(ended, &json!({ "sessionStatus": "Ended", "sessionEndedByRole": "Agent" }));
    assert!(ended["sessionEndTime"].as_i64().unwrap() < 10_000_000_000, "seconds");
}

#[tokio::test]
async fn entries_carry_what_the_contract_says() {
    let org = with_all_events(Script::Manual).await;
    org.open("tr_1").await;
    acts(&org.handle, [Act::Queue, Act::Queue, Act::Offer, Act::Decline, Act::Join]);
    let stamp = Stamp { id: Some(entry_id(7)), at_ms: Some(1_795_341_675_508) };
    org.handle.act_stamped("tr_1", say("Hi, how can I help?"), stamp).unwrap();
    let file = Act::SendFile(attachment("a.png", "image/png"), String::new());
    org.play([file, Act::FlowText("Please hold".to_owned())]).await;
    let payloads: Vec<Value> = org.payloads().iter().map(|it| it["payload"].clone()).collect();
    let of = |kind: &str| -> Vec<&Value> {
        payloads.iter().filter(|it| it["entryType"] == kind).map(|it| &it["entryPayload"]).collect()
    };
    let routing = of("RoutingResult")[0];
    assert_has(routing, &json!({ "routingType": "Initial", "failureType": "None" }));
    assert!(routing["recordId"].as_str().unwrap().starts_with("0Mw"));
    let places: Vec<&Value> = of("QueuePosition").iter().map(|it| &it["position"]).collect();
    assert_eq!(places, [3, 2]);
    let work: Vec<&Value> = of("RoutingWorkResult").iter().map(|it| &it["workType"]).collect();
    assert_eq!(work, ["Assigned", "Declined", "Accepted"]);
    assert_eq!(of("ParticipantChanged")[0]["entries"][0]["operation"], "add");
    let messages: Vec<&Value> = payloads.iter().filter(|it| it["entryType"] == "Message").collect();
    let said = json!({
        "identifier": entry_id(7), "transcriptedTimestamp": 1_795_341_675_508_i64, "sender": { "role": "Agent" },
        "senderDisplayName": "Representative One",
    });
    assert_has(messages[0], &said);
    let content = |n: usize| &messages[n]["entryPayload"]["abstractMessage"]["staticContent"];
    assert_eq!(content(0)["text"], "Hi, how can I help?");
    assert_eq!(content(1)["attachments"][0]["mimeType"], "image/png");
    assert!(content(1).get("text").is_none());
    let automatic =
        json!({ "sender": { "role": "Chatbot" }, "entryPayload": { "messageReason": "AutomatedResponse" } });
    assert_has(messages[2], &automatic);
}

#[tokio::test]
async fn typing_is_published_only_once_enabled() {
    for enabled in [false, true] {
        let org = Org::opened_with(|it| it.typing_events = enabled, Script::Manual).await;
        org.play([Act::Join, Act::StartTyping, Act::StopTyping]).await;
        let indicators = ["TypingStartedIndicator", "TypingStoppedIndicator"];
        assert_eq!(org.entry_types()[1..], indicators[..if enabled { 2 } else { 0 }]);
    }
}

/// Signed over id, time and body.
fn assert_proven(one: &Received) {
    let header = |name: &str| one.headers[name].to_str().unwrap();
    let time = header("webhook-timestamp").parse().unwrap();
    let proof = relay::signature(RELAY_SECRET, header("webhook-id"), time, &one.raw).unwrap();
    assert_eq!(header("webhook-signature"), proof);
}

#[tokio::test]
async fn apex_posts_the_payload_verbatim_and_signed_under_raw_and_repeats_it() {
    let change = |it: &mut SalesforceConfig| {
        it.transport = Transport::ApexCallout;
        it.package = Package::Absent;
    };
    let org = Org::opened_with(change, Script::Manual).await;
    org.receiver.answer_next([503, 200]);
    org.play([Act::Join]).await;
    let received = org.receiver.received();
    assert_eq!(received.len(), 2);
    for one in &received {
        assert_eq!(one.path, "/hook/raw");
        assert_proven(one);
        let id = one.headers["webhook-id"].to_str().unwrap();
        let payload = json!({ "identifier": id, "entryType": "ParticipantChanged" });
        assert_has(&one.json()["payload"], &payload);
    }
    assert_eq!(received[0].raw, received[1].raw);
    assert!(org.bus.events().is_empty());
}

#[tokio::test]
async fn the_package_posts_signed_relay_events_or_publishes_its_own_event() {
    let org = Org::start(Script::Manual).await;
    let id = org.open("tr_1").await;
    org.play([Act::Join]).await;
    let one = org.receiver.received().remove(0);
    assert_eq!(one.path, "/hook");
    let expected = json!({ "v": 1, "type": "agent_joined", "transfer_id": "tr_1", "provider_session_id": id });
    assert_has(&one.json(), &expected);
    assert!(one.headers["webhook-id"].to_str().unwrap().starts_with("sf-0Mw"));
    assert_proven(&one);

    let org = Org::opened_with(|it| it.package = Package::Publishes, Script::Manual).await;
    org.handle.act("tr_1", Act::Join).unwrap();
    org.handle.end_from_provider("tr_1").unwrap();
    org.handle.quiet().await;
    let events = org.bus.events();
    let own: Vec<&Value> =
        events.iter().filter(|it| it.detail_type == "Handoff_Status__e").map(|it| &it.detail["payload"]).collect();
    assert_has(own[0], &json!({ "Status__c": "Active", "OwnerName__c": "Representative One" }));
    assert_has(own[1], &json!({ "Status__c": "Ended", "EndedBy__c": "System", "TransferId__c": "tr_1" }));
    assert!(org.receiver.received().is_empty());
}

#[tokio::test]
async fn a_flat_payload_and_a_single_work_item_are_possible() {
    let change = |it: &mut SalesforceConfig| {
        it.payload_shape = PayloadShape::Flat;
        it.work_item = WorkItem::Single;
    };
    let org = Org::start_with(change, Script::Manual).await;
    let answer = org.interact(&message("tr_1", 0, "summary")).await;
    assert!(answer["workItemId"].as_str().unwrap().starts_with("0Mw"));
    org.play([Act::Join]).await;
    let payload = &org.payloads()[0];
    assert_eq!(payload["entryType"], "ParticipantChanged");
    assert!(payload.get("payload").is_none());
}

#[tokio::test]
async fn faults_strike_requests_and_events_by_their_names() {
    let org = Org::start(Script::Manual).await;
    org.handle.faults([
        on_request(Operation::Open, by_status(429, Some(2), Taken::No)),
        on_request(Operation::Send, RequestFault::RevokeTokens),
        on_callback("event.participant_changed", CallbackFault::Drop),
        on_callback("event.message", CallbackFault::Duplicate { copies: 1 }),
    ]);
    let limited = org.interaction(&message("tr_1", 0, "summary")).send().await.unwrap();
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str().unwrap()), (429, "2"));
    assert!(org.handle.conversations().is_empty());
    org.open("tr_1").await;
    assert_eq!(answer(org.interaction(&message("tr_1", 1, "hi")), 401).await["code"], 10004);
    org.play([Act::Join, say("Hello")]).await;
    assert_eq!(org.entry_types(), ["Message", "Message"]);
    let state = org.handle.state();
    assert_eq!(state.callbacks_of("event.participant_changed").next().unwrap().outcome, Outcome::Dropped);
}

#[tokio::test]
async fn any_event_can_be_sent_and_the_addresses_can_be_set_later() {
    let change = |it: &mut SalesforceConfig| {
        it.bus = None;
        it.relay_url = None;
    };
    let org = Org::start_with(change, Script::Manual).await;
    org.handle.send_raw_event(json!({ "oops": 1 }));
    org.handle.send_raw_relay("evt_1", json!({ "v": 1 }));
    org.handle.quiet().await;
    assert!(org.handle.callbacks().iter().all(|it| it.outcome == Outcome::NotConfigured));
    org.handle.set_bus(org.bus.clone());
    org.handle.set_relay(&org.receiver.url, RELAY_SECRET);
    org.handle.send_raw_event(json!({ "oops": 2 }));
    org.handle.send_raw_relay("evt_2", json!({ "v": 1, "type": "csat" }));
    org.handle.quiet().await;
    assert_eq!(org.payloads(), [json!({ "oops": 2 })]);
    let received = org.receiver.received();
    assert_eq!(received[0].headers["webhook-id"], "evt_2");
}

#[tokio::test]
async fn an_envelope_can_have_its_fields_without_a_payload_around() {
    let org = Org::opened_with(|it| it.relay_envelope = RelayEnvelope::Bare, Script::Manual).await;
    org.play([Act::Join]).await;
    let detail = &org.bus.events()[0].detail;
    assert_eq!(detail["EventType__c"], "Interaction");
    assert!(detail["Payload__c"].is_string() && detail.get("payload").is_none());
}
