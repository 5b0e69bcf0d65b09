"""Curves over time as SVG text, without a plotting library."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import numpy as np

INKS = ("#2f6690", "#c83c30", "#96703f", "#3d8f5f")
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560, 220, 58, 34, 34
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MOST_POINTS = 600


def curves(
    title: str, time: Sequence[float], series: Mapping[str, Sequence[float]], unit: str
) -> str:
    """An SVG of each series over `time` in seconds; all have its length, at least one point."""
    every = max(1, len(time) // MOST_POINTS)
    x = np.asarray(time, float)[::every]
    values = {name: np.asarray(each, float)[::every] for name, each in series.items()}
    low = min(0.0, min(float(each.min()) for each in values.values()))
    top = max(float(each.max()) for each in values.values())
    ticks = round_ticks(low, top)
    low, top = min(low, ticks[0]), max(top, ticks[-1], low + 1e-9)
    last = max(float(x[-1]), 1e-9)

    def at(seconds: float, value: float) -> tuple[float, float]:
        right = LEFT + (WIDTH - LEFT - 14) * seconds / last
        down = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (value - low) / (top - low)
        return right, down

    drawn = [text_at(LEFT, 18, f"{title} [{unit}]", "start", 13)]
    for tick in ticks:
        y = at(0.0, tick)[1]
        drawn.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - 14}" stroke="#dddad2" stroke-width="1"/>')
        drawn.append(text_at(LEFT - 6, y + 4, f"{tick:g}", "end", 11))
    drawn += [
        text_at(at(tick, low)[0], HEIGHT - BOTTOM + 16, f"{tick:g}", "middle", 11)
        for tick in round_ticks(0.0, last)
    ]
    drawn.append(text_at(WIDTH - 14, HEIGHT - 4, "seconds of the drive", "end", 11))
    for index, (name, each) in enumerate(values.items()):
        points = " ".join("{:.1f},{:.1f}".format(*at(s, v)) for s, v in zip(x, each, strict=True))
        ink = INKS[index % len(INKS)]
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{ink}" stroke-width="1.6"/>')
        if len(values) > 1:
            drawn.append(text_at(WIDTH - 14 - 110 * index, 18, name, "end", 12, ink))
    inside = "\n".join(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif">\n{inside}\n</svg>'
    )


def round_ticks(low: float, high: float) -> list[float]:
    """Round numbers from below `low` to about `high`, four to eight of them."""
    span = max(high - low, 1e-6)
    power = 10.0 ** np.floor(np.log10(span / 4.0))
    step = next(s * power for s in STEPS if span / (s * power) <= 6.0)
    first = np.floor(low / step)
    count = int(np.ceil(high / step - 1e-9) - first)
    return [float(np.round((first + i) * step, 10)) for i in range(count + 1)]


def text_at(x: float, y: float, words: str, anchor: str, size: int, ink: str = "#262422") -> str:
    """Words as SVG, at x, y and of a height in pixels."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{ink}">{html.escape(words)}</text>'
    )
