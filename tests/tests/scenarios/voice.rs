//! Calls: the runtime brings them to the contact centre, finds their transfers by them, and reports of them; and what the
//! contact centre tells of them counts.

use std::time::Duration;

use agent_transfer::Stack;
use serde_json::{Map, Value, json};
use simulators::genesys::Genesys;
use transfer_domain::Clock as _;
use transfer_providers::GENESYS;
use transfer_tests::api::{Answer, Api, event_types, events, minutes, stack, transfer, uuid};

const CALLER: &str = "+491510000000";
/// What the contact centre calls the call.
const THERE: &str = "0b1f8c1e-6a0a-4a0b-9d3e-2c7f4a5b6c7d";

async fn brought(stack: &Stack, api: &Api, conversation: &str, voice: &Value) -> Answer {
    let mut body = transfer(conversation, "genesys");
    body["channel"] = json!("voice");
    body["voice"] = voice.clone();
    let created = api.post("/transfers", &body).await;
    stack.settle().await.unwrap();
    created
}

async fn call(stack: &Stack, api: &Api) -> String {
    let created = brought(stack, api, "conv-1", &json!({ "callId": "call-1", "from": CALLER })).await;
    assert_eq!(created.status, 201, "{}", created.text);
    created.str("sessionId")
}

async fn report(stack: &Stack, api: &Api, session: &str, report: &Value) -> Answer {
    let answer = api.post(&format!("/transfers/{session}/voice/outcome"), report).await;
    stack.settle().await.unwrap();
    answer
}

/// What the timeline says of reports: each with why it had no effect.
async fn reports(api: &Api, session: &str) -> Vec<(String, Option<String>)> {
    let page = api.get(&format!("/transfers/{session}/timeline?limit=100")).await;
    let items = page.body["items"].as_array().cloned().unwrap();
    let said = items.iter().filter(|item| item["what"].as_str().unwrap().starts_with("call_"));
    said.map(|item| {
        assert_eq!(item["cause"], "api");
        (item["what"].as_str().unwrap().to_owned(), item["ignoredBecause"].as_str().map(str::to_owned))
    })
    .collect()
}

