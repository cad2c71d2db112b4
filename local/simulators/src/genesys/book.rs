//! What the organisation knows: tokens, conversations, participants.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use crate::{act::Phase, ids::Ids, lane::Lane, script::Script, timer::rfc3339, unfinished::Sender};

#[derive(Default)]
pub(super) struct Book {
    /// Token and when it expires, epoch milliseconds.
    pub(super) tokens: HashMap<String, i64>,
    /// Conversation id to conversation.
    pub(super) cases: HashMap<String, Case>,
    /// `from.id` to conversation id.
    pub(super) by_contact: HashMap<String, String>,
}

impl Book {
    /// A conversation by its id or by `from.id`.
    pub(super) fn resolve(&self, id_or_contact: &str) -> Option<String> {
        if self.cases.contains_key(id_or_contact) {
            return Some(id_or_contact.to_owned());
        }
        self.by_contact.get(id_or_contact).cloned()
    }
}

/// One conversation.
pub(super) struct Case {
    pub(super) contact: String,
    pub(super) phase: Phase,
    pub(super) script: Script,
    pub(super) started_ms: i64,
    pub(super) participants: Vec<Participant>,
    pub(super) attributes: BTreeMap<String, String>,
    /// Which representative has it or is next.
    pub(super) representative: usize,
    pub(super) webhooks: Lane,
    pub(super) lifecycle: Lane,
    /// Tells the script what the contact writes; dropped at the end.
    pub(super) cues: Option<Sender<String>>,
    /// `messageId` to the answer that was given.
    pub(super) answers: HashMap<String, Value>,
}

impl Case {
    pub(super) fn last(&self, purpose: Purpose) -> Option<&Participant> {
        self.participants.iter().rev().find(|it| it.purpose == purpose)
    }

    /// The newest participant of this purpose that has not ended.
    pub(super) fn live(&mut self, purpose: Purpose) -> Option<&mut Participant> {
        self.participants.iter_mut().rev().find(|it| it.purpose == purpose && it.ended_ms.is_none())
    }

    /// Body of `GET /api/v2/conversations/messages/{id}`.
    pub(super) fn document(&self, id: &str) -> Value {
        let participants: Vec<Value> = self.participants.iter().map(|it| it.document(&self.attributes)).collect();
        json!({
            "id": id,
            "startTime": rfc3339(self.started_ms),
            "participants": participants,
            "selfUri": format!("/api/v2/conversations/messages/{id}"),
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Customer,
    Flow,
    Acd,
    Agent,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Flow => "ivr",
            Self::Acd => "acd",
            Self::Agent => "agent",
        }
    }
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

    pub(super) fn state(&self) -> &'static str {
        match (self.ended_ms, self.connected_ms) {
            (Some(_), _) => "disconnected",
            (None, Some(_)) => "connected",
            (None, None) => "alerting",
        }
    }

    fn document(&self, attributes: &BTreeMap<String, String>) -> Value {
        let mut document = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                document.insert(key.to_owned(), value);
            }
        };
        let time = |ms: Option<i64>| ms.map(|ms| Value::from(rfc3339(ms)));
        put("id", Some(json!(self.id)));
        put("purpose", Some(json!(self.purpose.word())));
        put("state", Some(json!(self.state())));
        put("startTime", time(Some(self.started_ms)));
        put("connectedTime", time(self.connected_ms));
        put("endTime", time(self.ended_ms));
        put("disconnectType", self.disconnect_type.map(Value::from));
        put("queue", self.queue_id.as_ref().map(|it| json!({ "id": it })));
        put("user", self.user_id.as_ref().map(|it| json!({ "id": it })));
        if self.purpose == Purpose::Agent {
            put("wrapupRequired", Some(json!(true)));
            put("startAcwTime", time(self.ended_ms));
            put("endAcwTime", time(self.wrapped_up_ms));
        }
        if self.purpose == Purpose::Customer {
            put("attributes", Some(json!(attributes)));
        }
        Value::Object(document)
    }
}
