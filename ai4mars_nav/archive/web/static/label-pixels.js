/** Labelling pixels: the tools on the stage, and what the keyboard does there. */
import { NONE, topmost, within } from "./label-geometry.js";
import { BrushTool } from "./label-brush.js";
import { ChangeTool } from "./label-change.js";
import { FillTool } from "./label-fill.js";
import { PolygonTool } from "./label-polygon.js";
import { Sheet } from "./label-sheet.js";

/** Screen pixels that the cross goes with a key press, and that it may miss a point by. */
const STEP = 12, REACH = 8;
/** Image pixels of the thickest pen. */
const WIDEST = 400;

export class PixelBench {
  kind = "pixels";
  toolName = "polygon";
  sheet = null;
  guessUsed = false;
  #cross = null;
  #penDown = false;
  #drawn = null;

  /**
   * `project`: see docs/archive.md; `say(words)`; `changed()`: buttons and lists are out of date;
   * `kept(content)`: what would be lost if this page were.
   */
  constructor(stage, project, { say, changed, kept }) {
    Object.assign(this, { stage, project, say, refreshed: changed, kept });
    this.names = new Map(project.classes.map((one) => [one.value, one.name]));
    this.colours = new Map(project.classes.map((one) => [one.value, one.colour]));
    stage.marks = () => this.#marks();
  }

  /** `content`: what `kept` was given for this task before, or null. */
  async open(task, content) {
    await this.stage.open(task, this.colours, (words) => {
      if (words) this.say(words);
      this.#changed();
    });
    const value = this.sheet?.value ?? this.project.classes[0].value;
    const width = this.sheet?.width;
    this.sheet = new Sheet(this.stage.size, this.names, content?.shapes ?? [], {
      say: this.say, changed: () => this.#changed(), kept: () => this.#keep(),
    });
    this.sheet.value = value;
    if (width) this.sheet.width = width;
    this.guessUsed = content?.guess_used ?? false;
    this.#cross = this.#drawn = null;
    this.#penDown = false;
    const value_of = () => this.sheet.value;
    this.tools = {
      polygon: new PolygonTool(this.sheet),
      brush: new BrushTool(this.sheet, value_of),
      eraser: new BrushTool(this.sheet, () => NONE),
      change: new ChangeTool(this.sheet),
      fill: new FillTool(this.sheet, this.stage, () => (this.guessUsed = true)),
      move: null,
    };
    this.useTool(this.toolName === "fill" && !task.guess ? "polygon" : this.toolName);
  }

  get tool() {
    return this.tools[this.toolName];
  }

  useTool(name) {
    this.tool?.finish?.();
    this.#penDown = false;
    this.toolName = name;
    this.stage.tool = this.tool;
    this.#changed();
  }

  /** Take a class; the chosen shape becomes one of it. */
  choose(value) {
    const { change } = this.tools;
    this.sheet.value = value;
    if (this.toolName === "eraser") this.useTool("brush");
    if (this.toolName === "change" && change.shape) {
      this.sheet.replace(change.chosen, { ...change.shape, class: value }, "class changed");
    } else {
      this.say(`class: ${this.names.get(value)}`);
    }
    this.#changed();
  }

  setWidth(width) {
    this.sheet.width = Math.min(Math.max(1, Math.round(width)), WIDEST);
    this.#changed();
  }

  acceptGuess() {
    if (!this.stage.guess) return this.say("this image has no guess");
    this.guessUsed = true;
    this.#forgetChosen();
    this.sheet.addBelow(this.stage.guess.shapes, "all of the guess taken over, below what is drawn");
  }

  /** The answer, or words that say what is missing. */
  answer() {
    this.tool?.finish?.();
    const { shapes, size: [width, height] } = this.sheet;
    if (shapes.length === 0) return "nothing is drawn yet; press Later to leave this image out";
    return { kind: "pixels", shapes, width, height, guess_used: this.guessUsed };
  }

