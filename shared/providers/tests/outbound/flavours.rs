//! Five9's two generations in one integration: a conversation goes on as it began.

use serde_json::{Value, json};
use transfer_domain::ReceiptState;
use transfer_providers::{Adapters, FIVE9, HostPolicy, IntegrationDraft};

use crate::support::{Script, Stage, answer_json, message, ok_json, serve};

/// An integration that was classic and is of Open Messaging now, with the targets that it was stored with.
fn changed() -> Stage {
    let script = Script::default();
    let host = serve(&script);
    let mut stage = Stage::five9_chats(json!({
        "apiUrl": format!("http://{host}"), "host": host, "tenantName": "Acme Inc", "sendAcks": true,
    }));
    stage.script = script;
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
    let host = stage.integration.settings.get("host").and_then(|host| host.as_str()).unwrap();
    let known = json!({ "tokenId": "token-8f1c", "apiHost": format!("http://{host}"), "conversationId": "8f1c" });
    stage.remembering(known)
}

fn of_open_messaging(mut stage: Stage) -> Stage {
    stage.session.session.target = stage.integration.targets.first().cloned().unwrap();
    stage = stage.named("c-1");
    stage
}

#[tokio::test]
async fn after_a_change_of_flavour_calls_of_a_running_conversation_go_the_old_way() {
    let stage = of_classic(changed());
    assert!(stage.integration.speaks_for(&stage.session));
    for _ in 0..3 {
        stage.script.answers(ok_json(json!({})));
    }
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
