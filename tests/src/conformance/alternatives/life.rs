//! Lives that show what a setting does.

use std::time::Duration;

use serde_json::Value;
use simulators::{Act, CallbackFault, EndedBy, Operation, RequestFault, Taken};

use crate::conformance::{Bench, Transfer};

/// A transfer in which both have spoken.
pub(super) async fn talking(bench: &Bench) -> Transfer<'_> {
    let transfer = bench.active().await;
    transfer.told("Hello").await;
    transfer.say("m-1", "Good day").await;
    bench.settle().await;
    assert_eq!(transfer.heard().await, ["Hello"]);
    assert!(transfer.seen().iter().any(|line| line == "Good day"), "{:?}", transfer.seen());
    transfer
}

async fn ended_by_contact(bench: &Bench) -> Transfer<'_> {
    let transfer = talking(bench).await;
    assert_eq!(transfer.end("contact").await.status, 202);
    bench.settle().await;
    transfer.ended(&["contact_ended"]).await;
    transfer
}

/// Open, wait, talk both ways, end by the contact: it is over there, too.
pub(super) async fn whole(bench: &Bench) {
    ended_by_contact(bench).await.is_over_there();
}

/// Where the end cannot be told by a call, the representative is told by a last text.
pub(super) async fn goodbye(bench: &Bench) {
    let transfer = ended_by_contact(bench).await;
    let last = transfer.seen().pop().unwrap();
    assert!(last.contains("ended the chat") || last.contains("left the chat"), "{last}");
}

/// Ended there before we end it: gone is as good as ended.
pub(super) async fn gone(bench: &Bench) {
    let transfer = talking(bench).await;
    let dead = bench.stack().dead_commands().counts().unwrap().visible;
    bench.disturb("*", 100, CallbackFault::Drop);
    transfer.act([Act::End(EndedBy::Provider)]).await;
    assert_eq!(transfer.end("contact").await.status, 202);
    bench.settle().await;
    bench.retries().await;
    transfer.ended(&["contact_ended"]).await;
    assert_eq!(bench.stack().dead_commands().counts().unwrap().visible, dead);
}

/// A message of unknown outcome is told as failed and not sent again.
pub(super) async fn given_up(bench: &Bench) {
    let transfer = bench.active().await;
    bench.answer_with(Operation::Send, 1, 503, Taken::Yes);
    transfer.say("m-1", "Hello?").await;
    bench.settle().await;
    bench.retries().await;
    assert_eq!(transfer.deliveries().await, ["failed"]);
    assert_eq!(bench.requests(Operation::Send).len(), 1);
}

/// More calls than a minute may have wait for the next one, and none is lost.
pub(super) async fn paced(bench: &Bench) {
    let transfer = bench.active().await;
    for number in 0..6 {
        transfer.say(&format!("m-{number}"), &format!("line {number}")).await;
    }
    bench.settle().await;
    assert!(transfer.seen().len() < 6, "{:?}", transfer.seen());
    for _ in 0..4 {
        bench.later(Duration::from_secs(61)).await;
    }
    assert_eq!(transfer.seen().len(), 6);
}

/// The provider's own pause is not waited for.
pub(super) async fn impatient(bench: &Bench) {
    let throttle = RequestFault::Status { status: 429, retry_after: Some(600), taken: Taken::No };
    bench.fail(Operation::Open, 1, throttle);
    let transfer = bench.opened().await;
    bench.retries().await;
    transfer.was_opened_once();
}

/// What an opening sends.
pub(super) async fn opening(bench: &Bench) -> Value {
    bench.active().await;
    bench.requests(Operation::Open).pop().unwrap().body
}

/// What is not told is found by asking.
pub(super) async fn looked(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue, Act::Join]).await;
    bench.look(&transfer).await;
    transfer.stands("active").await;
    bench.disturb("*", 100, CallbackFault::Drop);
    transfer.act([Act::End(EndedBy::Representative)]).await;
    transfer.stands("active").await;
    bench.look(&transfer).await;
    transfer.ended(&["representative_ended", "reconciled", "provider_disconnected"]).await;
}

/// Texts are found by asking, once each.
pub(super) async fn texts_looked(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.connect().await;
    transfer.told("Hello").await;
    bench.look(&transfer).await;
    transfer.told("How can I help?").await;
    bench.look(&transfer).await;
    bench.look(&transfer).await;
    assert_eq!(transfer.heard().await, ["Hello", "How can I help?"]);
    transfer.say("m-1", "Good day").await;
    bench.settle().await;
    bench.look(&transfer).await;
    assert_eq!(transfer.seen(), ["Good day"]);
    assert_eq!(transfer.messages().await.len(), 3);
}

/// An end that is not told is found by asking.
pub(super) async fn end_looked(bench: &Bench) {
    let transfer = talking(bench).await;
    bench.disturb("*", 100, CallbackFault::Drop);
    transfer.act([Act::End(EndedBy::Representative)]).await;
    transfer.stands("active").await;
    bench.look(&transfer).await;
    transfer.ended(&["representative_ended", "reconciled", "provider_disconnected"]).await;
}

/// As long as both talk nobody asks how it stands; after 45 seconds of silence somebody does, and finds that it has ended.
pub(super) async fn reconciled(bench: &Bench) {
    let transfer = talking(bench).await;
    let asked = || bench.requests(Operation::Read).len();
    let before = asked();
    for number in 0..6 {
        bench.later(Duration::from_secs(30)).await;
        transfer.told(&format!("line {number}")).await;
    }
    assert_eq!(asked(), before);
    bench.disturb("*", 100, CallbackFault::Drop);
    transfer.act([Act::End(EndedBy::Representative)]).await;
    bench.later(Duration::from_secs(40)).await;
    transfer.stands("active").await;
    bench.later(Duration::from_secs(6)).await;
    transfer.ended(&["representative_ended", "reconciled", "provider_disconnected"]).await;
}

/// The representative has gone and nothing more is told: it ends after 45 seconds, long before the project's limit.
pub(super) async fn wrapped_up(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.act([Act::Leave]).await;
    transfer.stands("post_agent").await;
    bench.later(Duration::from_secs(40)).await;
    transfer.stands("post_agent").await;
    bench.later(Duration::from_secs(6)).await;
    transfer.ended(&["representative_ended"]).await;
    assert_eq!(transfer.detail().await.str("endedBy"), "system");
}

/// Nothing is heard of a conversation that was asked for: it ends after 45 seconds.
pub(super) async fn unheard_of(bench: &Bench) {
    bench.disturb("*", 100, CallbackFault::Drop);
    let transfer = bench.requested().await;
    bench.settle().await;
    bench.later(Duration::from_secs(40)).await;
    transfer.stands("pending").await;
    bench.later(Duration::from_secs(6)).await;
    transfer.ended(&["unconfirmed"]).await;
    bench.desk().clear_faults();
    let heard = bench.opened().await;
    heard.connect().await;
    bench.later(Duration::from_mins(1)).await;
    heard.stands("active").await;
}
