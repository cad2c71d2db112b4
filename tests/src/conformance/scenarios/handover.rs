//! From one representative to the next, or to none.

use serde_json::Value;
use simulators::{Act, EndedBy};

use super::ending::ENDED_THERE;
use crate::conformance::{Bench, Transfer};

pub(super) async fn queue(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.act([Act::Transfer]).await;
    transfer.stands("queued").await;
    assert!(transfer.detail().await.body["representative"].is_null());
    transfer.say("m-1", "While I wait").await;
    bench.settle().await;
    transfer.act([Act::Join]).await;
    transfer.stands("active").await;
    assert_eq!(transfer.detail().await.body["representative"]["name"], "Representative Two");
    assert_eq!(transfer.seen(), ["While I wait"]);
}

pub(super) async fn person(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.told("One moment").await;
    transfer.act([Act::Transfer, Act::Join]).await;
    transfer.told("Hello, I take over").await;
    transfer.stands("active").await;
    let detail = transfer.detail().await;
    assert_eq!(detail.body["representative"]["name"], "Representative Two", "{}", detail.text);
    assert_eq!(transfer.heard().await, ["One moment", "Hello, I take over"]);
    assert_eq!(transfer.newest("transfer.representative_joined")["representative"]["name"], "Representative Two");
    assert_eq!(transfer.there().representative.unwrap().name, "Representative Two");
}

pub(super) async fn leaves(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.told("Goodbye").await;
    transfer.act([Act::Leave]).await;
    transfer.stands("post_agent").await;
    assert_eq!(transfer.count("transfer.representative_left"), 1);
    assert_eq!(transfer.count("transfer.post_agent"), 1);
    assert_eq!(transfer.count("transfer.ended"), 0);
    transfer.act([Act::End(EndedBy::Representative)]).await;
    transfer.ended(ENDED_THERE).await;
    transfer.is_over_there();
}

pub(super) async fn comes_back(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.act([Act::Leave]).await;
    transfer.stands("post_agent").await;
    transfer.act([Act::Queue, Act::Join]).await;
    // Some tell it by the first text only.
    transfer.told("Back again").await;
    transfer.stands("active").await;
    assert_eq!(transfer.heard().await, ["Back again"]);
    assert_eq!(transfer.count("transfer.ended"), 0);
}

pub(super) async fn wrap_up(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.act([Act::Leave, Act::WrapUp]).await;
    transfer.stands("post_agent").await;
    assert!(transfer.timeline().await.contains(&"wrap_up".to_owned()));
    transfer.act([Act::End(EndedBy::Representative)]).await;
    let ended = shown(&transfer).await;
    transfer.act([Act::WrapUp]).await;
    assert_eq!(shown(&transfer).await, ended, "it may come minutes after the end");
    transfer.ended(&["representative_ended"]).await;
}

/// The record without the marks of a write: what comes after the end is written into the timeline.
async fn shown(transfer: &Transfer<'_>) -> Value {
    let mut record = transfer.detail().await.body;
    for mark in ["version", "updatedAt", "lastProviderEventAt"] {
        record[mark] = Value::Null;
    }
    record
}

pub(super) async fn survey(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.act([Act::Leave, Act::Survey("How was it, from 1 to 5?".to_owned())]).await;
    transfer.stands("post_agent").await;
    let texts = transfer.texts_of("provider").await;
    assert_eq!(texts.iter().filter(|text| *text == "How was it, from 1 to 5?").count(), 1, "{texts:?}");
    assert!(transfer.heard().await.is_empty(), "no human asks it");
}
