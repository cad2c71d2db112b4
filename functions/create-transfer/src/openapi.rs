//! What this function says about its operation.

use serde_json::json;
use transfer_domain::{
    ContactDetails, IdempotencyKey, MAX_FALLBACK_STEPS, MAX_HISTORY_TURNS, MAX_RESUME_TOKEN_BYTES, MAX_TAGS,
};
use transfer_http::openapi::{Operation, at_least, distinct, email, examples, header, items, length, location, text};
use transfer_http::{Kind, Scope, SessionRecord};
use utoipa::PartialSchema as _;
use utoipa::openapi::Required;
use utoipa::openapi::path::HttpMethod;

use crate::body::{
    CreateBody, MAX_EMAIL_CHARS, MAX_LANGUAGE_CHARS, MAX_NAME_CHARS, MAX_PHONE_CHARS, MAX_REASON_CHARS,
    MAX_SKILL_CHARS, MAX_SKILLS, MAX_SUMMARY_CHARS, MAX_TURN_CHARS, Step, Turn,
};
use crate::voice::{MAX_ADDRESS_CHARS, VoiceBody};

const DESCRIPTION: &str = "Creates a transfer session and opens the conversation at the contact centre.

The answer comes as soon as the request is kept; what becomes of it is told by events and by the session's record. \
A conversation has at most one open transfer. With an `Idempotency-Key`, the same request can be repeated safely for \
24 hours: the repetition has the first answer.

With `predecessorSessionId` it follows an earlier transfer of the contact, which must have ended and is followed once; both \
records name each other. With `fallback` we ask again ourselves when it ends without having served the contact: \
its hand-back has `next: fallback` then, `transfer.followed` names the transfer that follows, and that one begins with \
`transfer.requested`. What was said meanwhile goes along. If no step can be done, `transfer.handback_updated` says so.";

const KEY: &str = "Makes the request safe to repeat. The same key with another body is refused.";

/// The operation.
pub fn operations() -> Vec<Operation> {
    let create = Operation::new(HttpMethod::Post, "/v1/projects/{projectId}/transfers", Scope::TransfersWrite)
        .named("Transfers", "createTransfer")
        .does("Create a transfer", DESCRIPTION)
        .takes([header("Idempotency-Key", KEY, IdempotencyKey::schema())])
        .body::<CreateBody>(
            Required::True,
            json!({
                "conversationSessionId": "conv-1", "contactId": "contact-1", "channel": "chat", "agent": "billing-agent",
                "trigger": "handoff", "reasonCode": "refund", "tags": ["vip", "eu"], "provider": "genesys", "queue": "default", "priority": 5, "skills": ["refunds"],
                "language": "en", "summary": "Wants a refund for order 42.",
                "contact": { "name": "Example Contact", "email": "contact@example.com" },
                "history": [{ "role": "contact", "text": "I want my money back.", "at": "2026-11-23T00:53:10Z" }],
                "resumeToken": "step:refund",
                "fallback": [
                    { "on": ["unreachable", "failed"], "provider": "salesforce", "queue": "default" },
                    { "on": ["no_representatives", "outside_hours"], "continueWithAgent": true },
                ],
                "metadata": { "orderId": "42" },
            }),
        )
        .answers::<SessionRecord>(201, "The session was created.", examples::session())
        .with_header("Location", &location())
        .answers::<SessionRecord>(200, "The first answer, for a repeated `Idempotency-Key`.", examples::session())
        .refuses(&[
            Kind::AlreadyOpen,
            Kind::IdempotencyInProgress,
            Kind::IntegrationNotConfigured,
            Kind::KeyReused,
        ]);
    vec![limited(create)]
}

fn limited(create: Operation) -> Operation {
    create
        .limit::<CreateBody>("skills", items(MAX_SKILLS))
        .limit::<CreateBody>("skills", text(MAX_SKILL_CHARS))
        .limit::<CreateBody>("language", text(MAX_LANGUAGE_CHARS))
        .limit::<CreateBody>("reason", text(MAX_REASON_CHARS))
        .limit::<CreateBody>("summary", text(MAX_SUMMARY_CHARS))
        .limit::<CreateBody>("tags", items(MAX_TAGS))
        .limit::<CreateBody>("tags", distinct())
        .limit::<CreateBody>("resumeToken", length(1, MAX_RESUME_TOKEN_BYTES))
        .limit::<CreateBody>("history", items(MAX_HISTORY_TURNS))
        .limit::<CreateBody>("fallback", items(MAX_FALLBACK_STEPS))
        .limit::<Step>("on", distinct())
        .limit::<Step>("on", at_least(1))
        .limit::<Turn>("text", text(MAX_TURN_CHARS))
        .limit::<VoiceBody>("from", text(MAX_ADDRESS_CHARS))
        .limit::<VoiceBody>("to", text(MAX_ADDRESS_CHARS))
        .limit::<ContactDetails>("name", text(MAX_NAME_CHARS))
        .limit::<ContactDetails>("email", email(MAX_EMAIL_CHARS))
        .limit::<ContactDetails>("phone", text(MAX_PHONE_CHARS))
}
