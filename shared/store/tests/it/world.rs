//! One database per test, and the things that tests put into it.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Map;
use test_database::TestDatabase;
use transfer_domain::{
    AgentName, Author, Channel, Clock, ContactId, Conversation, Correlation, EventKind, Ids, IncomingMessage,
    Integration, IntegrationId, NewTransfer, Order, OutgoingMessage, ProjectId, Provider, ProviderEvent,
    ProviderSessionId, Representative, Session, SourceId, TransferId, TransferRequest, TransferSettings, Transition,
};
use transfer_store::{Commit, Created, Listing, Store};
use uuid::Builder;

pub(crate) const TABLE: &str = "transfers";

#[derive(Debug, Default)]
pub(crate) struct TestIds(AtomicU64);

impl Ids for TestIds {
    fn transfer_id(&self, now: DateTime<Utc>) -> TransferId {
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let millis = now.timestamp_millis().try_into().unwrap();
        TransferId::new(Builder::from_unix_timestamp_millis(millis, &random).into_uuid()).unwrap()
    }

    fn secret(&self) -> String {
        format!("secret-{}", self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn fraction(&self) -> f64 {
        f64::from(u8::try_from(self.0.fetch_add(37, Ordering::Relaxed) % 100).unwrap()) / 100.0
    }
}

#[derive(Debug)]
struct FixedClock(DateTime<Utc>);

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) client: aws_sdk_dynamodb::Client,
    pub(crate) ids: Arc<TestIds>,
    pub(crate) database: TestDatabase,
}

pub(crate) async fn world() -> World {
    world_at(later(365 * 24 * 3600)).await
}

/// A database whose TTL goes by this moment.
pub(crate) async fn world_at(ttl_clock: DateTime<Utc>) -> World {
    let database = TestDatabase::start(Arc::new(FixedClock(ttl_clock)), TABLE).await;
    let client = database.client();
    let ids = Arc::new(TestIds::default());
    World { store: Store::new(client.clone(), TABLE, ids.clone()), client, ids, database }
}

pub(crate) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

pub(crate) fn later(seconds: i64) -> DateTime<Utc> {
    start() + TimeDelta::seconds(seconds)
}

pub(crate) fn project() -> ProjectId {
    ProjectId::new("project-1").unwrap()
}

pub(crate) fn name(text: &str) -> ProviderSessionId {
    ProviderSessionId::new(text).unwrap()
}

pub(crate) fn source(text: &str) -> SourceId {
    SourceId::new(text).unwrap()
}

pub(crate) fn integration() -> Integration {
    Integration {
        project_id: project(),
        integration_id: IntegrationId::new("integration-1").unwrap(),
        provider: Provider::named("five9"),
        settings: Map::new(),
        partner_source: None,
        targets: Vec::new(),
        hears: transfer_domain::Hears::default(),
        timers: transfer_domain::Timers::default(),
        created_at: start(),
        updated_at: start(),
        version: 0,
        secrets: transfer_domain::SecretsInUse::default(),
    }
}

pub(crate) fn request(conversation: &str) -> NewTransfer {
    NewTransfer {
        conversation_session_id: conversation.parse().unwrap(),
        contact_id: ContactId::new("contact-1").unwrap(),
        channel: Channel::Chat,
        agent: AgentName::new("Agent One").unwrap(),
        queue: None,
        priority: None,
        labels: transfer_domain::Labels::default(),
        request: TransferRequest::default(),
    }
}

impl World {
    pub(crate) fn transition(&self, request: NewTransfer, now: DateTime<Utc>) -> (Transition, TransferRequest) {
        let id = self.ids.transfer_id(now);
        transfer_domain::create(request, id, &integration(), vec![], &TransferSettings::default(), now)
    }

    pub(crate) async fn create(&self, request: NewTransfer, now: DateTime<Utc>) -> Created {
        let (transition, briefing) = self.transition(request, now);
        self.store.create(&transition, &briefing, None, now).await.unwrap()
    }

    /// A session of its own conversation, created at the start.
    pub(crate) async fn session(&self, conversation: &str) -> Session {
        self.session_of(request(conversation), start()).await
    }

    pub(crate) async fn session_of(&self, request: NewTransfer, now: DateTime<Utc>) -> Session {
        let (transition, briefing) = self.transition(request, now);
        let created = self.store.create(&transition, &briefing, None, now).await.unwrap();
        assert_eq!(created, Created::Created);
        transition.session
    }

    pub(crate) async fn reload(&self, session: &Session) -> Session {
        self.store.session(&session.project_id, session.transfer_id()).await.unwrap().unwrap()
    }

