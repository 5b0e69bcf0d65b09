/**
 * Unfinished work on one task: in the browser at once, at the server a moment later, so that it
 * survives a reload, a kill, and a change of the device.
 */
import { Unreachable, call } from "./label-api.js";

const MOMENT_MS = 1000;

export class Draft {
  #timer = 0;

  /** `refused(error)`: the server does not take it. */
  constructor(storage, task, refused) {
    Object.assign(this, { storage, refused });
    this.key = `ai4mars-draft-${task}`;
    this.url = `/api/tasks/${encodeURIComponent(task)}/draft`;
  }

  /** What was kept: what the server has not got yet before what it has; null if nothing. */
  async find() {
    const here = this.storage.getItem(this.key);
    return here === null ? call("GET", this.url) : JSON.parse(here);
  }

  keep(content) {
    this.storage.setItem(this.key, JSON.stringify(content));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(content), MOMENT_MS);
  }

  /** The task is done. */
  end() {
    clearTimeout(this.#timer);
    this.storage.removeItem(this.key);
  }

  async #send(content) {
    try {
      await call("PUT", this.url, content);
    } catch (error) {
      // what it cannot hear is kept here, and goes with the next change
      if (!(error instanceof Unreachable)) this.refused(error);
      return;
    }
    if (this.storage.getItem(this.key) === JSON.stringify(content)) this.storage.removeItem(this.key);
  }
}
