import { v7 } from "uuid";
import { authorize, Fields, json, jsonBody } from "./http.mjs";
import { logger, metrics, observed, Problem } from "./observed.mjs";
import { CHANNELS, detail, expiry, idOf, PROVIDERS, remembered } from "./session.mjs";
import { create, digest, whole } from "./table.mjs";

const NAME = /^[A-Za-z0-9._~-]+$/;
const FIELDS = [
  "conversationSessionId", "contactId", "channel", "agent", "trigger", "reasonCode", "tags", "provider", "queue", "priority", "skills",
  "language", "reason", "summary", "contact", "history", "resumeToken", "predecessorSessionId", "carryConversation", "fallback", "voice",
  "metadata",
];

function validate(body) {
  const fields = new Fields();
  fields.known(body, FIELDS);
  fields.text(body.conversationSessionId, "/conversationSessionId", { most: 128, pattern: NAME, required: true });
  fields.text(body.contactId, "/contactId", { most: 256, required: true });
  fields.text(body.agent, "/agent", { most: 128, required: true });
  fields.rule(CHANNELS.includes(body.channel), "/channel", "must be a channel");
  fields.rule(body.provider === undefined || PROVIDERS.includes(body.provider), "/provider", "must be a provider");
  fields.rule([undefined, "handoff", "delegate", "escalate"].includes(body.trigger), "/trigger", "must be a trigger");
  const priority = body.priority ?? 5;
  fields.rule(Number.isInteger(priority) && priority >= 0 && priority <= 10, "/priority", "must be 0 to 10");
  fields.text(body.queue, "/queue", { most: 256 });
  fields.text(body.language, "/language", { most: 35 });
  fields.text(body.reason, "/reason", { most: 1_000 });
  fields.text(body.summary, "/summary", { most: 4_000 });
  fields.text(body.contact?.name, "/contact/name", { most: 256 });
  fields.text(body.contact?.email, "/contact/email", { most: 320, pattern: /@/ });
  fields.text(body.contact?.phone, "/contact/phone", { most: 32 });
  (body.skills ?? []).forEach((skill, place) => fields.text(skill, `/skills/${place}`, { most: 128, required: true }));
  (body.history ?? []).forEach((turn, place) => fields.text(turn.text, `/history/${place}/text`, { most: 8_000, required: true }));
  fields.rule((body.skills ?? []).length <= 50, "/skills", "must be at most 50");
  fields.rule((body.history ?? []).length <= 500, "/history", "must be at most 500 turns");
  fields.rule(JSON.stringify(body.metadata ?? {}).length <= 16_384, "/metadata", "must be at most 16384 bytes of JSON");
  fields.finish();
}

export const handler = observed(async (event) => {
  const project = authorize(event, "transfers:write");
  const body = jsonBody(event);
  validate(body);
  const settings = await remembered({ pk: `${project}#`, sk: "settings" });
  const provider = body.provider ?? settings?.settings?.defaultRouting?.provider;
  if (!provider) throw new Problem(422, "integration-not-configured", "No provider is named, and the project has no default.");
  const integration = await remembered({ pk: `${project}#`, sk: `integration#${provider}` });
  if (!integration) throw new Problem(422, "integration-not-configured", "The project has no integration of the provider.");

  const now = Date.now();
  const { conversationSessionId, contactId, channel, agent, trigger = null, tags = [], queue = "default", priority = 5, history = [] } = body;
  const session = {
    project, uuid: v7({ msecs: now }), conversation: conversationSessionId, contactId, channel, agent, provider, trigger, tags,
    queueName: queue, priority, status: "pending", createdAt: now, updatedAt: now, statusChangedAt: now, version: 1,
    expiresAt: expiry(channel, now), dueAt: Math.floor(now / 1000) + 120, last: 1, sent: 0, received: 0,
    changes: [{ sequence: 1, kind: "requested", at: now }],
  };
  const { reason, summary, metadata, contact, skills, language } = body;
  const request = { reason, summary, metadata, contact, skills, language };
  const key = event.headers["idempotency-key"];
  const fingerprint = digest(JSON.stringify(body));
  const refused = await create(session, request, history, key, fingerprint, now);
  const repeated = refused.find((it) => it.place === 3);
  if (repeated) {
    if (repeated.row.fingerprint.S !== fingerprint) throw new Problem(422, "idempotency-key-reused", "The key belongs to another request.");
    const first = await whole(project, repeated.row.transferId.S);
    return json(200, detail(first.session, first.request, [], now));
  }
  const open = refused.find((it) => it.place === 2);
  if (open) throw new Problem(409, "transfer-already-open", "The conversation has an open session.", { transferId: open.row.transferId.S });
  if (refused.length) throw new Error("the session is there already");
  logger.info("a transfer was created", { transferId: session.uuid, provider });
  metrics.addMetric("TransferCreated", "Count", 1);
  const answer = json(201, detail(session, request, [], now));
  return { ...answer, headers: { ...answer.headers, location: `${event.rawPath}/${idOf(session)}` } };
});
