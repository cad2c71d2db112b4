//! What the call that opens comes to, and what must follow (`docs/contracts/README.md`, "Outcomes of calls").

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{Act, Operation, Phase, RequestFault, Script, Taken};

use crate::conformance::{Bench, Need, Transfer};

const HUGE: usize = 300 * 1024;

pub(super) async fn refused(bench: &Bench) {
    let transfer = bench.requested().await;
    bench.desk().script_for(&transfer.key, Script::Reject);
    bench.settle().await;
    transfer.ended(&["provider_rejected"]).await;
    transfer.is_nowhere();
    assert_eq!(transfer.count("transfer.failed"), 1);
    assert_eq!(bench.requests(Operation::Open).len(), 1, "a refusal is not repeated");
    assert_eq!(bench.api().task_status(&transfer.id).await, "failed", "somebody must look");
}

/// How many tokens an opening takes.
async fn tokens_of_an_opening(bench: &Bench) -> usize {
    let before = bench.requests(Operation::Token).len();
    bench.opened().await.was_opened_once();
    bench.requests(Operation::Token).len() - before
}

pub(super) async fn unauthorized(bench: &Bench) {
    tokens_of_an_opening(bench).await;
    let usual = tokens_of_an_opening(bench).await;
    bench.fail(Operation::Open, 1, RequestFault::RevokeTokens);
    assert_eq!(tokens_of_an_opening(bench).await, usual + bench.profile().renewals);
    assert_eq!(bench.requests(Operation::Open).len(), 4, "the refused one came again");
    bench.active().await;
}

pub(super) async fn moved(bench: &Bench) {
    bench.fail(Operation::Open, 1, RequestFault::Migrate);
    let transfer = bench.opened().await;
    assert_eq!(bench.desk().faults_left(), []);
    transfer.was_opened_once();
    transfer.connect().await;
}

pub(super) async fn unreachable(bench: &Bench) {
    // A place that nobody listens at any more.
    let dead = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let settings = bench.settings().to_string().replace(bench.desk().base_url(), &format!("http://{dead}"));
    let settings: Value = serde_json::from_str(&settings).unwrap();
    assert_ne!(settings, bench.settings());
    bench.change(&json!({ "settings": settings })).await;
    let transfer = bench.opened().await;
    transfer.is_nowhere();
    transfer.stands("pending").await;
    assert_eq!(transfer.detail().await.body["unconfirmed"], false, "nothing left us");
    bench.change(&json!({})).await;
    bench.retries().await;
    transfer.was_opened_once();
    transfer.connect().await;
}

pub(super) async fn unauthorized_for_good(bench: &Bench) {
    bench.answer_with(Operation::Open, 100, 401, Taken::No);
    let transfer = bench.opened().await;
    bench.retries().await;
    transfer.ended(&["provider_rejected", "provider_error"]).await;
    transfer.is_nowhere();
    assert!(bench.requests(Operation::Open).len() <= 2, "wrong credentials are not tried over and over");
}

pub(super) async fn no_token(bench: &Bench) {
    bench.desk().revoke_tokens();
    // The token that the bench still has is refused, and the first new one cannot be had.
    bench.answer_with(Operation::Token, 1, 503, Taken::No);
    let transfer = bench.opened().await;
    bench.retries().await;
    transfer.was_opened_once();
    transfer.connect().await;
}

pub(super) async fn throttled_with_time(bench: &Bench) {
    let throttle = RequestFault::Status { status: 429, retry_after: Some(20), taken: Taken::No };
    bench.fail(Operation::Open, 1, throttle);
    let transfer = bench.opened().await;
    bench.later(Duration::from_secs(15)).await;
    transfer.is_nowhere();
    assert_eq!(bench.requests(Operation::Open).len(), 1, "no sooner than asked");
    bench.later(Duration::from_secs(6)).await;
    transfer.was_opened_once();
    transfer.connect().await;
}

pub(super) async fn throttled(bench: &Bench) {
    bench.answer_with(Operation::Open, 2, 429, Taken::No);
    let transfer = bench.opened().await;
    transfer.is_nowhere();
    bench.retries().await;
    transfer.was_opened_once();
    transfer.connect().await;
}

pub(super) async fn throttled_for_good(bench: &Bench) {
    bench.answer_with(Operation::Open, 100, 429, Taken::No);
    let transfer = bench.opened().await;
    for _ in 0..8 {
        bench.later(Duration::from_secs(70)).await;
    }
    transfer.ended(&["provider_error"]).await;
    transfer.is_nowhere();
    assert!(transfer.newest("transfer.delayed")["reason"].as_str().unwrap_or_default().contains("429"));
}

