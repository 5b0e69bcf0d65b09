"""How good the averaged network is while it learns: torch alone, nothing calibrated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ai4mars_nav.learn.data import I64, Frames
from ai4mars_nav.learn.preprocess import as_input
from ai4mars_nav.learn.processes import ALONE, Place
from ai4mars_nav.learn.scores import class_iou, mean_iou, pixel_accuracy
from ai4mars_nav.terrain import CLASSES, NAMES, UNKNOWN

BATCH = 8


@dataclass(frozen=True)
class Check:
    """Validate on these frames every so many steps."""

    frames: Frames
    every: int


def confusion_of(model: nn.Module, frames: Frames, place: Place = ALONE) -> I64:
    """Pixel counts (4, 4) of all frames, rows truth and columns what an evaluating model says.

    Several processes share the frames, and all of them get the sum.
    """
    count = len(CLASSES)
    matrix = torch.zeros(count * count, dtype=torch.int64, device=place.device)
    images, labels = (a[place.rank :: place.world] for a in (frames.images, frames.labels))
    for first in range(0, len(images), BATCH):
        part = slice(first, first + BATCH)
        truth = torch.from_numpy(labels[part]).to(place.device).long()
        with torch.no_grad():
            logits = model(as_input(images[part]).to(place.device))
            full = functional.interpolate(
                logits, truth.shape[1:], mode="bilinear", align_corners=False
            )
        known = truth != UNKNOWN
        codes = truth[known] * count + full.argmax(1)[known]
        matrix += torch.bincount(codes, minlength=count * count)
    summed: I64 = place.total(matrix).reshape(count, count).cpu().numpy()
    return summed


def scores_of(matrix: I64) -> dict[str, Any]:
    """mIoU, pixel accuracy and IoU of each class of a confusion matrix, as a log line has them.

    A class without a labelled pixel has no IoU (null) and is not in the mean.
    """
    iou = zip(NAMES, class_iou(matrix), strict=True)
    return {
        "miou": round(float(mean_iou(matrix)), 5),
        "accuracy": round(float(pixel_accuracy(matrix)), 5),
        "iou": {name: None if np.isnan(one) else round(float(one), 5) for name, one in iou},
    }
