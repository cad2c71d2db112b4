// A bot that hands off to a human, relays both ways and takes the conversation back.
//
// Its types are generated from docs/openapi.json (`npm run generate`); events come by a signed webhook, whose secret it
// keeps: WEBHOOK_SECRET="whsec_$(openssl rand -base64 32)".
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import createClient from "openapi-fetch";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

import type { paths } from "./agent-transfer.d.ts";

type Event = { "detail-type": string; detail: any };

/** The session went on without us: there is nothing left to do. */
class Over extends Error {}

const client = createClient<paths>({ baseUrl: process.env.TRANSFER_API! });
const projectId = process.env.TRANSFER_PROJECT ?? "demo";
const bot = "typescript-bot";
const secret = process.env.WEBHOOK_SECRET!;
const webhook = new Webhook(secret);
const conversation = process.env.CONVERSATION ?? `typescript-${randomUUID()}`;

/** The answer's body, unless it is a failure: then its event comes again, if it can be done at all. */
function taken<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (data !== undefined) return data;
  throw new ([404, 409, 410].includes(response.status) ? Over : Error)(JSON.stringify(error));
}

/** May be done again, also by another process: nothing is in memory, and each request may be repeated. */
async function take({ "detail-type": kind, detail }: Event): Promise<boolean> {
  if (detail.agent !== bot) return false;
  const params = { path: { projectId, sessionId: detail.sessionId } };
  if (kind === "message.received") {
    console.log("representative:", detail.message.text);
    const page = taken(await client.GET("/v1/projects/{projectId}/transfers/{sessionId}/messages", { params }));
    const said = page.items.filter((one) => one.author === "representative").map((one) => one.messageId);
    if (!said.includes(detail.message.messageId)) throw new Error("the message cannot be read yet");
    if (said[0] === detail.message.messageId) {
      const body = { messageId: "m-1", text: "Where is my refund?" };
      taken(await client.POST("/v1/projects/{projectId}/transfers/{sessionId}/messages", { params, body }));
    } else {
      const body = { endedBy: "contact" as const };
      taken(await client.POST("/v1/projects/{projectId}/transfers/{sessionId}/end", { params, body }));
    }
  } else if (detail.handback && kind !== "transfer.failed") {
    const { version, outcome, resumeToken } = detail.handback;
    console.log("taken back:", outcome, "at", JSON.parse(resumeToken).step);
    taken(await client.POST("/v1/projects/{projectId}/transfers/{sessionId}/handback", { params, body: { version } }));
    return detail.conversationSessionId === conversation;
  }
  return false;
}

// Answers when the work is done: what is not answered 2xx comes again. What is not signed is refused.
const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  try {
    const isTakenBack = await take(webhook.verify(body, request.headers as Record<string, string>) as Event);
    response.writeHead(204).end(() => isTakenBack && process.exit(0));
  } catch (error) {
    console.error(error);
    response.writeHead(error instanceof WebhookVerificationError ? 401 : error instanceof Over ? 204 : 500).end();
  }
}).listen(0, "127.0.0.1");
await once(server, "listening");

const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
taken(
  await client.PUT("/v1/projects/{projectId}/settings/event-endpoints/{endpointId}", {
    params: { path: { projectId, endpointId: bot } },
    body: { url, secret },
  }),
);
const session = taken(
  await client.POST("/v1/projects/{projectId}/transfers", {
    params: { path: { projectId }, header: { "Idempotency-Key": conversation } },
    body: {
      conversationSessionId: conversation,
      contactId: "contact-1",
      channel: "chat",
      agent: bot,
      summary: "Wants a refund for order 42.",
      resumeToken: JSON.stringify({ step: "refund" }),
    },
  }),
);
console.log("handed off:", session.sessionId);
setTimeout(() => process.exit(1), 60_000);
