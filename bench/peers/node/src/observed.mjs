// Logs and metrics, as Powertools does them.
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";

export const logger = new Logger({ serviceName: "agent-transfer" });
export const metrics = new Metrics({ namespace: "AgentTransfer", serviceName: "agent-transfer" });

/** A handler whose metrics are written at its end, and whose problems are answers. */
export const observed = (handle) => async (event, context) => {
  logger.addContext(context);
  metrics.addDimension("route", event.routeKey);
  try {
    return await handle(event);
  } catch (error) {
    if (error instanceof Problem) return error.answer();
    logger.error("a request failed", error);
    return new Problem(500, "internal", "Something went wrong.").answer();
  } finally {
    metrics.publishStoredMetrics();
  }
};

export class Problem extends Error {
  constructor(status, type, title, more = {}) {
    super(title);
    Object.assign(this, { status, type, title, more });
  }

  answer() {
    const { status, type, title, more } = this;
    const body = JSON.stringify({ type: `urn:agent-transfer:problem:${type}`, title, status, ...more });
    return { statusCode: status, headers: { "content-type": "application/problem+json" }, body };
  }
}
