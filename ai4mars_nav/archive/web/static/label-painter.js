/** The stage as it is seen: the layers through the view, and marks of one screen pixel on top. */

import { distance } from "./label-geometry.js";

const LINE = "#ffffff", EDGE = "#000000", HELD = "#facc15";
/** Screen pixels between two handles. */
const APART = 12;

export class Painter {
  #size = [0, 0];

  constructor(canvas, view) {
    this.canvas = canvas;
    this.view = view;
  }

  /** Give the canvas as many pixels as the screen has there. */
  resize(width, height) {
    this.#size = [width, height];
    const dense = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * dense);
    this.canvas.height = Math.round(height * dense);
    this.view.resize(width, height);
  }

  /**
   * `scene`: layers; opacity 0 to 1, showGuess, dark, bar; outline (open polygon, its tip
   * where it would go on), edited (shape
   * with handles) and held (its point), pen ([x, y], diameter), cursor ([x, y]).
   */
  paint(layers, scene) {
    const context = this.canvas.getContext("2d");
    const dense = window.devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    if (!layers) return;
    const { scale, x, y } = this.view;
    context.setTransform(dense * scale, 0, 0, dense * scale, dense * x, dense * y);
    context.imageSmoothingEnabled = scale * dense < 4;
    context.drawImage(layers.image, 0, 0);
    if (scene.dark && layers.darkness) context.drawImage(layers.darkness, 0, 0);
    context.globalAlpha = scene.opacity;
    if (scene.showGuess && layers.guess) this.#guess(context, layers);
    context.drawImage(layers.labels, 0, 0);
    context.globalAlpha = 1;
    context.setTransform(dense, 0, 0, dense, 0, 0);
    if (scene.bar) this.#bar(context, scene.bar, layers);
    if (scene.outline) this.#outline(context, scene.outline);
    if (scene.edited) this.#handles(context, scene.edited, scene.held);
    if (scene.pen) this.#pen(context, scene.pen);
    if (scene.cursor) this.#cursor(context, scene.cursor);
  }

  /** The guess is fainter than what people drew, and never over it. */
  #guess(context, layers) {
    const opacity = context.globalAlpha;
    context.globalAlpha = 0.55 * opacity;
    context.drawImage(layers.guess, 0, 0);
    context.globalAlpha = opacity;
  }

  /** A line that is seen on dark and on bright ground. */
  #stroke(context, dashes = []) {
    context.lineJoin = "round";
    for (const [colour, width] of [[EDGE, 3.5], [LINE, 1.5]]) {
      context.setLineDash(colour === LINE ? dashes : []);
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke();
    }
    context.setLineDash([]);
  }

  #path(context, points, closed) {
    context.beginPath();
    points.forEach((p) => context.lineTo(...this.view.toScreen(p)));
    if (closed) context.closePath();
  }

  #dot(context, p, radius, fill) {
    context.beginPath();
    context.arc(...this.view.toScreen(p), radius, 0, 2 * Math.PI);
    context.fillStyle = fill;
    context.fill();
    context.strokeStyle = EDGE;
    context.lineWidth = 1.5;
    context.stroke();
  }

  #outline(context, { points, tip, colour }) {
    this.#path(context, tip ? [...points, tip] : points, false);
    this.#stroke(context);
    points.slice(1).forEach((p) => this.#dot(context, p, 2.5, LINE));
    // the first point is where the polygon closes
    this.#dot(context, points[0], points.length > 2 ? 7 : 4, colour);
  }

  #handles(context, shape, held) {
    this.#path(context, shape.points, shape.type === "polygon");
    this.#stroke(context, [6, 4]);
    let last = null;
    shape.points.forEach((p, i) => {
      // points of a traced outline lie so near that they would hide it
      if (i !== held && last && distance(p, last) * this.view.scale < APART) return;
      if (i === held) this.#dot(context, p, 7, HELD);
      else this.#dot(context, (last = p), 4.5, LINE);
    });
  }

  #pen(context, { at, width }) {
    context.beginPath();
    context.arc(...this.view.toScreen(at), (width / 2) * this.view.scale, 0, 2 * Math.PI);
    this.#stroke(context);
  }

  #cursor(context, p) {
    const [x, y] = this.view.toScreen(p);
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + 4 * dx, y + 4 * dy);
      context.lineTo(x + 14 * dx, y + 14 * dy);
    }
    this.#stroke(context);
  }

  /** The scale bar: on the ground where its corners are known, else at the image's lower edge. */
  #bar(context, { corners, pixels, metres }, layers) {
    const left = (layers.width - pixels) / 2, low = layers.height * 0.96;
    const thick = Math.max(2, layers.height / 120);
    const outline = corners ?? [
      [left, low - thick], [left + pixels, low - thick], [left + pixels, low], [left, low],
    ];
    this.#path(context, outline, true);
    context.fillStyle = LINE;
    context.fill();
    context.strokeStyle = EDGE;
    context.lineWidth = 1;
    context.stroke();
    const words = metres < 1 ? `${Math.round(metres * 100)} cm` : `${metres} m`;
    const middle = outline.reduce((sum, p) => sum + p[0], 0) / outline.length;
    const top = Math.min(...outline.map((p) => p[1]));
    const [x, y] = this.view.toScreen([middle, top]);
    context.font = "600 13px system-ui, sans-serif";
    context.textAlign = "center";
    context.lineWidth = 4;
    context.lineJoin = "round";
    context.strokeText(words, x, y - 6);
    context.fillText(words, x, y - 6);
  }
}
