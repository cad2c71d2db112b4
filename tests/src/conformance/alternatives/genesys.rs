//! Genesys Cloud.

use serde_json::json;
use simulators::{Act, EndedBy};

use super::{Alternative, alternatives, life};
use crate::conformance::{Bench, site};

const SIMULATED_SO: &str = "the simulated contact centre has no such route";

pub(in crate::conformance) const ALTERNATIVES: &[Alternative] = alternatives! {
    "lifecycleSource eventbridge" "a whole life" |plot| site::genesys(plot, |_| {}) => life::whole;
    "lifecycleSource data_action" "taken from the data action, not from the bus"
        |plot| site::genesys(plot, |_| {})
            .with(&json!({ "lifecycleSource": "data_action" }))
            .knowing(&json!({ "dataActionBearer": "a bearer of the data action" })) => data_action;
    "lifecycleSource relay" "taken from the relay, not from the bus"
        |plot| site::genesys(plot, |_| {}).with(&json!({ "lifecycleSource": "relay" })) => relay;
    "lifecycleSource poll" "found by asking"
        |plot| site::genesys(plot, |_| {}).with(&json!({ "lifecycleSource": "poll" })) => life::looked;
    "attributeMaxBytes 500" "the opening fits an organisation that takes no more"
        |plot| site::genesys(plot, |org| org.attribute_max_bytes = Some(500))
            .with(&json!({ "attributeMaxBytes": 500 })) => trimmed;
    "openSuccessCodes 202" "an organisation that answers so"
        |plot| site::genesys(plot, |org| org.open_status = 202)
            .with(&json!({ "openSuccessCodes": [202] })) => life::whole;
    "resendAmbiguousMessages false" "an unknown outcome is told as failed"
        |plot| site::genesys(plot, |_| {}).with(&json!({ "resendAmbiguousMessages": false })) => life::given_up;
    "endMethod participant" "it is over there"
        |plot| site::genesys(plot, |_| {}).with(&json!({ "endMethod": "participant" })) => life::whole;
    "endMethod conversation_patch" "it is over there"
        |plot| site::genesys(plot, |_| {}).with(&json!({ "endMethod": "conversation_patch" })) => life::whole;
    "endMethod disconnect" "it is over there"
        |plot| site::genesys(plot, |_| {}).with(&json!({ "endMethod": "disconnect" })) => life::whole;
    "endGoneCodes 404" "gone is as good as ended"
        |plot| site::genesys(plot, |_| {}) => life::gone;
    "endGoneCodes 410" "gone is as good as ended"
        |plot| site::genesys(plot, |org| org.gone_status = 410).with(&json!({ "endGoneCodes": [410] })) => life::gone;
    "lifecycleUserIdField addressFrom" "a whole life"
        |plot| site::genesys(plot, |_| {}).with(&json!({ "lifecycleUserIdField": "addressFrom" })) => life::whole;
    "lifecycleUserIdField addressTo" "a whole life"
        |plot| site::genesys(plot, |_| {}).with(&json!({ "lifecycleUserIdField": "addressTo" })) => life::whole;
    "promoteOnUserStart true" "an alert makes it active"
        |plot| site::genesys(plot, |_| {}).with(&json!({ "promoteOnUserStart": true })) => promoted;
    "surveySource ours" "a whole life"
        |plot| site::genesys(plot, |_| {}).with(&json!({ "surveySource": "ours" })) => life::whole;
    "ratePerMin 4" "more calls wait, and none is lost"
        |plot| site::genesys(plot, |_| {}).with(&json!({ "ratePerMin": 4 })) => life::paced;
    "reconcileIdleSecs 45" "silent sessions are asked about"
        |plot| site::genesys(plot, |_| {}).with(&json!({ "reconcileIdleSecs": 45 })) => life::reconciled;
    "postAgentTimeoutSecs 45" "the end after the representative"
        |plot| site::genesys(plot, |_| {}).with(&json!({ "postAgentTimeoutSecs": 45 })) => life::wrapped_up;
    "honourRetryAfter false" "its pause is not waited for"
        |plot| site::genesys(plot, |_| {}).with(&json!({ "honourRetryAfter": false })) => life::impatient;
    unseen "tokenFallbackTtlSecs" "a token without a lifetime" "the simulated contact centre always tells it";
    unseen "ewtSource routing_api" "the expected wait" SIMULATED_SO;
};

async fn data_action(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue]).await;
    transfer.stands("pending").await;
    let url = format!("{}/lifecycle", bench.keys().webhook_url);
    let bearer = [("authorization", "Bearer a bearer of the data action".to_owned())];
    let now = bench.desk().timer().stamp_ms();
    let event = |topic: &str| json!({ "eventName": topic, "conversationId": transfer.there().id, "eventTime": now, "mediaType": "MESSAGE" });
    assert_eq!(bench.post(&url, &[], &event("acd.start").to_string()).await, 401);
    assert_eq!(bench.post(&url, &bearer, &event("acd.start").to_string()).await, 200);
    bench.settle().await;
    transfer.stands("queued").await;
}

async fn relay(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue]).await;
    transfer.stands("pending").await;
    let now = bench.stack().service().now().to_rfc3339();
    let joined = json!({
        "v": 1, "type": "agent_joined", "transfer_id": transfer.key, "occurred_at": now, "agent": { "name": "Representative One" },
    });
    assert_eq!(bench.relay(&joined).await, 200);
    bench.settle().await;
    transfer.stands("active").await;
}

async fn trimmed(bench: &Bench) {
    let transfer = bench.requested_with(&json!({ "summary": "s".repeat(2_000) })).await;
    bench.settle().await;
    transfer.was_opened_once();
    transfer.connect().await;
}

async fn promoted(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue, Act::Offer]).await;
    transfer.stands("active").await;
    transfer.act([Act::Decline]).await;
    transfer.stands("queued").await;
    transfer.act([Act::Join, Act::End(EndedBy::Representative)]).await;
    transfer.ended(&["representative_ended"]).await;
}
