"""How often a rounded network says what the exact one says."""

from __future__ import annotations

from dataclasses import dataclass

from ai4mars_nav.learn.data import Frames
from ai4mars_nav.learn.evaluate import network_input
from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.sidecar import Sidecar
from ai4mars_nav.terrain import UNKNOWN


@dataclass(frozen=True)
class Agreement:
    """Share of the cells of the logits with the same highest class: labelled ones, and all."""

    labelled: float
    every: float


def agreement(exact: Engine, rounded: Engine, sidecar: Sidecar, frames: Frames) -> Agreement:
    """Compare two engines of one network on frames; a cell's label is that at its centre."""
    stride = sidecar.output.stride
    same = known = same_known = count = 0
    for image, label in zip(frames.images, frames.labels, strict=True):
        seen = network_input(image, sidecar)
        equal = exact.infer(seen)[0].argmax(axis=0) == rounded.infer(seen)[0].argmax(axis=0)
        labelled = label[stride // 2 :: stride, stride // 2 :: stride] != UNKNOWN
        same += int(equal.sum())
        count += equal.size
        known += int(labelled.sum())
        same_known += int((equal & labelled).sum())
    return Agreement(same_known / known, same / count)
