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
    await this.stage.open(task, new Map(), (words) => words && this.say(words));
    this.guess = task.guess;
    this.guessUsed = content?.guess_used ?? false;
    this.value = content?.classes?.[0] ?? null;
    this.note.value = content?.note ?? "";
    this.refreshed();
  }

  choose(value, guessUsed = false) {
    this.value = value;
    this.guessUsed = guessUsed;
    this.say(`${this.names.get(value)} is chosen; save it to go on`);
    this.#keep();
    this.refreshed();
  }

  /** Choose what the model holds most probable. */
  acceptGuess() {
    if (!this.guess) return this.say("this image has no guess");
    const [best] = Object.entries(this.guess).toSorted((a, b) => b[1] - a[1])[0];
    this.choose(Number(best), true);
  }

  answer() {
    if (this.value === null) return "no class is chosen yet; press Later if you cannot say";
    return { kind: "image", ...this.#content() };
  }

  act(action) {
    if (action !== "accept") return false;
    this.acceptGuess();
    return true;
  }

  step() {}

  #content() {
    const classes = this.value === null ? [] : [this.value];
    return { classes, note: this.note.value.trim(), guess_used: this.guessUsed };
  }

  #keep() {
    this.kept(this.#content());
  }
}
