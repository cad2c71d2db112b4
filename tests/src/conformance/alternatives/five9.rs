//! Five9, in both generations.

use serde_json::json;
use simulators::five9::{AgentChange, AuthScheme, OAuthStyle, TerminateCall, TerminateParticipant, WebhookAuth};
use simulators::{Act, Operation, RequestFault};

use super::{Alternative, alternatives, life};
use crate::conformance::profiles::five9::{classic, open_messaging};
use crate::conformance::{Bench, site};

pub(in crate::conformance) const CLASSIC: &[Alternative] = alternatives! {
    "flavor classic" "a whole life" classic => life::whole;
    "authMode anonymous" "a whole life" |plot| classic(plot).with(&json!({ "authMode": "anonymous" })) => life::whole;
    "authScheme bearer_hyphen" "a whole life" |plot| classic(plot).with(&json!({ "authScheme": "bearer_hyphen" })) => life::whole;
    "authScheme bearer" "a whole life with a tenant that wants it"
        |plot| site::five9_classic(plot, |it| it.auth_scheme = AuthScheme::Bearer)
            .with(&json!({ "authScheme": "bearer" })) => life::whole;
    "on401 end" "a refused token ends it" |plot| classic(plot).with(&json!({ "on401": "end" })) => ended_by_401;
    "on401 fail_call" "a refused token fails the message only"
        |plot| classic(plot).with(&json!({ "on401": "fail_call" })) => failed_by_401;
    "pathOverrides" "the operation is called there"
        |plot| classic(plot).with(&json!({ "pathOverrides": { "info": "/elsewhere/{conversationId}" } })) => elsewhere;
    "fieldAliases" "the attribute has the customer's name"
        |plot| classic(plot).with(&json!({ "fieldAliases": { "attributeSummary": "Custom.why" } })) => alias;
    "conversationType RCS" "sent as type" |plot| classic(plot).with(&json!({ "conversationType": "RCS" })) => rcs;
    "conversationType WHATSAPP" "sent as content type"
        |plot| classic(plot).with(&json!({ "conversationType": "WHATSAPP" })) => whatsapp;
    "sendPriority false" "no priority" |plot| classic(plot).with(&json!({ "sendPriority": false })) => no_priority;
    "sendPriority true" "the priority" |plot| classic(plot).with(&json!({ "sendPriority": true })) => priority;
    "routingFields" "passed through unchanged"
        |plot| site::five9_classic(plot, |it| it.routing_fields = vec!["skill".to_owned()])
            .with(&json!({ "routingFields": { "skill": "billing" } })) => routing_fields;
    "historyMaxBytes 100" "the last turns that fit"
        |plot| classic(plot).with(&json!({ "historyMaxBytes": 100 })) => short_history;
    "waitActive 3" "asked before the first message" |plot| site::five9_classic(plot, |it| it.inactive_reads = 1)
        .with(&json!({ "waitActive": 3, "waitActiveIntervalSecs": 1 })) => waits;
    "waitActive 0" "never asked" |plot| classic(plot).with(&json!({ "waitActive": 0 })) => never_asks;
    "attachments off" "files as links in the text" |plot| classic(plot).with(&json!({ "attachments": "off" })) => life::whole;
    "sendAcks false" "receipts are kept, and nobody is told"
        |plot| classic(plot).with(&json!({ "sendAcks": false })) => kept_receipts;
    "endMethod post_terminate" "it is over there" |plot| classic(plot).with(&json!({ "endMethod": "post_terminate" })) => life::whole;
    "endMethod post_terminate, with a tenant that has no such call" "a last text"
        |plot| site::five9_classic(plot, |it| it.terminate_call = TerminateCall::Absent(405)) => life::goodbye;
    "endMethod none" "a last text" |plot| classic(plot).with(&json!({ "endMethod": "none" })) => life::goodbye;
    "eventMap" "an event means what is said"
        |plot| classic(plot).with(&json!({ "eventMap": { "terminate": "agent_left" } })) => mapped;
    "webhookAuth path_secret" "a whole life" |plot| classic(plot).with(&json!({ "webhookAuth": "path_secret" })) => life::whole;
    "webhookAuth header_secret" "a whole life with a tenant that sends it"
        |plot| site::five9_classic(plot, |it| it.webhook_auth = WebhookAuth::HeaderSecret("x-handoff-secret".to_owned()))
            .with(&json!({ "webhookAuth": "header_secret" })) => life::whole;
    "ipAllowList" "callbacks from elsewhere are refused"
        |plot| classic(plot).with(&json!({ "ipAllowList": ["198.51.100.0/24"] })) => not_admitted;
    "agentChangeByName true" "another name is another person"
        |plot| site::five9_classic(plot, |it| it.agent_change = AgentChange::NameOnly) => by_name;
    "agentChangeByName false" "another name alone changes nothing"
        |plot| site::five9_classic(plot, |it| it.agent_change = AgentChange::NameOnly)
            .with(&json!({ "agentChangeByName": false })) => not_by_name;
    "reconcileIdleSecs 45" "silent sessions are asked about"
        |plot| classic(plot).with(&json!({ "reconcileIdleSecs": 45 })) => life::reconciled;
    "ratePerMin 6" "more calls wait, and none is lost"
        |plot| classic(plot).with(&json!({ "ratePerMin": 6, "waitActive": 0 })) => life::paced;
    unseen "authMode supervisor" "a supervisor's login" "its call is not public";
    unseen "availabilityCheck" "nobody is there" "no call for it is public";
    unseen "attachments upload" "files are uploaded" "the simulated contact centre has no uploads; the contract tests do one";
};

