//! A session's events for those who ask: by pages with a cursor, and by waiting.

use std::time::{Duration, Instant};

use agent_transfer::{Stack, StackOptions, TestClock};
use serde_json::{Value, json};
use simulators::{Act, EndedBy};
use transfer_app::Metric;
use transfer_providers::GENESYS;
use transfer_store::Access;
use transfer_tests::api::{Api, events, minutes, stack, stack_with, uuid};

async fn act(stack: &Stack, session: &str, act: Act) {
    stack.advance(Duration::from_secs(5));
    stack.desk(GENESYS).unwrap().act(&uuid(session), act).unwrap();
    stack.settle().await.unwrap();
}

/// A transfer from its request to its end.
async fn whole_life(stack: &Stack, api: &Api) -> String {
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    for each in [Act::Accept, Act::Queue, Act::Join, Act::Say("Hello.".to_owned())] {
        act(stack, &session, each).await;
    }
    api.say(&session, "m-1", "Where is my refund?").await;
    stack.settle().await.unwrap();
    act(stack, &session, Act::End(EndedBy::Representative)).await;
    session
}

fn kinds(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["detail-type"].as_str().unwrap()).collect()
}

/// All events after a place, page by page.
async fn follow(api: &Api, session: &str, limit: usize) -> (Vec<Value>, String) {
    let (mut items, mut next) = (Vec::new(), None::<String>);
    loop {
        let after = next.map_or_else(String::new, |next| format!("&after={next}"));
        let page = api.get(&format!("/transfers/{session}/events?limit={limit}{after}")).await;
        assert_eq!(page.status, 200, "{}", page.text);
        items.extend(page.body["items"].as_array().unwrap().iter().cloned());
        next = Some(page.str("next"));
        if page.body["more"] == false {
            return (items, page.str("next"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_gets_each_event_as_it_is_on_the_bus_whatever_the_size_of_the_pages() {
    let (stack, api) = stack().await;
    let session = whole_life(&stack, &api).await;
    let on_the_bus: Vec<(Value, Value)> = events(&stack, &session)
        .into_iter()
        .map(|event| (event["detail-type"].clone(), event["detail"].clone()))
        .collect();
    assert_eq!(on_the_bus.first().unwrap().0, "transfer.requested");
    assert_eq!(on_the_bus.last().unwrap().0, "transfer.ended");
    for limit in [1, 3, 100] {
        let (items, _) = follow(&api, &session, limit).await;
        let asked: Vec<_> = items.iter().map(|it| (it["detail-type"].clone(), it["detail"].clone())).collect();
        assert_eq!(asked, on_the_bus, "{limit}");
        for item in &items {
            assert_eq!((&item["id"], &item["source"]), (&item["detail"]["eventId"], &json!("agent-transfer")));
            assert_eq!(item["time"], item["detail"]["occurredAt"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cursor_is_there_before_anything_happened_and_loses_nothing_that_comes_late() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    let early = api.get(&format!("/transfers/{session}/events")).await;
    assert_eq!((kinds(&early.body), early.str("next").as_str()), (vec![], "0"));
    stack.settle().await.unwrap();
    act(&stack, &session, Act::Join).await;
    // What is accepted first is delivered after what the representative says meanwhile.
    api.say(&session, "m-1", "Where is my refund?").await;
    let (_, next) = follow(&api, &session, 100).await;
    act(&stack, &session, Act::Say("Hello.".to_owned())).await;
    let rest = api.get(&format!("/transfers/{session}/events?after={next}")).await;
    let mut rest = kinds(&rest.body);
    rest.sort_unstable();
    assert_eq!(rest, ["message.delivered", "message.received"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_answered_as_soon_as_there_is_an_event() {
    let (stack, api) = stack().await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let (_, next) = follow(&api, &session, 100).await;
    let asked = Instant::now();
    let path = format!("/transfers/{session}/events?after={next}&waitSeconds=20");
    let waiting = tokio::spawn({
        let api = api.clone();
        async move { api.get(&path).await }
    });
    act(&stack, &session, Act::Join).await;
    let page = waiting.await.unwrap();
    assert_eq!(kinds(&page.body).first(), Some(&"transfer.representative_joined"), "{}", page.text);
    assert!(asked.elapsed() < Duration::from_secs(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_in_vain_gets_none_and_pays_half_a_unit_for_each_look() {
    let options = StackOptions { measured: true, ..StackOptions::stepped(TestClock::standing()) };
    let (stack, api) = stack_with(options).await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    let (_, next) = follow(&api, &session, 100).await;
    let read = || {
        let metrics = stack.service().metrics.take();
        let units = |metric: &Metric| {
            if let Metric::Capacity { access: Access::Read, units } = metric { Some(*units) } else { None }
        };
        metrics.iter().filter_map(units).sum::<f64>()
    };
    read();
    let page = api.get(&format!("/transfers/{session}/events?after={next}")).await;
    assert_eq!((kinds(&page.body), page.str("next")), (vec![], next.clone()));
    assert!((read() - 0.5).abs() < f64::EPSILON);
    let page = api.get(&format!("/transfers/{session}/events?after={next}&waitSeconds=1")).await;
    assert_eq!((kinds(&page.body), page.str("next")), (vec![], next.clone()));
    // At once, after a quarter, half a second, a whole one.
    assert!((read() - 2.0).abs() < f64::EPSILON);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_after_a_burst_pays_for_it_once_more_and_half_a_unit_for_each_further_look() {
    let options = StackOptions { measured: true, ..StackOptions::stepped(TestClock::standing()) };
    let (stack, api) = stack_with(options).await;
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    act(&stack, &session, Act::Join).await;
    for said in 0..40 {
        let numbers = (0..60).map(|word| ((said * 7_919 + word * 104_729) % 99_991).to_string());
        let words = numbers.collect::<Vec<_>>().join(" ");
        stack.desk(GENESYS).unwrap().act(&uuid(&session), Act::Say(words)).unwrap();
    }
    stack.settle().await.unwrap();
    let (items, next) = follow(&api, &session, 100).await;
    assert!(items.len() > 40);
    stack.clock().advance(Duration::from_secs(11));
    let read = || {
        let metrics = stack.service().metrics.take();
        let units = |metric: &Metric| {
            if let Metric::Capacity { access: Access::Read, units } = metric { Some(*units) } else { None }
        };
        metrics.iter().filter_map(units).sum::<f64>()
    };
    read();
    let page = api.get(&format!("/transfers/{session}/events?after={next}")).await;
    assert_eq!(kinds(&page.body), Vec::<&str>::new());
    let burst = read();
    assert!(burst > 2.0, "{burst}");
    let page = api.get(&format!("/transfers/{session}/events?after={next}&waitSeconds=1")).await;
    assert_eq!(kinds(&page.body), Vec::<&str>::new());
    let waited = read();
    // At once; after a quarter, half a second, a whole one.
    assert!((waited - burst - 1.5).abs() < f64::EPSILON, "{waited} {burst}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_wrongly_is_told_and_a_session_that_is_gone_is_not_found() {
    let (stack, api) = stack().await;
    let session = whole_life(&stack, &api).await;
    for wrong in ["after=x", "after=01", "after=", "after=1.0.0"] {
        let answer = api.get(&format!("/transfers/{session}/events?{wrong}")).await;
        assert_eq!((answer.status, answer.problem()), (400, "invalid-cursor"), "{wrong}");
    }
    for wrong in ["waitSeconds=21", "waitSeconds=-1", "limit=0", "limit=101", "wait=1"] {
        let answer = api.get(&format!("/transfers/{session}/events?{wrong}")).await;
        assert_eq!((answer.status, answer.problem()), (400, "malformed-request"), "{wrong}");
    }
    let other = api.in_project("other").get(&format!("/transfers/{session}/events")).await;
    assert_eq!(other.status, 404);
    stack.advance(minutes(25 * 60));
    let gone = api.get(&format!("/transfers/{session}/events")).await;
    assert_eq!((gone.status, gone.problem()), (404, "not-found"));
}
