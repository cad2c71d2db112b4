//! Five9 Open Messaging: what the tenant and the scripted human look like from outside.

use serde_json::{Value, json};
use simulators::{
    Act, Phase, Script,
    five9::{AgentChange, Five9Config, OAuthStyle, TerminateParticipant, WebhookAuth},
};

use crate::{
    five9_sites::{OpenSite, chat},
    receiver::Received,
    support::{acts, assert_has, attachment, greeted, status_of},
};

fn types(all: &[Received]) -> Vec<String> {
    all.iter().map(|it| it.json()["eventType"].as_str().unwrap().to_owned()).collect()
}

fn has(all: &[Received], event_type: &str) -> bool {
    types(all).iter().any(|it| it == event_type)
}

#[tokio::test]
async fn the_default_script_goes_from_create_to_terminate() {
    let site = OpenSite::start(Script::Greet).await;
    let id = site.open("tr_1").await;
    site.wait(greeted).await;
    site.say(&id, "bye").await;
    let received = site.receiver.wait_until(|all| has(all, "TERMINATE")).await;
    assert_eq!(types(&received), ["CREATE", "ACCEPT", "MESSAGE", "MESSAGE", "TERMINATE"]);
    for (n, one) in received.iter().enumerate() {
        assert_eq!((one.path.as_str(), one.method.as_str()), ("/hook", "POST"));
        let event = one.json();
        assert_has(&event, &json!({ "chatId": id, "payload": { "eventSerialNumber": n + 1 } }));
        assert!(event["payload"]["timestamp"].is_string());
    }
    assert_eq!(received[0].json()["payload"]["externalId"], "tr_1");
    let from = &received[1].json()["payload"]["from"];
    assert_has(&received[2].json()["payload"], &json!({ "displayName": "Representative One", "from": from }));
    let conversation = site.handle.conversation(&id).unwrap();
    assert_eq!(conversation.contact_texts(), ["bye"]);
    assert_eq!(conversation.attributes["Custom.summary"], "Card declined");
}

#[tokio::test]
async fn a_transfer_names_group_and_representative_or_only_the_name_changes() {
    let group_and_agent = ["ACCEPT", "MESSAGE", "TYPING", "MESSAGE", "TRANSFER_TO_GROUP", "TRANSFER_TO_AGENT"];
    let name_only = ["ACCEPT", "MESSAGE", "TYPING", "MESSAGE"];
    let cases = [(AgentChange::Announced, &group_and_agent[..]), (AgentChange::NameOnly, &name_only[..])];
    for (change, expected) in cases {
        let site = OpenSite::start_with(|it| it.agent_change = change, Script::TransferToQueue).await;
        let id = site.open("tr_1").await;
        site.wait(greeted).await;
        site.say(&id, "Somebody else, please").await;
        let second = |it: &Received| {
            let event = it.json();
            event["eventType"] == "MESSAGE" && event["payload"]["displayName"] == "Representative Two"
        };
        let received = site.receiver.wait_until(|all| all.iter().any(second)).await;
        assert_eq!(types(&received)[1..received.len() - 1], *expected, "{change:?}");
    }
}

#[tokio::test]
async fn participants_come_and_go_where_the_tenant_tells() {
    let site = OpenSite::start_with(|it| it.participant_events = true, Script::Manual).await;
    site.open("tr_1").await;
    acts(&site.handle, [Act::Join, Act::Leave]);
    let received = site.receiver.wait_until(|all| all.len() == 3).await;
    assert_eq!(types(&received), ["ACCEPT", "ADD_PARTICIPANT", "REMOVE_PARTICIPANT"]);
    assert_eq!(received[2].json()["payload"]["participantType"], "AGENT");
}

#[tokio::test]
async fn a_file_is_a_message_with_its_content_type() {
    let site = OpenSite::start(Script::Manual).await;
    site.open("tr_1").await;
    acts(&site.handle, [Act::Join, Act::SendFile(attachment("a.pdf", "application/pdf"), String::new())]);
    let received = site.receiver.wait_until(|all| all.len() == 2).await;
    let expected = json!({ "text": "https://example.com/a.pdf", "contentType": "application/pdf" });
    assert_has(&received[1].json()["payload"], &expected);
}