/// An opening that may have had its effect is never repeated; what the contact wrote waits.
async fn unknown(bench: &Bench, fault: RequestFault) -> Transfer<'_> {
    bench.fail(Operation::Open, 1, fault);
    let transfer = bench.opened().await;
    transfer.is_unconfirmed().await;
    transfer.say("m-1", "Hello?").await;
    bench.stack().redeliver_stream().await.unwrap();
    bench.retries().await;
    bench.later(Duration::from_mins(2)).await;
    assert_eq!(bench.requests(Operation::Open).len(), 1, "never repeated");
    assert_eq!(bench.requests(Operation::Send).len(), 0, "held while nobody knows");
    transfer
}

/// The first authentic sign of the conversation settles it.
async fn settled_by_what_comes(bench: &Bench, fault: RequestFault) {
    let transfer = unknown(bench, fault).await;
    transfer.was_opened_once();
    transfer.act([Act::Accept, Act::Queue, Act::Join, Act::Say("Here I am".to_owned())]).await;
    transfer.stands("active").await;
    let detail = transfer.detail().await;
    assert_eq!(detail.body["unconfirmed"], false);
    assert!(!bench.has(Need::Name) || detail.str("providerSessionId") == transfer.there().id, "{}", detail.text);
    bench.settle().await;
    assert_eq!(transfer.seen(), ["Hello?"]);
    assert_eq!(transfer.texts_of("contact").await, ["Hello?"]);
    assert_eq!(transfer.deliveries().await, ["delivered"]);
}

/// Nothing comes, and whoever asked for the transfer can end it.
async fn nothing_comes(bench: &Bench, fault: RequestFault) {
    let transfer = unknown(bench, fault).await;
    transfer.is_nowhere();
    transfer.is_unconfirmed().await;
    assert_eq!(transfer.end("contact").await.status, 202);
    bench.settle().await;
    transfer.ended(&["cancelled_in_queue"]).await;
    assert_eq!(transfer.deliveries().await, ["failed"], "nobody believes that it arrived");
    transfer.is_nowhere();
}

pub(super) async fn failed_but_taken(bench: &Bench) {
    let fault = RequestFault::Status { status: 500, retry_after: None, taken: Taken::Yes };
    settled_by_what_comes(bench, fault).await;
}

pub(super) async fn failed(bench: &Bench) {
    nothing_comes(bench, RequestFault::Status { status: 503, retry_after: None, taken: Taken::No }).await;
}

pub(super) async fn closed_but_taken(bench: &Bench) {
    settled_by_what_comes(bench, RequestFault::Close { taken: Taken::Yes }).await;
}

pub(super) async fn closed(bench: &Bench) {
    nothing_comes(bench, RequestFault::Close { taken: Taken::No }).await;
}

pub(super) async fn late_but_taken(bench: &Bench) {
    settled_by_what_comes(bench, RequestFault::HangAfter { seconds: None }).await;
}

pub(super) async fn late(bench: &Bench) {
    nothing_comes(bench, RequestFault::HangBefore { seconds: None }).await;
}

pub(super) async fn malformed(bench: &Bench) {
    settled_by_what_comes(bench, RequestFault::MalformedBody).await;
}

pub(super) async fn huge(bench: &Bench) {
    settled_by_what_comes(bench, RequestFault::HugeBody { bytes: HUGE }).await;
}

pub(super) async fn redirect(bench: &Bench) {
    let location = format!("{}/followed", bench.desk().base_url());
    bench.fail(Operation::Open, 1, RequestFault::Redirect { location });
    let transfer = bench.opened().await;
    bench.retries().await;
    transfer.ended(&["provider_rejected"]).await;
    transfer.is_nowhere();
    assert!(bench.desk().state().requests.iter().all(|request| !request.path.contains("followed")));
}

pub(super) async fn orphan(bench: &Bench) {
    bench.answer_with(Operation::Open, 1, 500, Taken::Yes);
    let transfer = bench.opened().await;
    transfer.end("contact").await;
    bench.settle().await;
    transfer.ended(&["cancelled_in_queue"]).await;
    assert_eq!(bench.requests(Operation::End).len(), 0, "nobody knows that there is anything");
    for act in [Act::Accept, Act::Queue, Act::FlowText("Please wait".to_owned())] {
        // The first sign that we hear closes it.
        if transfer.there().phase != Phase::Ended {
            transfer.act([act]).await;
        }
    }
    transfer.is_over_there();
    transfer.ended(&["cancelled_in_queue"]).await;
}