pub(in crate::conformance) const OPEN_MESSAGING: &[Alternative] = alternatives! {
    "flavor open_messaging" "a whole life" open_messaging => life::whole;
    "oauthStyle basic" "a whole life" |plot| open_messaging(plot).with(&json!({ "oauthStyle": "basic" })) => life::whole;
    "oauthStyle body, oauthScope api" "a whole life with a domain that wants them"
        |plot| site::five9_open_messaging(plot, |it| it.oauth_style = OAuthStyle::Body)
            .with(&json!({ "oauthStyle": "body", "oauthScope": "api" })) => life::whole;
    "endParticipantSource omit" "it is over there"
        |plot| open_messaging(plot).with(&json!({ "endParticipantSource": "omit" })) => life::whole;
    "endParticipantSource accept_from" "it is over there, with a domain that wants it"
        |plot| site::five9_open_messaging(plot, |it| it.terminate_participant = TerminateParticipant::FromAccept)
            .with(&json!({ "endParticipantSource": "accept_from" })) => life::whole;
    "endParticipantSource skip" "a last text"
        |plot| open_messaging(plot).with(&json!({ "endParticipantSource": "skip" })) => life::goodbye;
    "eventMap" "an event means what is said"
        |plot| open_messaging(plot).with(&json!({ "eventMap": { "TERMINATE": "agent_left" } })) => mapped;
    "webhookAuth path_secret" "a whole life" |plot| open_messaging(plot).with(&json!({ "webhookAuth": "path_secret" })) => life::whole;
    "webhookAuth header_secret" "a whole life with a domain that sends it"
        |plot| site::five9_open_messaging(plot, |it| {
            it.webhook_auth = WebhookAuth::HeaderSecret("x-handoff-secret".to_owned());
        }).with(&json!({ "webhookAuth": "header_secret" })) => life::whole;
    "agentChangeByName true" "another name is another person"
        |plot| site::five9_open_messaging(plot, |it| it.agent_change = AgentChange::NameOnly) => by_name;
    "agentChangeByName false" "another name alone changes nothing"
        |plot| site::five9_open_messaging(plot, |it| it.agent_change = AgentChange::NameOnly)
            .with(&json!({ "agentChangeByName": false })) => not_by_name;
    "historyMaxBytes 100" "the last turns that fit"
        |plot| open_messaging(plot).with(&json!({ "historyMaxBytes": 100 })) => short_history;
    "ratePerMin 4" "more calls wait, and none is lost"
        |plot| open_messaging(plot).with(&json!({ "ratePerMin": 4 })) => life::paced;
    unseen "region" "another part of the world" "the simulated domain stands at an address of its own";
    unseen "reconcileIdleSecs" "silent sessions are asked about" "this flavour cannot be asked, as a warning says";
};