#[tokio::test]
async fn the_contact_terminates_as_nobody_or_as_the_participant_of_accept() {
    for wants in [TerminateParticipant::Any, TerminateParticipant::FromAccept] {
        let site = OpenSite::start_with(|it| it.terminate_participant = wants, Script::Manual).await;
        let id = site.open("tr_1").await;
        site.handle.act("tr_1", Act::Join).unwrap();
        let received = site.receiver.wait_until(|all| !all.is_empty()).await;
        let from = received[0].json()["payload"]["from"].clone();
        let end = async |body: Value| status_of(site.post(&chat(&id, ":terminate"), &body)).await;
        if wants == TerminateParticipant::FromAccept {
            assert_eq!(end(json!({})).await, 400);
            assert_eq!(end(json!({ "sourceParticipantId": "somebody" })).await, 400);
            assert_eq!(end(json!({ "sourceParticipantId": from })).await, 200);
        } else {
            assert_eq!(end(json!({})).await, 200);
        }
        assert_eq!(end(json!({})).await, 404);
        site.receiver.wait_until(|all| has(all, "TERMINATE")).await;
    }
}

#[tokio::test]
async fn a_repeated_create_doubles_the_chat() {
    let site = OpenSite::start(Script::Manual).await;
    assert_ne!(site.open("tr_1").await, site.open("tr_1").await);
    assert_eq!(site.handle.conversations().len(), 2);
}

#[tokio::test]
async fn credentials_can_be_in_the_body_with_another_scope() {
    let site = OpenSite::start_with(|it| it.oauth_style = OAuthStyle::Body, Script::Manual).await;
    assert!(site.token.is_empty());
    let client = [("client_id", "five9-client"), ("client_secret", "five9-client-secret")];
    let form = [&client[..], &[("grant_type", "client_credentials"), ("scope", "api")]].concat();
    assert_eq!(status_of(site.token_request("unused", &form)).await, 200);
}

#[tokio::test]
async fn errors_and_unknown_chats_can_be_sent_with_a_static_header() {
    let change = |it: &mut Five9Config| it.webhook_auth = WebhookAuth::HeaderSecret("x-five9-secret".to_owned());
    let site = OpenSite::start_with(change, Script::Manual).await;
    site.open("tr_1").await;
    let error = json!({ "chatId": "c-1", "eventType": "ERROR", "payload": { "errorCode": 7, "errorMessage": "x" } });
    site.handle.send_raw_event("tr_1", "error", error.clone()).unwrap();
    site.handle.send_raw_to_profile(error);
    let received = site.receiver.wait_until(|all| all.len() == 2).await;
    assert_eq!(types(&received), ["ERROR", "ERROR"]);
    assert!(received.iter().all(|it| it.headers["x-five9-secret"] == "secret-1"));
    let kinds: Vec<String> =
        site.wait(|it| it.callbacks.len() == 2).await.callbacks.into_iter().map(|it| it.kind).collect();
    assert!(kinds.contains(&"raw.error".to_owned()) && kinds.contains(&"raw.chat".to_owned()));
}

#[tokio::test]
async fn a_profile_without_webhook_hears_nothing_until_it_has_one() {
    let site = OpenSite::start_with(|it| it.webhook_url = None, Script::Manual).await;
    site.open("tr_1").await;
    site.handle.act("tr_1", Act::Queue).unwrap();
    site.handle.quiet().await;
    site.handle.set_webhook(&site.receiver.url, "secret-2");
    site.handle.act("tr_1", Act::Join).unwrap();
    site.handle.quiet().await;
    assert_eq!(types(&site.receiver.received()), ["ACCEPT"]);
    assert_eq!(site.handle.conversation("tr_1").unwrap().phase, Phase::Connected);
}
