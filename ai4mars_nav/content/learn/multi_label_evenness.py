"""Rare classes drawn more often, or as often as they are there: the same heads, judged alike.

    python -m ai4mars_nav.content.learn.multi_label_evenness ai4mars-scenes --images ai4mars-256 \\
        --list ai4mars-256/splits/train.txt --backbone NPZ --out DIR

As in `multi_label_compare` every picture is judged by a chain that never saw its site, and after
Platt's scaling that did not, either. Rare are the classes that under a tenth of the pictures show.
A table is printed, with what each way differs by from pictures drawn as they are (95 %, over
sites).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.learn.multi_label_compare import CHAIN, arguments, judged, looked_at
from ai4mars_nav.content.learn.multi_label_settings import MultiLabelTraining
from ai4mars_nav.content.multi_label_scores import (
    MEASURES,
    SHOWN_FROM,
    Claims,
    at_threshold,
    average_precisions,
    interval,
)

EVENNESS = (0.0, 0.5, 1.0)
RARE = 0.1

Places = NDArray[np.intp]
Measure = Callable[[Claims], float]


def main() -> int:
    """Print the table in Markdown."""
    args = arguments(__doc__).parse_args()
    settings = MultiLabelTraining()
    lesson, seen = looked_at(args, settings.side)
    found = {}
    for evenness in EVENNESS:
        _, found[evenness] = judged(lesson, seen, replace(settings, evenness=evenness))[CHAIN]
    rare = np.flatnonzero((lesson.labels == 1).mean(axis=0) < RARE)
    print(f"Rare: {', '.join(lesson.names[at] for at in rare)}\n")
    print(table(found, _measures(rare)))
    return 0


def table(found: Mapping[float, Claims], measures: Mapping[str, Measure]) -> str:
    """A row a measure: its value by evenness, and its differences from the first."""
    first, *others = found
    head = [f"{one:g}" for one in found] + [f"{one:g} less {first:g} (95 %)" for one in others]
    rows = [f"| to the power | {' | '.join(head)} |", "|---" * (1 + len(head)) + "|"]
    for name, measure in measures.items():
        cells = [f"{measure(claims):.4f}" for claims in found.values()]
        for other in others:
            low, high = interval(measure, found[other], found[first])
            cells.append(f"{low:+.4f} to {high:+.4f}")
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _measures(rare: Places) -> dict[str, Measure]:
    """Of all classes, and of those at the places given."""

    def precision(claims: Claims) -> float:
        return float(np.nanmean(average_precisions(_classes(claims, rare))))

    def recall(claims: Claims) -> float:
        scores = at_threshold(_classes(claims, rare), SHOWN_FROM)
        return float(np.mean([one.recall or 0.0 for one in scores]))

    return {
        "mean average precision": MEASURES["mean_average_precision"],
        "the same of rare classes": precision,
        f"recall of rare classes at {SHOWN_FROM}": recall,
        "NLL of a label": MEASURES["nll"],
        "mean ECE after Platt": MEASURES["mean_ece"],
    }


def _classes(claims: Claims, places: Places) -> Claims:
    return Claims(claims.probabilities[:, places], claims.labels[:, places], claims.groups)


if __name__ == "__main__":
    sys.exit(main())
