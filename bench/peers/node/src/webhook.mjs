import { createHmac, timingSafeEqual } from "node:crypto";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { json, rawBody } from "./http.mjs";
import { logger, metrics, observed, Problem } from "./observed.mjs";
import { byTheClock, remembered, withMessage } from "./session.mjs";
import { addMessage, get, sessionKey, sessionOf } from "./table.mjs";

const TRIES = 5;
const CACHED_MS = 300_000;
const secretsManager = new SecretsManagerClient({ maxAttempts: 3 });
const cached = new Map();

async function secretsOf(project, integrationId) {
  const known = cached.get(integrationId);
  if (known && known.until > Date.now()) return known.secrets;
  const SecretId = `${process.env.SECRETS_PREFIX}/${project}/${integrationId}/webhooks`;
  const secrets = JSON.parse((await secretsManager.send(new GetSecretValueCommand({ SecretId }))).SecretString);
  cached.set(integrationId, { secrets, until: Date.now() + CACHED_MS });
  return secrets;
}

const same = (one, other) => one.length === other.length && timingSafeEqual(one, other);

async function authenticate(event, project, body) {
  const { pathParameters } = event;
  const secrets = await secretsOf(project, pathParameters.target);
  if (!secrets.pathSecrets.some((it) => same(Buffer.from(it), Buffer.from(pathParameters.secret)))) throw new Problem(404, "not-found", "There is no such address.");
  const tag = Buffer.from((event.headers["x-hub-signature-256"] ?? "").replace(/^sha256=/, ""), "base64");
  const signed = secrets.signingSecrets.some((it) => same(createHmac("sha256", it).update(body).digest(), tag));
  if (!signed) throw new Problem(401, "unauthorized", "The signature is wrong.");
}

async function take(project, told) {
  const uuid = told.channel?.to?.id ?? "";
  const messageId = told.id;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const now = Date.now();
    const item = await get(sessionKey(project, uuid));
    const session = item && sessionOf(item);
    if (!session || byTheClock(session, now).status === "ended") return "ignored";
    const changed = withMessage(session, { messageId, text: told.text }, "in", now);
    const message = { messageId, text: told.text, direction: "inbound", author: "representative", sequence: changed.last, acceptedAt: now };
    const refused = await addMessage(changed, session.version, message, "in", now);
    if (!refused.length) {
      logger.info("a message was received", { transferId: uuid, sequence: changed.last });
      return "applied";
    }
    if (refused.some((it) => it.place === 2)) return "duplicate";
  }
  throw new Problem(503, "unavailable", "Please try again.");
}

export const handler = observed(async (event) => {
  const { provider, target } = event.pathParameters;
  const row = await remembered({ pk: `#integration#${target}`, sk: "integration" });
  const integration = row && JSON.parse(row.integration);
  if (!integration || provider !== integration.provider) throw new Problem(404, "not-found", "There is no such address.");
  const body = rawBody(event);
  await authenticate(event, integration.projectId, body);
  const told = JSON.parse(body);
  const outcome = told.type === "Text" && told.direction === "Outbound" ? await take(integration.projectId, told) : "ignored";
  metrics.addMetric(`Webhook_${outcome}`, "Count", 1);
  return json(200, { status: "accepted" });
});
