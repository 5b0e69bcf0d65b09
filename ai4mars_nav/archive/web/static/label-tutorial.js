/** Examples to try before the first task, each answered with what is right and why. */
import { picture } from "./label-api.js";
import { NONE } from "./label-geometry.js";
import { bytesOf } from "./label-layers.js";
import { rasterise } from "./label-raster.js";

/** Share of the judged pixels that must agree to be called well done. */
const WELL = 0.8;

export class Tutorial {
  #at = -1;
  #checked = false;

  /** `bench`: where answers are given; `say(words)`; `ended()`: all seen or skipped. */
  constructor(project, bench, say, ended) {
    Object.assign(this, { project, bench, say, ended });
    this.key = `ai4mars-tutorial-${project.id}-${project.labeller}`;
    this.panel = document.getElementById("tutorial");
    this.words = document.getElementById("tutorial-words");
    this.feedback = document.getElementById("tutorial-feedback");
    this.button = document.getElementById("tutorial-go");
    this.button.addEventListener("click", () => this.go());
    document.getElementById("tutorial-skip").addEventListener("click", () => this.end());
  }

  get running() {
    return this.#at >= 0;
  }

  /** Whether somebody who labelled `mine` images here should see it first. */
  wanted(mine) {
    return this.project.tutorial.length > 0 && mine === 0 && localStorage.getItem(this.key) === null;
  }

  async begin() {
    this.panel.hidden = false;
    await this.#show(0);
  }

  /** Check the answer, or go on. */
  async go() {
    const item = this.project.tutorial[this.#at];
    if (!this.#checked && hasAnswer(item)) await this.#check(item);
    else if (this.#at + 1 < this.project.tutorial.length) await this.#show(this.#at + 1);
    else this.end();
  }

  end() {
    localStorage.setItem(this.key, "seen");
    this.#at = -1;
    this.panel.hidden = true;
    this.ended();
  }

  async #show(index) {
    const item = this.project.tutorial[index];
    this.#at = index;
    this.#checked = false;
    const task = { image: item.image, guess: null, range: null, scale_bar: null };
    await this.bench.open(task, null);
    const asks = this.bench.kind === "image" && hasAnswer(item);
    this.words.textContent = asks ? "Which class is this?" : item.text;
    document.getElementById("tutorial-count").textContent =
      `Example ${index + 1} of ${this.project.tutorial.length}`;
    this.feedback.textContent = "";
    this.button.textContent = hasAnswer(item) ? "Check" : this.#onwards();
    this.say(`Example ${index + 1}. ${this.words.textContent}`);
  }

  async #check(item) {
    const answer = this.bench.answer();
    if (typeof answer === "string") {
      this.feedback.textContent = answer.replace(/;? ?press Later.*/, "");
      return;
    }
    const found = answer.kind === "image" ? this.#judgeClass(answer, item) : await this.#judge(answer, item);
    this.feedback.textContent = found.words;
    this.feedback.className = found.right ? "right" : "wrong";
    this.#checked = true;
    this.button.textContent = this.#onwards();
    this.say(found.words);
  }

  #onwards() {
    return this.#at + 1 < this.project.tutorial.length ? "Next example" : "Begin labelling";
  }

  #judgeClass(answer, item) {
    const wanted = [item.answer].flat();
    const right = answer.classes.every((value) => wanted.includes(value));
    const names = wanted.map((value) => this.bench.names.get(value)).join(" or ");
    return { right, words: `${right ? "Right" : `Not quite, this is ${names}`}. ${item.text}` };
  }

  /** Compare with the example's label, and show that. */
  async #judge({ shapes, width, height }, item) {
    const truth = bytesOf(await picture(item.answer), width, height);
    const drawn = rasterise(shapes, width, height);
    let judged = 0, same = 0;
    const mistakes = new Map();
    drawn.forEach((value, i) => {
      if (value === NONE || truth[i] === NONE) return;
      judged++;
      if (value === truth[i]) same++;
      else mistakes.set(`${value} ${truth[i]}`, (mistakes.get(`${value} ${truth[i]}`) ?? 0) + 1);
    });
    this.bench.stage.layers.setGuess(truth);
    this.bench.stage.changed();
    const share = judged ? same / judged : 0;
    const [worst] = [...mistakes].sort((a, b) => b[1] - a[1])[0] ?? [""];
    const [said, is] = worst.split(" ").map((value) => this.bench.names.get(Number(value)));
    const but = worst && share < 1 ? ` Most of the rest you called ${said}, and it is ${is}.` : "";
    const agrees = `${Math.round(100 * share)} % of what you labelled agrees with the example.`;
    return { right: share >= WELL, words: `${agrees}${but} The example is shown faintly.` };
  }
}

function hasAnswer(item) {
  return item.answer !== undefined && item.answer !== null;
}
