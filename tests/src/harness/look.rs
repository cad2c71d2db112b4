//! Looking at what is so, past all functions.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;
use simulators::{Author, Conversation};
use transfer_domain::{Message, Session, SessionId};
use transfer_store::session_from_image;

use super::{TABLE, World};

/// A row of the table.
pub type Row = std::collections::HashMap<String, AttributeValue>;

/// One event that was published, however often.
#[derive(Debug, Clone, PartialEq)]
pub struct EventSeen {
    /// Its detail type.
    pub detail_type: String,
    /// Its id.
    pub event_id: String,
    /// Its place in the session's history.
    pub sequence: u64,
    /// How often it was published.
    pub times: usize,
    /// Its detail.
    pub detail: Value,
}

impl World {
    /// Every row of the table.
    pub async fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut start = None;
        loop {
            let page = self.table.scan().table_name(TABLE).set_exclusive_start_key(start).send().await.unwrap();
            rows.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return rows;
            }
        }
    }

    /// Rows with this text anywhere in their key.
    pub async fn rows_about(&self, text: &str) -> Vec<Row> {
        let about = |row: &Row| matches!(row.get("pk"), Some(AttributeValue::S(pk)) if pk.contains(text));
        self.rows().await.into_iter().filter(about).collect()
    }

    /// Every session record of a conversation of the agent's.
    pub async fn sessions_of(&self, conversation: &str) -> Vec<Session> {
        let rows = self.rows().await.into_iter();
        let sessions = rows.filter_map(|row| session_from_image(row.into()).unwrap());
        sessions.filter(|session| session.session_id.conversation.as_str() == conversation).collect()
    }

    /// The one session record of a conversation of the agent's.
    pub async fn session_of(&self, conversation: &str) -> Session {
        let mut sessions = self.sessions_of(conversation).await;
        assert_eq!(sessions.len(), 1, "sessions of {conversation}");
        sessions.remove(0)
    }

    /// The messages of a session.
    pub async fn messages_of(&self, session: &SessionId) -> Vec<Message> {
        let store = &self.steady().service.store;
        let page = store.messages(&self.integration.project_id, session.transfer, None, 100).await.unwrap();
        assert!(!page.more, "more messages than a page");
        page.items
    }

    /// What the contact centre has of a session.
    pub fn conversations_of(&self, session: &SessionId) -> Vec<Conversation> {
        let key = session.transfer.to_string();
        self.centre.conversations().into_iter().filter(|it| it.contact_key == key).collect()
    }

    /// The ids of the contact's lines on the representative's desktop, in order.
    pub fn lines_of(&self, session: &SessionId) -> Vec<String> {
        let conversations = self.conversations_of(session);
        let lines = conversations.iter().flat_map(|it| &it.transcript).filter(|it| it.author == Author::Contact);
        lines.map(|line| line.message_id.clone()).collect()
    }

    /// The published events of a session by their order in its history. Fails if an id was published with two contents.
    pub fn events_of(&self, session: &SessionId) -> Vec<EventSeen> {
        let id = session.to_string();
        let mut seen = BTreeMap::<(u64, String), EventSeen>::new();
        for event in self.bus().recorded_events() {
            let (kind, detail) = (event["detail-type"].as_str().unwrap(), &event["detail"]);
            if detail["sessionId"] != id.as_str() {
                continue;
            }
            let event_id = detail["eventId"].as_str().unwrap().to_owned();
            let sequence = detail["sequence"].as_u64().unwrap();
            let known = seen.entry((sequence, event_id.clone())).or_insert_with(|| EventSeen {
                detail_type: kind.to_owned(),
                event_id,
                sequence,
                times: 0,
                detail: detail.clone(),
            });
            assert_eq!((known.detail_type.as_str(), &known.detail), (kind, detail), "one id, two contents");
            known.times += 1;
        }
        seen.into_values().collect()
    }

    /// The detail types of a session's events, in the order of its history.
    pub fn story_of(&self, session: &SessionId) -> Vec<String> {
        self.events_of(session).into_iter().map(|event| event.detail_type).collect()
    }
}
