//! Callbacks that are forged, late, early, double, or not for us.

use std::time::Duration;

use serde_json::json;
use simulators::{Act, CallbackFault, EndedBy, Operation, RequestFault};

use super::ending::ENDED_THERE;
use crate::conformance::{Address, Bench, Keys, Transfer};

const SAID: &str = "really said";
const NEW: &str = "never said";

/// A transfer in which the representative has written once.
async fn talking(bench: &Bench) -> Transfer<'_> {
    let transfer = bench.active().await;
    transfer.told(SAID).await;
    transfer
}

/// Nothing but what the representative really wrote has arrived, and it goes on.
async fn unharmed(bench: &Bench, transfer: &Transfer<'_>) {
    bench.settle().await;
    assert_eq!(transfer.heard().await, [SAID]);
    transfer.stands("active").await;
    transfer.told("and more").await;
    assert_eq!(transfer.heard().await, [SAID, "and more"]);
    transfer.say("m-1", "and back").await;
    bench.settle().await;
    assert_eq!(transfer.seen(), ["and back"]);
}

pub(super) async fn forged(bench: &Bench) {
    let transfer = talking(bench).await;
    let forged = bench.profile().way.forged(&transfer.address());
    let status = bench.call_back(&forged, &transfer.another(SAID, NEW)).await;
    assert_eq!(status, bench.profile().refuses_with());
    unharmed(bench, &transfer).await;
}

pub(super) async fn changed(bench: &Bench) {
    let transfer = talking(bench).await;
    let address = transfer.address();
    let proof = bench.proof(&address, &transfer.callback(SAID).to_string());
    let status = bench.post(&address.url, &proof, &transfer.another(SAID, NEW)).await;
    assert_eq!(status, bench.profile().refuses_with());
    unharmed(bench, &transfer).await;
}

pub(super) async fn unproven(bench: &Bench) {
    let transfer = talking(bench).await;
    let url = bench.profile().way.unproven(&transfer.address());
    assert_eq!(bench.post(&url, &[], &transfer.another(SAID, NEW)).await, bench.profile().refuses_with());
    unharmed(bench, &transfer).await;
}

pub(super) async fn stale(bench: &Bench) {
    let transfer = talking(bench).await;
    let (address, body) = (transfer.address(), transfer.another(SAID, NEW));
    // Caught on its way, and kept back.
    let proof = bench.proof(&address, &body);
    bench.later(Duration::from_secs(301)).await;
    assert_eq!(bench.post(&address.url, &proof, &body).await, bench.profile().refuses_with());
    unharmed(bench, &transfer).await;
}

pub(super) async fn wrong_path(bench: &Bench) {
    let transfer = talking(bench).await;
    for (wrong, status) in bench.profile().way.nowhere(&transfer.address()) {
        assert_eq!(bench.call_back(&wrong, &transfer.another(SAID, NEW)).await, status, "{wrong:?}");
    }
    unharmed(bench, &transfer).await;
}

pub(super) async fn replayed(bench: &Bench) {
    let transfer = talking(bench).await;
    let body = transfer.callback(SAID).to_string();
    for _ in 0..3 {
        assert_eq!(bench.call_back(&transfer.address(), &body).await, 200);
    }
    bench.settle().await;
    let received = transfer.count("message.received");
    bench.later(Duration::from_mins(5)).await;
    assert_eq!(bench.call_back(&transfer.address(), &body).await, 200);
    bench.settle().await;
    assert_eq!(transfer.count("message.received"), received);
    unharmed(bench, &transfer).await;
}

/// A whole life, without waiting between its steps.
async fn life(bench: &Bench) -> Transfer<'_> {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue, Act::Join]).await;
    for text in ["one", "two", "three"] {
        transfer.act_now(&Act::Say(text.to_owned()));
    }
    bench.settle().await;
    transfer.stands("active").await;
    transfer.act([Act::End(EndedBy::Representative)]).await;
    transfer
}