  /** Do what a key or button asks for; false if it is none of ours. */
  act(action) {
    const { sheet, tools, tool } = this;
    if (action in tools) return this.useTool(action), this.say(`tool: ${action}`), true;
    const doing = {
      enter: () => this.#enter(),
      close: () => tool?.finish?.(),
      cancel: () => tool?.cancel?.() || this.say("nothing is begun"),
      undo: () => tool?.back?.() || this.#undo(),
      redo: () => (this.#forgetChosen(), sheet.redo()),
      remove: () => tools.change.remove(),
      choose: () => this.#chooseNext(),
      thinner: () => this.setWidth(sheet.width / 1.25 - 0.5),
      thicker: () => this.setWidth(sheet.width * 1.25 + 0.5),
      accept: () => this.acceptGuess(),
    }[action];
    doing?.();
    return doing !== undefined;
  }

  /** Move the cross by [dx, dy]: a screen distance, or one image pixel where it is `fine`. */
  step([dx, dy], fine) {
    const length = fine ? 1 : this.stage.pixels(STEP);
    const [x, y] = this.#cross ?? this.#middle();
    this.#cross = within([x + dx * length, y + dy * length], this.sheet.size);
    this.stage.pointer = null;
    this.stage.view.reveal(this.#cross);
    if (this.#penDown) this.tool.drag(this.#cross, this.stage.pixels(REACH));
    this.say(this.#whereabouts());
    this.#changed();
  }

  /** What is chosen in the list of shapes. */
  chooseShape(index) {
    this.useTool("change");
    this.tools.change.choose(index);
  }

  #chooseNext() {
    const count = this.sheet.shapes.length;
    if (!count) return this.say("there are no shapes");
    this.chooseShape((this.tools.change.chosen + 1) % count);
  }

  #undo() {
    this.#forgetChosen();
    this.sheet.undo();
    return true;
  }

  /** Shapes are about to have other places in the list. */
  #forgetChosen() {
    this.tools.change.chosen = this.tools.change.corner = -1;
  }

  /** Enter: a point of a polygon; else the pen goes down, or up. */
  #enter() {
    if (!this.tool) return;
    this.#cross ??= this.#middle();
    const reach = this.stage.pixels(REACH);
    const taps = this.toolName === "polygon" || this.toolName === "fill";
    if (!this.#penDown) this.tool.press(this.#cross, reach);
    if (this.#penDown || taps) this.tool.release(this.#cross, reach);
    this.#penDown = !taps && !this.#penDown && (this.toolName !== "change" || this.tool.moved !== null);
    if (this.toolName === "brush" || this.toolName === "eraser") {
      this.say(this.#penDown ? "pen down, arrows draw, Enter lifts it" : "pen lifted");
    }
    this.#changed();
  }

  #middle() {
    const { clientWidth, clientHeight } = this.stage.element;
    return within(this.stage.view.toImage([clientWidth / 2, clientHeight / 2]), this.sheet.size);
  }

  #whereabouts() {
    const at = topmost(this.sheet.shapes, this.#cross);
    const found = at < 0 ? NONE : this.sheet.shapes[at].class;
    const [x, y] = this.#cross.map(Math.round);
    return `${x}, ${y}: ${found === NONE ? "no label" : this.names.get(found)}`;
  }

  #keep() {
    this.kept({ shapes: this.sheet.shapes, guess_used: this.guessUsed });
  }

  #shown() {
    const { shapes } = this.sheet;
    const { change } = this.tools;
    if (this.tool?.stroke) return [...shapes, this.tool.stroke];
    return change.moved ? shapes.with(change.chosen, change.moved) : shapes;
  }

  #changed() {
    this.stage.changed();
    this.refreshed();
  }

  #marks() {
    if (!this.sheet) return {};
    const shown = this.#shown();
    if (shown !== this.#drawn) this.stage.layers.setShapes((this.#drawn = shown));
    const { polygon, change } = this.tools;
    const open = polygon.points, tip = this.stage.pointer ?? this.#cross;
    const pens = this.toolName === "brush" || this.toolName === "eraser";
    return {
      outline: open.length
        ? { points: open, tip, colour: this.colours.get(this.sheet.value) } : null,
      edited: this.toolName === "change" ? change.moved ?? change.shape : null,
      held: change.corner,
      pen: pens && tip ? { at: tip, width: this.sheet.width } : null,
      cursor: this.stage.pointer ? null : this.#cross,
    };
  }
}
