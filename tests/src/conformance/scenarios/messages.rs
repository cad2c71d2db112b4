//! Messages between contact and representative.

use std::time::Duration;

use simulators::{Act, CallbackFault};

use crate::conformance::{Bench, Need, Secure};

/// Above what people write and below what a message of ours may have.
const LONG: usize = 30_000;

pub(super) async fn inbound_order(bench: &Bench) {
    let transfer = bench.active().await;
    let lines: Vec<String> = (1..=8).map(|number| format!("line {number}")).collect();
    for line in &lines {
        transfer.act_now(&Act::Say(line.clone()));
    }
    bench.settle().await;
    assert_eq!(transfer.heard().await, lines);
    assert_eq!(transfer.count("message.received") - transfer.texts_of("provider").await.len(), 8);
}

pub(super) async fn outbound_order(bench: &Bench) {
    let transfer = bench.active().await;
    let lines: Vec<String> = (1..=12).map(|number| format!("line {number}")).collect();
    for (number, line) in lines.iter().enumerate() {
        transfer.say(&format!("m-{number}"), line).await;
        if number == 5 {
            bench.settle().await;
        }
    }
    bench.settle().await;
    assert_eq!(transfer.seen(), lines);
    assert_eq!(transfer.texts_of("contact").await, lines);
    assert_eq!(transfer.count("message.delivered"), 12);
}

pub(super) async fn both_ways(bench: &Bench) {
    let transfer = bench.active().await;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for number in 1..=4 {
        ours.push(format!("question {number}"));
        theirs.push(format!("answer {number}"));
        transfer.act_now(&Act::Say(theirs[theirs.len() - 1].clone()));
        transfer.say(&format!("m-{number}"), &ours[ours.len() - 1]).await;
    }
    bench.settle().await;
    assert_eq!((transfer.seen(), transfer.heard().await), (ours, theirs));
}

pub(super) async fn outbound_duplicate(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.say("m-1", "only once").await;
    transfer.say("m-1", "only once").await;
    bench.settle().await;
    transfer.say("m-1", "only once").await;
    bench.stack().redeliver_stream().await.unwrap();
    bench.settle().await;
    assert_eq!(transfer.seen(), ["only once"]);
    assert_eq!(transfer.texts_of("contact").await, ["only once"]);
    assert_eq!(transfer.count("message.delivered"), 1);
}

pub(super) async fn inbound_duplicate(bench: &Bench) {
    let transfer = bench.active().await;
    bench.disturb(bench.profile().kinds.text, 2, CallbackFault::Duplicate { copies: 2 });
    transfer.told("first").await;
    transfer.told("second").await;
    assert_eq!(bench.desk().faults_left(), []);
    assert_eq!(transfer.heard().await, ["first", "second"]);
    assert_eq!(transfer.newest("message.received")["message"]["text"], "second");
}

pub(super) async fn equal_texts(bench: &Bench) {
    let transfer = bench.active().await;
    for number in 1..=3 {
        transfer.told("ok").await;
        transfer.say(&format!("m-{number}"), "yes").await;
    }
    bench.settle().await;
    assert_eq!(transfer.heard().await, ["ok"; 3]);
    assert_eq!(transfer.seen(), ["yes"; 3]);
}

pub(super) async fn long_outbound(bench: &Bench) {
    let transfer = bench.active().await;
    let text = "long \u{fc} ".repeat(LONG / 8);
    transfer.say("m-1", text.trim()).await;
    bench.settle().await;
    assert_eq!(transfer.seen(), [text.trim()]);
    assert_eq!(transfer.texts_of("contact").await, [text.trim()]);
    let too_long = bench.api().say(&transfer.id, "m-2", &"x".repeat(40_000)).await;
    assert_eq!((too_long.status, too_long.problem()), (422, "invalid-fields"));
}

pub(super) async fn long_inbound(bench: &Bench) {
    let transfer = bench.active().await;
    let text = "long \u{fc} ".repeat(LONG / 8);
    transfer.told(text.trim()).await;
    assert_eq!(transfer.heard().await, [text.trim()]);
    // Longer than we keep: the beginning is told, and that it is not all.
    transfer.told(&"y".repeat(60_000)).await;
    let message = transfer.messages().await.pop().unwrap();
    assert_eq!(message["truncated"], true);
    assert!(message["text"].as_str().unwrap().starts_with("yyyy"));
    transfer.told("and on it goes").await;
    assert_eq!(transfer.heard().await.len(), 3);
}

pub(super) async fn strange_texts(bench: &Bench) {
    let transfer = bench.active().await;
    let texts = [
        "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466} \u{1F1EA}\u{1F1FA} e\u{301}",
        "\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{202e}reversed\u{202c} \u{645}\u{631}\u{62d}\u{628}\u{627}",
        "tab\tbell\u{7}escape\u{1b}[31m\u{0}nul\r\nnew line",
        "<script>alert(\"x\")</script> & 'quotes' \\ {{pii.name}} ${jndi}",
        "\u{feff}zero\u{200b}width\u{2028}line",
    ];
    for (number, text) in texts.iter().enumerate() {
        transfer.told(text).await;
        transfer.say(&format!("m-{number}"), text).await;
    }
    bench.settle().await;
    assert_eq!(transfer.heard().await, texts);
    assert_eq!(transfer.seen(), texts);
    assert_eq!(transfer.texts_of("contact").await, texts);
}

pub(super) async fn typing(bench: &Bench) {
    let transfer = bench.active().await;
    let before = transfer.detail().await;
    transfer.act([Act::StartTyping]).await;
    assert_eq!(transfer.newest("typing")["on"], true);
    transfer.act([Act::StopTyping]).await;
    assert_eq!(transfer.newest("typing")["on"], !bench.has(Need::TypingStop));
    let after = transfer.detail().await;
    assert_eq!((after.str("status"), after.str("expiresAt")), (before.str("status"), before.str("expiresAt")));
    assert!(transfer.heard().await.is_empty());
}

pub(super) async fn secure(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.told("for your eyes").await;
    let Secure { open, private, noted } = bench.profile().secure.unwrap();
    let body = transfer.another("for your eyes", "4711-secret");
    assert!(body.contains(open), "{body}");
    assert_eq!(bench.call_back(&transfer.address(), &body.replace(open, private)).await, 200);
    bench.settle().await;
    assert_eq!(transfer.heard().await, ["for your eyes"]);
    let timeline = transfer.timeline().await;
    assert!(noted.is_none_or(|noted| timeline.contains(&noted.to_owned())), "{timeline:?}");
    let everything = format!("{:?} {}", transfer.messages().await, transfer.detail().await.text);
    assert!(!everything.contains("4711-secret"));
    let told = crate::api::events(bench.stack(), &transfer.id);
    assert!(told.iter().all(|event| !event.to_string().contains("4711-secret")));
}

pub(super) async fn expiry(bench: &Bench) {
    let transfer = bench.active().await;
    let first = transfer.detail().await.str("expiresAt");
    bench.later(Duration::from_mins(10)).await;
    transfer.told("Are you there?").await;
    let second = transfer.detail().await.str("expiresAt");
    bench.later(Duration::from_mins(10)).await;
    transfer.say("m-1", "Yes").await;
    bench.settle().await;
    let third = transfer.detail().await.str("expiresAt");
    assert!(first < second && second < third, "{first} {second} {third}");
    assert_eq!(transfer.seen(), ["Yes"]);
}
