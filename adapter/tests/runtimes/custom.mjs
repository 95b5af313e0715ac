// A Lambda custom runtime and its handler in Node, with nothing but its own modules. Answers are sent in chunks.

import http from "node:http";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const runtime = "/2018-06-01/runtime/invocation/";

function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, method, path: runtime + path, agent, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    request.on("error", reject);
    if (body !== undefined) request.write(body);
    request.end();
  });
}

async function handler(event, requestId) {
  if (event.rawPath === "/fail") throw new Error("as was asked");
  if (event.rawPath === "/exit") {
    console.error("about to exit");
    process.exit(1);
  }
  const saw = {
    runtime: "node",
    method: event.requestContext.http.method,
    path: event.rawPath,
    query: event.rawQueryString,
    body: event.body ?? null,
    request_id: requestId,
    pid: process.pid,
  };
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(saw) };
}

for (;;) {
  const next = await call("GET", "next");
  const id = next.headers["lambda-runtime-aws-request-id"];
  try {
    await call("POST", `${id}/response`, JSON.stringify(await handler(JSON.parse(next.body), id)));
  } catch (error) {
    const told = { errorMessage: error.message, errorType: error.name, trace: [] };
    await call("POST", `${id}/error`, JSON.stringify(told), { "lambda-runtime-function-error-type": "Function.Error" });
  }
}
