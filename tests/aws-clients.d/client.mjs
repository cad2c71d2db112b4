// A transfer, seen by the AWS SDK for JavaScript: address, region and credentials come from the environment.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import * as eventbridge from "@aws-sdk/client-eventbridge";
import * as sqs from "@aws-sdk/client-sqs";

const API = process.env.TRANSFER_API;
const NAME = "javascript";
const BUS = "agent-transfer";

const events = new eventbridge.EventBridgeClient();
const queues = new sqs.SQSClient();

async function call(path, body) {
  const response = await fetch(`${API}/v1/projects/demo${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  assert.ok(response.ok, `${path} answered ${response.status}`);
  return response.json();
}

// The session's events until the last one has come, each once.
async function receive(QueueUrl, session, last) {
  const deadline = Date.now() + 60_000;
  const seen = new Map();
  const kinds = () => [...seen.values()].map((event) => event["detail-type"]);
  while (!kinds().includes(last)) {
    assert.ok(Date.now() < deadline, `${last} did not come; there are ${kinds()}`);
    const receiving = new sqs.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 });
    for (const { Body, ReceiptHandle } of (await queues.send(receiving)).Messages ?? []) {
      const event = JSON.parse(Body);
      if (event.detail.sessionId === session) seen.set(event.id, event);
      await queues.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
  return [...seen.values()];
}

// In order of the bus: a FIFO queue.
const QueueName = `${NAME}.fifo`;
const Attributes = { FifoQueue: "true", ContentBasedDeduplication: "true" };
const { QueueUrl } = await queues.send(new sqs.CreateQueueCommand({ QueueName, Attributes }));
const listed = await queues.send(new sqs.ListQueuesCommand({ QueueNamePrefix: NAME }));
assert.deepEqual(listed.QueueUrls, [QueueUrl]);
const asked = await queues.send(new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));

const rule = { Name: NAME, EventBusName: BUS };
const EventPattern = JSON.stringify({ source: ["agent-transfer"], "detail-type": [{ prefix: "transfer." }] });
await events.send(new eventbridge.PutRuleCommand({ ...rule, EventPattern }));
const target = { Id: "queue", Arn: asked.Attributes.QueueArn, SqsParameters: { MessageGroupId: randomUUID() } };
const targets = { Rule: NAME, EventBusName: BUS };
const put = await events.send(new eventbridge.PutTargetsCommand({ ...targets, Targets: [target] }));
assert.equal(put.FailedEntryCount, 0);
const rules = await events.send(new eventbridge.ListRulesCommand({ EventBusName: BUS, NamePrefix: NAME }));
assert.deepEqual(rules.Rules.map((it) => it.EventPattern), [EventPattern]);
await assert.rejects(
  events.send(new eventbridge.PutRuleCommand({ Name: "wrong", EventPattern: "{}" })),
  eventbridge.InvalidEventPatternException,
);
await assert.rejects(queues.send(new sqs.GetQueueUrlCommand({ QueueName: "none" })), sqs.QueueDoesNotExist);

const body = { conversationSessionId: NAME, contactId: "contact-1", channel: "chat", agent: "support-bot" };
const { sessionId } = await call("/transfers", body);
const told = await receive(QueueUrl, sessionId, "transfer.representative_joined");
await call(`/transfers/${sessionId}/end`, {});
told.push(...(await receive(QueueUrl, sessionId, "transfer.ended")));
assert.equal(told[0]["detail-type"], "transfer.requested");
for (const event of told) {
  for (const name of ["version", "id", "source", "account", "time", "region", "resources", "detail"]) {
    assert.ok(name in event, name);
  }
}

const removed = await events.send(new eventbridge.RemoveTargetsCommand({ ...targets, Ids: ["queue"] }));
assert.equal(removed.FailedEntryCount, 0);
await events.send(new eventbridge.DeleteRuleCommand(rule));
await queues.send(new sqs.DeleteQueueCommand({ QueueUrl }));
console.log(`AWS SDK for JavaScript: ${told.length} events of ${sessionId}`);
