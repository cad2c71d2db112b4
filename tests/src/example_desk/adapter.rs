//! The adapter: settings, reading, calls.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use transfer_domain::{
    Author, Conversation, Correlation, EndReason, EndedBy, EventKind, IncomingMessage, Integration, Message, Order,
    Provider, ProviderEvent, ProviderSessionId, Representative, Session, SourceId, Status, TransferRequest,
};
use transfer_providers::building::{
    Answer, Call, Credential, Fields, Kind, Setting, Typed, When, base, base_url, below, ended, json_object, stored,
    target, text, time, validate,
};
use transfer_providers::{
    Bound, CallError, Calls, Capabilities, Carriage, Carried, Connection, FieldFault, HostPolicy, Inbound,
    IntegrationDraft, IntegrationSecrets, Malformed, Opened, Outbound, Receipts, Unauthentic, Unreadable,
    ValidIntegration, WebhookRequest,
};

/// Its name.
pub const EXAMPLE_DESK: Provider = Provider::named("example_desk");

/// Where the address of the product is written.
const BASE_URL: &str = "/settings/baseUrl";

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
            content_in: Carriage::PLAIN,
            content_out: Carriage::of_contact(0),
            reply: Carried::Text,
        }
    }

    fn fields(&self) -> &'static Fields {
        Settings::FIELDS
    }

    fn validate(&self, draft: &IntegrationDraft, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>> {
        validate::<Settings>(draft, hosts)
    }

    fn bind(&self, integration: &Integration) -> Result<Arc<dyn Bound>, Unreadable> {
        Ok(Arc::new(stored::<Settings>(integration)?))
    }
}

impl Bound for Settings {
    fn capabilities(&self) -> Capabilities {
        ExampleDesk.capabilities()
    }

    /// The secret in the path is all there is.
    fn authenticate(&self, _: &IntegrationSecrets, _: &WebhookRequest) -> Result<(), Unauthentic> {
        Ok(())
    }

    fn parse_webhook(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Vec<ProviderEvent>, Malformed> {
        Ok(event(&json_object(&request.body)?).into_iter().collect())
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

impl Outbound for ExampleDesk {
    fn bind_calls(&self, integration: &Integration) -> Result<Arc<dyn Calls>, Unreadable> {
        Ok(Arc::new(stored::<Settings>(integration)?))
    }
}

#[async_trait]
impl Calls for Settings {
    async fn open(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        request: &TransferRequest,
    ) -> Result<Opened, CallError> {
        let body = json!({ "reference": session.transfer_id(), "about": request.summary });
        let opened: Value = self.call(connection, Method::POST, &["conversations"], &body).await?.success()?.read()?;
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
        let path = ["conversations", name(session)?, "lines"];
        self.call(connection, Method::POST, &path, &body).await?.success().map(drop)
    }

    async fn end(&self, connection: Connection<'_>, session: &Conversation) -> Result<(), CallError> {
        let path = ["conversations", name(session)?];
        ended(self.call(connection, Method::DELETE, &path, &json!({})).await?.success())
    }
}

impl Settings {
    async fn call(
        &self,
        connection: Connection<'_>,
        method: Method,
        path: &[&str],
        body: &Value,
    ) -> Result<Answer, CallError> {
        let url = below(&base(&self.base_url, BASE_URL)?, path, BASE_URL)?;
        let call = Call::json(method, url, body)?.basic("agent-transfer", connection.credential("apiKey")?)?;
        connection.make(call).await
    }
}

fn name(session: &Session) -> Result<&str, CallError> {
    session.provider_session_id().map(ProviderSessionId::as_str).ok_or_else(|| CallError::nameless("conversation"))
}
