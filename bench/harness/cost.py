"""What a million transfers cost: units that were measured, counts of docs/cost.md, public prices."""

from dataclasses import dataclass

from life import Life

# us-east-1, USD; as in docs/cost.md, per million unless said.
WRITE_UNITS, READ_UNITS = 0.625, 0.125
INVOCATIONS, GB_SECOND = 0.20, 0.0000133334
HTTP_API, EVENTS = 1.00, 1.00
SQS_FIFO, SQS_STANDARD = 0.50, 0.40
LOGS_GB = 0.50

# Of one transfer, in docs/cost.md, "A typical transfer": what the harness does not count.
REQUESTS, ALL_INVOCATIONS, COMMANDS, INBOX_MESSAGES = 30, 91, 14, 7
GB_SECONDS, LOG_KB = 1.8, 50
DOCUMENTED = {"lean": (120.5, 310), "rich": (120.5, 332)}


@dataclass
class Line:
    component: str
    amount: str
    dollars: float


def million(life: Life) -> list[Line]:
    read, write = life.units
    return [
        Line("DynamoDB, writes", f"{write:.0f} units, measured", write * WRITE_UNITS),
        Line("DynamoDB, reads", f"{read:.1f} units, measured", read * READ_UNITS),
        Line("EventBridge", f"{life.events} events, measured", life.events * EVENTS),
        Line("Lambda, time", f"{GB_SECONDS} GB-seconds, docs/cost.md", GB_SECONDS * GB_SECOND * 1e6),
        Line("Lambda, invocations", f"{ALL_INVOCATIONS}, docs/cost.md", ALL_INVOCATIONS * INVOCATIONS),
        Line("API Gateway", f"{REQUESTS} requests, docs/cost.md", REQUESTS * HTTP_API),
        Line("SQS FIFO", f"{COMMANDS} commands, three requests each", 3 * COMMANDS * SQS_FIFO),
        Line("SQS standard", f"{INBOX_MESSAGES} messages, three requests each", 3 * INBOX_MESSAGES * SQS_STANDARD),
        Line("CloudWatch Logs", f"{LOG_KB} KB, docs/cost.md", LOG_KB * LOGS_GB),
    ]
