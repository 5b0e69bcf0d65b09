"""The contact sheet of a pass: its images in the order in which they go home, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.triage.downlink import THUMBNAIL, WHOLE, Downlink, Product
from ai4mars_nav.sim.poster import FAINT, INK, PAPER, Colour, Picture, resized, write

U8 = NDArray[np.uint8]
Read = Callable[[str], U8 | None]
"""An image by its name, grey (h, w) or RGB (h, w, 3); none where it is gone."""

COLUMNS, SIDE, GAP, MARGIN = 5, 220, 22, 30
CAPTION, HEAD = 82, 92
SMALL_COLUMNS, SMALL, SMALL_CAPTION = 10, 103, 26
MOST_WHOLE, MOST_SMALL = 20, 40
REASONS, LETTERS = 4, 36
EMPTY: Colour = (225, 222, 216)


def sheet(downlink: Downlink, read: Read, title: str) -> Picture:
    """Whole images large, those of which only a thumbnail goes small below them."""
    whole = [each for each in downlink.products if each.form == WHOLE]
    named = {each.image for each in whole}
    small = [e for e in downlink.products if e.form == THUMBNAIL and e.image not in named]
    large_rows = -(-min(len(whole), MOST_WHOLE) // COLUMNS)
    small_rows = -(-min(len(small), MOST_SMALL) // SMALL_COLUMNS)
    height = HEAD + large_rows * (SIDE + CAPTION) + MARGIN
    height += (34 + small_rows * (SMALL + SMALL_CAPTION)) * bool(small)
    page = np.empty((height, 2 * MARGIN + COLUMNS * (SIDE + GAP) - GAP, 3), np.uint8)
    page[:] = PAPER
    write(page, title, MARGIN, 40, 17, INK, bold=True)
    write(page, _summary(downlink, len(whole)), MARGIN, 68, 10, FAINT)
    for index, product in enumerate(whole[:MOST_WHOLE]):
        row, column = divmod(index, COLUMNS)
        x, y = MARGIN + column * (SIDE + GAP), HEAD + row * (SIDE + CAPTION)
        _tile(page, read(product.image), x, y, SIDE)
        write(page, str(index + 1), x + 6, y + 21, 13, (255, 255, 255), bold=True, edge=INK)
        for line, (words, colour) in enumerate(_captions(product)):
            write(page, words, x, y + SIDE + 15 + 14 * line, 8, colour)
    if small:
        _draw_small(page, small, read, HEAD + large_rows * (SIDE + CAPTION))
    return page


def _draw_small(page: Picture, small: Sequence[Product], read: Read, top: int) -> None:
    left_out = len(small) - MOST_SMALL
    more = f", the first {MOST_SMALL}" if left_out > 0 else ""
    words = f"As thumbnails only ({len(small)}{more}), in the order in which they go"
    write(page, words, MARGIN, top + 18, 10, INK, bold=True)
    step = (page.shape[1] - 2 * MARGIN - SMALL) / (SMALL_COLUMNS - 1)
    for index, product in enumerate(small[:MOST_SMALL]):
        row, column = divmod(index, SMALL_COLUMNS)
        x, y = MARGIN + round(column * step), top + 34 + row * (SMALL + SMALL_CAPTION)
        _tile(page, read(product.image), x, y, SMALL)
        why = product.because[0] if product.because else ""
        write(page, why[:20], x, y + SMALL + 14, 7, FAINT)


def _summary(downlink: Downlink, whole: int) -> str:
    thumbnails = len(downlink.products) - whole
    return (
        f"of {downlink.images} images {whole} whole and {thumbnails} thumbnails: "
        f"{downlink.bytes / 1e3:.0f} of {downlink.budget / 1e3:.0f} kB, worth {downlink.worth:.2f}"
    )


def _captions(product: Product) -> list[tuple[str, Colour]]:
    first = f"{product.bytes / 1e3:.0f} kB, worth {product.worth:.2f}, adds {product.adds:.2f}"
    why = [(words[:LETTERS], INK) for words in product.because[:REASONS]]
    return [(first, FAINT), *why]


def _tile(page: Picture, picture: U8 | None, x: int, y: int, side: int) -> None:
    """A picture as large as fits into a square, in its middle."""
    cv2.rectangle(page, (x, y), (x + side - 1, y + side - 1), EMPTY, cv2.FILLED)
    if picture is None:
        write(page, "gone", x + side // 2, y + side // 2, 8, FAINT, centred=True)
        return
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = x + (side - wide) // 2, y + (side - high) // 2
    page[top : top + high, left : left + wide] = _shown(resized(picture, wide, high))


def _shown(picture: Picture) -> Picture:
    """RGB; grey is stretched, since navigation cameras expose for the sky."""
    if picture.ndim == 3:
        return picture
    low, high = np.percentile(picture, (0.3, 99.7))
    stretched = np.clip((picture - low) / max(float(high - low), 1.0), 0.0, 1.0) * 255.0
    return np.repeat(stretched.astype(np.uint8)[..., None], 3, axis=2)
