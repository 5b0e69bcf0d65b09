/** Shapes on an image. Points are [x, y] in image pixels; pixel (0, 0) reaches from 0 to 1. */

/** The class of pixels that carry no label; a shape of it rubs out what lies below. */
export const NONE = 255;

export function distance(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

/** Distance of a point from the line between two others. */
export function fromSegment(p, a, b) {
  const dx = b[0] - a[0], dy = b[1] - a[1];
  const length = dx * dx + dy * dy;
  const along = length ? ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length : 0;
  const t = Math.min(1, Math.max(0, along));
  return distance(p, [a[0] + t * dx, a[1] + t * dy]);
}

/** Whether a closed outline holds a point, by even-odd. */
export function encloses(outline, [x, y]) {
  let odd = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const [ax, ay] = outline[i], [bx, by] = outline[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

/** Whether a shape lies on a point. */
export function covers(shape, p) {
  if (shape.type === "polygon") return encloses(shape.points, p);
  const reach = shape.width / 2;
  if (shape.points.length === 1) return distance(p, shape.points[0]) <= reach;
  return shape.points.some((b, i) => i > 0 && fromSegment(p, shape.points[i - 1], b) <= reach);
}

/** Index of the shape that is seen at a point, -1 if there is none. */
export function topmost(shapes, p) {
  return shapes.findLastIndex((shape) => covers(shape, p));
}

/** Index of the point nearest to p and within reach of it, -1 if there is none. */
export function nearest(points, p, reach) {
  let best = -1;
  points.forEach((q, i) => {
    const d = distance(p, q);
    if (d <= reach && (best < 0 || d < distance(p, points[best]))) best = i;
  });
  return best;
}

/** Index of the corner after which the edge of an outline begins that p lies on, -1 if none. */
export function nearestEdge(outline, p, reach) {
  let best = -1, least = reach;
  outline.forEach((a, i) => {
    const d = fromSegment(p, a, outline[(i + 1) % outline.length]);
    if (d <= least) [best, least] = [i, d];
  });
  return best;
}

/** A point moved into the image, to a hundredth of a pixel. */
export function within([x, y], [width, height]) {
  const held = (value, most) => Math.round(Math.min(most, Math.max(0, value)) * 100) / 100;
  return [held(x, width), held(y, height)];
}

/** A line with the points left out that lie nearer to it than `tolerance` (Douglas-Peucker). */
export function thin(points, tolerance) {
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  const spans = [[0, points.length - 1]];
  while (spans.length) {
    const [first, last] = spans.pop();
    let far = -1, most = tolerance;
    for (let i = first + 1; i < last; i++) {
      const d = fromSegment(points[i], points[first], points[last]);
      if (d > most) [far, most] = [i, d];
    }
    if (far < 0) continue;
    keep[far] = 1;
    spans.push([first, far], [far, last]);
  }
  return points.filter((_, i) => keep[i]);
}

/** Square pixels inside an outline. */
export function area(outline) {
  let sum = 0;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    sum += outline[j][0] * outline[i][1] - outline[i][0] * outline[j][1];
  }
  return Math.abs(sum) / 2;
}
