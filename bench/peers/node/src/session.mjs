// What a session is: how it begins, changes and is shown.
import { get } from "./table.mjs";
import { Problem } from "./observed.mjs";
import { time } from "./http.mjs";

export const STATUSES = ["pending", "queued", "active", "post_agent", "ended"];
export const CHANNELS = ["chat", "messaging", "email", "campaign", "voice"];
export const PROVIDERS = ["smartassist", "salesforce", "servicenow", "five9", "genesys"];
export const TTL_MINUTES = { chat: 30, messaging: 30, email: 1440, campaign: 60, voice: 0 };

const CACHED_MS = 60_000;
const cache = new Map();

/** A row that seldom changes, remembered for a minute. */
export async function remembered(key) {
  const name = `${key.pk}/${key.sk}`;
  const known = cache.get(name);
  if (known && known.until > Date.now()) return known.row;
  const row = await get(key);
  cache.set(name, { row, until: Date.now() + CACHED_MS });
  return row;
}

export const idOf = (session) => `agent_transfer:${session.uuid}:${session.conversation}:${session.channel}`;

export const expiry = (channel, now) => (TTL_MINUTES[channel] ? Math.floor(now / 1000) + TTL_MINUTES[channel] * 60 : null);

/** As it stands by the clock: what is over is shown as ended, whoever has written that yet. */
export function byTheClock(session, now) {
  if (session.status === "ended" || session.expiresAt === null || session.expiresAt * 1000 > now) return session;
  return { ...session, status: "ended", endReason: "expired", endedAt: session.expiresAt * 1000 };
}

export function requireOpen(session, id, now) {
  if (!session || idOf(session) !== id) throw new Problem(404, "not-found", "There is no such session.");
  const { status, endReason } = byTheClock(session, now);
  if (status !== "ended") return;
  if (endReason === "expired") throw new Problem(410, "transfer-expired", "The transfer has expired.");
  throw new Problem(409, "transfer-ended", "The transfer has ended.");
}

/** The session with one message more. */
export function withMessage(session, message, direction, now) {
  const sequence = session.last + 1;
  const change = { sequence, kind: direction === "in" ? "message_received" : "message_accepted", at: now, message };
  const counted = direction === "in" ? { received: session.received + 1 } : { sent: session.sent + 1 };
  const moved = { last: sequence, updatedAt: now, lastMessageAt: now, expiresAt: expiry(session.channel, now), changes: [change] };
  return { ...session, ...counted, ...moved, version: session.version + 1 };
}

const duration = (session, now) => Math.max(0, Math.floor(((session.endedAt ?? now) - session.createdAt) / 1000));
const actions = (session) => (session.status === "ended" ? ["acknowledge_handback"] : ["send_message", "end"]);

export const detail = (session, request, undelivered, now) => ({
  sessionId: idOf(session), projectId: session.project, conversationSessionId: session.conversation, contactId: session.contactId,
  agent: session.agent, provider: session.provider, channel: session.channel, status: session.status,
  queue: { name: session.queueName, position: null, estimatedWaitSeconds: null }, representative: session.representative ?? null,
  providerSessionId: session.providerSessionId ?? null, priority: session.priority, trigger: session.trigger, reasonCode: null,
  tags: session.tags, reason: request.reason ?? null, summary: request.summary ?? null, createdAt: time(session.createdAt),
  updatedAt: time(session.updatedAt), lastMessageAt: time(session.lastMessageAt), statusChangedAt: time(session.statusChangedAt),
  endedAt: time(session.endedAt), endReason: session.endReason ?? null, endedBy: session.endedBy ?? null, outcome: null,
  predecessorSessionId: null, successorSessionId: null, fallback: [], handback: null, alternatives: [],
  expiresAt: time(session.expiresAt && session.expiresAt * 1000), durationSeconds: duration(session, now), stale: false,
  unconfirmed: false, voice: null, voiceHeaders: null, endKnownBy: null, metadata: request.metadata ?? {}, providerData: {},
  version: session.version, nextDue: session.dueAt && { at: time(session.dueAt * 1000), what: "look" }, lastProviderEventAt: null,
  undelivered: { messages: undelivered.length, oldestAt: time(undelivered[0]?.acceptedAt) }, actions: actions(session),
});

export const row = (session, now) => ({
  sessionId: idOf(session), contactId: session.contactId, agent: session.agent, provider: session.provider, channel: session.channel,
  status: session.status, queue: { name: session.queueName, position: null, estimatedWaitSeconds: null },
  durationSeconds: duration(session, now), endReason: session.endReason ?? null, outcome: null, handback: null, trigger: session.trigger,
  reasonCode: null, tags: session.tags, unconfirmed: false, representative: session.representative?.name ?? null,
  priority: session.priority, stale: false, createdAt: time(session.createdAt), actions: actions(session),
});
