"""Histograms and grouped bars as SVG text: what docs and reports need, and nothing more."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import numpy as np

_INKS = ("#60799f", "#c83c30", "#96703f", "#3d8f5f", "#7a5a9e", "#444444")
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 720, 380, 64, 56, 52
_STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
"""Between the lines of the scale; what is drawn are shares, so it ends at 1."""


def histogram(title: str, axis: str, series: Mapping[str, Sequence[float]], bins: int = 20) -> str:
    """Share of the values (0..1) of each series in equal bins, drawn side by side."""
    edges = np.linspace(0.0, 1.0, bins + 1)
    shares = {}
    for name, values in series.items():
        counts = np.histogram(np.asarray(values, float), edges)[0]
        shares[name] = (counts / max(1, counts.sum())).tolist()
    labels = [f"{edge:.1f}" if i % 2 == 0 else "" for i, edge in enumerate(edges)]
    return bars(title, axis, labels, shares)


def bars(
    title: str,
    axis: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[float]],
    spread: Mapping[str, Sequence[float]] | None = None,
) -> str:
    """Bars of each series at each label, with whiskers of +- `spread`.

    One label more than there are bars: they stand at the edges of the bars' places.
    """
    top = max(max(values) for values in series.values())
    step = _STEPS[np.searchsorted(_STEPS, max(top, 1e-9) / 8)]
    high = step * np.ceil(1.02 * top / step) if top > 0.0 else step
    drawn = [_text(_WIDTH / 2, 22, title, 16), _text(_WIDTH / 2, _HEIGHT - 8, axis, 13)]
    drawn += _scale(step, high)
    places = max(len(values) for values in series.values())
    slot = (_WIDTH - _LEFT - 16) / places
    width = 0.8 * slot / len(series)
    shift = 0.5 if len(labels) == places else 0.0
    for i, label in enumerate(labels):
        drawn.append(_text(_LEFT + (i + shift) * slot, _HEIGHT - _BOTTOM + 16, label, 11))
    for i in range(places):
        for j, (name, values) in enumerate(series.items()):
            x = _LEFT + (i + 0.1) * slot + j * width
            y = _row(values[i], high)
            tall = max(0.0, _row(0.0, high) - y)
            drawn.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{tall:.1f}" '
                f'fill="{_INKS[j % len(_INKS)]}"/>'
            )
            if spread is not None:
                low, up = (_row(values[i] + side * spread[name][i], high) for side in (-1, 1))
                middle = x + width / 2
                drawn.append(
                    f'<path d="M{middle:.1f} {low:.1f}V{up:.1f}" stroke="black" stroke-width="1"/>'
                )
    drawn += _legend(list(series))
    inside = "\n".join(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>\n{inside}\n'
        "</svg>\n"
    )


def _row(value: float, high: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * value / high


def _scale(step: float, high: float) -> list[str]:
    lines = []
    for value in np.arange(0.0, high + step / 2, step):
        y = _row(float(value), high)
        lines.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - 16}" stroke="#ddd"/>')
        lines.append(_text(_LEFT - 6, y + 4, f"{round(value, 3):g}", 11, "end"))
    return lines


def _legend(names: list[str]) -> list[str]:
    parts = []
    for j, name in enumerate(names):
        x = _LEFT + 8 + j * (_WIDTH - _LEFT) / max(1, len(names))
        parts.append(f'<rect x="{x:.1f}" y="30" width="10" height="10" fill="{_INKS[j % 6]}"/>')
        parts.append(_text(x + 14, 39, name, 11, "start"))
    return parts


def _text(x: float, y: float, words: str, size: int, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">'
        f"{html.escape(words)}</text>"
    )
