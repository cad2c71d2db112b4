"""How long a message takes to the contact centre, and a callback to the runtime, on the local stack."""

import http.client
import json
import statistics
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import operations
from aws import exchange
from centre import Listener
from meter import Meter
from world import PROJECT, Stack, World


@dataclass
class Relayed:
    """Milliseconds of each repetition."""

    accepted: list[float]
    arrived: list[float]


def middle(values: list[float]) -> tuple[float, float]:
    return statistics.median(values), sorted(values)[int(len(values) * 0.95)]


def transfer(stack: Stack, listener: Listener, name: str) -> str:
    body = {"conversationSessionId": name, "contactId": name, "channel": "chat", "agent": "bench", "summary": "Wants a refund."}
    status, made = exchange("POST", f"{stack.api}/v1/projects/{PROJECT}/transfers", body)
    assert status == 201, made
    listener.wait_for(lambda path, _: "/open/" in path or "/inbound/" in path)
    return made["sessionId"]


def to_centre(stack: Stack, listener: Listener, repetitions: int) -> Relayed:
    """From the request for a message to its answer, and to the contact centre that is called."""
    session = transfer(stack, listener, "relay-out")
    time.sleep(1)
    accepted, arrived = [], []
    for number in range(repetitions):
        text = f"message {number} of the relay"
        began = time.time()
        url = f"{stack.api}/v1/projects/{PROJECT}/transfers/{session}/messages"
        status, answer = exchange("POST", url, {"messageId": f"relay-{number}", "text": text})
        accepted.append((time.time() - began) * 1000)
        assert status == 202, answer
        at, _ = listener.wait_for(lambda path, body, text=text: body.get("text") == text)
        arrived.append((at - began) * 1000)
        time.sleep(0.05)
    return Relayed(accepted, arrived)


def callback(stack: Stack, session: str, text: str) -> float:
    """Sends a signed callback; gives when its answer came."""
    body, signature = operations.webhook_body(stack, session, text)
    connection = http.client.HTTPConnection(urlsplit(stack.api).netloc)
    headers = {"content-type": "application/json", "x-hub-signature-256": signature}
    connection.request("POST", f"/{stack.webhook_path}", body, headers)
    response = connection.getresponse()
    response.read()
    assert response.status == 200, response.status
    return time.time()


def to_runtime(stack: Stack, listener: Listener, repetitions: int) -> dict[str, Relayed]:
    """From a callback to who waits at the feed, and to an event endpoint."""
    session = transfer(stack, listener, "relay-in")
    receive_events(stack, listener)
    feed, webhook = Relayed([], []), Relayed([], [])
    after = "0"
    for number in range(repetitions):
        after = drained(stack, session, after)
        text, seen = f"text {number} of the relay", []
        waiting = threading.Thread(target=lambda after=after, text=text, seen=seen: seen.append(wait_at_feed(stack, session, after, text)))
        waiting.start()
        time.sleep(0.2)
        began = time.time()
        answered = (callback(stack, session, text) - began) * 1000
        at, _ = listener.wait_for(lambda path, body, text=text: path == "/events" and text in json.dumps(body))
        waiting.join()
        for relayed, when in ((feed, seen[0]), (webhook, at)):
            relayed.accepted.append(answered)
            relayed.arrived.append((when - began) * 1000)
    return {"feed": feed, "webhook": webhook}


def receive_events(stack: Stack, listener: Listener):
    endpoint = f"{stack.api}/v1/projects/{PROJECT}/settings/event-endpoints/bench"
    status, answer = exchange("PUT", endpoint, {"url": f"{listener.url}/events"})
    assert status in (200, 201), answer
    # Endpoints are remembered for five seconds.
    time.sleep(6)


def drained(stack: Stack, session: str, after: str) -> str:
    while True:
        _, page = exchange("GET", f"{stack.api}/v1/projects/{PROJECT}/transfers/{session}/events?after={after}")
        if not page["items"]:
            return page["next"]
        after = page["next"]


