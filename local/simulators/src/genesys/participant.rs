//! The sides of a conversation.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::engine::{Ids, rfc3339, with};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Purpose {
    Customer,
    #[serde(rename = "ivr")]
    Flow,
    Acd,
    Agent,
}

/// One side of a conversation.
#[derive(Clone, Debug)]
pub(super) struct Participant {
    pub(super) id: String,
    pub(super) session_id: String,
    pub(super) purpose: Purpose,
    pub(super) queue_id: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) started_ms: i64,
    pub(super) connected_ms: Option<i64>,
    pub(super) ended_ms: Option<i64>,
    pub(super) wrapped_up_ms: Option<i64>,
    pub(super) disconnect_type: Option<&'static str>,
}

impl Participant {
    pub(super) fn new(ids: &Ids, purpose: Purpose, at_ms: i64) -> Self {
        Self {
            id: ids.uuid(),
            session_id: ids.uuid(),
            purpose,
            queue_id: None,
            user_id: None,
            started_ms: at_ms,
            connected_ms: Some(at_ms),
            ended_ms: None,
            wrapped_up_ms: None,
            disconnect_type: None,
        }
    }

    fn state(&self) -> &'static str {
        match (self.ended_ms, self.connected_ms) {
            (Some(_), _) => "disconnected",
            (None, Some(_)) => "connected",
            (None, None) => "alerting",
        }
    }

    fn document(&self, attributes: &BTreeMap<String, String>) -> Value {
        let time = |ms: Option<i64>| ms.map(rfc3339);
        let named = |id: &Option<String>| id.as_ref().map(|it| json!({ "id": it }));
        let document = json!({ "id": self.id, "purpose": self.purpose, "state": self.state() });
        let document = with(
            document,
            json!({
                "startTime": rfc3339(self.started_ms), "connectedTime": time(self.connected_ms),
                "endTime": time(self.ended_ms), "disconnectType": self.disconnect_type,
                "queue": named(&self.queue_id), "user": named(&self.user_id),
            }),
        );
        match self.purpose {
            Purpose::Agent => {
                let (start, end) = (time(self.ended_ms), time(self.wrapped_up_ms));
                with(document, json!({ "wrapupRequired": true, "startAcwTime": start, "endAcwTime": end }))
            }
            Purpose::Customer => with(document, json!({ "attributes": attributes })),
            Purpose::Flow | Purpose::Acd => document,
        }
    }
}

/// All sides of a conversation, in order of their coming, and what is known of it.
pub(super) struct Participants {
    pub(super) all: Vec<Participant>,
    pub(super) started_ms: i64,
    pub(super) attributes: BTreeMap<String, String>,
}

impl Participants {
    /// The customer alone.
    pub(super) fn new(ids: &Ids, started_ms: i64) -> Self {
        let customer = Participant::new(ids, Purpose::Customer, started_ms);
        Self { all: vec![customer], started_ms, attributes: BTreeMap::new() }
    }

    pub(super) fn last(&self, purpose: Purpose) -> Option<&Participant> {
        self.all.iter().rev().find(|it| it.purpose == purpose)
    }

    /// The newest participant of this purpose that has not ended.
    pub(super) fn live(&mut self, purpose: Purpose) -> Option<&mut Participant> {
        self.all.iter_mut().rev().find(|it| it.purpose == purpose && it.ended_ms.is_none())
    }

    /// Ends that one; answers how it stands then.
    pub(super) fn end(&mut self, purpose: Purpose, at_ms: i64, disconnect_type: &'static str) -> Option<Participant> {
        let participant = self.live(purpose)?;
        participant.ended_ms = Some(at_ms);
        participant.disconnect_type = Some(disconnect_type);
        Some(participant.clone())
    }

    /// Body of `GET /api/v2/conversations/messages/{id}`.
    pub(super) fn document(&self, id: &str) -> Value {
        let participants: Vec<Value> = self.all.iter().map(|it| it.document(&self.attributes)).collect();
        json!({
            "id": id,
            "startTime": rfc3339(self.started_ms),
            "participants": participants,
            "selfUri": format!("/api/v2/conversations/messages/{id}"),
        })
    }
}
