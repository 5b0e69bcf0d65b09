"""Accuracy against the confidence asked for, and against what is abstained: the paper's figures.

    python bench/content_thresholds.py --msl deepmars-msl --hirise deepmars-hirise \\
        --svg thresholds.svg

Figures 4 (MSLNet) and 5 (HiRISENet) of Wagstaff et al. 2018, of our validation lists: pictures of
one sol or source image told together, not calibrated and each half of the groups calibrated on the
other half; and each picture alone, calibrated likewise. Beside them stand the points that the paper
gives in words: its tables 2 and 3, and what is right and abstained at 0.9. A table of ours, as
Markdown, is printed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ai4mars_nav.content import calibrate, scores
from ai4mars_nav.content.judge import see
from ai4mars_nav.content.learn.settings import RECIPES
from ai4mars_nav.content.listed import read_list
from ai4mars_nav.content.scores import Judged, Kept
from ai4mars_nav.content.sidecar import load_content_model
from ai4mars_nav.content.together import BEFOREHAND, companies, roles, told_together
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.images import write_text
from ai4mars_nav.share import content_model_file
from ai4mars_nav.sim.drive.plots import round_ticks, text_at

HALVES, PLAIN, ALONE = "together, calibrated", "together, not calibrated", "alone, calibrated"
VALIDATION, TEST = "the paper, validation", "the paper, test"
INKS = {
    HALVES: "#c83c30", PLAIN: "#e2a39c", ALONE: "#b0822a", VALIDATION: "#2f6690", TEST: "#2f6690"
}  # fmt: skip
_FINE = tuple(np.linspace(0.0, 0.995, 200).tolist())
_FEWEST = 20
"""Pictures that a point of a curve needs."""


@dataclass(frozen=True)
class Published:
    """A model's points in the paper's words, its axis, and what this project was asked for."""

    title: str
    points: dict[str, tuple[Kept, ...]]
    lowest: float
    accuracy: float
    abstained: float


PUBLISHED = {
    "mslnet": Published(
        "MSLNet (figure 4)",
        {
            VALIDATION: (Kept(0.0, 0.728, 0.0), Kept(0.9, 0.943, 0.41)),
            TEST: (Kept(0.0, 0.667, 0.0), Kept(0.9, 0.840, 0.52)),
        },
        0.65, 0.92, 0.40,
    ),
    "hirisenet": Published(
        "HiRISENet (figure 5)",
        {
            VALIDATION: (Kept(0.0, 0.881, 0.0), Kept(0.9, 0.903, 0.11)),
            TEST: (Kept(0.0, 0.906, 0.0), Kept(0.9, 0.945, 0.13)),
        },
        0.85, 0.98, 0.10,
    ),
}  # fmt: skip


def main() -> int:
    """Print the tables and draw all four panels."""
    args = _arguments()
    panels = []
    for row, (name, folder) in enumerate((("mslnet", args.msl), ("hirisenet", args.hirise))):
        answers = _answers(name, folder, args.jobs)
        print(f"{name}\n\n{_table(answers)}")
        panels += _drawn(LEFT + row * (PANEL + BETWEEN), PUBLISHED[name], answers)
    write_text(args.svg, _page(panels))
    return 0


def _answers(name: str, data: Path, jobs: int) -> dict[str, Judged]:
    model = content_model_file(name)
    sidecar, _ = load_content_model(model)
    findings = Findings(skip=False)
    listed = read_list(data / RECIPES[name].validation, data, len(sidecar.classes), findings)
    seen = see(model, listed, findings, jobs, lambda _: None)
    kinds = np.asarray([one.kind for one in seen.listed], np.int64)
    groups = tuple(one.origin.group for one in seen.listed)
    by = [one.origin.instrument for one in seen.listed]
    support = tuple(sidecar.training["support"])
    _, alone = calibrate.cross_fitted(seen.logits, kinds, groups, by, support)
    by_group = roles(sidecar.classes, RECIPES[name].apart, support)
    told = told_together(seen.logits, companies(groups, by), by_group, BEFOREHAND)
    plain, halves = calibrate.cross_fitted(told, kinds, groups, ["any"] * len(by), support)
    ways = {PLAIN: plain, ALONE: alone, HALVES: halves}
    return {way: Judged(shares, kinds, groups) for way, shares in ways.items()}


def _table(answers: dict[str, Judged]) -> str:
    head = " | ".join(f"{name}: accuracy | abstained" for name in answers)
    rows = [f"| confidence at least | {head} |", "|---" * (1 + 2 * len(answers)) + "|"]
    for threshold in scores.THRESHOLDS:
        kept = [scores.curve(each, [threshold])[0] for each in answers.values()]
        told = [f"{one.accuracy or 0:.3f} | {one.abstained:.3f}" for one in kept]
        rows.append(f"| {threshold:g} | {' | '.join(told)} |")
    return "\n".join(rows) + "\n"


WIDTH, LEFT, PANEL, BETWEEN = 760, 44, 318, 66
TOPS, DEEP, HEIGHT = (62, 330), 200, 596


@dataclass(frozen=True)
class _Axes:
    """Where shares 0 to 1 and accuracies from `lowest` to 1 lie on the page, in pixels."""

    left: float
    top: float
    lowest: float

    def at(self, across: float, accuracy: float) -> tuple[float, float]:
        up = (accuracy - self.lowest) / (1.0 - self.lowest)
        return self.left + PANEL * across, self.top + DEEP * (1.0 - up)

    def frame(self, below: str) -> list[str]:
        """Lines and numbers of both axes."""
        drawn = []
        for tick in round_ticks(self.lowest, 1.0):
            if tick < self.lowest - 1e-9:
                continue
            y = self.at(0.0, tick)[1]
            drawn.append(f'<path d="M{self.left} {y:.1f}h{PANEL}" stroke="#dddad2"/>')
            drawn.append(text_at(self.left - 6, y + 4, f"{tick:g}", "end", 11))
        foot = self.top + DEEP
        for tick in round_ticks(0.0, 1.0):
            x = self.at(tick, 1.0)[0]
            drawn.append(text_at(x, foot + 16, f"{tick:g}", "middle", 11))
        drawn.append(text_at(self.left + PANEL, foot + 32, below, "end", 11))
        return drawn


def _drawn(left: float, published: Published, answers: dict[str, Judged]) -> list[str]:
    """A model's two panels, one below the other."""
    upper, lower = (_Axes(left, top, published.lowest) for top in TOPS)
    drawn = [text_at(left, TOPS[0] - 14, published.title + ": accuracy", "start", 14)]
    drawn += upper.frame("confidence at least")
    x, y = lower.at(0.0, 1.0)
    right, foot = lower.at(published.abstained, published.accuracy)
    drawn.append(
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{right - x:.1f}" height="{foot - y:.1f}" '
        'fill="#3d7a4a" opacity="0.16"/>'
    )
    drawn += lower.frame("share abstained")
    for name, judged in answers.items():
        kept = [one for one in scores.curve(judged, _FINE) if _enough(one, judged)]
        drawn.append(_line([upper.at(one.threshold, one.accuracy or 0.0) for one in kept], name))
        drawn.append(_line([lower.at(one.abstained, one.accuracy or 0.0) for one in kept], name))
    for name, points in published.points.items():
        for one in points:
            drawn.append(_mark(*upper.at(one.threshold, one.accuracy or 0.0), name))
            drawn.append(_mark(*lower.at(one.abstained, one.accuracy or 0.0), name))
    return drawn


