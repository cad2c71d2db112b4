//! What an opening tells the contact centre.

use reqwest::Method;
use serde_json::{Value, json};
use simulators::Operation;

use super::ending::ENDED_THERE;
use crate::conformance::{Bench, Need};

pub(super) async fn one_conversation(bench: &Bench) {
    let transfer = bench.requested().await;
    transfer.is_nowhere();
    transfer.stands("pending").await;
    bench.settle().await;
    transfer.was_opened_once();
    transfer.connect().await;
    let (shown, name) = (transfer.detail().await.str("providerSessionId"), transfer.there().id);
    assert!(!shown.is_empty() && bench.has(Need::Name) == (shown == name), "{shown} {name}");
    for kind in ["transfer.requested", "transfer.accepted"] {
        assert_eq!(transfer.count(kind), 1, "{kind}");
    }
}

pub(super) async fn summary(bench: &Bench) {
    let transfer = bench.requested_with(&json!({ "summary": "Wants to cancel order 4711." })).await;
    bench.settle().await;
    assert!(transfer.briefing().contains("Wants to cancel order 4711."), "{}", transfer.briefing());
}

pub(super) async fn history(bench: &Bench) {
    let turns: Vec<Value> = (0..40)
        .map(|number| {
            let role = if number % 2 == 0 { "contact" } else { "agent" };
            json!({ "role": role, "text": format!("turn {number:02}"), "at": "2026-01-12T10:00:00Z" })
        })
        .collect();
    let transfer = bench.requested_with(&json!({ "history": turns })).await;
    bench.settle().await;
    let told = transfer.briefing();
    let places: Vec<_> = (0..40).map(|number| told.find(&format!("turn {number:02}")).unwrap()).collect();
    assert!(places.is_sorted(), "{told}");
}

async fn told(bench: &Bench, fields: &Value, text: &str) {
    let transfer = bench.requested_with(fields).await;
    bench.settle().await;
    let attributes = transfer.there().attributes;
    let opening = bench.requests(Operation::Open).pop().unwrap().body;
    let beside =
        opening.as_object().is_some_and(|fields| fields.values().map(Value::to_string).any(|value| value == text));
    assert!(beside || attributes.values().any(|value| value == text), "{attributes:?} {opening}");
}

pub(super) async fn queue(bench: &Bench) {
    told(bench, &json!({ "queue": "returns-north" }), "returns-north").await;
}

pub(super) async fn priority(bench: &Bench) {
    told(bench, &json!({ "priority": 9 }), "9").await;
    // The project's default.
    told(bench, &json!({}), "5").await;
}

pub(super) async fn skills(bench: &Bench) {
    told(bench, &json!({ "skills": ["billing", "de"] }), bench.profile().skills).await;
    told(bench, &json!({ "language": "de-AT" }), "de-AT").await;
}

pub(super) async fn contact(bench: &Bench) {
    let fields = json!({ "contact": { "name": "Test Person", "email": "person@example.com" } });
    let transfer = bench.requested_with(&fields).await;
    bench.settle().await;
    let told = json!(bench.requests(Operation::Open).pop().unwrap().body).to_string();
    assert!(told.contains("Person") || told.contains("person@example.com"), "{told}");
    transfer.connect().await;
}

pub(super) async fn unicode(bench: &Bench) {
    let summary =
        "Gr\u{fc}\u{df}e \u{4f60}\u{597d} \u{645}\u{631}\u{62d}\u{628}\u{627} \u{1F469}\u{200D}\u{1F680} \"q\" \\";
    let fields = json!({
        "summary": summary,
        "contact": { "name": "\u{1F600} Test User", "email": "user@example.com" },
        "metadata": { "caf\u{e9}": summary },
    });
    let transfer = bench.requested_with(&fields).await;
    bench.settle().await;
    let shown = json!(summary).to_string();
    assert!(transfer.briefing().contains(shown.trim_matches('"')), "{}", transfer.briefing());
    assert_eq!(transfer.detail().await.body["metadata"]["caf\u{e9}"], summary);
}

pub(super) async fn large(bench: &Bench) {
    let metadata = json!({ "blob": "x".repeat(4_000), "deep": { "list": [1, 2, { "three": null }] } });
    let summary = "\u{fc}".repeat(2_000);
    let transfer = bench.requested_with(&json!({ "metadata": metadata, "summary": summary })).await;
    bench.settle().await;
    assert!(transfer.briefing().contains(&summary[..400]), "{}", transfer.briefing());
    transfer.connect().await;
    assert_eq!(transfer.detail().await.body["metadata"], metadata);
}

pub(super) async fn repeated(bench: &Bench) {
    let body = bench.request();
    let key = format!("key-{}", body["conversationSessionId"].as_str().unwrap());
    let send =
        async || bench.api().call(Method::POST, "/transfers", Some(&body), &[("idempotency-key", key.as_str())]).await;
    let (first, second) = (send().await, send().await);
    assert_eq!((first.status, second.status), (201, 200), "{}", second.text);
    let session = first.str("sessionId");
    assert_eq!(session, second.str("sessionId"));
    bench.settle().await;
    bench.stack().redeliver_stream().await.unwrap();
    bench.settle().await;
    let third = send().await;
    assert_eq!((third.status, third.str("sessionId")), (200, session.clone()));
    bench.settle().await;
    bench.transfer(session).was_opened_once();
}

pub(super) async fn two(bench: &Bench) {
    let (one, other) = (bench.active().await, bench.active().await);
    one.told("for the one").await;
    other.told("for the other").await;
    one.say("m-1", "from the one").await;
    other.say("m-1", "from the other").await;
    bench.settle().await;
    assert_eq!((one.heard().await, other.heard().await), (vec!["for the one".into()], vec!["for the other".into()]));
    assert_eq!((one.seen(), other.seen()), (vec!["from the one".into()], vec!["from the other".into()]));
    assert_ne!(one.there().id, other.there().id);
}

pub(super) async fn again(bench: &Bench) {
    let body = bench.request();
    let first = bench.api().post("/transfers", &body).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let taken = bench.api().post("/transfers", &body).await;
    assert_eq!((taken.status, taken.problem()), (409, "transfer-already-open"));
    let first = bench.transfer(first.str("sessionId"));
    bench.settle().await;
    first.connect().await;
    first.act([simulators::Act::End(simulators::EndedBy::Representative)]).await;
    first.ended(ENDED_THERE).await;
    let second = bench.api().post("/transfers", &body).await;
    assert_eq!(second.status, 201, "{}", second.text);
    let second = bench.transfer(second.str("sessionId"));
    bench.settle().await;
    second.connect().await;
    assert_ne!(first.there().id, second.there().id);
    first.is_over_there();
}
