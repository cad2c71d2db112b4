//! The end, by whomever.

use std::time::Duration;

use simulators::{Act, EndedBy, Operation, Taken};

use crate::conformance::{Bench, Need, Transfer};

/// An end by the representative; some only tell that it is over.
pub(super) const ENDED_THERE: &[&str] = &["representative_ended", "provider_disconnected"];

async fn by_request(bench: &Bench, by: &str, reason: &str) {
    let transfer = bench.active().await;
    let answer = transfer.end(by).await;
    assert_eq!((answer.status, answer.str("endReason").as_str()), (202, reason), "{}", answer.text);
    bench.settle().await;
    transfer.ended(&[reason]).await;
    transfer.is_over_there();
    assert_eq!(transfer.there().ended_by, Some(EndedBy::Contact));
    assert_eq!(transfer.newest("transfer.ended")["endReason"], reason);
}

pub(super) async fn contact(bench: &Bench) {
    by_request(bench, "contact", "contact_ended").await;
}

pub(super) async fn agent(bench: &Bench) {
    by_request(bench, "agent", "agent_ended").await;
}

pub(super) async fn operator(bench: &Bench) {
    by_request(bench, "operator", "operator_ended").await;
}

async fn there(bench: &Bench, by: EndedBy, reasons: &[&str]) {
    let transfer = bench.active().await;
    transfer.act([Act::End(by)]).await;
    transfer.ended(reasons).await;
    assert_eq!(bench.requests(Operation::End).len(), 0, "who ended it is not told to end it");
    let again = transfer.end("contact").await;
    assert_eq!((again.status, again.str("endReason")), (202, transfer.detail().await.str("endReason")));
    bench.settle().await;
    assert_eq!(bench.requests(Operation::End).len(), 0);
    assert_eq!(transfer.there().ended_by, Some(by));
}

pub(super) async fn representative(bench: &Bench) {
    there(bench, EndedBy::Representative, ENDED_THERE).await;
}

pub(super) async fn provider(bench: &Bench) {
    let reasons = if bench.has(Need::Ender) { "provider_disconnected" } else { "representative_ended" };
    there(bench, EndedBy::Provider, &[reasons]).await;
}

async fn ended_by_contact(bench: &Bench, transfer: &Transfer<'_>) {
    let waits = matches!(transfer.detail().await.str("status").as_str(), "pending" | "queued");
    assert_eq!(transfer.end("contact").await.status, 202);
    bench.settle().await;
    transfer.ended(&[if waits { "cancelled_in_queue" } else { "contact_ended" }]).await;
}

pub(super) async fn twice(bench: &Bench) {
    let transfer = bench.active().await;
    ended_by_contact(bench, &transfer).await;
    let second = transfer.end("operator").await;
    assert_eq!((second.status, second.str("endReason").as_str()), (202, "contact_ended"));
    bench.stack().redeliver_stream().await.unwrap();
    bench.settle().await;
    transfer.ended(&["contact_ended"]).await;
    transfer.is_over_there();
}

pub(super) async fn before_opening(bench: &Bench) {
    let transfer = bench.requested().await;
    ended_by_contact(bench, &transfer).await;
    transfer.is_nowhere();
    assert_eq!(bench.requests(Operation::Open).len(), 0, "nobody is called for nothing");
}

pub(super) async fn in_queue(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue]).await;
    ended_by_contact(bench, &transfer).await;
    transfer.is_over_there();
}

pub(super) async fn already_gone(bench: &Bench) {
    let transfer = bench.active().await;
    let dead = bench.stack().dead_commands().counts().unwrap().visible;
    bench.disturb("*", 100, simulators::CallbackFault::Hold);
    transfer.act([Act::End(EndedBy::Provider)]).await;
    transfer.stands("active").await;
    ended_by_contact(bench, &transfer).await;
    bench.retries().await;
    assert!(!bench.requests(Operation::End).is_empty() || !bench.requests(Operation::Read).is_empty());
    assert_eq!(bench.stack().dead_commands().counts().unwrap().visible, dead, "gone is as good as ended");
    bench.desk().clear_faults();
    bench.desk().release_held();
    bench.settle().await;
    transfer.ended(&["contact_ended"]).await;
}

pub(super) async fn failed(bench: &Bench) {
    let transfer = bench.active().await;
    bench.answer_with(Operation::End, 2, 503, Taken::No);
    ended_by_contact(bench, &transfer).await;
    bench.retries().await;
    transfer.is_over_there();
    assert_eq!(bench.desk().faults_left(), []);
    transfer.ended(&["contact_ended"]).await;
}

pub(super) async fn after_messages(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.say("m-1", "One last thing").await;
    transfer.say("m-2", "Goodbye").await;
    ended_by_contact(bench, &transfer).await;
    assert_eq!(transfer.seen(), ["One last thing", "Goodbye"]);
    assert_eq!(transfer.deliveries().await, ["delivered"; 2]);
    transfer.is_over_there();
}

async fn by_silence(bench: &Bench, transfer: &Transfer<'_>) {
    bench.stack().advance(Duration::from_mins(31));
    assert_eq!(bench.api().say(&transfer.id, "m-9", "Too late").await.problem(), "transfer-expired");
    bench.settle().await;
    let detail = transfer.detail().await;
    assert_eq!((detail.status, detail.str("endReason").as_str()), (200, "expired"), "{}", detail.text);
    assert_eq!(transfer.count("transfer.expired"), 1);
    assert_eq!(bench.api().task_status(&transfer.id).await, "expired");
    transfer.is_over_there();
}

pub(super) async fn expiry(bench: &Bench) {
    let transfer = bench.active().await;
    by_silence(bench, &transfer).await;
    assert_eq!(transfer.seen(), Vec::<String>::new());
}

pub(super) async fn expiry_in_queue(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue]).await;
    by_silence(bench, &transfer).await;
}
