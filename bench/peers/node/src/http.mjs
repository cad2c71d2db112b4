// Requests of API Gateway's HTTP API (payload 2.0), and answers.
import { createHash } from "node:crypto";
import { Problem } from "./observed.mjs";

const PROJECT = /^[A-Za-z0-9._~-]{1,64}$/;
const SESSION = /^agent_transfer:([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}):([A-Za-z0-9._~-]{1,128}):(chat|messaging|email|campaign|voice)$/;

/** The project of the path, if the token covers it. */
export function authorize(event, scope) {
  const project = event.pathParameters?.projectId ?? "";
  const claims = event.requestContext.authorizer?.jwt?.claims ?? {};
  const projects = (claims[process.env.PROJECT_CLAIM ?? "projects"] ?? "").replace(/^\[|\]$/g, "").split(/[ ,]+/);
  if (!PROJECT.test(project) || !projects.includes(project)) throw new Problem(403, "forbidden", "The token does not cover the project.");
  if (!(claims.scope ?? "").split(" ").includes(scope)) throw new Problem(403, "forbidden", "The token lacks a scope.");
  return project;
}

export function sessionId(event) {
  const found = SESSION.exec(decodeURIComponent(event.pathParameters?.sessionId ?? ""));
  if (!found) throw new Problem(404, "not-found", "There is no such session.");
  return { id: found[0], uuid: found[1] };
}

export const rawBody = (event) => Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");

export function jsonBody(event) {
  if (!(event.headers["content-type"] ?? "").startsWith("application/json")) throw new Problem(415, "unsupported-media-type", "JSON is expected.");
  const body = rawBody(event);
  if (body.length > 256 * 1024) throw new Problem(413, "too-large", "The body is too large.");
  try {
    return JSON.parse(body);
  } catch {
    throw new Problem(400, "malformed", "The body is no JSON.");
  }
}

/** Collects all faults of a body, by JSON pointer. */
export class Fields {
  errors = [];

  rule(holds, pointer, detail) {
    if (!holds) this.errors.push({ pointer, detail });
  }

  text(value, pointer, { most, pattern, required = false }) {
    if (value === undefined || value === null) return this.rule(!required, pointer, "is required");
    this.rule(typeof value === "string" && value.length > 0 && value.length <= most && (!pattern || pattern.test(value)), pointer, "is invalid");
  }

  known(body, names) {
    for (const name of Object.keys(body)) this.rule(names.includes(name), `/${name}`, "is not known");
  }

  finish() {
    if (this.errors.length) throw new Problem(422, "invalid-fields", "Some fields are invalid.", { errors: this.errors });
  }
}

export function json(status, value, event) {
  const body = JSON.stringify(value);
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  if (event) {
    headers.etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 32)}"`;
    if (event.headers["if-none-match"] === headers.etag) return { statusCode: 304, headers, body: "" };
  }
  return { statusCode: status, headers, body };
}

export const time = (milliseconds) => (milliseconds === null || milliseconds === undefined ? null : new Date(milliseconds).toISOString());
