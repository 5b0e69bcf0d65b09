"""Label sets: which classes an image may show, several at once, in the order of their chain.

A label set is a file (config/content/*.yaml), not code: names, order, what each class is, and
either what lists call it or how it follows from the masks of AI4Mars.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai4mars_nav.perception.document import Section
from ai4mars_nav.settings import read_yaml
from ai4mars_nav.terrain import NAMES

FORMAT = "ai4mars-label-set/1"
UNLABELLED, ROVER, FAR = "unlabelled", "rover", "far"
COVERS = (*NAMES, UNLABELLED, ROVER, FAR)
"""What may cover pixels of an AI4Mars image: terrains, no label, and what its masks hide."""


@dataclass(frozen=True)
class Cover:
    """A class that masks tell: these together cover this share of an image's pixels or more."""

    of: tuple[str, ...]
    at_least: float


@dataclass(frozen=True)
class LabelClass:
    """One class: its name, what it is, what lists may call it too, and whether masks tell it."""

    name: str
    what: str
    code: str = ""
    cover: Cover | None = None


@dataclass(frozen=True)
class LabelSet:
    """The classes of a multi-label classifier, in the order of its chain."""

    name: str
    about: str
    attribution: str
    licence: str
    answer_from: float
    """The probability from which on a class is answered."""
    classes: tuple[LabelClass, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the classes, in the order of the chain."""
        return tuple(one.name for one in self.classes)

    @property
    def from_masks(self) -> bool:
        """Whether masks tell all of it; else people do, in a list."""
        return self.classes[0].cover is not None


def read_label_set(path: Path) -> LabelSet:
    """A label set from its YAML file; an error names file and key."""
    top = Section(read_yaml(path), str(path))
    top.must_be("format", FORMAT)
    name, about, attribution, licence = (
        top.text(key) for key in ("name", "about", "attribution", "licence")
    )
    answer_from = top.number("answer_from", lowest=0.0, highest=1.0)
    listed = top.take("classes", list)
    top.nothing_left()
    if len(listed) < 2:
        raise top.wrong("classes", f"has {len(listed)}, must have two at least")
    classes = tuple(_label_class(one, str(path), at) for at, one in enumerate(listed))
    called = [one.name for one in classes] + [one.code for one in classes if one.code]
    if twice := sorted({word for word in called if called.count(word) > 1}):
        raise top.wrong("classes", f"has two of the name or code {twice[0]!r}")
    if len({one.cover is None for one in classes}) > 1:
        raise top.wrong("classes", "has some with `cover` and some without; masks tell all or none")
    return LabelSet(name, about, attribution, licence, answer_from, classes)


def _label_class(document: Any, source: str, at: int) -> LabelClass:
    section = Section(document, source, f"classes[{at}].")
    name, what = section.text("name"), section.text("what")
    code = section.text("code") if "code" in document else ""
    cover = _cover(section.section("cover")) if "cover" in document else None
    section.nothing_left()
    return LabelClass(name, what, code, cover)


def _cover(section: Section) -> Cover:
    of = section.take("of", list)
    for word in of:
        if word not in COVERS:
            raise section.wrong("of", f"names {word!r}, must be of {', '.join(COVERS)}")
    if not of:
        raise section.wrong("of", "is empty")
    at_least = section.number("at_least", lowest=0.0, highest=1.0)
    if at_least == 0.0:
        raise section.wrong("at_least", "is 0, which every image reaches")
    section.nothing_left()
    return Cover(tuple(of), at_least)
