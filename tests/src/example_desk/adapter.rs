//! The adapter: settings, reading, calls.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::Method;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use transfer_domain::{
    Author, Conversation, Correlation, EndReason, EndedBy, EventKind, IncomingMessage, Integration, Message, Order,
    Provider, ProviderEvent, ProviderSessionId, Representative, Session, SourceId, Status, TransferRequest,
};
use transfer_providers::building::{
    Answer, Call, Credential, Fields, Kind, Setting, Typed, When, base_url, json_object, stored, target, text, time,
    validate,
};
use transfer_providers::{
    Availability, CallError, Capabilities, Connection, FieldFault, HostPolicy, Inbound, IntegrationDraft,
    IntegrationSecrets, Malformed, Opened, Outbound, Receipts, Unauthentic, ValidIntegration, WebhookRequest,
};
use url::Url;

/// Its name.
pub const EXAMPLE_DESK: Provider = Provider::named("example_desk");

/// Where the product may be hosted.
const DOMAINS: &[&str] = &["desk.example.com"];

const FIELDS: Fields = Fields {
    settings: &[Setting::new("baseUrl", Kind::Url { domains: DOMAINS, read: base_url }, "where the desk is")
        .required(When::Always)],
    credentials: &[Credential::new("apiKey", "what calls are made with").required(When::Always)],
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    base_url: String,
}

impl Typed for Settings {
    const FIELDS: &'static Fields = &FIELDS;

    fn targets(&self) -> Vec<String> {
        vec![target(&self.base_url, &[])]
    }
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
        }
    }

    fn fields(&self) -> &'static Fields {
        Settings::FIELDS
    }

    fn validate(&self, draft: &IntegrationDraft, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>> {
        validate::<Settings>(draft, hosts)
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
