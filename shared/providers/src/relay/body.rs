//! The body of the relay. It is our own contract, so what is documented must be there; unknown fields may be too.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};
use transfer_domain::strict::Strict;
use transfer_domain::{
    Author, Correlation, EndReason, EndedBy, EventKind, IncomingMessage, Order, Part, ProviderEvent, ProviderSessionId,
    Representative, SourceId, TransferId, WrapUp,
};

use super::lenient::{id, list, name, number, object};
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
    #[serde(default, deserialize_with = "number")]
    seq: Option<u64>,
    #[serde(default, deserialize_with = "id")]
    provider_session_id: Option<String>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayQueued))]
struct Queued {
    #[serde(default, deserialize_with = "object")]
    queue: Option<Named>,
    #[serde(default, deserialize_with = "number")]
    position: Option<u32>,
    #[serde(default, deserialize_with = "number")]
    estimated_wait_seconds: Option<u32>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayNamed))]
struct Named {
    #[serde(default, deserialize_with = "id")]
    id: Option<String>,
    #[serde(default, deserialize_with = "name")]
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
    #[serde(default, deserialize_with = "object")]
    agent: Option<Named>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayText))]
struct Text {
    #[serde(deserialize_with = "id")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required))]
    id: Option<String>,
    #[serde(rename = "text", deserialize_with = "name")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required))]
    said: Option<String>,
    #[serde(default, deserialize_with = "list")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<File>))]
    attachments: Vec<Value>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayFile))]
struct File {
    url: String,
    #[serde(default, deserialize_with = "name")]
    name: Option<String>,
    #[serde(default, deserialize_with = "name")]
    mime: Option<String>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayAgentLeft))]
struct AgentLeft {
    #[serde(default, deserialize_with = "object")]
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

/// What the representative noted.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RelayWrapUp))]
struct Noted {
    #[serde(default, deserialize_with = "id")]
    code: Option<String>,
    #[serde(default, deserialize_with = "name")]
    note: Option<String>,
    #[serde(default, deserialize_with = "name")]
    promised: Option<String>,
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

    use super::{AgentJoined, AgentLeft, AgentMessage, Closed, Common, Csat, Named, Noted, Queued, RelayCallback};

    /// Its alternatives have names of their own: makers of clients skip those that have none.
    fn name_of<T: ToSchema>() -> String {
        format!("{}Callback", T::name())
    }

    impl PartialSchema for RelayCallback {
        fn schema() -> RefOr<Schema> {
            OneOfBuilder::new()
                .item(Ref::from_schema_name(name_of::<Queued>()))
                .item(Ref::from_schema_name(name_of::<AgentJoined>()))
                .item(Ref::from_schema_name(name_of::<AgentMessage>()))
                .item(Ref::from_schema_name(name_of::<AgentLeft>()))
                .item(Ref::from_schema_name(name_of::<Closed>()))
                .item(Ref::from_schema_name(name_of::<Csat>()))
                .item(Ref::from_schema_name(name_of::<Noted>()))
                .into()
        }
    }

    impl ToSchema for RelayCallback {
        fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            fn add<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                schemas.push((T::name().into_owned(), T::schema()));
                T::schemas(schemas);
            }
            fn alternative<T: ToSchema>(word: &str, schemas: &mut Vec<(String, RefOr<Schema>)>) {
                let kind = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([word]));
                let both = AllOfBuilder::new()
                    .item(Ref::from_schema_name(Common::name()))
                    .item(ObjectBuilder::new().property("type", kind))
                    .item(Ref::from_schema_name(T::name()));
                schemas.push((name_of::<T>(), both.into()));
                add::<T>(schemas);
            }
            add::<Common>(schemas);
            add::<Named>(schemas);
            alternative::<Queued>("queued", schemas);
            alternative::<AgentJoined>("agent_joined", schemas);
            alternative::<AgentMessage>("agent_message", schemas);
            alternative::<AgentLeft>("agent_left", schemas);
            alternative::<Closed>("closed", schemas);
            alternative::<Csat>("csat", schemas);
            alternative::<Noted>("wrap_up", schemas);
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
    let Some(kind) = kind(&common.kind, &value, webhook_id)? else { return Ok(Relayed::Ignored) };
    let wanted = match kind {
        EventKind::Survey { .. } | EventKind::WrapUp(_) => true,
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
        // Senders that number their events tell rising times as well (`docs/contracts/relay.md`, "Identity and order").
        order: Order::Provider { at, sequence: common.seq.unwrap_or(0) },
        kind,
        provider_data: Map::new(),
        provider_state: Map::new(),
    })))
}

fn kind(word: &str, value: &Value, webhook_id: &SourceId) -> Result<Option<EventKind>, Malformed> {
    let kind = match word {
        "queued" => {
            let Queued { queue, position, estimated_wait_seconds } = fields(value)?;
            let queue = queue.and_then(|queue| queue.name.or(queue.id));
            EventKind::Queued { queue, position, estimated_wait_seconds }
        }
        "agent_joined" => {
            let AgentJoined { agent } = fields(value)?;
            if value.pointer("/agent/name").is_none() {
                return Err(malformed("agent: must have the field name"));
            }
            EventKind::RepresentativeJoined(agent.into())
        }
        "agent_message" => message(fields(value)?, webhook_id)?,
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
        "wrap_up" => {
            let Noted { code, note, promised } = fields(value)?;
            EventKind::WrapUp(WrapUp { code, note, promised })
        }
        _ => return Ok(None),
    };
    Ok(Some(kind))
}

/// A message without an id is the one that its callback brings. What of it cannot be read is told in it, and by that in
/// the timeline.
fn message(AgentMessage { message, agent }: AgentMessage, webhook_id: &SourceId) -> Result<EventKind, Malformed> {
    let message_id = match &message.id {
        Some(id) => source_id(&[id]),
        None => source_id(&["relay", webhook_id.as_str()]),
    };
    let message_id = message_id.ok_or_else(|| malformed("message.id: is no id"))?;
    let files = message.attachments.into_iter().map(|item| match File::deserialize(Strict(item)) {
        Ok(it) => file(&it.url, it.name.as_deref(), it.mime.as_deref()),
        Err(_) => Part::notice("a file that cannot be read"),
    });
    let parts: Vec<Part> = message.said.map(Part::text).into_iter().chain(files).collect();
    if parts.is_empty() {
        return Ok(EventKind::Note { what: "message_empty".to_owned(), detail: None });
    }
    let said = IncomingMessage::of(message_id, Author::Representative, parts);
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

/// The fields of one type. What is wrong is told by its place and in words that have nothing of the value in them: it may
/// be personal data.
fn fields<T: DeserializeOwned>(value: &Value) -> Result<T, Malformed> {
    serde_path_to_error::deserialize(Strict(value.clone())).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { "the body" } else { &path };
        malformed(&format!("{place}: {}", error.inner()))
    })
}

fn malformed(what: &str) -> Malformed {
    Malformed { what: what.to_owned() }
}

impl From<Named> for Representative {
    fn from(Named { id, name }: Named) -> Self {
        Self { id, name }
    }
}

#[cfg(all(test, feature = "openapi"))]
mod tests {
    use utoipa::PartialSchema as _;

    use super::*;

    #[test]
    fn what_is_read_leniently_is_described_as_it_should_be_sent() {
        let described = serde_json::to_value(Text::schema()).unwrap();
        assert_eq!(described["required"], serde_json::json!(["id", "text"]));
        assert_eq!(described.pointer("/properties/id/type"), Some(&"string".into()));
        assert_eq!(described.pointer("/properties/attachments/type"), Some(&"array".into()));
    }
}
