/** Seconds that somebody looked at an image: the page is seen, and something is done on it. */

/** After so long without a sign, whoever labels has gone for coffee. */
const IDLE_MS = 60000;

export class Clock {
  #spent = 0;
  #last = 0;

  constructor() {
    for (const sign of ["pointermove", "pointerdown", "keydown", "wheel", "visibilitychange"]) {
      document.addEventListener(sign, () => this.#tick(), { passive: true });
    }
  }

  begin() {
    this.#spent = 0;
    this.#last = performance.now();
  }

  get seconds() {
    this.#tick();
    return Math.round(this.#spent / 100) / 10;
  }

  #tick() {
    const now = performance.now();
    this.#spent += Math.min(now - this.#last, IDLE_MS);
    this.#last = now;
  }
}
