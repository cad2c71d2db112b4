"""The table: keys, rows and conditions as in shared/store, for the five operations that are compared."""

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config

from peer.observed import count

TABLE = os.environ["TABLE_NAME"]
BACKSTOP_SECONDS = 400 * 86_400
SEEN_SECONDS = 30 * 86_400
COLUMNS = ["uuid", "project", "contactId", "status", "agent", "provider", "conversation", "channel", "priority", "trigger", "tags",
           "queueName", "createdAt", "expiresAt", "dueAt", "version"]

client = boto3.client("dynamodb", config=Config(retries={"mode": "standard", "max_attempts": 3}))
serialize = TypeSerializer().serialize
deserialize = TypeDeserializer().deserialize
# A client may be used by several threads; statuses are asked for at once.
at_once = ThreadPoolExecutor(max_workers=5)


def digest(*parts: str) -> str:
    joined = hashlib.sha256()
    for part in parts:
        joined.update(f"{len(part)}:{part}".encode())
    return joined.hexdigest()[:32]


def session_key(project: str, uuid: str) -> dict:
    return {"pk": f"{project}#session#{uuid}", "sk": "record"}


def list_key(project: str, status: str) -> str:
    return f"{project}#session#{status}#0"


def to_item(row: dict) -> dict:
    return {name: serialize(value) for name, value in row.items() if value is not None}


def of_item(item: dict) -> dict:
    return {name: deserialize(value) for name, value in item.items()}


def metered(answer: dict) -> dict:
    consumed = answer.get("ConsumedCapacity", [])
    count("CapacityUnits", sum(it["CapacityUnits"] for it in (consumed if isinstance(consumed, list) else [consumed])))
    return answer


def get(key: dict) -> dict | None:
    answer = client.get_item(TableName=TABLE, Key=to_item(key), ConsistentRead=True, ReturnConsumedCapacity="TOTAL")
    item = metered(answer).get("Item")
    return item and of_item(item)


def query(values: dict, **asked) -> list[dict]:
    answer = client.query(TableName=TABLE, ExpressionAttributeValues=to_item(values), ReturnConsumedCapacity="TOTAL", **asked)
    return [of_item(item) for item in metered(answer)["Items"]]


