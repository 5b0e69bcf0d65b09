/** The brush, and the eraser, which is a brush of no class. */
import { distance, thin, within } from "./label-geometry.js";

export class BrushTool {
  /** The stroke that is being drawn. */
  stroke = null;

  /** `value()`: the class that it paints. */
  constructor(sheet, value) {
    this.sheet = sheet;
    this.value = value;
  }

  press(p) {
    const points = [within(p, this.sheet.size)];
    this.stroke = { class: this.value(), type: "brush", points, width: this.sheet.width };
    this.sheet.changed();
  }

  drag(p) {
    if (!this.stroke || distance(p, this.stroke.points.at(-1)) < 1) return;
    this.stroke = { ...this.stroke, points: [...this.stroke.points, within(p, this.sheet.size)] };
    this.sheet.changed();
  }

  release() {
    this.finish();
  }

  finish() {
    if (!this.stroke) return;
    const stroke = { ...this.stroke, points: thin(this.stroke.points, 0.4) };
    this.stroke = null;
    this.sheet.add([stroke], "stroke");
  }

  cancel() {
    if (!this.stroke) return false;
    this.stroke = null;
    this.sheet.say("stroke dropped");
    this.sheet.changed();
    return true;
  }

  back() {
    return this.cancel();
  }
}
