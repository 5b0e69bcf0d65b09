"""What the weights of a run depend on besides the data and the weights it starts from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ai4mars_nav.learn.augment import Augmentation


@dataclass(frozen=True)
class TrainSettings:
    """Settings of one run; a checkpoint belongs to its own and no others."""

    steps: int
    batch: int = 8  # of all processes together
    seed: int = 0
    encoder_rate: float = 2e-4  # of what stored weights can start; all else learns at head_rate
    head_rate: float = 2e-3
    weight_decay: float = 1e-2
    warm_up: float = 0.1
    ema_decay: float = 0.998
    clip_norm: float = 5.0
    augmentation: Augmentation = field(default_factory=Augmentation)
    network: str = "terrain-net"
    loss: str = "cross-entropy"
    smoothing: float = 0.0  # of each label, spread over all classes
    targets: str = "labels"  # or the sha256 of the soft ones beside them, which train fills in


def plain(settings: TrainSettings) -> dict[str, Any]:
    """The settings as JSON has them."""
    values: dict[str, Any] = json.loads(json.dumps(asdict(settings)))
    return values


def differing(stored: Mapping[str, Any], settings: TrainSettings) -> list[str]:
    """Names of the settings in which a stored run differs from these.

    What the stored run did not know yet it had at its default: a default is what was done before.
    Only which soft targets it had, a run from before they were named cannot tell.
    """
    known = plain(TrainSettings(steps=settings.steps, targets=settings.targets))
    begun, mine = _filled(stored, known), plain(settings)
    return sorted(key for key in begun.keys() | mine.keys() if begun.get(key) != mine.get(key))


def _filled(stored: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    filled = {**known, **stored}
    for key, value in known.items():
        if isinstance(value, dict) and isinstance(stored.get(key), dict):
            filled[key] = _filled(stored[key], value)
    return filled
