//! What is made of what a contact centre says: who says it, whether it was said before, and what follows.

use std::time::Duration;

use simulators::{Act, Operation, RequestFault, Taken};

use crate::conformance::{Bench, Form, Line, Move, Need, Person, Speaker, Transfer};

/// Words that some contact centre's machine ends with.
const PHRASE: &str = "Sorry, we are outside our opening hours.";

async fn says(transfer: &Transfer<'_>, by: Speaker, text: &str, form: Form) {
    transfer.hears((transfer.bench().profile().speech.says)(transfer, &Line { by, text, form })).await;
}

pub(super) async fn equal_without_id(bench: &Bench) {
    let transfer = bench.active().await;
    for text in ["ok", "one moment", "ok"] {
        says(&transfer, Speaker::Human, text, Form::Nameless).await;
        bench.later(Duration::from_secs(1)).await;
    }
    assert_eq!(transfer.heard().await, ["ok", "one moment", "ok"]);
}

pub(super) async fn equal_with_id(bench: &Bench) {
    let transfer = bench.active().await;
    for number in [1, 2, 1] {
        says(&transfer, Speaker::Human, "ok", Form::Usual(number)).await;
        bench.later(Duration::from_secs(1)).await;
    }
    assert_eq!(transfer.heard().await, ["ok", "ok"]);
}

pub(super) async fn phrase_of_a_human(bench: &Bench) {
    let transfer = bench.active().await;
    says(&transfer, Speaker::Human, PHRASE, Form::Usual(1)).await;
    transfer.stands("active").await;
    assert_eq!(transfer.heard().await, [PHRASE]);
    assert_eq!(transfer.count("transfer.ended"), 0);
}

pub(super) async fn phrase_of_a_machine(bench: &Bench) {
    let talking = bench.active().await;
    says(&talking, Speaker::Bot, PHRASE, Form::Usual(1)).await;
    talking.stands("active").await;
    let waiting = bench.opened().await;
    waiting.act([Act::Accept, Act::Queue]).await;
    says(&waiting, Speaker::Bot, PHRASE, Form::Usual(1)).await;
    waiting.ended(&["outside_hours"]).await;
}

pub(super) async fn who_speaks(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue]).await;
    says(&transfer, Speaker::Bot, "I am a bot", Form::Usual(1)).await;
    transfer.stands("queued").await;
    says(&transfer, Speaker::Human, "I am a human", Form::Usual(2)).await;
    transfer.stands("active").await;
    says(&transfer, Speaker::Bot, "and I am still a bot", Form::Usual(3)).await;
    assert_eq!(transfer.heard().await, ["I am a human"]);
    let machine = transfer.texts_of("provider").await;
    for text in ["I am a bot", "and I am still a bot"] {
        assert!(machine.iter().any(|said| said == text), "{machine:?}");
    }
}

pub(super) async fn second_leaves(bench: &Bench) {
    let transfer = bench.active().await;
    let first = transfer.detail().await.body["representative"].clone();
    let moves = bench.profile().speech.moves;
    let second = Person { id: "005xx0000099999", name: "Agent Nine" };
    transfer.hears(moves(&transfer, second, Move::Comes)).await;
    let both = transfer.detail().await;
    assert_eq!(both.body["representative"]["id"], second.id, "the newest: {}", both.text);
    transfer.hears(moves(&transfer, second, Move::Goes)).await;
    let after = transfer.detail().await;
    assert_eq!(after.body["representative"], first, "{}", after.text);
    transfer.stands("active").await;
    let path = format!("/transfers/{}/timeline?limit=100", transfer.id);
    let timeline = bench.api().get(&path).await;
    let mut items = timeline.body["items"].as_array().unwrap().iter();
    let leaving = items.find(|item| item["what"] == "representative_left");
    assert!(leaving.is_some_and(|item| item["ignoredBecause"].is_null()), "{}", timeline.text);
}

/// A message whose call is answered by somebody else than the contact centre is not taken for delivered.
async fn not_believed(bench: &Bench, body: &str) {
    let transfer = bench.active().await;
    bench.fail(Operation::Send, 1, RequestFault::OtherBody { body: body.to_owned(), taken: Taken::No });
    transfer.say("m-1", "Hello?").await;
    bench.settle().await;
    assert_eq!(bench.desk().faults_left(), []);
    assert_ne!(transfer.deliveries().await, ["delivered"]);
    assert_eq!(transfer.count("message.delivered"), 0);
    bench.retries().await;
    if bench.has(Need::Resends) {
        assert_eq!(
            (transfer.seen(), transfer.deliveries().await),
            (vec!["Hello?".to_owned()], vec!["delivered".to_owned()])
        );
    } else {
        assert_eq!((transfer.seen(), transfer.deliveries().await), (Vec::new(), vec!["failed".to_owned()]));
    }
    transfer.stands("active").await;
}

pub(super) async fn page_with_200(bench: &Bench) {
    not_believed(bench, "<!doctype html><html><body>Please sign in</body></html>").await;
}

pub(super) async fn nothing_with_200(bench: &Bench) {
    not_believed(bench, "").await;
}