pub(super) async fn duplicated(bench: &Bench) {
    bench.disturb("*", 1_000, CallbackFault::Duplicate { copies: 2 });
    let transfer = life(bench).await;
    assert_eq!(transfer.heard().await, ["one", "two", "three"]);
    let representatives = crate::api::events(bench.stack(), &transfer.id).into_iter().filter(|event| {
        event["detail-type"] == "message.received" && event["detail"]["message"]["author"] == "representative"
    });
    let mut ids: Vec<String> = representatives.map(|event| event["detail"]["eventId"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    transfer.was_queued_once();
    transfer.ended(ENDED_THERE).await;
}

pub(super) async fn backwards(bench: &Bench) {
    let transfer = bench.opened().await;
    let kinds = bench.profile().kinds;
    bench.disturb(kinds.lifecycle, 1, CallbackFault::Reorder { window: kinds.held });
    for act in [Act::Accept, Act::Queue, Act::Join] {
        transfer.act_now(&act);
    }
    bench.settle().await;
    transfer.stands("active").await;
    transfer.told("Hello").await;
    assert_eq!(transfer.heard().await, ["Hello"]);
    assert_eq!(transfer.detail().await.body["representative"]["name"], "Representative One");
    transfer.act([Act::End(EndedBy::Representative)]).await;
    transfer.ended(&["representative_ended"]).await;
}

/// What happens at the contact centre before the answer to the opening is there.
async fn at_once<'a>(bench: &'a Bench, acts: &[Act]) -> Transfer<'a> {
    bench.fail(Operation::Open, 1, RequestFault::HangAfter { seconds: Some(1) });
    let transfer = bench.requested().await;
    let events = async {
        bench.appears(&transfer.key).await;
        for act in acts {
            transfer.act_now(act);
        }
    };
    tokio::join!(bench.settle(), events);
    bench.settle().await;
    transfer.stands("active").await;
    assert_eq!(transfer.detail().await.body["unconfirmed"], false);
    assert_eq!(bench.requests(Operation::Open).len(), 1);
    transfer
}

pub(super) async fn early(bench: &Bench) {
    let transfer = at_once(bench, &[Act::Accept, Act::Queue, Act::Join]).await;
    transfer.was_opened_once();
    transfer.told("Here I am").await;
    assert_eq!(transfer.heard().await, ["Here I am"]);
}

pub(super) async fn early_text(bench: &Bench) {
    let wait = Act::FlowText("Please wait".to_owned());
    let transfer = at_once(bench, &[Act::Accept, Act::Queue, wait, Act::Join]).await;
    assert!(transfer.texts_of("provider").await.contains(&"Please wait".to_owned()));
    transfer.was_opened_once();
}

pub(super) async fn unknown_session(bench: &Bench) {
    let transfer = talking(bench).await;
    let there = transfer.there();
    let nobody = "019bb1a5-ed00-7000-8000-00000000ffff";
    let named = |text: &str| text.replace(&transfer.key, nobody).replace(&there.id, "nowhere-0001");
    let Address { url, secret } = transfer.address();
    let elsewhere = Address { url: named(&url), secret };
    let status = bench.call_back(&elsewhere, &named(&transfer.another(SAID, NEW))).await;
    // A refusal could end the whole chat.
    assert_eq!(status, bench.profile().way.answers_the_unknown_with());
    unharmed(bench, &transfer).await;
}

pub(super) async fn after_end(bench: &Bench) {
    let transfer = talking(bench).await;
    let body = transfer.another(SAID, "after the end");
    transfer.act([Act::End(EndedBy::Representative)]).await;
    let before = transfer.detail().await;
    let (received, ended) = (transfer.count("message.received"), transfer.count("transfer.ended"));
    assert_eq!((before.str("status").as_str(), ended), ("ended", 1));
    assert_eq!(bench.call_back(&transfer.address(), &body).await, 200);
    bench.settle().await;
    let after = transfer.detail().await;
    for field in ["status", "endReason", "endedAt", "expiresAt", "lastMessageAt"] {
        assert_eq!(after.str(field), before.str(field), "{field}");
    }
    // The contact has not seen it, so it is told.
    assert_eq!((transfer.count("message.received"), transfer.count("transfer.ended")), (received + 1, 1));
    let late = transfer.messages().await.into_iter().find(|message| message["text"] == "after the end").unwrap();
    assert_eq!(late["late"], true);
    transfer.is_over_there();
}

pub(super) async fn late_join(bench: &Bench) {
    let transfer = bench.opened().await;
    for kind in bench.profile().kinds.joined {
        bench.disturb(kind, 1, CallbackFault::Hold);
    }
    transfer.act([Act::Accept, Act::Queue, Act::Join, Act::End(EndedBy::Representative)]).await;
    let before = transfer.detail().await;
    assert_eq!(before.str("status"), "ended", "{}", before.text);
    assert!(bench.desk().release_held() > 0);
    bench.settle().await;
    let after = transfer.detail().await;
    assert_eq!((after.str("status"), after.str("endReason")), (before.str("status"), before.str("endReason")));
    assert_eq!(transfer.count("transfer.ended"), 1);
    assert_eq!(transfer.count("transfer.representative_joined"), 0);
}

