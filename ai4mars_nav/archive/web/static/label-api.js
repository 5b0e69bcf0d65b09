/** Calls of the server's JSON interface. */

const PATIENCE_MS = 20000;

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
  let answer, text;
  try {
    answer = await fetch(url, {
      method, headers, credentials: "same-origin", cache: "no-store",
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    text = await answer.text();
  } catch (error) {
    throw new Unreachable(`the server does not answer (${error.message})`);
  }
  if (answer.status >= 500 || answer.status === 429) {
    throw new Unreachable(`the server is in trouble or busy (${answer.status})`);
  }
  if (!answer.ok) throw new Refused(answer.status, wordsOf(text, answer.status));
  return text ? JSON.parse(text) : null;
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
