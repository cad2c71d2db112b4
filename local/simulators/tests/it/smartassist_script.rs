//! SmartAssist: what channel, flow and the scripted human look like from outside.

use serde_json::{Value, json};
use simulators::{
    Act, CallbackFault, Effect, EndedBy, Operation, Outcome, Phase, Script, Stamp, Taken, relay,
    smartassist::{Addressing, AgentText, ClosureAnswer, ClosureEffect, SmartAssistConfig, Trigger},
};

use crate::{
    receiver::Received,
    smartassist_sites::{Account, RELAY_SECRET, STREAM, closure, opening, text},
    support::{
        acts, answer, answers, assert_has, attachment, bodies, by_status, greeted, on_callback, on_request, say,
        status_of,
    },
};

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|it| it["type"].as_str().unwrap()).collect()
}

/// All texts of the channel, in order.
fn texts(all: &[Received]) -> Vec<String> {
    let items = all.iter().flat_map(|it| it.json()["data"].as_array().unwrap().clone());
    items.filter(|it| it["type"] == "text").map(|it| it["val"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_default_script_goes_from_queue_to_closed() {
    let site = Account::start(Script::Greet).await;
    let id = site.open("tr_1").await;
    assert!(id.starts_with("c-"));
    site.wait(greeted).await;
    site.call(&text("tr_1", "Where is my parcel?")).await;
    site.wait(|it| answers(it) == 2).await;
    site.call(&text("tr_1", "bye")).await;
    let events = site.told("closed").await;
    assert_eq!(types(&events), ["queued", "agent_joined", "agent_left", "closed"]);
    for (n, event) in events.iter().enumerate() {
        let expected = json!({ "v": 1, "seq": n + 1, "transfer_id": "tr_1", "provider_session_id": id });
        assert_has(event, &expected);
        assert!(event["occurred_at"].as_str().unwrap().ends_with('Z'));
    }
    let queued = json!({ "position": 1, "estimated_wait_seconds": 90, "queue": { "name": "Default Queue" } });
    assert_has(&events[0], &queued);
    assert_eq!((&events[1]["agent"]["name"], &events[2]["reason"]), (&json!("Representative One"), &json!("left")));
    assert_has(&events[3], &json!({ "closed_by": "agent", "reason": "resolved" }));
    site.handle.quiet().await;
    assert_eq!(texts(&site.channel.received()).len(), 3);
    let conversation = site.handle.conversation("tr_1").unwrap();
    assert_eq!(conversation.contact_texts(), ["Where is my parcel?", "bye"]);
    let attributes = json!({ "summary": "Card declined", "priority": "5" });
    assert_has(&json!(conversation.attributes), &attributes);
}

#[tokio::test]
async fn relay_events_are_signed_over_id_time_and_body() {
    let site = Account::opened(Script::Manual).await;
    let stamp = Stamp { id: Some("evt-1".to_owned()), at_ms: Some(1_768_212_001_000) };
    site.handle.act_stamped("tr_1", Act::Queue, stamp).unwrap();
    site.handle.act("tr_1", Act::Join).unwrap();
    let received = site.relay.wait_until(|all| all.len() == 2).await;
    let ids: Vec<&str> = received.iter().map(|it| it.headers["webhook-id"].to_str().unwrap()).collect();
    assert_eq!(ids, ["evt-1", "evt_tr_1_2"]);
    assert_eq!(received[0].json()["occurred_at"], "2026-01-12T10:00:01.000Z");
    for (one, id) in received.iter().zip(ids) {
        let time: i64 = one.headers["webhook-timestamp"].to_str().unwrap().parse().unwrap();
        assert!((site.now() - time).abs() < 60);
        let expected = relay::signature(RELAY_SECRET, id, time, &one.raw).unwrap();
        assert_eq!(one.headers["webhook-signature"], expected.as_str());
    }
}

#[tokio::test]
async fn the_relay_repeats_with_the_same_id_and_body_and_the_channel_never_does() {
    let site = Account::opened(Script::Manual).await;
    site.relay.answer_next([503, 429, 200]);
    site.channel.answer_next([503]);
    acts(&site.handle, [Act::Join, say("Hello")]);
    site.handle.quiet().await;
    let received = site.relay.received();
    assert_eq!(received.len(), 3);
    assert!(received.windows(2).all(|it| it[0].raw == it[1].raw));
    assert!(received.iter().all(|it| it.headers["webhook-id"] == "evt_tr_1_1"));
    let state = site.handle.state();
    let outcomes: Vec<&Outcome> = state.callbacks_of("relay.agent_joined").map(|it| &it.outcome).collect();
    assert_eq!(outcomes, [&Outcome::Status(503), &Outcome::Status(429), &Outcome::Status(200)]);
    assert_eq!(state.callbacks_of("channel.text").count(), 1);
}

#[tokio::test]
async fn utterances_say_whose_they_are_or_not() {
    for addressing in [Addressing::To, Addressing::ToObject, Addressing::Absent] {
        let site = Account::opened_with(|it| it.addressing = addressing, Script::Manual).await;
        site.handle.act("tr_1", Act::Join).unwrap();
        let stamp = Stamp { id: Some("ms-7".to_owned()), at_ms: Some(1_768_212_007_000) };
        site.handle.act_stamped("tr_1", say("Hi"), stamp).unwrap();
        let body = site.channel.wait_until(|all| !all.is_empty()).await[0].json();
        let bare = json!({ "type": "text", "val": "Hi", "createdOn": "2026-01-12T10:00:07.000Z" });
        let mut item = bare.clone();
        item["messageId"] = json!("ms-7");
        let expected = match addressing {
            Addressing::To => json!({ "to": "tr_1", "from": STREAM, "data": [item], "_v": "v2" }),
            Addressing::ToObject => json!({ "to": { "id": "tr_1" }, "from": STREAM, "data": [item], "_v": "v2" }),
            Addressing::Absent => json!({ "data": [bare], "_v": "v2" }),
        };
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn a_representative_is_heard_over_channel_relay_or_both() {
    for (ways, channel, relayed) in [(AgentText::Channel, 1, 0), (AgentText::Relay, 0, 1), (AgentText::Both, 1, 1)] {
        let site = Account::opened_with(|it| it.agent_text = ways, Script::Manual).await;
        acts(&site.handle, [Act::Join, say("Hello")]);
        site.handle.quiet().await;
        assert_eq!(texts(&site.channel.received()).len(), channel, "{ways:?}");
        let events = bodies(&site.relay.received());
        let messages: Vec<&Value> = events.iter().filter(|it| it["type"] == "agent_message").collect();
        assert_eq!(messages.len(), relayed, "{ways:?}");
        for message in messages {
            let said = json!({ "message": { "text": "Hello" }, "agent": { "name": "Representative One" } });
            assert_has(message, &said);
            assert!(message["message"]["id"].is_string());
        }
    }
}

#[tokio::test]
async fn a_file_is_its_address_in_the_channel_and_an_attachment_in_the_relay() {
    let site = Account::opened_with(|it| it.agent_text = AgentText::Both, Script::Manual).await;
    site.handle.act("tr_1", Act::Join).unwrap();
    acts(&site.handle, [Act::SendFile(attachment("a.pdf", "application/pdf"), "see here".to_owned())]);
    let received = site.channel.wait_until(|all| !all.is_empty()).await;
    assert_eq!(texts(&received), ["see here", "https://example.com/a.pdf"]);
    assert_eq!(received.len(), 1);
    let events = site.told("agent_message").await;
    let attachment = &events.last().unwrap()["message"]["attachments"][0];
    assert_eq!(attachment, &json!({ "url": "https://example.com/a.pdf", "name": "a.pdf", "mime": "application/pdf" }));
}

#[tokio::test]
async fn a_transfer_is_a_leaving_of_its_own_kind() {
    let site = Account::opened(Script::TransferToQueue).await;
    site.wait(greeted).await;
    site.call(&text("tr_1", "Somebody else, please")).await;
    let second = |all: &[Received]| all.iter().any(|it| it.json()["agent"]["name"] == "Representative Two");
    let events = bodies(&site.relay.wait_until(second).await);
    assert_eq!(types(&events), ["queued", "agent_joined", "agent_left", "agent_joined"]);
    assert_has(&events[2], &json!({ "reason": "transferred", "agent": { "name": "Representative One" } }));
}

#[tokio::test]
async fn without_agents_the_system_closes_and_says_why() {
    let site = Account::opened(Script::NoAgents).await;
    let events = site.told("closed").await;
    assert_has(events.last().unwrap(), &json!({ "closed_by": "system", "reason": "no_agents" }));
}

#[tokio::test]
async fn a_number_answers_the_survey_and_a_judgement_may_come_after_the_end() {
    let site = Account::opened(Script::Manual).await;
    acts(&site.handle, [Act::Join, Act::Leave, Act::Survey("From 1 to 5?".to_owned())]);
    site.call(&text("tr_1", "4")).await;
    site.handle.act("tr_1", Act::End(EndedBy::Representative)).unwrap();
    site.handle.rate("tr_1", 5, Some("quick help")).unwrap();
    let events = bodies(&site.relay.wait_until(|all| all.len() == 5).await);
    assert_eq!(types(&events), ["agent_joined", "agent_left", "csat", "closed", "csat"]);
    assert_has(&events[2], &json!({ "rating": 4, "scale_max": 5 }));
    assert_eq!(events[4]["comment"], "quick help");
    assert_eq!(texts(&site.channel.received()), ["From 1 to 5?"]);
}

#[tokio::test]
async fn the_contact_closes_and_a_second_closure_is_ignored() {
    let site = Account::opened(Script::Manual).await;
    site.handle.act("tr_1", Act::Join).unwrap();
    let first = site.call(&closure("tr_1")).await;
    assert_eq!(first["data"][0]["eventType"], "SESSION_CLOSURE_SUCCESS");
    let second = site.call(&closure("tr_1")).await;
    assert_eq!(second["data"][0]["eventType"], "SESSION_CLOSURE_IGNORED");
    let events = site.told("closed").await;
    assert_eq!(events.last().unwrap()["closed_by"], "user");
    let told = site.channel.wait_until(|all| all.len() == 2).await;
    assert_has(&told[0].json(), &json!({ "data": first["data"], "to": "tr_1" }));
    let state = site.handle.state();
    assert_eq!(state.conversations[0].ended_by, Some(EndedBy::Contact));
    let effects: Vec<&Effect> = state.requests_for(Operation::End).map(|it| &it.effect).collect();
    assert!(matches!(effects[..], [Effect::Taken, Effect::Ignored(_)]));
}

#[tokio::test]
async fn the_outcome_of_a_closure_has_its_place() {
    for (place, answered, posted) in [(ClosureAnswer::Answer, true, 0), (ClosureAnswer::PostUrl, false, 1)] {
        let site = Account::opened_with(|it| it.closure_answer = place, Script::Manual).await;
        let answer = site.call(&closure("tr_1")).await;
        assert_eq!(answer.get("data").is_some(), answered, "{place:?}");
        site.handle.quiet().await;
        assert_eq!(site.channel.received().len(), posted, "{place:?}");
    }
}

#[tokio::test]
async fn a_closure_may_leave_the_human_in_the_chat() {
    let site = Account::opened_with(|it| it.closure_effect = ClosureEffect::LeavesHuman, Script::Manual).await;
    site.handle.act("tr_1", Act::Join).unwrap();
    site.call(&closure("tr_1")).await;
    site.handle.act("tr_1", say("Are you there?")).unwrap();
    site.call(&text("tr_1", "unheard")).await;
    let conversation = site.handle.conversation("tr_1").unwrap();
    assert_eq!((conversation.phase, conversation.contact_texts().len()), (Phase::Connected, 0));
    site.handle.quiet().await;
    assert_eq!(texts(&site.channel.received()), ["Are you there?"]);
}

#[tokio::test]
async fn what_is_not_for_the_flow_stays_with_the_bot() {
    let site = Account::opened_with(|it| it.trigger = Trigger::OnConnect, Script::Greet).await;
    site.handle.quiet().await;
    assert_eq!(texts(&site.channel.received()), ["I am not sure what you mean."]);
    assert!(site.relay.received().is_empty());
    let mut connect = opening("tr_2");
    connect["message"] = json!({ "type": "event", "val": "ON_CONNECT" });
    site.call(&connect).await;
    site.told("agent_joined").await;

    let site = Account::opened_with(|it| it.trigger = Trigger::Text("talk to a person".to_owned()), Script::Idle).await;
    site.told("agent_joined").await;
}

#[tokio::test]
async fn nothing_recognises_a_repeat_and_nobody_hears_what_comes_after_the_end() {
    let site = Account::start(Script::Manual).await;
    let first = site.open("tr_1").await;
    assert_ne!(first, site.open("tr_1").await);
    assert_eq!(site.handle.conversations().len(), 2);
    site.handle.end_from_provider("tr_1").unwrap();
    assert_eq!(site.call(&text("tr_1", "hello?")).await["status"], "ok");
    let last = site.handle.requests().pop().unwrap();
    assert_eq!(last.effect, Effect::Ignored("no session is active".to_owned()));
    let events = site.told("closed").await;
    assert_eq!(events.last().unwrap()["reason"], "timeout");
}

#[tokio::test]
async fn each_way_has_faults_of_its_own_and_takes_what_a_test_makes_up() {
    let site = Account::opened(Script::Manual).await;
    site.handle.faults([
        on_callback("relay.queued", CallbackFault::Drop),
        on_callback("relay.agent_joined", CallbackFault::Duplicate { copies: 1 }),
        on_callback("channel.text", CallbackFault::Hold),
    ]);
    acts(&site.handle, [Act::Queue, Act::Join, say("held"), say("straight")]);
    site.handle.quiet().await;
    assert_eq!(site.handle.release_held(), 1);
    site.handle.quiet().await;
    assert_eq!(texts(&site.channel.received()), ["straight", "held"]);
    let relayed = site.relay.received();
    assert_eq!(relayed.len(), 2);
    assert_eq!(relayed[0].headers["webhook-id"], relayed[1].headers["webhook-id"]);
    site.handle.send_raw_relay("evt-x", json!({ "v": 2 }));
    site.handle.send_raw_channel(json!({ "data": [] }));
    site.handle.quiet().await;
    assert_eq!(site.relay.received().last().unwrap().headers["webhook-id"], "evt-x");
    assert_eq!(site.channel.received().last().unwrap().json(), json!({ "data": [] }));
}

#[tokio::test]
async fn addresses_can_be_set_later_and_the_channel_has_its_header() {
    let change = |it: &mut SmartAssistConfig| {
        it.post_url = None;
        it.relay_url = None;
        it.relay_session_ids = false;
        it.queue_news = None;
        it.post_url_header = Some("x-kore-secret".to_owned());
    };
    let site = Account::opened_with(change, Script::Manual).await;
    site.handle.act("tr_1", Act::Join).unwrap();
    site.wait(|it| it.callbacks.iter().any(|it| it.outcome == Outcome::NotConfigured)).await;
    site.handle.set_webhook(&site.channel.url, "static-secret-1");
    let control = format!("{}/_control/relay", site.handle.base_url());
    let address = json!({ "url": site.relay.url, "secret": RELAY_SECRET });
    assert_eq!(status_of(site.http.post(control).json(&address)).await, 204);
    acts(&site.handle, [say("Hello"), Act::Queue]);
    let events = site.told("queued").await;
    assert!(["provider_session_id", "position"].iter().all(|it| events[0].get(it).is_none()));
    let received = site.channel.wait_until(|all| !all.is_empty()).await;
    assert_eq!(received[0].headers["x-kore-secret"], "static-secret-1");
}

#[tokio::test]
async fn a_504_can_hide_that_the_opening_was_taken() {
    let site = Account::start(Script::Manual).await;
    site.handle.faults([on_request(Operation::Open, by_status(504, None, Taken::Yes))]);
    let body = answer(site.request(&opening("tr_1")), 504).await;
    assert_has(&body["errors"][0], &json!({ "code": 504, "msg": "timed-out" }));
    assert_eq!(site.handle.conversations().len(), 1);
}
