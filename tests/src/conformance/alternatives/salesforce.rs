//! Salesforce, in both products.

use serde_json::{Value, json};
use simulators::salesforce::{
    AckTimestamp, EndApi, ExpiryUnit, Package, RelayEnvelope, SalesforceConfig, ServiceEvents, Transport,
};
use simulators::{Act, Operation};

use super::{Alternative, alternatives, life};
use crate::conformance::profiles::salesforce::{bus, chat, relayed};
use crate::conformance::{Bench, Plot, Site, site};

/// An organisation whose events come through the relay, of another setup.
fn setup(plot: Plot, settings: &Value, change: fn(&mut SalesforceConfig)) -> Site {
    let site = site::salesforce_byoc(plot, |org| {
        org.transport = Transport::ApexCallout;
        change(org);
    });
    site.with(&json!({ "eventTransport": "apex_callout", "partnerSource": null })).with(settings)
}

pub(in crate::conformance) const BYOC: &[Alternative] = alternatives! {
    "product byoc" "a whole life" relayed => life::whole;
    "eventTransport event_relay" "a whole life over the bus" bus => life::whole;
    "eventTransport apex_callout" "a whole life through the relay" relayed => life::whole;
    "eventTransport pubsub" "a whole life through the relay of a subscriber"
        |plot| relayed(plot).with(&json!({ "eventTransport": "pubsub" })) => life::whole;
    "lifecycleRelay required" "a whole life" |plot| relayed(plot).with(&json!({ "lifecycleRelay": "required" })) => life::whole;
    "lifecycleRelay optional" "a whole life" |plot| relayed(plot).with(&json!({ "lifecycleRelay": "optional" })) => life::whole;
    "lifecycleRelay off" "what the package says is dropped; the vendor's events carry it"
        |plot| setup(plot, &json!({ "lifecycleRelay": "off" }), |org| {
            org.service_events = ServiceEvents::All;
            org.package = Package::Absent;
        }) => life::whole;
    "agentTextSource provider" "a whole life" |plot| relayed(plot).with(&json!({ "agentTextSource": "provider" })) => life::whole;
    "agentTextSource relay" "texts by the relay only"
        |plot| relayed(plot).with(&json!({ "agentTextSource": "relay" })) => texts_by_relay;
    "jwtExpUnit seconds" "a whole life" |plot| relayed(plot).with(&json!({ "jwtExpUnit": "seconds" })) => life::whole;
    "jwtExpUnit millis" "a whole life with an organisation that reads it so"
        |plot| setup(plot, &json!({ "jwtExpUnit": "millis" }), |org| org.expiry_unit = ExpiryUnit::Millis) => life::whole;
    "tokenCacheSecs 120" "a new token after that time"
        |plot| relayed(plot).with(&json!({ "tokenCacheSecs": 120 })) => token_ages;
    "openMode interactions" "a whole life" |plot| relayed(plot).with(&json!({ "openMode": "interactions" })) => life::whole;
    "openMode conversation_first" "a conversation before the first message"
        |plot| relayed(plot).with(&json!({ "openMode": "conversation_first" })) => life::whole;
    "resendAmbiguousMessages false" "an unknown outcome is told as failed"
        |plot| relayed(plot).with(&json!({ "resendAmbiguousMessages": false })) => life::given_up;
    "ackTimestampFormat string" "a whole life with an organisation that wants it"
        |plot| setup(plot, &json!({ "ackTimestampFormat": "string" }), |org| org.ack_timestamp = AckTimestamp::Text) => life::whole;
    "ackTimestampFormat number" "a whole life" |plot| relayed(plot).with(&json!({ "ackTimestampFormat": "number" })) => life::whole;
    "outboundTyping false" "typing is not told"
        |plot| relayed(plot).with(&json!({ "outboundTyping": false })) => no_typing;
    "endMode try_end_api" "it is over there" |plot| relayed(plot).with(&json!({ "endMode": "try_end_api" })) => life::whole;
    "endMode try_end_api, with an organisation that refuses it" "a last text"
        |plot| setup(plot, &json!({}), |org| org.end_api = EndApi::Refused) => life::goodbye;
    "endMode text_only, endText" "a last text of our own"
        |plot| relayed(plot).with(&json!({ "endMode": "text_only", "endText": "The customer left the chat." })) => life::goodbye;
    "useWorkClosed annotate" "closed work changes nothing"
        |plot| setup(plot, &json!({}), |org| org.service_events = ServiceEvents::All) => work_annotates;
    "useWorkClosed post_agent" "closed work means that the representative is gone"
        |plot| setup(plot, &json!({ "useWorkClosed": "post_agent" }), |org| org.service_events = ServiceEvents::All) => work_ends;
    "relayPayloadPointer /detail" "a whole life with a relay that puts it there"
        |plot| site::salesforce_byoc(plot, |org| org.relay_envelope = RelayEnvelope::Bare)
            .with(&json!({ "relayPayloadPointer": "/detail" })) => life::whole;
    "confirm…" "no warning is left of what was confirmed" relayed => confirmed;
    "postAgentTimeoutSecs 45" "the end after the representative"
        |plot| relayed(plot).with(&json!({ "postAgentTimeoutSecs": 45 })) => life::wrapped_up;
};

