//! One transfer that is brought to a stage of its life, by the real functions.

use lambda_http::Request;
use serde_json::{Map, Value, json};
use simulators::Act;
use simulators::genesys::signature;
use transfer_domain::{Provider, SessionId};
use transfer_providers::Adapters;

use super::{Answer, ApiRequest, GENESYS_SECRET, PARTNER_SOURCE, PATH_SECRET, Process, World, answer_of};

/// How far a case is brought before the test takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Created; nothing was relayed.
    Created,
    /// Relayed: the command to open waits.
    Announced,
    /// The contact centre has the conversation.
    Opened,
    /// A representative is connected.
    Active,
}

/// One transfer.
#[derive(Debug, Clone)]
pub struct Case {
    /// The agent's conversation.
    pub conversation: String,
    /// The transfer.
    pub session: SessionId,
}

impl Case {
    /// Creates a transfer and brings it to a stage.
    pub async fn at(world: &World, conversation: &str, stage: Stage) -> Self {
        let process = world.steady();
        let request = Self::create_request(world.integration.provider, conversation);
        let answer = answer_of(create_transfer::handle(&process.service, request).await);
        assert_eq!(answer.status, 201, "{}", answer.body);
        let session = answer.body["sessionId"].as_str().unwrap().parse().unwrap();
        let case = Self { conversation: conversation.to_owned(), session };
        if stage >= Stage::Announced {
            world.relay().await;
        }
        if stage >= Stage::Opened {
            world.settle().await;
        }
        if stage >= Stage::Active {
            case.join(world, process).await;
            world.settle().await;
        }
        case
    }

    /// The request that creates a transfer for a conversation, the same however often it is made.
    pub fn create_request(provider: Provider, conversation: &str) -> Request {
        Self::request(provider, conversation).build()
    }

    /// That request on its way through the gateway.
    pub fn request(provider: Provider, conversation: &str) -> ApiRequest {
        ApiRequest::of("POST /v1/projects/{projectId}/transfers")
            .header("Idempotency-Key", format!("key-{conversation}"))
            .json(&json!({
                "conversationSessionId": conversation, "contactId": "contact-1", "channel": "chat",
                "agent": "billing-agent", "provider": provider, "reason": "asks for a person",
                "summary": "Order 12 is late.", "history": [{ "role": "contact", "text": "Where is my order?" }],
            }))
    }

    /// The contact writes.
    pub async fn send(&self, process: &Process, message_id: &str, text: &str) -> Answer {
        let request = self
            .about("POST /v1/projects/{projectId}/transfers/{sessionId}/messages")
            .json(&json!({ "messageId": message_id, "text": text }));
        answer_of(
            send_message::handle(&process.service, &Adapters::inbound(), &process.commands(), request.build()).await,
        )
    }

    /// The agent ends it.
    pub async fn end(&self, process: &Process) -> Answer {
        let request = self.about("POST /v1/projects/{projectId}/transfers/{sessionId}/end");
        answer_of(end_transfer::handle(&process.service, request.build()).await)
    }

    /// The complete record, as the API shows it.
    pub async fn record(&self, process: &Process) -> Answer {
        let request = self.about("GET /v1/projects/{projectId}/transfers/{sessionId}");
        answer_of(get_transfer::handle(&process.service, request.build()).await)
    }

    fn about(&self, route: &str) -> ApiRequest {
        ApiRequest::of(route).parameter("sessionId", self.session.to_string())
    }

    /// The contact centre's name of the conversation.
    pub fn provider_conversation(&self, world: &World) -> String {
        let conversations = world.conversations_of(&self.session);
        assert_eq!(conversations.len(), 1, "conversations at the contact centre");
        conversations.into_iter().next().unwrap().id
    }

    /// A representative connects, and the lifecycle event arrives.
    async fn join(&self, world: &World, process: &Process) {
        let conversation = self.provider_conversation(world);
        world.centre.act(&conversation, Act::Queue);
        world.centre.act(&conversation, Act::Join);
        provider_event::handle(&process.service, &Adapters::inbound(), self.joined_event(world)).await.unwrap();
    }

