"""What a session is: how it begins, changes and is shown."""

import time as clock

from peer.http import time
from peer.observed import Problem
from peer.table import get

STATUSES = ["pending", "queued", "active", "post_agent", "ended"]
CHANNELS = ["chat", "messaging", "email", "campaign", "voice"]
PROVIDERS = ["smartassist", "salesforce", "servicenow", "five9", "genesys"]
TTL_MINUTES = {"chat": 30, "messaging": 30, "email": 1440, "campaign": 60, "voice": 0}
CACHED_SECONDS = 60

_cache = {}


def now_ms() -> int:
    return clock.time_ns() // 1_000_000


def remembered(key: dict) -> dict | None:
    """A row that seldom changes, remembered for a minute."""
    name = (key["pk"], key["sk"])
    until, row = _cache.get(name, (0, None))
    if until <= clock.monotonic():
        row = get(key)
        _cache[name] = (clock.monotonic() + CACHED_SECONDS, row)
    return row


def id_of(session: dict) -> str:
    return f"agent_transfer:{session['uuid']}:{session['conversation']}:{session['channel']}"


def expiry(channel: str, now: int) -> int | None:
    return now // 1000 + TTL_MINUTES[channel] * 60 if TTL_MINUTES[channel] else None


def by_the_clock(session: dict, now: int) -> dict:
    """As it stands by the clock: what is over is shown as ended, whoever has written that yet."""
    over = session["expiresAt"]
    if session["status"] == "ended" or over is None or over * 1000 > now:
        return session
    return session | {"status": "ended", "endReason": "expired", "endedAt": over * 1000}


def require_open(session: dict | None, wanted: str, now: int):
    if not session or id_of(session) != wanted:
        raise Problem(404, "not-found", "There is no such session.")
    stands = by_the_clock(session, now)
    if stands["status"] == "ended" and stands.get("endReason") == "expired":
        raise Problem(410, "transfer-expired", "The transfer has expired.")
    if stands["status"] == "ended":
        raise Problem(409, "transfer-ended", "The transfer has ended.")


def with_message(session: dict, message: dict, direction: str, now: int) -> dict:
    """The session with one message more."""
    sequence = session["last"] + 1
    kind = "message_received" if direction == "in" else "message_accepted"
    counted = "received" if direction == "in" else "sent"
    return session | {
        counted: session[counted] + 1, "last": sequence, "updatedAt": now, "lastMessageAt": now, "version": session["version"] + 1,
        "expiresAt": expiry(session["channel"], now),
        "changes": [{"sequence": sequence, "kind": kind, "at": now, "message": message}],
    }


def duration(session: dict, now: int) -> int:
    return max(0, (session.get("endedAt", now) - session["createdAt"]) // 1000)


def actions(session: dict) -> list[str]:
    return ["acknowledge_handback"] if session["status"] == "ended" else ["send_message", "end"]


def queue(session: dict) -> dict:
    return {"name": session["queueName"], "position": None, "estimatedWaitSeconds": None}


def detail(session: dict, request: dict, undelivered: list[dict], now: int) -> dict:
    due, expires = session["dueAt"], session["expiresAt"]
    return {
        "sessionId": id_of(session), "projectId": session["project"], "conversationSessionId": session["conversation"],
        "contactId": session["contactId"], "agent": session["agent"], "provider": session["provider"],
        "channel": session["channel"], "status": session["status"], "queue": queue(session),
        "representative": session.get("representative"), "providerSessionId": session.get("providerSessionId"),
        "priority": session["priority"], "trigger": session["trigger"], "reasonCode": None, "tags": session["tags"],
        "reason": request.get("reason"), "summary": request.get("summary"), "createdAt": time(session["createdAt"]),
        "updatedAt": time(session["updatedAt"]), "lastMessageAt": time(session.get("lastMessageAt")),
        "statusChangedAt": time(session["statusChangedAt"]), "endedAt": time(session.get("endedAt")),
        "endReason": session.get("endReason"), "endedBy": session.get("endedBy"), "outcome": None,
        "predecessorSessionId": None, "successorSessionId": None, "fallback": [], "handback": None, "alternatives": [],
        "expiresAt": time(expires and expires * 1000), "durationSeconds": duration(session, now), "stale": False,
        "unconfirmed": False, "voice": None, "voiceHeaders": None, "endKnownBy": None,
        "metadata": request.get("metadata") or {}, "providerData": {}, "version": session["version"],
        "nextDue": due and {"at": time(due * 1000), "what": "look"}, "lastProviderEventAt": None,
        "undelivered": {"messages": len(undelivered), "oldestAt": time(int(undelivered[0]["acceptedAt"])) if undelivered else None},
        "actions": actions(session),
    }


def row(session: dict, now: int) -> dict:
    return {
        "sessionId": id_of(session), "contactId": session["contactId"], "agent": session["agent"], "provider": session["provider"],
        "channel": session["channel"], "status": session["status"], "queue": queue(session),
        "durationSeconds": duration(session, now), "endReason": session.get("endReason"), "outcome": None, "handback": None,
        "trigger": session["trigger"], "reasonCode": None, "tags": session["tags"], "unconfirmed": False, "representative": None,
        "priority": session["priority"], "stale": False, "createdAt": time(session["createdAt"]), "actions": actions(session),
    }
