//! What more than one operation shows as an example.

use serde_json::{Value, json};

/// A transfer session's id.
pub const SESSION: &str = "agent_transfer:019ab2c0-5d00-7000-8000-000000000001:conv-1:chat";

/// A transfer session with a connected representative.
pub fn session() -> Value {
    json!({
        "sessionId": SESSION,
        "projectId": "demo",
        "conversationSessionId": "conv-1",
        "contactId": "contact-1",
        "agent": "billing-agent",
        "provider": "genesys",
        "channel": "chat",
        "status": "active",
        "queue": { "name": "default", "position": null, "estimatedWaitSeconds": null },
        "representative": { "id": "8ce2f903-11aa-4c1e-9a35-6a5f3c1d2e01", "name": "Representative One" },
        "providerSessionId": "a66d478f-56f2-477d-b171-312d704404ce",
        "priority": 5,
        "trigger": "handoff",
        "reasonCode": "refund",
        "tags": ["eu", "vip"],
        "reason": null,
        "summary": "Wants a refund for order 42.",
        "createdAt": "2026-11-23T00:54:47.120Z",
        "updatedAt": "2026-11-23T00:54:49.300Z",
        "lastMessageAt": "2026-11-23T00:54:49.300Z",
        "statusChangedAt": "2026-11-23T00:54:49.100Z",
        "endedAt": null,
        "endReason": null,
        "endedBy": null,
        "outcome": null,
        "predecessorSessionId": null,
        "successorSessionId": null,
        "fallback": [],
        "handback": null,
        "alternatives": [],
        "expiresAt": "2026-11-23T01:24:49.000Z",
        "durationSeconds": 3,
        "stale": false,
        "unconfirmed": false,
        "voice": null,
        "voiceHeaders": null,
        "endKnownBy": null,
        "metadata": { "orderId": "42" },
        "providerData": {},
        "version": 6,
    })
}
