/** Task after task: what goes to the server and comes from it, also over a bad connection. */
import { Refused, Unreachable, call, uuid } from "./label-api.js";
import { Draft } from "./label-draft.js";
import { Outbox } from "./label-outbox.js";

const FIRST_WAIT_MS = 1000, LONGEST_WAIT_MS = 30000;

/** HTTP: whoever asks is not signed in, or not any more. */
const SIGNED_OUT = [401, 403];

export class Work {
  task = null;
  busy = false;
  #draft = null;
  /** The answer that may be taken back. */
  #last = null;

  /**
   * `hooks`: show(task, content), empty(), busy(yes), say(words), trouble(words, "" when it is
   * over).
   */
  constructor(project, hooks) {
    Object.assign(this, { project, hooks });
    const mine = `${project.id}-${project.labeller}`;
    this.outbox = new Outbox(localStorage, `ai4mars-outbox-${mine}`, ({ task, body }) =>
      call("POST", `/api/tasks/${encodeURIComponent(task)}/answer`, body));
  }

  /** Send what an earlier visit left, and open the first task. */
  begin() {
    return this.#alone(async () => {
      await this.#deliver();
      await this.#next();
    });
  }

  keep(content) {
    this.#draft?.keep(content);
  }

  /** Keep an answer, send it, open the next task. */
  save(answer, seconds) {
    return this.#alone(async () => {
      const task = this.task.task;
      const body = { ...answer, seconds, client_id: uuid() };
      this.outbox.put({ task, body });
      const refused = (await this.#deliver()).find(({ letter }) => letter.task === task)?.refused;
      // the work is still on the stage and can be mended
      if (refused?.status === 422) return;
      this.#draft.end();
      await this.#next();
    });
  }

  later() {
    return this.#alone(async () => {
      await this.#patiently(() => call("POST", this.#url("later")));
      this.hooks.say("left for later");
      await this.#next();
    });
  }

  /** The same task once more, as it was left. */
  again() {
    return this.#alone(() => this.#open(this.task));
  }

  get canTakeBack() {
    return this.#last !== null;
  }

  /** The last answer again, to be changed. */
  takeBack() {
    return this.#alone(async () => {
      const url = `/api/answers/${encodeURIComponent(this.#last)}/undo`;
      await this.#open(await this.#patiently(() => call("POST", url)));
      this.hooks.say("the last answer is taken back");
    });
  }

  async #next() {
    const url = `/api/projects/${encodeURIComponent(this.project.id)}/next`;
    const task = await this.#patiently(() => call("GET", url));
    if (task) {
      await this.#open(task);
    } else {
      this.task = this.#draft = null;
      this.hooks.empty();
    }
  }

  async #open(task) {
    this.task = task;
    this.#last = task.last_answer;
    this.#draft = new Draft(localStorage, task.task, (error) => this.hooks.say(error.message));
    await this.#patiently(async () => this.hooks.show(task, await this.#draft.find()));
  }

  async #deliver() {
    const done = await this.#patiently(() => this.outbox.flush());
    for (const { answer, refused } of done) {
      if (refused) this.hooks.say(`an answer was not taken: ${refused.message}`);
      else this.#last = answer.answer;
    }
    return done;
  }

  #url(what) {
    return `/api/tasks/${encodeURIComponent(this.task.task)}/${what}`;
  }

  /** One thing at a time: a second press of Save is none. */
  async #alone(doing) {
    if (this.busy) return;
    this.busy = true;
    this.hooks.busy(true);
    try {
      await doing();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.hooks.trouble(
        SIGNED_OUT.includes(error.status)
          ? `${error.message}. Sign in in another tab and reload this page: what you did is kept here.`
          : error.message,
      );
    } finally {
      this.busy = false;
      this.hooks.busy(false);
    }
  }

  /** Do it until the server hears. */
  async #patiently(doing) {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        const found = await doing();
        this.hooks.trouble("");
        return found;
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        this.hooks.trouble(`${error.message}; what you did is kept here, and it is tried again`);
        await online(wait);
      }
    }
  }
}

/** So many milliseconds, or until the network is back. */
function online(wait) {
  return new Promise((done) => {
    const timer = setTimeout(done, wait);
    addEventListener("online", () => (clearTimeout(timer), done()), { once: true });
  });
}
