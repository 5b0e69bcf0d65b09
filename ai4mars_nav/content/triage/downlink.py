"""What goes home in a pass, and where to look again: as data, and as the JSON that carries it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.rounding import rounded

FORMAT = "ai4mars-triage/1"
THUMBNAIL, WHOLE = "thumbnail", "whole"


@dataclass(frozen=True)
class Product:
    """One file of the pass."""

    image: str
    stamp: int
    form: str
    bytes: int
    adds: float
    """What it adds to what goes out before it."""
    worth: float
    """Of the image for itself."""
    because: tuple[str, ...]
    """Why, what counts most first."""
    likeliest: str
    """Class, with its probability in `because` only where it is wanted."""
    terrain: Mapping[str, float]
    novelty: float
    rocks: int


@dataclass(frozen=True)
class Downlink:
    """A pass: its products in the order in which they go out."""

    stamp: int
    """Of the newest image that it knows of; nanoseconds."""
    budget: int
    images: int
    """That it was chosen from."""
    forgotten: int
    """Images that were worth least when there were too many to remember."""
    products: tuple[Product, ...]

    @property
    def bytes(self) -> int:
        """Of all products."""
        return sum(each.bytes for each in self.products)

    @property
    def worth(self) -> float:
        """Of all products."""
        return sum(each.adds for each in self.products)


def to_json(downlink: Downlink) -> str:
    """One line of JSON; numbers are rounded to what can be read."""
    return json.dumps({"format": FORMAT, **rounded(asdict(downlink), 4)}, ensure_ascii=False)


def from_json(text: str, source: str) -> Downlink:
    """The downlink of such a line; an error names `source`."""
    try:
        values: Any = json.loads(text)
    except ValueError as error:
        raise ContentError(f"{source}: is no JSON: {error}") from error
    if not isinstance(values, dict):
        raise ContentError(f"{source}: must hold an object, holds {type(values).__name__}")
    told = values.pop("format", None)
    if told != FORMAT:
        raise ContentError(f"{source}: format is {told!r}, must be {FORMAT!r}")
    try:
        products = [
            Product(**{**each, "because": tuple(each["because"])}) for each in values["products"]
        ]
        unknown = [each.form for each in products if each.form not in (THUMBNAIL, WHOLE)]
        if unknown:
            raise ContentError(f"{source}: form is {unknown[0]!r}, must be thumbnail or whole")
        return Downlink(**{**values, "products": tuple(products)})
    except (KeyError, TypeError) as error:
        raise ContentError(f"{source}: is not what {FORMAT} holds: {error}") from error
