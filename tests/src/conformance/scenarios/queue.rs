//! On the way to a representative.

use simulators::Act;

use crate::conformance::Bench;

pub(super) async fn queued(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept]).await;
    transfer.stands("pending").await;
    transfer.act([Act::Queue]).await;
    transfer.stands("queued").await;
    transfer.was_queued_once();
    let shown = &transfer.detail().await.body["queue"]["name"];
    assert_eq!(shown, bench.profile().queue, "the name that was asked for stays, unless it tells its own");
    assert_eq!(bench.api().task_status(&transfer.id).await, "pending");
}

pub(super) async fn position(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue]).await;
    assert!(transfer.detail().await.body["queue"]["position"].is_u64());
    assert!(transfer.newest("transfer.queued")["queue"]["position"].is_u64());
}

pub(super) async fn wait(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue]).await;
    assert!(transfer.detail().await.body["queue"]["estimatedWaitSeconds"].is_u64());
    assert!(transfer.newest("transfer.queued")["queue"]["estimatedWaitSeconds"].is_u64());
}

pub(super) async fn repeated(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue, Act::Queue, Act::Queue]).await;
    transfer.stands("queued").await;
    transfer.act([Act::Join]).await;
    transfer.stands("active").await;
    assert_eq!(transfer.count("transfer.representative_left"), 0);
    transfer.was_opened_once();
}

pub(super) async fn flow_text(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue, Act::FlowText("All our staff are busy".to_owned())]).await;
    transfer.stands("queued").await;
    assert!(transfer.texts_of("provider").await.contains(&"All our staff are busy".to_owned()));
    assert!(transfer.heard().await.is_empty());
    assert_eq!(transfer.count("transfer.representative_joined"), 0);
}

pub(super) async fn joins(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue, Act::Join, Act::Say("Hello".to_owned())]).await;
    let detail = transfer.detail().await;
    assert_eq!(detail.body["representative"]["name"], "Representative One", "{}", detail.text);
    assert_eq!(transfer.newest("transfer.representative_joined")["representative"]["name"], "Representative One");
    assert_eq!(bench.api().task_status(&transfer.id).await, "in_progress");
    assert_eq!(transfer.there().representative.unwrap().name, "Representative One");
}

pub(super) async fn declined(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue, Act::Offer, Act::Decline]).await;
    transfer.stands("queued").await;
    assert_eq!(transfer.count("transfer.representative_joined"), 0);
    transfer.act([Act::Join]).await;
    transfer.stands("active").await;
    assert_eq!(transfer.count("transfer.representative_left"), 0);
}

pub(super) async fn nobody(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue, Act::NoAgents]).await;
    transfer.given_up_there().await;
    transfer.ended(&["no_representatives"]).await;
    assert_eq!(bench.api().task_status(&transfer.id).await, "failed");
    transfer.is_over_there();
}

pub(super) async fn written_before(bench: &Bench) {
    let transfer = bench.requested().await;
    let lines: Vec<String> = (1..=5).map(|number| format!("line {number}")).collect();
    for (number, line) in lines.iter().enumerate() {
        transfer.say(&format!("m-{number}"), line).await;
    }
    bench.settle().await;
    transfer.connect().await;
    assert_eq!(transfer.seen(), lines);
    assert_eq!(transfer.count("message.delivered"), 5);
    assert_eq!(transfer.deliveries().await, ["delivered"; 5]);
}
