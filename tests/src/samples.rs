//! The sample events in `events/`, and the world that they are about.

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use transfer_domain::{
    Channel, Conversation, NewTransfer, OpenResult, OutgoingMessage, Provider, Session, SessionId, TransferRequest,
    Transition, accept_message, record_open,
};
use transfer_providers::{GENESYS, SERVICENOW};
use transfer_store::{Commit, Created};

use crate::harness::{World, start_of_time};

/// The transfer that the samples are about.
pub const SESSION: &str = "agent_transfer:019bb1a5-ed00-7000-8000-000000000001:order-4711:chat";
/// The contact centre's name of its conversation.
const CONVERSATION: &str = "7b2f1f6e-0000-4000-8000-000000000001";

/// The folder of the workspace.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A line of the table in `events/README.md`: the one place that says what a sample is for and how it is answered.
#[derive(Debug)]
pub struct Sample {
    /// The file in `events/`.
    pub file: String,
    /// The function's folder.
    pub function: String,
    /// See [`answer`].
    pub answer: String,
}

impl Sample {
    /// The contact centre that the sample needs.
    pub fn provider(&self) -> Provider {
        if self.file.contains("servicenow") { SERVICENOW } else { GENESYS }
    }
}

/// Every sample that is documented, in the table's order.
pub fn documented() -> Vec<Sample> {
    let text = std::fs::read_to_string(root().join("events/README.md")).unwrap();
    let lines = text.lines().filter(|line| line.starts_with("| [`"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [link, function, _, answer] = cells[..] else { panic!("{line}") };
            let (file, target) = link.trim_start_matches("[`").split_once("`](").unwrap();
            assert_eq!(target.trim_end_matches(')'), file, "{line}");
            let function = function.trim_matches('`').to_owned();
            Sample { file: file.to_owned(), function, answer: answer.to_owned() }
        })
        .collect()
}

/// The event in a file of `events/`.
pub fn read(file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(root().join("events").join(file)).unwrap()).unwrap()
}

/// The names of all functions.
pub fn functions() -> BTreeSet<String> {
    let folders = std::fs::read_dir(root().join("functions")).unwrap().map(Result::unwrap);
    let folders = folders.filter(|folder| folder.path().join("Cargo.toml").exists());
    folders.map(|folder| folder.file_name().into_string().unwrap()).collect()
}

/// What a function returned, in the words of the table.
pub fn answer(returned: &Value) -> String {
    let Some(status) = returned["statusCode"].as_u64() else {
        let failed = returned["batchItemFailures"].as_array().map_or(0, Vec::len);
        let is_success = failed == 0 && returned["errorType"].is_null();
        return if is_success { "success".to_owned() } else { returned.to_string() };
    };
    http_answer(status, &serde_json::from_str(returned["body"].as_str().unwrap_or_default()).unwrap_or_default())
}

/// The status, and a problem's type.
pub fn http_answer(status: u64, body: &Value) -> String {
    match body["type"].as_str().and_then(|kind| kind.rsplit(':').next()) {
        Some(problem) if status >= 400 => format!("{status} `{problem}`"),
        Some(_) | None => status.to_string(),
    }
}

/// A world with the project, transfer and task that the samples are about.
pub async fn demo(provider: Provider) -> World {
    let world = Box::pin(World::start(provider)).await;
    let created = create(&world).await;
    let opened = open(&world, &created).await;
    let waiting = accept(&world, &opened).await;
    assert_eq!(waiting.version, 4);
    let events = serde_json::from_value(read("inbox-events.json")).unwrap();
    let answer = inbox_events::handle_batch(&world.steady().service, events).await;
    assert!(answer.batch_item_failures.is_empty());
    world.clock.pass(TimeDelta::seconds(5));
    world
}

/// Creates the samples' transfer in a world.
pub async fn create(world: &World) -> Session {
    let id: SessionId = SESSION.parse().unwrap();
    let request = NewTransfer {
        conversation_session_id: id.conversation,
        contact_id: "contact-1".parse().unwrap(),
        channel: Channel::Chat,
        agent: "billing-agent".parse().unwrap(),
        queue: None,
        priority: None,
        labels: transfer_domain::Labels::default(),
        request: TransferRequest {
            reason: Some("The contact asks for a person.".to_owned()),
            ..TransferRequest::default()
        },
    };
    let settings = transfer_domain::TransferSettings::default();
    let (transition, request) =
        transfer_domain::create(request, id.transfer, &world.integration, vec![], &settings, start_of_time());
    let store = &world.steady().service.store;
    let created = store.create(&transition, &request, None, start_of_time()).await.unwrap();
    assert_eq!(created, Created::Created);
    transition.session
}

/// Opens its conversation.
pub async fn open(world: &World, session: &Session) -> Session {
    let outcome = OpenResult::Opened {
        provider_session_id: Some(CONVERSATION.parse().unwrap()),
        provider_data: Map::new(),
        provider_state: Map::new(),
    };
    let conversation = Conversation::untold(session.clone());
    commit(world, record_open(&conversation, outcome, None, at(1)), at(1)).await
}

/// Accepts its first message.
pub async fn accept(world: &World, session: &Session) -> Session {
    let message = OutgoingMessage::text("contact-message-1".parse().unwrap(), "I was charged twice.");
    commit(world, accept_message(session, message, at(2)).unwrap(), at(2)).await
}

async fn commit(world: &World, transition: Transition, now: DateTime<Utc>) -> Session {
    let committed = world.steady().service.store.commit(&transition, now).await.unwrap();
    assert_eq!(committed, Commit::Committed);
    transition.session
}

fn at(seconds: i64) -> DateTime<Utc> {
    start_of_time() + TimeDelta::seconds(seconds)
}
