"""The recipes of the shipped models, each stated once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ai4mars_nav.learn.augment import Augmentation
from ai4mars_nav.learn.train_settings import TrainSettings


@dataclass(frozen=True)
class Recipe:
    """How the model is trained, and what it is released as.

    A finish goes on from the averaged weights of the training, on frames that are harder to learn
    by heart. What is shipped is the mean of the weights before and after it.
    """

    training: TrainSettings
    finish: TrainSettings
    kept: float = 0.5  # weight in that mean of the weights before the finish
    name: str = "terrain-256"
    split: str = "train"
    side: int = 256  # of the frames, pixels
    risk: float = 0.02  # share of wrong pixels among those that are not unknown


FINISH = TrainSettings(
    steps=2500,
    seed=1,
    encoder_rate=1e-4,
    head_rate=5e-4,
    weight_decay=5e-2,
    warm_up=0.05,
    smoothing=0.05,
    augmentation=Augmentation(turned=8.0, grain=3.0, mixed=0.5),
)
"""What goes on from weights that have learned already, on frames harder to learn by heart."""

RECIPE = Recipe(TrainSettings(steps=5000), finish=FINISH)


@dataclass(frozen=True)
class SimulatedRecipe:
    """How the model of simulated drives is made from the shipped one, and what it is released as.

    One real frame of `every` is learned from, and as many rendered ones.
    """

    training: TrainSettings
    name: str = "terrain-256-sim"
    split: str = "train"
    every: int = 3
    side: int = 256
    risk: float = 0.02


SIMULATED = SimulatedRecipe(replace(FINISH, steps=600, seed=2))
