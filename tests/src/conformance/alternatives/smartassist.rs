//! SmartAssist.

use serde_json::{Value, json};
use simulators::smartassist::{Addressing, AgentText, ChannelKey, ClaimRules, Trigger};

use super::{Alternative, alternatives, life};
use crate::conformance::profiles::smartassist::{self, account};
use crate::conformance::{Bench, Plot, Site, site};

/// An account whose sessions can be looked up.
fn asked(plot: Plot, settings: &Value) -> Site {
    smartassist::asked(plot, |it| it.rest_shows_custom_data = true).with(settings)
}

fn with_key(plot: Plot, alg: &str) -> Site {
    let [private, public] = site::key_pair();
    site::smartassist(plot, |it| it.key = ChannelKey::PublicKey(public.clone()))
        .with(&json!({ "endMode": "closure", "jwtAlg": alg }))
        .knowing(&json!({ "privateKeyPem": private }))
}

pub(in crate::conformance) const ALTERNATIVES: &[Alternative] = alternatives! {
    "lifecycleSource relay" "a whole life" |plot| account(plot).with(&json!({ "lifecycleSource": "relay" })) => life::whole;
    "lifecycleSource relay+poll" "found by asking as well"
        |plot| asked(plot, &json!({ "lifecycleSource": "relay+poll" })) => life::looked;
    "lifecycleSource poll, sessionLookup list_match" "found by asking only"
        |plot| asked(plot, &json!({
            "lifecycleSource": "poll", "sessionLookup": "list_match", "sessionMatchPointer": "/customData/transferId",
        })) => life::looked;
    "sessionLookup off" "a whole life by the relay"
        |plot| account(plot).with(&json!({ "sessionLookup": "off" })) => life::whole;
    "agentTextSource channel" "a whole life" |plot| account(plot).with(&json!({ "agentTextSource": "channel" })) => life::whole;
    "agentTextSource relay" "texts by the relay, once, although both tell them"
        |plot| site::smartassist(plot, |it| it.agent_text = AgentText::Both)
            .with(&json!({ "endMode": "closure", "agentTextSource": "relay" })) => life::whole;
    "relayAuth standard_webhooks" "a whole life" |plot| account(plot).with(&json!({ "relayAuth": "standard_webhooks" })) => life::whole;
    "jwtAlg HS256" "a whole life" |plot| account(plot).with(&json!({ "jwtAlg": "HS256" })) => life::whole;
    "jwtAlg HS512" "a whole life" |plot| account(plot).with(&json!({ "jwtAlg": "HS512" })) => life::whole;
    "jwtAlg RS256" "a whole life with an account that has the public key" |plot| with_key(plot, "RS256") => life::whole;
    "jwtAlg RS512" "a whole life with an account that has the public key" |plot| with_key(plot, "RS512") => life::whole;
    "jwtTtlSecs 0" "a token without an end" |plot| account(plot).with(&json!({ "jwtTtlSecs": 0 })) => life::whole;
    "jwtTtlSecs 300" "an end where the account demands one"
        |plot| site::smartassist(plot, |it| it.claims = ClaimRules::Expiry)
            .with(&json!({ "endMode": "closure", "jwtTtlSecs": 300 })) => life::whole;
    "jwtExtra jti" "an id where the account demands one, a new one each time"
        |plot| site::smartassist(plot, |it| it.claims = ClaimRules::TokenId)
            .with(&json!({ "endMode": "closure", "jwtExtra": "jti" })) => life::whole;
    "openEvent text, openText" "the words that the flow waits for"
        |plot| site::smartassist(plot, |it| it.trigger = Trigger::Text("human please".to_owned()))
            .with(&json!({ "endMode": "closure", "openText": "human please" })) => life::whole;
    "openEvent on_connect" "the event that the flow waits for"
        |plot| site::smartassist(plot, |it| it.trigger = Trigger::OnConnect)
            .with(&json!({ "endMode": "closure", "openEvent": "on_connect" })) => life::whole;
    "languageField interactiveLanguage" "the language by that name"
        |plot| account(plot).with(&json!({ "languageField": "interactiveLanguage" })) => lower;
    "languageField InteractiveLanguage" "the language by that name"
        |plot| account(plot).with(&json!({ "languageField": "InteractiveLanguage" })) => upper;
    "attachmentMaxMb 0" "files as links in the text"
        |plot| account(plot).with(&json!({ "attachmentMaxMb": 0 })) => links;
    "endMode closure" "it is over there" |plot| account(plot) => life::whole;
    "endMode text_then_closure" "a last text, and it is over there"
        |plot| account(plot).with(&json!({ "endMode": "text_then_closure" })) => life::goodbye;
    "endMode text" "a last text" |plot| account(plot).with(&json!({ "endMode": "text" })) => life::goodbye;
    "userIdPointer /to" "a whole life" |plot| account(plot).with(&json!({ "userIdPointer": ["/to"] })) => life::whole;
    "userIdPointer /to/id" "a whole life with an account that says it there"
        |plot| site::smartassist(plot, |it| it.addressing = Addressing::ToObject)
            .with(&json!({ "endMode": "closure", "userIdPointer": ["/to/id"] })) => life::whole;
    "postUrlHeader none" "a whole life with an account that sends none"
        |plot| site::smartassist(plot, |it| it.post_url_header = None)
            .with(&json!({ "endMode": "closure", "postUrlHeader": null })) => life::whole;
    "restStatusMap" "the words mean what is said"
        |plot| asked(plot, &json!({ "lifecycleSource": "relay+poll", "restStatusMap": { "CLOSED": "keep" } })) => life::whole;
    "acceptTimeoutSecs 45" "the end where nothing is heard of an opening"
        |plot| account(plot).with(&json!({ "acceptTimeoutSecs": 45 })) => life::unheard_of;
    "postAgentTimeoutSecs 45" "the end after the representative"
        |plot| account(plot).with(&json!({ "postAgentTimeoutSecs": 45 })) => life::wrapped_up;
    "confirmProactive true" "a whole life" |plot| account(plot).with(&json!({ "confirmProactive": true })) => life::whole;
    unseen "jwtExtra jwe" "an encrypted token" "the simulated account takes signed tokens only; the contract tests decrypt one";
    unseen "availabilityCheck true" "nobody is there" "no function asks for it yet; the contract tests do";
    unseen "relayAuth bearer" "a flow that cannot sign" "the simulated flow signs; the contract tests send a bearer";
    unseen "pollIntervalSecs" "one list serves all" "how often a contact centre is asked is played in tests/tests/scenarios/polling.rs";
};

async fn language(bench: &Bench, field: &str) {
    bench.requested_with(&json!({ "language": "de-AT" })).await;
    bench.settle().await;
    let told = json!(bench.desk().state().requests).to_string();
    assert!(told.contains(&format!("\"{field}\":\"de-AT\"")), "{told}");
}

async fn lower(bench: &Bench) {
    language(bench, "interactiveLanguage").await;
}

async fn upper(bench: &Bench) {
    language(bench, "InteractiveLanguage").await;
}

async fn links(bench: &Bench) {
    let transfer = bench.active().await;
    let file =
        json!({ "messageId": "m-1", "text": "See", "attachments": [{ "url": "https://files.example.com/a.png" }] });
    assert_eq!(bench.api().post(&format!("/transfers/{}/messages", transfer.id), &file).await.status, 202);
    bench.settle().await;
    assert!(transfer.seen().concat().contains("https://files.example.com/a.png"), "{:?}", transfer.seen());
}
