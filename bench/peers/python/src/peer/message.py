from peer.http import Fields, answer, authorize, json_body, session_id
from peer.observed import Problem, count, logger, observed
from peer.session import now_ms, remembered, require_open, with_message
from peer.table import add_message, get, session_key, session_of

TRIES = 5


def validate(body: dict):
    fields = Fields()
    attachments = body.get("attachments", [])
    fields.known(body, {"messageId", "text", "attachments", "content", "reply"})
    fields.text(body.get("messageId"), "/messageId", 256, required=True)
    fields.text(body.get("text"), "/text", 32_768, required=not attachments)
    fields.rule(len(attachments) <= 10, "/attachments", "must be at most 10")
    for place, attachment in enumerate(attachments):
        fields.text(attachment.get("url"), f"/attachments/{place}/url", 2_048, "^https://", required=True)
        fields.text(attachment.get("name"), f"/attachments/{place}/name", 256)
        fields.text(attachment.get("contentType"), f"/attachments/{place}/contentType", 128)
    fields.finish()


@observed
def handler(event):
    project = authorize(event, "transfers:write")
    wanted, uuid = session_id(event)
    body = json_body(event)
    validate(body)
    # The project's settings say whether texts are redacted; here none are.
    remembered({"pk": f"{project}#", "sk": "settings"})
    said = {"messageId": body["messageId"], "text": body.get("text", "")}
    accepted = answer(202, {"messageId": body["messageId"], "status": "accepted", "told": "native"})
    for _ in range(TRIES):
        now = now_ms()
        row = get(session_key(project, uuid))
        session = row and session_of(row)
        require_open(session, wanted, now)
        changed = with_message(session, said, "out", now)
        message = said | {"attachments": body.get("attachments", []), "direction": "outbound", "author": "contact"}
        message |= {"sequence": changed["last"], "acceptedAt": now}
        refused = add_message(changed, session["version"], message, "out", now)
        if not refused:
            logger.info("a message was accepted", extra={"transferId": uuid, "sequence": changed["last"]})
            count("MessageAccepted")
        if not refused or 2 in refused:
            return accepted
    raise Problem(503, "unavailable", "Please try again.")