    /// The lifecycle event of a representative who answered.
    pub fn joined_event(&self, world: &World) -> Value {
        let who = json!({ "acdOutcome": "ANSWERED", "answeredUserId": "8ce2f903-11aa-4c1e-9a35-6a5f3c1d2e01" });
        lifecycle_event("acd.end", &self.provider_conversation(world), 1_768_212_001_000, &who)
    }

    /// The lifecycle event of a contact who was disconnected by the representative.
    pub fn closed_event(&self, world: &World) -> Value {
        self.closed_event_at(world, 1_768_212_009_000)
    }

    /// The same at another time, in epoch milliseconds.
    pub fn closed_event_at(&self, world: &World, at_ms: i64) -> Value {
        let how = json!({ "disconnectType": "PEER" });
        lifecycle_event("customer.end", &self.provider_conversation(world), at_ms, &how)
    }

    /// A text of the representative, signed, as Genesys posts it.
    pub fn text_webhook(&self, world: &World, id: &str, text: &str) -> Request {
        self.webhook_with(world, id, text, &json!({}))
    }

    /// The same with further fields.
    pub fn webhook_with(&self, world: &World, id: &str, text: &str, more: &Value) -> Request {
        self.text_callback(world, id, text, more).build()
    }

    /// That callback on its way through the gateway.
    pub fn text_callback(&self, world: &World, id: &str, text: &str, more: &Value) -> ApiRequest {
        let conversations = world.conversations_of(&self.session);
        let mut body = json!({
            "id": id,
            "channel": {
                "id": super::GENESYS_ORGANISATION, "platform": "Open", "type": "Private", "messageId": id,
                "to": { "id": self.session.transfer.to_string() },
                "from": { "nickname": "Support", "id": super::GENESYS_ORGANISATION, "idType": "Opaque" },
                "time": "2026-01-12T10:00:02.000Z",
            },
            "type": "Text", "text": text, "originatingEntity": "Human", "direction": "Outbound",
            "conversationId": conversations.first().map(|it| it.id.clone()),
        });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        genesys_webhook(world, &body)
    }
}

/// A signed callback of Genesys.
fn genesys_webhook(world: &World, body: &Value) -> ApiRequest {
    let body = body.to_string().into_bytes();
    ApiRequest::without_token("ANY /v1/webhooks/{provider}/{target}/{secret}")
        .parameter("provider", "genesys")
        .parameter("target", world.integration.integration_id.as_str())
        .parameter("secret", PATH_SECRET)
        .header("content-type", "application/json")
        .header("x-hub-signature-256", signature(GENESYS_SECRET, &body))
        .raw(body)
}

/// An event of the partner bus.
fn lifecycle_event(topic: &str, conversation: &str, at_ms: i64, more: &Value) -> Value {
    let detail_type = format!("v2.detail.events.conversation.{{id}}.{topic}");
    let mut body = json!({
        "eventTime": at_ms, "conversationId": conversation, "participantId": "0b5a4c1e-0000-4000-8000-000000000001",
        "sessionId": "0b5a4c1e-0000-4000-8000-000000000002", "mediaType": "MESSAGE", "messageType": "OPEN",
    });
    let more: Map<String, Value> = more.as_object().cloned().unwrap();
    body.as_object_mut().unwrap().extend(more);
    json!({
        "version": "0", "id": "0b5a4c1e-0000-4000-8000-0000000000ff", "detail-type": detail_type,
        "source": PARTNER_SOURCE, "account": "000000000000", "time": "2026-01-12T10:00:01Z", "region": "local",
        "resources": [], "detail": {
            "topicName": detail_type.replace("{id}", conversation), "version": "2", "eventBody": body,
            "metadata": { "CorrelationId": "0b5a4c1e-0000-4000-8000-0000000000fe" },
        },
    })
}
