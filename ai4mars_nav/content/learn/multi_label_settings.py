"""What a training run of a multi-label classifier depends on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MultiLabelTraining:
    """One run; the same numbers and data give the same network on the same machine."""

    side: int = 192
    """Rows and columns of the pictures that are learned from."""
    steps: int = 400
    batch: int = 32
    variants: int = 2
    """Views of each picture that are learned from: the picture itself and others."""
    seed: int = 0
    encoder_rate: float = 2e-4
    head_rate: float = 5e-4
    weight_decay: float = 1e-3
    decay: float = 0.98
    """Of the running average of the weights, which is what is kept."""
    probe_decay: float = 0.1
    """Pull of the probe's weights to none: features are many, and pictures of a site alike."""
    evenness: float = 0.0
    """0 draws pictures as often as they are there, 1 as if their rarest class were common.

    More than 0 finds rare classes no better, and others worse (`multi_label_evenness`).
    """
    turn_deg: float = 10.0
    """Views are turned by up to this either way."""
    shear: float = 0.15
    """Of a view's far side against its near one, in shares of the side."""
    skew: float = 0.12
    """How far each corner may be pulled in, as a view from elsewhere does."""
    upright: bool = True
    """Whether up is up; else views are mirrored both ways."""
    held_sites: float = 0.2
    """Share of the sites or sols that calibration is fitted on, and training never sees."""