def wait_at_feed(stack: Stack, session: str, after: str, text: str) -> float:
    while True:
        url = f"{stack.api}/v1/projects/{PROJECT}/transfers/{session}/events?waitSeconds=20&after={after}"
        _, page = exchange("GET", url)
        if text in json.dumps(page["items"]):
            return time.time()
        after = page["next"]


def measure(world: World, repetitions: int) -> tuple[Relayed, dict[str, Relayed]]:
    return to_centre(world.stack, world.listener, repetitions), to_runtime(world.stack, world.listener, max(4, repetitions // 3))


def traced(world: World, program, repetitions: int) -> dict[str, dict[str, list[float]]]:
    """What the ways of a message to the contact centre and of a callback to an event endpoint are made of, by when the
    table was asked for what.

    The stack works on a table behind the proxy, which itself takes about a millisecond a call.
    """
    meter = Meter(world.dynamodb.endpoint, traced=True)
    stack = Stack(program, "--no-demo", "--aws-port", "0", AWS_ENDPOINT_URL_DYNAMODB=meter.endpoint, AWS_REGION="local", TABLE_NAME="traced")
    ways: dict[str, dict[str, list[float]]] = {"out": {}, "back": {}}
    try:
        stack.connect(world.listener)
        session = transfer(stack, world.listener, "traced")
        time.sleep(1)
        for number in range(repetitions):
            text = f"message {number} of the traced relay"
            meter.calls.clear()
            began = time.time()
            exchange("POST", f"{stack.api}/v1/projects/{PROJECT}/transfers/{session}/messages", {"messageId": f"traced-{number}", "text": text})
            arrived, _ = world.listener.wait_for(lambda path, body, text=text: body.get("text") == text)
            note(ways["out"], parts_out(meter.calls, session.split(":")[1], text, began, arrived))
            time.sleep(0.1)
        receive_events(stack, world.listener)
        # The first also tells that somebody joined.
        callback(stack, session, "the first text")
        time.sleep(1)
        for number in range(repetitions):
            text = f"text {number} of the traced relay"
            meter.calls.clear()
            began = time.time()
            callback(stack, session, text)
            arrived, _ = world.listener.wait_for(lambda path, body, text=text: path == "/events" and text in json.dumps(body))
            note(ways["back"], parts_back(meter.calls, text, began, arrived))
            time.sleep(0.1)
    finally:
        stack.close()
    return ways


def note(steps: dict[str, list[float]], parts: dict[str, float]):
    for name, took in parts.items():
        steps.setdefault(name, []).append(took * 1000)


def first(calls: list, since: float, holds) -> tuple[float, float]:
    """When the first call was asked and answered, of which that holds."""
    return next((asked, answered) for asked, answered, operation, question, answer in sorted(calls, key=lambda it: it[0])
                if asked >= since and holds(operation, json.dumps(question), answer))


def stream(calls: list, text: str, began: float) -> tuple[float, dict[str, float]]:
    """From the request until what it wrote has been read from the stream: when that was, and the parts."""
    _, committed = first(calls, began, lambda operation, question, _: operation == "TransactWriteItems" and text in question)
    # Asked for before the commit, it may be answered after it.
    read_asked, read = first(calls, began, lambda operation, _, answer: operation == "GetRecords" and text in json.dumps(answer))
    return read, {
        "request, decision, commit": committed - began,
        "until the stream is read": max(0, read_asked - committed),
        "reading the stream": read - max(read_asked, committed),
    }


def parts_out(calls: list, transfer_id: str, text: str, began: float, arrived: float) -> dict[str, float]:
    read, parts = stream(calls, text, began)
    looked, _ = first(calls, read, lambda operation, question, _: operation in ("GetItem", "Query", "BatchGetItem") and f"#session#{transfer_id}" in question)
    return parts | {"`relay-changes`, the queue": looked - read, "`deliver`: reading, calling": arrived - looked}


def parts_back(calls: list, text: str, began: float, arrived: float) -> dict[str, float]:
    read, parts = stream(calls, text, began)
    _, kept = first(calls, read, lambda operation, question, _: operation == "BatchWriteItem" and text in question)
    return parts | {"`relay-changes`: the feed": kept - read, "the queue, `notify`: signing, calling": arrived - kept}
