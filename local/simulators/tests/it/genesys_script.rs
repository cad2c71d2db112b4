//! Genesys: what the scripted human and the lifecycle look like from outside.

use std::collections::HashSet;

use serde_json::{Value, json};
use simulators::{
    Act, Author, EndedBy, Options, Phase, Script, Stamp,
    genesys::{Threading, signature},
};

use crate::{
    sites::{GenesysSite, INTEGRATION, SECRET, inbound, message},
    support::{acts, answer, answers, assert_has, attachment, bodies, ended, greeted, say, status_of},
};

async fn bus_holds(site: &GenesysSite, topic: &str) {
    let kind = format!("lifecycle.{topic}");
    site.wait(|it| it.callbacks_of(&kind).next().is_some()).await;
}

#[tokio::test]
async fn the_default_script_greets_answers_and_ends_on_bye() {
    let (site, id) = GenesysSite::opened(Script::Greet).await;
    site.wait(greeted).await;
    site.say("tr_1", "m-1", "Where is my parcel?").await;
    site.wait(|it| answers(it) == 2).await;
    site.say("tr_1", "m-2", "bye").await;
    site.wait(ended).await;
    bus_holds(&site, "customer.end").await;

    assert_eq!(
        site.topics(),
        [
            "customer.start",
            "flow.start",
            "flow.end",
            "acd.start",
            "user.start",
            "acd.end",
            "user.end",
            "acw",
            "customer.end"
        ]
    );
    let conversation = site.handle.conversation(&id).unwrap();
    assert_eq!(conversation.contact_texts(), ["summary", "Where is my parcel?", "bye"]);
    assert!(conversation.texts_by(Author::Representative)[1].contains("Where is my parcel?"));
    assert_eq!(conversation.attributes["priority"], "5");
    assert_eq!(conversation.ended_by, Some(EndedBy::Representative));
}

#[tokio::test]
async fn lifecycle_events_have_the_documented_shape_and_rising_times() {
    let (site, id) = GenesysSite::opened(Script::Greet).await;
    site.wait(greeted).await;
    site.say("tr_1", "m-1", "bye").await;
    bus_holds(&site, "customer.end").await;

    let events = site.bus.events();
    let times: Vec<i64> = events.iter().map(|it| it.time_ms).collect();
    assert!(times.windows(2).all(|it| it[0] < it[1]), "{times:?}");
    for event in &events {
        let body = &event.detail["eventBody"];
        assert!(event.source.starts_with("aws.partner/genesys.com/cloud/"));
        assert_has(body, &json!({ "conversationId": id, "mediaType": "MESSAGE", "messageType": "OPEN" }));
        let topic = event.detail_type.replace("{id}", &id);
        assert_eq!(event.detail["topicName"], topic);
        assert!(body["participantId"].is_string() && body["sessionId"].is_string());
    }
    let answered = site.event("acd.end");
    assert_eq!(answered["acdOutcome"], "ANSWERED");
    assert_eq!(site.event("acd.start")["routingPriority"], 5);
    let left = site.event("user.end");
    assert_eq!(left["disconnectType"], "CLIENT");
    assert!(left["interactingDurationMs"].as_i64().unwrap() > 0);
    assert_eq!(site.event("customer.end")["disconnectType"], "PEER");

    let user = answered["answeredUserId"].as_str().unwrap();
    let person = site.get(&format!("/api/v2/users/{user}")).await;
    assert_eq!(person["name"], "Representative One");
}

#[tokio::test]
async fn webhooks_are_signed_and_name_the_contact() {
    let mut options = Options::brisk();
    options.lines.flow_greeting = Some("You are in good hands.".to_owned());
    let site =
        GenesysSite::start_as(|it| it.webhook_headers = vec![("X-Tenant".to_owned(), "one".to_owned())], options).await;
    let id = site.open("tr_1").await;
    let texts = |all: &[crate::receiver::Received]| all.iter().filter(|it| it.json()["type"] == "Text").count();
    let received = site.receiver.wait_until(|all| texts(all) == 2).await;
    for one in &received {
        let proof = one.headers["x-hub-signature-256"].to_str().unwrap();
        assert_eq!(proof, signature(SECRET, &one.raw));
        assert_eq!(one.headers["x-tenant"], "one");
        let expected = json!({
            "channel": { "to": { "id": "tr_1" }, "from": { "id": INTEGRATION } }, "direction": "Outbound",
            "conversationId": id,
        });
        assert_has(&one.json(), &expected);
    }
    let bodies = bodies(&received);
    assert!(bodies.iter().any(|it| it["type"] == "Receipt" && it["status"] == "Delivered"));
    assert!(bodies.iter().any(|it| it["text"] == "You are in good hands."));
}

