/** Labelling a whole image: one of the classes, and a note. */

export class ImageBench {
  kind = "image";
  value = null;

  /** See `PixelBench`. */
  constructor(stage, project, { say, changed, kept }) {
    Object.assign(this, { stage, project, say, refreshed: changed, kept });
    this.names = new Map(project.classes.map((one) => [one.value, one.name]));
    this.note = document.getElementById("note");
    this.note.addEventListener("input", () => this.#keep());
  }

  async open(task, content) {
    await this.stage.open(task, new Map());
    this.guess = task.guess;
    this.value = content?.classes?.[0] ?? null;
    this.note.value = content?.note ?? "";
    this.refreshed();
  }

  choose(value) {
    this.value = value;
    this.say(`${this.names.get(value)} is chosen; save it to go on`);
    this.#keep();
    this.refreshed();
  }

  /** Choose what the model holds most probable. */
  acceptGuess() {
    if (!this.guess) return this.say("this image has no guess");
    const [best] = Object.entries(this.guess).toSorted((a, b) => b[1] - a[1])[0];
    this.choose(this.project.classes.find((one) => String(one.value) === best || one.name === best).value);
  }

  answer() {
    if (this.value === null) return "no class is chosen yet; press Later if you cannot say";
    return { kind: "image", classes: [this.value], note: this.note.value.trim() };
  }

  act(action) {
    if (action !== "accept") return false;
    this.acceptGuess();
    return true;
  }

  step() {}

  #keep() {
    this.kept({ classes: this.value === null ? [] : [this.value], note: this.note.value });
  }
}
