/** The tool that takes one region of the guess over. */

export class FillTool {
  /** `used()`: something was taken over. */
  constructor(sheet, stage, used) {
    Object.assign(this, { sheet, stage, used });
  }

  press(p) {
    const shapes = this.stage.guess?.regionAt(p) ?? [];
    if (shapes.length === 0) {
      this.sheet.say("there is no guess here");
      return;
    }
    this.used();
    this.sheet.add(shapes, "taken over from the guess");
  }

  drag() {}

  release() {}
}
