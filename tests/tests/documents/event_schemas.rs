//! Every event that can be emitted is one that its schema describes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::TimeDelta;
use jsonschema::Validator;
use serde_json::{Map, Value};
use transfer_domain::{
    Aftermath, Attachment, Author, Change, Channel, Conversation, DETAIL_TYPES, EndReason, EndedBy, EndpointState,
    Event, EventEndpoint, HealthState, Held, Hold, Integration, IntegrationHealth, IntegrationId, Labels, LinkedBy,
    MessageWrite, Names, NewTransfer, OpenResult, OrderKey, OutgoingMessage, ProviderSessionId, Queue, ReceiptState,
    Representative, SendResult, SequencedChange, Session, SettledMessage, Survey, TEST_EVENT, TransferRequest,
    TransferSettings, Trigger, WrapUp, accept_message, end, end_by_result, expire, record_open, settle_message, tick,
};
use transfer_providers::{Adapters, FIVE9, GENESYS, SERVICENOW};
use transfer_tests::harness::{Case, Stage, World, start_of_time};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("events/schemas")
}

/// The schema of what we emit: a consumer must live with the next property, we emit none that is not described.
fn strict(schema: Value) -> Value {
    match schema {
        Value::Object(members) => {
            let says_so = members.contains_key("additionalProperties");
            let is_object = !says_so && members.get("properties").is_some_and(Value::is_object);
            let closed = is_object.then(|| ("additionalProperties".to_owned(), Value::Bool(false)));
            members.into_iter().map(|(name, member)| (name, strict(member))).chain(closed).collect()
        }
        Value::Array(items) => items.into_iter().map(strict).collect(),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

/// The validators by detail type.
fn schemas() -> BTreeMap<String, Validator> {
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    files
        .map(|path| {
            let schema: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            assert_eq!(schema["title"], name.as_str());
            assert_eq!(schema["$id"], format!("urn:agent-transfer:event:{name}"));
            assert!(
                !schema.to_string().contains("\"additionalProperties\":false"),
                "{name} would refuse the next property"
            );
            let validator = jsonschema::options().should_validate_formats(true).build(&strict(schema)).unwrap();
            (name, validator)
        })
        .collect()
}

fn assert_valid(schemas: &BTreeMap<String, Validator>, detail_type: &str, detail: &Value) {
    let faults: Vec<String> =
        schemas[detail_type].iter_errors(detail).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{detail_type}: {faults:#?}\n{detail:#}");
}

#[test]
fn every_detail_type_has_a_schema_and_every_schema_a_detail_type() {
    let emitted: BTreeSet<String> = DETAIL_TYPES.iter().chain([&TEST_EVENT]).map(|kind| (*kind).to_owned()).collect();
    assert_eq!(emitted, schemas().into_keys().collect());
}

fn session() -> Session {
    let integration = Integration {
        hears: transfer_domain::Hears::default(),
        timers: transfer_domain::Timers::default(),
        project_id: "demo".parse().unwrap(),
        integration_id: IntegrationId::new("int-1").unwrap(),
        provider: GENESYS,
        settings: Map::new(),
        partner_source: None,
        targets: Vec::new(),
        created_at: start_of_time(),
        updated_at: start_of_time(),
        version: 1,
        secrets: transfer_domain::SecretsInUse::default(),
    };
    let request = NewTransfer {
        conversation_session_id: "order-4711".parse().unwrap(),
        contact_id: "contact-1".parse().unwrap(),
        channel: Channel::Chat,
        agent: "billing-agent".parse().unwrap(),
        queue: None,
        priority: None,
        labels: transfer_domain::Labels::default(),
        request: TransferRequest::default(),
    };
    let id = "019bb1a5-ed00-7000-8000-000000000001".parse().unwrap();
    let settings = TransferSettings::default();
    transfer_domain::create(request, id, &integration, vec![], &settings, start_of_time()).0.session
}

/// The same session with everything in it that events tell.
fn full() -> Session {
    let mut session = session();
    session.signals.joined(&representative(), OrderKey { at_ms: 1, sequence: 0, rank: 2 });
    session.names = Names::from("conversation-1".parse::<ProviderSessionId>().unwrap());
    session.other_providers = vec![FIVE9, SERVICENOW];
    let tags: BTreeSet<_> = ["vip", "eu"].map(|tag| tag.parse().unwrap()).into();
    session.labels = Labels {
        trigger: Some(Trigger::Escalate),
        reason_code: Some("refund".parse().unwrap()),
        tags: tags.try_into().unwrap(),
    };
    session
}

fn queue(position: Option<u32>, estimated_wait_seconds: Option<u32>) -> Queue {
    Queue { name: "billing".to_owned(), position, estimated_wait_seconds }
}

fn representative() -> Representative {
    Representative { id: Some("a-1".to_owned()), name: Some("Representative One".to_owned()) }
}

fn delayed(what: Held, unconfirmed: bool) -> Change {
    let why = "429 Too Many Requests".to_owned();
    Change::Delayed {
        hold: Hold {
            what,
            since: start_of_time(),
            tries: 2,
            why,
            same: 2,
            entry: 5,
            again_at: None,
            asked: false,
            told: true,
        },
        unconfirmed,
    }
}

fn followed(by: LinkedBy) -> Change {
    Change::Followed { successor: session().session_id, provider: GENESYS, queue: "night".parse().unwrap(), by }
}

/// Every change, with and without what may be absent. The match keeps the list complete.
fn changes() -> Vec<Change> {
    fn is_listed(change: &Change) -> bool {
        match change {
            Change::Requested { .. }
            | Change::Accepted { .. }
            | Change::Linked
            | Change::Queued { .. }
            | Change::RepresentativeJoined { .. }
            | Change::RepresentativeLeft { .. }
            | Change::PostAgent
            | Change::Ended { .. }
            | Change::HandedBack
            | Change::Followed { .. }
            | Change::HandBackOpen
            | Change::Orphaned
            | Change::Expiring { .. }
            | Change::Silent { .. }
            | Change::UnknownThere { .. }
            | Change::Stale
            | Change::Delayed { .. }
            | Change::Checked { .. }
            | Change::MessageAccepted
            | Change::MessageReceived { .. }
            | Change::Typing { .. }
            | Change::MessagesAcknowledged { .. }
            | Change::Survey { .. } => true,
        }
    }
    let message_id = || "m-1".parse().unwrap();
    let attachment = |name: Option<&str>, content_type: Option<&str>| Attachment {
        url: "https://files.example.com/1".to_owned(),
        name: name.map(str::to_owned),
        content_type: content_type.map(str::to_owned),
    };
    let received = |author, attachments| Change::MessageReceived {
        message_id: message_id(),
        author,
        text: "Hello".to_owned(),
        truncated: false,
        attachments,
        representative: (author == Author::Representative).then(representative),
        content: Vec::new(),
        late: false,
    };
    let arrived_late = |mut change| {
        if let Change::MessageReceived { late, .. } = &mut change {
            *late = true;
        }
        change
    };
    let changes = vec![
        Change::Requested { predecessor: None },
        Change::Requested { predecessor: Some(session().session_id) },
        followed(LinkedBy::Caller),
        followed(LinkedBy::Fallback),
        Change::Accepted { provider_session_id: None },
        Change::Accepted { provider_session_id: full().provider_session_id().cloned() },
        Change::Linked,
        Change::Queued { queue: queue(None, None) },
        Change::Queued { queue: queue(Some(3), Some(120)) },
        Change::RepresentativeJoined { representative: None },
        Change::RepresentativeJoined { representative: Some(representative()) },
        Change::RepresentativeLeft { representative: None },
        Change::RepresentativeLeft { representative: Some(representative()) },
        Change::RepresentativeLeft { representative: Some(Representative { id: None, name: None }) },
        Change::PostAgent,
        Change::HandedBack,
        Change::HandBackOpen,
        Change::Orphaned,
        Change::Expiring { expires_at: start_of_time() },
        Change::Silent { representative: None },
        Change::Silent { representative: Some(representative()) },
        Change::Stale,
        Change::UnknownThere { why: "404".to_owned() },
        delayed(Held::Opening, true),
        delayed(Held::Message(3), false),
        delayed(Held::Closing, false),
        Change::Checked { unsettled: None },
        Change::MessageAccepted,
        received(Author::Representative, vec![]),
        arrived_late(received(Author::Representative, vec![])),
        received(Author::Provider, vec![attachment(None, None), attachment(Some("1.png"), Some("image/png"))]),
        Change::Typing { on: true },
        Change::Typing { on: false },
        Change::MessagesAcknowledged { message_ids: vec![message_id()], state: ReceiptState::Read },
        Change::Survey { rating: 4, scale_max: 5 },
    ];
    assert!(changes.iter().all(is_listed));
    changes
}

#[test]
fn the_events_of_every_change_are_as_described() {
    let schemas = schemas();
    let mut seen = BTreeSet::new();
    for session in [session(), full()] {
        for change in changes() {
            let change =
                SequencedChange { sequence: 7, occurred_at: start_of_time(), status: session.status(), change };
            for event in Event::of_change(&session, &change, &Aftermath::default()) {
                assert_valid(&schemas, event.detail_type, &event.detail.into());
                seen.insert(event.detail_type);
            }
        }
    }
    let ends = BTreeSet::from([
        "transfer.ended",
        "transfer.failed",
        "transfer.expired",
        "transfer.handback_open",
        "transfer.handback_updated",
        "message.delivered",
        "message.failed",
        "integration.state_changed",
        "event_endpoint.state_changed",
    ]);
    let others: BTreeSet<_> = DETAIL_TYPES.iter().copied().filter(|kind| !ends.contains(kind)).collect();
    assert_eq!(seen, others);
}

/// Sessions that ended, for every reason.
fn ended() -> Vec<Session> {
    let by_request = [EndedBy::Agent, EndedBy::Contact, EndedBy::Operator];
    let mut ended: Vec<Session> =
        by_request.map(|by| end(&full(), by, start_of_time()).unwrap().session).into_iter().collect();
    for reason in EndReason::ALL.iter().copied() {
        for session in [session(), full()] {
            let transition = end_by_result(&session, reason, "detail".to_owned(), start_of_time()).unwrap();
            ended.push(transition.session);
        }
        let outcome = OpenResult::Failed { reason, detail: "detail".to_owned() };
        ended.push(record_open(&Conversation::untold(session()), outcome, None, start_of_time()).session);
    }
    ended
}

/// All that can stand beside a session that ended.
fn aftermath() -> Aftermath {
    let noted = |text: &str| Some(text.to_owned());
    Aftermath {
        survey: Some(Survey { rating: 4, scale_max: 5 }),
        wrap_up: Some(WrapUp {
            code: noted("refund"),
            note: noted("Refund issued."),
            promised: noted("A call on Monday."),
        }),
        resume_token: Some("step:refund".parse().unwrap()),
    }
}

#[test]
fn the_events_of_every_end_are_as_described() {
    let schemas = schemas();
    let mut seen = BTreeSet::new();
    for session in ended() {
        for aftermath in [Aftermath::default(), aftermath()] {
            for change in &session.changes {
                for event in Event::of_change(&session, change, &aftermath) {
                    assert_valid(&schemas, event.detail_type, &event.detail.into());
                    seen.insert(event.detail_type);
                }
            }
        }
    }
    assert_eq!(seen, BTreeSet::from(["transfer.ended", "transfer.expired", "transfer.failed"]));
}

#[test]
fn the_event_of_a_newer_hand_back_is_as_described() {
    for session in ended() {
        let (status, change) = (session.status(), Change::HandedBack);
        let change = SequencedChange { sequence: 99, occurred_at: start_of_time(), status, change };
        let [event] = Event::of_change(&session, &change, &aftermath()).try_into().unwrap();
        assert_eq!(event.detail_type, "transfer.handback_updated");
        assert_valid(&schemas(), event.detail_type, &event.detail.into());
    }
}

#[test]
fn the_event_of_a_hand_back_that_nobody_acknowledges_is_as_described() {
    for mut session in ended() {
        session.lifetime.limits.handback_minutes = 5;
        session.due_at = Some(start_of_time());
        let announced = tick(&session, None, start_of_time() + TimeDelta::minutes(5)).unwrap().session;
        let of_it = announced.changes.iter().find(|it| it.change == Change::HandBackOpen).unwrap();
        let [event] = Event::of_change(&announced, of_it, &Aftermath::default()).try_into().unwrap();
        assert_eq!(event.detail_type, "transfer.handback_open");
        assert_valid(&schemas(), event.detail_type, &event.detail.into());
    }
}

#[test]
fn the_event_of_an_expiry_is_as_described() {
    for session in [session(), full()] {
        let expired = expire(&session, session.expires_at.unwrap()).unwrap().session;
        let change = expired.changes.last().unwrap();
        let [event] = Event::of_change(&expired, change, &Aftermath::default()).try_into().unwrap();
        assert_eq!(event.detail_type, "transfer.expired");
        assert_valid(&schemas(), event.detail_type, &event.detail.into());
    }
}

#[test]
fn the_events_of_settled_messages_are_as_described() {
    let outgoing = OutgoingMessage::text("m-1".parse().unwrap(), "Hi");
    let accepted = accept_message(&full(), outgoing, start_of_time()).unwrap();
    let [MessageWrite::New(message)] = accepted.messages.as_slice() else { panic!("one message") };
    let failed = SendResult::Failed { reason: "the conversation has ended".to_owned() };
    for (outcome, told) in [(SendResult::Delivered, "message.delivered"), (failed, "message.failed")] {
        let settled = settle_message(&accepted.session, message, outcome, start_of_time());
        let event = Event::of_settled(&settled).unwrap();
        assert_eq!(event.detail_type, told);
        assert_valid(&schemas(), event.detail_type, &event.detail.into());
    }
    let pending = settle_message(&accepted.session, message, SendResult::Delivered, start_of_time());
    let pending = SettledMessage { message: message.clone(), ..pending };
    assert_eq!(Event::of_settled(&pending), None);
}

#[test]
fn the_event_of_a_contact_centre_that_answers_otherwise_is_as_described() {
    // What is unknown is told by no event.
    for state in HealthState::ALL.iter().copied().filter(|state| *state != HealthState::Unknown) {
        let health = IntegrationHealth {
            project_id: "demo".parse().unwrap(),
            provider: GENESYS,
            integration_id: "int-1".parse().unwrap(),
            state,
            since: start_of_time(),
            last_error: (state != HealthState::Healthy).then(|| "outcome unknown: 503".to_owned()),
        };
        let event = Event::of_health(&health);
        assert_eq!(event.detail_type, "integration.state_changed");
        assert_valid(&schemas(), event.detail_type, &event.detail.into());
    }
}

fn endpoint(state: EndpointState) -> EventEndpoint {
    EventEndpoint {
        project_id: "demo".parse().unwrap(),
        endpoint_id: "runtime".parse().unwrap(),
        url: "https://runtime.example.com/events".to_owned(),
        event_types: Vec::new(),
        state,
        secrets: transfer_domain::SecretsInUse::default(),
        created_at: start_of_time(),
        updated_at: start_of_time(),
        version: 7,
    }
}

#[test]
fn the_event_that_tests_an_endpoint_is_as_described_and_cannot_be_asked_for() {
    let id = "019bb1a5-ed00-7000-8000-000000000001".parse().unwrap();
    let event = Event::of_test(&endpoint(EndpointState::On), id, start_of_time());
    assert_eq!(event.detail_type, TEST_EVENT);
    assert_valid(&schemas(), event.detail_type, &event.detail.into());
    assert!(!DETAIL_TYPES.contains(&TEST_EVENT), "it comes whatever an endpoint asks for");
}

#[test]
fn the_event_of_an_endpoint_that_is_switched_is_as_described() {
    for state in EndpointState::ALL.iter().copied() {
        let event = Event::of_switched(&endpoint(state));
        assert_eq!(event.detail_type, "event_endpoint.state_changed");
        assert_valid(&schemas(), event.detail_type, &event.detail.into());
    }
}

#[test]
fn a_detail_that_lacks_what_is_promised_is_refused() {
    let (schemas, session) = (schemas(), full());
    let change = SequencedChange {
        sequence: 7,
        occurred_at: start_of_time(),
        status: session.status(),
        change: Change::Queued { queue: queue(Some(3), None) },
    };
    let [event] = Event::of_change(&session, &change, &Aftermath::default()).try_into().unwrap();
    for field in event.detail.keys() {
        let mut lacking = event.detail.clone();
        lacking.remove(field);
        assert!(!schemas[event.detail_type].is_valid(&lacking.into()), "without {field}");
    }
}

#[tokio::test]
async fn everything_that_a_whole_life_publishes_is_as_described() {
    let world = World::start(GENESYS).await;
    let process = world.steady();
    let case = Case::at(&world, "whole", Stage::Active).await;
    assert_eq!(case.send(process, "m-1", "Is anybody there?").await.status, 202);
    let webhook = case.text_webhook(&world, "in-1", "How can I help?");
    assert_eq!(provider_webhook::handle(&process.service, &Adapters::inbound(), webhook).await.status(), 200);
    world.settle().await;
    provider_event::handle(&process.service, &Adapters::inbound(), case.closed_event(&world)).await.unwrap();
    world.settle().await;

    let schemas = schemas();
    let events = world.events_of(&case.session);
    for event in &events {
        assert_valid(&schemas, &event.detail_type, &event.detail);
    }
    let told: Vec<_> = events.iter().map(|event| event.detail_type.as_str()).collect();
    assert_eq!(
        told,
        [
            "transfer.requested",
            "transfer.accepted",
            "transfer.representative_joined",
            "transfer.representative_joined",
            "message.delivered",
            "message.received",
            "transfer.ended",
        ]
    );
}
