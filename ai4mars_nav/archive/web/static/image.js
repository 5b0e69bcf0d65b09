// Keys of the detail page: arrows to the images before and after, Escape back to the result.

import { walk } from "./search-walk.js";

const KEYS = { ArrowLeft: "before", ArrowRight: "after", Escape: "back" };

document.addEventListener("keydown", (event) => {
  if (event.target.closest("#gallery")) {
    walk(event);
    return;
  }
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, select")) return;
  document.getElementById(KEYS[event.key])?.click();
});
