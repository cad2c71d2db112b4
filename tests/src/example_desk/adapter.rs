//! The adapter: settings, reading, calls.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::Method;
use serde_json::{Value, json};
use transfer_domain::{
    Author, Conversation, EndReason, EndedBy, EventKind, IncomingMessage, Message, Provider, ProviderEvent,
    ProviderSessionId, Representative, SourceId, Status, TransferRequest,
};
use transfer_providers::building::{
    Answer, Api, Call, Credential, Fields, Kind, Proof, Setting, Typed, When, base_url, correlation, event as told,
    json_object, place, settings, target, text, time,
};
use transfer_providers::{
    AdapterOf, Bound, CallError, Calls, Capabilities, Carriage, Carried, Connection, IntegrationSecrets, Interface,
    Malformed, Opened, Outbound, Provides, Receipts, Unauthentic, WebhookRequest,
};

/// Its name.
pub const EXAMPLE_DESK: Provider = Provider::named("example_desk");

/// Where the address of the product is written.
const BASE_URL: &str = "/settings/baseUrl";

/// Where the product may be hosted.
const DOMAINS: &[&str] = &["desk.example.com"];

settings! {
    Settings {
        base_url: String =
            Setting::new("baseUrl", Kind::Url { domains: DOMAINS, read: base_url }, "where the desk is")
                .required(When::Always),
    }
    credentials { Credential::new("apiKey", "what calls are made with").required(When::Always) }
}

impl Typed for Settings {
    const FIELDS: &'static Fields = &FIELDS;

    fn targets(&self) -> Vec<String> {
        vec![target(&self.base_url, &[])]
    }
}

impl Provides for Settings {
    const PROVIDER: Provider = EXAMPLE_DESK;
    const CAPABILITIES: Capabilities = Capabilities {
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
    };
}

/// The adapter.
pub static ADAPTER: &dyn Outbound = &AdapterOf::<Settings>::NEW;

impl Bound for Settings {
    fn capabilities(&self) -> Capabilities {
        Self::CAPABILITIES
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
            redacted: transfer_domain::Redacted::default(),
            proves_active: Some(representative()),
            content: Vec::new(),
        }),
        "closed" => EventKind::Ended { by: EndedBy::Representative, reason: EndReason::RepresentativeEnded },
        _ => return None,
    };
    let correlation = correlation(text(body, "/reference"), text(body, "/conversation"));
    Some(told(correlation, place(time(body, "/at")), source_id, kind))
}

#[async_trait]
impl Calls for Settings {
    fn interface<'a>(
        &'a self,
        connection: Connection<'a>,
        session: &'a Conversation,
    ) -> Result<Box<dyn Interface + 'a>, CallError> {
        let proof = Proof::Basic { user: "agent-transfer", password: connection.credential("apiKey")? };
        Ok(Box::new(Desk { api: Api::new(connection, (&self.base_url, BASE_URL), proof)?, session }))
    }
}

struct Desk<'a> {
    api: Api<'a>,
    session: &'a Conversation,
}

#[async_trait]
impl Interface for Desk<'_> {
    async fn open(&self, request: &TransferRequest) -> Result<Opened, CallError> {
        let body = json!({ "reference": self.session.transfer_id(), "about": request.summary });
        let opened: Value = self.call(Method::POST, &["conversations"], &body).await?.read()?;
        let provider_session_id = text(&opened, "/conversation").and_then(|id| ProviderSessionId::new(id).ok());
        Ok(Opened { provider_session_id, ..Opened::default() })
    }

    async fn send(&self, message: &Message) -> Result<(), CallError> {
        let body = json!({ "id": message.message_id, "text": message.text });
        self.call(Method::POST, &["conversations", self.name()?, "lines"], &body).await.map(drop)
    }

    async fn end(&self) -> Result<(), CallError> {
        self.call(Method::DELETE, &["conversations", self.name()?], &json!({})).await.map(drop)
    }
}

impl Desk<'_> {
    async fn call(&self, method: Method, path: &[&str], body: &Value) -> Result<Answer, CallError> {
        self.api.call(Call::json(method, self.api.url(path)?, body)?).await
    }

    fn name(&self) -> Result<&str, CallError> {
        let name = self.session.provider_session_id().map(ProviderSessionId::as_str);
        name.ok_or_else(|| CallError::nameless("conversation"))
    }
}
