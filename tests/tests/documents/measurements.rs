//! What the functions measure: each change once.

use std::collections::BTreeSet;
use std::time::Duration;

use agent_transfer::{Stack, StackOptions, TestClock};
use chrono::TimeDelta;
use lambda_http::Body;
use reqwest::Method;
use simulators::{Act, EndedBy};
use transfer_app::{Metric, ProviderOperation, WebhookOutcome};
use transfer_aws::emf_documents;
use transfer_domain::{EndReason, Outcome};
use transfer_providers::{Adapters, GENESYS};
use transfer_store::Access;
use transfer_tests::api::{Api, minutes, stack_with, transfer, uuid};
use transfer_tests::harness::{Case, Stage, World};

async fn measured() -> (Stack, Api) {
    stack_with(StackOptions { measured: true, ..StackOptions::stepped(TestClock::standing()) }).await
}

/// The write units that a phase of a typical transfer has in the guide to costs.
fn documented(phase: &str) -> f64 {
    let guide = std::fs::read_to_string(transfer_tests::samples::root().join("docs/cost.md")).unwrap();
    let row = guide.lines().find(|line| line.starts_with(&format!("| {phase}"))).unwrap();
    row.split('|').nth(2).unwrap().trim().trim_matches('*').parse().unwrap()
}

