/**
 * Answers on their way: kept in the browser from the moment they are given until the server has
 * them, through lost connections, reloads and crashes. The server knows an answer by its
 * `client_id`, so one that is sent twice counts once.
 */
import { Refused, Unreachable } from "./label-api.js";

export class Outbox {
  #running = null;

  /** `key`: where in `storage`; `send(letter)`: to the server. */
  constructor(storage, key, send) {
    Object.assign(this, { storage, key, send });
  }

  /** Letters that wait, the oldest first: {task, body}. */
  get waiting() {
    return JSON.parse(this.storage.getItem(this.key) ?? "[]");
  }

  put(letter) {
    this.#store([...this.waiting, letter]);
  }

  /**
   * Send what waits, in order: [{letter, answer}] or, for what the server refuses, [{letter,
   * refused}]. What it cannot hear stays, and `Unreachable` is thrown; so does what was sent
   * while signed out.
   */
  flush() {
    this.#running ??= this.#flush().finally(() => (this.#running = null));
    return this.#running;
  }

  async #flush() {
    const done = [];
    for (let [letter] = this.waiting; letter; [letter] = this.waiting) {
      try {
        done.push({ letter, answer: await this.send(letter) });
      } catch (error) {
        if (error instanceof Unreachable || !(error instanceof Refused)) throw error;
        if (error.status === 401 || error.status === 403) throw error;
        done.push({ letter, refused: error });
      }
      // another tab may have sent it, too
      this.#store(this.waiting.filter((one) => one.body.client_id !== letter.body.client_id));
    }
    return done;
  }

  #store(letters) {
    if (letters.length) this.storage.setItem(this.key, JSON.stringify(letters));
    else this.storage.removeItem(this.key);
  }
}
