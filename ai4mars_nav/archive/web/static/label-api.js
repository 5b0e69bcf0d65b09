/** Calls of the server's JSON interface. */

const PATIENCE_MS = 30000;

/** The server heard and says no, in words. */
export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

/** The server did not hear, or is too busy: the same may be asked again. */
export class Unreachable extends Error {}

/** The answer's JSON, null where it has none. */
export async function call(method, url, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") {
    headers["X-CSRF-Token"] = document.querySelector("meta[name=csrf]").content;
    headers["Content-Type"] = "application/json";
  }
  const text = JSON.stringify(body);
  const answer = await ask(url, { method, headers, body: text, cache: "no-store" });
  const found = await answer.text();
  return found ? JSON.parse(found) : null;
}

/** A picture of this server, its values untouched by colour management. */
export async function picture(url) {
  const how = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  return createImageBitmap(await ask(url, {}), how);
}

/** The body of the answer to a request. */
async function ask(url, request) {
  let answer, body;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    answer = await fetch(url, { ...request, credentials: "same-origin", signal });
    body = await answer.blob();
  } catch (error) {
    throw new Unreachable(`the server does not answer (${error.message})`);
  }
  if (answer.status >= 500 || answer.status === 429) {
    throw new Unreachable(`the server is in trouble or busy (${answer.status})`);
  }
  if (!answer.ok) throw new Refused(answer.status, wordsOf(await body.text(), answer.status));
  return body;
}

/** What a refusal says. */
function wordsOf(text, status) {
  try {
    return String(JSON.parse(text).detail);
  } catch {
    return `the server says ${status}`; // an answer of something between us and the server
  }
}

/** A random UUID; `crypto.randomUUID` is missing where a team serves without TLS. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
