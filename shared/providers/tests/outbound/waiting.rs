//! Time that passes within a call passes by the caller's clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use transfer_providers::Pauses;

use crate::support::{Stage, message, ok_json};

/// Passes no time, and tells how much should have passed.
#[derive(Default)]
struct Counted(Mutex<Vec<Duration>>);

#[async_trait]
impl Pauses for Counted {
    async fn pass(&self, time: Duration) {
        self.0.lock().unwrap().push(time);
    }
}

#[tokio::test]
async fn between_two_questions_of_one_call_the_callers_time_passes() {
    let mut stage = Stage::five9(json!({ "waitActive": 3, "waitActiveIntervalSecs": 30 }));
    let host = stage.integration.settings["host"].as_str().unwrap();
    let known = json!({ "tokenId": "token-8f1c", "apiHost": format!("http://{host}"), "conversationId": "8f1c" });
    stage = stage.remembering(known);
    let pauses = Arc::new(Counted::default());
    stage.client = stage.client.clone().with_pauses(pauses.clone());
    let stage = stage.told((0..3).map(|_| ok_json(json!({ "status": "CREATED" })))).told([ok_json(json!({}))]);
    stage.send(&message("hi", &[])).await.unwrap();
    assert_eq!(*pauses.0.lock().unwrap(), [Duration::from_secs(30); 2]);
}
