"""A transfer, seen by boto3: address, region and credentials come from the environment, as everywhere."""

import json
import os
import sys
import time
import urllib.request

import boto3

API = os.environ["TRANSFER_API"]
NAME = "python"
BUS = "agent-transfer"


def call(path, body):
    request = urllib.request.Request(
        f"{API}/v1/projects/demo{path}", json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def receive(sqs, queue, session, last):
    """The session's events until the last one has come, each once."""
    deadline = time.monotonic() + 60
    seen = {}
    while last not in [event["detail-type"] for event in seen.values()]:
        if time.monotonic() > deadline:
            sys.exit(f"{last} did not come; there are {[event['detail-type'] for event in seen.values()]}")
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=5)
        messages = answer.get("Messages", [])
        for message in messages:
            event = json.loads(message["Body"])
            if event["detail"]["sessionId"] == session:
                seen[event["id"]] = event
        if messages:
            entries = [{"Id": str(n), "ReceiptHandle": it["ReceiptHandle"]} for n, it in enumerate(messages)]
            assert not sqs.delete_message_batch(QueueUrl=queue, Entries=entries).get("Failed")
    return list(seen.values())


def refused(code, operation, **arguments):
    try:
        operation(**arguments)
    except operation.__self__.exceptions.ClientError as error:
        told = error.response["Error"]["Code"]
        assert told == code, f"{told} instead of {code}"
    else:
        sys.exit(f"{code} was expected")


def main():
    events, sqs = boto3.client("events"), boto3.client("sqs")
    queue = sqs.create_queue(QueueName=NAME, Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    assert queue in sqs.list_queues(QueueNamePrefix=NAME)["QueueUrls"]
    assert sqs.get_queue_url(QueueName=NAME)["QueueUrl"] == queue
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    pattern = {"source": ["agent-transfer"], "detail": {"channel": ["chat"]}}
    events.put_rule(Name=NAME, EventBusName=BUS, EventPattern=json.dumps(pattern))
    put = events.put_targets(Rule=NAME, EventBusName=BUS, Targets=[{"Id": "queue", "Arn": arn}])
    assert put["FailedEntryCount"] == 0, put
    (rule,) = events.list_rules(EventBusName=BUS, NamePrefix=NAME)["Rules"]
    assert json.loads(rule["EventPattern"]) == pattern and rule["State"] == "ENABLED"
    refused("InvalidEventPatternException", events.put_rule, Name="wrong", EventPattern='{"source":"x"}')
    refused("ValidationException", events.delete_rule, Name=NAME, EventBusName=BUS)
    refused("AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_url, QueueName="none")

    transfer = call(
        "/transfers",
        {"conversationSessionId": NAME, "contactId": "contact-1", "channel": "chat", "agent": "support-bot"},
    )
    session = transfer["sessionId"]
    told = receive(sqs, queue, session, "transfer.representative_joined")
    call(f"/transfers/{session}/end", {})
    told += receive(sqs, queue, session, "transfer.ended")
    for event in told:
        missing = {"version", "id", "detail-type", "source", "account", "time", "region", "resources"} - event.keys()
        assert not missing, missing
    assert "transfer.requested" in [event["detail-type"] for event in told]

    removed = events.remove_targets(Rule=NAME, EventBusName=BUS, Ids=["queue"])
    assert removed["FailedEntryCount"] == 0, removed
    events.delete_rule(Name=NAME, EventBusName=BUS)
    sqs.delete_queue(QueueUrl=queue)
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix=NAME)
    print(f"boto3 {boto3.__version__}: {len(told)} events of {session}")


main()