/// What was written since it was asked last.
fn written(stack: &Stack) -> f64 {
    let units = stack.service().metrics.take().into_iter().filter_map(|metric| {
        if let Metric::Capacity { access: Access::Write, units } = metric { Some(units) } else { None }
    });
    units.sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typical_transfer_writes_what_the_guide_to_costs_says() {
    let (stack, api) = measured().await;
    let mut found = Vec::new();
    written(&stack);
    let mut request = transfer("typical-1", "genesys");
    request["reason"] = "The contact asks for a person.".into();
    request["summary"] = "Invoice 12 was charged twice.".into();
    let key = [("idempotency-key", "typical-1")];
    let session = api.call(Method::POST, "/transfers", Some(&request), &key).await.str("sessionId");
    stack.settle().await.unwrap();
    found.push(("create with", written(&stack)));
    for act in [Act::Accept, Act::Queue, Act::Join] {
        later(&stack, &session, act).await;
    }
    found.push(("queue and representative", written(&stack)));
    let mut answers = 0.0;
    for turn in 0..10 {
        api.say(&session, &format!("typical-1-{turn}"), "Where is my refund for the order of last month?").await;
        stack.settle().await.unwrap();
        found.push(("ten messages of the contact", written(&stack)));
        later(&stack, &session, Act::Say("I am looking into it, one moment please.".to_owned())).await;
        answers += written(&stack);
    }
    found.push(("ten messages of the representative", answers));
    later(&stack, &session, Act::End(EndedBy::Representative)).await;
    let version = api.detail(&session).await.body["handback"]["version"].clone();
    api.post(&format!("/transfers/{session}/handback"), &serde_json::json!({ "version": version })).await;
    stack.settle().await.unwrap();
    found.push(("end and hand-back", written(&stack)));
    stack.advance(minutes(2));
    stack.settle().await.unwrap();
    written(&stack);
    let contact = request["contactId"].as_str().unwrap();
    let erased = api.call(Method::POST, &format!("/contacts/{contact}/erase"), None, &[]).await;
    assert_eq!(erased.body["sessions"][0]["status"], "removed", "{}", erased.text);
    stack.settle().await.unwrap();
    found.push(("removal", written(&stack)));
    let phases: BTreeSet<&str> = found.iter().map(|(phase, _)| *phase).collect();
    let sums = phases.iter().map(|phase| {
        let units: f64 = found.iter().filter(|(of, _)| of == phase).map(|(_, units)| units).sum();
        (*phase, units, documented(phase))
    });
    // A look of the clock that comes between costs two.
    let wrong: Vec<_> = sums.filter(|(_, units, documented)| (units - documented).abs() > 2.0).collect();
    assert_eq!(wrong, [], "phase, units, units in the guide");
    let sum: f64 = phases.iter().map(|phase| documented(phase)).sum();
    assert!((sum - documented("**sum**")).abs() < 0.1, "{sum}");
}

/// Lets something happen at the contact centre some seconds later.
async fn later(stack: &Stack, session: &str, act: Act) {
    stack.advance(Duration::from_secs(5));
    stack.desk(GENESYS).unwrap().act(&uuid(session), act).unwrap();
    stack.settle().await.unwrap();
}

/// A transfer from the request to the representative's end, with a message each way.
async fn whole_life(stack: &Stack, api: &Api) -> String {
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    for act in [Act::Accept, Act::Queue, Act::Join, Act::Say("Hello.".to_owned())] {
        later(stack, &session, act).await;
    }
    api.say(&session, "m-1", "Where is my refund?").await;
    stack.settle().await.unwrap();
    later(stack, &session, Act::End(EndedBy::Representative)).await;
    session
}

fn count(metrics: &[Metric], counts: impl Fn(&Metric) -> bool) -> usize {
    metrics.iter().filter(|metric| counts(metric)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_request_costs_is_found_by_its_route() {
    let (stack, api) = measured().await;
    let documents = || emf_documents(&stack.service().metrics, "test", "get-transfer", stack.service().now());
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    documents();
    for below in ["", "/messages", "/timeline"] {
        api.get(&format!("/transfers/{session}{below}")).await;
        let route = format!("GET /v1/projects/{{projectId}}/transfers/{{sessionId}}{below}");
        let documents = documents();
        assert!(documents.iter().any(|document| document.get("ReadUnits").is_some()), "{documents:?}");
        assert!(documents.iter().all(|document| document["route"] == route), "{documents:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_of_a_transfer_is_measured_once() {
    let (stack, api) = measured().await;
    stack.service().metrics.take();
    whole_life(&stack, &api).await;
    let metrics = stack.service().metrics.take();
    assert_eq!(count(&metrics, |it| *it == Metric::TransferCreated), 1);
    assert_eq!(count(&metrics, |it| *it == Metric::TransferEnded(EndReason::RepresentativeEnded)), 1);
    assert_eq!(count(&metrics, |it| matches!(it, Metric::TransferEnded(_))), 1);
    assert_eq!(count(&metrics, |it| matches!(it, Metric::RelayLatencyInbound(_))), 1);
    assert_eq!(count(&metrics, |it| matches!(it, Metric::RelayLatencyOutbound(_))), 1);
    let times = |time: fn(&Metric) -> Option<TimeDelta>| metrics.iter().filter_map(time).collect::<Vec<_>>();
    let to_queue = times(|it| if let Metric::TimeToQueue(took) = it { Some(*took) } else { None });
    let to_human = times(|it| if let Metric::TimeToRepresentative(took) = it { Some(*took) } else { None });
    let ([to_queue], [to_human]) = (to_queue.as_slice(), to_human.as_slice()) else {
        panic!("{to_queue:?} {to_human:?}")
    };
    // The simulator's clock goes on between the acts, each of which was five seconds after the one before.
    assert!(TimeDelta::seconds(10) <= *to_queue && *to_queue + TimeDelta::seconds(5) <= *to_human);
    let called = |operation| {
        let is_it =
            |it: &Metric| matches!(it, Metric::ProviderCall { operation: of, failure: None, .. } if *of == operation);
        count(&metrics, is_it)
    };
    assert_eq!((called(ProviderOperation::Open), called(ProviderOperation::Send)), (1, 1));
    assert!(metrics.iter().any(|it| matches!(it, Metric::Capacity { access: Access::Write, .. })));
    assert_eq!(stack.service().metrics.take(), [], "what was taken is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_queue_and_a_second_representative_are_no_first_ones() {
    let (stack, api) = measured().await;
    let session = whole_life_until_joined(&stack, &api).await;
    stack.service().metrics.take();
    later(&stack, &session, Act::Queue).await;
    later(&stack, &session, Act::Join).await;
    let metrics = stack.service().metrics.take();
    assert!(count(&metrics, |it| matches!(it, Metric::Webhook { outcome: WebhookOutcome::Applied, .. })) > 0);
    assert_eq!(count(&metrics, |it| matches!(it, Metric::TimeToQueue(_) | Metric::TimeToRepresentative(_))), 0);
}

async fn whole_life_until_joined(stack: &Stack, api: &Api) -> String {
    let session = api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    for act in [Act::Accept, Act::Queue, Act::Join] {
        later(stack, &session, act).await;
    }
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_expires_ends_once_by_expiry() {
    let (stack, api) = measured().await;
    api.create("conv-1", "genesys").await;
    stack.settle().await.unwrap();
    stack.advance(minutes(31));
    stack.sweep_expired().await.unwrap();
    stack.settle().await.unwrap();
    let metrics = stack.service().metrics.take();
    let ends: Vec<_> = metrics.iter().filter(|it| matches!(it, Metric::TransferEnded(_))).collect();
    assert_eq!(ends, [&Metric::TransferEnded(EndReason::Expired)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_counted_by_what_became_of_it() {
    let world = World::start(GENESYS).await;
    let case = Case::at(&world, "conv-1", Stage::Active).await;
    let service = &world.steady().service;
    let adapters = Adapters::inbound();
    let outcomes = || {
        let webhooks = service.metrics.take().into_iter().filter_map(|metric| {
            let Metric::Webhook { provider, outcome, count } = metric else { return None };
            Some((provider, outcome, count))
        });
        webhooks.collect::<Vec<_>>()
    };
    let text = || case.text_webhook(&world, "message-1", "Hello.");
    outcomes();
    provider_webhook::handle(service, &adapters, text()).await;
    assert_eq!(outcomes(), [(Some(GENESYS), WebhookOutcome::Applied, 1)]);
    provider_webhook::handle(service, &adapters, text()).await;
    assert_eq!(outcomes(), [(Some(GENESYS), WebhookOutcome::Duplicate, 1)]);
    let mut forged = text();
    *forged.body_mut() = Body::Text("{}".to_owned());
    provider_webhook::handle(service, &adapters, forged).await;
    assert_eq!(outcomes(), [(Some(GENESYS), WebhookOutcome::Unauthentic, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_a_transfer_and_how_soon_it_is_handed_back_are_measured_once() {
    let (stack, api) = measured().await;
    stack.service().metrics.take();
    let session = whole_life(&stack, &api).await;
    let outcomes = |metrics: &[Metric]| {
        let served = |it: &Metric| matches!(it, Metric::TransferOutcome { outcome: Outcome::Served, provider, .. } if *provider == GENESYS);
        count(metrics, served)
    };
    let metrics = stack.service().metrics.take();
    assert_eq!(outcomes(&metrics), 1);
    assert_eq!(count(&metrics, |it| matches!(it, Metric::HandBack(took) if took.num_seconds() < 5)), 1);
    later(&stack, &session, Act::WrapUp).await;
    let metrics = stack.service().metrics.take();
    assert_eq!(
        (outcomes(&metrics), count(&metrics, |it| matches!(it, Metric::HandBack(_)))),
        (0, 0),
        "a newer version"
    );
    let version = api.detail(&session).await.body["handback"]["version"].clone();
    for _ in 0..2 {
        api.post(&format!("/transfers/{session}/handback"), &serde_json::json!({ "version": version })).await;
    }
    let metrics = stack.service().metrics.take();
    assert_eq!(count(&metrics, |it| matches!(it, Metric::HandBackAcknowledged(_))), 1);
}
