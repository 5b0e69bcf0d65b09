"""The confusion matrix as in the paper's tables 3 and 4: each true class in per cent of its row."""

from __future__ import annotations

import cv2
import numpy as np

from ai4mars_nav.learn.data import I64
from ai4mars_nav.learn.pictures.axes import CLASS_COLOURS, blank
from ai4mars_nav.learn.scores import class_iou, mean_iou, pixel_accuracy, share
from ai4mars_nav.sim.poster import FAINT, INK, WHITE, Panel, Picture, page, write
from ai4mars_nav.terrain import NAMES

_LEFT, _TOP, _CELL, _ROW = 190, 74, 118, 74
_SIZE = (_LEFT + 4 * _CELL + 330, _TOP + 5 * _ROW + 10)


def confusion_page(title: str, total: I64) -> Picture:
    """A page with the matrix (4, 4), rows truth; supports, recall, precision and IoU beside it."""
    note = (
        f"mIoU {float(mean_iou(total)):.3f}, {float(pixel_accuracy(total)):.3f} of "
        f"{total.sum() / 1e6:.2f} million labelled pixels right"
    )
    words = "A row is a true class, in per cent of its labelled pixels; a column what was said."
    return page(title, words, [Panel("Confusion matrix", note, matrix(total))], columns=1)


def matrix(total: I64) -> Picture:
    """The table (4, 4) as a picture; a cell is the darker, the more of its row it holds."""
    picture = blank(*_SIZE)
    support = total.sum(axis=1, keepdims=True)
    percent = 100.0 * share(total, np.broadcast_to(support, total.shape))
    precision, iou = share(np.diagonal(total), total.sum(axis=0)), class_iou(total)
    for kind, name in enumerate(NAMES):
        _name(picture, kind, name, _LEFT + kind * _CELL + 14, _TOP - 14)
        _name(picture, kind, name, 20, _TOP + kind * _ROW + _ROW // 2 + 5)
        for said in range(len(NAMES)):
            _cell(picture, kind, said, float(percent[kind, said]), int(total[kind, said]))
        y, x = _TOP + kind * _ROW + _ROW // 2 + 6, _LEFT + 4 * _CELL
        pixels = int(support[kind, 0])
        write(picture, f"{pixels:,}", x + 70, y - 8, 10, INK, centred=True)
        of_all = 100.0 * pixels / total.sum()
        write(picture, f"{of_all:.2f} % of all", x + 70, y + 10, 8, FAINT, centred=True)
        write(picture, _share(percent[kind, kind] / 100.0), x + 180, y, 11, INK, centred=True)
        write(picture, _share(iou[kind]), x + 265, y, 11, INK, centred=True)
        below = _TOP + 4 * _ROW + 32
        middle = _LEFT + kind * _CELL + _CELL // 2
        write(picture, _share(precision[kind]), middle, below, 11, INK, centred=True)
    write(picture, "true, % said to be", 20, _TOP - 14, 9, FAINT)
    for words, offset in (("labelled pixels", 70), ("recall", 180), ("IoU", 265)):
        write(picture, words, _LEFT + 4 * _CELL + offset, _TOP - 14, 9, FAINT, centred=True)
    write(picture, "precision", 20, _TOP + 4 * _ROW + 32, 9, FAINT)
    return picture


def _cell(picture: Picture, true: int, said: int, percent: float, pixels: int) -> None:
    x, y = _LEFT + said * _CELL, _TOP + true * _ROW
    strength = 0.0 if np.isnan(percent) else percent / 100.0
    ink = np.array((52, 84, 130) if true == said else (190, 60, 50), np.float64)
    fill = tuple(int(255 - (255 - level) * strength**0.6) for level in ink)
    cv2.rectangle(picture, (x, y), (x + _CELL - 4, y + _ROW - 4), fill, cv2.FILLED)
    colour = WHITE if strength > 0.5 else INK
    words = "-" if np.isnan(percent) else f"{percent:.2f}"
    write(picture, words, x + _CELL // 2, y + _ROW // 2, 12, colour, bold=True, centred=True)
    faint = WHITE if strength > 0.5 else INK if strength > 0.1 else FAINT
    write(picture, f"{pixels:,}", x + _CELL // 2, y + _ROW // 2 + 20, 8, faint, centred=True)


def _name(picture: Picture, kind: int, name: str, x: int, y: int) -> None:
    cv2.rectangle(picture, (x, y - 10), (x + 10, y), CLASS_COLOURS[kind], cv2.FILLED)
    write(picture, name, x + 17, y, 10, INK)


def _share(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.3f}"
