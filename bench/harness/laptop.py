"""What one local stack carries: messages, callbacks into few sessions, and what it needs when nothing happens."""

import concurrent.futures
import http.client
import json
import os
import statistics
import threading
import time
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlsplit

import operations
from aws import DynamoDb, exchange
from centre import Listener
from life import BEFORE_ERASING
from relay import transfer
from world import PROJECT, Stack

# Fewer than a browser opens, more than two processors can serve.
CALLERS = 16


@dataclass
class Delivered:
    """Messages of the contact, from the first request until the contact centre has the last one."""

    sessions: int
    messages: int
    seconds: float
    # Of the stack's process, a message.
    cpu_ms: float
    # By which its resident memory grew, a message.
    kilobytes: float
    # Answers of 503, after which the same message was sent again.
    busy: int


@dataclass
class Answered:
    """Callbacks at a pace."""

    pace: int
    statuses: Counter[int]
    p50: float
    p95: float


@dataclass
class Gone:
    """Rounds of sessions whose messages are all gone after each: what the process has then."""

    messages: int
    mib: list[float]
    # Rows that are still there for each message: the identities by which a repetition is known.
    rows: float


@dataclass
class Laptop:
    delivered: list[Delivered]
    answered: list[Answered]
    # Of a processor, while nothing happens; and with how many sessions.
    idle: float
    sessions: int
    gone: Gone


class Caller:
    """One connection of each thread."""

    def __init__(self, stack: Stack):
        self._address, self._mine = urlsplit(stack.api).netloc, threading.local()

    def post(self, path: str, body: str, headers: dict | None = None) -> int:
        connection = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = http.client.HTTPConnection(self._address, timeout=60)
        connection.request("POST", path, body, {"content-type": "application/json"} | (headers or {}))
        response = connection.getresponse()
        response.read()
        return response.status


def messages(stack: Stack, listener: Listener, sessions: list[str], count: int, run: str) -> Delivered:
    caller = Caller(stack)

    def say(number: int) -> int:
        session = sessions[number % len(sessions)]
        body = json.dumps({"messageId": f"{run}-{number}", "text": f"{run}, message {number}"})
        for busy in range(20):
            status = caller.post(f"/v1/projects/{PROJECT}/transfers/{session}/messages", body)
            if status == 202:
                return busy
            assert status == 503, status
        raise RuntimeError(f"{run}-{number} is not taken")

    cpu, resident, began = stack.cpu(), stack.resident(), time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
        busy = sum(pool.map(say, range(count)))
    for _ in range(count):
        listener.wait_for(lambda _, body: str(body.get("text", "")).startswith(f"{run}, "), 120)
    seconds = time.monotonic() - began
    return Delivered(len(sessions), count, seconds, (stack.cpu() - cpu) * 1000 / count, (stack.resident() - resident) / 1024 / count, busy)


def callbacks(stack: Stack, sessions: list[str], pace: int, seconds: int) -> Answered:
    caller, began, step = Caller(stack), time.monotonic(), 1 / pace

    def tell(number: int) -> tuple[int, float]:
        """The status, and how long after its moment it came: whoever waits for a connection waits, too."""
        body, signature = operations.webhook_body(stack, sessions[number % len(sessions)], f"text {number} at {pace} a second")
        moment = began + number * step
        time.sleep(max(0.0, moment - time.monotonic()))
        status = caller.post(f"/{stack.webhook_path}", body, {"x-hub-signature-256": signature})
        return status, (time.monotonic() - moment) * 1000

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        told = list(pool.map(tell, range(pace * seconds)))
    took = sorted(milliseconds for _, milliseconds in told)
    return Answered(pace, Counter(status for status, _ in told), statistics.median(took), took[int(len(took) * 0.95)])


def idle(stack: Stack, seconds: float) -> float:
    time.sleep(3)
    cpu, began = stack.cpu(), time.monotonic()
    time.sleep(seconds)
    return (stack.cpu() - cpu) / (time.monotonic() - began)


def gone(stack: Stack, listener: Listener, rounds: int, count: int) -> Gone:
    """Sessions are ended, and erased as soon as they can be."""
    table, url, found = DynamoDb(stack.dynamodb), f"{stack.api}/v1/projects/{PROJECT}", []
    before = len(table.scan(stack.table))
    for number in range(rounds):
        contacts = [f"gone-{number}-{contact}" for contact in range(10)]
        sessions = [transfer(stack, listener, contact) for contact in contacts]
        messages(stack, listener, sessions, count, f"gone-{number}")
        for session in sessions:
            status, said = exchange("POST", f"{url}/transfers/{session}/end", {})
            assert status in (200, 202), said
        time.sleep(BEFORE_ERASING)
        for contact in contacts:
            status, said = exchange("POST", f"{url}/contacts/{contact}/erase", {})
            assert status == 200, said
        for _ in range(60):
            if not any(row["type"]["S"] == "message" and "gone-" in json.dumps(row) for row in table.scan(stack.table)):
                break
            time.sleep(1)
        else:
            raise RuntimeError("messages of sessions that are erased stay")
        found.append(stack.resident() / 1024 / 1024)
    return Gone(count, found, (len(table.scan(stack.table)) - before) / (rounds * count))


def measure(program: os.PathLike, part: int, say) -> Laptop:
    listener = Listener()
    stack = Stack(program, "--no-demo")
    try:
        stack.connect(listener, ratePerMin=60_000)
        sessions = [transfer(stack, listener, f"laptop-{number}") for number in range(100 // part or 10)]
        delivered = []
        for among in dict.fromkeys((1, 10, len(sessions))):
            delivered.append(messages(stack, listener, sessions[:among], 1_000 // part, f"run-over-{among}"))
            say(f"laptop: {delivered[-1]}")
        answered = []
        for pace in (50, 100):
            answered.append(callbacks(stack, sessions[:10], pace, 10 // part or 2))
            say(f"laptop: {answered[-1]}")
        resting = idle(stack, 20 / part)
        left = gone(stack, listener, 4, 1_000 // part)
        say(f"laptop: {left}")
        return Laptop(delivered, answered, resting, len(sessions), left)
    finally:
        stack.close()
