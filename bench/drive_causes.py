"""Where the energy of drives goes: what the driver did, and what it took, beside the oracle's.

    python bench/drive_causes.py 1 2 3 4 5 6

Drives the sites of these seeds as `ai4mars bench drive` does, in the modes `fused` and `oracle`,
and adds up seconds, metres, radians turned and joules by what the driver said it did. Means over
the sites on which both arrived.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import rover_file
from ai4mars_nav.trial.lockstep import Driven
from ai4mars_nav.trial.modes import FUSED, ORACLE
from ai4mars_nav.trial.plan import Plan
from ai4mars_nav.trial.sites import make_site
from ai4mars_nav.trial.work import Bench

DID = (
    ("follows the path", ("following the path",)),
    ("goes round what was vetoed", ("around what",)),
    ("keeps away from what stands beside", ("away from", "to where there is room")),
    ("turns in place", ("turning in place",)),
    ("backs out or leaves what held it", ("backing", "told to move")),
    ("stands", ("",)),
)
"""In words, and how the driver's reason begins; the first that fits."""
SPENT = ("s", "m", "rad", "J")


def spent(driven: Driven) -> NDArray[np.float64]:
    """(len(DID), 4): seconds, metres, radians turned and joules of a drive."""
    truths, found = driven.outcome.truths, np.zeros((len(DID), len(SPENT)))
    said, now = [*driven.seen.said], ""
    for before, after in pairwise(truths):
        while said and said[0][0] <= before.stamp:
            now = said.pop(0)[1]
        row = next(i for i, (_, begins) in enumerate(DID) if now.startswith(begins))
        turned = np.angle(np.exp(1j * (after.place[2] - before.place[2])))
        found[row] += [
            after.time - before.time,
            after.distance_m - before.distance_m,
            abs(float(turned)),
            after.energy_j - before.energy_j,
        ]
    return found


def main() -> None:
    """Drive every seed, print the mean of both modes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("seeds", type=int, nargs="+")
    args = parser.parse_args()
    total = {mode: np.zeros((len(DID), len(SPENT))) for mode in (FUSED, ORACLE)}
    arrived = 0
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(Path(folder), 1, args.seeds[0])
        plan.prepare()
        rover = load_rover(rover_file(plan.rover))
        for seed in args.seeds:
            bench = Bench(plan, make_site(seed, plan.metres, rover), rover)
            drives = {mode: bench.drive(mode) for mode in total}
            if not all(driven.outcome.end.reached for driven in drives.values()):
                print(f"site {seed}: not reached by both", flush=True)
                continue
            arrived += 1
            for mode, driven in drives.items():
                total[mode] += spent(driven)
    if not arrived:
        raise SystemExit("on no site did both arrive")
    print(f"\nMeans of a drive, {arrived} sites.\n")
    head = [f"{mode}, {unit}" for mode in total for unit in SPENT]
    print(f"| the rover | {' | '.join(head)} | joules more |")
    print("|---" * (len(head) + 2) + "|")
    sums = [(words, *(each[i] for each in total.values())) for i, (words, _) in enumerate(DID)]
    sums.append(("in all", *(each.sum(axis=0) for each in total.values())))
    for words, ours, best in sums:
        told = [*(ours / arrived), *(best / arrived)]
        cells = [f"{value:.1f}" for value in told]
        print(f"| {words} | {' | '.join(cells)} | {(ours[3] - best[3]) / arrived:+.0f} |")


if __name__ == "__main__":
    main()