pub(in crate::conformance) const CHAT: &[Alternative] = alternatives! {
    "product miaw" "a whole life" chat => life::whole;
    "eventTransport sse" "a whole life by the relayed stream" chat => life::whole;
    "eventTransport poll" "texts are found by asking, the life is told by the relay"
        |plot| site::salesforce_chat(plot, |_| {}).with(&json!({ "eventTransport": "poll" })) => life::texts_looked;
    "resendAmbiguousMessages false" "an unknown outcome is told as failed"
        |plot| chat(plot).with(&json!({ "resendAmbiguousMessages": false })) => life::given_up;
    "outboundTyping false" "typing is not told" |plot| chat(plot).with(&json!({ "outboundTyping": false })) => no_typing;
    "postAgentTimeoutSecs 45" "the end after the representative"
        |plot| chat(plot).with(&json!({ "postAgentTimeoutSecs": 45 })) => life::wrapped_up;
    "pollActiveMs 20000, pollQueuedMs 40000" "how often it is asked"
        |plot| site::salesforce_chat(plot, |_| {})
            .with(&json!({ "eventTransport": "poll", "pollActiveMs": 20_000, "pollQueuedMs": 40_000 })) => pace;
};

/// How often the entries of the conversation are read in some time.
async fn read_within(bench: &Bench, seconds: u64) -> usize {
    let read = || bench.requests(Operation::Read).iter().filter(|one| one.path.ends_with("/entries")).count();
    let before = read();
    for _ in 0..seconds / 5 {
        bench.later(std::time::Duration::from_secs(5)).await;
    }
    read() - before
}

async fn pace(bench: &Bench) {
    let transfer = bench.opened().await;
    assert_eq!(read_within(bench, 160).await, 4);
    transfer.connect().await;
    // The question that was put off while it waited comes at its time.
    read_within(bench, 40).await;
    assert_eq!(read_within(bench, 80).await, 4);
}

async fn texts_by_relay(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.told("by the vendor").await;
    assert!(transfer.heard().await.is_empty());
    let now = bench.stack().service().now().to_rfc3339();
    let message = json!({
        "v": 1, "type": "agent_message", "transfer_id": transfer.key, "occurred_at": now,
        "message": { "id": "r-1", "text": "by the relay" },
    });
    assert_eq!(bench.relay(&message).await, 200);
    bench.settle().await;
    assert_eq!(transfer.heard().await, ["by the relay"]);
}

async fn token_ages(bench: &Bench) {
    bench.opened().await;
    let before = bench.requests(Operation::Token).len();
    bench.opened().await;
    assert_eq!(bench.requests(Operation::Token).len(), before);
    bench.later(std::time::Duration::from_secs(121)).await;
    bench.opened().await;
    assert_eq!(bench.requests(Operation::Token).len(), before + 1);
}

async fn no_typing(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.act([Act::StartTyping]).await;
    assert_eq!(transfer.count("typing"), 0);
}

async fn work_closed(bench: &Bench, status: &str) {
    let transfer = bench.active().await;
    let there = transfer.there();
    let now = bench.desk().timer().stamp_ms();
    let payload = json!({ "entryType": "RoutingWorkResult", "workType": "Closed", "id": "w-1" });
    let entry = json!({
        "identifier": "w-1", "entryType": "RoutingWorkResult", "entryPayload": payload,
        "sender": { "role": "Router" }, "transcriptedTimestamp": now,
    });
    let body = json!({ "conversationIdentifier": there.id, "payload": entry }).to_string();
    assert_eq!(bench.call_back(&transfer.address(), &body).await, 200);
    bench.settle().await;
    transfer.stands(status).await;
}

async fn work_annotates(bench: &Bench) {
    work_closed(bench, "active").await;
}

async fn work_ends(bench: &Bench) {
    work_closed(bench, "post_agent").await;
}

async fn confirmed(bench: &Bench) {
    let warnings = async |confirmed: bool| {
        let mut settings = bench.settings();
        for what in ["ByocLicence", "RelayAcceptsByocEvent", "RelayPauseOnly", "TriggerAllocation", "FlowTriggers"] {
            settings[format!("confirm{what}")] = json!(confirmed);
        }
        bench.change(&json!({ "settings": settings })).await.body["warnings"].as_array().unwrap().len()
    };
    assert!(warnings(true).await < warnings(false).await);
}
