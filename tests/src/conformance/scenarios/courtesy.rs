//! What makes a conversation one between people: who types, what arrived, and not being sent where nobody is.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{Act, Operation, Script, Taken};

use crate::api::Answer;
use crate::conformance::{Bench, Transfer};

/// More than typing lasts until it is told again.
const RENEWED: Duration = Duration::from_secs(5);

async fn types(bench: &Bench, transfer: &Transfer<'_>, state: &str) -> Answer {
    let answer = bench.api().post(&format!("/transfers/{}/typing", transfer.id), &json!({ "state": state })).await;
    bench.settle().await;
    answer
}

async fn acknowledges(bench: &Bench, transfer: &Transfer<'_>, ids: &[&str], state: &str) -> Answer {
    let body = json!({ "messageIds": ids, "state": state });
    let answer = bench.api().post(&format!("/transfers/{}/receipts", transfer.id), &body).await;
    bench.settle().await;
    answer
}

/// What the integration says that it can do.
async fn capabilities(bench: &Bench) -> Value {
    bench.api().get(&format!("/integrations/{}", bench.provider())).await.body["capabilities"].clone()
}

pub(super) async fn typing(bench: &Bench) {
    let transfer = bench.active().await;
    let before = transfer.detail().await;
    let takes = capabilities(bench).await["typingOut"] == true;
    let answer = types(bench, &transfer, "started").await;
    if takes {
        assert_eq!(answer.status, 202, "{}", answer.text);
    } else {
        assert_eq!((answer.status, answer.problem()), (422, "not-supported"));
        assert!(answer.str("detail").contains(bench.provider().as_str()), "{}", answer.text);
    }
    assert_eq!(transfer.there().contact_typing, u32::from(takes));
    types(bench, &transfer, "started").await;
    assert_eq!(bench.requests(Operation::Typing).len(), usize::from(takes), "told a moment ago");
    let after = transfer.detail().await;
    for field in ["status", "expiresAt", "lastMessageAt"] {
        assert_eq!(after.str(field), before.str(field), "{field}");
    }
    transfer.say("m-1", "Typed this").await;
    bench.settle().await;
    assert_eq!(transfer.seen(), ["Typed this"]);
}

pub(super) async fn typing_goes_on(bench: &Bench) {
    let transfer = bench.active().await;
    types(bench, &transfer, "started").await;
    bench.later(RENEWED).await;
    assert_eq!(types(bench, &transfer, "started").await.status, 202);
    assert_eq!(bench.requests(Operation::Typing).len(), 2);
    assert_eq!(types(bench, &transfer, "stopped").await.status, 202);
    bench.later(Duration::from_millis(1)).await;
    assert_eq!(types(bench, &transfer, "started").await.status, 202);
    assert!(bench.requests(Operation::Typing).len() >= 3, "it starts again at once");
    for request in bench.requests(Operation::Typing) {
        assert_eq!(request.effect, simulators::Effect::Taken, "{request:?}");
    }
}

pub(super) async fn typing_refused(bench: &Bench) {
    let transfer = bench.active().await;
    bench.answer_with(Operation::Typing, 10, 503, Taken::No);
    assert_eq!(types(bench, &transfer, "started").await.status, 202);
    transfer.say("m-1", "still here").await;
    bench.retries().await;
    assert_eq!(bench.requests(Operation::Typing).len(), 1, "it is not tried again");
    assert_eq!(transfer.seen(), ["still here"]);
    transfer.stands("active").await;
    bench.desk().clear_faults();
    assert_eq!(transfer.end("contact").await.status, 202);
    let late = types(bench, &transfer, "started").await;
    assert_eq!((late.status, late.problem()), (409, "transfer-ended"));
    assert_eq!(bench.requests(Operation::Typing).len(), 1);
}

/// The newest message of the representative.
async fn newest(transfer: &Transfer<'_>) -> Value {
    transfer.messages().await.into_iter().rfind(|message| message["author"] == "representative").unwrap()
}

