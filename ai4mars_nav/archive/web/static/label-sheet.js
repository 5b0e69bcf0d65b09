/** What is drawn on one image, and with which class and pen. */
import { NONE } from "./label-geometry.js";
import { History } from "./label-history.js";

export class Sheet {
  #history;

  /**
   * `size`: width and height of the image; `names`: what each class value is called;
   * `say(words)` tells people, `changed()` asks for a new picture, `kept(shapes)` stores a step.
   */
  constructor(size, names, shapes, { say, changed, kept }) {
    Object.assign(this, { size, names, say, changed, kept });
    this.#history = new History(shapes);
    this.value = null;
    this.width = Math.max(2, Math.round(Math.min(...size) / 24));
  }

  get shapes() {
    return this.#history.shapes;
  }

  get canUndo() {
    return this.#history.canUndo;
  }

  get canRedo() {
    return this.#history.canRedo;
  }

  /** A shape in words. */
  describe(shape) {
    const kind = shape.type === "polygon" ? `polygon of ${shape.points.length} points` : "stroke";
    return shape.class === NONE ? `rubbed out by a ${kind}` : `${this.nameOf(shape.class)}, ${kind}`;
  }

  nameOf(value) {
    return this.names.get(value) ?? `class ${value}`;
  }

  add(shapes, words) {
    this.#step([...this.shapes, ...shapes], `${words}: ${this.#named(shapes)}`);
  }

  /** Add under all that is there. */
  addBelow(shapes, words) {
    this.#step([...shapes, ...this.shapes], words);
  }

  replace(index, shape, words) {
    this.#step(this.shapes.with(index, shape), `${words}: ${this.describe(shape)}`);
  }

  remove(index) {
    const words = `removed: ${this.describe(this.shapes[index])}`;
    this.#step(this.shapes.toSpliced(index, 1), words);
  }

  undo() {
    this.#back(this.#history.undo(), "undone", "nothing to undo");
  }

  redo() {
    this.#back(this.#history.redo(), "done again", "nothing to do again");
  }

  #step(shapes, words) {
    this.#history.step(shapes, words);
    this.kept(shapes);
    this.say(words);
    this.changed();
  }

  #back(words, done, nothing) {
    if (words) this.kept(this.shapes);
    this.say(words ? `${done}: ${words}` : nothing);
    this.changed();
  }

  #named(shapes) {
    return shapes.length === 1 ? this.describe(shapes[0]) : `${shapes.length} shapes`;
  }
}
