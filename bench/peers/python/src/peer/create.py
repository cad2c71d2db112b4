import json

from uuid6 import uuid7

from peer.http import Fields, answer, authorize, json_body
from peer.observed import Problem, count, logger, observed
from peer.session import CHANNELS, PROVIDERS, detail, expiry, id_of, now_ms, remembered
from peer.table import create, digest, whole

FIELDS = {
    "conversationSessionId", "contactId", "channel", "agent", "trigger", "reasonCode", "tags", "provider", "queue", "priority", "skills",
    "language", "reason", "summary", "contact", "history", "resumeToken", "predecessorSessionId", "carryConversation", "fallback",
    "voice", "metadata",
}


def validate(body: dict):
    fields = Fields()
    fields.known(body, FIELDS)
    fields.text(body.get("conversationSessionId"), "/conversationSessionId", 128, r"^[A-Za-z0-9._~-]+$", required=True)
    fields.text(body.get("contactId"), "/contactId", 256, required=True)
    fields.text(body.get("agent"), "/agent", 128, required=True)
    fields.rule(body.get("channel") in CHANNELS, "/channel", "must be a channel")
    fields.rule(body.get("provider") in [None, *PROVIDERS], "/provider", "must be a provider")
    fields.rule(body.get("trigger") in (None, "handoff", "delegate", "escalate"), "/trigger", "must be a trigger")
    priority = body.get("priority", 5)
    fields.rule(isinstance(priority, int) and 0 <= priority <= 10, "/priority", "must be 0 to 10")
    for name, most in (("queue", 256), ("language", 35), ("reason", 1_000), ("summary", 4_000)):
        fields.text(body.get(name), f"/{name}", most)
    contact = body.get("contact", {})
    fields.text(contact.get("name"), "/contact/name", 256)
    fields.text(contact.get("email"), "/contact/email", 320, "@")
    fields.text(contact.get("phone"), "/contact/phone", 32)
    skills, history = body.get("skills", []), body.get("history", [])
    for place, skill in enumerate(skills):
        fields.text(skill, f"/skills/{place}", 128, required=True)
    for place, turn in enumerate(history):
        fields.text(turn.get("text"), f"/history/{place}/text", 8_000, required=True)
    fields.rule(len(skills) <= 50, "/skills", "must be at most 50")
    fields.rule(len(history) <= 500, "/history", "must be at most 500 turns")
    fields.rule(len(json.dumps(body.get("metadata", {}))) <= 16_384, "/metadata", "must be at most 16384 bytes of JSON")
    fields.finish()


@observed
def handler(event):
    project = authorize(event, "transfers:write")
    body = json_body(event)
    validate(body)
    settings = remembered({"pk": f"{project}#", "sk": "settings"}) or {}
    provider = body.get("provider") or settings.get("settings", {}).get("defaultRouting", {}).get("provider")
    if not provider or not remembered({"pk": f"{project}#", "sk": f"integration#{provider}"}):
        raise Problem(422, "integration-not-configured", "The project has no integration of the provider.")

    now = now_ms()
    session = {
        "project": project, "uuid": str(uuid7()), "conversation": body["conversationSessionId"], "contactId": body["contactId"],
        "channel": body["channel"], "agent": body["agent"], "provider": provider, "trigger": body.get("trigger"),
        "tags": body.get("tags", []), "queueName": body.get("queue", "default"), "priority": body.get("priority", 5),
        "status": "pending", "createdAt": now, "updatedAt": now, "statusChangedAt": now, "version": 1,
        "expiresAt": expiry(body["channel"], now), "dueAt": now // 1000 + 120, "last": 1, "sent": 0, "received": 0,
        "changes": [{"sequence": 1, "kind": "requested", "at": now}],
    }
    kept = ("reason", "summary", "metadata", "contact", "skills", "language")
    request = {name: body[name] for name in kept if name in body}
    fingerprint = digest(json.dumps(body, sort_keys=True))
    refused = create(session, request, body.get("history", []), event["headers"].get("idempotency-key"), fingerprint, now)
    if 3 in refused:
        if refused[3]["fingerprint"] != fingerprint:
            raise Problem(422, "idempotency-key-reused", "The key belongs to another request.")
        first, first_request = whole(project, refused[3]["transferId"])
        return answer(200, detail(first, first_request, [], now))
    if 2 in refused:
        raise Problem(409, "transfer-already-open", "The conversation has an open session.", transferId=refused[2]["transferId"])
    if refused:
        raise RuntimeError("the session is there already")
    logger.info("a transfer was created", extra={"transferId": session["uuid"], "provider": provider})
    count("TransferCreated")
    return answer(201, detail(session, request, [], now), location=f"{event['rawPath']}/{id_of(session)}")
