/** Mouse, pen and fingers on the stage: one draws, two move and zoom. */
import { distance } from "./label-geometry.js";

/** Screen pixels that a pointer may miss a point by, and that a finger moves before it draws. */
const REACH = { mouse: 10, pen: 12, touch: 22 };
const SLOP = 6;

export class Pointer {
  #down = new Map();
  #begun = null;
  #panning = false;

  /**
   * `tool()`: what draws now, null to move the image; `changed()` asks for a new picture;
   * `hover(point or null)` tells where the pointer is, in image pixels.
   */
  constructor(stage, view, { tool, changed, hover }) {
    Object.assign(this, { stage, view, tool, changed, hover });
    stage.addEventListener("pointerdown", (event) => this.#press(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    stage.addEventListener("pointerup", (event) => this.#lift(event, true));
    stage.addEventListener("pointercancel", (event) => this.#lift(event, false));
    stage.addEventListener("pointerleave", () => this.hover(null));
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    stage.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  #press(event) {
    if (event.button > 1) return;
    // a click would focus what lies under it, and a drag choose text
    event.preventDefault();
    this.stage.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    this.#down.set(event.pointerId, this.#at(event));
    if (this.#down.size === 2) {
      if (this.#begun?.started) this.tool()?.release(this.#begun.image, this.#begun.reach);
      this.#begun = null;
      return;
    }
    if (this.#down.size > 2) return;
    this.#panning = event.button === 1 || !this.tool();
    if (this.#panning) return;
    const at = this.#at(event), reach = REACH[event.pointerType] ?? REACH.mouse;
    this.#begun = { at, image: this.view.toImage(at), reach: reach / this.view.scale, started: false };
    // a finger may turn out to be the first of two
    if (event.pointerType !== "touch") this.#start();
  }

  #move(event) {
    const at = this.#at(event);
    this.hover(event.pointerType === "touch" ? null : this.view.toImage(at));
    const before = this.#down.get(event.pointerId);
    if (!before) return;
    if (this.#down.size === 2) this.#pinch(event.pointerId, at);
    else if (this.#panning) this.view.pan(at[0] - before[0], at[1] - before[1]);
    else if (this.#begun) this.#drag(event, at);
    this.#down.set(event.pointerId, at);
    this.changed();
  }

  #drag(event, at) {
    if (!this.#begun.started) {
      if (distance(at, this.#begun.at) < SLOP) return;
      this.#start();
    }
    // a quick hand moves far between two frames
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const one of moves.length ? moves : [event]) {
      this.#begun.image = this.view.toImage(this.#at(one));
      this.tool()?.drag(this.#begun.image, this.#begun.reach);
    }
  }

  #lift(event, meant) {
    if (!this.#down.delete(event.pointerId)) return;
    const begun = this.#begun;
    this.#begun = null;
    if (begun && meant) {
      if (!begun.started) this.tool()?.press(begun.image, begun.reach);
      this.tool()?.release(begun.image, begun.reach);
    } else if (begun?.started) {
      this.tool()?.cancel();
    }
    if (this.#down.size === 0) this.#panning = false;
    else this.#panning = true; // the finger that is left of two goes on moving the image
    this.changed();
  }

  #start() {
    this.#begun.started = true;
    this.tool()?.press(this.#begun.image, this.#begun.reach);
  }

  #pinch(moved, at) {
    const [a, b] = [...this.#down].map(([id, was]) => [was, id === moved ? at : was]);
    const middle = (p, q) => [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2];
    const from = middle(a[0], b[0]), to = middle(a[1], b[1]);
    this.view.pan(to[0] - from[0], to[1] - from[1]);
    this.view.zoom(distance(a[1], b[1]) / Math.max(1, distance(a[0], b[0])), to);
  }

  #wheel(event) {
    event.preventDefault();
    this.view.zoom(2 ** (-event.deltaY / 300), this.#at(event));
    this.changed();
  }

  #at(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }
}
