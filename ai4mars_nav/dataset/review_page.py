"""The page on which labels are rated 1 to 5, with the mouse or the keyboard.

The page is a file: what is chosen stays in the browser (its local storage, by the page's address,
product and labeller) until it is saved as ratings.csv. With each choice goes what ratings.csv said
when the page was made. Where a page that was made again says something else, the file is newer
and the choice is forgotten.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ai4mars_nav import terrain
from ai4mars_nav.dataset.tables import Label


@dataclass(frozen=True)
class Card:
    """One label on the page: its picture is a file beside it."""

    label: Label
    score: float
    picture: str


def page(cards: Sequence[Card], ratings: Mapping[Label, int | None]) -> str:
    """The page as HTML, with the ratings there are already chosen.

    Ratings of labels that are not on the page are saved with the others, so that none is lost.
    """
    body = "\n".join(_card(number, card, ratings) for number, card in enumerate(cards))
    keys = "".join(
        f'<li><i style="background:rgb{tuple(int(v) for v in colour)}"></i>{name}</li>'
        for name, colour in zip(terrain.NAMES, terrain.COLOURS, strict=True)
    )
    shown = {card.label for card in cards}
    others = [[*label, rating or ""] for label, rating in ratings.items() if label not in shown]
    parts = {
        "COUNT": str(len(cards)),
        "KEYS": keys,
        "CARDS": body,
        # a name may hold the end of a script
        "OTHERS": json.dumps(others).replace("<", "\\u003c"),
    }
    return re.sub(r"@([A-Z]+)@", lambda found: parts[found[1]], _PAGE)


def _card(number: int, card: Card, ratings: Mapping[Label, int | None]) -> str:
    product, labeller = (html.escape(part, quote=True) for part in card.label)
    given = ratings.get(card.label)
    choices = "".join(
        f'<label><input type="radio" name="r{number}" value="{value}"'
        f"{' checked' if given == value else ''}><b>{value}</b></label>"
        for value in range(1, 6)
    )
    return (
        f'<figure data-product="{product}" data-labeller="{labeller}" data-file="{given or ""}">'
        f'<img src="{quote(card.picture)}" loading="lazy" alt="">'
        f"<figcaption><span>{product}<br>{labeller}, agreement {card.score:.3f}</span>"
        f"<fieldset>wrong {choices} good</fieldset></figcaption></figure>"
    )


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Labels to review</title>
<style>
body { font: 15px/1.4 sans-serif; margin: 0; background: #1c1c1e; color: #eee }
header { position: sticky; top: 0; background: #2c2c2e; padding: .6em 1em; z-index: 1;
  box-shadow: 0 1px 6px #000 }
h1 { font-size: 1.15em; margin: 0 0 .3em }
p { margin: .3em 0 } kbd { border: 1px solid #888; border-radius: 3px; padding: 0 .35em }
ul { display: inline; padding: 0; margin: 0 1em 0 0 }
li { display: inline; margin-right: 1em }
li i { display: inline-block; width: 1em; height: 1em; margin-right: .35em;
  vertical-align: -.15em }
button { font: inherit; padding: .25em 1em; margin-right: 1em }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(34em, 100%), 1fr));
  gap: 1em; padding: 1em }
figure { margin: 0; background: #2c2c2e; padding: .5em; border: 3px solid transparent;
  scroll-margin-top: 8em }
figure.at { border-color: #f5c542 }
img { width: 100%; display: block }
figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center;
  gap: .5em; margin-top: .4em; overflow-wrap: anywhere }
fieldset { border: 0; padding: 0; margin: 0; white-space: nowrap }
input { position: absolute; opacity: 0 }
label b { display: inline-block; width: 2em; line-height: 2em; text-align: center;
  background: #48484a; border-radius: 4px; cursor: pointer }
input:checked + b { background: #f5c542; color: #000 }
input[value="1"]:checked + b { background: #e5533d; color: #fff }
input:focus-visible + b { outline: 2px solid #fff }
</style>
<header><h1>@COUNT@ labels that agree least</h1>
<div><ul>@KEYS@</ul> Left the image, right the label on it.</div>
<p><kbd>1</kbd> wrong: it is thrown out, to <kbd>5</kbd> very good; <kbd>0</kbd> takes a rating
back; <kbd>&larr;</kbd> <kbd>&rarr;</kbd> go from label to label. Then save ratings.csv into the
folder of this page.</p>
<p><button id="save">save ratings.csv</button><span id="state"></span></p></header>
<main>
@CARDS@
</main>
<script>
const others = @OTHERS@;
const cards = [...document.querySelectorAll("figure")];
const chosen = card => card.querySelector("input:checked")?.value ?? "";
const key = card => JSON.stringify(
  [location.pathname, card.dataset.product, card.dataset.labeller]);
let at = 0;

const cell = text => /[",\\r\\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
function table(rating) {
  const rows = cards.map(c => [c.dataset.product, c.dataset.labeller, rating(c)]);
  return [["product", "labeller", "rating"], ...others, ...rows]
    .map(row => row.map(String).map(cell).join(",") + "\\n").join("");
}
const last = JSON.stringify([location.pathname]);
function show() {
  const now = table(chosen);
  const saved = now === table(c => c.dataset.file) || now === localStorage.getItem(last);
  document.getElementById("state").textContent =
    `${cards.filter(chosen).length} of ${cards.length} rated${saved ? "" : ", not saved yet"}`;
}
function rate(card, value) {
  for (const input of card.querySelectorAll("input")) input.checked = input.value === value;
  keep(card);
}
function keep(card) {
  localStorage.setItem(key(card), JSON.stringify([card.dataset.file, chosen(card)]));
  show();
}
function go(to) {
  cards[at]?.classList.remove("at");
  at = Math.max(0, Math.min(cards.length - 1, to));
  cards[at]?.classList.add("at");
}
function turn(by) {
  go(at + by);
  cards[at]?.scrollIntoView({block: "nearest"});
}
cards.forEach((card, number) => {
  const [file, value] = JSON.parse(localStorage.getItem(key(card)) ?? "[null]");
  if (file === card.dataset.file)
    for (const input of card.querySelectorAll("input")) input.checked = input.value === value;
  card.addEventListener("change", () => keep(card));
  card.addEventListener("click", () => go(number));
});
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.altKey || event.metaKey || !cards.length) return;
  if (/^[0-5]$/.test(event.key)) {
    rate(cards[at], event.key === "0" ? "" : event.key);
    if (event.key !== "0") turn(1);
  } else if (event.key === "ArrowRight") turn(1);
  else if (event.key === "ArrowLeft") turn(-1);
  else return;
  event.preventDefault();
});
document.getElementById("save").onclick = () => {
  const text = table(chosen);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], {type: "text/csv"}));
  link.download = "ratings.csv";
  link.click();
  localStorage.setItem(last, text);
  show();
};
go(0);
show();
</script></html>
"""
