/** The list of keys, in a dialog. */
import { helpOf } from "./label-keys.js";
import { make } from "./label-panel.js";

const NAMES = { Delete: "Del", Escape: "Esc" };

export function fillHelp(dialog, kind, classes) {
  const keyed = classes.filter((one) => one.key).map((one) => [[one.key], one.name]);
  const arrows = [["arrow keys"], "move the cross on the image; with Shift by one pixel"];
  const rows = [...keyed, ...(kind === "pixels" ? [arrows] : []), ...helpOf(kind)];
  const lines = rows.map(([keys, words]) => {
    const marks = keys.flatMap((key, i) => [i ? " or " : "", make("kbd", {}, NAMES[key] ?? key)]);
    return make("tr", {}, make("td", {}, ...marks), make("td", {}, words));
  });
  dialog.querySelector("tbody").replaceChildren(...lines);
}
