//! ServiceNow.

use std::time::Duration;

use serde_json::json;
use simulators::servicenow::{Auth, WebhookAuth};
use simulators::{Act, EndedBy};

use super::{Alternative, alternatives, life};
use crate::conformance::profiles::servicenow::instance;
use crate::conformance::{Bench, site};

pub(in crate::conformance) const ALTERNATIVES: &[Alternative] = alternatives! {
    "authMethod oauth2" "a whole life" instance => life::whole;
    "authMethod basic" "a whole life with an instance that wants it"
        |plot| site::servicenow(plot, Auth::Basic, |_| {})
            .with(&json!({ "authMethod": "basic" }))
            .only_knowing(&json!({ "username": "integration.user", "password": "integration-password" })) => life::whole;
    "authMethod message_token" "a whole life with an instance that wants it"
        |plot| site::servicenow(plot, Auth::MessageToken("a message token".to_owned()), |_| {})
            .with(&json!({ "authMethod": "message_token" }))
            .only_knowing(&json!({ "messageToken": "a message token" })) => life::whole;
    "authMethod message_hash" "a whole life with an instance that wants it"
        |plot| site::servicenow(plot, Auth::MessageHash("a message secret".to_owned()), |_| {})
            .with(&json!({ "authMethod": "message_hash" }))
            .only_knowing(&json!({ "messageSecret": "a message secret" })) => life::whole;
    "handoffAction start_live_agent_only" "a human comes"
        |plot| instance(plot).with(&json!({ "handoffAction": "start_live_agent_only" })) => life::whole;
    "handoffAction agent" "a human comes"
        |plot| instance(plot).with(&json!({ "handoffAction": "agent" })) => life::whole;
    "handoffAction text" "a human comes by the words that ask for one"
        |plot| instance(plot).with(&json!({ "handoffAction": "text" })) => by_text;
    "handoffAction create_then_start" "a human comes"
        |plot| instance(plot).with(&json!({ "handoffAction": "create_then_start" })) => life::whole;
    "agentActionRepeat 2" "one human comes, although asked for twice"
        |plot| instance(plot).with(&json!({ "handoffAction": "agent", "agentActionRepeat": 2 })) => asked_twice;
    "contextVariables" "passed through unchanged"
        |plot| instance(plot).with(&json!({ "contextVariables": { "u_brand": "north" } })) => variables;
    "priorityVariable none" "no variable for it"
        |plot| instance(plot).with(&json!({ "priorityVariable": null })) => no_priority;
    "resendAmbiguousMessages false" "an unknown outcome is told as failed"
        |plot| instance(plot).with(&json!({ "resendAmbiguousMessages": false })) => life::given_up;
    "webhookAuth header_secret" "a whole life" |plot| instance(plot) => life::whole;
    "webhookAuth basic" "a whole life with an instance that sends it"
        |plot| site::servicenow(plot, Auth::OAuth2, |it| it.webhook_auth = WebhookAuth::Basic("desk".to_owned()))
            .with(&json!({ "webhookAuth": "basic", "webhookUser": "desk" })) => life::whole;
    "webhookAuth path_secret" "a whole life with an instance that sends nothing else"
        |plot| site::servicenow(plot, Auth::OAuth2, |it| it.webhook_auth = WebhookAuth::PathSecret)
            .with(&json!({ "webhookAuth": "path_secret" })) => life::whole;
    "correlationOrder" "a whole life by the other keys first"
        |plot| instance(plot)
            .with(&json!({ "correlationOrder": ["clientVariables", "interactionId", "clientSessionId"] })) => life::whole;
    "endTexts" "the words of another language end it"
        |plot| instance(plot).with(&json!({ "endTexts": ["Auf Wiedersehen"] })) => own_words;
    "postAgentStep false" "the end comes with the representative's leaving"
        |plot| instance(plot).with(&json!({ "postAgentStep": false })) => no_step;
    "tableLookup true" "an end that is not told is found by asking"
        |plot| instance(plot).with(&json!({ "tableLookup": true })) => life::end_looked;
    "acceptTimeoutSecs 45" "the end where nothing is heard of an opening"
        |plot| instance(plot).with(&json!({ "acceptTimeoutSecs": 45 })) => life::unheard_of;
    "reconcileIdleSecs 45" "silent sessions are asked about"
        |plot| instance(plot).with(&json!({ "tableLookup": true, "reconcileIdleSecs": 45 })) => life::reconciled;
    "postAgentTimeoutSecs 45" "the end after the representative"
        |plot| instance(plot).with(&json!({ "postAgentStep": true, "postAgentTimeoutSecs": 45 })) => life::wrapped_up;
    "mtls off" "a whole life" |plot| instance(plot).with(&json!({ "mtls": "off" })) => life::whole;
    unseen "tokenFallbackTtlSecs" "a token without a lifetime" "the simulated contact centre always tells it";
    unseen "systemTextField" "another field has the text" "the simulated contact centre writes the first one; the contract tests read the others";
};

/// Whoever waits is asked for again a moment later; what is said meanwhile waits behind it.
async fn asked_twice(bench: &Bench) {
    let transfer = bench.opened().await;
    bench.later(Duration::from_secs(4)).await;
    transfer.was_opened_once();
    transfer.connect().await;
    transfer.say("m-1", "Good day").await;
    bench.settle().await;
    assert!(transfer.seen().iter().any(|line| line == "Good day"), "{:?}", transfer.seen());
    transfer.act([Act::End(EndedBy::Representative)]).await;
    transfer.is_over_there();
}

async fn by_text(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.told("Hello").await;
    assert_eq!(transfer.heard().await, ["Hello"]);
}

async fn variables(bench: &Bench) {
    assert!(life::opening(bench).await.to_string().contains("\"u_brand\":\"north\""));
}

async fn no_priority(bench: &Bench) {
    assert!(!life::opening(bench).await.to_string().contains("u_priority"));
}

async fn own_words(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::FlowText("Auf Wiedersehen!".to_owned())]).await;
    transfer.ended(&["provider_disconnected"]).await;
}

async fn no_step(bench: &Bench) {
    let transfer = bench.active().await;
    transfer.act([Act::Leave]).await;
    transfer.ended(&["representative_ended"]).await;
    transfer.act([Act::End(EndedBy::Provider)]).await;
    transfer.ended(&["representative_ended"]).await;
}
