"""What was found to be new, for people: strips of pictures and a page in HTML that shows them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.novel import Neighbour, New
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.content.where_new import in_words
from ai4mars_nav.dataset.images import write_image, write_text

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]

SIDE = 220
GAP = 6
_PAPER, _NOTHING, _INK = 250, 225, (60, 60, 60)
_ON_POSTER = 8
_WARM = (255, 120, 0)
"""Colour of what is new."""
_DIMMED = 0.45
COLUMNS = ("the image", "where it is new", "what was expected", "the nearest known")
"""Of a strip, from left to right."""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>What is new in {source}</title>
<style>
body {{ font-family: sans-serif; margin: 2em auto; max-width: {width}px; color: #262422; }}
figure {{ margin: 0 0 1.6em; }} figcaption {{ margin-top: .3em; line-height: 1.4; }}
.columns {{ display: grid; grid-template-columns: repeat(4, 1fr); color: #777; }}
img {{ width: 100%; }}
</style></head><body>
<h1>What is new in {source}</h1>
<p>{about}</p>
<div class="columns">{columns}</div>
{items}
</body></html>
"""


def write_page(folder: Path, source: str, about: str, found: Sequence[New]) -> Path:
    """Write a strip of pictures for each (new-001.jpg, ...), the first of them on one poster
    (novel.jpg), and novel.html; the page's path."""
    items, first = [], []
    for rank, one in enumerate(found, start=1):
        name = f"new-{rank:03d}.jpg"
        drawn = strip(one)
        write_image(folder / name, drawn)
        first += [drawn] if rank <= _ON_POSTER else []
        items.append(
            f'<figure><img src="{name}" alt="{html.escape(one.image[0])}">'
            f"<figcaption>{html.escape(words(rank, one))}</figcaption></figure>"
        )
    write_image(folder / "novel.jpg", poster(first))
    page = folder / "novel.html"
    columns = "".join(f"<span>{name}</span>" for name in COLUMNS)
    write_text(
        page,
        _PAGE.format(
            source=html.escape(source),
            about=html.escape(about),
            columns=columns,
            items="\n".join(items),
            width=4 * SIDE + 3 * GAP,
        ),
    )
    return page


def words(rank: int, one: New) -> str:
    """What is new in an image, in a few sentences."""
    told = (
        f"{rank}. {one.image[0]}: {one.answer} ({one.probability:.2f}). "
        f"{one.unexplained:.0%} of what sets it apart was not known (score {one.score:.2f}), "
        f"most of it {in_words(one.places)}."
    )
    if one.expected is not None and one.nearest is not None:
        told += f" It was taken for {_known(one.expected)}; nearest is {_known(one.nearest)}."
    return told


def strip(one: New) -> U8:
    """(up to SIDE, 4 SIDE + 3 GAP, 3): the image, where it is new, the expected, the nearest."""
    picture = read_picture(one.image[1])
    tiles = [tile(picture), tile(warmed(picture, one.places))]
    for other in (one.expected, one.nearest):
        blank = np.full((len(tiles[0]), SIDE, 3), _NOTHING, np.uint8)
        tiles.append(blank if other is None else tile(read_picture(other.image[1])))
    rows = max(len(each) for each in tiles)
    out = np.full((rows, 4 * SIDE + 3 * GAP, 3), _PAPER, np.uint8)
    for column, each in enumerate(tiles):
        top, left = (rows - len(each)) // 2, column * (SIDE + GAP)
        out[top : top + len(each), left : left + SIDE] = each
    return out


def poster(strips: Sequence[U8]) -> U8:
    """Strips under each other, with what their columns are above them."""
    width = 4 * SIDE + 3 * GAP
    heading = np.full((26, width, 3), _PAPER, np.uint8)
    for column, name in enumerate(COLUMNS):
        at = (column * (SIDE + GAP) + 2, 18)
        cv2.putText(heading, name, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK, 1, cv2.LINE_AA)
    room = np.full((GAP, width, 3), _PAPER, np.uint8)
    return np.concatenate([heading, *(part for each in strips for part in (each, room))])


def tile(picture: U8) -> U8:
    """(up to SIDE, SIDE, 3) of (h, w, 3), whole, with paper beside it if it is tall."""
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    way = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    out = np.full((rows, SIDE, 3), _PAPER, np.uint8)
    left = (SIDE - columns) // 2
    out[:, left : left + columns] = cv2.resize(picture, (columns, rows), interpolation=way)
    return out


def warmed(picture: U8, places: F64) -> U8:
    """(h, w, 3): grey where nothing is new, the warmer the more a place adds to the novelty."""
    height, width = picture.shape[:2]
    adds = np.maximum(places, 0.0)
    adds = adds / max(float(adds.max()), 1e-12)
    smooth = cv2.resize(adds.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    heat = np.clip(smooth, 0.0, 1.0)[..., None]
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None].astype(np.float32)
    dimmed = grey * (_DIMMED + (1.0 - _DIMMED) * heat)
    mixed = dimmed * (1.0 - 0.5 * heat) + np.asarray(_WARM, np.float32) * (0.5 * heat)
    return np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)


def _known(other: Neighbour) -> str:
    return f"{other.image[0]}, {other.answer} ({other.probability:.2f})"
