// The search page without waiting for whole pages. The server makes the page; this only fetches it
// while it is typed and slid, and puts the parts that differ in place. Without it all works, too.

import { walk } from "./search-walk.js";

const PARTS = ["facets", "results"];
const TYPING = 250;
const form = document.getElementById("search");
let newest = 0;
let waiting = 0;

function address() {
  const pairs = [...new FormData(form)].filter(([key, value]) => value !== "" && !isPlain(key, value));
  const query = new URLSearchParams(pairs).toString();
  return query ? `/?${query}` : "/";
}

// what the server takes for granted needs no place in the address
function isPlain(key, value) {
  return (key === "confidence" && value === "0") || (key === "landmarks" && value === "1")
    || (key === "sort" && value === "newest");
}

async function show(url, remember) {
  const mine = ++newest;
  form.classList.add("busy");
  try {
    const answer = await fetch(url, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== newest) return;
    if (!answer.ok || !page.getElementById("results")) {
      location.assign(url);  // what is wrong is said by a page of its own
      return;
    }
    if (remember) history.pushState(null, "", url);
    replace(page);
  } catch {
    if (mine === newest) location.assign(url);
  } finally {
    if (mine === newest) form.classList.remove("busy");
  }
}

function replace(page) {
  const focused = document.activeElement?.id;
  const open = [...document.querySelectorAll("#facets details")].map((one) => one.open);
  for (const id of PARTS) {
    document.getElementById(id).replaceWith(page.getElementById(id));
  }
  const details = document.querySelectorAll("#facets details");
  if (details.length === open.length) details.forEach((one, at) => { one.open = open[at]; });
  document.title = page.title;
  if (focused) document.getElementById(focused)?.focus();
}

function restart(after) {
  clearTimeout(waiting);
  newest++;  // an answer that is still on its way would put back what was just changed
  waiting = setTimeout(() => show(address(), true), after);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  restart(0);
});
form.addEventListener("change", (event) => {
  if (event.target.id !== "q") restart(0);
});
form.addEventListener("input", (event) => {
  const shown = document.getElementById(`${event.target.id}-shown`);
  if (shown) shown.textContent = event.target.value;
  if (event.target.id === "q") restart(TYPING);
});
form.addEventListener("click", (event) => {
  const link = event.target.closest(".chips a, .pages a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const paged = link.rel !== "";
  fill(new URL(link.href).searchParams);
  show(link.href, true).then(() => {
    if (paged) {
      window.scrollTo({ top: 0 });
      document.querySelector("#gallery a")?.focus({ preventScroll: true });
    }
  });
});
window.addEventListener("popstate", () => {
  fill(new URL(location.href).searchParams);
  show(location.href, false);
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    document.getElementById("q").focus();
  } else {
    walk(event);
  }
});

// the words are outside of the parts that are put in place
function fill(asked) {
  document.getElementById("q").value = asked.get("q") ?? "";
}

// on a phone the images come first
if (matchMedia("(max-width: 60rem)").matches) document.getElementById("narrow").open = false;
