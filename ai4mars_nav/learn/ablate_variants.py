"""What the ablation tries: one line a variant, each the base with one thing changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ai4mars_nav.learn.augment import Augmentation, Brightness
from ai4mars_nav.learn.train_settings import TrainSettings

Labels = Literal["truth", "random", "majority", "votes", "teacher"]
Data = Literal["real", "both", "rendered"]

STEPS = 1000
SIDE = 128
BATCH = 8


@dataclass(frozen=True)
class Variant:
    """One training: its family, what is changed, and the seed of everything random in it."""

    name: str
    family: str
    what: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    warm: bool = True
    labels: Labels = "truth"
    data: Data = "real"
    seed: int = 0

    def settings(self, steps: int) -> TrainSettings:
        """The settings of the training; `steps` is that of the base."""
        return replace(TrainSettings(steps=steps, batch=BATCH, seed=self.seed), **self.changes)


def _still() -> Brightness:
    """Every frame keeps its own exposure."""
    return Brightness(mild_share=1.0, mild_factor=1.0)


def _augmented(**changes: Any) -> dict[str, Any]:
    return {"augmentation": Augmentation(**changes)}


def _scratch(network: str) -> dict[str, Any]:
    """Random weights, all learning at one rate."""
    return {"network": network, "encoder_rate": TrainSettings.head_rate}


BASE = "base"
VARIANTS: tuple[Variant, ...] = (
    *(Variant(f"base-{s}", BASE, f"the defaults, seed {s}", seed=s) for s in range(3)),
    Variant("no-brightness", "augmentation", "exposure kept", _augmented(brightness=_still())),
    Variant("zoom", "augmentation", "zoom up to 1.5", _augmented(zoom=1.5)),
    Variant("paste", "augmentation", "a rock pasted into .3 of the frames", _augmented(pasted=0.3)),
    Variant(
        "disturbed",
        "augmentation",
        "turned, grainy, mixed, smoothed by .05",
        {**_augmented(turned=8.0, grain=3.0, mixed=0.5), "smoothing": 0.05},
    ),
    Variant("focal", "loss", "focal loss", {"loss": "focal"}),
    Variant("dice", "loss", "cross-entropy and Dice", {"loss": "dice"}),
    Variant("lovasz", "loss", "cross-entropy and Lovász", {"loss": "lovasz"}),
    Variant("smoothing", "loss", "labels smoothed by .1", {"smoothing": 0.1}),
    Variant("crowd-random", "labels", "one of 5 labels of a simulated crowd", labels="random"),
    Variant("crowd-majority", "labels", "that crowd's majority", labels="majority"),
    Variant("crowd-votes", "labels", "that crowd's votes (soft)", labels="votes"),
    Variant("teacher", "labels", "half label, half a teacher's shares", labels="teacher"),
    Variant("both", "frames", "rendered frames added to the real ones", data="both"),
    Variant("rendered", "frames", "rendered frames alone", data="rendered"),
    *(
        Variant(
            f"scratch-{network}",
            "network",
            f"{network}, random weights",
            _scratch(network),
            warm=False,
        )
        for network in ("terrain-net", "mobilenetv4-s-fpn", "ddrnet-23-slim", "rep-unet")
    ),
)
