import { authorize, json, sessionId } from "./http.mjs";
import { observed, Problem } from "./observed.mjs";
import { byTheClock, detail, idOf } from "./session.mjs";
import { undelivered, whole } from "./table.mjs";

export const handler = observed(async (event) => {
  const project = authorize(event, "transfers:read");
  const { id, uuid } = sessionId(event);
  const found = await whole(project, uuid);
  if (!found || idOf(found.session) !== id) throw new Problem(404, "not-found", "There is no such session.");
  const now = Date.now();
  const waiting = found.session.sent ? await undelivered(found.session) : [];
  return json(200, detail(byTheClock(found.session, now), found.request, waiting, now), event);
});