def _enough(kept: Kept, judged: Judged) -> bool:
    return (1.0 - kept.abstained) * len(judged.kinds) >= _FEWEST


def _line(points: Sequence[tuple[float, float]], name: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{INKS[name]}" stroke-width="2"/>'


def _mark(x: float, y: float, name: str) -> str:
    inside = INKS[name] if name == VALIDATION else "white"
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{inside}" stroke="{INKS[name]}" '
        'stroke-width="2"/>'
    )


def _page(panels: list[str]) -> str:
    """The panels with their legend."""
    drawn, x = [], float(LEFT)
    widths = {HALVES: 146, PLAIN: 168, ALONE: 134, VALIDATION: 150, TEST: 0}
    for name, width in widths.items():
        is_line = name in (HALVES, PLAIN, ALONE)
        drawn.append(_line([(x, 20), (x + 16, 20)], name) if is_line else _mark(x + 8, 20, name))
        drawn.append(text_at(x + 21, 24, name, "start", 11))
        x += width
    foot = "Green: what this project was asked for, on the official test lists, which are not here."
    drawn.append(text_at(LEFT, HEIGHT - 8, foot, "start", 11))
    inside = "\n".join([*drawn, *panels])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>\n{inside}\n'
        "</svg>\n"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--msl", type=Path, required=True)
    parser.add_argument("--hirise", type=Path, required=True)
    parser.add_argument("--svg", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
