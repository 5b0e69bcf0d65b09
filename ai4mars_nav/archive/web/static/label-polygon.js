/** The polygon tool: points are set one by one or along a drag; near the first, it closes. */
import { area, distance, thin, within } from "./label-geometry.js";

/** Square pixels that a polygon has at least. */
const LEAST = 4;

export class PolygonTool {
  points = [];
  #down = false;
  #dragged = 0;

  constructor(sheet) {
    this.sheet = sheet;
  }

  /** `reach`: image pixels that a finger or pointer may miss a point by. */
  press(p, reach) {
    this.#down = true;
    this.#dragged = 0;
    if (this.points.length >= 3 && distance(p, this.points[0]) <= reach) {
      this.#down = false;
      this.finish();
      return;
    }
    this.#set(p);
    this.sheet.say(this.points.length === 1 ? "polygon begun" : `point ${this.points.length}`);
  }

  drag(p, reach) {
    if (!this.#down || distance(p, this.points.at(-1)) < reach / 3) return;
    this.#set(p);
    this.#dragged++;
    this.sheet.changed();
  }

  release(p, reach) {
    const lasso = this.#down && this.#dragged > 7 && this.points.length === this.#dragged + 1;
    this.#down = false;
    if (!lasso) return;
    this.points = thin(this.points, reach / 12);
    this.finish();
  }

  /** Close the outline and keep it; too few points are dropped. */
  finish() {
    const points = this.points;
    this.points = [];
    this.#down = false;
    if (points.length === 0) return;
    if (points.length < 3 || area(points) < LEAST) {
      this.sheet.say("polygon dropped: it encloses nothing");
      this.sheet.changed();
      return;
    }
    this.sheet.add([{ class: this.sheet.value, type: "polygon", points }], "polygon closed");
  }

  cancel() {
    if (this.points.length === 0) return false;
    this.points = [];
    this.#down = false;
    this.sheet.say("polygon dropped");
    this.sheet.changed();
    return true;
  }

  /** Take back the last point; false if there is none. */
  back() {
    if (this.points.length === 0) return false;
    this.points = this.points.slice(0, -1);
    this.sheet.say("point taken back");
    this.sheet.changed();
    return true;
  }

  #set(p) {
    this.points = [...this.points, within(p, this.sheet.size)];
    this.sheet.changed();
  }
}
