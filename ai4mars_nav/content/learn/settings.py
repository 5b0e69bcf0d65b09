"""What a training run of a content classifier depends on, and the runs of the shipped models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Training:
    """One run; the same numbers and data give the same network on the same machine."""

    side: int = 192
    """Rows and columns of the pictures that are learned from."""
    steps: int = 700
    batch: int = 32
    seed: int = 0
    encoder_rate: float = 3e-4
    head_rate: float = 1e-3
    weight_decay: float = 1e-3
    decay: float = 0.99
    """Of the running average of the weights, which is what is kept."""
    evenness: float = 0.5
    """0 draws pictures as often as they are there, 1 all classes equally often."""
    smoothing: float = 0.05
    """Share of the target that goes to all classes alike."""
    smallest: float = 0.5
    """Share of a picture's area that a view of it has at least."""
    turn_deg: float = 15.0
    """Views are turned by up to this either way."""
    upright: bool = True
    """Whether up is up; else views are mirrored both ways."""
    coloured: bool = True
    """Whether colours mean something; some views are grey all the same."""


@dataclass(frozen=True)
class Recipe:
    """A shipped model: where its lists are, and how it is made of them."""

    folder: str
    train: str
    validation: str
    classes: str
    about: str
    attribution: str
    training: Training
    accuracy: float
    """What the pictures that it answers for are to reach on the validation list."""
    mirrored: bool = True
    blend: float = 1.0
    """Share of the fine-tuned weights in those that are shipped; the rest are the probe's."""
    apart: tuple[str, ...] = ()
    """Classes that say where a picture was cut, not what lies there: `together.py`."""
    bordered: str | None = None
    """The class that the black border of a picture tells of: `border.py`."""
    stop: int | None = None
    """The step after which the run was ended, where it is not the last of its schedule."""


RECIPES: Mapping[str, Recipe] = {
    "mslnet": Recipe(
        "deepmars-msl",
        "train-calibrated-shuffled.txt",
        "val-calibrated-shuffled.txt",
        "msl_synset_words-indexed.txt",
        "What one picture by Curiosity's Mastcam or MAHLI shows: a part of the rover or the ground",
        "Deep Mars MSL surface set, Wagstaff et al. 2018, doi 10.5281/zenodo.1049137",
        Training(),
        0.985,
        blend=0.5,
        stop=600,
    ),
    "hirisenet": Recipe(
        "deepmars-hirise",
        "train.txt",
        "val.txt",
        "classmap.txt",
        "What a square around a landmark in a map-projected HiRISE image shows",
        "Deep Mars HiRISE landmarks, Wagstaff et al. 2018, doi 10.5281/zenodo.1048301",
        Training(steps=500, turn_deg=180.0, upright=False, coloured=False, smallest=0.7),
        0.98,
        mirrored=False,
        apart=("edge",),
        bordered="edge",
    ),
}
"""By name."""
