"""The recipe of the shipped model, stated once."""

from __future__ import annotations

from dataclasses import dataclass

from ai4mars_nav.learn.train_settings import TrainSettings


@dataclass(frozen=True)
class Recipe:
    """How the model is trained, and what it is released as."""

    training: TrainSettings
    name: str = "terrain-256"
    split: str = "train"
    side: int = 256  # of the frames, pixels
    risk: float = 0.02  # share of wrong pixels among those that are not unknown


RECIPE = Recipe(TrainSettings(steps=5000))
