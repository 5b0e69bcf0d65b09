/** What was drawn, step by step. A step is a list of shapes, which are never changed in place. */
export class History {
  #past = [];
  #future = [];

  constructor(shapes = []) {
    this.shapes = shapes;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /** A new step; `words` say what it did. */
  step(shapes, words) {
    this.#past.push({ shapes: this.shapes, words });
    this.#future = [];
    this.shapes = shapes;
  }

  /** Back one step: what was undone, in words; "" if there was nothing. */
  undo() {
    return this.#move(this.#past, this.#future);
  }

  redo() {
    return this.#move(this.#future, this.#past);
  }

  #move(from, to) {
    const last = from.pop();
    if (!last) return "";
    to.push({ shapes: this.shapes, words: last.words });
    this.shapes = last.shapes;
    return last.words;
  }
}
