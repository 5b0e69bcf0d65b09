/** Shapes as label values, pixel by pixel as the server has them (dataset/drawing.py). */
import { NONE, covers } from "./label-geometry.js";

/** The label (height * width) of shapes, later ones on top, NONE where there is none. */
export function rasterise(shapes, width, height) {
  const label = new Uint8Array(width * height).fill(NONE);
  for (const shape of shapes) {
    if (shape.type === "polygon") fillPolygon(shape.points, shape.class, label, width, height);
    else fillBrush(shape, label, width, height);
  }
  return label;
}

/** Every pixel whose centre an outline encloses; those on an edge belong to its right or below. */
function fillPolygon(outline, value, label, width, height) {
  const ys = outline.map((p) => p[1]);
  const first = Math.max(0, Math.ceil(Math.min(...ys) - 0.5));
  const last = Math.min(height, Math.ceil(Math.max(...ys) - 0.5));
  for (let row = first; row < last; row++) {
    const y = row + 0.5;
    const crossings = [];
    outline.forEach(([ax, ay], i) => {
      const [bx, by] = outline[(i + 1) % outline.length];
      if (ay <= y !== by <= y) crossings.push(ax + ((y - ay) / (by - ay)) * (bx - ax));
    });
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, Math.ceil(crossings[i] - 0.5));
      const to = Math.min(width, Math.ceil(crossings[i + 1] - 0.5));
      if (to > from) label.fill(value, row * width + from, row * width + to);
    }
  }
}

/** Every pixel whose centre is within half the pen's width of the line. */
function fillBrush(shape, label, width, height) {
  const reach = shape.width / 2;
  shape.points.forEach((b, i) => {
    const a = shape.points[Math.max(0, i - 1)];
    const piece = { ...shape, points: [a, b] };
    const top = Math.max(0, Math.floor(Math.min(a[1], b[1]) - reach));
    const bottom = Math.min(height, Math.ceil(Math.max(a[1], b[1]) + reach));
    const left = Math.max(0, Math.floor(Math.min(a[0], b[0]) - reach));
    const right = Math.min(width, Math.ceil(Math.max(a[0], b[0]) + reach));
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        if (covers(piece, [column + 0.5, row + 0.5])) label[row * width + column] = shape.class;
      }
    }
  });
}
