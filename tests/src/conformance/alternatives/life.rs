//! Lives that show what a setting does.

use simulators::{Act, EndedBy};

use crate::conformance::{Bench, Transfer};

/// Open, wait, talk both ways, end by the contact.
pub(super) async fn whole(bench: &Bench) {
    ended_by_contact(bench).await;
}

/// The whole life; gives what is left of it.
pub(super) async fn ended_by_contact(bench: &Bench) -> Transfer<'_> {
    let transfer = talking(bench).await;
    assert_eq!(transfer.end("contact").await.status, 202);
    bench.settle().await;
    transfer.ended(&["contact_ended"]).await;
    transfer
}

/// A transfer in which both have spoken.
pub(super) async fn talking(bench: &Bench) -> Transfer<'_> {
    let transfer = bench.opened().await;
    transfer.connect().await;
    transfer.told("Hello").await;
    transfer.say("m-1", "Good day").await;
    bench.settle().await;
    assert_eq!(transfer.heard().await, ["Hello"]);
    assert!(transfer.seen().iter().any(|line| line == "Good day"), "{:?}", transfer.seen());
    transfer
}

/// The whole life, ended by the representative.
pub(super) async fn ended_there(bench: &Bench) {
    let transfer = talking(bench).await;
    transfer.act([Act::End(EndedBy::Representative)]).await;
    transfer.ended(&["representative_ended", "provider_disconnected"]).await;
}
