"""Logs and metrics, as Powertools does them."""

import functools
import json

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger(service="agent-transfer")
metrics = Metrics(namespace="AgentTransfer", service="agent-transfer")


class Problem(Exception):
    def __init__(self, status: int, kind: str, title: str, **more):
        super().__init__(title)
        self.status = status
        self.body = {"type": f"urn:agent-transfer:problem:{kind}", "title": title, "status": status} | more

    def answer(self) -> dict:
        headers = {"content-type": "application/problem+json"}
        return {"statusCode": self.status, "headers": headers, "body": json.dumps(self.body)}


def count(name: str, value: float = 1):
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def observed(handle):
    """A handler whose metrics are written at its end, and whose problems are answers."""

    @logger.inject_lambda_context
    @metrics.log_metrics
    @functools.wraps(handle)
    def handler(event, context):
        metrics.add_dimension("route", event["routeKey"])
        try:
            return handle(event)
        except Problem as problem:
            return problem.answer()
        except Exception:
            logger.exception("a request failed")
            return Problem(500, "internal", "Something went wrong.").answer()

    return handler
