/** The pictures that lie on each other, each of the image's own size. */
import { NONE } from "./label-geometry.js";
import { applyTable, histogram, toneTable } from "./label-tone.js";

/** How much of the light beyond 30 m is taken away (dataset/prepare.py). */
const DARKNESS = 0.7;

/** The first channel of a picture as bytes (height * width), brought to a size without mixing. */
export function bytesOf(picture, width, height) {
  const canvas = blank(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return Uint8Array.from({ length: width * height }, (_, i) => data[4 * i]);
}

function blank(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}

export class Layers {
  #source;
  #counts;

  /** `picture`: the image; `colours`: class value to "#rrggbb". */
  constructor(picture, width, height, colours) {
    Object.assign(this, { width, height, colours });
    this.image = blank(width, height);
    const context = this.image.getContext("2d", { willReadFrequently: true });
    context.drawImage(picture, 0, 0, width, height);
    this.#source = context.getImageData(0, 0, width, height);
    this.#counts = histogram(this.#source.data);
    this.labels = blank(width, height);
    this.darkness = this.guess = null;
    this.tone(0, 0);
  }

  /** Show the image with brightness and contrast, -100 to 100 each. */
  tone(brightness, contrast) {
    const out = new ImageData(this.width, this.height);
    applyTable(this.#source.data, toneTable(this.#counts, brightness, contrast), out.data);
    this.image.getContext("2d").putImageData(out, 0, 0);
  }

  /** `mask`: bytes, 255 where it is dark. */
  setDarkness(mask) {
    this.darkness = this.#painted((i) => (mask[i] === 255 ? [0, 0, 0, 255 * DARKNESS] : null));
  }

  /** `label`: class values. */
  setGuess(label) {
    const colours = new Map([...this.colours].map(([value, hex]) => [value, [...rgb(hex), 255]]));
    this.guess = this.#painted((i) => colours.get(label[i]));
  }

  /** Paint all shapes anew, later ones on top. */
  setShapes(shapes) {
    const context = this.labels.getContext("2d");
    context.clearRect(0, 0, this.width, this.height);
    for (const shape of shapes) drawShape(context, shape, this.colours);
  }

  #painted(colourOf) {
    const out = new ImageData(this.width, this.height);
    for (let i = 0; i < this.width * this.height; i++) {
      const colour = colourOf(i);
      if (colour) out.data.set(colour, 4 * i);
    }
    const canvas = blank(this.width, this.height);
    canvas.getContext("2d").putImageData(out, 0, 0);
    return canvas;
  }
}

function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function drawShape(context, shape, colours) {
  const rubs = shape.class === NONE;
  context.globalCompositeOperation = rubs ? "destination-out" : "source-over";
  context.fillStyle = context.strokeStyle = rubs ? "#000" : colours.get(shape.class);
  context.beginPath();
  if (shape.type === "polygon" || shape.points.length > 1) {
    shape.points.forEach(([x, y]) => context.lineTo(x, y));
  } else {
    context.arc(...shape.points[0], shape.width / 2, 0, 2 * Math.PI);
  }
  if (shape.type === "polygon" || shape.points.length === 1) {
    context.fill("evenodd");
  } else {
    Object.assign(context, { lineWidth: shape.width, lineCap: "round", lineJoin: "round" });
    context.stroke();
  }
}
