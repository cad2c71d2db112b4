import base64
import binascii
import hashlib
import hmac
import json
import os
import time as clock

import boto3
from botocore.config import Config

from peer.http import answer, raw_body
from peer.observed import Problem, count, logger, observed
from peer.session import by_the_clock, now_ms, remembered, with_message
from peer.table import add_message, get, session_key, session_of

TRIES = 5
CACHED_SECONDS = 300
secrets_manager = boto3.client("secretsmanager", config=Config(retries={"mode": "standard", "max_attempts": 3}))
_cached = {}


def secrets_of(project: str, integration: str) -> dict:
    until, secrets = _cached.get(integration, (0, None))
    if until <= clock.monotonic():
        name = f"{os.environ['SECRETS_PREFIX']}/{project}/{integration}/webhooks"
        secrets = json.loads(secrets_manager.get_secret_value(SecretId=name)["SecretString"])
        _cached[integration] = (clock.monotonic() + CACHED_SECONDS, secrets)
    return secrets


def authenticate(event: dict, project: str, body: bytes):
    path = event["pathParameters"]
    secrets = secrets_of(project, path["target"])
    if not any(hmac.compare_digest(it.encode(), path["secret"].encode()) for it in secrets["pathSecrets"]):
        raise Problem(404, "not-found", "There is no such address.")
    try:
        tag = base64.b64decode(event["headers"].get("x-hub-signature-256", "").removeprefix("sha256="), validate=True)
    except binascii.Error:
        tag = b""
    tags = (hmac.digest(secret.encode(), body, hashlib.sha256) for secret in secrets["signingSecrets"])
    if not any(hmac.compare_digest(own, tag) for own in tags):
        raise Problem(401, "unauthorized", "The signature is wrong.")


def take(project: str, told: dict) -> str:
    uuid = told.get("channel", {}).get("to", {}).get("id", "")
    said = {"messageId": told["id"], "text": told["text"]}
    for _ in range(TRIES):
        now = now_ms()
        row = get(session_key(project, uuid))
        session = row and session_of(row)
        if not session or by_the_clock(session, now)["status"] == "ended":
            return "ignored"
        changed = with_message(session, said, "in", now)
        message = said | {"direction": "inbound", "author": "representative", "sequence": changed["last"], "acceptedAt": now}
        refused = add_message(changed, session["version"], message, "in", now)
        if not refused:
            logger.info("a message was received", extra={"transferId": uuid, "sequence": changed["last"]})
            return "applied"
        if 2 in refused:
            return "duplicate"
    raise Problem(503, "unavailable", "Please try again.")


@observed
def handler(event):
    path = event["pathParameters"]
    row = remembered({"pk": f"#integration#{path['target']}", "sk": "integration"})
    integration = row and json.loads(row["integration"])
    if not integration or path["provider"] != integration["provider"]:
        raise Problem(404, "not-found", "There is no such address.")
    body, project = raw_body(event), integration["projectId"]
    authenticate(event, project, body)
    told = json.loads(body)
    is_text = told.get("type") == "Text" and told.get("direction") == "Outbound"
    count(f"Webhook_{take(project, told) if is_text else 'ignored'}")
    return answer(200, {"status": "accepted"})
