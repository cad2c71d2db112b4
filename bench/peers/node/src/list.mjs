import { authorize, json } from "./http.mjs";
import { observed, Problem } from "./observed.mjs";
import { byTheClock, CHANNELS, row, STATUSES } from "./session.mjs";
import { digest, listed, records, sessionOf } from "./table.mjs";

const FILTERS = { channel: "channel", provider: "provider", agent: "agent", queue: "queueName" };

function asked(event) {
  const query = new URLSearchParams(event.rawQueryString);
  const invalid = (name) => new Problem(422, "invalid-fields", "Some fields are invalid.", { errors: [{ pointer: `/${name}`, detail: "is invalid" }] });
  const statuses = [...new Set(query.getAll("status"))];
  if (statuses.some((it) => !STATUSES.includes(it))) throw invalid("status");
  if (query.has("channel") && !CHANNELS.includes(query.get("channel"))) throw invalid("channel");
  const limit = Number(query.get("limit") ?? 25);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw invalid("limit");
  const filters = Object.fromEntries(Object.entries(FILTERS).filter(([name]) => query.has(name)).map(([name, attribute]) => [attribute, query.get(name)]));
  const question = digest(JSON.stringify([statuses, filters]));
  const cursor = query.get("cursor");
  if (cursor === null) return { statuses: statuses.length ? statuses : STATUSES, limit, filters, question };
  const [of, before] = Buffer.from(cursor, "base64url").toString().split("/");
  if (of !== question) throw new Problem(400, "invalid-cursor", "The cursor is of another list.");
  return { statuses: statuses.length ? statuses : STATUSES, limit, filters, question, before };
}

export const handler = observed(async (event) => {
  const project = authorize(event, "transfers:read");
  const { statuses, limit, filters, question, before } = asked(event);
  const last = before ? `${project}#session#${before}` : `${project}#session#~`;
  const found = await Promise.all(statuses.map((status) => listed(project, status, filters, last, limit)));
  const all = found.flat().filter((it) => it.pk !== last).sort((one, other) => (one.pk < other.pk ? 1 : -1));
  const page = all.slice(0, limit);
  const now = Date.now();
  // Those whose time may be over are looked at themselves.
  const unclear = page.filter((it) => it.dueAt !== undefined && it.dueAt * 1000 <= now);
  const clear = page.filter((it) => !unclear.includes(it)).map((it) => sessionOf({ ...it, session: "{}" }));
  const looked = (await records(unclear.map(({ pk }) => ({ pk, sk: "record" })))).map((session) => byTheClock(session, now));
  const items = [...clear, ...looked].sort((one, other) => (one.uuid < other.uuid ? 1 : -1)).map((session) => row(session, now));
  const end = page.at(-1)?.pk.split("#")[2];
  const nextCursor = all.length > limit ? Buffer.from(`${question}/${end}`).toString("base64url") : null;
  return json(200, { items, nextCursor, lookedAt: found.flat().length }, event);
});
