/** The image that is labelled: its layers, the view of it, and how it is looked at. */
import { picture } from "./label-api.js";
import { NONE } from "./label-geometry.js";
import { Layers, bytesOf } from "./label-layers.js";
import { Guess } from "./label-guess.js";
import { Painter } from "./label-painter.js";
import { Pointer } from "./label-pointer.js";
import { View } from "./label-view.js";

export class Stage {
  layers = null;
  guess = null;
  /** What draws, null to move the image. */
  tool = null;
  /** Where the mouse is, in image pixels; null where there is none. */
  pointer = null;
  look = { brightness: 0, contrast: 0, opacity: 0.6, showGuess: true, dark: true, bar: null };
  /** What lies over the layers: see `Painter.paint`. */
  marks = () => ({});
  #asked = false;

  constructor(element) {
    this.element = element;
    this.view = new View();
    this.painter = new Painter(element.querySelector("canvas"), this.view);
    new Pointer(element, this.view, {
      tool: () => this.tool,
      changed: () => this.changed(),
      hover: (p) => this.#hover(p),
    });
    new ResizeObserver(() => {
      this.painter.resize(element.clientWidth, element.clientHeight);
      this.changed();
    }).observe(element);
  }

  /**
   * Show the image of a task; `colours`: class value to "#rrggbb". What lies over it comes when
   * it is there: `arrived(words)` is called then, with what is wrong if it does not come.
   */
  async open(task, colours, arrived) {
    const image = await picture(task.image);
    const width = task.width ?? image.width, height = task.height ?? image.height;
    const layers = new Layers(image, width, height, colours);
    this.layers = layers;
    this.guess = null;
    this.look.bar = task.scale_bar;
    this.view.open(width, height);
    this.tone();
    this.#overlay(task, layers, arrived);
  }

  async #overlay(task, layers, arrived) {
    const { width, height } = layers;
    const bytes = async (url, what) => {
      if (typeof url !== "string") return null;
      try {
        return bytesOf(await picture(url), width, height);
      } catch (error) {
        if (layers === this.layers) arrived(`${what} cannot be shown: ${error.message}`);
        return null;
      }
    };
    const coming = bytes(task.guess, "the guess");
    const far = await bytes(task.range, "what is beyond 30 m");
    if (far) layers.setDarkness(far);
    this.changed();
    const guess = await coming;
    // another image may have been opened meanwhile
    if (!guess || layers !== this.layers) return;
    const near = far ? guess.map((value, i) => (far[i] === 255 ? NONE : value)) : guess;
    layers.setGuess(near);
    this.guess = new Guess(near, width, height);
    this.changed();
    arrived("");
  }

  get size() {
    return [this.layers.width, this.layers.height];
  }

  /** Image pixels that are as long as so many screen pixels. */
  pixels(screen) {
    return screen / this.view.scale;
  }

  tone() {
    this.layers?.tone(this.look.brightness, this.look.contrast);
    this.changed();
  }

  zoom(factor, p) {
    this.view.zoom(factor, p && this.view.toScreen(p));
    this.changed();
  }

  fit() {
    this.view.fit();
    this.changed();
  }

  /** Paint once before the screen is shown next. */
  changed() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.painter.paint(this.layers, { ...this.look, ...this.marks() });
    });
  }

  #hover(p) {
    this.pointer = p;
    this.changed();
  }
}
