/** The tool that takes one region of the guess over. */

export class FillTool {
  constructor(sheet, stage) {
    Object.assign(this, { sheet, stage });
  }

  press(p) {
    const shapes = this.stage.guess?.regionAt(p) ?? [];
    if (shapes.length === 0) this.sheet.say("there is no guess here");
    else this.sheet.add(shapes, "taken over from the guess");
  }

  drag() {}

  release() {}
}
