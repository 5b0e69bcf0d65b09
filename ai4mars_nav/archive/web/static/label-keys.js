/** The keys of the labelling page: one table for what they do and for what is said about them. */

/** Keys as `KeyboardEvent.key`, with Ctrl+ and Shift+ before them; what they do; in words. */
const KEYS = [
  [["p"], "polygon", "polygon tool", "pixels"],
  [["b"], "brush", "brush", "pixels"],
  [["e"], "eraser", "eraser", "pixels"],
  [["v"], "change", "change shapes", "pixels"],
  [["m"], "move", "move the image", "pixels"],
  [["f"], "fill", "take a region of the guess over", "pixels"],
  [["Enter"], "enter", "set a point, put the pen down or lift it, at the cross", "stage"],
  [["c"], "close", "close the polygon", "pixels"],
  [["Escape"], "cancel", "drop what is begun", "pixels"],
  [["Delete", "Backspace"], "remove", "remove the chosen point or shape", "pixels"],
  [["n"], "choose", "choose the next shape", "pixels"],
  [["Ctrl+Z"], "undo", "undo", "pixels"],
  [["Ctrl+Y", "Ctrl+Shift+Z"], "redo", "do again", "pixels"],
  [["["], "thinner", "thinner pen", "pixels"],
  [["]"], "thicker", "thicker pen", "pixels"],
  [["g"], "guess", "show or hide the guess", "both"],
  [["a"], "accept", "take all of the guess over", "both"],
  [["d"], "dark", "darken beyond 30 m, or not", "pixels"],
  [["+", "="], "in", "larger", "both"],
  [["-"], "out", "smaller", "both"],
  [["0"], "fit", "whole image", "both"],
  [["l"], "later", "later", "both"],
  [["t"], "takeback", "take the last answer back", "both"],
  [["Ctrl+Enter"], "save", "save and go on", "both"],
  [["Enter"], "save", "save and go on", "image"],
  [["?"], "help", "this list", "both"],
];

/** The arrow keys move the cross by so much. */
export const ARROWS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

/** Fields in which letters are text, and arrows and digits have a meaning of their own. */
const WRITES = "input:not([type=checkbox]), textarea, select";
/** What Enter is for already. */
const PRESSED = "button, a, summary";

/**
 * What a key press asks for: {action}, {step: [dx, dy], fine} or {value}; null if nothing.
 * `values`: class values by their key, which win; `single`: whether keys without Ctrl are
 * shortcuts everywhere; on the stage itself they always are.
 */
export function meaningOf(event, kind, values, single) {
  if (event.altKey || event.isComposing) return null;
  const onStage = event.target.id === "stage";
  const ctrl = event.ctrlKey || event.metaKey;
  if (!ctrl && (event.target.matches(WRITES) || !(single || onStage))) return null;
  if (event.key === "Enter" && !ctrl && event.target.matches(PRESSED)) return null;
  if (onStage && event.key in ARROWS && !ctrl) {
    return { step: ARROWS[event.key], fine: event.shiftKey };
  }
  if (!ctrl && values.has(event.key)) return { value: values.get(event.key) };
  // the same letter whether caps lock is on or not
  const letter = event.key.length > 1 ? event.key : ctrl ? event.key.toUpperCase() : event.key.toLowerCase();
  const name = `${ctrl ? "Ctrl+" : ""}${ctrl && event.shiftKey ? "Shift+" : ""}${letter}`;
  const row = KEYS.find(([keys, , , where]) => keys.includes(name) && fits(where, kind, onStage));
  return row ? { action: row[1] } : null;
}

/** Rows of the help: keys and words. */
export function helpOf(kind) {
  return KEYS.filter(([, , , where]) => fits(where, kind, true)).map(([keys, , words]) => [keys, words]);
}

function fits(where, kind, onStage) {
  return where === "both" || where === kind || (where === "stage" && kind === "pixels" && onStage);
}
