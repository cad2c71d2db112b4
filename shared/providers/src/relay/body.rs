//! The body of the relay. It is our own contract, so what is documented must be there; unknown fields may be too.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};
use transfer_domain::strict::Strict;
use transfer_domain::{
    Author, Correlation, EndReason, EndedBy, EventKind, IncomingMessage, Order, Part, ProviderEvent, ProviderSessionId,
    Representative, SourceId, TransferId,
};

use super::{Relayed, Taken};
use crate::Malformed;
use crate::reading::{file, own_object, rfc3339, source_id};

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayEnvelope))]
struct Common {
    v: u64,
    #[serde(rename = "type")]
    kind: String,
    transfer_id: String,
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    occurred_at: String,
    #[serde(default)]
    seq: Option<u64>,
    #[serde(default)]
    provider_session_id: Option<String>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayQueued))]
struct Queued {
    #[serde(default)]
    queue: Option<Named>,
    #[serde(default)]
    position: Option<u32>,
    #[serde(default)]
    estimated_wait_seconds: Option<u32>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayNamed))]
struct Named {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayAgentJoined))]
struct AgentJoined {
    agent: Named,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayAgentMessage))]
struct AgentMessage {
    message: Text,
    #[serde(default)]
    agent: Option<Named>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayText))]
struct Text {
    id: String,
    #[serde(rename = "text")]
    said: String,
    #[serde(default)]
    attachments: Option<Vec<File>>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayFile))]
struct File {
    url: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    mime: Option<String>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayAgentLeft))]
struct AgentLeft {
    #[serde(default)]
    agent: Option<Named>,
    reason: LeftBy,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayLeftBy))]
#[serde(rename_all = "snake_case")]
enum LeftBy {
    Left,
    Transferred,
    Timeout,
    Unknown,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayClosed))]
struct Closed {
    #[serde(rename = "closed_by")]
    by: ClosedBy,
    #[serde(default)]
    reason: Option<ClosedFor>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayClosedBy))]
#[serde(rename_all = "snake_case")]
enum ClosedBy {
    Agent,
    User,
    System,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayClosedFor))]
#[serde(rename_all = "snake_case")]
enum ClosedFor {
    Resolved,
    NoAgents,
    Abandoned,
    Timeout,
    Error,
    Other,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelaySurvey))]
struct Csat {
    rating: i64,
    scale_max: i64,
    // A contact's own words are personal data and have no place beside a number.
    #[serde(default, rename = "comment")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    _comment: Option<IgnoredAny>,
}

/// What the relay takes, for the description of the API: the envelope with the fields of its type. A body of another
/// type is answered and ignored.
#[cfg(feature = "openapi")]
pub struct RelayCallback;

#[cfg(feature = "openapi")]
mod openapi {
    use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, OneOfBuilder, Schema, Type};
    use utoipa::openapi::{Ref, RefOr};
    use utoipa::{PartialSchema, ToSchema};

    use super::{AgentJoined, AgentLeft, AgentMessage, Closed, Common, Csat, Named, Queued, RelayCallback};

    fn of_type<T: ToSchema>(word: &str) -> AllOfBuilder {
        let kind = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([word]));
        AllOfBuilder::new()
            .item(Ref::from_schema_name(Common::name()))
            .item(ObjectBuilder::new().property("type", kind))
            .item(Ref::from_schema_name(T::name()))
    }

    impl PartialSchema for RelayCallback {
        fn schema() -> RefOr<Schema> {
            OneOfBuilder::new()
                .item(of_type::<Queued>("queued"))
                .item(of_type::<AgentJoined>("agent_joined"))
                .item(of_type::<AgentMessage>("agent_message"))
                .item(of_type::<AgentLeft>("agent_left"))
                .item(of_type::<Closed>("closed"))
                .item(of_type::<Csat>("csat"))
                .into()
        }
    }

    impl ToSchema for RelayCallback {
        fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            fn add<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                schemas.push((T::name().into_owned(), T::schema()));
                T::schemas(schemas);
            }
            add::<Common>(schemas);
            add::<Named>(schemas);
            add::<Queued>(schemas);
            add::<AgentJoined>(schemas);
            add::<AgentMessage>(schemas);
            add::<AgentLeft>(schemas);
            add::<Closed>(schemas);
            add::<Csat>(schemas);
        }
    }
}

pub(super) fn parse(webhook_id: &SourceId, body: &[u8], taken: Taken) -> Result<Relayed, Malformed> {
    let value = own_object(body)?;
    let common: Common = fields(&value)?;
    if common.v != 1 {
        return Err(malformed("v: must be 1"));
    }
    let at = rfc3339(&common.occurred_at).ok_or_else(|| malformed("occurred_at: must be an RFC 3339 time"))?;
    require_grammar(&common.transfer_id)?;
    let Some(kind) = kind(&common.kind, &value)? else { return Ok(Relayed::Ignored) };
    let wanted = match kind {
        EventKind::Survey { .. } => true,
        EventKind::Message(_) => taken.texts,
        EventKind::Accepted
        | EventKind::Queued { .. }
        | EventKind::RepresentativeJoined(_)
        | EventKind::Typing { .. }
        | EventKind::RepresentativeLeft { .. }
        | EventKind::Ended { .. }
        | EventKind::Concluded { .. }
        | EventKind::Note { .. } => taken.lifecycle,
    };
    // No transfer of ours has an id of another form.
    let (Ok(transfer_id), true) = (common.transfer_id.parse::<TransferId>(), wanted) else {
        return Ok(Relayed::Ignored);
    };
    Ok(Relayed::Event(Box::new(ProviderEvent {
        source_id: source_id(&["relay", webhook_id.as_str()]),
        correlation: Correlation { transfer_id: Some(transfer_id), provider_session_id: provider_session(&common)? },
        order: order(at, common.seq),
        kind,
        provider_data: Map::new(),
        provider_state: Map::new(),
    })))
}

