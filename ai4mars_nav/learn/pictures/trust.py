"""How far a model's confidence can be believed: reliability by class, risk against coverage."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.learn.calibrate import BINS
from ai4mars_nav.learn.evaluate import Measured
from ai4mars_nav.learn.pictures.axes import (
    CLASS_COLOURS,
    QUIET,
    Axes,
    blank,
    column,
    dots,
    grid,
    key,
    line,
    ticks,
)
from ai4mars_nav.learn.trust import (
    FINE,
    Trust,
    calibration_error,
    diagram,
    mean_risk,
    risk_curve,
)
from ai4mars_nav.perception.sidecar import Calibration
from ai4mars_nav.sim.poster import FAINT, INK, Colour, Panel, Picture, page
from ai4mars_nav.terrain import NAMES

_SIDE = 400
_SQUARE = (_SIDE - 82, _SIDE - 88)
LEAST = 100
"""Pixels below which a bin is not drawn."""
ALL: Colour = (52, 84, 130)


def trust_page(title: str, measured: Measured, calibration: Calibration) -> Picture:
    """Reliability of all pixels and of those called each class, and risk against coverage."""
    trust, plain = measured.trust, measured.plain
    panels = [_reliability_panel("All classes", trust, plain, ALL)]
    for kind, name in enumerate(NAMES):
        one, other = trust.where_said(kind), plain.where_said(kind)
        panels.append(_reliability_panel(f"Called {name}", one, other, CLASS_COLOURS[kind]))
    panels.append(risk_panel(trust, plain, calibration.abstain_below))
    note = (
        "On the diagonal confidence is honest, below it the model is too sure; columns: share of "
        f"the pixels. Calibrated on: {calibration.fitted_on}"
    )
    return page(title, note, panels, columns=3)


def _reliability_panel(name: str, trust: Trust, plain: Trust, colour: Colour) -> Panel:
    after, before = calibration_error(trust), calibration_error(plain)
    pixels = f"{trust.pixels.sum() / 1e6:.3f} million pixels"
    errors = f"ECE {_figure(before)} before, {_figure(after)} after; {pixels}"
    return Panel(name, errors, reliability(trust, plain, colour))


def reliability(trust: Trust, plain: Trust, colour: Colour) -> Picture:
    """Share right against confidence: before calibration as rings, after it as discs."""
    picture = blank(_SIDE, _SIDE)
    axes = Axes(56, 34, *_SQUARE, 0.0, 1.0, 0.0, 1.0)
    marks = ticks([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    grid(picture, axes, marks, marks, "confidence", "share right")
    pixels = np.array([bar.pixels for bar in diagram(trust)], np.float64)
    shares = pixels / max(1.0, pixels.sum())
    pale: Colour = tuple(int(255 - (255 - level) * 0.28) for level in colour)  # type: ignore[assignment]
    for i, part in enumerate(shares):
        column(picture, axes, i / BINS, (i + 1) / BINS, part, pale)
    line(picture, axes, [0.0, 1.0], [0.0, 1.0], FAINT, 1)
    for one, ink, hollow in ((plain, QUIET, True), (trust, colour, False)):
        sure, right, counts = _bars(one)
        line(picture, axes, sure, right, ink)
        dots(picture, axes, sure, right, _radii(counts), ink, hollow=hollow)
    key(picture, axes.x + 10, axes.y + 10, [(QUIET, "before calibration"), (colour, "after")])
    return picture


def risk_panel(trust: Trust, plain: Trust, abstain_below: float) -> Panel:
    """Share of wrong pixels among those kept, as the threshold of abstention falls."""
    picture = blank(_SIDE, _SIDE)
    curves = [(QUIET, risk_curve(plain)), (ALL, risk_curve(trust))]
    top = _round_up(max(float(risk.max()) for _, (_, risk) in curves))
    axes = Axes(56, 34, *_SQUARE, 0.0, 1.0, 0.0, top)
    across, up = ticks([0.0, 0.2, 0.4, 0.6, 0.8, 1.0]), ticks(np.linspace(0.0, top, 6).tolist())
    grid(picture, axes, across, up, "coverage: share of the pixels kept", "risk: share wrong")
    for ink, (coverage, risk) in curves:
        line(picture, axes, coverage, risk, ink)
    kept = trust.pixels.sum(axis=0)[_bin(abstain_below) :].sum()
    right = trust.right.sum(axis=0)[_bin(abstain_below) :].sum()
    entries = [(QUIET, "before calibration"), (ALL, "after")]
    note = f"mean risk {mean_risk(plain):.4f}, {mean_risk(trust):.4f} after"
    if kept:
        coverage, risk = kept / trust.pixels.sum(), 1.0 - right / kept
        dots(picture, axes, [coverage], [risk], 6.0, INK)
        entries.append((INK, f"unknown below {abstain_below:.3f}"))
        note = f"{coverage:.1%} kept, {risk:.2%} wrong; {note}"
    key(picture, axes.x + 10, axes.y + 10, entries)
    return Panel("Risk against coverage", note, picture)


def _bars(trust: Trust) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Confidence, share right and pixels of the bins that hold enough to say something."""
    full = [bar for bar in diagram(trust) if bar.pixels >= LEAST]
    columns = ([b.confidence for b in full], [b.accuracy for b in full], [b.pixels for b in full])
    sure, right, pixels = (np.array(values, np.float64) for values in columns)
    return sure, right, pixels


def _radii(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pixels of the disc of a bin: 3 for a rare one, 6 for the fullest."""
    shares = pixels / max(1.0, pixels.sum())
    radii: NDArray[np.float64] = 3.0 + 3.0 * np.sqrt(shares)
    return radii


def _bin(confidence: float) -> int:
    return min(int(np.ceil(confidence * FINE - 1e-9)), FINE - 1)


def _round_up(value: float) -> float:
    """The next of 0.01, 0.02, 0.05, 0.1, ... 1 that is not below."""
    steps = np.array([0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0])
    return float(steps[min(int(np.searchsorted(steps, value)), len(steps) - 1)])


def _figure(error: float | None) -> str:
    return "-" if error is None else f"{error:.4f}"