    pub(crate) async fn commit(&self, transition: &Transition, now: DateTime<Utc>) -> Commit {
        self.store.commit(transition, now).await.unwrap()
    }

    pub(crate) async fn end(&self, session: &Session, now: DateTime<Utc>) {
        let session = self.reload(session).await;
        let end = transfer_domain::end(&session, transfer_domain::EndedBy::Agent, now).unwrap();
        assert_eq!(self.commit(&end, now).await, Commit::Committed);
    }

    /// The row that moves.
    pub(crate) async fn row_of_record(&self, session: &Session) -> HashMap<String, AttributeValue> {
        let items = self.client.scan().table_name(TABLE).send().await.unwrap().items.unwrap_or_default();
        let of_it = |item: &HashMap<String, AttributeValue>| {
            item["pk"].as_s().unwrap().contains(&session.transfer_id().to_string())
                && item["sk"].as_s().unwrap() == "record"
        };
        items.into_iter().find(of_it).unwrap()
    }

    /// Puts a row as it is.
    pub(crate) async fn put(&self, row: HashMap<String, AttributeValue>) {
        self.client.put_item().table_name(TABLE).set_item(Some(row)).send().await.unwrap();
    }

    /// How many bytes the row that moves takes, as DynamoDB counts them.
    pub(crate) async fn size_of_record(&self, session: &Session) -> usize {
        let size = |value: &AttributeValue| match value {
            AttributeValue::S(text) => text.len(),
            AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
            AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
            other => panic!("{other:?}"),
        };
        let row = self.row_of_record(session).await;
        row.iter().map(|(name, value)| name.len() + size(value)).sum()
    }

    /// Every row of the table, as pairs of keys.
    pub(crate) async fn rows(&self) -> Vec<(String, String)> {
        let items = self.client.scan().table_name(TABLE).send().await.unwrap().items.unwrap_or_default();
        let text = |item: &HashMap<String, AttributeValue>, name: &str| item[name].as_s().unwrap().clone();
        items.iter().map(|item| (text(item, "pk"), text(item, "sk"))).collect()
    }
}

pub(crate) fn contact_message(session: &Session, id: &str, now: DateTime<Utc>) -> Transition {
    let message = OutgoingMessage::text(source(id), "Hello");
    transfer_domain::accept_message(session, message, now).unwrap()
}

pub(crate) fn event(id: &str, at: DateTime<Utc>, kind: EventKind) -> ProviderEvent {
    ProviderEvent {
        source_id: Some(source(id)),
        correlation: Correlation::default(),
        order: Order::Provider { at, sequence: 0 },
        kind,
        provider_data: Map::new(),
        provider_state: Map::new(),
    }
}

pub(crate) fn joined(id: &str, at: DateTime<Utc>) -> ProviderEvent {
    let who = Representative { id: Some("representative-1".to_owned()), name: None };
    event(id, at, EventKind::RepresentativeJoined(who))
}

pub(crate) fn queued(id: &str, at: DateTime<Utc>, queue: &str) -> ProviderEvent {
    let kind = EventKind::Queued { queue: Some(queue.to_owned()), position: Some(1), estimated_wait_seconds: None };
    event(id, at, kind)
}

pub(crate) fn said(id: &str, at: DateTime<Utc>, text: &str) -> ProviderEvent {
    let message = IncomingMessage {
        message_id: source(id),
        author: Author::Representative,
        text: text.to_owned(),
        truncated: false,
        attachments: vec![],
        redacted: transfer_domain::Redacted::default(),
        proves_active: None,
        content: Vec::new(),
    };
    event(id, at, EventKind::Message(message))
}

pub(crate) fn linked(mut event: ProviderEvent, to: &str) -> ProviderEvent {
    event.correlation.provider_session_id = Some(name(to));
    event
}

/// What events mean for a session whose provider told nothing beside.
pub(crate) fn applied(session: &Session, events: &[ProviderEvent], now: DateTime<Utc>) -> Transition {
    transfer_domain::apply_events(&Conversation::untold(session.clone()), events, now)
}

/// The attempt of an opening.
pub(crate) fn opening(session: &Session, now: DateTime<Utc>) -> Transition {
    let conversation = Conversation::untold(session.clone());
    transfer_domain::begin_open(&conversation, &integration(), Map::new(), now).unwrap().1
}

/// As a list is asked for usually.
pub(crate) fn listing(limit: u8, cursor: Option<&str>) -> Listing<'_> {
    const PROVIDERS: &[Provider] = &[Provider::named("five9")];
    let shards = transfer_domain::ListShards::default();
    Listing { limit, cursor, shards, providers: PROVIDERS, with_expiry: false }
}
