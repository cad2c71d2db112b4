// The table: keys, rows and conditions as in shared/store, for the five operations that are compared.
import { createHash } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand, QueryCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { metrics } from "./observed.mjs";

const TABLE = process.env.TABLE_NAME;
const BACKSTOP_SECONDS = 400 * 86_400;
const SEEN_SECONDS = 30 * 86_400;
const client = DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts: 3 }), {
  marshallOptions: { removeUndefinedValues: true },
});

export const digest = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest("hex").slice(0, 32);
};
export const sessionKey = (project, uuid) => ({ pk: `${project}#session#${uuid}`, sk: "record" });
const listKey = (project, status) => `${project}#session#${status}#0`;

async function call(command) {
  command.input.ReturnConsumedCapacity = "TOTAL";
  const answer = await client.send(command);
  const units = [answer.ConsumedCapacity ?? []].flat().reduce((sum, it) => sum + (it.CapacityUnits ?? 0), 0);
  metrics.addMetric("CapacityUnits", "Count", units);
  return answer;
}

export async function get(key) {
  return (await call(new GetCommand({ TableName: TABLE, Key: key, ConsistentRead: true }))).Item;
}

/** A session with its request. */
export async function whole(project, uuid) {
  const { Items: rows } = await call(
    new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :sk)",
      ExpressionAttributeValues: { ":pk": sessionKey(project, uuid).pk, ":sk": "record" },
    }),
  );
  const row = rows.find((it) => it.sk === "record");
  const request = rows.find((it) => it.sk === "record#request");
  return row && { session: sessionOf(row), request: JSON.parse(request?.request ?? "{}") };
}

export const sessionOf = (row) => ({
  ...JSON.parse(row.session),
  uuid: row.pk.split("#")[2],
  project: row.pk.split("#")[0],
  contactId: row.contactKey.slice(row.contactKey.indexOf("#") + 1),
  status: row.listKey.split("#")[2],
  agent: row.agent,
  provider: row.provider,
  conversation: row.conversation,
  channel: row.channel,
  priority: row.priority,
  trigger: row.trigger ?? null,
  tags: row.tags ?? [],
  queueName: row.queueName,
  createdAt: row.createdAt,
  expiresAt: row.expiresAt ?? null,
  dueAt: row.dueAt ?? null,
  version: row.version,
});

function sessionRow(session) {
  const { uuid, project, contactId, status, agent, provider, conversation, channel, priority, trigger, tags } = session;
  const { queueName, createdAt, expiresAt, dueAt, version, ...document } = session;
  for (const name of ["uuid", "project", "contactId", "status", "agent", "provider", "conversation", "channel"]) delete document[name];
  for (const name of ["priority", "trigger", "tags"]) delete document[name];
  return {
    ...sessionKey(project, uuid), type: "session", version, contactKey: `${project}#${contactId}`, agent, provider, conversation,
    channel, queueName, priority, trigger: trigger ?? undefined, tags: tags.length ? tags : undefined, createdAt,
    expiresAt: expiresAt ?? undefined, listKey: listKey(project, status), dueKey: `due#${Number.parseInt(uuid.slice(-2), 16) % 4}`,
    dueAt: dueAt ?? undefined, session: JSON.stringify(document),
  };
}

const hanging = (key, type, now) => ({ ...key, type, expiresAt: Math.floor(now / 1000) + BACKSTOP_SECONDS });
const put = (Item, condition = {}) => ({ Put: { TableName: TABLE, Item, ...condition } });
const ABSENT = { ConditionExpression: "attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure: "ALL_OLD" };

/** Writes all or nothing; gives the refused parts, by their place. */
async function transact(parts) {
  try {
    await call(new TransactWriteCommand({ TransactItems: parts }));
    return [];
  } catch (error) {
    if (error.name !== "TransactionCanceledException") throw error;
    const refused = error.CancellationReasons.map((reason, place) => ({ place, code: reason.Code, row: reason.Item }));
    const others = refused.filter((it) => it.code !== "None" && it.code !== "ConditionalCheckFailed");
    if (others.length) throw error;
    return refused.filter((it) => it.code === "ConditionalCheckFailed");
  }
}

export async function create(session, request, history, key, fingerprint, now) {
  const { pk } = sessionKey(session.project, session.uuid);
  const parts = [
    put(sessionRow(session), ABSENT),
    put({ ...hanging({ pk, sk: "record#request" }, "request", now), request: JSON.stringify(request) }),
    put({ ...hanging({ pk: `${session.project}#conversation#${session.conversation}`, sk: "open" }, "guard", now), transferId: session.uuid }, ABSENT),
  ];
  if (key) {
    const Item = { pk: `${session.project}#idempotency#${digest(key)}`, sk: "key", type: "idempotency", fingerprint };
    parts.push(put({ ...Item, transferId: session.uuid, expiresAt: Math.floor(now / 1000) + 86_400 }, ABSENT));
  }
  if (history.length) parts.push(put({ ...hanging({ pk, sk: "history" }, "history", now), history: JSON.stringify(history) }));
  return transact(parts);
}

/** A message with its identity and the session that it changes, in one transaction. */
export async function addMessage(session, basedOn, message, direction, now) {
  const { pk } = sessionKey(session.project, session.uuid);
  const unchanged = {
    ConditionExpression: "#version = :basedOn AND (attribute_not_exists(expiresAt) OR expiresAt > :now)",
    ExpressionAttributeNames: { "#version": "version" },
    ExpressionAttributeValues: { ":basedOn": basedOn, ":now": Math.floor(now / 1000) },
  };
  const seen = { pk, sk: `seen#${direction}#${digest(message.messageId)}`, type: "seen", sequence: message.sequence };
  return transact([
    put(sessionRow(session), unchanged),
    put({ ...hanging({ pk, sk: `message#${String(message.sequence).padStart(20, "0")}` }, "message", now), message }),
    put({ ...seen, expiresAt: Math.floor(now / 1000) + SEEN_SECONDS }, ABSENT),
  ]);
}

export async function undelivered(session) {
  const { Items } = await call(
    new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :sk)",
      FilterExpression: "attribute_not_exists(settlement) AND message.direction = :out",
      ExpressionAttributeValues: { ":pk": sessionKey(session.project, session.uuid).pk, ":sk": "message#", ":out": "outbound" },
    }),
  );
  return Items.map((row) => row.message);
}

/** The newest entries of one status in the index. */
export async function listed(project, status, filters, before, limit) {
  const names = Object.keys(filters);
  const range = { ":pk": listKey(project, status), ":first": `${project}#session#`, ":last": before };
  const filter = names.length && {
    FilterExpression: names.map((name) => `#${name} = :${name}`).join(" AND "),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
  };
  const { Items } = await call(
    new QueryCommand({
      TableName: TABLE,
      IndexName: "list",
      KeyConditionExpression: "listKey = :pk AND pk BETWEEN :first AND :last",
      ...filter,
      ExpressionAttributeValues: { ...range, ...Object.fromEntries(names.map((name) => [`:${name}`, filters[name]])) },
      ScanIndexForward: false,
      Limit: names.length ? 1_000 : limit + 1,
    }),
  );
  return Items;
}

export async function records(keys) {
  if (!keys.length) return [];
  const answer = await call(new BatchGetCommand({ RequestItems: { [TABLE]: { Keys: keys } } }));
  return answer.Responses[TABLE].map(sessionOf);
}
