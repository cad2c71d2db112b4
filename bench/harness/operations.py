"""The events that functions are given: those of `events/`, about sessions of the run."""

import base64
import copy
import hashlib
import hmac
import itertools
import json
import uuid
from datetime import datetime, timezone

from world import PROJECT, ROOT, Stack

_number = itertools.count(1)


def sample(name: str) -> dict:
    text = (ROOT / "events" / f"{name}.json").read_text()
    return json.loads(text.replace("/projects/demo/", f"/projects/{PROJECT}/").replace('"demo"', f'"{PROJECT}"').replace('"[demo]"', f'"[{PROJECT}]"'))


SAMPLES = {name: sample(name) for name in ("create-transfer", "send-message", "get-transfer", "list-transfers", "provider-webhook-genesys")}


def create(**changed) -> dict:
    event = copy.deepcopy(SAMPLES["create-transfer"])
    number = f"{next(_number)}-{uuid.uuid4()}"
    event["headers"]["idempotency-key"] = number
    event["body"] = json.dumps(json.loads(event["body"]) | {"conversationSessionId": number, "contactId": f"contact-{number}"} | changed)
    return event


def of_session(name: str, session: str) -> dict:
    event = copy.deepcopy(SAMPLES[name])
    old = event["pathParameters"]["sessionId"]
    event["pathParameters"]["sessionId"] = session
    event["rawPath"] = event["requestContext"]["http"]["path"] = event["rawPath"].replace(old, session)
    return event


def message(session: str) -> dict:
    event = of_session("send-message", session)
    event["body"] = json.dumps({"messageId": f"contact-message-{next(_number)}", "text": "Here is the invoice of last month."})
    return event


def detail(session: str) -> dict:
    return of_session("get-transfer", session)


def listing(query: str) -> dict:
    event = copy.deepcopy(SAMPLES["list-transfers"])
    event["rawQueryString"] = query
    event["queryStringParameters"] = dict(part.split("=") for part in query.split("&"))
    return event


def webhook(stack: Stack, session: str) -> dict:
    """A text of a representative, signed."""
    event = copy.deepcopy(SAMPLES["provider-webhook-genesys"])
    old = event["pathParameters"]
    secret = stack.webhook_path.split("/")[4]
    event["rawPath"] = f"/{stack.webhook_path}"
    event["requestContext"]["http"]["path"] = event["rawPath"]
    event["pathParameters"] = old | {"target": stack.integration, "secret": secret}
    event["body"], event["headers"]["x-hub-signature-256"] = webhook_body(stack, session)
    return event


def webhook_body(stack: Stack, session: str, text: str = "Hello, this is Agent One.") -> tuple[str, str]:
    body = json.loads(SAMPLES["provider-webhook-genesys"]["body"])
    transfer = session.split(":")[1]
    body["id"] = body["channel"]["messageId"] = str(uuid.uuid4())
    body["channel"]["to"]["id"] = transfer
    body["channel"]["time"] = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body["conversationId"] = str(uuid.uuid5(uuid.NAMESPACE_URL, transfer))
    body["text"] = text
    text = json.dumps(body)
    tag = hmac.digest(stack.signing_secret.encode(), text.encode(), hashlib.sha256)
    return text, f"sha256={base64.b64encode(tag).decode()}"