async fn ended_by_401(bench: &Bench) {
    let transfer = life::talking(bench).await;
    bench.fail(Operation::Send, 1, RequestFault::RevokeTokens);
    transfer.say("m-2", "Still there?").await;
    bench.settle().await;
    transfer.ended(&["provider_disconnected"]).await;
}

async fn failed_by_401(bench: &Bench) {
    let transfer = life::talking(bench).await;
    bench.answer_with(Operation::Send, 1, 401, simulators::Taken::No);
    transfer.say("m-2", "Still there?").await;
    bench.settle().await;
    assert_eq!(transfer.deliveries().await, ["delivered", "failed"]);
    transfer.stands("active").await;
}

async fn elsewhere(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.say("m-1", "Hello?").await;
    bench.settle().await;
    let requests = bench.desk().state().requests;
    assert!(requests.iter().any(|one| one.path.starts_with("/elsewhere/")));
    assert!(requests.iter().all(|one| !one.path.ends_with("/info")));
}

async fn alias(bench: &Bench) {
    let body = life::opening(bench).await;
    assert_eq!(body["attributes"]["Custom.why"], "Wants a refund for order 42.");
}

async fn rcs(bench: &Bench) {
    let body = life::opening(bench).await;
    assert_eq!((&body["type"], &body["contentType"]), (&json!("RCS"), &json!(null)));
}

async fn whatsapp(bench: &Bench) {
    let body = life::opening(bench).await;
    assert_eq!((&body["type"], &body["contentType"]), (&json!(null), &json!("WHATSAPP")));
}

async fn no_priority(bench: &Bench) {
    assert!(life::opening(bench).await.get("priority").is_none());
}

async fn priority(bench: &Bench) {
    assert_eq!(life::opening(bench).await["priority"], 5);
}

async fn routing_fields(bench: &Bench) {
    assert_eq!(life::opening(bench).await["skill"], "billing");
}

async fn short_history(bench: &Bench) {
    let turn = |number| json!({ "role": "contact", "text": format!("turn {number} {}", "x".repeat(20)) });
    let turns: Vec<_> = (0..20).map(turn).collect();
    let transfer = bench.requested_with(&json!({ "history": turns })).await;
    bench.settle().await;
    let told = transfer.briefing();
    assert!(told.contains("turn 19") && !told.contains("turn 10"), "{told}");
}

async fn waits(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.say("m-1", "Hello?").await;
    bench.settle().await;
    assert_eq!(transfer.seen(), ["Hello?"]);
    assert_eq!(bench.requests(Operation::Read).len(), 2);
}

async fn never_asks(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.say("m-1", "Hello?").await;
    bench.settle().await;
    assert_eq!(transfer.seen(), ["Hello?"]);
    assert_eq!(bench.requests(Operation::Read).len(), 0);
}

async fn kept_receipts(bench: &Bench) {
    let transfer = life::talking(bench).await;
    let said = transfer.messages().await.into_iter().find(|message| message["author"] == "representative").unwrap();
    let receipt = json!({ "messageIds": [said["messageId"]], "state": "read" });
    let answer = bench.api().post(&format!("/transfers/{}/receipts", transfer.id), &receipt).await;
    assert_eq!((answer.status, &answer.body["providerTold"]), (202, &json!(null)));
    bench.settle().await;
    assert_eq!(bench.requests(Operation::Receipt).len(), 0);
    assert!(transfer.messages().await.iter().any(|message| message["receipt"] == "read"));
}

async fn mapped(bench: &Bench) {
    let transfer = life::talking(bench).await;
    transfer.act([Act::End(simulators::EndedBy::Representative)]).await;
    transfer.stands("post_agent").await;
}

async fn not_admitted(bench: &Bench) {
    let transfer = bench.opened().await;
    transfer.act([Act::Accept, Act::Queue, Act::Join]).await;
    transfer.stands("pending").await;
}

async fn change_of_name(bench: &Bench, name: &str) {
    let transfer = life::talking(bench).await;
    transfer.act([Act::Transfer, Act::Join]).await;
    transfer.told("I take over").await;
    assert_eq!(transfer.detail().await.body["representative"]["name"], name);
}

async fn by_name(bench: &Bench) {
    change_of_name(bench, "Representative Two").await;
}

async fn not_by_name(bench: &Bench) {
    change_of_name(bench, "Representative One").await;
}
