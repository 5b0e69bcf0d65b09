"""The recipe of the shipped model, stated once."""

from __future__ import annotations

from dataclasses import dataclass

from ai4mars_nav.learn.augment import Augmentation
from ai4mars_nav.learn.train_settings import TrainSettings


@dataclass(frozen=True)
class Recipe:
    """Two generations: the second learns from labels and from what the first says of its frames.

    It ends with a finish from its averaged weights, on frames as they are.
    """

    first: TrainSettings
    second: TrainSettings
    finish: TrainSettings
    own: float = 0.5  # weight of a frame's own labels beside the teacher's shares
    name: str = "terrain-256"
    split: str = "train"
    side: int = 256  # of the frames, pixels
    risk: float = 0.02  # share of wrong pixels among those that are not unknown


RECIPE = Recipe(
    first=TrainSettings(steps=5000),
    second=TrainSettings(steps=7000, augmentation=Augmentation(zoom=1.5, pasted=0.25)),
    finish=TrainSettings(
        steps=1400, seed=1, encoder_rate=1e-4, head_rate=5e-4, warm_up=0.02, ema_decay=0.996
    ),
)
