"""Soft targets: what others say of the training frames, as shares of classes beside the labels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from ai4mars_nav.learn.data import U8
from ai4mars_nav.learn.errors import DataError
from ai4mars_nav.terrain import CLASSES, UNKNOWN

F32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Soft:
    """Shares (n, 4, h / stride, w / stride) of the classes, 0 to 255, for frames (n, h, w).

    `own` (n,) is the weight of a frame's own labels, 0 to 1; the shares have the rest.
    """

    shares: U8
    own: F32

    def check(self, labels: U8) -> None:
        """Refuse shares that are not of the frames with these labels (n, h, w)."""
        count, side = labels.shape[:2]
        square = self.shares.ndim == 4 and self.shares.shape[2] == self.shares.shape[3]
        if (
            not square
            or self.shares.shape[:2] != (count, len(CLASSES))
            or side % self.shares.shape[2]
            or self.own.shape != (count,)
        ):
            raise DataError(
                f"soft targets {self.shares.shape} with weights {self.own.shape} do not fit "
                f"{count} frames of {side} x {side}"
            )


@dataclass(frozen=True)
class SoftBatch:
    """Of a batch: shares (b, 4, s, s) as in Soft, and the labels' own weight (b, side, side)."""

    shares: U8
    own: F32

    def of(self, part: slice) -> SoftBatch:
        """Those of some of the frames."""
        return SoftBatch(self.shares[part], self.own[part])


def cut_shares(shares: U8, frame_side: int, row: int, column: int, window: int, side: int) -> U8:
    """Shares (4, s, s) of a window of a frame, magnified to `side` pixels: (4, s', s').

    The window lies anywhere, also between the cells.
    """
    stride = frame_side // shares.shape[1]
    cells = side // stride
    step = window / side
    corner = 0.5 * stride * step  # centre of the first cell that is made, in pixels
    matrix = np.array(
        [
            [step, 0.0, (corner + column) / stride - 0.5],
            [0.0, step, (corner + row) / stride - 0.5],
        ]
    )
    found = cv2.warpAffine(
        np.ascontiguousarray(shares.transpose(1, 2, 0)),
        matrix,
        (cells, cells),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return found.transpose(2, 0, 1).astype(np.uint8)


def targets_of(labels: Tensor, shares: Tensor, own: Tensor) -> Tensor:
    """Targets (b, 4, h, w) that sum to 1, zero where labels (b, h, w) are 255.

    Shares (b, 4, s, s) are uint8, own (b, h, w) float32.
    """
    soft = functional.interpolate(
        shares.float(), labels.shape[1:], mode="bilinear", align_corners=False
    )
    soft = soft / soft.sum(1, keepdim=True).clamp(min=1.0)
    known = labels != UNKNOWN
    numbers = torch.arange(len(CLASSES), device=labels.device)
    hard = (labels.unsqueeze(1) == numbers[:, None, None]).float()
    mixed: Tensor = own.unsqueeze(1) * hard + (1.0 - own.unsqueeze(1)) * soft
    return mixed * known.unsqueeze(1)
