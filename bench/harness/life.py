"""What whole transfers cost: every unit that the service consumes from the request to the removal, and what it sends.

A stack of its own works on a DynamoDB behind the counting proxy, so nothing is left out: functions, publishing, the
Inbox, the clock. The stack's own reading of the stream and its sweep stand in for AWS, and are not counted.
"""

import os
import random
import time
from dataclasses import dataclass, field

from aws import exchange, size_of
from meter import Meter
from world import Stack, World

# Of the contact, and as many of the representative.
MESSAGES = 10
# A session is erased a minute after its last write at the earliest.
BEFORE_ERASING = 65


@dataclass
class Life:
    """Of one transfer."""

    events: int = 0
    # Bytes of the session's row, after each message.
    row: list[int] = field(default_factory=list)
    # Read and write units.
    phases: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def units(self) -> tuple[float, float]:
        return sum(read for read, _ in self.phases.values()), sum(write for _, write in self.phases.values())


def request(number: str, rich: bool) -> dict:
    body = {"conversationSessionId": number, "contactId": number, "channel": "chat", "agent": "billing-agent", "provider": "genesys",
            "reason": "The contact asks for a person.", "summary": "Invoice 12 was charged twice."}
    if rich:
        # Prose shrinks to about half when it is deflated, as these letters do.
        letters = random.Random(7)
        text = lambda length: "".join(letters.choices("etaoin shrdlu", k=length))  # noqa: E731
        history = [{"role": "contact" if turn % 2 else "agent", "text": f"Turn {turn}. {text(150)}"} for turn in range(50)]
        body |= {"summary": text(4_000), "metadata": {"notes": text(4_000)}, "history": history}
    return body


class Stage:
    def __init__(self, world: World, program):
        self.meter, self.dynamodb = Meter(world.dynamodb.endpoint), world.dynamodb
        self.stack = Stack(program, "--aws-port", "0", AWS_ENDPOINT_URL_DYNAMODB=self.meter.endpoint, AWS_REGION="local", TABLE_NAME="life")
        self.api = f"{self.stack.api}/v1/projects/demo"
        exchange("POST", f"{self.stack.desk}/script", {"name": "manual"})

    def close(self):
        self.stack.close()

    def settle(self, quiet: float = 1.5):
        """Until nothing has been asked of the table for a while."""
        seen, since = self.meter.units.trips, time.monotonic()
        until = time.monotonic() + 30
        while time.monotonic() - since < quiet and time.monotonic() < until:
            time.sleep(0.1)
            if self.meter.units.trips != seen:
                seen, since = self.meter.units.trips, time.monotonic()

    def act(self, transfer: str, name: str, **with_):
        status, said = exchange("POST", f"{self.stack.desk}/conversations/{transfer}/{name}", with_)
        if status >= 300:
            raise RuntimeError(f"{name}: {status} {said}")

    def phase(self, life: Life, name: str):
        """What was consumed until everything is quiet belongs to this phase."""
        self.settle()
        units = self.meter.taken()
        read, write = life.phases.get(name, (0, 0))
        life.phases[name] = read + units.read, write + units.write

    def live(self, life: Life, number: str, rich: bool):
        self.settle()
        self.meter.taken()
        status, made = exchange("POST", f"{self.api}/transfers", request(number, rich), {"idempotency-key": number})
        assert status == 201, made
        session, transfer = made["sessionId"], made["sessionId"].split(":")[1]
        self.phase(life, "create and open")
        for act in ("accept", "queue", "join"):
            self.act(transfer, act)
            self.phase(life, "queue and representative")
        for turn in range(MESSAGES):
            message = {"messageId": f"{number}-{turn}", "text": "Where is my refund for the order of last month?"}
            status, said = exchange("POST", f"{self.api}/transfers/{session}/messages", message)
            assert status == 202, said
            self.phase(life, "messages of the contact")
            self.act(transfer, "say", text="I am looking into it, one moment please.")
            self.phase(life, "messages of the representative")
            key = {"pk": {"S": f"demo#session#{transfer}"}, "sk": {"S": "record"}}
            life.row.append(size_of(self.dynamodb.call("GetItem", TableName="life", Key=key)["Item"]))
        self.act(transfer, "end", by="representative")
        self.phase(life, "end and hand-back")
        _, detail = exchange("GET", f"{self.api}/transfers/{session}")
        self.meter.taken()
        exchange("POST", f"{self.api}/transfers/{session}/handback", {"version": detail["handback"]["version"]})
        self.phase(life, "end and hand-back")
        _, page = exchange("GET", f"{self.api}/transfers/{session}/events?limit=100")
        life.events = len(page["items"])

    def remove(self, life: Life, number: str):
        """Now rather than after a day: the rows are the same, the request for it costs some units besides."""
        self.settle()
        self.meter.taken()
        status, said = exchange("POST", f"{self.api}/contacts/{number}/erase", {})
        assert status == 200 and said["sessions"][0]["status"] == "removed", said
        self.phase(life, "removal")


def lives(world: World, program, say) -> dict[str, Life]:
    stage = Stage(world, program)
    found = {"lean": Life(), "rich": Life()}
    try:
        for name, life in found.items():
            stage.live(life, f"{name}-{os.getpid()}", name == "rich")
            say(f"{name}: {life}")
        time.sleep(BEFORE_ERASING)
        for name, life in found.items():
            stage.remove(life, f"{name}-{os.getpid()}")
            say(f"{name}: {life}")
    finally:
        stage.close()
    return found