#[tokio::test]
async fn nobody_answers_in_idle_and_nobody_joins_in_queue_forever() {
    let site = GenesysSite::start(Script::Idle).await;
    site.handle.script_for("tr_2", Script::QueueForever);
    site.open("tr_1").await;
    site.open("tr_2").await;
    site.wait(greeted).await;
    site.say("tr_1", "m-1", "Hello?").await;
    site.wait(|it| it.conversation("tr_2").is_some_and(|it| it.phase == Phase::Queued)).await;
    // An act by command still works, and shows that the script did nothing before it.
    site.handle.act("tr_1", Act::Leave).unwrap();
    let conversation = site.handle.conversation("tr_1").unwrap();
    assert_eq!(conversation.texts_by(Author::Representative).len(), 1);
    assert_eq!(conversation.contact_texts(), ["summary", "Hello?"]);
}

#[tokio::test]
async fn without_representatives_the_conversation_is_abandoned() {
    let (site, _) = GenesysSite::opened(Script::NoAgents).await;
    bus_holds(&site, "customer.end").await;
    assert_eq!(site.event("acd.end")["acdOutcome"], "ABANDON");
    assert!(!site.topics().contains(&"user.start".to_owned()));
}

#[tokio::test]
async fn a_declined_alert_has_no_interacting_time_and_the_next_is_answered() {
    let (site, _) = GenesysSite::opened(Script::DeclineThenAnswer).await;
    site.wait(greeted).await;
    bus_holds(&site, "acd.end").await;
    assert_eq!(site.topics()[4..], ["user.start", "user.end", "user.start", "acd.end"]);
    let declined = &site.bus.events()[5].detail["eventBody"];
    assert_eq!(declined["interactingDurationMs"], 0);
}

#[tokio::test]
async fn a_transfer_goes_through_the_queue_to_another_representative() {
    let (site, _) = GenesysSite::opened(Script::TransferToQueue).await;
    site.wait(greeted).await;
    site.say("tr_1", "m-1", "Somebody else, please").await;
    site.wait(|it| it.conversations[0].representative.as_ref().is_some_and(|it| it.name == "Representative Two")).await;
    site.wait(|it| it.callbacks_of("lifecycle.acd.end").count() == 2).await;
    assert_eq!(site.topics()[6..], ["user.end", "acd.start", "user.start", "acd.end"]);
    let moved = &site.bus.events()[6].detail["eventBody"];
    assert_eq!(moved["disconnectType"], "TRANSFER");
    assert!(moved["interactingDurationMs"].as_i64().unwrap() > 0);
}

#[tokio::test]
async fn wrap_up_asks_a_survey_question_between_leaving_and_the_end() {
    let (site, _) = GenesysSite::opened(Script::WrapUp).await;
    site.wait(greeted).await;
    site.say("tr_1", "m-1", "bye").await;
    site.wait(ended).await;
    let conversation = site.handle.conversation("tr_1").unwrap();
    assert!(conversation.texts_by(Author::Flow)[0].contains("1 to 5"));
    bus_holds(&site, "customer.end").await;
    assert_eq!(site.topics()[6..], ["user.end", "acw", "customer.end"]);
}

#[tokio::test]
async fn reject_refuses_the_open_and_leaves_no_conversation() {
    let site = GenesysSite::start(Script::Reject).await;
    let body = answer(site.open_request("tr_1"), 400).await;
    assert_eq!(body["code"], "bad.request");
    assert!(site.handle.conversations().is_empty());
}

#[tokio::test]
async fn manual_does_only_what_is_commanded_with_the_given_ids_and_times() {
    let (site, _) = GenesysSite::opened(Script::Manual).await;
    assert!(site.handle.act("tr_1", say("too early")).is_err());
    let stamp = Stamp { id: Some("msg-7".to_owned()), at_ms: Some(1_795_341_650_000) };
    site.handle.act_stamped("tr_1", Act::Join, stamp.clone()).unwrap();
    let say = say("Hello");
    site.handle.act_stamped("tr_1", say, stamp).unwrap();
    let file = attachment("a.png", "image/png");
    acts(&site.handle, [Act::SendFile(file, String::new()), Act::StartTyping]);
    let received = site.receiver.wait_until(|all| all.len() == 3).await;
    let [text, file, typing] = [0, 1, 2].map(|n| received[n].json());
    assert_eq!(text["id"], "msg-7");
    assert_eq!(text["channel"]["time"], "2026-11-22T10:00:50.000Z");
    assert_eq!(file["content"][0]["attachment"]["mediaType"], "Image");
    assert_eq!(typing["events"][0]["typing"]["type"], "On");
    assert!(typing.get("text").is_none());
    bus_holds(&site, "acd.end").await;
    assert_eq!(site.topics(), ["user.start", "acd.end"]);
    assert_eq!(site.bus.events()[1].time_ms, 1_795_341_650_001);
}

