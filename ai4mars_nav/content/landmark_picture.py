"""An image with its landmarks in boxes, for people."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.landmarked import Classified

U8 = NDArray[np.uint8]

LONGEST = 2000
"""Pixels of the picture's longer side at most."""
INKS = ((230, 230, 230), (255, 210, 60), (80, 170, 255), (255, 110, 200), (110, 230, 120),
        (255, 120, 60), (150, 150, 150))  # fmt: skip
"""By the number of the class, over and over."""
_UNSURE = 0.75
_FONT, _SIZE = cv2.FONT_HERSHEY_SIMPLEX, 0.45


def drawn(grey: U8, landmarks: Sequence[Classified], least: float) -> U8:
    """RGB of an image (h, w), smaller if it is large; what is not counted is dim and unnamed."""
    scale = min(1.0, LONGEST / max(grey.shape))
    size = round(grey.shape[1] * scale), round(grey.shape[0] * scale)
    small = grey if scale == 1.0 else cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    picture = np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2RGB), np.uint8)
    # the sure ones on top
    for one in sorted(landmarks, key=lambda each: each.counted(least)):
        ink = INKS[one.number % len(INKS)]
        sure = one.counted(least)
        colour = ink if sure else tuple(int(_UNSURE * band) for band in ink)
        left, top, right, bottom = (
            round(edge * scale)
            for edge in (one.box.left, one.box.top, one.box.right, one.box.bottom)
        )
        cv2.rectangle(picture, (left, top), (right, bottom), colour, 2 if sure else 1)
        if sure:
            words = f"{one.answer} {one.probability:.2f}"
            long = cv2.getTextSize(words, _FONT, _SIZE, 1)[0][0]
            place = (max(0, min(left, size[0] - long)), top - 5 if top > 20 else bottom + 15)
            cv2.putText(picture, words, place, _FONT, _SIZE, (0, 0, 0), 3, cv2.LINE_AA)
            cv2.putText(picture, words, place, _FONT, _SIZE, ink, 1, cv2.LINE_AA)
    return picture
