import base64
import json
from urllib.parse import parse_qs

from peer.http import answer, authorize
from peer.observed import Problem, observed
from peer.session import CHANNELS, STATUSES, by_the_clock, now_ms, row
from peer.table import at_once, digest, listed, records, session_of

FILTERS = {"channel": "channel", "provider": "provider", "agent": "agent", "queue": "queueName"}


def asked(event: dict) -> tuple[list[str], dict, int, str, str | None]:
    query = parse_qs(event["rawQueryString"])
    one = lambda name: query.get(name, [None])[0]  # noqa: E731
    statuses = list(dict.fromkeys(query.get("status", [])))
    limit = one("limit") or "25"
    valid = {
        "status": all(status in STATUSES for status in statuses),
        "channel": one("channel") in [None, *CHANNELS],
        "limit": limit.isdigit() and 1 <= int(limit) <= 100,
    }
    if not all(valid.values()):
        errors = [{"pointer": f"/{name}", "detail": "is invalid"} for name, fits in valid.items() if not fits]
        raise Problem(422, "invalid-fields", "Some fields are invalid.", errors=errors)
    filters = {attribute: one(name) for name, attribute in FILTERS.items() if one(name)}
    question = digest(json.dumps([statuses, filters]))
    cursor, before = one("cursor"), None
    if cursor:
        of, _, before = base64.urlsafe_b64decode(cursor).decode().partition("/")
        if of != question:
            raise Problem(400, "invalid-cursor", "The cursor is of another list.")
    return statuses or STATUSES, filters, int(limit), question, before


@observed
def handler(event):
    project = authorize(event, "transfers:read")
    statuses, filters, limit, question, before = asked(event)
    last = f"{project}#session#{before or '~'}"
    found = at_once.map(lambda status: listed(project, status, filters, last, limit), statuses)
    entries = [entry for page in found for entry in page]
    newest = sorted((entry for entry in entries if entry["pk"] != last), key=lambda entry: entry["pk"], reverse=True)
    page, now = newest[:limit], now_ms()
    # Those whose time may be over are looked at themselves.
    unclear = [entry for entry in page if "dueAt" in entry and entry["dueAt"] * 1000 <= now]
    shown = [session_of(entry) for entry in page if entry not in unclear]
    shown += [by_the_clock(session, now) for session in records([{"pk": entry["pk"], "sk": "record"} for entry in unclear])]
    shown.sort(key=lambda session: session["uuid"], reverse=True)
    cursor = None
    if len(newest) > limit:
        cursor = base64.urlsafe_b64encode(f"{question}/{page[-1]['pk'].split('#')[2]}".encode()).decode()
    return answer(200, {"items": [row(it, now) for it in shown], "nextCursor": cursor, "lookedAt": len(entries)}, event)
