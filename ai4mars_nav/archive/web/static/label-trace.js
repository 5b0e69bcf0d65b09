/** A label image as outlines: each region of one class, the enclosing ones first. */
import { NONE, area, thin } from "./label-geometry.js";

/** Square pixels below which a region is left to what surrounds it. */
const SPECK = 24;
/** Pixels that an outline may leave the edge of its region by: what a staircase becomes a line at. */
const TOLERANCE = 0.75;

/**
 * Polygons that, drawn in this order, make the label (height * width) again but for specks and
 * what lies within TOLERANCE of an edge. Holes are regions of their own, drawn later.
 */
export function outlines(label, width, height) {
  const regions = new Int32Array(width * height).fill(-1);
  const shapes = [];
  for (let start = 0, count = 0; start < label.length; start++) {
    if (regions[start] >= 0) continue;
    const atEdge = flood(label, regions, start, count, width, height);
    const value = label[start];
    // pixels without a label must be rubbed out only where another region may lie around them
    if (value !== NONE || !atEdge) {
      const outline = trace(regions, start, count, width, height);
      if (area(outline) >= SPECK) shapes.push({ class: value, type: "polygon", points: smooth(outline) });
    }
    count++;
  }
  return shapes;
}

/** Number a region of equal neighbours (across edges, not corners); whether it meets the border. */
function flood(label, regions, start, number, width, height) {
  const value = label[start];
  const open = [start];
  let atEdge = false;
  regions[start] = number;
  while (open.length) {
    const at = open.pop();
    const x = at % width, y = (at - x) / width;
    atEdge ||= x === 0 || y === 0 || x === width - 1 || y === height - 1;
    for (const [inside, next] of [
      [x > 0, at - 1], [x < width - 1, at + 1], [y > 0, at - width], [y < height - 1, at + width],
    ]) {
      if (inside && regions[next] < 0 && label[next] === value) {
        regions[next] = number;
        open.push(next);
      }
    }
  }
  return atEdge;
}

/** Ways along the edges of pixels: east, south, west, north. */
const STEPS = [[1, 0], [0, 1], [-1, 0], [0, -1]];
/** Of each way: the pixels ahead of a corner, on the right and on the left. */
const AHEAD = [[[0, 0], [0, -1]], [[-1, 0], [0, 0]], [[-1, -1], [-1, 0]], [[0, -1], [-1, -1]]];

/** The outer edge of a region from its first pixel, corner by corner, the region on the right. */
function trace(regions, start, number, width, height) {
  const first = [start % width, Math.floor(start / width)];
  const mine = (x, y) =>
    x >= 0 && y >= 0 && x < width && y < height && regions[y * width + x] === number;
  const corners = [];
  let [x, y] = first, way = 0;
  do {
    x += STEPS[way][0];
    y += STEPS[way][1];
    const [right, left] = AHEAD[way];
    const turn = !mine(x + right[0], y + right[1]) ? 1 : mine(x + left[0], y + left[1]) ? 3 : 0;
    if (turn) corners.push([x, y]);
    way = (way + turn) % 4;
  } while (x !== first[0] || y !== first[1] || way !== 0);
  return corners;
}

/** An outline with staircases made lines. */
function smooth(outline) {
  const half = outline.length >> 1;
  const there = thin(outline.slice(0, half + 1), TOLERANCE);
  const back = thin([...outline.slice(half), outline[0]], TOLERANCE);
  const points = [...there.slice(0, -1), ...back.slice(0, -1)];
  return points.length < 3 ? outline : points;
}
