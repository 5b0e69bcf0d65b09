"""Pictures, ground and eyes that the tests of triage make for themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ai4mars_nav.content.demud import Demud, DemudSettings
from ai4mars_nav.content.triage.image import Ground, Shot
from ai4mars_nav.content.triage.triage import Triage
from ai4mars_nav.content.triage.wants import Wants, read_wants

COLOURS = ("red", "green", "blue")
EYE = np.array([0.0, 0.0, 2.0])

WANTS = """
classes: {red: 2.0, green: 0.5}
terrain: {bedrock: 1.0}
novel: 1.0
targets: {outcrop: 1.0, float rock: 0.5, new: 0.5}
pass: {budget: 20 kB}
"""


class ColourEyes:
    """Sees how red, green and blue a picture is in each sixteenth of it."""

    classes = COLOURS

    def look(
        self, picture: NDArray[np.uint8], _: str
    ) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        means = picture.reshape(-1, 3).mean(axis=0) + 1.0
        height, width = (side // 4 for side in picture.shape[:2])
        blocks = picture[: 4 * height, : 4 * width].reshape(4, height, 4, width, 3)
        seen = blocks.mean(axis=(1, 3)).transpose(2, 0, 1) / 255.0
        return means / means.sum(), np.ascontiguousarray(seen, np.float32)


@pytest.fixture
def eyes() -> ColourEyes:
    """Eyes that need no network."""
    return ColourEyes()


@pytest.fixture
def wants(tmp_path: Path) -> Callable[..., Wants]:
    """The wants of a YAML text."""

    def make(text: str = WANTS) -> Wants:
        path = tmp_path / "wants.yaml"
        path.write_text(text, encoding="utf-8")
        return read_wants(path, COLOURS)

    return make


@pytest.fixture
def triage(wants: Callable[..., Wants], eyes: ColourEyes) -> Callable[..., Triage]:
    """Triage of a YAML text; the eyes tell six numbers, which are not all to be known."""

    def make(text: str = WANTS, most: int = 100) -> Triage:
        return Triage(wants(text), eyes, Demud(DemudSettings(2)), most)

    return make


def picture(colour: int, seed: int = 0, side: int = 64) -> NDArray[np.uint8]:
    """RGB noise that is mostly of one colour."""
    pixels = np.random.default_rng(seed).integers(0, 60, (side, side, 3), dtype=np.uint8)
    pixels[..., colour] += 180
    return pixels


def plain(width: int = 40, depth: float = 8.0) -> NDArray[np.float32]:
    """(width, width, 3): level ground ahead of the eye, the farthest row first."""
    ahead = np.linspace(depth, 1.0, width)
    aside = np.linspace(2.0, -2.0, width)
    x, y = np.meshgrid(ahead, aside, indexing="ij")
    return np.stack([x, y, np.zeros_like(x)], axis=-1).astype(np.float32)


def shot(
    name: str,
    colour: int = 0,
    seed: int = 0,
    ground: Ground | None = None,
    side: int = 64,
) -> Shot:
    """A shot whose stamp is the number in its name."""
    number = int("".join(each for each in name if each.isdigit()) or 0)
    return Shot(name, number, picture(colour, seed, side), ground)
