"""The review sheet: the labels that agree least, as a page of overlays to be rated 1 to 5."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav import terrain
from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.dataset.images import U8
from ai4mars_nav.dataset.tables import Label

OPACITY = 0.45
_EDGE = 512
"""Longest edge of a picture on the sheet, pixels."""


@dataclass(frozen=True)
class Card:
    """One label on the sheet: its picture is a file beside the page."""

    label: Label
    score: float
    picture: str


def lowest(scores: Mapping[Label, float], share: float) -> list[Label]:
    """The `share` of all scored labels that agree least, the worst first; nan has no score."""
    if not 0.0 < share <= 1.0:
        raise DatasetError(f"share of labels to review is {share}, must be above 0 and at most 1")
    scored = sorted((score, label) for label, score in scores.items() if not math.isnan(score))
    return [label for _, label in scored[: math.ceil(share * len(scored))]]


def overlay(picture: U8 | None, label: U8) -> U8:
    """The plain picture beside itself with the label (h, w) in colour: RGB, made small.

    `picture` is (h, w, 3) RGB; without it the colours alone are shown.
    """
    colours = terrain.colourise(label)
    if picture is None:
        return _small(colours)
    blended: NDArray[np.float64] = picture * (1.0 - OPACITY) + colours * OPACITY
    shown = np.where((label == terrain.UNKNOWN)[..., None], picture, blended.astype(np.uint8))
    return np.hstack([_small(picture), _small(shown)])


def page(cards: Sequence[Card], ratings: Mapping[Label, int | None]) -> str:
    """The sheet as one HTML page, with the ratings there are already chosen.

    The page keeps what is chosen in the browser and saves it as ratings.csv.
    """
    body = "\n".join(_card(number, card, ratings) for number, card in enumerate(cards))
    keys = " ".join(
        f'<span style="background:rgb{tuple(int(v) for v in colour)}">&nbsp;&nbsp;</span> {name}'
        for name, colour in zip(terrain.NAMES, terrain.COLOURS, strict=True)
    )
    return _PAGE.format(count=len(cards), keys=keys, cards=body)


def _card(number: int, card: Card, ratings: Mapping[Label, int | None]) -> str:
    product, labeller = (html.escape(part, quote=True) for part in card.label)
    given = ratings.get(card.label)
    choices = "".join(
        f'<label><input type="radio" name="r{number}" value="{value}"'
        f"{' checked' if given == value else ''}>{value}</label>"
        for value in range(1, 6)
    )
    return (
        f'<figure data-product="{product}" data-labeller="{labeller}">'
        f'<img src="{quote(card.picture)}" loading="lazy" alt="">'
        f"<figcaption>{product}<br>{labeller}, agreement {card.score:.3f}<br>{choices}"
        "</figcaption></figure>"
    )


def _small(picture: U8) -> U8:
    scale = _EDGE / max(picture.shape[:2])
    if scale >= 1.0:
        return picture
    height, width = (max(1, round(edge * scale)) for edge in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Labels to review</title>
<style>
body {{ font: 15px sans-serif; margin: 1em; background: #222; color: #eee }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(30em, 1fr)); gap: 1em }}
figure {{ margin: 0; background: #333; padding: .5em }} img {{ width: 100% }}
figcaption label {{ margin-right: 1em }} header {{ position: sticky; top: 0; background: #222 }}
</style>
<header><h1>{count} labels that agree least</h1>
<p>{keys}. Rate each from 1 (wrong: it is thrown out) to 5 (very good), then
<button id="save">save ratings.csv</button> into the folder of this page.</p></header>
<main>
{cards}
</main>
<script>
const cards = [...document.querySelectorAll("figure")];
const key = card => card.dataset.product + "\\n" + card.dataset.labeller;
const chosen = card => card.querySelector("input:checked")?.value ?? "";
for (const card of cards) {{
  const kept = localStorage.getItem(key(card));
  if (kept && !chosen(card)) card.querySelector(`input[value="${{kept}}"]`).checked = true;
  card.addEventListener("change", () => localStorage.setItem(key(card), chosen(card)));
}}
const cell = text => /[",\\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
document.getElementById("save").onclick = () => {{
  const rows = cards.map(c => [c.dataset.product, c.dataset.labeller, chosen(c)]);
  const text = [["product", "labeller", "rating"], ...rows]
    .map(row => row.map(cell).join(",") + "\\n").join("");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], {{type: "text/csv"}}));
  link.download = "ratings.csv";
  link.click();
}};
</script></html>
"""
