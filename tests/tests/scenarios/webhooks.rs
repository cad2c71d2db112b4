//! A project's events by webhook: signed, in order, again for days, and nobody waits for somebody else's receiver.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use agent_transfer::Stack;
use http::{HeaderMap, StatusCode};
use reqwest::Method;
use serde_json::{Value, json};
use simulators::{Act, CallbackFault, EndedBy, Fault};
use transfer_providers::GENESYS;
use transfer_tests::api::{Answer, Api, events, minutes, stack, uuid};

use transfer_tests::receiver::{ENDPOINTS, KILLED, Receiver, Request, connect};

async fn act(stack: &Stack, session: &str, act: Act) {
    stack.advance(Duration::from_secs(1));
    stack.desk(GENESYS).unwrap().act(&uuid(session), act).unwrap();
    stack.settle().await.unwrap();
}

async fn whole_life(stack: &Stack, api: &Api, conversation: &str) -> String {
    let session = api.create(conversation, "genesys").await;
    stack.settle().await.unwrap();
    for each in [Act::Accept, Act::Queue, Act::Join, Act::Say("Hello.".to_owned())] {
        act(stack, &session, each).await;
    }
    api.say(&session, "m-1", "Where is my refund?").await;
    stack.settle().await.unwrap();
    act(stack, &session, Act::End(EndedBy::Representative)).await;
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_gets_what_happens_right_after_it_was_made_and_nothing_after_it_was_changed() {
    let (stack, api) = stack().await;
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    connect(&api, "first", &first, &["transfer.requested"]).await;
    api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    connect(&api, "second", &second, &["transfer.requested"]).await;
    let off = json!({ "url": first.url, "enabled": false });
    assert_eq!(api.put(&format!("{ENDPOINTS}/first"), &off).await.status, 200);
    api.create("conv-2", "genesys").await;
    stack.settle().await.unwrap();
    assert_eq!((first.requests().len(), second.requests().len()), (1, 1));
}

/// Lets so much time pass, in steps after each of which everything is done.
async fn pass(stack: &Stack, step: Duration, steps: u32) {
    for _ in 0..steps {
        stack.advance(step);
        stack.settle().await.unwrap();
    }
}

/// Asks for something at an endpoint that needs no words.
async fn ask(api: &Api, path: &str) -> Answer {
    api.call(Method::POST, &format!("{ENDPOINTS}{path}"), None, &[]).await
}

async fn deliveries(api: &Api, name: &str, query: &str) -> Vec<Value> {
    let page = api.get(&format!("{ENDPOINTS}/{name}/deliveries?limit=100{query}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    page.body["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_comes_signed_as_it_is_on_the_bus_and_in_the_order_of_its_session() {
    let (stack, api) = stack().await;
    let receiver = Receiver::start().await;
    let secret = connect(&api, "runtime", &receiver, &[]).await;
    let session = whole_life(&stack, &api, "conv-1").await;

    let on_the_bus: Vec<(Value, Value)> = events(&stack, &session)
        .into_iter()
        .map(|event| (event["detail-type"].clone(), event["detail"].clone()))
        .collect();
    let requests = receiver.requests();
    let taken: Vec<_> =
        requests.iter().map(|it| (it.event()["detail-type"].clone(), it.event()["detail"].clone())).collect();
    assert_eq!(taken, on_the_bus);
    assert_eq!(taken.last().unwrap().0, "transfer.ended");
    for request in &requests {
        assert!(request.is_signed_by(&secret) && !request.is_signed_by("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        let event = request.event();
        assert_eq!((&event["id"], &event["source"]), (&event["detail"]["eventId"], &json!("agent-transfer")));
        assert_eq!(request.header("webhook-id"), event["id"].as_str().unwrap().replace('.', "-"));
        assert_eq!(request.header("content-type"), "application/json");
    }
    let told = deliveries(&api, "runtime", "").await;
    assert_eq!(told.len(), requests.len());
    assert!(told.iter().all(|it| it["state"] == "delivered" && it["attempts"] == 1 && it["status"] == 204));
    assert_eq!(told[0]["eventType"], "transfer.ended", "the newest first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_the_end_overtook_is_told_as_late_in_the_feed_and_by_webhook() {
    let (stack, api) = stack().await;
    let receiver = Receiver::start().await;
    connect(&api, "runtime", &receiver, &[]).await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    act(&stack, &session, Act::Join).await;
    let desk = stack.desk(GENESYS).unwrap();
    desk.faults([Fault::Callback { kind: "*".to_owned(), skip: 0, times: 1, fault: CallbackFault::Hold }]);
    act(&stack, &session, Act::Say("Your number is 4711.".to_owned())).await;
    act(&stack, &session, Act::End(EndedBy::Representative)).await;
    assert_eq!(api.status(&session).await, "ended");
    let seen = api.get(&format!("/transfers/{session}/events?limit=100")).await;
    assert!(!seen.text.contains("4711"));
    assert_eq!(desk.release_held(), 1);
    stack.settle().await.unwrap();
    let after = format!("/transfers/{session}/events?after={}", seen.str("next"));
    let late = api.get(&after).await.body["items"].as_array().unwrap().clone();
    let told = receiver.taken().last().unwrap().event();
    for event in [&late[0], &told] {
        assert_eq!((&event["detail-type"], &event["detail"]["status"]), (&json!("message.received"), &json!("ended")));
        let message = &event["detail"]["message"];
        assert_eq!((&message["text"], &message["late"]), (&json!("Your number is 4711."), &json!(true)));
    }
    assert_eq!(late.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_gets_the_types_that_it_names_of_its_own_project() {
    let (stack, api) = stack().await;
    let (some, others) = (Receiver::start().await, Receiver::start().await);
    connect(&api, "some", &some, &["message.received", "transfer.ended"]).await;
    connect(&api.in_project("other"), "all", &others, &[]).await;
    whole_life(&stack, &api, "conv-1").await;
    let kinds: Vec<_> = some.requests().iter().map(Request::kind).collect();
    assert_eq!(kinds, ["message.received", "transfer.ended"]);
    assert_eq!(others.requests().len(), 0);
}

/// `WEBHOOK_EVENTS=10000` makes the test below the large one.
#[expect(clippy::disallowed_methods, reason = "the test's own switch, not configuration of the service")]
fn how_many_events() -> usize {
    std::env::var("WEBHOOK_EVENTS").ok().and_then(|many| many.parse().ok()).unwrap_or(25)
}

/// As good as chance, and the same in each run.
fn heads(index: usize) -> bool {
    let mixed = (u64::try_from(index).unwrap() + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 33) & 1 == 0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_half_of_the_time_gets_every_event_of_each_session_in_order() {
    let sessions = (how_many_events() / 100).max(5);
    let (stack, api) = stack().await;
    let receiver = Receiver::start().await;
    connect(&api, "runtime", &receiver, &["transfer.queued", "message.received"]).await;
    receiver.answers(|index| if heads(index) { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK });
    let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for conversation in 0..sessions {
        let session = api.create(&format!("conv-{conversation}"), "genesys").await;
        stack.settle().await.unwrap();
        act(&stack, &session, Act::Queue).await;
        act(&stack, &session, Act::Join).await;
        for said in 1..how_many_events() / sessions {
            act(&stack, &session, Act::Say(format!("{said}"))).await;
        }
        let kinds = ["transfer.queued", "message.received"];
        let of_type = |event: &Value| kinds.contains(&event["detail-type"].as_str().unwrap());
        let events = events(&stack, &session).into_iter().filter(of_type);
        wanted.insert(session, events.map(|event| event["detail"]["eventId"].as_str().unwrap().to_owned()).collect());
    }
    let all: usize = wanted.values().map(Vec::len).sum();
    let mut steps = 0;
    while receiver.count_taken() < all && steps < 100 * all {
        pass(&stack, minutes(10), 1).await;
        steps += 1;
    }
    let mut taken: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for request in receiver.taken() {
        let event = request.event();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        taken.entry(text(&event["detail"]["sessionId"])).or_default().push(text(&event["id"]));
    }
    assert_eq!(taken, wanted);
    let mut times: HashMap<String, usize> = HashMap::new();
    receiver.requests().iter().for_each(|it| *times.entry(it.header("webhook-id").to_owned()).or_default() += 1);
    assert!(times.values().any(|times| *times > 1), "a repetition has the same id");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_killed_at_any_moment_misses_no_event_and_sees_each_at_most_twice_by_one_id() {
    let (stack, api) = stack().await;
    let receiver = Receiver::start().await;
    connect(&api, "runtime", &receiver, &[]).await;
    for moment in 0..12 {
        let dies_at = receiver.requests().len() + moment;
        receiver.answers(move |index| if index == dies_at { KILLED } else { StatusCode::NO_CONTENT });
        let session = whole_life(&stack, &api, &format!("conv-{moment}")).await;
        pass(&stack, minutes(1), 3).await;
        let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for request in receiver.requests().iter().filter(|it| it.event()["detail"]["sessionId"] == session) {
            let id = request.event()["id"].as_str().unwrap().to_owned();
            seen.entry(id).or_default().push(request.header("webhook-id").to_owned());
        }
        let told: Vec<_> = events(&stack, &session).iter().map(|it| it["detail"]["eventId"].clone()).collect();
        assert!(told.iter().all(|id| seen.contains_key(id.as_str().unwrap())), "{moment}: {seen:?} of {told:?}");
        let twice: Vec<_> = seen.values().filter(|times| times.len() > 1).collect();
        assert_eq!(twice.len(), usize::from(moment < told.len()), "{moment}: {twice:?}");
        assert!(twice.iter().all(|times| times.len() == 2 && times[0] == times[1]), "{moment}: {twice:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_does_not_answer_holds_up_no_other_and_gets_its_events_when_it_does() {
    let (stack, api) = stack().await;
    let (healthy, ill) = (Receiver::start().await, Receiver::start().await);
    connect(&api, "healthy", &healthy, &[]).await;
    connect(&api, "ill", &ill, &[]).await;
    ill.answers(|_| StatusCode::BAD_GATEWAY);
    let sessions = [whole_life(&stack, &api, "conv-1").await, whole_life(&stack, &api, "conv-2").await];
    let all = healthy.taken().len();
    assert!(all >= 12);
    assert_eq!(ill.taken().len(), 0);
    let shown = api.get(&format!("{ENDPOINTS}/ill")).await;
    assert_eq!((shown.str("state"), shown.str("lastError")), ("on".to_owned(), "answered 502".to_owned()));
    let waiting = deliveries(&api, "ill", "&state=pending").await;
    assert!(waiting.iter().all(|it| it["nextAttemptAt"].is_string()));
    assert!(!waiting.is_empty());

    ill.answers(|_| StatusCode::OK);
    pass(&stack, minutes(10), 12).await;
    let taken = ill.taken();
    assert_eq!(taken.len(), all);
    for session in &sessions {
        let of = |receiver: &Receiver| -> Vec<Value> {
            let events = receiver.taken().into_iter().map(|request| request.event());
            events
                .filter(|event| event["detail"]["sessionId"] == session.as_str())
                .map(|event| event["id"].clone())
                .collect()
        };
        assert_eq!(of(&ill), of(&healthy));
    }
    let shown = api.get(&format!("{ENDPOINTS}/ill")).await;
    assert_eq!((&shown.body["failingSince"], &shown.body["lastError"]), (&Value::Null, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_a_receiver_asks_to_wait_is_waited() {
    let (stack, api) = stack().await;
    let receiver = Receiver::start().await;
    connect(&api, "runtime", &receiver, &["transfer.requested"]).await;
    *receiver.answering.lock().unwrap() = Box::new(|index| {
        let busy = HeaderMap::from_iter([(http::header::RETRY_AFTER, "300".parse().unwrap())]);
        if index == 0 { (StatusCode::TOO_MANY_REQUESTS, busy) } else { (StatusCode::OK, HeaderMap::new()) }
    });
    api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    pass(&stack, minutes(1), 4).await;
    assert_eq!(receiver.requests().len(), 1);
    pass(&stack, Duration::from_secs(61), 1).await;
    assert_eq!(receiver.taken().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_says_it_is_gone_is_switched_off_which_is_told_and_what_it_missed_can_be_sent_again() {
    let (stack, api) = stack().await;
    let (gone, other) = (Receiver::start().await, Receiver::start().await);
    connect(&api, "gone", &gone, &["transfer.requested", "transfer.accepted"]).await;
    connect(&api, "other", &other, &["event_endpoint.state_changed"]).await;
    gone.answers(|_| StatusCode::GONE);
    let from = stack.service().now() - Duration::from_secs(1);
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    assert_eq!(api.get(&format!("{ENDPOINTS}/gone")).await.str("state"), "gone");
    let told: Vec<_> = other.requests().iter().map(Request::event).collect();
    let states: Vec<_> = told.iter().map(|event| (&event["detail"]["endpointId"], &event["detail"]["state"])).collect();
    assert_eq!(states, [(&json!("gone"), &json!("gone"))]);
    assert_eq!(gone.requests().len(), 1, "nothing more is sent");
    let states: Vec<_> = deliveries(&api, "gone", "").await.iter().map(|it| it["state"].clone()).collect();
    assert_eq!(states, ["skipped", "failed"]);

    gone.answers(|_| StatusCode::OK);
    let body = json!({ "url": gone.url, "eventTypes": ["transfer.requested", "transfer.accepted"] });
    let on = api.put(&format!("{ENDPOINTS}/gone"), &body).await;
    assert_eq!((on.status, on.str("state")), (200, "on".to_owned()));
    assert!(on.body.get("secret").is_none(), "it is shown once");
    pass(&stack, minutes(2), 1).await;
    let until = stack.service().now();
    let replay = json!({ "from": from.to_rfc3339(), "until": until.to_rfc3339() });
    let replayed = api.post(&format!("{ENDPOINTS}/gone/replay"), &replay).await;
    assert_eq!((replayed.status, &replayed.body), (202, &json!({ "events": 2, "next": null })), "{}", replayed.text);
    stack.settle().await.unwrap();
    let kinds: Vec<_> = gone.taken().iter().map(Request::kind).collect();
    assert_eq!(kinds, ["transfer.requested", "transfer.accepted"]);
    assert_eq!(gone.taken()[0].event()["detail"]["sessionId"], session.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_is_asked_one_at_a_time_and_gets_all_while_a_quick_one_beside_it_notices_nothing() {
    let (stack, api) = stack().await;
    let (quick, slow) = (Receiver::start().await, Receiver::start().await);
    connect(&api, "slow", &slow, &["transfer.requested"]).await;
    let clock = stack.clock().clone();
    slow.answers(move |_| {
        clock.advance(Duration::from_millis(9_900));
        StatusCode::OK
    });
    let mut sessions = Vec::new();
    for conversation in 0..8 {
        sessions.push(api.create(&format!("conv-{conversation}"), "genesys").await);
        stack.settle().await.unwrap();
    }
    assert_eq!(slow.requests().len(), 3, "after three slow answers it is left in peace");
    let waiting = deliveries(&api, "slow", "&state=pending").await;
    assert_eq!(waiting.len(), 5);
    assert!(waiting.iter().all(|it| it["attempts"] == 0), "nothing came to nothing");
    assert_eq!(api.get(&format!("{ENDPOINTS}/slow")).await.body["failingSince"], Value::Null);
    // Only now, because the clock that the slow one moves is everybody's.
    connect(&api, "quick", &quick, &["transfer.requested"]).await;
    let last = api.create("conv-9", "genesys").await;
    stack.settle().await.unwrap();
    assert_eq!((quick.taken().len(), slow.requests().len()), (1, 3), "at once, and past the slow one's pause");
    pass(&stack, Duration::from_secs(20), 1).await;
    assert_eq!(slow.requests().len(), 4, "one is asked");
    slow.answers(|_| StatusCode::OK);
    pass(&stack, Duration::from_secs(31), 3).await;
    let of = |receiver: &Receiver| -> Vec<String> {
        let taken = receiver.taken().into_iter();
        let mut of: Vec<_> =
            taken.map(|request| request.event()["detail"]["sessionId"].as_str().unwrap().to_owned()).collect();
        of.sort();
        of
    };
    sessions.push(last.clone());
    sessions.sort();
    assert_eq!((of(&slow), of(&quick)), (sessions, vec![last]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_behind_an_event_that_is_refused_for_three_days_is_given_up_and_recorded_with_it() {
    let (stack, api) = stack().await;
    let receiver = Receiver::start().await;
    connect(&api, "runtime", &receiver, &["transfer.requested", "transfer.accepted"]).await;
    let refused = api.create("conv-refused", "genesys").await;
    receiver.refuses(&refused);
    stack.settle().await.unwrap();
    for day in 0..3 {
        // Others arrive, so the endpoint stays on.
        api.create(&format!("conv-{day}"), "genesys").await;
        pass(&stack, minutes(60), 24).await;
    }
    pass(&stack, minutes(60), 1).await;
    let told = deliveries(&api, "runtime", "").await;
    let of_refused: Vec<_> = told.iter().filter(|it| it["sessionId"] == refused.as_str()).collect();
    let told: Vec<_> = of_refused.iter().map(|it| (&it["eventType"], &it["state"])).collect();
    let failed = json!("failed");
    assert_eq!(told, [(&json!("transfer.accepted"), &failed), (&json!("transfer.requested"), &failed)]);
    assert_eq!(api.get(&format!("{ENDPOINTS}/runtime")).await.str("state"), "on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_for_three_days_is_switched_off_which_is_told() {
    let (stack, api) = stack().await;
    let (receiver, other) = (Receiver::start().await, Receiver::start().await);
    connect(&api, "runtime", &receiver, &["transfer.requested"]).await;
    connect(&api, "other", &other, &["event_endpoint.state_changed"]).await;
    receiver.answers(|_| StatusCode::INTERNAL_SERVER_ERROR);
    api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    pass(&stack, minutes(60), 71).await;
    assert_eq!(api.get(&format!("{ENDPOINTS}/runtime")).await.str("state"), "on");
    let tries = receiver.requests().len();
    assert!((12..=16).contains(&tries), "{tries}");
    api.create("conv-2", "genesys").await;
    pass(&stack, minutes(60), 12).await;
    assert_eq!(api.get(&format!("{ENDPOINTS}/runtime")).await.str("state"), "failing");
    let told: Vec<_> = other.taken().iter().map(Request::event).collect();
    let states: Vec<_> = told.iter().map(|event| (&event["detail"]["endpointId"], &event["detail"]["state"])).collect();
    assert_eq!(states, [(&json!("runtime"), &json!("failing"))]);
    let tries = receiver.requests().len();
    pass(&stack, minutes(60), 12).await;
    assert_eq!(receiver.requests().len(), tries, "nothing more is sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_and_a_whole_session_can_be_sent_again_and_an_endpoint_tested() {
    let (stack, api) = stack().await;
    let receiver = Receiver::start().await;
    connect(&api, "runtime", &receiver, &["transfer.accepted", "transfer.ended"]).await;
    let session = whole_life(&stack, &api, "conv-1").await;
    let first = deliveries(&api, "runtime", "").await;
    let id = first[1]["deliveryId"].as_str().unwrap();
    let again = ask(&api, &format!("/runtime/deliveries/{id}/retry")).await;
    assert_eq!(again.status, 202, "{}", again.text);
    let replay = api.post(&format!("{ENDPOINTS}/runtime/replay"), &json!({ "sessionId": session })).await;
    assert_eq!((replay.status, &replay.body["events"]), (202, &json!(2)));
    let test = ask(&api, "/runtime/test").await;
    assert_eq!(test.status, 202);
    stack.settle().await.unwrap();
    let kinds: Vec<_> = receiver.requests().iter().map(Request::kind).collect();
    let ids: Vec<_> = receiver.requests().iter().map(|it| it.header("webhook-id").to_owned()).collect();
    let mut of_session: Vec<_> = kinds.iter().filter(|kind| *kind != "event_endpoint.test").collect();
    assert_eq!(of_session.split_off(2), ["transfer.accepted", "transfer.accepted", "transfer.ended"]);
    assert_eq!(kinds.iter().filter(|kind| *kind == "event_endpoint.test").count(), 1);
    assert_eq!(ids.iter().filter(|id| **id == ids[0]).count(), 3, "with its id");
    let found = deliveries(&api, "runtime", "&state=delivered").await;
    assert!(found.iter().any(|it| it["deliveryId"] == test.body["deliveryId"]));
    stack.advance(minutes(25 * 60));
    stack.settle().await.unwrap();
    let late = ask(&api, &format!("/runtime/deliveries/{id}/retry")).await;
    assert_eq!((late.status, late.problem()), (410, "event-not-kept"));
    let late = api.post(&format!("{ENDPOINTS}/runtime/replay"), &json!({ "sessionId": session })).await;
    assert_eq!((late.status, late.problem()), (410, "event-not-kept"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_still_tried_is_not_sent_again_beside_it_and_what_is_not_there_is_not_found() {
    let (stack, api) = stack().await;
    let receiver = Receiver::start().await;
    connect(&api, "runtime", &receiver, &["transfer.requested"]).await;
    receiver.answers(|_| StatusCode::BAD_GATEWAY);
    api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let pending = deliveries(&api, "runtime", "").await;
    let id = pending[0]["deliveryId"].as_str().unwrap();
    let again = ask(&api, &format!("/runtime/deliveries/{id}/retry")).await;
    assert_eq!((again.status, again.problem()), (409, "delivery-pending"));
    let long = format!("/runtime/deliveries/{}/retry", "9".repeat(2_000));
    for path in ["/runtime/deliveries/none/retry", &long, "/none/test"] {
        assert_eq!(ask(&api, path).await.status, 404, "{path}");
    }
    let time = json!({ "from": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z" });
    assert_eq!(api.post(&format!("{ENDPOINTS}/none/replay"), &time).await.status, 404);
    assert_eq!(api.get(&format!("{ENDPOINTS}/none/deliveries")).await.status, 404);
    for body in [
        json!({}),
        json!({ "from": "2026-01-01T00:00:00Z" }),
        json!({ "sessionId": "x" }),
        json!({ "from": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z" }),
    ] {
        let answer = api.post(&format!("{ENDPOINTS}/runtime/replay"), &body).await;
        assert_eq!((answer.status, answer.problem()), (422, "invalid-fields"), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_secrets_sign_until_the_old_one_is_let_go() {
    let (stack, api) = stack().await;
    let receiver = Receiver::start().await;
    let first = connect(&api, "runtime", &receiver, &["transfer.requested"]).await;
    let put = |more: Value| {
        let mut body = json!({ "url": receiver.url, "eventTypes": ["transfer.requested"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let api = api.clone();
        async move { api.put(&format!("{ENDPOINTS}/runtime"), &body).await }
    };
    let rotated = put(json!({ "rotateSecret": true })).await;
    let second = rotated.str("secret");
    assert!(second.starts_with("whsec_") && second != first);
    assert_eq!(put(json!({ "rotateSecret": true })).await.status, 422, "two are valid");
    let own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    pass(&stack, minutes(2), 1).await;
    api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let request = receiver.requests().pop().unwrap();
    assert!(request.is_signed_by(&first) && request.is_signed_by(&second));

    assert_eq!(put(json!({ "retireOldSecret": true })).await.status, 200);
    pass(&stack, minutes(2), 1).await;
    api.create("conv-2", "genesys").await;
    stack.settle().await.unwrap();
    let request = receiver.requests().pop().unwrap();
    assert!(!request.is_signed_by(&first) && request.is_signed_by(&second));

    assert_eq!(put(json!({ "secret": own })).await.str("secret"), own);
    for _ in 0..2 {
        let again = put(json!({ "secret": own })).await;
        assert_eq!((again.status, &again.body["secret"]), (200, &Value::Null), "the newest is no new one");
    }
    pass(&stack, minutes(2), 1).await;
    api.create("conv-3", "genesys").await;
    stack.settle().await.unwrap();
    assert!(receiver.requests().pop().unwrap().is_signed_by(own));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_checked_counted_versioned_switched_off_and_removed() {
    let (stack, api) = stack().await;
    let receiver = Receiver::start().await;
    let bad = [
        (json!({ "url": "http://runtime.example.com/e" }), "/url"),
        (json!({ "url": "http://169.254.169.254/latest" }), "/url"),
        (json!({ "url": receiver.url, "eventTypes": ["transfer.queued", "transfer.unknown"] }), "/eventTypes/1"),
        (json!({ "url": receiver.url, "eventTypes": vec!["typing"; 10_000] }), "/eventTypes"),
        (json!({ "url": receiver.url, "secret": "whsec_short" }), "/secret"),
        (json!({ "url": receiver.url, "rotateSecret": true, "retireOldSecret": true }), "/retireOldSecret"),
    ];
    for (body, pointer) in bad {
        let answer = api.put(&format!("{ENDPOINTS}/runtime"), &body).await;
        assert_eq!((answer.status, &answer.body["errors"][0]["pointer"]), (422, &json!(pointer)), "{body}");
    }
    assert_eq!(api.get(&format!("{ENDPOINTS}/runtime")).await.status, 404);
    for name in ["a", "b", "c", "d", "e"] {
        connect(&api, name, &receiver, &[]).await;
    }
    let sixth = api.put(&format!("{ENDPOINTS}/f"), &json!({ "url": receiver.url })).await;
    assert_eq!(sixth.status, 422, "{}", sixth.text);
    let listed = api.get(ENDPOINTS).await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 5);
    assert!(!listed.text.contains("whsec_"));

    let version = api.get(&format!("{ENDPOINTS}/a")).await.headers["etag"].to_str().unwrap().to_owned();
    let off = json!({ "url": receiver.url, "enabled": false });
    let path = format!("{ENDPOINTS}/a");
    let put = |etag: String| {
        let (api, path, off) = (api.clone(), path.clone(), off.clone());
        async move { api.call(Method::PUT, &path, Some(&off), &[("if-match", &etag)]).await }
    };
    let switched = put(version.clone()).await;
    assert_eq!((switched.status, switched.str("state")), (200, "off".to_owned()));
    assert_eq!(put(version).await.status, 412);
    for name in ["b", "c", "d", "e"] {
        let gone = api.call(Method::DELETE, &format!("{ENDPOINTS}/{name}"), None, &[]).await;
        assert_eq!(gone.status, 204);
    }
    pass(&stack, minutes(2), 1).await;
    api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    assert_eq!(receiver.requests().len(), 0);
    assert_eq!(api.get(ENDPOINTS).await.body["items"].as_array().unwrap().len(), 1);
}
