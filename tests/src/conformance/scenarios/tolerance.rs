//! Callbacks that are not quite of their form: what can be read is read, and costs nothing beside it.

use crate::conformance::{Bench, Form, Line, Speaker, Tell, Transfer};

fn said(transfer: &Transfer<'_>, text: &str, form: Form) -> Vec<Tell> {
    (transfer.bench().profile().speech.says)(transfer, &Line { by: Speaker::Human, text, form })
}

pub(super) async fn half_a_character(bench: &Bench) {
    let transfer = bench.active().await;
    for tell in said(&transfer, "Bye HALF", Form::Usual(1)) {
        let Tell::Callback(body, word) = tell else { panic!("{tell:?}") };
        assert_eq!(transfer.called_back(&body.to_string().replace("HALF", "\\ud83d"), word).await, 200);
    }
    bench.settle().await;
    assert_eq!(transfer.heard().await, ["Bye \u{fffd}"]);
    transfer.told("next").await;
    assert_eq!(transfer.heard().await.len(), 2);
}

pub(super) async fn null_for_a_list(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.hears(said(&transfer, "Good morning", Form::NullList)).await;
    assert_eq!(transfer.heard().await, ["Good morning"]);
}

pub(super) async fn number_for_an_id(bench: &Bench) {
    let transfer = bench.active().await;
    for (text, number) in [("one", 4711), ("two", 4712), ("one", 4711)] {
        transfer.hears(said(&transfer, text, Form::NumberId(number))).await;
    }
    assert_eq!(transfer.heard().await, ["one", "two"]);
}

pub(super) async fn blank_name(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.hears(said(&transfer, "Hello", Form::Usual(1))).await;
    let before = transfer.detail().await.body["representative"].clone();
    transfer.hears(said(&transfer, "Good morning", Form::BlankName)).await;
    assert_eq!(transfer.heard().await, ["Hello", "Good morning"]);
    let after = transfer.detail().await;
    assert_eq!(after.body["representative"], before, "a blank is no name: {}", after.text);
}

/// What the timeline calls something that was refused.
const REFUSED: &[&str] = &["item_not_read", "unreadable", "message_not_shown"];

pub(super) async fn broken_item(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.hears(said(&transfer, "Good morning", Form::BrokenItem)).await;
    let heard = transfer.heard().await;
    assert!(heard.len() == 1 && heard[0].lines().any(|line| line == "Good morning"), "{heard:?}");
    let timeline = transfer.timeline().await;
    assert!(timeline.iter().any(|what| REFUSED.contains(&what.as_str())), "{timeline:?}");
    transfer.stands("active").await;
}
