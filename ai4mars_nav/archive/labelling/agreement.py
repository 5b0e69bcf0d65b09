"""How well people agree on what whole images show, and what they say together.

Pixels have `dataset/agreement.py` and `dataset/merge.py`; the rules are the same.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from fractions import Fraction

from ai4mars_nav.dataset.merge import MergeSettings

Said = frozenset[int]
"""The classes that one labeller gives an image."""


def shared_scores(said: Sequence[Said]) -> list[float]:
    """Of each label of an image its mean Jaccard index with the others; nan of a single one."""
    if len(said) < 2:
        return [math.nan] * len(said)
    return [
        sum(_jaccard(one, other) for j, other in enumerate(said) if j != i) / (len(said) - 1)
        for i, one in enumerate(said)
    ]


def merged_classes(said: Sequence[Said], rule: MergeSettings) -> tuple[int, ...]:
    """The classes that enough labellers give an image: at least `min_labels`, and more than
    `min_agreement` of them."""
    votes = Counter(value for one in said for value in one)
    share = Fraction(str(rule.min_agreement)) * len(said)
    return tuple(
        value
        for value, count in sorted(votes.items())
        if count >= rule.min_labels and count > share
    )


def krippendorff(units: Collection[Sequence[Said]]) -> float:
    """Krippendorff's alpha of nominal labels: 1 is agreement, 0 what chance would give.

    `units` are the labels of each image; those with fewer than two say nothing. nan where all
    labels are the same or none is left.
    """
    pairable = [unit for unit in units if len(unit) > 1]
    totals = Counter(one for unit in pairable for one in unit)
    n = sum(totals.values())
    expected = n * n - sum(count * count for count in totals.values())
    if expected == 0:
        return math.nan
    observed = 0.0
    for unit in pairable:
        counts = Counter(unit).values()
        differing = len(unit) ** 2 - sum(count * count for count in counts)
        observed += differing / (len(unit) - 1)
    return 1.0 - (n - 1) * observed / expected


def _jaccard(one: Said, other: Said) -> float:
    return len(one & other) / len(one | other)
