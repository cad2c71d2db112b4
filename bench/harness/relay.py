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
from world import PROJECT, World


@dataclass
class Relayed:
    """Milliseconds of each repetition."""

    accepted: list[float]
    arrived: list[float]


def middle(values: list[float]) -> tuple[float, float]:
    return statistics.median(values), sorted(values)[int(len(values) * 0.95)]


def transfer(world: World, name: str) -> str:
    body = {"conversationSessionId": name, "contactId": name, "channel": "chat", "agent": "bench", "summary": "Wants a refund."}
    status, made = exchange("POST", f"{world.api}/v1/projects/{PROJECT}/transfers", body)
    assert status == 201, made
    world.listener.wait_for(lambda path, _: "/open/" in path or "/inbound/" in path)
    return made["sessionId"]


def to_centre(world: World, repetitions: int) -> Relayed:
    """From the request for a message to its answer, and to the contact centre that is called."""
    session = transfer(world, "relay-out")
    time.sleep(1)
    accepted, arrived = [], []
    for number in range(repetitions):
        text = f"message {number} of the relay"
        began = time.time()
        url = f"{world.api}/v1/projects/{PROJECT}/transfers/{session}/messages"
        status, answer = exchange("POST", url, {"messageId": f"relay-{number}", "text": text})
        accepted.append((time.time() - began) * 1000)
        assert status == 202, answer
        at, _ = world.listener.wait_for(lambda path, body, text=text: body.get("text") == text)
        arrived.append((at - began) * 1000)
        time.sleep(0.05)
    return Relayed(accepted, arrived)


def callback(world: World, session: str, text: str) -> float:
    """Sends a signed callback; gives when its answer came."""
    body, signature = operations.webhook_body(world, session, text)
    connection = http.client.HTTPConnection(urlsplit(world.api).netloc)
    headers = {"content-type": "application/json", "x-hub-signature-256": signature}
    connection.request("POST", f"/{world.webhook_path}", body, headers)
    response = connection.getresponse()
    response.read()
    assert response.status == 200, response.status
    return time.time()


def to_runtime(world: World, repetitions: int) -> dict[str, Relayed]:
    """From a callback to who waits at the feed, and to an event endpoint."""
    endpoint = f"{world.api}/v1/projects/{PROJECT}/settings/event-endpoints/bench"
    status, answer = exchange("PUT", endpoint, {"url": f"{world.listener.url}/events"})
    assert status in (200, 201), answer
    session = transfer(world, "relay-in")
    # Endpoints are remembered for five seconds.
    time.sleep(6)
    feed, webhook = Relayed([], []), Relayed([], [])
    after = "0"
    for number in range(repetitions):
        after = drained(world, session, after)
        text, seen = f"text {number} of the relay", []
        waiting = threading.Thread(target=lambda after=after, text=text, seen=seen: seen.append(wait_at_feed(world, session, after, text)))
        waiting.start()
        time.sleep(0.2)
        began = time.time()
        answered = (callback(world, session, text) - began) * 1000
        at, _ = world.listener.wait_for(lambda path, body, text=text: path == "/events" and text in json.dumps(body))
        waiting.join()
        for relayed, when in ((feed, seen[0]), (webhook, at)):
            relayed.accepted.append(answered)
            relayed.arrived.append((when - began) * 1000)
    return {"feed": feed, "webhook": webhook}


def drained(world: World, session: str, after: str) -> str:
    while True:
        _, page = exchange("GET", f"{world.api}/v1/projects/{PROJECT}/transfers/{session}/events?after={after}")
        if not page["items"]:
            return page["next"]
        after = page["next"]


def wait_at_feed(world: World, session: str, after: str, text: str) -> float:
    while True:
        url = f"{world.api}/v1/projects/{PROJECT}/transfers/{session}/events?waitSeconds=20&after={after}"
        _, page = exchange("GET", url)
        if text in json.dumps(page["items"]):
            return time.time()
        after = page["next"]