def whole(project: str, uuid: str) -> tuple[dict, dict] | None:
    """A session with its request."""
    values = {":pk": session_key(project, uuid)["pk"], ":sk": "record"}
    rows = {row["sk"]: row for row in query(values, KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)")}
    if "record" not in rows:
        return None
    return session_of(rows["record"]), json.loads(rows.get("record#request", {}).get("request", "{}"))


def session_of(row: dict) -> dict:
    number = lambda name: int(row[name]) if name in row else None  # noqa: E731
    return json.loads(row.get("session", "{}")) | {
        "uuid": row["pk"].split("#")[2], "project": row["pk"].split("#")[0], "contactId": row["contactKey"].split("#", 1)[1],
        "status": row["listKey"].split("#")[2], "agent": row["agent"], "provider": row["provider"],
        "conversation": row["conversation"], "channel": row["channel"], "priority": int(row["priority"]),
        "trigger": row.get("trigger"), "tags": row.get("tags", []), "queueName": row["queueName"],
        "createdAt": number("createdAt"), "expiresAt": number("expiresAt"), "dueAt": number("dueAt"), "version": number("version"),
    }


def session_row(session: dict) -> dict:
    project, uuid = session["project"], session["uuid"]
    document = {name: value for name, value in session.items() if name not in COLUMNS}
    columns = {name: session[name] for name in COLUMNS if name not in ("uuid", "project", "contactId", "status", "tags")}
    return session_key(project, uuid) | columns | {
        "type": "session", "contactKey": f"{project}#{session['contactId']}", "tags": session["tags"] or None,
        "listKey": list_key(project, session["status"]), "dueKey": f"due#{int(uuid[-2:], 16) % 4}",
        "session": json.dumps(document, separators=(",", ":")),
    }


def hanging(key: dict, kind: str, now: int) -> dict:
    return key | {"type": kind, "expiresAt": now // 1000 + BACKSTOP_SECONDS}


def put(row: dict, **condition) -> dict:
    return {"Put": {"TableName": TABLE, "Item": to_item(row)} | condition}


ABSENT = {"ConditionExpression": "attribute_not_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def transact(parts: list[dict]) -> dict[int, dict]:
    """Writes all or nothing; gives the rows of the refused parts, by their place."""
    try:
        metered(client.transact_write_items(TransactItems=parts, ReturnConsumedCapacity="TOTAL"))
        return {}
    except client.exceptions.TransactionCanceledException as error:
        reasons = error.response["CancellationReasons"]
        if any(reason["Code"] not in ("None", "ConditionalCheckFailed") for reason in reasons):
            raise
        refused = {place: reason for place, reason in enumerate(reasons) if reason["Code"] != "None"}
        return {place: of_item(reason.get("Item", {})) for place, reason in refused.items()}


def create(session: dict, request: dict, history: list, key: str | None, fingerprint: str, now: int) -> dict[int, dict]:
    project, uuid = session["project"], session["uuid"]
    pk = session_key(project, uuid)["pk"]
    guard = hanging({"pk": f"{project}#conversation#{session['conversation']}", "sk": "open"}, "guard", now)
    parts = [
        put(session_row(session), **ABSENT),
        put(hanging({"pk": pk, "sk": "record#request"}, "request", now) | {"request": json.dumps(request)}),
        put(guard | {"transferId": uuid}, **ABSENT),
    ]
    if key:
        row = {"pk": f"{project}#idempotency#{digest(key)}", "sk": "key", "type": "idempotency", "fingerprint": fingerprint}
        parts.append(put(row | {"transferId": uuid, "expiresAt": now // 1000 + 86_400}, **ABSENT))
    if history:
        parts.append(put(hanging({"pk": pk, "sk": "history"}, "history", now) | {"history": json.dumps(history)}))
    return transact(parts)


def add_message(session: dict, based_on: int, message: dict, direction: str, now: int) -> dict[int, dict]:
    """A message with its identity and the session that it changes, in one transaction."""
    pk = session_key(session["project"], session["uuid"])["pk"]
    unchanged = {
        "ConditionExpression": "#version = :basedOn AND (attribute_not_exists(expiresAt) OR expiresAt > :now)",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": to_item({":basedOn": based_on, ":now": now // 1000}),
    }
    seen = {"pk": pk, "sk": f"seen#{direction}#{digest(message['messageId'])}", "type": "seen", "sequence": message["sequence"]}
    return transact([
        put(session_row(session), **unchanged),
        put(hanging({"pk": pk, "sk": f"message#{message['sequence']:020}"}, "message", now) | {"message": message}),
        put(seen | {"expiresAt": now // 1000 + SEEN_SECONDS}, **ABSENT),
    ])


def undelivered(session: dict) -> list[dict]:
    values = {":pk": session_key(session["project"], session["uuid"])["pk"], ":sk": "message#", ":out": "outbound"}
    rows = query(
        values,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
        FilterExpression="attribute_not_exists(settlement) AND message.direction = :out",
    )
    return [row["message"] for row in rows]


def listed(project: str, status: str, filters: dict, before: str, limit: int) -> list[dict]:
    """The newest entries of one status in the index."""
    asked = {"Limit": limit + 1}
    if filters:
        asked = {
            "Limit": 1_000,
            "FilterExpression": " AND ".join(f"#{name} = :{name}" for name in filters),
            "ExpressionAttributeNames": {f"#{name}": name for name in filters},
        }
    values = {":pk": list_key(project, status), ":first": f"{project}#session#", ":last": before}
    return query(
        values | {f":{name}": value for name, value in filters.items()},
        IndexName="list",
        KeyConditionExpression="listKey = :pk AND pk BETWEEN :first AND :last",
        ScanIndexForward=False,
        **asked,
    )


def records(keys: list[dict]) -> list[dict]:
    if not keys:
        return []
    answer = client.batch_get_item(RequestItems={TABLE: {"Keys": [to_item(key) for key in keys]}}, ReturnConsumedCapacity="TOTAL")
    return [session_of(of_item(item)) for item in metered(answer)["Responses"][TABLE]]
