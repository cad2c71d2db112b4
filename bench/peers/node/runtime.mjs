// A runtime for Node.js over Lambda's Runtime API. It stands in for AWS's `aws-lambda-ric`, which compiles C++ at its
// installation (with cmake and more); what a function is given and answers is the same.
import http from "node:http";
import { pathToFileURL } from "node:url";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function exchange(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const request = http.request({ host, port, method, path: `/2018-06-01/runtime/${path}`, headers, agent }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

const { handler } = await import(pathToFileURL(process.argv[2]));
for (;;) {
  const { headers, body } = await exchange("GET", "invocation/next");
  const awsRequestId = headers["lambda-runtime-aws-request-id"];
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] ?? "";
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const context = {
    awsRequestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    await exchange("POST", `invocation/${awsRequestId}/response`, JSON.stringify((await handler(JSON.parse(body), context)) ?? null));
  } catch (error) {
    await exchange("POST", `invocation/${awsRequestId}/error`, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
  }
}
