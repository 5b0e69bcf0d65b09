/** Frames of Mars are dark and flat: grey levels spread over what the screen can show. */

/** How many pixels of RGBA data have each level of grey (256). */
export function histogram(rgba) {
  const counts = new Uint32Array(256);
  for (let i = 0; i < rgba.length; i += 4) {
    counts[(rgba[i] * 77 + rgba[i + 1] * 150 + rgba[i + 2] * 29) >> 8]++;
  }
  return counts;
}

/** The level below which a share of all pixels lies. */
export function level(counts, share) {
  const wanted = counts.reduce((sum, n) => sum + n, 0) * share;
  let seen = 0;
  for (let value = 0; value < 256; value++) {
    seen += counts[value];
    if (seen > wanted) return value;
  }
  return 255;
}

/**
 * What each level becomes (256): half a per cent of the pixels black, half a per cent white,
 * then brightness and contrast, -100 to 100 each, 0 for none.
 */
export function toneTable(counts, brightness, contrast) {
  const low = level(counts, 0.005);
  const span = Math.max(level(counts, 0.995) - low, 1);
  const gamma = 2 ** (-brightness / 50), slope = 2 ** (contrast / 50);
  return Uint8ClampedArray.from({ length: 256 }, (_, value) => {
    const x = Math.min(1, Math.max(0, (value - low) / span)) ** gamma;
    return 255 * ((x - 0.5) * slope + 0.5);
  });
}

/** RGBA data with a table applied to its three colours, written into `out`. */
export function applyTable(rgba, table, out) {
  for (let i = 0; i < rgba.length; i += 4) {
    out[i] = table[rgba[i]];
    out[i + 1] = table[rgba[i + 1]];
    out[i + 2] = table[rgba[i + 2]];
    out[i + 3] = rgba[i + 3];
  }
}
