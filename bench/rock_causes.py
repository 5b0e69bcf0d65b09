"""What is wrong with the rocks that are told of, by cause, and how many are told of, in drives.

    python bench/rock_causes.py 20 22 23 27

Drives the sites of these seeds as `ai4mars bench drive` does, in the mode `fused`, and sorts what
was told of with a probability from one half on by what truly lies there; before it, how many of
the big rocks in view, and of those as wide in their narrower side, were told of.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import rover_file
from ai4mars_nav.sim.world.world import Rocks, World
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT
from ai4mars_nav.trial import score
from ai4mars_nav.trial.lockstep import Driven
from ai4mars_nav.trial.modes import FUSED
from ai4mars_nav.trial.plan import Plan
from ai4mars_nav.trial.rocks_one_by_one import APART, BANDS, NEARLY, TOLD_FROM, pooled
from ai4mars_nav.trial.sites import make_site
from ai4mars_nav.trial.work import Bench

RIGHT, NOTHING = "right", "no rock there"
CAUSES = (RIGHT, "over 0.30 m, not long enough", "0.25 to 0.30 m high", "lower", NOTHING)


def cause(rocks: Rocks, x: float, y: float) -> str:
    """What a sighting at x, y metres means: the best of CAUSES within its reach."""
    reach = 0.25 * (rocks.length + rocks.width) + APART
    near = np.hypot(rocks.x - x, rocks.y - y) <= reach
    if not near.any():
        return NOTHING
    high = rocks.height > BIG_ROCK_HEIGHT
    kinds = (rocks.big, high, rocks.height > NEARLY, near)
    return next(CAUSES[i] for i, kind in enumerate(kinds) if (near & kind).any())


def told(driven: Driven, world: World) -> Counter[tuple[tuple[int, int], str]]:
    """Sightings of a drive by band of distance and cause; what lies off the world is left out."""
    found: Counter[tuple[tuple[int, int], str]] = Counter()
    for camera, frame in zip(driven.cameras, driven.seen.frames, strict=True):
        for rock in frame.rocks:
            x, y, _ = (float(v) for v in camera.apply(rock.base.translation[None])[0])
            inside = world.holds(np.array([x]), np.array([y]))[0]
            if rock.probability < TOLD_FROM or not inside:
                continue
            away = math.hypot(x - camera.translation[0], y - camera.translation[1])
            for band in BANDS:
                if band[0] <= away < band[1]:
                    found[band, cause(world.rocks, x, y)] += 1
    return found


def main() -> None:
    """Drive every seed, print recall and sightings by band and cause."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("seeds", type=int, nargs="+")
    seeds = parser.parse_args().seeds
    found: Counter[tuple[tuple[int, int], str]] = Counter()
    tallies = []
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(out=Path(folder), sites=1, seed=seeds[0])
        plan.prepare()
        rover = load_rover(rover_file(plan.rover))
        for seed in seeds:
            site = make_site(seed, plan.metres, rover)
            driven = Bench(plan, site, rover).drive(FUSED)
            found += told(driven, site.world)
            if (tally := score.rocks(driven)) is not None:
                tallies.append(tally)
    for band, shares in zip(BANDS, pooled(tallies).values(), strict=True):
        seen = shares[FUSED]
        recall = f"of {seen['in_view']} in view {_share(seen['recall'])}"
        wide = f"of {seen['in_view_both_ways']} wide both ways {_share(seen['recall_both_ways'])}"
        causes = ", ".join(f"{found[band, c]} {c}" for c in CAUSES)
        print(f"{band[0]} to {band[1]} m: {recall}, {wide}; {causes}")


def _share(told: Mapping[str, float] | None) -> str:
    """A share in words."""
    return "none" if told is None else f"{told['value']:.3f}"


if __name__ == "__main__":
    main()