pub(super) async fn stranger(bench: &Bench) {
    let transfer = talking(bench).await;
    let (ours, theirs) = (transfer.address(), bench.stranger(&transfer).await);
    assert_ne!(ours, theirs);
    assert_eq!(bench.call_back(&theirs, &transfer.another(SAID, NEW)).await, 200);
    unharmed(bench, &transfer).await;
}

pub(super) async fn confused(bench: &Bench) {
    let transfer = talking(bench).await;
    let theirs = bench.stranger(&transfer).await;
    let confused = bench.profile().way.confused(&transfer.address(), &theirs);
    let status = bench.call_back(&confused, &transfer.another(SAID, NEW)).await;
    assert_eq!(status, bench.profile().refuses_with());
    unharmed(bench, &transfer).await;
}

pub(super) async fn malformed(bench: &Bench) {
    let transfer = talking(bench).await;
    let whole = transfer.another(SAID, NEW);
    for body in [&whole[..whole.len() / 2], "[]", "null", "\"text\"", "{\"a\":", "\u{0}"] {
        let status = bench.call_back(&transfer.address(), body).await;
        assert_eq!(status, 400, "{body:?}");
    }
    let nothing = if bench.profile().way.says_it_in_the_path() { 200 } else { 400 };
    assert_eq!(bench.call_back(&transfer.address(), "").await, nothing);
    for body in [
        "{}",
        r#"{"body":17,"channel":[],"type":{}}"#,
        &format!(r#"{{"deep":{}{}}}"#, "[".repeat(100), "]".repeat(100)),
    ] {
        let status = bench.call_back(&transfer.address(), body).await;
        assert!(matches!(status, 200 | 400), "{status} {body:?}");
    }
    unharmed(bench, &transfer).await;
}

pub(super) async fn unknown_type(bench: &Bench) {
    let transfer = talking(bench).await;
    let (known, unknown) = bench.profile().unknown_type;
    let (Address { url, secret }, body) = (transfer.address(), transfer.another(SAID, NEW));
    assert!(url.contains(known) || body.contains(known), "{url} {body}");
    let address = Address { url: url.replace(known, unknown), secret };
    assert_eq!(bench.call_back(&address, &body.replace(known, unknown)).await, 200);
    unharmed(bench, &transfer).await;
}

pub(super) async fn too_large(bench: &Bench) {
    let transfer = talking(bench).await;
    let body = transfer.another(SAID, &"n".repeat(300 * 1024));
    assert_eq!(bench.call_back(&transfer.address(), &body).await, 413);
    unharmed(bench, &transfer).await;
}

pub(super) async fn lost_join(bench: &Bench) {
    let transfer = bench.opened().await;
    for kind in bench.profile().kinds.joined {
        bench.disturb(kind, 1, CallbackFault::Drop);
    }
    transfer.act([Act::Accept, Act::Queue, Act::Join]).await;
    transfer.stands("queued").await;
    transfer.told("Hello").await;
    transfer.stands("active").await;
    assert_eq!(transfer.heard().await, ["Hello"]);
    assert_eq!(transfer.count("transfer.representative_joined"), 1);
}

pub(super) async fn rotated(bench: &Bench) {
    let transfer = talking(bench).await;
    let (way, old) = (bench.profile().way, transfer.address());
    let new = Keys::of(&bench.change(&json!({ "rotateSecrets": true })).await);
    assert!(new != *bench.keys());
    transfer.told("by the old").await;
    new.tell(bench.desk());
    transfer.told("by the new").await;
    assert_eq!(transfer.heard().await, [SAID, "by the old", "by the new"]);
    let body = transfer.another(SAID, NEW);
    // Where each conversation has an address of its own, only a later one has the new.
    let later = talking(bench).await;
    bench.change(&json!({ "retireOldSecrets": true })).await;
    assert_eq!(bench.call_back(&old, &body).await, way.refuses_old_paths_with());
    if way.has_headers() {
        let half = Address { secret: old.secret, ..way.address(&transfer, &new, "") };
        assert_eq!(bench.call_back(&half, &body).await, bench.profile().refuses_with());
    }
    later.told("still the new").await;
    assert_eq!(later.heard().await, [SAID, "still the new"]);
    assert_eq!(transfer.heard().await.len(), 3);
    transfer.say("m-1", "and back").await;
    bench.settle().await;
    assert_eq!(transfer.seen(), ["and back"]);
}
