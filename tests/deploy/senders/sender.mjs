// Posts each line of its input, `form TAB id TAB url TAB body`, and prints `id TAB status`.
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

const PATIENCE_MS = 10_000;

function request(form, url, body) {
  const { promise, resolve, reject } = withResolvers();
  const headers = { "Content-Type": "application/json" };
  if (!form.includes("chunked")) headers["Content-Length"] = Buffer.byteLength(body);
  if (form.includes("expect")) headers.Expect = "100-continue";
  const sent = (url.startsWith("https") ? https : http).request(url, { method: "POST", headers, timeout: PATIENCE_MS });
  sent.on("response", (answer) => answer.resume().on("end", () => resolve(answer.statusCode)));
  sent.on("timeout", () => sent.destroy(new Error("timeout")));
  sent.on("error", reject);
  if (form.includes("expect")) sent.on("continue", () => sent.end(body));
  else sent.end(body);
  return promise;
}

async function fetched(form, url, body) {
  const sent = form.includes("chunked") ? new Blob([body]).stream() : body;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const answer = await fetch(url, { method: "POST", body: sent, duplex: "half", signal });
  await answer.text();
  return answer.status;
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

for (const line of readFileSync(0, "utf8").trim().split("\n")) {
  const [form, id, url, body] = line.split("\t");
  const post = form.startsWith("fetch") ? fetched : request;
  console.log(`${id}\t${await post(form, url, body).catch((error) => `${error} ${error.cause ?? ""}`)}`);
}
process.exit(0);