#[tokio::test]
async fn the_same_sender_threads_into_the_same_conversation_even_after_its_end() {
    let (site, id) = GenesysSite::opened(Script::Manual).await;
    assert_ne!(site.open("tr_2").await, id);
    // A blindly repeated open doubles the first text.
    assert_eq!(site.open("tr_1").await, id);
    let conversation = site.handle.conversation(&id).unwrap();
    assert_eq!(conversation.contact_texts(), ["summary", "summary"]);

    site.handle.end_from_provider(&id).unwrap();
    site.say("tr_1", "m-9", "one more thing").await;
    let conversation = site.handle.conversation(&id).unwrap();
    assert_eq!((conversation.phase, conversation.reopened), (Phase::New, 1));
    assert_eq!(site.handle.conversations().len(), 2);
}

#[tokio::test]
async fn with_timeline_zero_a_message_after_the_end_starts_anew() {
    let site = GenesysSite::start_with(|it| it.threading = Threading::AlwaysNew, Script::Manual).await;
    let id = site.open("tr_1").await;
    site.handle.end_from_provider(&id).unwrap();
    assert_ne!(site.open("tr_1").await, id);
}

#[tokio::test]
async fn the_platform_ends_a_conversation_by_reading_and_patching_the_customer() {
    let (site, id) = GenesysSite::opened(Script::Manual).await;
    acts(&site.handle, [Act::Accept, Act::Queue, Act::Join]);
    let path = format!("/api/v2/conversations/messages/{id}");
    let document = site.get(&path).await;
    let participants = document["participants"].as_array().unwrap();
    let agent = participants.iter().find(|it| it["purpose"] == "agent");
    assert_eq!(agent.unwrap()["state"], "connected");
    let customer = participants.iter().find(|it| it["purpose"] == "customer");
    let customer = customer.unwrap()["id"].as_str().unwrap();
    let on_participant = format!("{path}/participants/{customer}");
    let disconnect = json!({ "state": "disconnected" });
    assert_eq!(answer(site.patch(&on_participant, &disconnect), 204).await, Value::Null);

    bus_holds(&site, "customer.end").await;
    assert_eq!(site.topics()[6..], ["user.end", "customer.end"]);
    let conversation = site.handle.conversation(&id).unwrap();
    assert_eq!(conversation.ended_by, Some(EndedBy::Contact));
    assert_eq!(status_of(site.patch(&on_participant, &disconnect)).await, 404);
    let document = site.get(&path).await;
    assert_eq!(document["participants"][0]["state"], "disconnected");
}

#[tokio::test]
async fn the_other_ways_to_end_work_too() {
    let site = GenesysSite::start(Script::Manual).await;
    let (first, second) = (site.open("tr_1").await, site.open("tr_2").await);
    let patch = format!("/api/v2/conversations/messages/{first}");
    let body = json!({ "state": "disconnected" });
    assert_eq!(status_of(site.patch(&patch, &body)).await, 200);
    let post = format!("/api/v2/conversations/{second}/disconnect");
    assert_eq!(status_of(site.post(&post, &json!({}))).await, 202);
    let phases: HashSet<_> = site.handle.conversations().iter().map(|it| it.phase as u8).collect();
    assert_eq!(phases, HashSet::from([Phase::Ended as u8]));
}

#[tokio::test]
async fn a_repeated_message_is_answered_again_but_shown_once() {
    let (site, id) = GenesysSite::opened(Script::Manual).await;
    let body = message("tr_1", "m-1", "hi");
    let first = answer(site.post(&inbound("message"), &body), 200).await;
    assert_eq!(answer(site.post(&inbound("message"), &body), 200).await, first);
    assert!(first.get("conversationId").is_none());
    assert_eq!(site.handle.conversation(&id).unwrap().contact_texts(), ["summary", "hi"]);
}

#[tokio::test]
async fn typing_receipts_and_attributes_reach_the_conversation() {
    let (site, id) = GenesysSite::opened(Script::Manual).await;
    let channel = json!({ "from": { "id": "tr_1", "idType": "Opaque" }, "time": "2026-11-22T10:00:00Z" });
    let typing = json!({ "channel": channel, "events": [{ "eventType": "Typing" }] });
    assert_eq!(status_of(site.post(&inbound("event"), &typing)).await, 200);
    let receipt = json!({
        "id": "msg-1", "status": "Failed", "isFinalReceipt": true,
        "channel": { "to": { "id": "tr_1", "idType": "Opaque" }, "time": "2026-11-22T10:00:00Z" },
        "reasons": [{ "code": "MessageExpired", "message": "too late" }],
    });
    assert_eq!(status_of(site.post(&inbound("receipt"), &receipt)).await, 200);
    let document = site.get(&format!("/api/v2/conversations/messages/{id}")).await;
    let customer = document["participants"][0]["id"].as_str().unwrap();
    let path = format!("/api/v2/conversations/{id}/participants/{customer}/attributes");
    let update = site.patch(&path, &json!({ "attributes": { "tier": "gold" } }));
    assert_eq!(status_of(update).await, 200);

    let conversation = site.handle.conversation(&id).unwrap();
    assert_eq!(conversation.contact_typing, 1);
    assert_eq!(conversation.receipts, [("msg-1".to_owned(), "Failed".to_owned())]);
    assert_eq!(conversation.attributes["tier"], "gold");
}
