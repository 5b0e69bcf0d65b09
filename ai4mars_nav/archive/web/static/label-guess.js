/** The first guess of a model: a label image that can be shown, taken over, or filled from. */
import { encloses, topmost } from "./label-geometry.js";
import { outlines } from "./label-trace.js";

export class Guess {
  #shapes = null;

  /** `label`: class values (height * width). */
  constructor(label, width, height) {
    Object.assign(this, { label, width, height });
  }

  /** All of it as shapes, the enclosing ones first. */
  get shapes() {
    this.#shapes ??= outlines(this.label, this.width, this.height);
    return this.#shapes;
  }

  /** The region at a point with all that lies inside it, as shapes; none where there is no guess. */
  regionAt(p) {
    const at = topmost(this.shapes, p);
    if (at < 0) return [];
    const outer = this.shapes[at];
    const inner = this.shapes.slice(at + 1).filter((s) => encloses(outer.points, middle(s.points)));
    return [outer, ...inner];
  }
}

/** A point inside an outline's first corner: half a pixel into the region, whose side is known. */
function middle(outline) {
  const [a, b] = [outline[0], outline[1]];
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
  return [
    (a[0] + b[0]) / 2 - ((b[1] - a[1]) / length) * 0.5,
    (a[1] + b[1]) / 2 + ((b[0] - a[0]) / length) * 0.5,
  ];
}
