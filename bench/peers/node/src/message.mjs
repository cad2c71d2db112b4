import { authorize, Fields, json, jsonBody, sessionId } from "./http.mjs";
import { logger, metrics, observed, Problem } from "./observed.mjs";
import { remembered, requireOpen, withMessage } from "./session.mjs";
import { addMessage, get, sessionKey, sessionOf } from "./table.mjs";

const TRIES = 5;

function validate(body) {
  const fields = new Fields();
  fields.known(body, ["messageId", "text", "attachments", "content", "reply"]);
  fields.text(body.messageId, "/messageId", { most: 256, required: true });
  fields.text(body.text, "/text", { most: 32_768, required: !body.attachments?.length });
  fields.rule((body.attachments ?? []).length <= 10, "/attachments", "must be at most 10");
  (body.attachments ?? []).forEach((it, place) => {
    fields.text(it.url, `/attachments/${place}/url`, { most: 2_048, pattern: /^https:\/\//, required: true });
    fields.text(it.name, `/attachments/${place}/name`, { most: 256 });
    fields.text(it.contentType, `/attachments/${place}/contentType`, { most: 128 });
  });
  fields.finish();
}

export const handler = observed(async (event) => {
  const project = authorize(event, "transfers:write");
  const { id, uuid } = sessionId(event);
  const body = jsonBody(event);
  validate(body);
  // The project's settings say whether texts are redacted; here none are.
  await remembered({ pk: `${project}#`, sk: "settings" });
  const { messageId, text = "", attachments = [] } = body;
  const accepted = json(202, { messageId, status: "accepted", told: "native" });
  for (let tries = 0; tries < TRIES; tries += 1) {
    const now = Date.now();
    const item = await get(sessionKey(project, uuid));
    const session = item && sessionOf(item);
    requireOpen(session, id, now);
    const changed = withMessage(session, { messageId, text }, "out", now);
    const message = { messageId, text, attachments, direction: "outbound", author: "contact", sequence: changed.last, acceptedAt: now };
    const refused = await addMessage(changed, session.version, message, "out", now);
    if (!refused.length) {
      logger.info("a message was accepted", { transferId: uuid, sequence: changed.last });
      metrics.addMetric("MessageAccepted", "Count", 1);
      return accepted;
    }
    if (refused.some((it) => it.place === 2)) return accepted;
  }
  throw new Problem(503, "unavailable", "Please try again.");
});