async fn found(api: &Api, query: &str) -> Vec<String> {
    let page = api.get(&format!("/transfers?{query}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    page.body["items"].as_array().unwrap().iter().map(|row| row["sessionId"].as_str().unwrap().to_owned()).collect()
}

/// Lets the contact centre tell of calls, by its events or by being asked.
async fn listen(api: &Api, extra: &Value) {
    let mut settings = api.get("/integrations/genesys").await.body["settings"].clone();
    settings.as_object_mut().unwrap().extend(extra.as_object().cloned().unwrap());
    let stored = api.put("/integrations/genesys", &json!({ "settings": settings })).await;
    assert_eq!(stored.status, 200, "{}", stored.text);
}

/// A lifecycle event of the call, in the vendor's form.
async fn told(stack: &Stack, topic: &str, body: Value) {
    let mut event = json!({
        "eventTime": stack.clock().now().timestamp_millis(), "conversationId": THERE, "participantId": "p-1",
        "sessionId": "s-1", "mediaType": "VOICE", "provider": "Edge", "direction": "INBOUND", "ani": format!("tel:{CALLER}"),
    });
    event.as_object_mut().unwrap().extend(body.as_object().cloned().unwrap());
    let event: Map<String, Value> = event.as_object().cloned().unwrap();
    stack.desk(GENESYS).unwrap().is::<Genesys>().unwrap().send_raw_lifecycle(topic, THERE, &event);
    stack.settle().await.unwrap();
    stack.advance(Duration::from_secs(1));
}

/// The flow of the call says whose it is.
async fn linked(stack: &Stack, session: &str) {
    let attributes = json!({
        "mediaType": null, "communications": [{ "id": "s-1", "mediaType": "VOICE" }],
        "attributes": { "transferId": uuid(session), "language": "de" },
    });
    told(stack, "attributes", attributes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_kept_as_it_was_described_and_nothing_is_opened_for_it() {
    let (stack, api) = stack().await;
    let voice = json!({
        "callId": "call-1", "sipCallId": "f81d4fae-7dec@198.51.100.7", "from": CALLER, "to": "sip:support@centre.example",
        "method": "refer",
    });
    let created = brought(&stack, &api, "conv-1", &voice).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let session = created.str("sessionId");
    let headers = &created.body["voiceHeaders"];
    let hex = uuid(&session).bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    assert_eq!(headers["User-to-User"], format!("04{hex};encoding=hex;purpose=isdn-uui;content=isdn-uui"));
    assert_eq!(
        (&headers["X-Transfer-Id"], &headers["X-Transfer-Session-Id"]),
        (&json!(uuid(&session)), &json!(session))
    );
    assert!(stack.desk(GENESYS).unwrap().conversations().is_empty());

    let record = api.detail(&session).await.body;
    for (name, value) in voice.as_object().unwrap() {
        assert_eq!(&record["voice"][name], value);
    }
    assert_eq!((&record["voice"]["reported"], &record["voiceHeaders"]), (&json!(null), headers));
    assert_eq!((&record["endKnownBy"], &record["status"]), (&json!("nobody"), &json!("pending")));
    for event in events(&stack, &session) {
        assert!(!event.to_string().contains(CALLER) && !event.to_string().contains("support@centre"), "{event}");
    }
    let said = api.say(&session, "m-1", "Hello").await;
    assert_eq!((said.status, said.problem()), (422, "not-supported"), "{}", said.text);
    let typed = api.post(&format!("/transfers/{session}/typing"), &json!({ "state": "started" })).await;
    assert_eq!((typed.status, typed.problem()), (422, "not-supported"), "{}", typed.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_has_no_call_and_a_call_without_a_description_is_opened_as_before() {
    let (stack, api) = stack().await;
    let chat = api.create("conv-1", "genesys").await;
    let record = api.detail(&chat).await.body;
    assert_eq!([&record["voice"], &record["voiceHeaders"], &record["endKnownBy"]], [&json!(null); 3]);
    let refused = report(&stack, &api, &chat, &json!({ "outcome": "connected" })).await;
    assert_eq!((refused.status, refused.problem()), (422, "not-supported"), "{}", refused.text);

    let mut body = transfer("conv-2", "genesys");
    body["channel"] = json!("voice");
    let plain = api.post("/transfers", &body).await;
    stack.settle().await.unwrap();
    assert_eq!((plain.status, plain.str("endKnownBy").as_str()), (201, "provider"), "{}", plain.text);
    assert!(stack.desk(GENESYS).unwrap().conversation(&uuid(&plain.str("sessionId"))).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_call_is_pointed_at() {
    let (stack, api) = stack().await;
    let long = "x".repeat(257);
    let voice = json!({ "callId": "a b", "sipCallId": long, "from": long, "to": "a\u{0}", "method": "dial" });
    let refused = brought(&stack, &api, "conv-1", &voice).await;
    assert_eq!((refused.status, refused.problem()), (422, "invalid-fields"), "{}", refused.text);
    let faults = refused.body["errors"].as_array().unwrap();
    let mut pointers: Vec<&str> = faults.iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/voice/callId", "/voice/from", "/voice/method", "/voice/sipCallId", "/voice/to"]);

    let mut chat = transfer("conv-1", "genesys");
    chat["voice"] = json!({ "callId": "call-1" });
    let refused = api.post("/transfers", &chat).await;
    assert_eq!(refused.body["errors"][0]["pointer"], "/voice", "{}", refused.text);
    assert_eq!(found(&api, "callId=call-1").await, Vec::<String>::new());

    let session = call(&stack, &api).await;
    for wrong in [json!({}), json!({ "outcome": "hung_up" }), json!({ "outcome": "busy", "providerSessionId": "" })] {
        assert_eq!(report(&stack, &api, &session, &wrong).await.status, 422, "{wrong}");
    }
    let nobody = format!("agent_transfer:{}:nobody:voice", uuid(&session));
    assert_eq!(report(&stack, &api, &nobody, &json!({ "outcome": "busy" })).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn transfers_are_found_by_both_ids_of_their_call_until_they_are_removed() {
    let (stack, api) = stack().await;
    let voice = json!({ "callId": "call/1#x", "sipCallId": "sip-1@host" });
    let first = brought(&stack, &api, "conv-1", &voice).await.str("sessionId");
    report(&stack, &api, &first, &json!({ "outcome": "busy" })).await;
    stack.advance(Duration::from_secs(5));
    let second = brought(&stack, &api, "conv-1", &voice).await.str("sessionId");
    let other = brought(&stack, &api, "conv-2", &json!({ "callId": "call-2" })).await.str("sessionId");
    for query in ["callId=call%2F1%23x", "callId=sip-1%40host"] {
        assert_eq!(found(&api, query).await, [second.as_str(), first.as_str()], "the newest first");
        assert_eq!(found(&api, &format!("{query}&status=ended")).await, [first.as_str()]);
        let page = api.get(&format!("/transfers?{query}")).await;
        assert_eq!(page.body["lookedAt"], 2, "nothing else is looked at");
    }
    assert_eq!(found(&api, "callId=call-2").await, [other.as_str()]);
    assert_eq!(found(&api, "callId=call-3").await, Vec::<String>::new());
    assert_eq!(found(&api.in_project("other"), "callId=call-2").await, Vec::<String>::new(), "another project's");

    stack.advance(minutes(24 * 60 + 1));
    if stack.sweeps() {
        stack.sweep_expired().await.unwrap();
        stack.settle().await.unwrap();
        let page = api.get("/transfers?callId=sip-1%40host").await;
        assert_eq!(page.body["lookedAt"], 1, "what named the first one went with it: {}", page.text);
    }
    assert!(!found(&api, "callId=sip-1%40host").await.contains(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn connected_makes_it_active_and_saying_so_again_changes_nothing() {
    let (stack, api) = stack().await;
    let session = call(&stack, &api).await;
    let first = report(&stack, &api, &session, &json!({ "outcome": "connected" })).await;
    assert_eq!((first.status, first.str("status").as_str()), (202, "active"), "{}", first.text);
    assert_eq!(first.body["voice"]["reported"]["outcome"], "connected");
    assert_eq!(first.body["endKnownBy"], "runtime", "the contact centre tells nothing of calls here");
    stack.advance(Duration::from_secs(5));
    let again = report(&stack, &api, &session, &json!({ "outcome": "connected" })).await;
    assert_eq!((again.status, &again.body["version"]), (202, &first.body["version"]), "{}", again.text);
    assert_eq!(reports(&api, &session).await, [("call_connected".to_owned(), None)]);
    let joined = ["transfer.requested", "transfer.accepted", "transfer.representative_joined"];
    assert_eq!(event_types(&stack, &session), joined);
    assert_eq!(api.task_status(&session).await, "in_progress");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_report_ends_it_with_its_reason_and_outcome() {
    let (stack, api) = stack().await;
    for (reported, reason, outcome) in [
        ("declined", "representative_ended", "declined"),
        ("busy", "no_representatives", "no_representatives"),
        ("no_answer", "no_representatives", "no_representatives"),
        ("voicemail", "no_representatives", "no_representatives"),
        ("failed", "provider_error", "failed"),
        ("dropped", "provider_disconnected", "failed"),
    ] {
        let created = brought(&stack, &api, &format!("conv-{reported}"), &json!({ "callId": reported })).await;
        let session = created.str("sessionId");
        let ended = report(&stack, &api, &session, &json!({ "outcome": reported })).await;
        assert_eq!((ended.status, ended.str("endReason")), (202, reason.to_owned()), "{reported} {}", ended.text);
        assert_eq!((ended.str("outcome"), ended.str("status")), (outcome.to_owned(), "ended".to_owned()), "{reported}");
        assert_eq!(ended.body["handback"]["outcome"], outcome);
        let told = events(&stack, &session);
        let end = told.iter().find(|event| event["detail-type"] == "transfer.ended").unwrap();
        assert_eq!((&end["detail"]["outcome"], &end["detail"]["endReason"]), (&json!(outcome), &json!(reason)));
    }
    assert!(stack.desk(GENESYS).unwrap().conversations().is_empty(), "nothing is closed that was never opened");
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_that_contradict_or_come_late_are_noted_and_change_nothing() {
    let (stack, api) = stack().await;
    let session = call(&stack, &api).await;
    let now = || stack.clock().now();
    report(&stack, &api, &session, &json!({ "outcome": "connected" })).await;
    let before = now() - chrono::TimeDelta::seconds(30);
    stack.advance(Duration::from_secs(10));
    for contradicts in [json!({ "outcome": "busy" }), json!({ "outcome": "no_answer", "at": before })] {
        let answer = report(&stack, &api, &session, &contradicts).await;
        assert_eq!((answer.status, answer.str("status").as_str()), (202, "active"), "{}", answer.text);
        assert_eq!(answer.body["voice"]["reported"]["outcome"], "connected");
    }
    stack.advance(minutes(5));
    let dropped = report(&stack, &api, &session, &json!({ "outcome": "dropped" })).await;
    assert_eq!(
        (dropped.str("outcome").as_str(), dropped.str("endReason").as_str()),
        ("dropped", "provider_disconnected")
    );
    let late = report(&stack, &api, &session, &json!({ "outcome": "connected", "at": now() })).await;
    assert_eq!((late.status, late.str("status").as_str()), (202, "ended"), "{}", late.text);
    let joined = || Some("somebody_joined".to_owned());
    let expected = [
        ("call_connected".to_owned(), None),
        ("call_busy".to_owned(), joined()),
        ("call_no_answer".to_owned(), joined()),
        ("call_dropped".to_owned(), None),
        ("call_connected".to_owned(), Some("after_end".to_owned())),
    ];
    assert_eq!(reports(&api, &session).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contact_centre_tells_of_a_call_that_its_flow_linked_in_whatever_order() {
    let (stack, api) = stack().await;
    listen(&api, &json!({ "callEvents": true })).await;
    let session = call(&stack, &api).await;
    assert_eq!(api.detail(&session).await.str("endKnownBy"), "provider");
    // It comes before the call has a name that we know, and is kept until then.
    told(&stack, "acd.start", json!({ "queueId": "q-1" })).await;
    assert_eq!(api.status(&session).await, "pending");
    linked(&stack, &session).await;
    assert_eq!(api.status(&session).await, "queued");
    assert_eq!(api.detail(&session).await.str("providerSessionId"), THERE);
    told(&stack, "acd.end", json!({ "acdOutcome": "ANSWERED", "answeredUserId": "u-1", "queueId": "q-1" })).await;
    report(&stack, &api, &session, &json!({ "outcome": "connected" })).await;
    let record = api.detail(&session).await.body;
    assert_eq!((&record["status"], &record["endKnownBy"]), (&json!("active"), &json!("provider")));
    assert_eq!(record["representative"]["id"], "u-1");
    stack.advance(minutes(4));
    let left = json!({ "userId": "u-1", "disconnectType": "CLIENT", "interactingDurationMs": 240_000 });
    told(&stack, "user.end", left).await;
    assert_eq!(api.status(&session).await, "post_agent");
    told(&stack, "customer.end", json!({ "disconnectType": "PEER" })).await;
    let record = api.detail(&session).await.body;
    assert_eq!((&record["endReason"], &record["outcome"]), (&json!("representative_ended"), &json!("served")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_nobody_is_dropped_and_without_the_setting_every_one_is() {
    let (stack, api) = stack().await;
    let session = call(&stack, &api).await;
    linked(&stack, &session).await;
    told(&stack, "acd.start", json!({ "queueId": "q-1" })).await;
    assert_eq!(api.status(&session).await, "pending", "events of calls are not asked for");
    listen(&api, &json!({ "callEvents": true })).await;
    told(&stack, "acd.start", json!({ "conversationId": "another-call" })).await;
    assert_eq!(api.status(&session).await, "pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_breaks_off_soon_after_it_was_connected_was_dropped() {
    let (stack, api) = stack().await;
    listen(&api, &json!({ "callEvents": true })).await;
    for (waits, disconnect, outcome) in [
        (20, "SYSTEM", "dropped"),
        (20, "TRANSPORT_FAILURE", "dropped"),
        (20, "ENDPOINT", "served"),
        (200, "SYSTEM", "served"),
    ] {
        let there = format!("there-{waits}-{disconnect}");
        let created = brought(&stack, &api, &format!("conv-{there}"), &json!({ "callId": there })).await;
        let session = created.str("sessionId");
        // The runtime knows what the contact centre calls it.
        report(&stack, &api, &session, &json!({ "outcome": "connected", "providerSessionId": there })).await;
        let answered = json!({ "conversationId": there, "acdOutcome": "ANSWERED", "answeredUserId": "u-1" });
        told(&stack, "acd.end", answered).await;
        stack.advance(Duration::from_secs(waits));
        let left = json!({
            "conversationId": there, "userId": "u-1", "disconnectType": disconnect, "interactingDurationMs": 1_000 * waits,
        });
        told(&stack, "user.end", left).await;
        told(&stack, "customer.end", json!({ "conversationId": there, "disconnectType": disconnect })).await;
        let record = api.detail(&session).await.body;
        assert_eq!((&record["status"], &record["outcome"]), (&json!("ended"), &json!(outcome)), "{there}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_hears_of_ends_as_unconfirmed() {
    let (stack, api) = stack().await;
    let session = call(&stack, &api).await;
    stack.advance(minutes(11));
    stack.settle().await.unwrap();
    let record = api.detail(&session).await.body;
    assert_eq!((&record["endReason"], &record["outcome"]), (&json!("unconfirmed"), &json!("unconfirmed")));
}
