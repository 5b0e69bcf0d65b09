"""Soft labels as files: the votes of each class below each other in one grey PNG."""

from __future__ import annotations

from pathlib import Path

from ai4mars_nav.dataset.errors import SIZES_DIFFER, BadInput, Problem
from ai4mars_nav.dataset.images import read_grey, write_image
from ai4mars_nav.dataset.merge import U8
from ai4mars_nav.terrain import CLASSES


def write_votes(path: Path, votes: U8) -> None:
    """Write votes (4, h, w) as a PNG (4 h, w): soil, bedrock, sand, big rock, downwards."""
    write_image(path, votes.reshape(-1, votes.shape[2]))


def read_votes(path: Path) -> U8:
    """The votes (4, h, w) of such a PNG."""
    stored = read_grey(path)
    if stored.shape[0] % len(CLASSES):
        text = f"{stored.shape[0]} rows are not those of {len(CLASSES)} classes"
        raise BadInput(Problem(SIZES_DIFFER, str(path), text))
    return stored.reshape(len(CLASSES), -1, stored.shape[1])
