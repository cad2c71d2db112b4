//! The adapter: settings, reading, calls.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::Method;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use transfer_domain::{
    Author, Conversation, Correlation, EndReason, EndedBy, EventKind, IncomingMessage, Integration, Message, Order,
    Provider, ProviderEvent, ProviderSessionId, Representative, Session, SourceId, Status, TransferRequest,
};
use transfer_providers::building::{
    Answer, Call, Faults, base_url, decode, encode, json_object, stored, target, text, time,
};
use transfer_providers::{
    Availability, CallError, Capabilities, Carriage, Carried, Connection, FieldFault, HostPolicy, Inbound,
    IntegrationDraft, IntegrationSecrets, Malformed, Opened, Outbound, Receipts, Unauthentic, ValidIntegration,
    WebhookRequest,
};
use url::Url;

/// Its name.
pub const EXAMPLE_DESK: Provider = Provider::named("example_desk");

/// Where the product may be hosted.
const DOMAINS: &[&str] = &["desk.example.com"];

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Settings {
    base_url: String,
}

/// The adapter.
#[derive(Debug, Clone, Copy)]
pub struct ExampleDesk;

impl Inbound for ExampleDesk {
    fn provider(&self) -> Provider {
        EXAMPLE_DESK
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            typing_in: false,
            typing_out: false,
            receipts: Receipts::None,
            availability: false,
            attachments: 0,
            remote_end: true,
            queue_position: true,
            wait_time: false,
            history_upload: false,
            native_post_agent: false,
            message_promotes: true,
            resends_safely: true,
            content_in: Carriage::PLAIN,
            content_out: Carriage::of_contact(0),
            reply: Carried::Text,
        }
    }

    fn validate(&self, draft: &IntegrationDraft, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>> {
        let mut faults = Faults::default();
        let settings: Settings = decode(&draft.settings, &mut faults);
        if let Err(rule) = base_url(&settings.base_url, hosts, DOMAINS) {
            faults.setting("baseUrl", rule);
        }
        faults.require_credentials(draft, &["apiKey"], &[]);
        let targets = vec![target(&settings.base_url, &[])];
        faults.or(ValidIntegration { settings: encode(&settings), partner_source: None, targets, warnings: Vec::new() })
    }

    fn signs_webhooks(&self) -> bool {
        false
    }

    /// The secret in the path is all there is.
    fn authenticate(&self, _: &Integration, _: &IntegrationSecrets, _: &WebhookRequest) -> Result<(), Unauthentic> {
        Ok(())
    }

    fn parse_webhook(
        &self,
        _integration: &Integration,
        request: &WebhookRequest,
        _now: DateTime<Utc>,
    ) -> Result<Vec<ProviderEvent>, Malformed> {
        Ok(event(&json_object(&request.body)?).into_iter().collect())
    }

    fn parse_bus_event(
        &self,
        _integration: &Integration,
        _event: &Value,
        _now: DateTime<Utc>,
    ) -> Result<Vec<ProviderEvent>, Malformed> {
        Err(Malformed { what: "it has no partner event source".to_owned() })
    }

    fn takes_messages(&self, status: Status) -> bool {
        status == Status::Active
    }
}

/// What a callback says; an unknown type says nothing.
fn event(body: &Value) -> Option<ProviderEvent> {
    let representative = || Representative {
        id: text(body, "/who/id").map(str::to_owned),
        name: text(body, "/who/name").map(str::to_owned),
    };
    let source_id = text(body, "/id").and_then(|id| SourceId::new(id).ok());
    let kind = match text(body, "/type")? {
        "waiting" => EventKind::Queued {
            queue: text(body, "/queue").map(str::to_owned),
            position: body["place"].as_u64().and_then(|place| u32::try_from(place).ok()),
            estimated_wait_seconds: None,
        },
        "taken" => EventKind::RepresentativeJoined(representative()),
        "said" => EventKind::Message(IncomingMessage {
            message_id: source_id.clone()?,
            author: Author::Representative,
            text: text(body, "/text")?.to_owned(),
            truncated: false,
            attachments: Vec::new(),
            proves_active: Some(representative()),
            content: Vec::new(),
        }),
        "closed" => EventKind::Ended { by: EndedBy::Representative, reason: EndReason::RepresentativeEnded },
        _ => return None,
    };
    Some(ProviderEvent {
        source_id,
        correlation: Correlation {
            transfer_id: text(body, "/reference").and_then(|id| id.parse().ok()),
            provider_session_id: text(body, "/conversation").and_then(|id| ProviderSessionId::new(id).ok()),
        },
        order: time(body, "/at").map_or(Order::Arrival, |at| Order::Provider { at, sequence: 0 }),
        kind,
        provider_data: Map::new(),
        provider_state: Map::new(),
    })
}

#[async_trait]
impl Outbound for ExampleDesk {
    async fn open(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        request: &TransferRequest,
    ) -> Result<Opened, CallError> {
        let body = json!({ "reference": session.transfer_id(), "about": request.summary });
        let answer = call(connection, Method::POST, &["conversations"], &body).await?.success()?;
        let opened: Value = answer.read()?;
        let provider_session_id = text(&opened, "/conversation").and_then(|id| ProviderSessionId::new(id).ok());
        Ok(Opened { provider_session_id, ..Opened::default() })
    }

    async fn send(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        message: &Message,
    ) -> Result<(), CallError> {
        let body = json!({ "id": message.message_id, "text": message.text });
        call(connection, Method::POST, &["conversations", name(session)?, "lines"], &body).await?.success().map(drop)
    }

    async fn end(&self, connection: Connection<'_>, session: &Conversation) -> Result<(), CallError> {
        let answer = call(connection, Method::DELETE, &["conversations", name(session)?], &json!({})).await?;
        match answer.success() {
            Ok(_) | Err(CallError::Gone { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn poll(
        &self,
        _connection: Connection<'_>,
        _session: &Conversation,
    ) -> Result<Vec<ProviderEvent>, CallError> {
        Ok(Vec::new())
    }

    async fn representative_name(&self, _connection: Connection<'_>, _id: &str) -> Result<Option<String>, CallError> {
        Ok(None)
    }

    async fn availability(&self, _connection: Connection<'_>, _queue: &str) -> Result<Availability, CallError> {
        Ok(Availability::Unknown)
    }
}

fn name(session: &Session) -> Result<&str, CallError> {
    let gone = || CallError::Gone { what: "it was never opened".to_owned() };
    session.provider_session_id().map(ProviderSessionId::as_str).ok_or_else(gone)
}

async fn call(connection: Connection<'_>, method: Method, path: &[&str], body: &Value) -> Result<Answer, CallError> {
    let misconfigured = |what: &str| CallError::Misconfigured { what: what.to_owned() };
    let settings: Settings =
        stored(connection.integration).map_err(|fault| CallError::Misconfigured { what: fault.pointer })?;
    let mut url = Url::parse(&settings.base_url).map_err(|_| misconfigured("/settings/baseUrl"))?;
    url.path_segments_mut().map_err(|()| misconfigured("/settings/baseUrl"))?.pop_if_empty().extend(path);
    let key = connection.secrets.credentials.get("apiKey").ok_or_else(|| misconfigured("/credentials/apiKey"))?;
    let call = Call::json(method, url, body)?.basic("agent-transfer", key.expose_secret())?;
    connection.client.exchange(call, connection.clock.now()).await
}
