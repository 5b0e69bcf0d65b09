/** The tool that changes what is there: shapes are chosen, their points moved, added, removed. */
import { nearest, nearestEdge, topmost, within } from "./label-geometry.js";

export class ChangeTool {
  /** The chosen shape's place in the list, -1 for none, and the point of it that is held. */
  chosen = -1;
  corner = -1;
  /** The chosen shape while a point of it is moved. */
  moved = null;
  #added = false;

  constructor(sheet) {
    this.sheet = sheet;
  }

  get shape() {
    return this.sheet.shapes[this.chosen];
  }

  choose(index) {
    this.chosen = index;
    this.corner = -1;
    this.sheet.say(index < 0 ? "nothing chosen" : `chosen: ${this.sheet.describe(this.shape)}`);
    this.sheet.changed();
  }

  press(p, reach) {
    const shape = this.shape;
    if (shape) {
      this.corner = nearest(shape.points, p, reach);
      if (this.corner >= 0) {
        this.#hold(shape, false);
        return;
      }
      const edge = shape.type === "polygon" ? nearestEdge(shape.points, p, reach / 2) : -1;
      if (edge >= 0) {
        this.corner = edge + 1;
        const points = shape.points.toSpliced(this.corner, 0, within(p, this.sheet.size));
        this.#hold({ ...shape, points }, true);
        return;
      }
    }
    this.choose(topmost(this.sheet.shapes, p));
  }

  drag(p) {
    if (!this.moved) return;
    const points = this.moved.points.with(this.corner, within(p, this.sheet.size));
    this.moved = { ...this.moved, points };
    this.sheet.changed();
  }

  release() {
    this.finish();
  }

  finish() {
    const moved = this.moved;
    this.moved = null;
    const stays = !moved || (!this.#added && same(moved.points, this.shape.points));
    if (!stays) this.sheet.replace(this.chosen, moved, this.#added ? "point added" : "point moved");
  }

  cancel() {
    if (this.moved) this.moved = null;
    else if (this.chosen >= 0) this.choose(-1);
    else return false;
    this.sheet.changed();
    return true;
  }

  back() {
    return this.moved ? this.cancel() : false;
  }

  /** Remove the held point, or the chosen shape where no point is held. */
  remove() {
    const shape = this.shape;
    if (!shape) {
      this.sheet.say("nothing chosen to remove");
    } else if (this.corner >= 0 && shape.points.length > (shape.type === "polygon" ? 3 : 1)) {
      const points = shape.points.toSpliced(this.corner, 1);
      this.corner = -1;
      this.sheet.replace(this.chosen, { ...shape, points }, "point removed");
    } else {
      const index = this.chosen;
      this.chosen = this.corner = -1;
      this.sheet.remove(index);
    }
  }

  #hold(shape, added) {
    this.moved = shape;
    this.#added = added;
    this.sheet.say(`point ${this.corner + 1} of ${shape.points.length} held`);
    this.sheet.changed();
  }
}

function same(a, b) {
  return a.length === b.length && a.every((p, i) => p[0] === b[i][0] && p[1] === b[i][1]);
}
