"""Requests of API Gateway's HTTP API (payload 2.0), and answers."""

import base64
import hashlib
import json
import os
import re
from datetime import datetime, timezone
from urllib.parse import unquote

from peer.observed import Problem

PROJECT = re.compile(r"[A-Za-z0-9._~-]{1,64}")
SESSION = re.compile(
    r"agent_transfer:([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}):([A-Za-z0-9._~-]{1,128})"
    r":(chat|messaging|email|campaign|voice)"
)
CLAIM = os.environ.get("PROJECT_CLAIM", "projects")


def authorize(event: dict, scope: str) -> str:
    """The project of the path, if the token covers it."""
    project = (event.get("pathParameters") or {}).get("projectId", "")
    claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {})
    if not PROJECT.fullmatch(project) or project not in re.split(r"[ ,]+", claims.get(CLAIM, "").strip("[]")):
        raise Problem(403, "forbidden", "The token does not cover the project.")
    if scope not in claims.get("scope", "").split():
        raise Problem(403, "forbidden", "The token lacks a scope.")
    return project


def session_id(event: dict) -> tuple[str, str]:
    found = SESSION.fullmatch(unquote(event["pathParameters"].get("sessionId", "")))
    if not found:
        raise Problem(404, "not-found", "There is no such session.")
    return found[0], found[1]


def raw_body(event: dict) -> bytes:
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def json_body(event: dict) -> dict:
    if not event["headers"].get("content-type", "").startswith("application/json"):
        raise Problem(415, "unsupported-media-type", "JSON is expected.")
    body = raw_body(event)
    if len(body) > 256 * 1024:
        raise Problem(413, "too-large", "The body is too large.")
    try:
        return json.loads(body)
    except ValueError:
        raise Problem(400, "malformed", "The body is no JSON.") from None


class Fields:
    """Collects all faults of a body, by JSON pointer."""

    def __init__(self):
        self.errors = []

    def rule(self, holds: bool, pointer: str, detail: str):
        if not holds:
            self.errors.append({"pointer": pointer, "detail": detail})

    def text(self, value, pointer: str, most: int, pattern: str | None = None, required: bool = False):
        if value is None:
            return self.rule(not required, pointer, "is required")
        fits = isinstance(value, str) and 0 < len(value) <= most and (not pattern or re.search(pattern, value) is not None)
        return self.rule(fits, pointer, "is invalid")

    def known(self, body: dict, names: set[str]):
        for name in body.keys() - names:
            self.rule(False, f"/{name}", "is not known")

    def finish(self):
        if self.errors:
            raise Problem(422, "invalid-fields", "Some fields are invalid.", errors=self.errors)


def answer(status: int, value, event: dict | None = None, **headers) -> dict:
    body = json.dumps(value, separators=(",", ":"))
    headers = {"content-type": "application/json", "cache-control": "no-store"} | headers
    if event:
        headers["etag"] = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
        if event["headers"].get("if-none-match") == headers["etag"]:
            return {"statusCode": 304, "headers": headers, "body": ""}
    return {"statusCode": status, "headers": headers, "body": body}


def time(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    moment = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