pub(super) async fn receipts(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.told("Hello").await;
    let before = transfer.detail().await.str("expiresAt");
    let id = newest(&transfer).await["messageId"].as_str().unwrap().to_owned();
    let taken = capabilities(bench).await["receipts"].as_str().unwrap().to_owned();
    for (state, told) in [
        ("delivered", if taken == "none" { Value::Null } else { json!("delivered") }),
        (
            "read",
            match taken.as_str() {
                "none" => Value::Null,
                "delivered" => json!("delivered"),
                _ => json!("read"),
            },
        ),
    ] {
        let answer = acknowledges(bench, &transfer, &[&id], state).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        assert_eq!(answer.body["providerTold"], told, "{state}");
        assert_eq!(newest(&transfer).await["receipt"], state);
    }
    let there = transfer.there();
    let expected = if taken == "none" { 0 } else { 2 };
    assert_eq!(there.receipts.len(), expected, "{:?}", there.receipts);
    assert_eq!(acknowledges(bench, &transfer, &[&id], "delivered").await.status, 202, "it takes nothing back");
    assert_eq!(
        (transfer.there().receipts.len(), newest(&transfer).await["receipt"].clone()),
        (expected, json!("read"))
    );
    let unknown = acknowledges(bench, &transfer, &[&id, "nothing"], "read").await;
    assert_eq!((unknown.status, unknown.problem()), (422, "invalid-fields"));
    assert_eq!(unknown.body["errors"][0]["pointer"], "/messageIds/1");
    assert_eq!(transfer.detail().await.str("expiresAt"), before);
}

pub(super) async fn receipts_after_trouble(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.told("Hello").await;
    let id = newest(&transfer).await["messageId"].as_str().unwrap().to_owned();
    bench.answer_with(Operation::Receipt, 1, 503, Taken::No);
    assert_eq!(acknowledges(bench, &transfer, &[&id], "delivered").await.status, 202);
    transfer.say("m-1", "not held up").await;
    bench.settle().await;
    assert_eq!(transfer.seen(), ["not held up"]);
    bench.retries().await;
    assert_eq!(transfer.there().receipts.len(), 1, "it was told again");
    transfer.stands("active").await;
}

pub(super) async fn nobody_available(bench: &Bench) {
    let desk = bench.desk();
    desk.script(Script::NoAgents);
    let transfer = bench.opened().await;
    desk.script(Script::Manual);
    transfer.ended(&["no_representatives"]).await;
    transfer.is_nowhere();
    assert_eq!(bench.requests(Operation::Open).len(), 0);
    let alternatives = transfer.newest("transfer.ended")["alternatives"].clone();
    let kinds: Vec<&str> = alternatives.as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["continue_with_agent", "try_later"], "no other contact centre is configured on a bench");
    assert_eq!(transfer.detail().await.body["alternatives"], alternatives);
    assert_eq!(bench.api().task_status(&transfer.id).await, "failed");
    // The conversation is free, and somebody is there again.
    bench.active().await;
}

pub(super) async fn availability_unknown(bench: &Bench) {
    bench.answer_with(Operation::Read, 1, 503, Taken::No);
    let transfer = bench.opened().await;
    transfer.was_opened_once();
    assert_eq!(bench.desk().faults_left(), [], "it was asked");
}

pub(super) async fn outside_hours(bench: &Bench) {
    let transfer = bench.opened().await;
    let closed = Act::FlowText("You write to us outside our opening hours.".to_owned());
    transfer.act([Act::Accept, Act::Queue, closed]).await;
    transfer.given_up_there().await;
    transfer.ended(&["outside_hours"]).await;
    let alternatives = transfer.newest("transfer.ended")["alternatives"].to_string();
    assert!(alternatives.contains("try_later"), "{alternatives}");
    assert_eq!(transfer.detail().await.body["alternatives"].to_string(), alternatives);
}
