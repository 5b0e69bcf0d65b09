"""Where an image comes from, told by its product id: Deep Mars' cameras, and those of rovers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ai4mars_nav.dataset.errors import BadInput
from ai4mars_nav.dataset.product import parse_product

INSTRUMENTS = {"ML": "mastcam left", "MR": "mastcam right", "MH": "mahli"}
"""Curiosity's cameras in MSLNet's archive, by the letters of their product ids."""
HIRISE = "hirise"
UNKNOWN = "unknown"

_MSL = re.compile(r"(?P<sol>\d{4})(?P<camera>M[LRH])\d{6}[0-9A-Z]+(_[0-9A-Z]+)?", re.IGNORECASE)
_HIRISE = re.compile(r"(?P<source>(ESP|PSP|TRA)_\d{6}_\d{4})_RED([-_.].*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Origin:
    """The instrument, and what images of one look at the same thing have in common."""

    instrument: str
    group: str
    """The sol or site of a rover's image, the source image of an orbiter's crop: splits keep it."""
    sol: int | None = None


def origin_of(product: str) -> Origin:
    """The origin of a product id (no suffix); UNKNOWN where no instrument has such ids."""
    if match := _MSL.fullmatch(product):
        sol = int(match["sol"])
        return Origin(INSTRUMENTS[match["camera"].upper()], f"sol {sol}", sol)
    if match := _HIRISE.fullmatch(product):
        return Origin(HIRISE, match["source"].upper())
    try:
        known = parse_product(product)
    except BadInput:
        return Origin(UNKNOWN, product)
    side = {"L": " left", "R": " right"}.get(known.eye, "")
    return Origin(f"{known.camera}{side}", known.place, known.sol)


def instrument_of(path: Path) -> str:
    """The instrument that took the image of a file, told by the file's name."""
    return origin_of(path.stem).instrument