fn kind(word: &str, value: &Value) -> Result<Option<EventKind>, Malformed> {
    let kind = match word {
        "queued" => {
            let Queued { queue, position, estimated_wait_seconds } = fields(value)?;
            let queue = queue.and_then(|queue| said(queue.name).or(said(queue.id)));
            EventKind::Queued { queue, position, estimated_wait_seconds }
        }
        "agent_joined" => {
            let AgentJoined { agent } = fields(value)?;
            if agent.name.is_none() {
                return Err(malformed("agent: must have a name"));
            }
            EventKind::RepresentativeJoined(agent.into())
        }
        "agent_message" => message(fields(value)?)?,
        "agent_left" => {
            let AgentLeft { agent, reason } = fields(value)?;
            let transferred = match reason {
                LeftBy::Transferred => true,
                LeftBy::Left | LeftBy::Timeout | LeftBy::Unknown => false,
            };
            EventKind::RepresentativeLeft { representative: agent.map(Into::into), transferred }
        }
        "closed" => {
            let (by, reason) = closed(&fields(value)?);
            EventKind::Ended { by, reason }
        }
        "csat" => {
            let Csat { rating, scale_max, .. } = fields(value)?;
            EventKind::Survey { rating, scale_max }
        }
        _ => return Ok(None),
    };
    Ok(Some(kind))
}

fn message(AgentMessage { message, agent }: AgentMessage) -> Result<EventKind, Malformed> {
    let message_id = source_id(&[&message.id]).ok_or_else(|| malformed("message: needs an id"))?;
    let files = message.attachments.unwrap_or_default();
    let files = files.iter().map(|it| file(&it.url, it.name.as_deref(), it.mime.as_deref()));
    let parts = Some(message.said).filter(|said| !said.trim().is_empty()).map(Part::text).into_iter().chain(files);
    let said = IncomingMessage::of(message_id, Author::Representative, parts.collect());
    let who = agent.map_or(Representative { id: None, name: None }, Into::into);
    said.map(|message| EventKind::Message(message.proving(Some(who)))).ok_or_else(|| malformed("message: says nothing"))
}

fn closed(Closed { by, reason }: &Closed) -> (EndedBy, EndReason) {
    let (by, plain) = match by {
        ClosedBy::Agent => (EndedBy::Representative, EndReason::RepresentativeEnded),
        ClosedBy::User => (EndedBy::Contact, EndReason::ContactEnded),
        ClosedBy::System => (EndedBy::System, EndReason::ProviderDisconnected),
    };
    let reason = match reason {
        Some(ClosedFor::NoAgents | ClosedFor::Abandoned) => EndReason::NoRepresentatives,
        Some(ClosedFor::Timeout) => EndReason::ProviderDisconnected,
        Some(ClosedFor::Error) => EndReason::ProviderError,
        Some(ClosedFor::Resolved | ClosedFor::Other) | None => plain,
    };
    (by, reason)
}

/// By time, then by `seq`: senders that number their events tell rising times as well (`docs/contracts/relay.md`,
/// "Identity and order").
fn order(at: DateTime<Utc>, seq: Option<u64>) -> Order {
    Order::Provider { at, sequence: seq.unwrap_or(0) }
}

fn provider_session(common: &Common) -> Result<Option<ProviderSessionId>, Malformed> {
    let parse = |id: &String| ProviderSessionId::new(id.as_str());
    common
        .provider_session_id
        .as_ref()
        .map(parse)
        .transpose()
        .map_err(|rule| malformed(&format!("provider_session_id: {rule}")))
}

fn require_grammar(transfer_id: &str) -> Result<(), Malformed> {
    let fits = (1..=64).contains(&transfer_id.len())
        && transfer_id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if fits { Ok(()) } else { Err(malformed("transfer_id: must be 1 to 64 of A-Z a-z 0-9 _ -")) }
}

/// The fields of one type. What is wrong is told by its place only: the value may be personal data.
fn fields<T: DeserializeOwned>(value: &Value) -> Result<T, Malformed> {
    serde_path_to_error::deserialize(Strict(value.clone()))
        .map_err(|error| malformed(&format!("{}: missing or not of the documented form", error.path())))
}

fn malformed(what: &str) -> Malformed {
    Malformed { what: what.to_owned() }
}

/// An empty text or a blank one is nobody and no name, and does not stand in front of what is known.
fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

impl From<Named> for Representative {
    fn from(Named { id, name }: Named) -> Self {
        Self { id: said(id), name: said(name) }
    }
}
