// A bot that hands off to a human, relays both ways and takes the conversation back.
//
// Its types are generated from docs/openapi.json (`npm run generate`); events come by a signed webhook.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import createClient from "openapi-fetch";
import { Webhook } from "standardwebhooks";

import type { paths } from "./agent-transfer.d.ts";

type Event = { id: string; "detail-type": string; detail: any };

const client = createClient<paths>({ baseUrl: process.env.TRANSFER_API! });
const projectId = process.env.TRANSFER_PROJECT ?? "demo";
const conversation = `typescript-${randomUUID()}`;
const seen = new Set<string>();
let webhook: Webhook;
let sessionId = "";
let said = 0;

/** The answer's body, or the problem as an error. */
function taken<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

async function take(event: Event): Promise<void> {
  if (seen.has(event.id) || event.detail.sessionId !== sessionId) return;
  seen.add(event.id);
  const params = { path: { projectId, sessionId } };
  const { detail } = event;
  if (event["detail-type"] === "message.received") {
    console.log("representative:", detail.message.text);
    said += 1;
    if (said === 1) {
      const body = { messageId: "m-1", text: "Where is my refund?" };
      taken(await client.POST("/v1/projects/{projectId}/transfers/{sessionId}/messages", { params, body }));
    } else {
      const body = { endedBy: "contact" as const };
      await client.POST("/v1/projects/{projectId}/transfers/{sessionId}/end", { params, body });
    }
  } else if (event["detail-type"] === "transfer.ended" || event["detail-type"] === "transfer.expired") {
    const { version, outcome, resumeToken } = detail.handback;
    taken(await client.POST("/v1/projects/{projectId}/transfers/{sessionId}/handback", { params, body: { version } }));
    console.log("taken back:", outcome, "at", JSON.parse(resumeToken).step);
    process.exit(0);
  }
}

// Answers at once; the work is done afterwards. What is not signed is refused.
const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  try {
    const event = webhook.verify(body, request.headers as Record<string, string>) as Event;
    response.writeHead(204).end();
    await take(event);
  } catch {
    if (!response.headersSent) response.writeHead(401).end();
  }
}).listen(0, "127.0.0.1");
await once(server, "listening");

const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
// A secret is shown once: this bot keeps none, and begins anew.
const params = { path: { projectId, endpointId: "typescript-bot" } };
await client.DELETE("/v1/projects/{projectId}/settings/event-endpoints/{endpointId}", { params });
const endpoint = taken(
  await client.PUT("/v1/projects/{projectId}/settings/event-endpoints/{endpointId}", { params, body: { url } }),
);
webhook = new Webhook(endpoint.secret!);

const session = taken(
  await client.POST("/v1/projects/{projectId}/transfers", {
    params: { path: { projectId }, header: { "Idempotency-Key": conversation } },
    body: {
      conversationSessionId: conversation,
      contactId: "contact-1",
      channel: "chat",
      agent: "typescript-bot",
      summary: "Wants a refund for order 42.",
      resumeToken: JSON.stringify({ step: "refund" }),
    },
  }),
);
sessionId = session.sessionId;
console.log("handed off:", sessionId);
setTimeout(() => process.exit(1), 60_000);
