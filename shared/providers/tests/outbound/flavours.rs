//! Five9's two generations in one integration: a conversation goes on as it began.

use serde_json::{Value, json};
use transfer_domain::ReceiptState;
use transfer_providers::{Adapters, FIVE9, HostPolicy, IntegrationDraft};

use crate::support::{Stage, answer_json, message, ok_json};

/// An integration that was classic and is of Open Messaging now, with the targets that it was stored with.
fn changed() -> Stage {
    let mut stage = Stage::five9_chats(json!({ "tenantName": "Acme Inc", "sendAcks": true }));
    let host = stage.setting("apiUrl").trim_start_matches("http://").to_owned();
    stage.integration.settings.insert("host".to_owned(), host.into());
    let draft = IntegrationDraft {
        settings: stage.integration.settings.clone(),
        credentials: stage.secrets.credentials.clone(),
    };
    let valid = Adapters::inbound().get(FIVE9).unwrap().validate(&draft, HostPolicy::Simulated).unwrap();
    stage.integration.targets = valid.targets;
    assert_eq!((stage.integration.provider, stage.integration.targets.len()), (FIVE9, 2));
    stage.activate();
    stage
}

fn of_classic(mut stage: Stage) -> Stage {
    stage.session.session.target = stage.integration.targets.last().cloned().unwrap();
    let host = stage.setting("host");
    let known = json!({ "tokenId": "token-8f1c", "apiHost": format!("http://{host}"), "conversationId": "8f1c" });
    stage.remembering(known)
}

fn of_open_messaging(mut stage: Stage) -> Stage {
    stage.session.session.target = stage.integration.targets.first().cloned().unwrap();
    stage.named("c-1")
}

#[tokio::test]
async fn after_a_change_of_flavour_calls_of_a_running_conversation_go_the_old_way() {
    let stage = of_classic(changed()).told((0..3).map(|_| ok_json(json!({}))));
    assert!(stage.integration.speaks_for(&stage.session));
    stage.send(&message("hi", &[])).await.unwrap();
    stage.acknowledge(&["x:1"], ReceiptState::Delivered).await.unwrap();
    stage.end().await.unwrap();
    assert_eq!(
        stage.lines(),
        [
            "POST /appsvcs/rs/svc/conversations/8f1c/messages",
            "PUT /appsvcs/rs/svc/conversations/8f1c/messages/acknowledge",
            "POST /appsvcs/rs/svc/conversations/8f1c/terminate",
        ]
    );
    assert_eq!(stage.script.calls()[0].header("authorization"), Some("Bearer-token-8f1c"));
}

#[tokio::test]
async fn a_conversation_of_the_new_flavour_goes_the_new_way() {
    let stage = of_open_messaging(changed()).told([ok_json(json!({})), answer_json(200, &Value::Null)]);
    stage.send(&message("hi", &[])).await.unwrap();
    stage.acknowledge(&["x:1"], ReceiptState::Delivered).await.unwrap();
    assert_eq!(stage.lines(), ["POST /messaging-service/v1/domains/131096/chats/c-1/messages"], "it takes no receipts");
}
