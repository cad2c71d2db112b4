//! What the call that sends a message comes to.

use serde_json::json;
use simulators::{Act, EndedBy, Operation, RequestFault, Taken};

use super::ending::ENDED_THERE;
use crate::conformance::{Bench, Transfer};

const LINES: [&str; 3] = ["line 1", "line 2", "line 3"];

async fn say_all(transfer: &Transfer<'_>) {
    for (number, line) in LINES.iter().enumerate() {
        transfer.say(&format!("m-{number}"), line).await;
    }
}

/// The first of three messages meets a fault, and all arrive in order, once.
async fn all_arrive(bench: &Bench, fault: RequestFault) {
    let transfer = bench.active().await;
    bench.fail(Operation::Send, 1, fault);
    say_all(&transfer).await;
    bench.settle().await;
    bench.retries().await;
    assert_eq!(bench.desk().faults_left(), []);
    assert_eq!(transfer.seen(), LINES);
    assert_eq!(transfer.deliveries().await, ["delivered"; 3]);
    assert_eq!(transfer.count("message.delivered"), 3);
    assert_eq!(transfer.count("message.failed"), 0);
    transfer.stands("active").await;
}

pub(super) async fn unauthorized(bench: &Bench) {
    all_arrive(bench, RequestFault::RevokeTokens).await;
}

pub(super) async fn moved(bench: &Bench) {
    all_arrive(bench, RequestFault::Migrate).await;
}

pub(super) async fn throttled(bench: &Bench) {
    all_arrive(bench, RequestFault::Status { status: 429, retry_after: Some(2), taken: Taken::No }).await;
}

pub(super) async fn failed_but_taken(bench: &Bench) {
    all_arrive(bench, RequestFault::Status { status: 503, retry_after: None, taken: Taken::Yes }).await;
}

pub(super) async fn failed(bench: &Bench) {
    all_arrive(bench, RequestFault::Status { status: 503, retry_after: None, taken: Taken::No }).await;
}

pub(super) async fn closed_but_taken(bench: &Bench) {
    all_arrive(bench, RequestFault::Close { taken: Taken::Yes }).await;
}

pub(super) async fn late_but_taken(bench: &Bench) {
    all_arrive(bench, RequestFault::HangAfter { seconds: None }).await;
}

pub(super) async fn not_repeated(bench: &Bench) {
    // Where no message is ever repeated, there is nothing to switch off.
    if bench.profile().capabilities().resends_safely {
        let mut settings = bench.settings();
        settings["resendAmbiguousMessages"] = json!(false);
        bench.change(&json!({ "settings": settings })).await;
    }
    let transfer = bench.active().await;
    bench.answer_with(Operation::Send, 1, 503, Taken::Yes);
    say_all(&transfer).await;
    bench.settle().await;
    bench.retries().await;
    assert_eq!(transfer.seen(), LINES, "once, although nobody knows");
    assert_eq!(transfer.deliveries().await, ["failed", "delivered", "delivered"]);
    assert_eq!(transfer.count("message.failed"), 1);
    transfer.stands("active").await;
    bench.change(&json!({})).await;
}

pub(super) async fn refused(bench: &Bench) {
    let transfer = bench.active().await;
    bench.answer_with(Operation::Send, 1, 400, Taken::No);
    say_all(&transfer).await;
    bench.settle().await;
    bench.retries().await;
    assert_eq!(transfer.seen(), LINES[1..]);
    assert_eq!(transfer.deliveries().await, ["failed", "delivered", "delivered"]);
    assert_eq!(transfer.count("message.failed"), 1);
    assert_eq!(transfer.newest("message.failed")["messageId"], "m-0");
    transfer.stands("active").await;
}

pub(super) async fn gone(bench: &Bench) {
    let transfer = bench.active().await;
    bench.answer_with(Operation::Send, 1, 404, Taken::No);
    say_all(&transfer).await;
    bench.settle().await;
    transfer.ended(&["provider_disconnected"]).await;
    assert_eq!(transfer.deliveries().await, ["failed"; 3]);
    assert_eq!(transfer.seen(), Vec::<String>::new());
}

pub(super) async fn after_end(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.say("m-0", "in time").await;
    bench.settle().await;
    transfer.act([Act::End(EndedBy::Representative)]).await;
    transfer.ended(ENDED_THERE).await;
    let refused = bench.api().say(&transfer.id, "m-1", "too late").await;
    assert_eq!((refused.status, refused.problem()), (409, "transfer-ended"));
    let file = json!({ "messageId": "m-2", "attachments": [{ "url": "https://files.example.com/late.png" }] });
    assert_eq!(bench.api().post(&format!("/transfers/{}/messages", transfer.id), &file).await.status, 409);
    let repeated = bench.api().say(&transfer.id, "m-0", "in time").await;
    assert_eq!(repeated.status, 202, "a repetition of what was accepted");
    bench.settle().await;
    assert_eq!(transfer.seen(), ["in time"]);
}
