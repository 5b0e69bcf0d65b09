"""One score of all modes as SVG text: a dot a site, the mean with its interval."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from ai4mars_nav.sim.drive.plots import INKS, round_ticks, text_at

WIDTH, ROW, LEFT, TOP, BOTTOM = 560, 34, 84, 34, 38


def strips(
    title: str,
    unit: str,
    values: Mapping[str, Sequence[float]],
    means: Mapping[str, Mapping[str, float] | None],
) -> str:
    """A row a mode: `values` of its sites, and its mean with `value`, `low` and `high`."""
    everything = [value for each in values.values() for value in each]
    marks = round_ticks(min(everything), max(everything)) if everything else [0.0, 1.0]
    low, high = marks[0], marks[-1]
    height = TOP + ROW * len(values) + BOTTOM

    def at(value: float) -> float:
        return LEFT + (WIDTH - LEFT - 16) * (value - low) / max(high - low, 1e-9)

    drawn = [text_at(8, 18, f"{title} [{unit}]" if unit else title, "start", 13)]
    for mark in marks:
        drawn.append(
            f'<path d="M{at(mark):.1f} {TOP}V{height - BOTTOM}" stroke="#dddad2" stroke-width="1"/>'
        )
        drawn.append(text_at(at(mark), height - BOTTOM + 16, f"{mark:g}", "middle", 11))
    for row, (mode, each) in enumerate(values.items()):
        y, ink = TOP + ROW * (row + 0.5), INKS[row % len(INKS)]
        drawn.append(text_at(LEFT - 8, y + 4, mode, "end", 12, ink))
        drawn += [
            f'<circle cx="{at(value):.1f}" cy="{y + 7:.1f}" r="3" fill="{ink}" opacity="0.45"/>'
            for value in each
        ]
        mean = means.get(mode)
        if mean is not None:
            drawn += _mean(at(mean["low"]), at(mean["value"]), at(mean["high"]), y - 5, ink)
    words = "small dots: sites; large dot and bar: their mean and its 95 % interval"
    drawn.append(text_at(WIDTH - 16, height - 6, words, "end", 10))
    inside = "\n".join(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif"><title>{html.escape(title)}</title>\n{inside}\n</svg>'
    )


def _mean(low: float, value: float, high: float, y: float, ink: str) -> list[str]:
    bar = f'<path d="M{low:.1f} {y:.1f}H{high:.1f}" stroke="{ink}" stroke-width="2.4"/>'
    return [bar, f'<circle cx="{value:.1f}" cy="{y:.1f}" r="5" fill="{ink}"/>']
