"""The same operations by each implementation, side by side: start, first and warm invocations, memory, units, size."""

import io
import json
import statistics
import time
import zipfile
import zlib
from dataclasses import dataclass

import operations
import relay
from aws import exchange
from meter import Meter
from world import BINARIES, IMPLEMENTATIONS, PROJECT, World

SESSIONS = 30
OPERATIONS = ["create", "message", "webhook", "detail", "list", "list_all"]
EXPECTED = {"create": 201, "message": 202, "webhook": 200, "detail": 200, "list": 200, "list_all": 200}


class Sessions:
    """Sessions of an implementation, in its table: some to be written to, some only to be read.

    Those to be written to had a text of a representative: the first changes more than those that follow.
    """

    def __init__(self, world: World, implementation: str):
        self.world, self.implementation, self._turn = world, implementation, 0
        ids = by_the_stack(world) if implementation == "rust" else by_the_peer(world, implementation)
        self.written, self.read = ids[: SESSIONS // 2], ids[SESSIONS // 2 :]
        world.postpone(world.table(implementation))

    def event(self, operation: str, again: bool = False) -> dict:
        """About the next session in turn; `again`: about the last one."""
        self._turn += not again
        written, read = self.written[self._turn % len(self.written)], self.read[self._turn % len(self.read)]
        match operation:
            case "create":
                return operations.create()
            case "message":
                return operations.message(written)
            case "webhook":
                return operations.webhook(self.world.stack, written)
            case "detail":
                return operations.detail(read)
            case "list":
                return operations.listing("status=pending&limit=10")
            case _:
                return operations.listing("limit=10")

    def mixed(self, operation: str) -> dict:
        """Of ten one is of a session that is not there, and one cannot be read."""
        event = self.event(operation)
        if self._turn % 10 == 3 and "sessionId" in event["pathParameters"]:
            event["pathParameters"]["sessionId"] = "agent_transfer:019bb1a5-ed00-7000-8000-00000000dead:none:chat"
        if self._turn % 10 == 7:
            event["body"] = '{"agent": 1}'
            event["rawQueryString"] = "limit=0"
        return event


def by_the_stack(world: World) -> list[str]:
    """Made by the stack, which runs the same code as the functions, and copied."""
    ids = []
    for _ in range(SESSIONS):
        status, made = exchange("POST", f"{world.stack.api}/v1/projects/{PROJECT}/transfers", json.loads(operations.create()["body"]))
        assert status == 201, made
        ids.append(made["sessionId"])
    for session in ids[: SESSIONS // 2]:
        relay.callback(world.stack, session, "Hello, this is Agent One.")
    # Until their conversations are open, which is written, too.
    time.sleep(3)
    rows = [row for row in world.dynamodb.scan(world.stack.table) if row["pk"]["S"].startswith(f"{PROJECT}#")]
    world.dynamodb.put_all(world.table("rust"), rows)
    return ids


def by_the_peer(world: World, implementation: str) -> list[str]:
    """Made by its own functions."""
    with world.function(implementation, "create") as function:
        answers = [function.invoke(operations.create()).answer for _ in range(SESSIONS)]
    ids = [json.loads(answer["body"])["sessionId"] for answer in answers]
    with world.function(implementation, "webhook") as function:
        for session in ids[: SESSIONS // 2]:
            check("webhook", function.invoke(operations.webhook(world.stack, session)).answer)
    return ids


def check(operation: str, answer: dict):
    if answer.get("statusCode") != EXPECTED[operation]:
        raise RuntimeError(f"{operation}: {answer}")


@dataclass
class Measured:
    """Milliseconds, MiB."""

    start_wall: float
    start_cpu: float
    first_wall: float
    first_cpu: float
    warm_wall: float
    warm_p95: float
    warm_cpu: float
    peak: float


def compare(world: World, sessions: dict[str, Sessions], asked: list[str], starts: int, warm: int, say) -> dict[tuple[str, str], Measured]:
    """Starts of all implementations in turn, so that whatever the machine does besides meets all of them."""
    results = {}
    for operation in asked:
        begun = {implementation: [] for implementation in IMPLEMENTATIONS}
        kept = {}
        for turn in range(starts):
            for implementation in IMPLEMENTATIONS:
                function = world.function(implementation, operation)
                first = function.invoke(sessions[implementation].event(operation))
                check(operation, first.answer)
                begun[implementation].append((function.start_wall, function.start_cpu, first.wall, first.cpu))
                if turn == starts - 1:
                    kept[implementation] = function
                else:
                    function.close()
        invocations = {implementation: [] for implementation in IMPLEMENTATIONS}
        for _ in range(warm):
            for implementation in IMPLEMENTATIONS:
                done = kept[implementation].invoke(sessions[implementation].event(operation))
                check(operation, done.answer)
                invocations[implementation].append(done)
        for implementation, function in kept.items():
            done = invocations[implementation][warm // 3 :]
            walls = sorted(it.wall for it in done)
            middle = [statistics.median(column) for column in zip(*begun[implementation])]
            measured = Measured(*middle, statistics.median(walls), walls[int(len(walls) * 0.95)], statistics.mean(it.cpu for it in done), function.memory()[0])
            results[implementation, operation] = measured
            function.close()
            say(f"{operation} {implementation}: {measured}")
    return results


def units(world: World, sessions: dict[str, Sessions], asked: list[str]) -> dict:
    """Trips and consumed units of an invocation whose settings and secrets are known already."""
    results = {}
    for operation in asked:
        for implementation in IMPLEMENTATIONS:
            meter = Meter(world.dynamodb.endpoint)
            with world.function(implementation, operation, dynamodb=meter.endpoint) as function:
                # About one session: its first message sets right what is due, which was postponed.
                for number in range(2):
                    check(operation, function.invoke(sessions[implementation].event(operation, again=number > 0)).answer)
                meter.taken()
                check(operation, function.invoke(sessions[implementation].event(operation, again=True)).answer)
                results[implementation, operation] = meter.taken()
    return results


def instructions(world: World, sessions: Sessions, operation: str, warmed: int = 20, more: int = 40) -> dict[str, float]:
    """Millions of instructions: to the first request for work, of the first invocation, of a warm one."""

    def whole(invocations: int) -> int:
        function = world.function(sessions.implementation, operation, counted=True)
        for _ in range(invocations):
            check(operation, function.invoke(sessions.event(operation)).answer)
        return function.close() or 0

    start, first, some, many = (whole(count) for count in (0, 1, warmed, warmed + more))
    return {"start": start / 1e6, "first": (first - start) / 1e6, "warm": (many - some) / more / 1e6}


def memory(world: World, sessions: Sessions, operation: str, total: int) -> list[tuple[int, float, float]]:
    """Peak and present memory after so many mixed invocations."""
    points = sorted({0, 1, 10, 100, 500, *range(1000, total + 1, max(1000, total // 10))})
    seen = []
    with world.function(sessions.implementation, operation) as function:
        for count in range(total + 1):
            if count in points:
                seen.append((count, *function.memory()))
            if count < total:
                answered = function.invoke(sessions.mixed(operation)).answer
                if answered.get("statusCode", 500) >= 500:
                    raise RuntimeError(f"{operation}: {answered}")
    world.postpone(world.table(sessions.implementation))
    return seen


LAMBDA_HAS = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3"}


def archives(world: World, asked: list[str]) -> dict:
    """Bytes of what is deployed, and of its archive; and how much of Python's is in Lambda's own image, too."""
    sizes = {}
    for implementation in IMPLEMENTATIONS:
        for operation in (it for it in asked if it in BINARIES):
            package = world.package(implementation, operation)
            files = [path for path in package.rglob("*") if path.is_file()] if package.is_dir() else [package]
            files = [path for path in files if "__pycache__" not in path.parts]
            if implementation == "python":
                sizes["boto3"] = sum(zipped_size(path) for path in files if path.relative_to(package).parts[0].split("-")[0] in LAMBDA_HAS)
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
                for path in files:
                    zipped.write(path, path.relative_to(package.parent))
            sizes[implementation, operation] = sum(path.stat().st_size for path in files), len(archive.getvalue())
    return sizes


def zipped_size(path) -> int:
    return len(zlib.compress(path.read_bytes()))
